"""One pass over a sheet's XML: is it affordable to read, and which cells hold errors or formulas nobody computed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from hubposture.matrix.cells import column_letters
from hubposture.workbook.complaint import complaint
from hubposture.workbook.limits import Limits
from hubposture.workbook.names import MAIN_NAMESPACES, MAX_COLUMN, MAX_ROW, parse_reference, reference
from hubposture.workbook.parsing import new_parser, run, too_complex

_TIDY_UP: Final = "delete the empty rows and columns around the table, then save it again"


@dataclass(frozen=True, slots=True)
class SheetScan:
    """What the pass found: cells by (row, column) counted from 1.

    `errors` maps a cell to its error such as `#REF!`; `uncomputed` are formulas without a stored result.
    """

    cells: int
    errors: dict[tuple[int, int], str]
    uncomputed: frozenset[tuple[int, int]]


def scan_sheet(xml: bytes, *, where: str, computed: bool, limits: Limits) -> SheetScan:
    """Measure one worksheet's XML.

    `where` is `file!sheet`. `computed` is False when the file asks the next program to compute it: a stored 0 then
    counts as no result, since that is what libraries write that cannot compute. Raises InputErrors that names the
    sheet, and the cell where one is to blame.
    """
    state = _Pass(where=where, computed=computed, limits=limits, parser=new_parser(where))
    state.parser.StartElementHandler = state.start_root
    state.parser.buffer_text = True
    run(state.parser, xml, where=where)
    state.finish_cell()
    state.check_cells()
    return SheetScan(state.cells, state.errors, frozenset(state.uncomputed))


@dataclass(slots=True)
class _Pass:
    """The state of the pass."""

    where: str
    computed: bool
    limits: Limits
    parser: expat.XMLParserType
    cells: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    uncomputed: set[tuple[int, int]] = field(default_factory=set)
    at: tuple[int, int] = (0, 0)
    kind: str = ""
    pending: bool = False
    formula: bool = False
    value: list[str] | None = None

    def start_root(self, name: str, _attributes: dict[str, str]) -> None:
        """Take the namespace of the whole part from its first element."""
        namespace, _, local = name.rpartition(" ")
        if namespace not in MAIN_NAMESPACES or local != "worksheet":
            hint = "open it in the spreadsheet program and save it again"
            raise complaint(self.where, "is named as a worksheet, but is something else", hint=hint)
        self.parser.StartElementHandler = self._opener(namespace)

    def _opener(  # noqa: C901 - one function, since a call per element is what it costs
        self, namespace: str
    ) -> Callable[[str, dict[str, str]], None]:
        """The handler of every element but the first, with all it needs in local names: it is the hot path."""
        cell, row_tag, value, inline, formula = (f"{namespace} {local}" for local in ("c", "row", "v", "is", "f"))
        parser = self.parser
        max_depth, max_elements, max_bytes = self.limits.depth, self.limits.elements, self.limits.string_bytes
        columns = {column_letters(column): column for column in range(1, 105)}
        elements = depth = row = column = last = bottom = right = 0
        row_text = "0"

        def opened(name: str, attributes: dict[str, str]) -> None:
            nonlocal elements, depth, row, row_text, column, last, bottom, right
            elements += 1
            depth += 1
            before, last = last, parser.CurrentByteIndex
            if depth > max_depth or elements > max_elements or last - before > max_bytes:
                raise too_complex(self.where)
            if name == cell:
                if self.pending:
                    self.finish_cell()
                self.cells += 1
                at = attributes.get("r", "")
                known = columns.get(at[: -len(row_text)]) if at.endswith(row_text) else None
                row, column = (row, known) if known else self._position(at, row=row, column=column + 1)
                self.at = (row, column)
                self.kind = attributes.get("t", "")
                self.pending = self.kind == "e"
            elif name in (value, inline):
                if row > bottom or column > right:
                    bottom, right = max(bottom, row), max(right, column)
                    self._check_box(bottom, right)
                if self.pending:
                    self._collect()
            elif name == formula:
                self.formula = self.pending = True
            elif name == row_tag:
                if self.pending:
                    self.finish_cell()
                row, column = self._row(attributes.get("r"), after=row), 0
                row_text = str(row)
                self.check_cells()

        def closed(_name: str) -> None:
            nonlocal depth
            depth -= 1

        parser.EndElementHandler = closed
        return opened

    def check_cells(self) -> None:
        """Bound the number of cells; once a row is often enough."""
        if self.cells > self.limits.cells:
            raise complaint(self.where, f"has more than {self.limits.cells} cells", hint=_TIDY_UP)

    def _position(self, name: str, *, row: int, column: int) -> tuple[int, int]:
        """Where a cell stands; one without a reference stands after the cell before it."""
        if not name:
            return max(row, 1), column
        at = parse_reference(name)
        if at is None:
            what = f"has a cell at {name[:20]!r}, outside of any sheet"
            raise complaint(self.where, what, hint="do not open it before you know who made it")
        return at

    def _row(self, number: str | None, *, after: int) -> int:
        row = after + 1 if number is None else int(number) if number.isascii() and number.isdigit() else 0
        if not 1 <= row <= MAX_ROW:
            what = f"has a row numbered {(number or '')[:20]!r}, outside of any sheet"
            raise complaint(self.where, what, hint="do not open it before you know who made it")
        return row

    def _check_box(self, bottom: int, right: int) -> None:
        """Bound the rectangle from A1 to the last value, which a reader allocates whole."""
        if bottom * right > self.limits.box_cells or right > MAX_COLUMN:
            what = f"its values reach from A1 to {reference(bottom, right)}, which is {bottom * right} cells to read"
            raise complaint(f"{self.where}!{reference(*self.at)}", what, hint=_TIDY_UP)

    def _collect(self) -> None:
        """Keep the text of this value; `finish_cell` looks at it."""
        collected: list[str] = []
        self.value = collected
        self.parser.CharacterDataHandler = collected.append

    def finish_cell(self) -> None:
        """Judge the cell that has just ended, if it is one that holds an error or a formula."""
        if not self.pending:
            return
        self.parser.CharacterDataHandler = None
        text = "".join(self.value or ()).strip()
        if self.kind == "e":
            self.errors[self.at] = text[:40] or "#VALUE!"
        elif self.formula and self._is_uncomputed(text):
            self.uncomputed.add(self.at)
        self.formula, self.value, self.pending = False, None, False

    def _is_uncomputed(self, text: str) -> bool:
        if self.kind in ("str", "inlineStr") and self.value is not None:
            return False
        return not text or (text == "0" and not self.computed)
