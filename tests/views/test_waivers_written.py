"""Files of waivers that were written: what for, what comes next, and of many no more than a reader can take in."""

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Document, Heading, Table
from hubposture.views.waivers_written import ProvisionalRow, document, provisional
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words


def made(
    number: int, *, account: str = "111122223333", subjects: int = 1, who: str = "kim@example.com"
) -> ProvisionalRow:
    return ProvisionalRow(
        f"P-{account}-S3.{number}", f"S3.{number}", account, f"name of {account}", subjects, "team-web", who
    )


def shown(*rows: ProvisionalRow) -> Document:
    paths = [f"waivers/{one.waiver}.{kind}" for one in rows for kind in ("subjects", "yaml")]
    return provisional("acme", rows, paths, until="2027-02-22", where="waivers/")


MANY = shown(
    *(made(number, subjects=number) for number in range(1, 15)),
    made(1, account="444455556666", subjects=200, who=""),
    made(2, account="444455556666", subjects=3, who="noor@example.com"),
)


def rows(found: Document, heading: str) -> list[list[str]]:
    table = sections(found)[heading]
    assert isinstance(table, Table)
    return [words(Table((), [row])) for row in table.rows]


def test_provisional_waivers_are_counted_by_account_most_first_and_no_file_is_named() -> None:
    assert words(sections(MANY)[""])[0] == (
        "16 provisional waivers for 308 suppressed resources, until 2027-02-22: 32 files in waivers/"
    )
    assert rows(MANY, "By account") == [
        ["name of 444455556666", "444455556666", "2", "203", "team-web", "noor@example.com"],
        ["name of 111122223333", "111122223333", "14", "105", "team-web", "kim@example.com"],
    ]
    assert ".yaml" not in text.render(MANY)


def test_the_largest_are_named_and_the_data_has_all_of_them_and_every_file() -> None:
    table = sections(MANY)["The largest"]
    assert isinstance(table, Table)
    assert (len(table.rows), table.more) == (10, 6)
    assert rows(MANY, "The largest")[0][:4] == ["P-444455556666-S3.1", "S3.1", "name of 444455556666", "200"]
    data = orjson.loads(as_json.render(MANY))
    assert (len(data["waivers"]), len(data["written"]), data["files"], data["subjects"]) == (16, 32, 32, 308)


def test_one_is_one_and_none_is_said() -> None:
    one = shown(made(1))
    assert words(sections(one)[""])[0].startswith("1 provisional waiver for 1 suppressed resource, until")
    assert [block.text for block in one.blocks if isinstance(block, Heading)] == [
        "By account",
        "All of them, the largest first",
    ]
    assert words(sections(shown())[""]) == ["Nothing to make waivers of: nothing is suppressed that no waiver covers."]


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal_and_its_numbers_are_data(width: int) -> None:
    assert widest(MANY, width) <= width
    assert numbers_said(MANY) - numbers_had(MANY) == set()
    assert markdown.render(MANY).startswith("## Provisional waivers of acme")


def test_what_was_written_is_to_be_merged_unless_a_merge_would_make_nothing_hold() -> None:
    merged = "Commit them, and have them reviewed: a merge to the default branch makes them count."
    found = text.render(document(["waivers/W-1.yaml"], "W-1: approved", after=["then this"]))
    assert found.splitlines()[-2:] == [f"  {merged}", "  then this"]
    assert merged not in text.render(document(["waivers/W-1.yaml"], "imported", are_approved=False))
    assert "Nothing to write: it is so already." in text.render(document([], "W-1: approved"))
    assert "To look at (2 notes)" in text.render(document([], "imported", notes=["one", "two"]))
