"""Rows of the workbook by column key, as edits: a new one below the others, and new texts in one that is there."""

from collections.abc import Mapping

from hubposture.matrix.cells import CellKind
from hubposture.matrix.columns import Column, Takes
from hubposture.matrix.edits import CellEdit, NewCell, RowAppend
from hubposture.matrix.tables import Table


def appended_row(table: Table, texts: Mapping[str, str]) -> RowAppend:
    """A new row below a table, its texts by column key; keys that the sheet has no column for are left out."""
    definitions = {column.key: column for column in table.spec.columns}
    cells = [
        NewCell(at, texts[key], _kind(definitions[key], texts[key]))
        for key, at in table.columns.items()
        if texts.get(key) and key in definitions
    ]
    return RowAppend(table.title, tuple(sorted(cells, key=lambda cell: cell.column)))


def edited_row(table: Table, row: int, texts: Mapping[str, str]) -> list[CellEdit]:
    """The edits that put texts into a row by column key; an empty text empties its cell."""
    definitions = {column.key: column for column in table.spec.columns}
    return [
        CellEdit(table.title, row, table.columns[key], text, _kind(definitions[key], text))
        for key, text in texts.items()
        if key in table.columns and key in definitions
    ]


def _kind(column: Column, text: str) -> CellKind:
    if column.takes is Takes.DATE:
        return CellKind.DATE
    counts = column.takes in (Takes.INTEGER, Takes.WAIVABLE) and text.isascii() and text.isdigit()
    return CellKind.NUMBER if counts else CellKind.TEXT
