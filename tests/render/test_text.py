"""Terminal text: nothing in it is obeyed, and it fits."""

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.render.text import clean, render
from hubposture.views.document import Code, Document, Heading, Lines, Table, Text, Tone
from render.documents import HOSTILE, TEXTS, document

ESCAPES = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def columns(line: str) -> int:
    """How many columns of a terminal a line takes, near enough."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


@settings(deadline=None)
@given(TEXTS, st.sampled_from([60, 80, 200]))
def test_no_control_character_and_no_mark_of_direction_reaches_the_terminal(text: Any, width: Any) -> None:
    assert not ESCAPES.search(render(document(text), width=width))


@settings(deadline=None)
@given(TEXTS)
def test_with_colour_only_our_own_escapes_reach_the_terminal(text: Any) -> None:
    rendered = render(document(text), width=80, colour=True)
    assert not ESCAPES.search(re.sub("\x1b\\[[0-9;]*m", "", rendered))


@pytest.mark.parametrize("text", HOSTILE)
def test_cleaned_text_is_one_line(text: Any) -> None:
    assert "\n" not in clean(text)
    assert clean(clean(text)) == clean(text)


LONG = "a rather long reason that goes on and on, with an-identifier-that-has-no-blank-in-it-at-all-and-never-ends-" * 3
ROW = [
    "S3.8",
    "CRITICAL",
    "off in cis-5.0.0, fsbp-1.0.0",
    "acme-shop (012345678901) in eu-central-1",
    LONG,
    "Controls!G12",
]
WIDE = Document(
    f"Plan for {LONG}",
    [
        Lines([LONG, Text(LONG, Tone.BAD)]),
        Heading("Controls"),
        Table(("Control", "Severity", "Change", "Where", "Why", "Row"), [ROW, ROW], more=7),
    ],
)


@pytest.mark.parametrize("width", [80, 200])
def test_a_wide_table_and_long_sentences_fit_the_width_and_lose_no_letter(width: Any) -> None:
    lines = render(WIDE, width=width).splitlines()
    assert max(columns(line) for line in lines) <= width
    assert not any(line != line.rstrip() for line in lines)
    letters = "".join("".join(lines).split())
    assert "".join(LONG.split()) in letters  # the title, at least, folds and is not cut
    for cell in ("CRITICAL", "Controls", "S3.8"):
        assert cell in letters


def test_at_200_columns_a_row_of_short_cells_is_one_line() -> None:
    text = render(Document("t", [Table(("Control", "Where"), [["S3.8", "all 12 accounts in 3 Regions"]])]), width=200)
    assert "S3.8" in next(line for line in text.splitlines() if "all 12 accounts in 3 Regions" in line)


def test_rows_left_out_are_counted_and_where_to_find_them_is_said() -> None:
    assert "and 7 more rows; --format json has all" in render(WIDE, width=80)


def test_code_is_never_wrapped_for_it_is_to_be_copied() -> None:
    code = "hubposture apply " + "x" * 150
    assert f"  {code}" in render(Document("t", [Code(code)]), width=80).splitlines()


def test_words_in_brackets_are_text_and_no_markup() -> None:
    text = render(Document("[bold]t[/bold]", [Lines(["[red]x[/red] :smile:"])]), width=80)
    assert "[bold]t[/bold]" in text
    assert "[red]x[/red] :smile:" in text


def test_without_colour_there_is_no_escape_and_the_words_are_the_same() -> None:
    coloured = render(WIDE, width=80, colour=True)
    assert "\x1b[" in coloured
    assert re.sub("\x1b\\[[0-9;]*m", "", coloured).split() == render(WIDE, width=80).split()


SPARING = Table(
    ("Control", "Title", "Owner", "Open"),
    [
        ["S3.8", "Buckets should block public access from everywhere", "team-web", "17"],
        ["EC2.2", "Short", "x", "1,204"],
    ],
    frozenset({3}),
    spare=(2,),
    cut=frozenset({1}),
)


def lines_of(table: Table, width: int) -> list[str]:
    return render(Document("t", [table]), width=width).splitlines()[3:]


def test_with_room_every_column_is_shown_in_full() -> None:
    assert lines_of(SPARING, 100)[0].split("  ")[0].strip() == "S3.8"
    assert "everywhere" in lines_of(SPARING, 100)[0]
    assert "team-web" in lines_of(SPARING, 100)[0]


def test_with_less_room_spare_columns_go_first_and_long_ones_are_shortened_on_one_line() -> None:
    found = lines_of(SPARING, 44)
    assert len(found) == 2
    assert "…" in found[0]
    assert "team-web" not in found[0]
    assert found[0].rstrip().endswith("17")
    assert max(len(line) for line in found) <= 44


def test_with_hardly_any_room_what_must_not_be_shortened_wraps() -> None:
    table = Table(("Where", "Why"), [["acme-sandbox in 3 Regions", "the reader role is missing there"]], spare=(0,))
    assert "".join("".join(lines_of(table, 24)).split()) == "thereaderroleismissingthere"
