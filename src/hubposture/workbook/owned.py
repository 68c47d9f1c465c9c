"""Edits of what hubposture owns: its columns refreshed, its sheets rewritten."""

from collections.abc import Mapping, Sequence

from hubposture.errors import Problem
from hubposture.matrix.cells import Book, Cell, Sheet
from hubposture.matrix.columns import SheetSpec, sheet_for
from hubposture.matrix.tables import Table
from hubposture.workbook.edits import CellEdit

_HEADING_ROWS = 30


def refreshed_columns(table: Table, wanted: Mapping[int, Mapping[str, str]]) -> list[CellEdit]:
    """The edits that put texts into hubposture's columns; `wanted` is by row number, then by column key.

    Keys of columns that are not hubposture's, or that the sheet lacks, are left alone: a user may delete a column.
    """
    ours = {column.key for column in table.spec.columns if column.ours}
    places = {key: at for key, at in table.columns.items() if key in ours}
    return [
        CellEdit(table.title, row, places[key], text)
        for row, texts in sorted(wanted.items())
        for key, text in texts.items()
        if key in places
    ]


def rewritten_sheet(
    book: Book, spec: SheetSpec, rows: Sequence[Mapping[str, str]]
) -> tuple[list[CellEdit], tuple[Problem, ...]]:
    """The edits that make a sheet of hubposture's hold exactly `rows`, by column key, below its headings.

    Columns of the user's beside ours stay. A sheet that is not there, or has lost its headings, is a Problem.
    """
    sheet = next((sheet for sheet in book.sheets if sheet_for(sheet.name) is spec), None)
    if sheet is None:
        return [], (Problem(f"{book.name}!{spec.name}", "there is no such sheet, so it was not refreshed", _ADD),)
    found = _headings(sheet, spec)
    if found is None:
        return [], (Problem(f"{book.name}!{sheet.name}", "its headings are gone, so it was not refreshed", _ADD),)
    top, columns = found
    last = max((row for row, column in sheet.cells if column in columns.values()), default=top)
    edits = [
        CellEdit(sheet.name, row, at, rows[row - top - 1].get(key, "") if row - top <= len(rows) else "")
        for row in range(top + 1, max(last, top + len(rows)) + 1)
        for key, at in columns.items()
    ]
    return edits, ()


_ADD = "copy the sheet from a workbook that `hubposture init` makes"


def _headings(sheet: Sheet, spec: SheetSpec) -> tuple[int, dict[str, int]] | None:
    """(row, columns by key) of the first row that holds the heading of the sheet's first column."""
    rows: dict[int, dict[str, int]] = {}
    for cell in sorted(sheet.cells.values(), key=_reading_order):
        column = spec.column_for(cell.text) if cell.row <= _HEADING_ROWS else None
        if column is not None:
            rows.setdefault(cell.row, {}).setdefault(column.key, cell.column)
    return next(((row, columns) for row, columns in rows.items() if spec.columns[0].key in columns), None)


def _reading_order(cell: Cell) -> tuple[int, int]:
    return cell.row, cell.column
