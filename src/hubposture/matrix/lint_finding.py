"""What lint says: one finding, and everything its rules may look at."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from hubposture.catalog import Catalog
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import Severity
from hubposture.model.organization import Organization

_CELL = re.compile(r"([A-Z]+)([0-9]+)")


class Level(StrEnum):
    """How bad a finding is: with an `error` nothing is planned; a `warning` should be looked at; a `note` may be."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class LintFinding:
    """One finding of lint. `where` is a cell, a sheet or the workbook; `hint` says what to do and may be empty."""

    level: Level
    rule: str
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.where}: {self.level}: {self.message}{hint} [{self.rule}]"

    @property
    def key(self) -> tuple[object, ...]:
        """The order in which findings are shown: errors first, then by sheet, row and column."""
        sheet, _, cell = self.where.rpartition("!")
        found = _CELL.fullmatch(cell)
        place = (sheet, int(found[2]), len(found[1]), found[1]) if found else (self.where, 0, 0, "")
        return (list(Level).index(self.level), *place, self.rule, self.message)


@dataclass(frozen=True, slots=True)
class LintInput:
    """What rules look at.

    `is_live` says that the catalog holds what the hub says. `approval_from` is the severity from which switching off
    needs an approval. `soon_days` is how long before it an end is announced. `organization`, `regions` and `old` (the
    matrix before an edit) are there when they could be read.
    """

    matrix: Matrix
    catalog: Catalog
    today: dt.date
    approval_from: Severity = Severity.HIGH
    soon_days: int = 30
    is_live: bool = False
    organization: Organization | None = None
    regions: tuple[str, ...] = ()
    old: Matrix | None = None


Rule = Callable[[LintInput], Iterable[LintFinding]]


def error(rule: str, where: str, message: str, hint: str = "") -> LintFinding:
    """A finding that stops a plan."""
    return LintFinding(Level.ERROR, rule, where, message, hint)


def warning(rule: str, where: str, message: str, hint: str = "") -> LintFinding:
    """A finding to be looked at."""
    return LintFinding(Level.WARNING, rule, where, message, hint)


def note(rule: str, where: str, message: str, hint: str = "") -> LintFinding:
    """A finding worth knowing."""
    return LintFinding(Level.NOTE, rule, where, message, hint)
