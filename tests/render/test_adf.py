"""Atlassian Document Format: valid whatever the text, and the text as it was."""

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.render.adf import LIMIT, adf
from hubposture.render.spans import CUT, clean, units
from hubposture.work.body import Body, Bullets, Grid, Heading, Link, Literal, Plain, paragraph
from render.adf_rules import check, texts
from render.bodies import BODIES, HOSTILE, body, long


def test_each_block_has_its_node() -> None:
    found = adf(
        Body(
            (
                Heading("What is wrong"),
                paragraph(
                    "S3.8 fails for ",
                    Literal("arn:aws:s3:::b"),
                    Plain(" now", is_strong=True),
                    Link("fix", "https://example.com"),
                ),
                Bullets(((Plain("one"),),)),
                Grid(("Resource",), (((Literal("b"),),),), more=2),
            )
        )
    )
    assert found == {
        "version": 1,
        "type": "doc",
        "content": [
            {"type": "heading", "attrs": {"level": 3}, "content": [{"type": "text", "text": "What is wrong"}]},
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "S3.8 fails for "},
                    {"type": "text", "text": "arn:aws:s3:::b", "marks": [{"type": "code"}]},
                    {"type": "text", "text": " now", "marks": [{"type": "strong"}]},
                    {
                        "type": "text",
                        "text": "fix",
                        "marks": [{"type": "link", "attrs": {"href": "https://example.com"}}],
                    },
                ],
            },
            {
                "type": "bulletList",
                "content": [
                    {
                        "type": "listItem",
                        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "one"}]}],
                    }
                ],
            },
            {
                "type": "table",
                "content": [
                    {
                        "type": "tableRow",
                        "content": [
                            {
                                "type": "tableHeader",
                                "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Resource"}]}],
                            }
                        ],
                    },
                    {
                        "type": "tableRow",
                        "content": [
                            {
                                "type": "tableCell",
                                "content": [
                                    {
                                        "type": "paragraph",
                                        "content": [{"type": "text", "text": "b", "marks": [{"type": "code"}]}],
                                    }
                                ],
                            }
                        ],
                    },
                ],
            },
            {"type": "paragraph", "content": [{"type": "text", "text": "and 2 more"}]},
        ],
    }


@settings(deadline=None)
@given(BODIES, st.integers(0, 5_000))
def test_every_body_makes_a_valid_document_that_fits(made: Body, most: int) -> None:
    found = adf(made, most=most)
    check(found)
    assert units(orjson.dumps(found).decode()) <= most or not found["content"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_the_text_it_is(text: str) -> None:
    found = adf(body(text), most=10**9)
    check(found)
    said = texts(found)
    if shown := clean(text):
        assert said.count(shown) >= 8


def test_what_is_no_address_of_the_web_is_text() -> None:
    found = adf(Body((paragraph(Link("fix it", "javascript:alert(1)")),)))
    assert found["content"] == [
        {"type": "paragraph", "content": [{"type": "text", "text": "fix it (javascript:alert(1))"}]}
    ]


def test_a_text_that_is_too_long_loses_rows_and_says_so() -> None:
    found = adf(long(5_000))
    check(found)
    assert len(orjson.dumps(found)) <= LIMIT
    said = texts(found)
    assert said[-1] == CUT
    (more,) = [one for one in said if one.startswith("and ")]
    shown = sum(one.startswith("arn:") for one in said)
    assert int(more.split()[1].replace(",", "")) + shown == 5_000
    assert "The end." in said
