"""Text of a ticket as Jira's wiki markup, escaped so that no text can be markup, a link, a mention or a smiley.

What could be markup is written as a character reference (`&#123;` for `{`). Jira's renderer keeps these as they are and looks
for markup only in the letters around them, whereas a backslash does not escape everything and is a line break when doubled.
"""

import re
from collections.abc import Sequence

from hubposture.render.spans import clean, fitting, more_rows, units, web_address
from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, Span

LIMIT = 32_767
"""The longest text Jira takes."""

_ACTIVE = re.compile(
    r"(?P<day>(?<![\w-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![\w-]))"
    r"|[\\{}\[\]()*+^~?|!#&<>%@]"
    r"|(?<![A-Za-z0-9])[-_]|[-_](?![A-Za-z0-9])|(?<=[A-Z0-9_])-(?=[0-9])"
    r"|:(?![A-Za-z0-9:\s])|:(?=[pdoPDO])|(?<=[mM][aA][iI][lL][tT][oO]):|(?<=[fF][iI][lL][eE]):"
    r"|(?<=\b[hH][1-6])\.|(?<=\b[bB][qQcC])\.|(?<=\b[hH])[1-6]$|(?<=\b[bB])[qQcC]$"
)
"""What could be markup.

Hyphens and lines are harmless inside a word, unless they make the key of an issue (`ABC-1`); a day is left as it is. A colon
can make an address or a smiley, a full stop a heading or a quotation.
"""
_TOKENS = re.compile("[\ufff9-\ufffc\ufffe\uffff\ue000-\uf8ff]")
"""Signs that mean something else inside a renderer, or nothing anywhere."""


def wiki(body: Body, *, most: int = LIMIT) -> str:
    """The whole text. Where it is longer than `most` it is cut by whole rows and blocks, and says so."""
    return _document(fitting(body, lambda one: units(_document(one)), most=most))


def escape(text: str) -> str:
    """Text on one line that reads the same in Jira; blanks become one blank."""
    return _ACTIVE.sub(_reference, _TOKENS.sub("\ufffd", clean(text)))


def _reference(found: re.Match[str]) -> str:
    return found[0] if found["day"] else f"&#{ord(found[0])};"


def _document(body: Body) -> str:
    return "\n\n".join(said for block in body.blocks if (said := _block(block)))


def _block(block: Block) -> str:
    match block:
        case Heading(text):
            return f"h3. {escape(text)}"
        case Paragraph(spans):
            return _line(spans)
        case Bullets(lines):
            return "\n".join(f"* {_line(line)}" for line in lines)
        case Grid(headings, rows, more):
            table = [_row("||", [(Plain(one),) for one in headings]), *(_row("|", row) for row in rows if row)]
            said = "\n".join(table) if rows and headings else ""
            return "\n\n".join(part for part in (said, more_rows(more) if more else "") if part)


def _row(bar: str, cells: Sequence[Line]) -> str:
    return bar + bar.join(f" {_line(cell) or ' '} " for cell in cells) + bar


def _line(spans: Line) -> str:
    pieces = [_span(span) for span in spans]
    return "".join(_joined(pieces, at) for at in range(len(pieces))).strip()


def _joined(pieces: Sequence[tuple[str, str, str]], at: int) -> str:
    """A piece with its marks, which Jira only takes where no letter or digit stands beside them."""
    opening, said, closing = pieces[at]
    inner = said.strip()
    if not opening or not inner:
        return said
    before, after = said[: len(said) - len(said.lstrip())], said[len(said.rstrip()) :]
    is_beside = (not before and at and pieces[at - 1][1][-1:].isalnum()) or (
        not after and at + 1 < len(pieces) and pieces[at + 1][1][:1].isalnum()
    )
    return said if is_beside else f"{before}{opening}{inner}{closing}{after}"


def _span(span: Span) -> tuple[str, str, str]:
    """What stands before a piece of text, the text, and what stands behind it."""
    match span:
        case Plain(text, is_strong):
            return ("*", escape(text), "*") if is_strong else ("", escape(text), "")
        case Literal(text):
            return ("{{", escape(text), "}}")
        case Link(text, url):
            if address := web_address(url):
                return ("", f"[{escape(text).strip() or escape(url)}|{address}]", "")
            return ("", escape(text if text == url else f"{text} ({url})"), "")
