"""Jira's wiki markup: no text becomes markup, and a reader sees the text as it was."""

import html
import re

import pytest
from hypothesis import example, given, settings

from hubposture.render.spans import CUT, clean
from hubposture.render.wiki import LIMIT, escape, wiki
from hubposture.work.body import Body, Bullets, Grid, Heading, Link, Literal, Plain, paragraph
from render.bodies import BODIES, HOSTILE, TEXTS, body, long

REFERENCE = re.compile(r"&#\d+;")
ACTIVE = re.compile(
    r"[\\{}\[\]()*+^~?|!<>%@]"
    r"|(?:^|[^A-Za-z0-9])[-_](?=\S)"
    r"|(?:https?|ftps?|nntp|irc)://|mailto:|file:"
    r"|\b(?:h[1-6]|bq|bc)\."
    r"|:[)(PDpd]"
    r"|(?<![A-Za-z0-9])[A-Z][A-Z0-9_]+-\d"
)
"""What Jira's renderer takes for markup."""


def shown(text: str) -> str:
    return re.sub("[\ufff9-\ufffc\ufffe\uffff\ue000-\uf8ff]", "\ufffd", clean(text))


@settings(deadline=None)
@given(TEXTS)
@example("a-b")
@example("(a-)")
@example("&#123;code}")
@example("1-2-3")
@example("A-1")
@example("AB-12-13")
@example("2026-11-24-AB-1")
def test_escaped_text_holds_no_markup_and_reads_the_same(text: str) -> None:
    said = escape(text)
    assert html.unescape(said) == shown(text)
    left = REFERENCE.sub("\ufffd", said)
    assert "&" not in left
    assert "#" not in left
    without_days = re.sub(r"(?<![\w-])\d{4}-\d\d-\d\d(?![\w-])", "", left)
    assert not ACTIVE.search(without_days), ACTIVE.search(without_days)


def test_what_people_read_in_the_source_stays_readable() -> None:
    plain = "arn:aws:s3:::my-bucket_1 in us-east-1 since 2026-11-24, see a/b"
    assert escape(plain) == plain


def test_each_block_has_its_markup() -> None:
    found = wiki(
        Body(
            (
                Heading("What is wrong"),
                paragraph("It fails for ", Literal("arn:aws:s3:::b"), ". ", Plain("Now ", is_strong=True), "fix it: "),
                paragraph(Link("the [fix]", "https://example.com/a|b#c")),
                Bullets(((Plain("one"),), (Plain("- two"),))),
                Grid(("Resource", "Since"), (((Literal("b"),), ()), ((Plain("h1. x"),), (Plain("|"),))), more=2),
            )
        )
    )
    assert found == (
        "h3. What is wrong\n\n"
        "It fails for {{arn:aws:s3:::b}}. *Now* fix it:\n\n"
        "[the &#91;fix&#93;|https://example.com/a%7Cb#c]\n\n"
        "* one\n* &#45; two\n\n"
        "|| Resource || Since ||\n| {{b}} |   |\n| h1&#46; x | &#124; |\n\n"
        "and 2 more"
    )


def test_a_heading_cannot_be_put_together_from_two_pieces() -> None:
    assert wiki(Body((paragraph("h1", ". head"), paragraph("bq", ". words")))) == "h&#49;. head\n\nb&#113;. words"


def test_marks_that_jira_would_show_are_left_out() -> None:
    assert wiki(Body((paragraph("a", Literal("b"), "c"),))) == "abc"
    assert wiki(Body((paragraph(Plain("a", is_strong=True), Literal(" "), "b"),))) == "*a* b"


@pytest.mark.parametrize("text", HOSTILE)
def test_a_whole_body_has_the_lines_and_cells_that_it_should_have(text: str) -> None:
    lines = wiki(body(text)).split("\n")
    rows = [line for line in lines if line.startswith("|")]
    assert len(rows) == 3
    assert [line.count("||") for line in rows] == [3, 0, 0]
    assert [line.count("|") for line in rows] == [6, 3, 3]
    assert sum(line.startswith("h3. ") for line in lines) == 1
    assert sum(line.startswith("* ") for line in lines) == 2
    assert not re.search(r"!|\[~|\{(?!\{)(?<!\{\{)", "\n".join(lines))


@settings(deadline=None)
@given(BODIES)
def test_every_body_fits(made: Body) -> None:
    assert len(wiki(made, most=400).encode("utf-16-le")) <= 800


def test_a_text_that_is_too_long_loses_rows_and_says_so() -> None:
    found = wiki(long(5_000))
    assert LIMIT - 200 < len(found) <= LIMIT
    assert found.endswith(CUT)
    assert "The end." in found
