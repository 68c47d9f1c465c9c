"""Three-way merge of workbooks at cell level: rows are known by what they are about, edits come out as data.

What only one side changed is taken; what both changed to the same meaning is kept as ours has it; else it is a conflict
that names both cells. Formatting, formulas and the order of rows stay ours. Columns and sheets that hubposture writes
are left out: they are written anew. Sheets of the user's own stay as ours has them, with a notice where theirs differ,
because a value written there could replace a formula.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hubposture.matrix.cells import Book, Cell, CellKind
from hubposture.matrix.columns import SHEETS, SheetSpec
from hubposture.matrix.edits import CellEdit, Edit, NewCell, RowAppend, RowDelete
from hubposture.matrix.meaning import column_of, grouped, meaning, says, shown_key
from hubposture.matrix.tables import Table, TableRow, own_sheets, tables

_Rows = tuple[TableRow, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing both sides changed differently.

    `column` is '' where whole rows or sheets are at odds. `ours` and `theirs` are the texts, `ours_at` and `theirs_at`
    their places ('' where there is none).
    """

    sheet: str
    row: str
    column: str
    base: str
    ours: str
    theirs: str
    ours_at: str = ""
    theirs_at: str = ""

    def __str__(self) -> str:
        """One readable line, with both texts and both cells."""
        what = " ".join(part for part in (self.sheet, self.row, self.column) if part)
        ours, theirs = (
            f"{text or '(empty)'}" + (f" [{at}]" if at else "")
            for text, at in ((self.ours, self.ours_at), (self.theirs, self.theirs_at))
        )
        return f"{what}: ours {ours}; theirs {theirs}; before {self.base or '(empty)'}"


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Edits that make ours the merge, conflicts that were left as ours has them, and notices for a person."""

    edits: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...]
    notices: tuple[str, ...] = ()


def merge(base: Book, ours: Book, theirs: Book, *, mapping: Mapping[str, str] | None = None) -> MergeResult:
    """Merge what theirs changed since base into ours."""
    sides = tuple({table.spec.name: table for table in tables(book, mapping)[0]} for book in (base, ours, theirs))
    edits: list[Edit] = []
    conflicts: list[Conflict] = []
    for spec in (spec for spec in SHEETS if not spec.ours):
        before, mine, other = (side.get(spec.name) for side in sides)
        if mine is None or other is None:
            conflicts.extend(_lost_sheet(spec, before, mine, other))
            continue
        work = _SheetMerge(ours.name, theirs.name, base=before, ours=mine, theirs=other)
        work.run()
        edits += work.edits
        conflicts += work.conflicts
    return MergeResult(tuple(edits), tuple(conflicts), tuple(_notices(base, ours, theirs, mapping)))


def _lost_sheet(spec: SheetSpec, base: Table | None, ours: Table | None, theirs: Table | None) -> Iterator[Conflict]:
    """A sheet that one side does not have: nothing to do only if the other side has nothing new in it."""
    having = ours or theirs
    if having is None or (base is None and ours is not None):
        return
    if base is not None and says(spec, base.rows) == says(spec, having.rows):
        return
    before, mine, other = (f"{len(each.rows)} rows" if each else "no such sheet" for each in (base, ours, theirs))
    yield Conflict(spec.name, "", "", before, mine, other)


def _inputs(spec: SheetSpec, *rows: TableRow | None) -> list[str]:
    """The keys of the input cells of rows, each once."""
    keys = dict.fromkeys(key for row in rows if row is not None for key in row.cells)
    return [key for key in keys if (column := column_of(spec, key)) is None or not column.ours]


def _notices(base: Book, ours: Book, theirs: Book, mapping: Mapping[str, str] | None) -> Iterator[str]:
    before, mine, other = (
        {sheet.name: {place: cell.text for place, cell in sheet.cells.items()} for sheet in own_sheets(book, mapping)}
        for book in (base, ours, theirs)
    )
    for name, cells in other.items():
        if cells != before.get(name) and cells != mine.get(name):
            yield f"{name}: this sheet of your own differs in theirs; ours is kept"


class _SheetMerge:
    """The merge of one sheet, from three tables to edits and conflicts."""

    def __init__(self, ours_name: str, theirs_name: str, *, base: Table | None, ours: Table, theirs: Table) -> None:
        self.names = ours_name, theirs_name
        self.base = grouped(base) if base else {}
        self.ours, self.theirs = ours, theirs
        self.spec = ours.spec
        self.columns = dict(ours.columns)
        self.edits: list[Edit] = []
        self.conflicts: list[Conflict] = []

    def run(self) -> None:
        """Merge row by row: ours in the order of its file, then what theirs added in the order of its own."""
        mine, other = grouped(self.ours), grouped(self.theirs)
        for key in (*mine, *(key for key in other if key not in mine)):
            base, ours, theirs = (side.get(key, ()) for side in (self.base, mine, other))
            if max(map(len, (base, ours, theirs))) > 1 or not (ours and theirs):
                self._rows(base, ours, theirs)
            else:
                self._cells(base[0] if base else None, ours[0], theirs[0])

    def _rows(self, base: _Rows, ours: _Rows, theirs: _Rows) -> None:
        """Merge rows as wholes: where a side has none, or one has the same twice, so that cells have no partner."""
        before, mine, other = (says(self.spec, rows) for rows in (base, ours, theirs))
        if other in (before, mine):
            return
        if mine != before:
            self._at_odds(base, ours, theirs)
            return
        self.edits.extend(RowDelete(self.ours.title, row.row) for row in ours)
        for row in theirs:
            self._append(row)

    def _cells(self, base: TableRow | None, ours: TableRow, theirs: TableRow) -> None:
        for key in _inputs(self.spec, base, ours, theirs):
            before, mine, other = (row.text(key) if row else "" for row in (base, ours, theirs))
            column = column_of(self.spec, key)
            meant = [meaning(text, column) for text in (before, mine, other)]
            if meant[1] == meant[2] or meant[0] == meant[2]:
                continue
            if meant[0] == meant[1]:
                self._set(key, ours, theirs.cells.get(key))
            else:
                self._odd_cell(key, (before, mine, other), ours, theirs)

    def _set(self, key: str, ours: TableRow, cell: Cell | None) -> None:
        if cell is not None:
            edit = CellEdit(self.ours.title, ours.row, self._column(key, cell), cell.text, _plain(cell.kind))
        else:
            edit = CellEdit(self.ours.title, ours.row, ours.cells[key].column, "")
        self.edits.append(edit)

    def _append(self, theirs: TableRow) -> None:
        cells = tuple(
            NewCell(self._column(key, cell), cell.text, _plain(cell.kind))
            for key, cell in theirs.cells.items()
            if cell.text and (key in self.columns or not _is_ours(self.spec, key))
        )
        self.edits.append(RowAppend(self.ours.title, tuple(sorted(cells, key=lambda cell: cell.column))))

    def _column(self, key: str, cell: Cell) -> int:
        """The number of a column in ours.

        One that only theirs has is added at the right end with its heading; a cell under no heading stays in its column.
        """
        heading = self.theirs.headings.get(key)
        if key not in self.columns and heading is None:
            return cell.column
        if key not in self.columns and heading is not None:
            row = next(iter(self.ours.headings.values())).row
            self.columns[key] = self._free_column()
            self.edits.append(CellEdit(self.ours.title, row, self.columns[key], heading.text))
        return self.columns[key]

    def _free_column(self) -> int:
        used = [cell.column for row in self.ours.rows for cell in row.cells.values()]
        return max((*self.columns.values(), *used)) + 1

    def _odd_cell(self, key: str, texts: tuple[str, str, str], ours: TableRow, theirs: TableRow) -> None:
        column = column_of(self.spec, key)
        places = (_at(self.names[0], ours.cells.get(key)), _at(self.names[1], theirs.cells.get(key)))
        heading = column.heading if column else key[1:]
        self.conflicts.append(Conflict(self.spec.name, shown_key(self.spec, ours), heading, *texts, *places))

    def _at_odds(self, base: _Rows, ours: _Rows, theirs: _Rows) -> None:
        """Rows as wholes changed on both sides: removed here and edited there, or the same twice."""
        first = self.spec.identity[0]
        before, mine, other = (
            f"{len(rows)} rows" if len(rows) > 1 else "there" if rows else "removed" for rows in (base, ours, theirs)
        )
        places = [
            _at(name, rows[0].cells.get(first) if rows else None)
            for name, rows in zip(self.names, (ours, theirs), strict=True)
        ]
        name = shown_key(self.spec, (ours or theirs or base)[0])
        self.conflicts.append(Conflict(self.spec.name, name, "", before, mine, other, *places))


def _is_ours(spec: SheetSpec, key: str) -> bool:
    column = column_of(spec, key)
    return column is not None and column.ours


def _plain(kind: CellKind) -> CellKind:
    """The kind a value is written as: what an error or an empty formula showed is written as text."""
    return CellKind.TEXT if kind in (CellKind.ERROR, CellKind.NO_CACHED_VALUE) else kind


def _at(book: str, cell: Cell | None) -> str:
    return f"{book}!{cell.address}" if cell else ""
