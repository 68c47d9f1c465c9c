"""The matrix as typed rows: what a workbook says, each row with the place of its cells."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from hubposture.errors import Problem
from hubposture.matrix.cells import column_letters
from hubposture.matrix.tables import Table
from hubposture.model.controls import ControlId, Disposition, Severity, Standard


class Default(Enum):
    """The wish that a parameter goes back to AWS's default."""

    DEFAULT = "default"


DEFAULT = Default.DEFAULT

WantedParameters = tuple[tuple[str, str | Default], ...]
"""Parameter names as written with the text of their value, sorted by name; text is typed later by a ParameterSpec."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a row stands. `columns` gives the column number of every heading of the sheet by column key."""

    book: str
    sheet: str
    row: int
    columns: Mapping[str, int]

    def at(self, column: str = "") -> str:
        """The place of a cell, blank ones too: `controls.xlsx!Controls!C7`; the row's first cell where there is no such column."""
        number = self.columns.get(column) or min(self.columns.values(), default=1)
        return f"{self.book}!{self.sheet}!{column_letters(number)}{self.row}"


@dataclass(frozen=True, slots=True)
class Waivable:
    """Whether waivers may be given, and for how many days at most (None where the row sets no limit)."""

    allowed: bool
    max_days: int | None = None

    def __str__(self) -> str:
        return "no" if not self.allowed else "yes" if self.max_days is None else str(self.max_days)


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One row of the Controls sheet; '' , () and None stand for blank cells, which inherit from wider rows.

    `scope` is '' for the whole organization. Rows are equal when they say the same, wherever they stand.
    """

    control: ControlId
    at: Origin = field(compare=False)
    disposition: Disposition | None = None
    reason: str = ""
    evidence: str = ""
    approved_by: str = ""
    reference: str = ""
    expires: dt.date | None = None
    scope: str = ""
    parameters: WantedParameters = ()
    owner: str = ""
    our_severity: Severity | None = None
    due_days: int | None = None
    enforce_from: dt.date | None = None
    waivable: Waivable | None = None
    review_by: dt.date | None = None
    clauses: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One statement of the organization's own standard."""

    clause: str
    at: Origin = field(compare=False)
    title: str = ""
    statement: str = ""
    version: str = ""
    owner: str = ""
    grc_id: str = ""


@dataclass(frozen=True, slots=True)
class StandardRow:
    """Whether a Security Hub standard is on in a scope; `enabled` is None where the cell is blank."""

    standard: Standard
    at: Origin = field(compare=False)
    enabled: bool | None = None
    scope: str = ""


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A named set of accounts and Regions as written; `account_tags` are (key, value) with `*` for any value."""

    scope: str
    at: Origin = field(compare=False)
    priority: int | None = None
    ous: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    account_tags: tuple[tuple[str, str], ...] = ()
    regions: tuple[str, ...] = ()
    excluding: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detection:
    """A rule elsewhere that covers controls and requirements (`covers`, as written)."""

    detection: str
    at: Origin = field(compare=False)
    covers: tuple[str, ...] = ()
    rule: str = ""
    siem: str = ""
    owner: str = ""
    enabled: bool | None = None
    last_tested: dt.date | None = None
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class FrameworkRow:
    """One requirement of a framework of the user's own choosing, and what covers it, as written."""

    framework: str
    requirement: str
    at: Origin = field(compare=False)
    title: str = ""
    covered_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Matrix:
    """What a workbook says, rows in the order of the file. `tables` holds the cells behind the rows."""

    book: str
    digest: str = field(compare=False)
    controls: tuple[ControlRow, ...] = ()
    clauses: tuple[Clause, ...] = ()
    standards: tuple[StandardRow, ...] = ()
    scopes: tuple[ScopeRow, ...] = ()
    detections: tuple[Detection, ...] = ()
    frameworks: tuple[FrameworkRow, ...] = ()
    tables: tuple[Table, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A matrix with everything that was wrong with its file, sorted by place.

    A cell that could not be read is blank in `matrix`, and a blank cell inherits: nothing may be planned from a
    matrix that has problems.
    """

    matrix: Matrix
    problems: tuple[Problem, ...]
