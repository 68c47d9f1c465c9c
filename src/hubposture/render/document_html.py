"""A document as one HTML page that needs nothing else: no script, nothing from elsewhere."""

import re
from html import escape
from importlib import resources

from hubposture.render.spans import clean
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def render(document: Document) -> str:
    """The whole page. Everything that comes from outside is text in it."""
    style = resources.files("hubposture.render").joinpath("report.css").read_text(encoding="utf-8")
    name = _text(document.title)
    body = "\n".join(_block(block, number) for number, block in enumerate(document.blocks))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="referrer" content="no-referrer">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{name}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n<h1>{name}</h1>\n{body}\n</main>\n"
        "</body>\n</html>\n"
    )


def _block(block: Block, number: int) -> str:
    match block:
        case Heading(text):
            return f"<h2>{_text(text)}</h2>"
        case Lines(lines):
            return "\n".join(f"<p>{_cell(line)}</p>" for line in lines)
        case Code(text):
            return f'<pre tabindex="0"><code>{escape("".join(map(_sign, text)))}</code></pre>'
        case Table():
            return _table(block, number)


def _sign(sign: str) -> str:
    return sign if sign.isprintable() or sign == "\n" else "\ufffd"


def _table(table: Table, number: int) -> str:
    sides = [' class="n"' if at in table.numbers else "" for at in range(len(table.headings))]
    head = "".join(f'<th scope="col"{side}>{_text(one)}</th>' for one, side in zip(table.headings, sides, strict=True))
    rows = "\n".join(
        "<tr>"
        + "".join(
            f'<th scope="row"{_day(cell)}>{_cell(cell)}</th>' if at == 0 else f"<td{side}>{_cell(cell)}</td>"
            for at, (cell, side) in enumerate(zip(row, sides, strict=True))
        )
        + "</tr>"
        for row in table.rows
    )
    more = f'<p class="more">and {counted(table.more, "more row")}</p>' if table.more else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="Table {number}"><table>\n<thead><tr>{head}</tr></thead>\n'
        f"<tbody>\n{rows}\n</tbody>\n</table></div>{more}"
    )


def _day(cell: Cell) -> str:
    """A day stays on one line."""
    return ' class="d"' if _DAY.match(cell.text if isinstance(cell, Text) else cell) else ""


def _cell(cell: Cell) -> str:
    if isinstance(cell, Text):
        said = _text(cell.text)
        return f"<strong>{said}</strong>" if cell.tone in (Tone.STRONG, Tone.BAD, Tone.WARN) else said
    return _text(cell)


def _text(words: str) -> str:
    return escape(clean(words))
