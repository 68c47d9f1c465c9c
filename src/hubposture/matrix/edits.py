"""Edits of a workbook as data: values of cells, rows at the end, rows emptied. Others carry them out."""

from dataclasses import dataclass

from hubposture.matrix.cells import CellKind


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Give one cell a value; `row` and `column` count from 1, an empty `text` empties it.

    A NUMBER is stored as a number, a DATE in ISO 8601 as a date where the cell is formatted as one, all else as text.
    The cell keeps its formatting.
    """

    sheet: str
    row: int
    column: int
    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class NewCell:
    """One cell of a row to be added; `column` counts from 1."""

    column: int
    text: str
    kind: CellKind = CellKind.TEXT


@dataclass(frozen=True, slots=True)
class RowAppend:
    """Add a row below a sheet's last one; it looks like the row above it."""

    sheet: str
    cells: tuple[NewCell, ...]


@dataclass(frozen=True, slots=True)
class RowDelete:
    """Empty a row; it stays as a blank row, so that no formula, comment or format below it moves or breaks."""

    sheet: str
    row: int


Edit = CellEdit | RowAppend | RowDelete
