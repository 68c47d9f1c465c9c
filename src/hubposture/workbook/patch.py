"""A workbook with some cells changed: only the XML of their sheets is touched, every other part keeps its bytes."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hubposture.errors import InputErrors, Problem
from hubposture.matrix.cells import Book, Cell, Sheet
from hubposture.workbook.calcchain import without_formulas
from hubposture.workbook.container import Container
from hubposture.workbook.edits import CellEdit, Edit, Patched, RowAppend, RowDelete
from hubposture.workbook.guard import Guarded, guard
from hubposture.workbook.limits import DEFAULT_LIMITS, Limits
from hubposture.workbook.names import MAX_COLUMN, MAX_ROW, reference
from hubposture.workbook.package import SheetPart
from hubposture.workbook.read import book_of, read_book
from hubposture.workbook.rezip import rezip
from hubposture.workbook.sheetxml import SheetIndex, index_sheet
from hubposture.workbook.splice import Dates, Place, Value, splice
from hubposture.workbook.styles import date_styles
from hubposture.workbook.tables import Table, resized, tables_on
from hubposture.workbook.text import MAX_CELL_CHARACTERS, storable, tidy


def apply_edits(data: bytes, edits: Sequence[Edit], *, name: str, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """The workbook `data` with all edits made, in cells of anybody; the same bytes when they change nothing.

    Formulas in edited cells are replaced. Raises InputErrors with every edit that cannot be made (no such sheet, hidden
    in a merged area, part of a formula shared with other cells, the heading of a table, too long), having made none.
    """
    patched = _Patch(data, name=name, limits=limits).run(edits)
    if patched.left_out:
        raise InputErrors(patched.left_out)
    return patched.data


def refresh(data: bytes, edits: Sequence[Edit], *, name: str, limits: Limits = DEFAULT_LIMITS) -> Patched:
    """The workbook `data` with the edits of cells that hubposture owns.

    A person's formula in such a cell stays, and so does a cell hidden in a merged area: they come back as `left_out`.
    """
    return _Patch(data, name=name, limits=limits, keeps_formulas=True).run(edits)


@dataclass(slots=True)
class _SheetWork:
    """One sheet, where its things stand, and what is to be put there.

    `model` is the last row below the heading, whose look new cells take, or 0; `last` grows with each row added.
    """

    part: SheetPart
    cells: Sheet
    index: SheetIndex
    tables: tuple[Table, ...]
    values: dict[Place, Value] = field(default_factory=dict)
    model: int = 0
    last: int = 0

    def current(self, place: Place) -> Cell | None:
        """The cell as it is in the file, or None."""
        return self.cells.cells.get(place)


class _Patch:
    """One patch of one workbook, from its bytes to the verified result."""

    def __init__(self, data: bytes, *, name: str, limits: Limits, keeps_formulas: bool = False) -> None:
        self.limits, self.keeps_formulas = limits, keeps_formulas
        self.guarded: Guarded = guard(data, name=name, limits=limits)
        self.book: Book = book_of(self.guarded, limits=limits)
        self.work: dict[str, _SheetWork] = {}
        self.left_out: list[Problem] = []

    def run(self, edits: Sequence[Edit]) -> Patched:
        for edit in edits:
            work = self._sheet(edit.sheet)
            if work is None:
                self._leave_out(edit.sheet, "there is no such sheet", "add it, or rename yours back")
            else:
                self._add(work, edit)
        changed = [work for work in self.work.values() if work.values]
        left_out = tuple(sorted(self.left_out))
        if not changed:
            return Patched(self.container.data, left_out)
        data = self._write(changed)
        self._verify(data, changed)
        return Patched(data, left_out)

    @property
    def container(self) -> Container:
        return self.guarded.container

    def _sheet(self, name: str) -> _SheetWork | None:
        part = self.guarded.package.sheet(name)
        if part is None:
            return None
        if part.name not in self.work:
            where = f"{self.guarded.name}!{part.name}"
            index = index_sheet(self.container.read(part.path), where=where)
            tables = tables_on(self.container, part.path, limits=self.limits)
            cells = next(sheet for sheet in self.book.sheets if sheet.name == part.name)
            last = _last_row(cells, index)
            self.work[part.name] = _SheetWork(part, cells, index, tables, model=last if last > 1 else 0, last=last)
        return self.work[part.name]

    def _add(self, work: _SheetWork, edit: Edit) -> None:
        match edit:
            case CellEdit():
                self._put(
                    work, (edit.row, edit.column), Value(edit.text, edit.kind, like=min(edit.row - 1, work.model))
                )
            case RowDelete():
                span = work.index.row(edit.row)
                for cell in span.cells if span else ():
                    self._put(work, (edit.row, cell.column), Value(""))
            case RowAppend():
                work.last += 1
                for new in edit.cells:
                    self._put(work, (work.last, new.column), Value(new.text, new.kind, like=work.model))
                columns = [new.column for new in edit.cells]
                work.tables = tuple(table.grown_over(work.last, columns) for table in work.tables)

    def _put(self, work: _SheetWork, place: Place, value: Value) -> None:
        """Note the value unless the cell has it already; an earlier edit of the same cell gives way."""
        work.values.pop(place, None)
        value = replace(value, text=storable(value.text))
        if self._has_it(work, place, value):
            return
        obstacle = self._obstacle(work, place, value)
        if obstacle is None:
            work.values[place] = value
        else:
            self._leave_out(f"{work.part.name}!{reference(*place)}", *obstacle)

    def _has_it(self, work: _SheetWork, place: Place, value: Value) -> bool:
        """Whether the cell shows this value already; hubposture's own texts do not mind how they are stored."""
        text, cell, span = tidy(value.text), work.current(place), work.index.cell(*place)
        if cell is None:
            return not text and (span is None or not span.formula)  # a formula may have given an empty text
        return text == cell.text and (value.kind is cell.kind or (self.keeps_formulas and bool(text)))

    def _obstacle(self, work: _SheetWork, place: Place, value: Value) -> tuple[str, str] | None:
        """(why the cell cannot be written, what to do), or None."""
        row, column = place
        if not (1 <= row <= MAX_ROW and 1 <= column <= MAX_COLUMN):
            return "is outside of any sheet", "use fewer rows"
        if len(value.text) > MAX_CELL_CHARACTERS:
            return f"cannot hold {len(value.text)} characters; a cell takes {MAX_CELL_CHARACTERS}", "shorten the text"
        merged = work.index.merge_over(row, column)
        if merged is not None:
            return f"is hidden inside the merged cells {merged}", "unmerge them"
        if any(table.is_heading(row, column) for table in work.tables):
            return "is a heading of a table", "rename it in the spreadsheet program"
        return self._formula_obstacle(work.index, place)

    def _formula_obstacle(self, index: SheetIndex, place: Place) -> tuple[str, str] | None:
        array = next((area for area in index.arrays if place in area), None)
        if array is not None:
            return f"belongs to the formula of {array}", "replace the formula in the spreadsheet program"
        span = index.cell(*place)
        if span is None or not span.formula:
            return None
        if self.keeps_formulas:
            return "holds a formula of yours, which stays", "delete the formula to let hubposture fill the cell"
        if span.shares:
            return "holds a formula shared with other cells", "replace it in the spreadsheet program"
        return None

    def _leave_out(self, where: str, what: str, hint: str) -> None:
        self.left_out.append(Problem(f"{self.guarded.name}!{where}", what, hint))

    def _write(self, changed: list[_SheetWork]) -> bytes:
        styles = date_styles(self.container, self.guarded.package, limits=self.limits)
        dates = Dates(styles, self.guarded.package.since_1904)
        parts: dict[str, bytes] = {}
        gone: set[tuple[str, str]] = set()
        for work in changed:
            parts[work.part.path] = splice(work.index, work.values, dates=dates)
            formulas = [place for place in work.values if (span := work.index.cell(*place)) and span.formula]
            gone |= {(work.part.sheet_id, reference(*place)) for place in formulas}
            for old in tables_on(self.container, work.part.path, limits=self.limits):
                new = next(table for table in work.tables if table.path == old.path)
                if new != old:
                    parts[old.path] = resized(self.container.read(old.path), before=old.area, after=new.area)
        chain = without_formulas(self.container, self.guarded.package, gone)
        return rezip(self.container, {**parts, **chain.changed}, dropped=chain.dropped)

    def _verify(self, data: bytes, changed: list[_SheetWork]) -> None:
        """Read the result back: the edited cells hold what was asked, and every other cell what it held."""
        wanted = {sheet.name: {place: cell.text for place, cell in sheet.cells.items()} for sheet in self.book.sheets}
        for work in changed:
            texts = wanted[work.part.name]
            texts.update({place: tidy(value.text) for place, value in work.values.items()})
        found = read_book(data, name=self.guarded.name, limits=self.limits)
        problems = []
        for sheet in found.sheets:
            texts = {place: cell.text for place, cell in sheet.cells.items()}
            expected = {place: text for place, text in wanted[sheet.name].items() if text or place in texts}
            problems += [
                Problem(
                    f"{found.name}!{sheet.name}!{reference(*place)}", "would not read back as it was written", _REPORT
                )
                for place in expected.keys() | texts.keys()
                if expected.get(place) != texts.get(place)
            ]
        if problems:
            raise InputErrors(problems)


_REPORT = "nothing was written; save the workbook once with a spreadsheet program and try again"


def _last_row(sheet: Sheet, index: SheetIndex) -> int:
    """The last row with a value; merged areas that begin above its end count whole."""
    last = max((row for row, _ in sheet.cells), default=0)
    return max([last, *(area.bottom for area in index.merges if area.top <= last)])
