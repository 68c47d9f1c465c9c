"""JSON: the document's data, whole, and safe to print."""

import json
import re
from typing import Any

from hypothesis import given, settings

from hubposture.render.json import render
from hubposture.views.document import Document
from render.documents import TEXTS, document


@settings(deadline=None)
@given(TEXTS)
def test_the_data_comes_back_whole_with_the_title(text: Any) -> None:
    made = document(text)
    assert json.loads(render(made)) == {"title": made.title, **made.data}


@settings(deadline=None)
@given(TEXTS)
def test_no_control_character_stands_in_it_unescaped(text: Any) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", render(document(text)))


def test_keys_are_sorted_and_it_ends_with_one_newline() -> None:
    rendered = render(document("zz"))
    assert rendered.index('"text":') < rendered.index('"title":') < rendered.index('"zz":')
    assert rendered.endswith("}\n")


def test_half_a_character_becomes_a_question_mark_wherever_it_stands() -> None:
    made = Document("x\ud800", (), {"rows": [{"a\udfff": ("b\ud83d", 1, None)}]})
    assert json.loads(render(made)) == {"title": "x?", "rows": [{"a?": ["b?", 1, None]}]}
