"""The fields as the documentation shows them."""

from pathlib import Path

import pytest

from hubposture.filters import Comparison, names, simplify
from hubposture.lake.fields import FIELDS, fields_markdown
from lake.lists_world import wanted

PAGE = Path(__file__).parents[2] / "docs" / "filters.md"
MARK = "<!-- fields: written from hubposture.lake.fields -->\n"


def test_the_page_has_the_fields_as_the_code_has_them() -> None:
    assert PAGE.read_text(encoding="utf-8").partition(MARK)[2] == fields_markdown()


def test_a_bar_in_a_cell_would_be_escaped() -> None:
    assert "|" not in "".join(f"{field.meaning}{field.example}{field.takes}" for field in FIELDS.values())


@pytest.mark.parametrize("name", list(FIELDS))
def test_every_example_is_a_filter_on_its_field(name: str) -> None:
    found = wanted(FIELDS[name].example)
    assert isinstance(found, Comparison)
    assert names(found) == {name}


def test_the_examples_at_the_top_of_the_page_are_filters() -> None:
    block = PAGE.read_text(encoding="utf-8").split("```")[1]
    for line in block.strip().splitlines():
        assert simplify(wanted(line)) == wanted(line)
