"""Adopt: the rows of a new workbook from a workbook somebody already keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubposture.catalog import Catalog, propose
from hubposture.catalog.dispositions import SCOPE
from hubposture.errors import InputError, InputErrors, Problem
from hubposture.matrix.cells import Book
from hubposture.matrix.parse import parse
from hubposture.matrix.tables import Table, TableRow, tables
from hubposture.model.controls import ControlId, control_id
from hubposture.verbs.init import Row, Rows, owned


@dataclass(frozen=True, slots=True)
class Adopted:
    """The rows, and what became of the foreign ones.

    `proposed` counts rows without a disposition of their own: they got a proposed one. `retired` and `unknown` are
    ids left out because Security Hub has no such control (any more). `ignored` are headings that mean nothing here.
    `unfit` are cells left out because their text does not read as ours: by heading, in the order of the file, with the
    first one's problem as an example. A Control or Scope cell is never left out, a row must not grow by it: lint names it.
    """

    rows: Rows
    taken: int
    proposed: int
    retired: tuple[str, ...]
    unknown: tuple[str, ...]
    ignored: tuple[str, ...]
    unfit: tuple["Unfit", ...] = ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """Cells under one heading that were left out, and the problem of the first."""

    heading: str
    cells: int
    first: Problem


_IDENTITY = ("control", "scope")


def from_foreign(book: Book, catalog: Catalog, *, mapping: Mapping[str, str]) -> Adopted:
    """The rows of a foreign workbook under our headings.

    `mapping` gives the meaning of its sheet titles and headings where aliases do not. Raises InputErrors when no
    sheet or column of controls can be found, with the headings that are there.
    """
    found, problems = tables(book, mapping)
    controls = next((table for table in found if table.spec.name == "Controls"), None)
    if controls is None:
        raise InputErrors([*problems, Problem(book.name, _sheets(book), "give --map 'THEIR NAME=Controls'")])
    kept = [row for row in controls.rows if row.text("control")]
    if not kept:
        raise InputError(f"{book.name}!{controls.title}: no row names a control; map its column with --map")
    known = [row for row in kept if control_id(row.text("control")) in catalog.controls]
    bad = {one.where: one for one in parse(book, catalog, mapping=mapping).problems}
    unfit = {key: one for key in _inputs(controls) if (one := _unfit(key, known, book, bad)) is not None}
    fit = [_without(row, bad, book) for row in known]
    rows = [_row(row, controls, catalog) for row in fit]
    others = {table.spec.name: [_plain(row, table) for row in table.rows] for table in found if table is not controls}
    missing = [row.text("control") for row in kept if row not in known]
    return Adopted(
        rows={"Standards": _standards(), **others, "Controls": rows},
        taken=len(rows),
        proposed=sum(not row.text("disposition") for row in fit),
        retired=tuple(one for one in missing if control_id(one) in catalog.retired),
        unknown=tuple(one for one in missing if control_id(one) not in catalog.retired),
        ignored=tuple(cell.text for key, cell in controls.headings.items() if key.startswith("?")),
        unfit=tuple(Unfit(controls.headings[key].text, *one) for key, one in unfit.items()),
    )


def _unfit(key: str, rows: Sequence[TableRow], book: Book, bad: Mapping[str, Problem]) -> tuple[int, Problem] | None:
    found = [] if key in _IDENTITY else [bad[at] for row in rows if (at := _place(row, key, book)) in bad]
    return (len(found), found[0]) if found else None


def _without(row: TableRow, bad: Mapping[str, Problem], book: Book) -> TableRow:
    kept = {key: cell for key, cell in row.cells.items() if key in _IDENTITY or _place(row, key, book) not in bad}
    return TableRow(row.row, kept)


def _place(row: TableRow, key: str, book: Book) -> str:
    cell = row.cells.get(key)
    return f"{book.name}!{cell.address}" if cell is not None else ""


def _sheets(book: Book) -> str:
    return f"no sheet of controls among {', '.join(sheet.name for sheet in book.sheets)}"


def _inputs(table: Table) -> Sequence[str]:
    return [column.key for column in table.spec.columns if not column.ours]


def _plain(row: TableRow, table: Table) -> Row:
    return {key: text for key in _inputs(table) if (text := row.text(key))}


def _row(row: TableRow, table: Table, catalog: Catalog) -> Row:
    control = ControlId(control_id(row.text("control")))
    texts = {**_plain(row, table), **owned(control, catalog)}
    if "disposition" not in texts:
        proposal = propose(catalog.controls[control])
        texts["disposition"] = proposal.disposition
        texts.setdefault("reason", proposal.reason)
    return texts


def _standards() -> list[Row]:
    return [{"standard": standard.key, "enabled": "yes"} for standard in SCOPE]
