"""Values of cells: texts, lists, dates, numbers, choices; what does not fit is collected, and the cell counts as blank."""

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from hubposture.errors import Problem
from hubposture.matrix.cells import Cell, CellKind
from hubposture.matrix.columns import normal
from hubposture.matrix.tables import TableRow
from hubposture.model.organization import ACCOUNT_PATTERN
from hubposture.texts.near import nearest

Choice = TypeVar("Choice", bound=StrEnum)

_YES = frozenset({"yes", "y", "true", "on", "1", "x", "enabled"})
_NO = frozenset({"no", "n", "false", "off", "0", "disabled"})
_QUOTES = {'"': '"', "\u201c": "\u201d", "\u201e": "\u201c"}
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ][0-9:.]+)?")
_BROKEN = {
    CellKind.ERROR: ("the cell shows an error", "correct the formula or write the value"),
    CellKind.NO_CACHED_VALUE: (
        "the formula has no stored result",
        "open and save the file in Excel or LibreOffice, or write the value",
    ),
}


def split(text: str, separators: str = ",;\n") -> tuple[str, ...]:
    """The parts of a text between separators, blanks around them and empty parts left out; quotes are kept.

    A separator inside double quotes does not separate.
    """
    parts: list[str] = []
    part = ""
    closing = ""
    for letter in text.replace("\r\n", "\n").replace("\r", "\n"):
        if closing:
            closing = "" if letter == closing else closing
        elif letter in _QUOTES:
            closing = _QUOTES[letter]
        elif letter in separators:
            parts.append(part.strip())
            part = ""
            continue
        part += letter
    parts.append(part.strip())
    return tuple(part for part in parts if part)


def unquote(text: str) -> str:
    """A text without the double quotes around all of it."""
    text = text.strip()
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1]
    return text


class RowReader:
    """Reads the cells of one row by column key and puts what is wrong into `problems`."""

    def __init__(self, row: TableRow, book: str, problems: list[Problem]) -> None:
        self._row = row
        self._book = book
        self._problems = problems

    def problem(self, cell: Cell, what: str, hint: str = "") -> None:
        """Record that a cell is wrong."""
        self._problems.append(Problem(f"{self._book}!{cell.address}", what, hint))

    def cell(self, key: str) -> Cell | None:
        """The cell if it holds something that can be read, else None, with the problem recorded."""
        cell = self._row.cells.get(key)
        if cell is not None and cell.kind in _BROKEN:
            what, hint = _BROKEN[cell.kind]
            self.problem(cell, f"{what}: {cell.text}" if cell.text else what, hint)
            return None
        return cell if cell is not None and cell.text.strip() else None

    def text(self, key: str) -> str:
        """The text of a cell, or ''."""
        cell = self.cell(key)
        return cell.text.strip() if cell else ""

    def name(self, key: str) -> str:
        """The text of a cell that names something; a date is refused, for Excel turns `1-2` into one unasked."""
        cell = self.cell(key)
        return cell.text.strip() if cell and self._no_date(cell) else ""

    def names(self, key: str) -> tuple[str, ...]:
        """The texts of a cell that holds several, each once, in order."""
        cell = self.cell(key)
        if cell is None or not self._no_date(cell):
            return ()
        return tuple(dict.fromkeys(unquote(part) for part in split(cell.text)))

    def _no_date(self, cell: Cell) -> bool:
        if cell.kind is CellKind.DATE:
            self.problem(
                cell, f"a date ({cell.text}) where a name is meant", "format the cell as text and write it again"
            )
        return cell.kind is not CellKind.DATE

    def accounts(self, key: str) -> tuple[str, ...]:
        """Account ids, names and aliases; digits that are not a whole account id are refused."""
        cell = self.cell(key)
        if cell is None:
            return ()
        found = self.names(key)
        for text in found:
            if text.isdecimal() and not re.fullmatch(ACCOUNT_PATTERN, text):
                self._short_account(cell, text)
        return tuple(text for text in found if not text.isdecimal() or re.fullmatch(ACCOUNT_PATTERN, text))

    def _short_account(self, cell: Cell, text: str) -> None:
        if cell.kind is CellKind.NUMBER and len(text) < 12:  # noqa: PLR2004 - the length of an account id
            what = f"{text} is a number of {len(text)} digits: an account id has 12, and a number loses leading zeros"
            hint = f"format the cell as text; perhaps {text.zfill(12)} was meant"
        else:
            what, hint = (
                f"{text} is not an account id: it has {len(text)} digits, not 12",
                "write all 12 digits as text",
            )
        self.problem(cell, what, hint)

    def date(self, key: str) -> dt.date | None:
        """A date; only ISO texts and cells formatted as dates are taken, since 01/02/2027 has two readings."""
        cell = self.cell(key)
        if cell is None:
            return None
        match = _ISO.fullmatch(cell.text.strip())
        day = _day(match[1]) if match else None
        if day is None:
            self.problem(cell, f"{cell.text!r} is not a date", "write it as 2027-05-01, or format the cell as a date")
        return day

    def number(self, key: str) -> int | None:
        """A whole number from 0 to 999,999; days of more than a few years are no days, but they do not overflow."""
        cell = self.cell(key)
        if cell is None:
            return None
        text = cell.text.strip()
        if not (text.isascii() and text.isdecimal() and len(text) <= 6):  # noqa: PLR2004 - six digits
            self.problem(cell, f"{text!r} is not a whole number", "write digits only")
            return None
        return int(text)

    def yes_no(self, key: str) -> bool | None:
        """Yes or no."""
        cell = self.cell(key)
        if cell is None:
            return None
        word = cell.text.strip().casefold()
        if word not in _YES and word not in _NO:
            self.problem(cell, f"{cell.text!r} is neither yes nor no", "write yes or no")
            return None
        return word in _YES

    def choice(self, key: str, choices: type[Choice], synonyms: Mapping[str, Choice] | None = None) -> Choice | None:
        """One of an enum's values, whatever its case, blanks and hyphens; `synonyms` by normal form."""
        cell = self.cell(key)
        if cell is None:
            return None
        known = {**(synonyms or {}), **{normal(choice.value): choice for choice in choices}}
        found = known.get(normal(cell.text))
        if found is None:
            values = [choice.value for choice in choices]
            hint = nearest(cell.text, values) or f"write one of {', '.join(values)}"
            self.problem(cell, f"{cell.text!r} is not one of the choices", hint)
        return found


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
