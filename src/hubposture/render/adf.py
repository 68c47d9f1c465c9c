"""Text of a ticket as Atlassian Document Format, version 1. Nothing in it can be markup: text is data there."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import orjson

from hubposture.render.spans import clean, fitting, more_rows, units, web_address
from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, Span

Node: TypeAlias = dict[str, Any]

LIMIT = 32_767
"""The longest text Jira takes."""


def adf(body: Body, *, most: int = LIMIT) -> Node:
    """The document node. Where its JSON is longer than `most` it is cut by whole rows and blocks, and says so.

    Jira does not say whether it counts the text or the JSON around it: counting the JSON is safe either way.
    """
    return _document(fitting(body, _size, most=most))


def _size(body: Body) -> int:
    return units(orjson.dumps(_document(body)).decode())


def _document(body: Body) -> Node:
    return {"version": 1, "type": "doc", "content": [node for block in body.blocks for node in _block(block)]}


def _block(block: Block) -> Iterator[Node]:
    match block:
        case Heading(text):
            yield {"type": "heading", "attrs": {"level": 3}, "content": _inline((Plain(text),))}
        case Paragraph(spans):
            yield _paragraph(spans)
        case Bullets(lines):
            if lines:
                items = [{"type": "listItem", "content": [_paragraph(line)]} for line in lines]
                yield {"type": "bulletList", "content": items}
        case Grid():
            yield from _table(block)


def _table(grid: Grid) -> Iterator[Node]:
    if grid.rows and grid.headings:
        head = _row("tableHeader", [(Plain(heading),) for heading in grid.headings])
        yield {"type": "table", "content": [head, *(_row("tableCell", row) for row in grid.rows if row)]}
    if grid.more:
        yield _paragraph((Plain(more_rows(grid.more)),))


def _row(kind: str, cells: Sequence[Line]) -> Node:
    return {"type": "tableRow", "content": [{"type": kind, "content": [_paragraph(cell)]} for cell in cells]}


def _paragraph(spans: Line) -> Node:
    return {"type": "paragraph", "content": _inline(spans)}


def _inline(spans: Line) -> list[Node]:
    return [node for span in spans for node in _span(span)]


def _span(span: Span) -> Iterator[Node]:
    match span:
        case Plain(text, is_strong):
            yield from _text(text, [{"type": "strong"}] if is_strong else [])
        case Literal(text):
            yield from _text(text, [{"type": "code"}])
        case Link(text, url):
            if href := web_address(url):
                yield from _text(text if text.strip() else url, [{"type": "link", "attrs": {"href": href}}])
            else:
                yield from _text(text if text == url else f"{text} ({url})", [])


def _text(text: str, marks: list[Node]) -> Iterator[Node]:
    if said := clean(text):
        yield {"type": "text", "text": said, **({"marks": marks} if marks else {})}
