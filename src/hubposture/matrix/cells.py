"""Plain cells of a workbook, as any reader delivers them."""

from dataclasses import dataclass
from enum import StrEnum


class CellKind(StrEnum):
    """What the file said a cell holds; `text` is what a person would see of it."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    ERROR = "error"
    NO_CACHED_VALUE = "formula without a cached value"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not empty.

    `row` and `column` count from 1. `text` is free of blanks and zero-width characters at its ends; whole numbers
    come without a decimal point, dates as ISO 8601.
    """

    sheet: str
    row: int
    column: int
    text: str
    kind: CellKind = CellKind.TEXT

    @property
    def address(self) -> str:
        """The cell as Excel names it: `Controls!B7`."""
        return f"{self.sheet}!{column_letters(self.column)}{self.row}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its cells by (row, column), in reading order; empty cells are absent."""

    name: str
    cells: dict[tuple[int, int], Cell]


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook as read. `name` is the file name shown in errors; `digest` is `sha256:...` of the bytes read."""

    name: str
    digest: str
    sheets: tuple[Sheet, ...]


def column_letters(column: int) -> str:
    """Excel's name of a column counted from 1: 1 is A, 27 is AA."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
