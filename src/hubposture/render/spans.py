"""What the renderers of tickets and messages share: clean text, links that are links, and texts cut to a system's limit."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from urllib.parse import quote, urlsplit

from hubposture.render.plain import visible
from hubposture.views.document import counted
from hubposture.work.body import Block, Body, Bullets, Grid, Line, Link, Literal, Paragraph, Plain, Span, paragraph

CUT = "This text was too long for this system and is cut here; hubposture has all of it."
"""What stands at the end of a text that was cut."""
_LONGEST = 500
"""How much of a single piece of text is kept in a text that is too long."""
_BLANKS = re.compile(r"\s+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_URL_SAFE = "%/:?=&,;@$#+-._~"


def clean(text: str) -> str:
    """Text on one line without control characters; blanks become one blank, also at its ends.

    Control characters, marks of direction and halves of a character become a replacement sign.
    """
    return _SURROGATE.sub("\ufffd", visible(_BLANKS.sub(" ", text)))


def web_address(url: str) -> str:
    """The URL if it is one of http or https, with everything that could be markup percent-encoded; else ''."""
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return ""
    return quote(url, safe=_URL_SAFE) if parts.scheme in ("http", "https") and host else ""


def units(text: str) -> int:
    """The length of a text as trackers count it: in UTF-16 code units."""
    return len(text) + sum(1 for letter in text if letter > "\uffff")


def more_rows(number: int) -> str:
    """What stands under a table or list of which rows were left out."""
    return f"and {number:,} more"


def rows_left_out(number: int) -> str:
    """What stands in place of a table or list of which no row is shown."""
    return f"{counted(number, 'row')} left out."


def fitting(body: Body, size: Callable[[Body], int], *, most: int) -> Body:
    """The body if `size` of it is at most `most`; else cut by whole rows, then by whole blocks, with a sentence at its end.

    First overlong pieces of text are shortened, then the longest table loses rows, and at last blocks at the end go.
    """
    if size(body) <= most:
        return body
    body = Body((*(_shortened(block) for block in body.blocks), paragraph(CUT)))
    for at in sorted(range(len(body.blocks)), key=lambda at: -_rows(body.blocks[at])):
        if size(body) <= most or not _rows(body.blocks[at]):
            break
        body = _with_fewer_rows(body, at, size, most)
    while len(body.blocks) > 1 and size(body) > most:
        body = Body((*body.blocks[:-2], body.blocks[-1]))
    return body if size(body) <= most else Body()


def _with_fewer_rows(body: Body, at: int, size: Callable[[Body], int], most: int) -> Body:
    """The body with as many rows of one block as fit."""
    low, high = 0, _rows(body.blocks[at])
    while low < high:
        middle = (low + high + 1) // 2
        if size(_with_rows(body, at, middle)) <= most:
            low = middle
        else:
            high = middle - 1
    return _with_rows(body, at, low)


def _rows(block: Block) -> int:
    match block:
        case Grid():
            return len(block.rows)
        case Bullets():
            return len(block.lines)
        case _:
            return 0


def _with_rows(body: Body, at: int, rows: int) -> Body:
    block = body.blocks[at]
    left = _rows(block) - rows
    made: tuple[Block, ...]
    match block:
        case Grid() if rows or block.more:
            made = (replace(block, rows=block.rows[:rows], more=block.more + left),)
        case Bullets() if rows and left:
            made = (Bullets((*block.lines[:rows], (Plain(more_rows(left)),))),)
        case Grid() | Bullets() if left and not rows:
            made = (paragraph(rows_left_out(left)),)
        case _:
            made = (block,)
    return Body((*body.blocks[:at], *made, *body.blocks[at + 1 :]))


def _shortened(block: Block) -> Block:
    match block:
        case Paragraph(spans):
            return Paragraph(_short_line(spans))
        case Bullets(lines):
            return Bullets(tuple(_short_line(line) for line in lines))
        case Grid(headings, rows, more):
            cells: Sequence[Sequence[Line]] = tuple(tuple(_short_line(cell) for cell in row) for row in rows)
            return Grid(tuple(_short(one) for one in headings), cells, more)
        case _:
            return replace(block, text=_short(block.text))


def _short_line(line: Line) -> Line:
    return tuple(_short_span(span) for span in line)


def _short_span(span: Span) -> Span:
    match span:
        case Plain(text, is_strong):
            return Plain(_short(text), is_strong)
        case Literal(text):
            return Literal(_short(text))
        case Link(text, url):
            return Link(_short(text), url)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} (cut)"
