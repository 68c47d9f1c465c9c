"""One control's decision where certain rows hold: cell by cell from the highest rank down."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from hubposture.matrix.ranks import Rank
from hubposture.matrix.rows import ControlRow, Waivable, WantedParameters
from hubposture.model.controls import ControlId, Disposition, Severity

Value = TypeVar("Value")

OF_DISPOSITION = ("reason", "evidence", "approved_by", "reference", "expires")
"""Cells that belong to a disposition: they are inherited only from a row that says the same one, or none."""

DECIDING = ("disposition", "parameters", "owner", "our_severity", "due_days", "enforce_from", "waivable")
"""Cells with an effect: two rows of equal rank that differ in one of them tie."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that holds at a target, and how strongly."""

    row: ControlRow
    rank: Rank


@dataclass(frozen=True, slots=True)
class Tie:
    """Two rows of equal rank that disagree in one column; `rows` are sorted by place."""

    control: ControlId
    column: str
    rank: Rank
    rows: tuple[ControlRow, ...]

    def __str__(self) -> str:
        """`controls.xlsx!Controls!G4 and controls.xlsx!Controls!G9 have equal rank (account tag)`, and what to do."""
        cells = " and ".join(f"{row.at.at(self.column)} ({row.scope or 'whole organization'})" for row in self.rows)
        return f"{cells} have equal rank here ({self.rank}); give one scope a Priority"


@dataclass(frozen=True, slots=True)
class Decision:
    """What the matrix wants of a control where the same rows hold.

    `candidates` are these rows, strongest first. Blank cells are inherited, as OF_DISPOSITION says for some.
    `disposition` is None where no row gives one: then the control is left as it is. `parameters` name only what is
    wanted; others are left as they are. `waivable` is None where no row speaks of it.
    """

    control: ControlId
    candidates: tuple[Candidate, ...]
    disposition: Disposition | None = None
    parameters: WantedParameters = ()
    owner: str = ""
    our_severity: Severity | None = None
    due_days: int | None = None
    enforce_from: dt.date | None = None
    waivable: Waivable | None = None
    reason: str = ""
    evidence: str = ""
    approved_by: str = ""
    reference: str = ""
    expires: dt.date | None = None
    review_by: dt.date | None = None
    clauses: tuple[str, ...] = ()

    @property
    def row(self) -> ControlRow:
        """The row that decides the disposition, or the strongest row where none does."""
        return self.row_of("disposition") or self.candidates[0].row

    @property
    def scope(self) -> str:
        """The scope of the deciding row as it is shown."""
        return self.row.scope or "whole organization"

    def row_of(self, column: str) -> ControlRow | None:
        """The row a column's value comes from, or None where all are blank."""
        for candidate in _for_column(self.candidates, column):
            if not _is_blank(getattr(candidate.row, column)):
                return candidate.row
        return None


def decide(control: ControlId, found: Iterable[Candidate]) -> Decision | Tie:
    """The decision of the rows that hold together at a target (at least one), whatever their order; or their tie."""
    candidates = tuple(sorted(found, key=_by_strength))
    tie = _tie(control, candidates)
    if tie is not None:
        return tie
    return Decision(
        control=control,
        candidates=candidates,
        disposition=_value(candidates, "disposition", lambda row: row.disposition, None),
        parameters=_value(candidates, "parameters", lambda row: row.parameters, ()),
        owner=_value(candidates, "owner", lambda row: row.owner, ""),
        our_severity=_value(candidates, "our_severity", lambda row: row.our_severity, None),
        due_days=_value(candidates, "due_days", lambda row: row.due_days, None),
        enforce_from=_value(candidates, "enforce_from", lambda row: row.enforce_from, None),
        waivable=_value(candidates, "waivable", lambda row: row.waivable, None),
        reason=_value(candidates, "reason", lambda row: row.reason, ""),
        evidence=_value(candidates, "evidence", lambda row: row.evidence, ""),
        approved_by=_value(candidates, "approved_by", lambda row: row.approved_by, ""),
        reference=_value(candidates, "reference", lambda row: row.reference, ""),
        expires=_value(candidates, "expires", lambda row: row.expires, None),
        review_by=_value(candidates, "review_by", lambda row: row.review_by, None),
        clauses=_value(candidates, "clauses", lambda row: row.clauses, ()),
    )


def _by_strength(candidate: Candidate) -> tuple[object, ...]:
    """Strongest first; equals by what they say, so that the order of the file does not matter."""
    rank, row = candidate.rank, candidate.row
    strength = (not rank.account, -rank.priority, -rank.depth, not rank.tag, not rank.region)
    return (*strength, row.scope.casefold(), _saying(row))


def _saying(row: ControlRow) -> str:
    return repr([getattr(row, column) for column in (*DECIDING, *OF_DISPOSITION, "review_by", "clauses")])


def _is_blank(value: object) -> bool:
    return value is None or value in ("", ())


def _value(candidates: tuple[Candidate, ...], column: str, get: Callable[[ControlRow], Value], blank: Value) -> Value:
    values = (get(candidate.row) for candidate in _for_column(candidates, column))
    return next((value for value in values if not _is_blank(value)), blank)


def _for_column(candidates: tuple[Candidate, ...], column: str) -> tuple[Candidate, ...]:
    """The rows a column's value may come from."""
    if column not in OF_DISPOSITION:
        return candidates
    wanted = next((each.row.disposition for each in candidates if each.row.disposition is not None), None)
    return tuple(each for each in candidates if each.row.disposition in (None, wanted))


def _tie(control: ControlId, candidates: tuple[Candidate, ...]) -> Tie | None:
    if len({candidate.rank for candidate in candidates}) == len(candidates):
        return None
    for column in DECIDING:
        speaking = [each for each in candidates if not _is_blank(getattr(each.row, column))]
        equal = [each for each in speaking if each.rank == speaking[0].rank]
        if len({getattr(each.row, column) for each in equal}) > 1:
            rows = tuple(sorted((each.row for each in equal), key=lambda row: (row.at.row, row.scope)))
            return Tie(control, column, equal[0].rank, rows)
    return None
