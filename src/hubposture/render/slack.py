"""A message as Slack's Block Kit, within its limits, escaped so that no data is markup, a mention or an emoji."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from hubposture.render.plain_body import plain
from hubposture.render.spans import clean, more_rows, web_address
from hubposture.work.body import Block, Body, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, Span

BLOCKS: Final = 50
SECTION: Final = 3_000
HEADER: Final = 150
MESSAGE: Final = 12_000
"""Where we cut a whole message, in characters: nobody reads a longer one."""
FALLBACK: Final = 1_500
"""The same for the plain text, which is shown in notifications."""

_LINE: Final = 1_000
_WIDE: Final = 76
"""How wide a table with aligned columns may be; a wider one is a list."""
_NOTHING: Final = "\u200b"
"""A space without width: what stands around it is no markup any more."""
_MENTION: Final = re.compile(r"@(?=\w)")
_ALL: Final = re.compile(r"@(?=here|channel|everyone|group)", re.IGNORECASE)
"""What calls everybody: that is no part of anything that is copied letter by letter."""
_EMOJI: Final = re.compile(r":(?=[\w+'-]+:)")
_MARK: Final = re.compile(r"[*_~`]+")
_QUOTE: Final = re.compile(r"^(&gt;)+")


@dataclass(frozen=True, slots=True)
class _Said:
    """A line of a section; `rows` is how many rows it stands for. A fixed one stands in a table with aligned columns."""

    text: str
    rows: int = 1
    is_fixed: bool = False
    opens: bool = False


def blocks(title: str, body: Body, *, room: int = 0) -> list[dict[str, Any]]:
    """The blocks of a message: a header with the title, and sections; `room` blocks are left for what stands below.

    What does not fit any more is counted at the end (`and 12 more`).
    """
    head = {"type": "header", "text": {"type": "plain_text", "text": _cut(_name(title), HEADER), "emoji": False}}
    return [head, *({"type": "section", "text": {"type": "mrkdwn", "text": one}} for one in _sections(body, room))]


def fallback(title: str, body: Body) -> str:
    """The message as plain text, escaped: what notifications and screen readers get; never empty, 1,500 characters at most."""
    said = plain(body, most=FALLBACK // 2)
    lines = [escape(one) for one in (_name(title), *said.splitlines()) if one.strip()]
    while len(text := "\n".join(lines)) > FALLBACK and len(lines) > 1:
        lines.pop()
    return text if len(text) <= FALLBACK else _name(title)[:HEADER].translate(_ESCAPES)


_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def escape(text: str) -> str:
    """Text on one line that reads the same in mrkdwn: no markup, no mention, no emoji, no quote."""
    plain_text = _MENTION.sub(f"@{_NOTHING}", clean(text))
    plain_text = _EMOJI.sub(f":{_NOTHING}", plain_text).translate(_ESCAPES)
    plain_text = _MARK.sub(_unmarked, plain_text)
    return _QUOTE.sub(rf"{_NOTHING}\g<0>", plain_text)


def _unmarked(found: re.Match[str]) -> str:
    """Marks within a word are none; around all others a space without width is put."""
    text, before, after = found.string, found.start() - 1, found.end()
    is_inside = before >= 0 and after < len(text) and text[before].isalnum() and text[after].isalnum()
    if is_inside and set(found[0]) == {"_"}:
        return found[0]
    return _NOTHING + _NOTHING.join(found[0]) + _NOTHING


def _name(title: str) -> str:
    return clean(title).strip() or "hubposture"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."


# --- sections --------------------------------------------------------------------------------------------------------


def _sections(body: Body, room: int) -> list[str]:
    """Texts of sections, as many as a message takes."""
    said = [one for block in body.blocks for one in _lines(block)]
    taken, used = 0, 0
    for one in said:
        used += len(one.text) + 1
        if used > MESSAGE:
            break
        taken += 1
    packed = _packed(said[:taken])
    while len(packed) > BLOCKS - 2 - room:
        taken -= 1
        packed = _packed(said[:taken])
    left = sum(one.rows for one in said[taken:])
    return [*packed, f"... {more_rows(left)}"] if left else packed


def _packed(said: Sequence[_Said]) -> list[str]:
    """Lines together in sections: a new one begins with each block of the body, and where one is full."""
    found: list[list[_Said]] = []
    used = 0
    for one in said:
        room = len(one.text) + 1
        if not found or one.opens or used + room > SECTION - 10 or found[-1][-1].is_fixed is not one.is_fixed:
            found.append([])
            used = 0
        found[-1].append(one)
        used += room
    return [_joined(part) for part in found]


def _joined(part: Sequence[_Said]) -> str:
    text = "\n".join(one.text for one in part)
    return f"```\n{text}\n```" if part[0].is_fixed else text


def _lines(block: Block) -> Iterator[_Said]:
    match block:
        case Heading(text):
            if said := escape(text).strip():
                yield _Said(_cut_markup(f"*{said}*"), rows=0, opens=True)
        case Paragraph(spans):
            if said := _line(spans):
                yield _Said(said, opens=True)
        case Bullets(lines):
            yield from (_Said(f"• {_line(line)}") for line in lines)
        case Grid():
            yield from _table(block)


def _cut_markup(text: str) -> str:
    """A heading that fits; what is cut off is never half a mark."""
    return text if len(text) <= _LINE else f"{text[:_LINE].rpartition('&')[0] or text[:_LINE]}...*"


def _line(line: Line) -> str:
    """The spans of a line as far as they fit; a span is never cut in the middle of its marks."""
    said, used = [], 0
    for span in line:
        text = _span(span, most=_LINE - used)
        if used + len(text) > _LINE:
            said.append("...")
            break
        said.append(text)
        used += len(text)
    return "".join(said).strip()


def _span(span: Span, *, most: int) -> str:
    match span:
        case Plain(text, is_strong):
            words = escape(_shorter(text, most))
            core = words.strip()
            return words.replace(core, f"*{core}*", 1) if is_strong and core else words
        case Literal(text):
            said = _fixed(_shorter(text, most))
            return f"`{said}`" if said else ""
        case Link(text, url):
            return _link(text, url, most=most)


def _shorter(text: str, most: int) -> str:
    """Text that is not longer than `most` once it is escaped, mostly: each letter may become five."""
    cleaned = clean(text)
    return cleaned if len(cleaned) * 5 <= most or len(cleaned) <= most // 2 else _cut(cleaned, max(20, most // 2))


def _fixed(text: str) -> str:
    """Text between backticks: only `&`, `<` and `>` mean anything there, and words that call everybody."""
    return _ALL.sub(f"@{_NOTHING}", clean(text).strip()).replace("`", "'").translate(_ESCAPES)


def _link(text: str, url: str, *, most: int) -> str:
    address = web_address(url).replace("|", "%7C")
    words = escape(_shorter(text, most)).strip()
    if not address or len(address) > _LINE // 2 or urlsplit(address).username is not None:
        shown = _fixed(_shorter(url, most))
        return f"{words} (`{shown}`)" if shown and words else words or (f"`{shown}`" if shown else "")
    return f"<{address.translate(_ESCAPES)}|{words.replace('|', '/') or _fixed(address)}>"


# --- tables ----------------------------------------------------------------------------------------------------------


def _table(grid: Grid) -> Iterator[_Said]:
    """Aligned columns where these are short and have no link, else one bullet a row."""
    cells = [[_words(cell) for cell in row] for row in grid.rows]
    headings = [clean(one).strip() for one in grid.headings]
    has_links = any(isinstance(span, Link) for row in grid.rows for cell in row for span in cell)
    widths = [max([len(one[at]) for one in [headings, *cells] if at < len(one)]) for at in range(len(headings))]
    if has_links or sum(widths) + 2 * len(widths) > _WIDE or not headings:
        yield from (_Said(_bullet(headings, row)) for row in grid.rows)
    elif cells:
        yield _Said(_aligned(headings, widths), rows=0, is_fixed=True)
        yield from (_Said(_aligned(row, widths), is_fixed=True) for row in cells)
    if grid.more:
        yield _Said(f"... {more_rows(grid.more)}", rows=grid.more)


def _words(cell: Line) -> str:
    return "".join(clean(one.text) for one in cell).strip()


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    text = "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)).rstrip()
    return _ALL.sub(f"@{_NOTHING}", text).replace("`", "'").translate(_ESCAPES)


def _bullet(headings: Sequence[str], row: Sequence[Line]) -> str:
    """`• first, Heading: second, ...`; empty cells are left out."""
    said = [_line(row[0]) if row else ""]
    for heading, cell in zip(headings[1:], row[1:], strict=False):
        if text := _line(cell):
            said.append(f"{escape(heading).strip()}: {text}" if heading else text)
    bullet = f"• {' · '.join(one for one in said if one) or '-'}"
    return bullet if len(bullet) <= SECTION - 100 else f"{said[0] or '-'} ..."
