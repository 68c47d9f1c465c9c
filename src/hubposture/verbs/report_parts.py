"""What a report counts in one version, and the lists that come of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hubposture.filters import Comparison, Operator
from hubposture.model.controls import natural_key
from hubposture.ports.lake import Snapshot
from hubposture.posture.scores import Score
from hubposture.posture.status import Status, control_statuses
from hubposture.verbs.report_scope import dimension_of, filtered, key_of, listed, view_of
from hubposture.verbs.report_sql import WAIVERS
from hubposture.views.movement import Level
from hubposture.views.posture_rows import Missing
from hubposture.views.report.model import Difference, Ending, Hidden, Late, Scope
from hubposture.views.words import SEVERITIES, last_day

FAILING = "obligation=yes status=FAILED waived=no"
LATE = "overdue=yes"
SOON = dt.timedelta(days=30)
"""Waivers that end in this time are named."""
_MANY = 10_000


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the scope."""

    account: str
    alias: str
    name: str
    shown: str
    state: str
    ou_path: str
    owner: str


@dataclass(frozen=True, slots=True)
class Control:
    """A control by its id."""

    control: str
    shown: str
    title: str
    severity: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Obligations: `waived` are part of `met`, `overdue` of `failing`; `silent` say neither passed nor failed."""

    met: int = 0
    failing: int = 0
    waived: int = 0
    overdue: int = 0
    silent: int = 0
    oldest: dt.datetime | None = None

    @property
    def level(self) -> Level:
        """As the views take it."""
        return Level(self.met, self.met + self.failing)

    def __add__(self, other: "Counts") -> "Counts":
        known = [at for at in (self.oldest, other.oldest) if at is not None]
        return Counts(
            self.met + other.met,
            self.failing + other.failing,
            self.waived + other.waived,
            self.overdue + other.overdue,
            self.silent + other.silent,
            min(known, default=None),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A version seen through a scope. `counts` are by (control, severity), `scores` by account, `units` (path, account)."""

    scope: Scope
    score: Score
    standards: Sequence[Score]
    accounts: Mapping[str, Account]
    controls: Mapping[str, Control]
    counts: Mapping[tuple[str, str], Counts]
    units: Sequence[tuple[str, str]]
    scores: Mapping[str, Score]
    lost: tuple[Missing, ...]
    not_measured: tuple[Missing, ...]

    def by_severity(self, severity: str) -> Counts:
        """The obligations of a severity."""
        return sum((one for (_, rated), one in self.counts.items() if rated == severity), Counts())

    def by_control(self, control: str) -> Counts:
        """The obligations of a control."""
        return sum((one for (named, _), one in self.counts.items() if named == control), Counts())


def late(part: Part) -> tuple[Late, ...]:
    """What is overdue, control by control: the most severe first, then the most."""
    rows = []
    for (control, severity), one in part.counts.items():
        if one.overdue:
            known = part.controls.get(control, Control(control, control, "", severity))
            found = listed(part.scope, LATE, f"control={control}", f"severity={severity}")
            rows.append(Late(known.shown, known.title, severity, one.overdue, one.oldest, found))
    return tuple(sorted(rows, key=lambda row: (_grade(row.severity), -row.overdue, natural_key(row.control))))


def _grade(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def waivers_of(snapshot: Snapshot, scope: Scope, zone: dt.tzinfo) -> tuple[tuple[Ending, ...], tuple[Hidden, ...], int]:
    """Waivers that end soon; what is suppressed without one, control by control, and how many subjects that are."""
    view = {**view_of(scope), "begin": snapshot.at, "end": snapshot.at + SOON}
    ending = tuple(
        Ending(
            waiver, controls, owner, reason, last_day(until, zone), covers, failing, listed(scope, f"waiver={waiver}")
        )
        for waiver, controls, owner, reason, until, covers, failing in snapshot.execute(WAIVERS, view)
    )
    wanted = filtered(scope, Comparison("unapproved", Operator.IS, ("yes",)))
    hidden = tuple(
        Hidden(
            one.shown,
            one.title,
            one.severity,
            one.subjects,
            one.accounts,
            listed(scope, "unapproved=yes", f"control={one.control}"),
        )
        for one in snapshot.groups(wanted, limit=_MANY)
    )
    return ending, hidden, snapshot.count(wanted).subjects


def difference(part: Part, snapshot: Snapshot) -> Difference:
    """Why AWS's score is not ours, in numbers."""
    scope = part.scope
    found = control_statuses(snapshot.execute, dimension=dimension_of(scope), key=key_of(scope))
    status = {one.control: one.status for one in found}
    scored = {name for name, one in status.items() if one in (Status.PASSED, Status.FAILED, Status.UNKNOWN)}
    ours = {name: part.by_control(name) for name, _ in part.counts}
    in_failed = [one for name, one in ours.items() if status.get(name) is Status.FAILED]
    said = list(status.values())
    return Difference(
        passed=said.count(Status.PASSED),
        failed=said.count(Status.FAILED),
        unknown=said.count(Status.UNKNOWN),
        met_in_failed=sum(one.met for one in in_failed),
        in_failed=sum(one.level.of for one in in_failed),
        not_ours=len([name for name in scored if name not in ours or not ours[name].level.of]),
        not_theirs=sum(one.level.of for name, one in ours.items() if name not in scored),
        waived=part.score.waived,
    )
