"""Plain text: letters, lines, nothing that a terminal or a mail program would obey."""

import pytest
from hypothesis import given, settings

from hubposture.render.plain_body import plain
from hubposture.render.spans import CUT
from hubposture.work.body import Body, Bullets, Grid, Heading, Link, Literal, Plain, paragraph
from render.bodies import BODIES, HOSTILE, body


def test_a_table_is_written_row_by_row_with_its_headings() -> None:
    found = plain(
        Body(
            (
                Heading("Resources"),
                paragraph("See ", Link("the fix", "https://example.com/fix"), " of ", Literal("S3.8"), "."),
                Grid(
                    ("Resource", "Region", "Since"),
                    (((Literal("b"),), (Plain("eu-west-1"),), (Plain("today"),)),),
                    more=2,
                ),
                Bullets(((Plain("one"),), (Link("https://example.com", "https://example.com"),))),
            )
        ),
        most=1_000,
    )
    assert found == (
        "RESOURCES\n\n"
        "See the fix: https://example.com/fix of S3.8.\n\n"
        "- b\n  Region: eu-west-1; Since: today\nand 2 more\n\n"
        "- one\n- https://example.com\n"
    )


@pytest.mark.parametrize("text", [one for one in HOSTILE if one.strip()])
def test_hostile_text_stays_on_its_line(text: str) -> None:
    assert len(plain(body(text), most=10**9).split("\n")) == len(plain(body("x"), most=10**9).split("\n"))


@settings(deadline=None)
@given(BODIES)
def test_every_body_fits_and_holds_no_control_character(made: Body) -> None:
    found = plain(made, most=300)
    assert len(found) <= 300
    assert all(letter == "\n" or letter >= " " for letter in found)
    assert found.encode().decode() == found


def test_nothing_is_nothing() -> None:
    assert plain(Body(), most=100) == ""
    assert plain(Body((paragraph("x" * 200),)), most=len(CUT) + 1) == f"{CUT}\n"
