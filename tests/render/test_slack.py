import re
from typing import Any

import pytest
from hypothesis import given

from hubposture.render.slack import BLOCKS, FALLBACK, HEADER, SECTION, blocks, escape, fallback
from hubposture.work.body import Body, Bullets, Grid, Heading, Link, Literal, Plain, paragraph, text
from render.bodies import BODIES, HOSTILE, TEXTS, body, long

LINK = re.compile(r"<(https?://[^<>|\s]+)\|([^<>]+)>")


def texts(found: list[dict[str, Any]]) -> list[str]:
    return [one["text"]["text"] for one in found[1:]]


def is_within_the_limits(found: list[dict[str, Any]]) -> bool:
    head, *sections = found
    return (
        len(found) <= BLOCKS
        and 1 <= len(head["text"]["text"]) <= HEADER
        and all(one["type"] == "section" and 1 <= len(one["text"]["text"]) <= SECTION for one in sections)
    )


@given(TEXTS, BODIES)
def test_any_body_keeps_the_limits_and_has_no_angle_brackets_but_those_of_links(title: str, given_body: Body) -> None:
    found = blocks(title, given_body)
    assert is_within_the_limits(found)
    for one in texts(found):
        assert not re.search("[<>]", LINK.sub("", one)), one
        one.encode("utf-8")
    assert found == blocks(title, given_body)


@given(TEXTS, BODIES)
def test_the_plain_text_is_never_empty_never_long_and_has_no_markup_of_links(title: str, given_body: Body) -> None:
    said = fallback(title, given_body)
    assert said.strip()
    assert len(said) <= FALLBACK
    assert not re.search("[<>]", said)


@pytest.mark.parametrize("mention", ["<!here>", "<!channel>", "<@U012AB3CD>", "<#C012AB3CD>", "@here", "@channel"])
def test_data_mentions_nobody(mention: str) -> None:
    for said in (*texts(blocks(mention, body(mention))), fallback(mention, body(mention))):
        assert not re.search(r"<[!@#]", said)
        assert not re.search(r"@(here|channel)", said), said


def test_marks_emoji_and_quotes_of_data_are_letters() -> None:
    assert escape("*bold*") == "\u200b*\u200bbold\u200b*\u200b"
    assert escape("my_bucket_name") == "my_bucket_name"
    assert "_a_" not in escape("_a_ b")
    assert ":aws:" not in escape("arn:aws:s3:::x")
    assert escape("> quote").startswith("\u200b&gt;")
    assert escape("a & b") == "a &amp; b"


@pytest.mark.parametrize("word", HOSTILE)
def test_a_literal_stands_between_exactly_two_backticks(word: str) -> None:
    found = texts(blocks("x", Body((paragraph(Literal(word)),))))
    assert all(one.count("`") == 2 for one in found if one != "...")


def test_only_links_of_the_web_are_links() -> None:
    found = texts(
        blocks(
            "x", Body((paragraph(Link("see", "javascript:alert(1)"), " ", Link("here", "https://a.example/?b=c|d&e")),))
        )
    )
    assert found == ["see (`javascript:alert(1)`) <https://a.example/?b=c%7Cd&amp;e|here>"]


def test_a_narrow_table_stands_in_columns_and_one_with_links_is_a_list() -> None:
    rows = ((text("S3.8"), text("3")), (text("EC2.19"), text("12")))
    assert texts(blocks("x", Body((Grid(("Control", "Failing"), rows),)))) == [
        "```\nControl  Failing\nS3.8     3\nEC2.19   12\n```"
    ]
    linked = (((Link("WEB-1", "https://j.example/WEB-1"),), text("3")),)
    assert texts(blocks("x", Body((Grid(("Ticket", "Failing"), linked, more=4),)))) == [
        "• <https://j.example/WEB-1|WEB-1> · Failing: 3\n... and 4 more"
    ]


def test_what_does_not_fit_is_counted() -> None:
    found = texts(blocks("x", long(2_000)))
    shown = sum(one.count("arn:aws:s3:::bucket-") for one in found)
    assert 0 < shown < 2_000
    assert found[-1] == f"... and {2_000 - shown + 5 + 1:,} more"


def test_many_sections_are_cut_at_fifty_blocks_and_counted() -> None:
    found = blocks("x", Body(tuple(paragraph(f"word {at}") for at in range(80))))
    assert len(found) == BLOCKS
    assert texts(found)[-1] == "... and 32 more"


def test_a_heading_stands_in_one_section_with_its_list() -> None:
    found = Body((Heading("Top"), Bullets((text("one"), (Plain("two", is_strong=True),)))))
    assert texts(blocks("x", found)) == ["*Top*\n• one\n• *two*"]
