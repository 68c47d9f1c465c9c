"""One sheet's XML with some cells replaced: every other byte stays."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hubposture.matrix.cells import CellKind
from hubposture.workbook.names import Area, parse_area, reference
from hubposture.workbook.sheetxml import RowSpan, SheetIndex
from hubposture.workbook.styles import serial_number
from hubposture.workbook.text import cell_escape

Place = tuple[int, int]

# What reads back as the same text: no leading zeros, no more digits than a workbook keeps.
_PLAIN_NUMBER = re.compile(r"(?!-0$)-?(0|[1-9][0-9]{0,9})(\.[0-9]{0,3}[1-9])?")


@dataclass(frozen=True, slots=True)
class Value:
    """What a cell is to hold; `like` is the row whose look a cell that is not there yet takes, or 0."""

    text: str
    kind: CellKind = CellKind.TEXT
    like: int = 0


@dataclass(frozen=True, slots=True)
class Dates:
    """How this workbook stores dates: the styles that show one, and from which epoch it counts."""

    styles: frozenset[str]
    since_1904: bool


def splice(index: SheetIndex, values: Mapping[Place, Value], *, dates: Dates) -> bytes:
    """The sheet's XML with `values` at their (row, column) places; an empty text empties the cell."""
    rows: dict[int, dict[int, bytes]] = defaultdict(dict)
    for (row, column), value in sorted(values.items()):
        rows[row][column] = _cell(index, (row, column), value, dates)
    cuts: list[tuple[int, int, bytes]] = []
    fresh: dict[int, bytes] = defaultdict(bytes)
    for number, cells in sorted(rows.items()):
        span = index.row(number)
        if span is not None:
            cuts += _cuts_in_row(index, span, cells)
        elif any(cells.values()):
            following = index.next_row(number)
            at = following.start if following else index.data.close
            fresh[at] += _new_row(index, number, cells)
    cuts += _new_rows(index, fresh)
    cuts += _dimension(index, [place for place, value in values.items() if value.text])
    return _cut(index.xml, cuts)


def _cut(xml: bytes, cuts: list[tuple[int, int, bytes]]) -> bytes:
    """Replace the (start, end) pieces; several at one place stay in the order given."""
    pieces = []
    at = 0
    for start, end, new in sorted(cuts, key=lambda cut: cut[:2]):
        pieces += [xml[at:start], new]
        at = end
    return b"".join([*pieces, xml[at:]])


def _cuts_in_row(index: SheetIndex, span: RowSpan, cells: Mapping[int, bytes]) -> list[tuple[int, int, bytes]]:
    known = {cell.column: cell for cell in span.cells}
    added = {column: xml for column, xml in cells.items() if column not in known and xml}
    cuts = [(known[column].start, known[column].end, xml) for column, xml in cells.items() if column in known]
    if not added:
        return cuts
    if span.self_closing:
        opened = _without_spans(index.xml[span.start : span.open_end])[:-2].rstrip() + b">"
        inside = b"".join(xml for _, xml in sorted(added.items()))
        return [(span.start, span.end, opened + inside + f"</{index.prefix}row>".encode())]
    cuts.append((span.start, span.open_end, _without_spans(index.xml[span.start : span.open_end])))
    together: dict[int, bytes] = defaultdict(bytes)
    for column, xml in sorted(added.items()):
        place = next((cell.start for cell in span.cells if cell.column > column), span.close)
        together[place] += xml
    return cuts + [(place, place, xml) for place, xml in together.items()]


def _without_spans(tag: bytes) -> bytes:
    """A row's start tag without its hint of first and last column, which may no longer hold."""
    before, found, after = tag.partition(b' spans="')
    return before + after.partition(b'"')[2] if found else tag


def _new_row(index: SheetIndex, number: int, cells: Mapping[int, bytes]) -> bytes:
    inside = b"".join(xml for _, xml in sorted(cells.items()))
    return f'<{index.prefix}row r="{number}">'.encode() + inside + f"</{index.prefix}row>".encode()


def _new_rows(index: SheetIndex, fresh: Mapping[int, bytes]) -> list[tuple[int, int, bytes]]:
    data = index.data
    if fresh and data.self_closing:
        opened = index.xml[data.start : data.open_end - 2].rstrip() + b">"
        return [(data.start, data.end, opened + b"".join(fresh.values()) + f"</{index.prefix}sheetData>".encode())]
    return [(at, at, xml) for at, xml in fresh.items()]


def _cell(index: SheetIndex, place: Place, value: Value, dates: Dates) -> bytes:
    style = _style(index, place, like=value.like)
    name = f'<{index.prefix}c r="{reference(*place)}"' + (f' s="{style}"' if style else "")
    if not value.text:
        return f"{name}/>".encode() if style else b""
    number = _number(value, dated=style in dates.styles, since_1904=dates.since_1904)
    tag = index.prefix
    if number is not None:
        return f"{name}><{tag}v>{number}</{tag}v></{tag}c>".encode()
    text = escape(cell_escape(value.text))
    inline = f'<{tag}is><{tag}t xml:space="preserve">{text}</{tag}t></{tag}is>'
    return f'{name} t="inlineStr">{inline}</{tag}c>'.encode()


def _style(index: SheetIndex, place: Place, *, like: int) -> str:
    """The style the cell has, or the one above it has, or its column's."""
    cell = index.cell(*place)
    if cell is not None:
        return cell.style
    model = index.cell(like, place[1]) if like else None
    return model.style if model is not None else index.column_style(place[1])


def _number(value: Value, *, dated: bool, since_1904: bool) -> str | None:
    """The stored number for a number or for a date in a cell that shows dates; None for what is stored as text."""
    if value.kind is CellKind.NUMBER:
        return value.text if _PLAIN_NUMBER.fullmatch(value.text) else None
    if value.kind is CellKind.DATE and dated:
        serial = serial_number(value.text, since_1904=since_1904)
        return None if serial is None else str(serial)
    return None


def _dimension(index: SheetIndex, places: list[Place]) -> list[tuple[int, int, bytes]]:
    """Widen the sheet's stated extent where a new cell stands outside it."""
    if index.dimension is None or not places:
        return []
    start, end = index.dimension
    area = parse_area(index.xml[start:end].decode("utf-8", "replace"))
    if area is None:
        return []
    rows, columns = [row for row, _ in places], [column for _, column in places]
    wider = Area(min(area.top, *rows), min(area.left, *columns), max(area.bottom, *rows), max(area.right, *columns))
    return [] if wider == area else [(start, end, str(wider).encode())]
