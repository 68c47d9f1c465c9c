"""Markdown: read by a CommonMark parser, every text comes out as it went in, and is nothing but text."""

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from markdown_it import MarkdownIt

from hubposture.render.markdown import escape, render
from hubposture.render.plain import one_line
from hubposture.views.document import Code, Document, Lines, Table, Text, Tone
from render.documents import HOSTILE, TEXTS, document

PARSER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def said(markdown: str) -> tuple[str, set[str]]:
    """The text a reader sees, without the marks that break references, and the kinds of markup."""
    text, kinds = [], set()
    for token in PARSER.parse(markdown):
        kinds.add(token.type)
        for child in token.children or ():
            kinds.add(child.type)
            text.append(child.content)
    return "".join(text).replace("\u200b", ""), kinds


def shown(text: str) -> str:
    return one_line(text).replace("\u200b", "")


@settings(deadline=None)
@given(TEXTS)
@example("1. item")
@example("- item")
@example("===")
def test_a_line_reads_the_same_and_is_one_item_of_plain_text(text: Any) -> None:
    got, kinds = said(f"- {escape(text)}")
    assert got == shown(text)
    assert kinds <= {
        "bullet_list_open", "list_item_open", "paragraph_open", "inline", "text", "text_special",
        "paragraph_close", "list_item_close", "bullet_list_close",
    }  # fmt: skip


@settings(deadline=None)
@given(TEXTS)
def test_a_cell_stays_in_its_cell_and_a_row_in_its_row(text: Any) -> None:
    markdown = render(Document("t", [Table(("A", "B"), [[text, "x"], ["y", text]])]))
    tokens = PARSER.parse(markdown)
    cells = [tokens[at + 1].children for at, token in enumerate(tokens) if token.type == "td_open"]
    found = ["".join(child.content for child in cell or ()).replace("\u200b", "") for cell in cells]
    assert found == [shown(text), "x", "y", shown(text)]
    assert sum(token.type == "tr_open" for token in tokens) == 3


@settings(deadline=None)
@given(TEXTS)
def test_a_whole_document_holds_no_control_character_no_html_and_no_link(text: Any) -> None:
    markdown = render(document(text))
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", markdown)
    _, kinds = said(markdown)
    assert not kinds & {
        "link_open",
        "image",
        "html_inline",
        "html_block",
        "code_inline",
        "code_block",
        "blockquote_open",
        "hr",
    }
    assert "s_open" not in kinds
    assert "ordered_list_open" not in kinds


@pytest.mark.parametrize(
    "text", ["@acme/security", "kim@example.com", "#1", "GH-7", "https://x.example", "www.x.example"]
)
def test_what_the_host_would_turn_into_a_link_or_a_mention_is_broken_apart(text: Any) -> None:
    assert text not in escape(text).replace("\\", "")
    assert escape(text).replace("\\", "").replace("\u200b", "") == text


def test_tones_are_bold_and_blank_cells_are_not() -> None:
    assert render(Document("t", [Lines([Text("bad", Tone.BAD), Text(" ", Tone.BAD), "plain"])])) == (
        "## t\n\n- **bad**\n- \n- plain\n"
    )


def test_numbers_stand_at_the_right_and_rows_left_out_are_counted() -> None:
    table = Table(("What", "Count"), [["a", "1"]], frozenset({1}), more=1200)
    assert (
        render(Document("t", [table]))
        == "## t\n\n| What | Count |\n| --- | ---: |\n| a | 1 |\n\n*and 1,200 more rows*\n"
    )
    assert render(Document("t", [Table(("What",), [])])) == "## t\n"


def test_code_is_copied_letter_by_letter_whatever_ticks_it_holds() -> None:
    text = "echo ```x``` <b>"
    (fence,) = [token for token in PARSER.parse(render(Document("t", [Code(text)]))) if token.type == "fence"]
    assert fence.content == text + "\n"


def test_the_hostile_texts_are_worth_their_name() -> None:
    assert any(said(f"- {text}")[0] != shown(text) for text in HOSTILE)
