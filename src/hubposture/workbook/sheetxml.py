"""Where things stand in a sheet's XML, as byte offsets, so that everything else can stay as it is."""

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from xml.parsers import expat

from hubposture.workbook.complaint import complaint
from hubposture.workbook.names import Area, parse_area, parse_reference
from hubposture.workbook.parsing import new_parser, run

_TAG = re.compile(rb"<[^\"'>]*(?:\"[^\"]*\"[^\"'>]*|'[^']*'[^\"'>]*)*>")


@dataclass(slots=True)
class CellSpan:
    """One `<c>` element: its bytes, style index and kind of formula ('' for none).

    `shares` marks the cell that holds the text of a formula which other cells use.
    """

    column: int
    start: int
    open_end: int
    end: int = 0
    style: str = ""
    formula: str = ""
    shares: bool = False


@dataclass(slots=True)
class RowSpan:
    """One `<row>` element: `start` to `open_end` is its start tag, `close` to `end` its end tag, empty for `<row/>`."""

    number: int
    start: int
    open_end: int
    close: int = 0
    end: int = 0
    cells: list[CellSpan] = field(default_factory=list)

    @property
    def self_closing(self) -> bool:
        """Whether it is written `<row/>`."""
        return self.close == self.end

    def cell(self, column: int) -> CellSpan | None:
        """The cell in that column, or None."""
        return next((cell for cell in self.cells if cell.column == column), None)


@dataclass(slots=True)
class SheetIndex:
    """A sheet's XML and where its rows, cells, dimension, merged areas and array formulas stand.

    `prefix` is what tags of the main namespace begin with, such as `x:`; `columns` are (first, last, style).
    """

    xml: bytes
    prefix: str = ""
    data: RowSpan = field(default_factory=lambda: RowSpan(0, 0, 0))
    rows: list[RowSpan] = field(default_factory=list)
    dimension: tuple[int, int] | None = None
    merges: list[Area] = field(default_factory=list)
    arrays: list[Area] = field(default_factory=list)
    columns: list[tuple[int, int, str]] = field(default_factory=list)

    def row(self, number: int) -> RowSpan | None:
        """The row of that number, or None."""
        at = bisect_left(self.rows, number, key=lambda row: row.number)
        return self.rows[at] if at < len(self.rows) and self.rows[at].number == number else None

    def cell(self, row: int, column: int) -> CellSpan | None:
        """The cell at that place, or None."""
        span = self.row(row)
        return span.cell(column) if span else None

    def next_row(self, number: int) -> RowSpan | None:
        """The first row with a higher number, or None."""
        at = bisect_left(self.rows, number + 1, key=lambda row: row.number)
        return self.rows[at] if at < len(self.rows) else None

    def merge_over(self, row: int, column: int) -> Area | None:
        """The merged area that hides this cell, or None; the top left cell of one is not hidden."""
        return next(
            (area for area in self.merges if (row, column) in area and (row, column) != (area.top, area.left)), None
        )

    def column_style(self, column: int) -> str:
        """The style a new cell takes from its column; '' for none."""
        return next((style for first, last, style in self.columns if first <= column <= last), "")


def tag_end(xml: bytes, start: int) -> int:
    """The offset after the tag that begins at `start`."""
    match = _TAG.match(xml, start)
    assert match is not None, "expat has accepted this tag"
    return match.end()


def index_sheet(xml: bytes, *, where: str) -> SheetIndex:
    """Find rows, cells, dimension, columns and merged areas in a sheet that has passed the guard.

    Raises InputErrors for a sheet that is not in UTF-8 or whose rows are out of order: it is read, but not written.
    """
    if xml.startswith((b"\xff\xfe", b"\xfe\xff")) or re.search(
        rb"^\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-?8)", xml, re.IGNORECASE
    ):
        raise complaint(where, "is not stored in UTF-8", hint="save the workbook once with a spreadsheet program")
    builder = _Builder(xml, new_parser(where))
    builder.parser.StartElementHandler = builder.start
    builder.parser.EndElementHandler = builder.end
    run(builder.parser, xml, where=where)
    index = builder.index
    numbers = [row.number for row in index.rows]
    if numbers != sorted(set(numbers)) or not index.data.end:
        raise complaint(where, "has its rows out of order", hint="save the workbook once with a spreadsheet program")
    return index


class _Builder:
    """Follows the parser; nested elements end before the ones around them, so the last row and cell are the open ones."""

    def __init__(self, xml: bytes, parser: expat.XMLParserType) -> None:
        self.xml, self.parser = xml, parser
        self.index = SheetIndex(xml)
        self.row, self.column = 0, 0
        self.in_data = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Note what begins here."""
        at = self.parser.CurrentByteIndex
        local = name.rpartition(" ")[2]
        if local == "sheetData":
            raw = self.xml[at + 1 : at + 80].partition(b"sheetData")[0]
            self.index.prefix = raw.decode()
            self.index.data = RowSpan(0, at, tag_end(self.xml, at))
            self.in_data = True
        elif not self.in_data:
            self._outside(local, attributes, at=at)
        elif local == "row":
            self.row, self.column = int(attributes.get("r", self.row + 1)), 0
            self.index.rows.append(RowSpan(self.row, at, tag_end(self.xml, at)))
        elif local == "c":
            place = parse_reference(attributes.get("r", ""))
            self.column = place[1] if place else self.column + 1
            self.index.rows[-1].cells.append(
                CellSpan(self.column, at, tag_end(self.xml, at), style=attributes.get("s", ""))
            )
        elif local == "f":
            cell = self.index.rows[-1].cells[-1]
            cell.formula = attributes.get("t", "normal")
            area = parse_area(attributes.get("ref", ""))
            if area is not None and cell.formula in ("array", "dataTable"):
                self.index.arrays.append(area)
            cell.shares = cell.formula == "shared" and area is not None

    def _outside(self, local: str, attributes: dict[str, str], *, at: int) -> None:
        if local == "dimension" and "ref" in attributes:
            tag = self.xml[at : tag_end(self.xml, at)]
            found = re.search(rb"\bref\s*=\s*[\"']([^\"']*)", tag)
            self.index.dimension = (at + found.start(1), at + found.end(1)) if found else None
        elif local == "mergeCell":
            area = parse_area(attributes.get("ref", ""))
            if area:
                self.index.merges.append(area)
        elif local == "col" and "style" in attributes:
            self.index.columns.append((int(attributes["min"]), int(attributes["max"]), attributes["style"]))

    def end(self, name: str) -> None:
        """Note what ends here."""
        at = self.parser.CurrentByteIndex
        local = name.rpartition(" ")[2]
        if not self.in_data:
            return
        if local == "c":
            cell = self.index.rows[-1].cells[-1]
            _, cell.end = self._closed(cell.open_end, at)
        elif local in ("row", "sheetData"):
            span = self.index.rows[-1] if local == "row" else self.index.data
            span.close, span.end = self._closed(span.open_end, at)
            self.in_data = local == "row"

    def _closed(self, open_end: int, at: int) -> tuple[int, int]:
        """Where an element's end tag begins and ends; both are the end of its only tag where it has none."""
        if self.xml[open_end - 2 : open_end] == b"/>":
            return open_end, open_end
        return at, tag_end(self.xml, at)
