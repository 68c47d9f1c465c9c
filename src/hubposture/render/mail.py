"""A message as mail: plain text, and one HTML page that needs no images, no scripts and nothing from elsewhere."""

from collections.abc import Iterator, Sequence
from html import escape as html
from itertools import chain, repeat
from typing import Final

from hubposture.render.plain_body import plain
from hubposture.render.spans import clean, more_rows, web_address
from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, Span

TEXT: Final = 200_000
"""Where the plain text is cut, in characters."""

_STYLE: Final = """
:root { color-scheme: light dark; }
body { margin: 0; padding: 24px 16px; background: #ffffff; color: #1c2128; line-height: 1.5;
  font-family: -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: 15px; }
main { max-width: 960px; margin: 0 auto; }
h1 { font-size: 22px; margin: 0 0 16px; }
h2 { font-size: 17px; margin: 28px 0 8px; }
p, ul { margin: 0 0 12px; }
ul { padding-left: 20px; }
table { border-collapse: collapse; width: 100%; margin: 0 0 16px; }
th, td { text-align: left; vertical-align: top; padding: 6px 10px 6px 0; border-bottom: 1px solid #d0d7de; }
th { font-weight: 600; }
code { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: 13px; overflow-wrap: anywhere; }
a { color: #0550ae; }
td a { white-space: nowrap; }
.more { color: #57606a; }
@media (prefers-color-scheme: dark) {
  body { background: #0d1117; color: #e6edf3; }
  th, td { border-color: #30363d; }
  a { color: #79c0ff; }
  .more { color: #9198a1; }
}
@media (max-width: 600px) {
  table, tbody, tr, td { display: block; }
  thead { position: absolute; left: -9999px; }
  tr { border-bottom: 1px solid #8c959f; padding: 8px 0; }
  td { border: 0; padding: 2px 0; }
  td[data-of]::before { content: attr(data-of) ": "; color: #57606a; }
}
@media (max-width: 600px) and (prefers-color-scheme: dark) {
  td[data-of]::before { color: #9198a1; }
}
@media print {
  body { background: #ffffff; color: #000000; padding: 0; font-size: 11pt; }
  main { max-width: none; }
  thead { display: table-header-group; }
  tr, h2 { break-inside: avoid; }
  h2 { break-after: avoid; }
  a { color: #000000; }
  a[href]::after { content: " (" attr(href) ")"; overflow-wrap: anywhere; }
}
""".strip()


def text(body: Body) -> str:
    """The body as plain text, a line for each thing; at most 200,000 characters, and then it says that it is cut."""
    return plain(body, most=TEXT)


def page(title: str, body: Body) -> str:
    """The body as one HTML page, for light and dark screens and for paper; links lead only to http and https."""
    name = _text(title).strip() or "hubposture"
    parts = "\n".join(part for block in body.blocks for part in _block(block))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{name}</title>\n<style>\n{_STYLE}\n</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{name}</h1>\n{parts}\n</main>\n</body>\n</html>\n"
    )


def _block(block: Block) -> Iterator[str]:
    match block:
        case Heading(text=words):
            yield f"<h2>{_text(words)}</h2>"
        case Paragraph(spans):
            yield f"<p>{_line(spans)}</p>"
        case Bullets(lines):
            if lines:
                yield "<ul>\n" + "\n".join(f"<li>{_line(line)}</li>" for line in lines) + "\n</ul>"
        case Grid(headings, rows, more):
            if rows:
                yield _table(headings, rows)
            if more:
                yield f'<p class="more">... {more_rows(more)}</p>'


def _table(headings: Sequence[str], rows: Sequence[Sequence[Line]]) -> str:
    head = "".join(f'<th scope="col">{_text(one)}</th>' for one in headings)
    lines = ("<tr>" + "".join(map(_cell, chain(headings, repeat("")), row)) + "</tr>" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(lines) + "\n</tbody>\n</table>"


def _cell(heading: str, cell: Line) -> str:
    """A cell; where there is little room its heading stands before it."""
    return f'<td data-of="{_text(heading)}">{_line(cell)}</td>'


def _line(line: Line) -> str:
    return "".join(_span(span) for span in line)


def _span(span: Span) -> str:
    match span:
        case Plain(text=words, is_strong=is_strong):
            return f"<strong>{_text(words)}</strong>" if is_strong else _text(words)
        case Literal(text=words):
            return f"<code>{_text(words)}</code>"
        case Link(text=words, url=url):
            return _link(words, url)


def _link(words: str, url: str) -> str:
    address, said = web_address(url), _text(words)
    if not address:
        shown = _text(url)
        return f"{said} (<code>{shown}</code>)" if said.strip() and shown.strip() else said or f"<code>{shown}</code>"
    return f'<a href="{html(address)}">{said if said.strip() else html(address)}</a>'


def _text(words: str) -> str:
    return html(clean(words))
