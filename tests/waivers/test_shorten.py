"""Text in little room."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.waivers.shorten import one_line, shorten, units

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
FLAG = "\U0001f1e9\U0001f1ea"


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab cd", 4, "ab…"),
        ("abc", 1, "…"),
        ("abc", 0, ""),
        ("a\U0001f600b", 3, "a…"),
        ("a\U0001f600b", 4, "a\U0001f600b"),
        ("ae\u0301x", 3, "a…"),
        ("ae\u0301xy", 4, "ae\u0301…"),
        (f"a{FAMILY}b", 8, "a…"),
        (f"a{FAMILY}bc", 10, f"a{FAMILY}…"),
        (f"{FLAG}{FLAG}x", 7, f"{FLAG}…"),
        ("a\U0001f44d\U0001f3fdb", 5, "a…"),
        ("\u1112\u1161\u11abx", 3, "…"),
        ("a\ufe0fb", 2, "…"),
    ],
)
def test_a_text_is_cut_between_what_reads_as_letters(text: str, limit: int, expected: str) -> None:
    assert shorten(text, limit) == expected


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=40), st.integers(0, 45))
def test_what_is_left_fits_and_begins_the_text(text: str, limit: int) -> None:
    cut = shorten(text, limit)

    assert units(cut) <= limit
    if cut != text:
        kept = cut.removesuffix("…")
        assert text.startswith(kept)
        assert shorten(cut, limit) == cut
        after = text[len(kept) : len(kept) + 1]
        assert not kept or after.isspace() or not unicodedata.category(after).startswith("M")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=40))
def test_one_line_is_one_line_that_can_be_sent(text: str) -> None:
    line = one_line(text)

    line.encode()
    assert line == one_line(line)
    assert len(line.splitlines()) <= 1
    assert not any(unicodedata.category(one) == "Cc" for one in line)


def test_words_on_several_lines_stay_apart() -> None:
    assert one_line(" two\r\n lines\x00here\u2028there ") == "two lines here there"
