"""The weekly report as data: what every renderer takes, and what is kept when a report is frozen."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from hubposture.views.movement import Level, Movement
from hubposture.views.posture_rows import AwsScore, Missing
from hubposture.views.trend import Week

FORMAT = 1
"""The format of a report that is kept; it grows when one can no longer be read as another."""


class Of(StrEnum):
    """What a report is of."""

    ORGANIZATION = "organization"
    OU = "ou"
    ACCOUNT = "account"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Scope:
    """What a report is of: its kind, its key (OU path, account id, team; '' for the organization), and a name to show.

    `list` is the filter that finds what lies in it; '' for the organization.
    """

    of: Of = Of.ORGANIZATION
    key: str = ""
    shown: str = ""
    list: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number now and a week before (None: not known), and the filter that lists what it counts; '' if none can."""

    now: int
    before: int | None = None
    list: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the score, now and a week before."""

    name: str
    now: Level
    before: Level | None = None


@dataclass(frozen=True, slots=True)
class OverdueRow:
    """Obligations of a severity: open, and of them overdue, now and a week before; since when the oldest one fails."""

    severity: str
    overdue: Figure
    open: Figure
    oldest: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """An account that came in or went out, and how its state reads now."""

    account: str
    shown: str
    ou: str
    why: str


@dataclass(frozen=True, slots=True)
class Switched:
    """A control in places that were there at both moments: in how many it was switched on or off, or set anew."""

    control: str
    title: str
    on: int
    off: int
    parameters: int
    list: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What changed in what we look at. `is_known` is False where there is nothing to compare with."""

    is_known: bool = False
    came: tuple[Passage, ...] = ()
    left: tuple[Passage, ...] = ()
    switched: tuple[Switched, ...] = ()


@dataclass(frozen=True, slots=True)
class Worst:
    """An OU, account, control or owner with open obligations; `more` stands beside its name (title, OU)."""

    name: str
    id: str
    more: str
    severity: str
    level: Level
    overdue: int
    waived: int
    list: str
    before: Level | None = None


@dataclass(frozen=True, slots=True)
class Late:
    """The overdue obligations of one control: how many, and since when the oldest that fails does."""

    control: str
    title: str
    severity: str
    overdue: int
    oldest: dt.datetime | None
    list: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A waiver that ends soon, and its last day; `covers` are subjects of the report's scope, `failing` those of them that do not pass."""

    waiver: str
    controls: str
    owner: str
    reason: str
    last: dt.date
    covers: int
    failing: int
    list: str


@dataclass(frozen=True, slots=True)
class Hidden:
    """Subjects of a control that somebody suppressed without a waiver."""

    control: str
    title: str
    severity: str
    subjects: int
    accounts: int
    list: str


@dataclass(frozen=True, slots=True)
class Covered:
    """Requirements of a standard, or clauses of the organization's own: covered, partly covered, gaps."""

    group: str
    covered: int
    partly: int
    gaps: int


@dataclass(frozen=True, slots=True)
class Tickets:
    """Tickets of the week, as the ledger knew them when the report was made; `late` hold something overdue."""

    made: int = 0
    closed: int = 0
    by_hand: int = 0
    open: int = 0
    late: int = 0
    outcomes: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """Why AWS's score is not ours, in numbers.

    AWS counts controls: `passed` and `failed`, and `unknown`, make its score. Of the controls that fail there,
    `in_failed` are our obligations, and `met_in_failed` of them are met all the same. `not_ours` are controls that AWS
    counts and that are no obligation here. `not_theirs` are obligations of controls that AWS does not count.
    `waived` are failing obligations that count as met here.
    """

    passed: int = 0
    failed: int = 0
    unknown: int = 0
    met_in_failed: int = 0
    in_failed: int = 0
    not_ours: int = 0
    not_theirs: int = 0
    waived: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """One week of an organization, or of a part of it. Times are naive UTC; `begin` and `end` are its first and last day.

    `at` is the time of the version that was read; `before_at` that of the last version before the week, None where
    there is none. `movement_why` says why there is no movement. `frozen_at` is None for a report that was not kept.
    `waived_now` and `unapproved` count failing obligations. `notes` say what the reader must know of the report itself.
    """

    organization: str
    scope: Scope
    week: str
    begin: dt.date
    end: dt.date
    version: int
    at: dt.datetime
    made_at: dt.datetime
    before_at: dt.datetime | None
    lines: tuple[Line, ...]
    accounts: Line
    open: Figure
    overdue: tuple[OverdueRow, ...]
    movement: Movement | None
    movement_why: str
    trend: tuple[Week, ...] = ()
    looked: Looked = Looked()
    ous: tuple[Worst, ...] = ()
    worst_accounts: tuple[Worst, ...] = ()
    controls: tuple[Worst, ...] = ()
    owners: tuple[Worst, ...] = ()
    late: tuple[Late, ...] = ()
    waived: Figure = Figure(0)
    unapproved: Figure = Figure(0)
    ending: tuple[Ending, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    lost: tuple[Missing, ...] = ()
    not_measured: tuple[Missing, ...] = ()
    lost_subjects: Figure = Figure(0)
    silent: Figure = Figure(0)
    missing: Figure = Figure(0)
    coverage: tuple[Covered, ...] = ()
    tickets: Tickets | None = None
    aws: tuple[AwsScore, ...] = ()
    aws_before: int | None = None
    difference: Difference = Difference()
    frozen_at: dt.datetime | None = None
    notes: tuple[str, ...] = ()
    format: int = FORMAT

    @property
    def overdue_now(self) -> int:
        """All that is overdue."""
        return sum(one.overdue.now for one in self.overdue)

    @property
    def overdue_before(self) -> int | None:
        """All that was overdue a week before; None where that is not known."""
        if self.before_at is None:
            return None
        return sum(one.overdue.before or 0 for one in self.overdue)

    @property
    def name(self) -> str:
        """What it is of, as a title says it."""
        if self.scope.of is Of.ORGANIZATION:
            return self.organization
        kind = {Of.OU: "OU", Of.ACCOUNT: "account", Of.OWNER: "owner"}[self.scope.of]
        return f"{kind} {self.scope.shown or self.scope.key} of {self.organization}"
