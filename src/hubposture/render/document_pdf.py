"""A document as a tagged PDF, by typst: data goes in as JSON, so that nothing in it can be markup."""

import importlib
import json
import re
from importlib import resources
from typing import Any

from hubposture.render.spans import clean
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted

_SHORT = 18
_LONG = re.compile(r"\S{24,}")
_BREAK = "\u200b"
MOST = 2_000
"""Rows of a table in the PDF; the page and the files beside it have all."""


def render(document: Document) -> bytes | None:
    """The PDF by the rules of PDF/UA-1, the same bytes each time; None where typst is not installed."""
    try:
        typst: Any = importlib.import_module("typst")
    except ImportError:
        return None
    source = resources.files("hubposture.render").joinpath("document.typ").read_bytes()
    given = {"document": json.dumps(_data(document))}
    return bytes(typst.compile(source, format="pdf", sys_inputs=given, pdf_standards=["ua-1"]))


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": clean(document.title),
        "heading": _fitting(document.title),
        "blocks": [_block(one) for one in document.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(text):
            return {"kind": "heading", "text": _fitting(text)}
        case Lines(lines):
            strong = (Tone.STRONG, Tone.BAD, Tone.WARN)
            told = [{"text": _cell(one), "strong": isinstance(one, Text) and one.tone in strong} for one in lines]
            return {"kind": "lines", "lines": told}
        case Code(text):
            return {"kind": "code", "text": "\n".join(clean(line) for line in text.split("\n"))}
        case Table():
            return _table(block)


def _table(table: Table) -> dict[str, Any]:
    rows = [[_cell(cell) for cell in row] for row in table.rows[:MOST]]
    more = table.more + max(0, len(table.rows) - MOST)
    places = range(len(table.headings))
    return {
        "kind": "table",
        "headings": [_fitting(one) for one in table.headings],
        "rows": rows,
        "wide": [any(len(row[at]) > _SHORT for row in rows) for at in places],
        "right": [at in table.numbers for at in places],
        "more": f"and {counted(more, 'more row')}; the HTML page has all" if more else "",
    }


def _cell(cell: Cell) -> str:
    return _fitting(cell.text if isinstance(cell, Text) else cell)


def _fitting(text: str) -> str:
    """Clean text in which a long word, such as an ARN, may end a line in its midst."""
    return _LONG.sub(lambda found: _BREAK.join(re.findall(".{1,12}", found[0])), clean(text))
