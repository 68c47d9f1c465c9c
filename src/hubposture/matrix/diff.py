"""The difference between two matrices by meaning: rows added, removed and changed, cell by cell, with what is risky."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from hubposture.catalog import Catalog
from hubposture.matrix.columns import SHEETS, Column, SheetSpec
from hubposture.matrix.meaning import KeyedTable, RowKey, keyed, meaning, shown_key
from hubposture.matrix.risks import Risk, risks_of
from hubposture.matrix.rows import Matrix
from hubposture.matrix.tables import TableRow
from hubposture.model.controls import natural_key


class DiffKind(StrEnum):
    """What happened to a row."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class CellDiff:
    """One cell that means something else; `where` is its place in the new workbook, in the old one for removed rows."""

    column: str
    before: str
    after: str
    where: str


@dataclass(frozen=True, slots=True)
class RowDiff:
    """One row that was added, removed or changed; `row` is its name for people (`S3.8 in prod`)."""

    sheet: str
    key: RowKey
    row: str
    kind: DiffKind
    cells: tuple[CellDiff, ...]
    risks: tuple[Risk, ...] = ()


@dataclass(frozen=True, slots=True)
class MatrixDiff:
    """All differing rows: sheets in their usual order, rows in natural order of their keys."""

    rows: tuple[RowDiff, ...]

    @property
    def risks(self) -> tuple[tuple[Risk, RowDiff], ...]:
        """What a reviewer must see first, the worst first."""
        found = [(risk, row) for row in self.rows for risk in row.risks]
        return tuple(sorted(found, key=lambda pair: (-pair[0].severity.rank, pair[0].text)))


def diff(old: Matrix | None, new: Matrix | None, catalog: Catalog) -> MatrixDiff:
    """What changed from one matrix to another; None is a matrix that is not there.

    Rows are known by what they are about (control and scope, clause, ...), so moving rows or columns is no change, and
    neither is another spelling of the same. Columns that hubposture writes are left out; the user's own are compared.
    """
    return MatrixDiff(tuple(row for spec in SHEETS if not spec.ours for row in _sheet(spec, old, new, catalog)))


def _sheet(spec: SheetSpec, old: Matrix | None, new: Matrix | None, catalog: Catalog) -> Iterator[RowDiff]:
    before, after = _table(spec, old), _table(spec, new)
    keys = {**(before.rows if before else {}), **(after.rows if after else {})}
    for key in sorted(keys, key=lambda key: [natural_key(part) for part in key]):
        one = before.rows.get(key) if before else None
        other = after.rows.get(key) if after else None
        cells = tuple(_cells(before, after, one, other, book=(new if other else old)))
        if not cells:
            continue
        kind = DiffKind.ADDED if one is None else DiffKind.REMOVED if other is None else DiffKind.CHANGED
        risks = risks_of(spec, (old, one), (new, other), catalog)
        yield RowDiff(spec.name, key, shown_key(spec, keys[key]), kind, cells, risks)


def _table(spec: SheetSpec, matrix: Matrix | None) -> KeyedTable | None:
    found = [table for table in (matrix.tables if matrix else ()) if table.spec is spec]
    return keyed(found[0]) if found else None


def _cells(
    before: KeyedTable | None,
    after: KeyedTable | None,
    one: TableRow | None,
    other: TableRow | None,
    *,
    book: Matrix | None,
) -> Iterator[CellDiff]:
    for key, (column, heading) in _columns(before, after).items():
        old, new = (row.text(key) if row else "" for row in (one, other))
        if meaning(old, column) != meaning(new, column):
            yield CellDiff(heading, old, new, _where(book, after if other else before, other or one, key))


def _columns(before: KeyedTable | None, after: KeyedTable | None) -> dict[str, tuple[Column | None, str]]:
    """Every input column of either table by key, with its heading for people."""
    found: dict[str, tuple[Column | None, str]] = {}
    for table in (after, before):
        for key, column, heading in table.columns() if table else ():
            found.setdefault(key, (column, column.heading if column else heading.text))
        for row in table.rows.values() if table else ():
            for key in row.cells:
                if key.startswith("?"):
                    found.setdefault(key, (None, key[1:]))
    return found


def _where(book: Matrix | None, table: KeyedTable | None, row: TableRow | None, key: str) -> str:
    assert book is not None
    assert table is not None
    assert row is not None
    cell = row.cells.get(key)
    if cell is not None:
        return f"{book.book}!{cell.address}"
    heading = table.table.headings.get(key)
    place = heading.address.rpartition("!")[2].rstrip("0123456789") if heading else "A"
    return f"{book.book}!{table.table.title}!{place}{row.row}"
