"""Edits of a workbook as data: values of cells, rows at the end, rows emptied. Others carry them out."""

from dataclasses import dataclass

from hubposture.matrix.cells import CellKind


@dataclass(frozen=True, slots=True)
class CellEdit:
    """Give one cell a value; `row` and `column` count from 1, an empty `text` empties it."""

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
    """Add a row below a sheet's last one."""

    sheet: str
    cells: tuple[NewCell, ...]


@dataclass(frozen=True, slots=True)
class RowDelete:
    """Empty a row; it stays as a blank row, so that nothing below it moves."""

    sheet: str
    row: int


Edit = CellEdit | RowAppend | RowDelete
