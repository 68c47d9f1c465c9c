"""Movement: what became of obligations between two moments, every difference with its cause.

The contributions of all causes sum exactly to the differences of met and failing. `sql/movement.sql` has the rules; it
reads `state_from` and `state_to` (columns of `findings.fold.STATE_AT`), `from_` and `to_` accounts, units, targets,
enablement, wishes, decisions, and `controls` as of the later moment.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from hubposture.posture.queries import Execute, query
from hubposture.posture.ratio import Ratio
from hubposture.posture.scores import Dimension


class Cause(StrEnum):
    """Why a subject's obligation stands otherwise than before; the first that holds."""

    FIXED = "fixed"
    NEW = "new"
    REGRESSED = "regressed"
    WAIVED = "waived"
    LIFTED = "lifted"
    SWITCHED_OFF = "switched-off"
    SWITCHED_ON = "switched-on"
    NEW_CONTROL = "new-control"
    PARAMETERS = "parameters"
    REQUIRED = "required"
    NOT_REQUIRED = "not-required"
    ACCOUNT_IN = "account-in"
    ACCOUNT_OUT = "account-out"
    LOST_SIGHT = "lost-sight"
    BACK_IN_SIGHT = "back-in-sight"
    APPEARED = "appeared"
    GONE = "gone"
    MEASURED = "measured"
    NOT_MEASURED = "not-measured"

    @property
    def text(self) -> str:
        """The cause in words."""
        return _TEXTS[self]


_TEXTS = {
    Cause.FIXED: "fixed",
    Cause.NEW: "new and failing",
    Cause.REGRESSED: "failing again",
    Cause.WAIVED: "waived",
    Cause.LIFTED: "waiver ended",
    Cause.SWITCHED_OFF: "control switched off",
    Cause.SWITCHED_ON: "control switched on",
    Cause.NEW_CONTROL: "control is new at AWS",
    Cause.PARAMETERS: "parameters changed",
    Cause.REQUIRED: "now required",
    Cause.NOT_REQUIRED: "no longer required",
    Cause.ACCOUNT_IN: "account came in",
    Cause.ACCOUNT_OUT: "account went out",
    Cause.LOST_SIGHT: "lost sight of",
    Cause.BACK_IN_SIGHT: "back in sight",
    Cause.APPEARED: "new and met",
    Cause.GONE: "resource gone",
    Cause.MEASURED: "measured again",
    Cause.NOT_MEASURED: "no longer measured",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """Obligations at a moment; `waived` are part of `met`."""

    met: int = 0
    failing: int = 0
    waived: int = 0

    @property
    def as_is(self) -> Ratio:
        """Met of all."""
        return Ratio(self.met, self.met + self.failing)


@dataclass(frozen=True, slots=True)
class Delta:
    """How many subjects moved, and what that added (or, negative, took away)."""

    subjects: int = 0
    met: int = 0
    failing: int = 0
    waived: int = 0

    def __add__(self, other: "Delta") -> "Delta":
        return Delta(
            self.subjects + other.subjects,
            self.met + other.met,
            self.failing + other.failing,
            self.waived + other.waived,
        )


@dataclass(frozen=True, slots=True)
class Example:
    """A subject that moved; `before` and `after` are none, passed, waived or failing."""

    cause: Cause
    subject: str
    account: str
    region: str
    control: str
    resource: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Movement:
    """Two moments and everything between them.

    `causes` and each of `controls` (by control id) hold only causes that occur, in the order of `Cause`. `alike_before`
    and `alike_after` are like for like: only accounts, controls and targets in force at both moments. `examples` are the most severe of each cause, at most as many as were asked for.
    """

    before: Tally
    after: Tally
    causes: Mapping[Cause, Delta]
    controls: Mapping[str, Mapping[Cause, Delta]]
    alike_before: Ratio
    alike_after: Ratio
    examples: Sequence[Example]


@dataclass(frozen=True, slots=True)
class _Count:
    """A row of counts, named as the query names them."""

    cause: str
    control: str
    subjects: int
    from_met: int
    from_failing: int
    from_waived: int
    to_met: int
    to_failing: int
    to_waived: int
    alike_from_met: int
    alike_from_failing: int
    alike_to_met: int
    alike_to_failing: int

    @property
    def delta(self) -> Delta:
        return Delta(
            self.subjects,
            self.to_met - self.from_met,
            self.to_failing - self.from_failing,
            self.to_waived - self.from_waived,
        )


def movement(
    execute: Execute,
    *,
    since: dt.datetime,
    dimension: Dimension = Dimension.ORGANIZATION,
    key: str = "",
    most: int = 5,
) -> Movement:
    """What moved in a view (organization, ou, owner, account) since the earlier moment (naive UTC).

    `most` limits the examples of each cause.
    """
    parameters = {"dimension": str(dimension), "key": key, "from_at": since, "most": most}
    found = execute(query("movement"), parameters)
    return _movement([_Count(*row[:2], *row[9:]) for row in found if row[2] == 0], [row for row in found if row[2] > 0])


def _movement(counts: Sequence[_Count], listed: Sequence[tuple[Any, ...]]) -> Movement:
    moved = [(Cause(one.cause), one) for one in counts if one.cause]
    by_control: dict[str, list[tuple[Cause, Delta]]] = {}
    for cause, one in moved:
        by_control.setdefault(one.control, []).append((cause, one.delta))
    return Movement(
        before=Tally(
            met=sum(one.from_met for one in counts),
            failing=sum(one.from_failing for one in counts),
            waived=sum(one.from_waived for one in counts),
        ),
        after=Tally(
            met=sum(one.to_met for one in counts),
            failing=sum(one.to_failing for one in counts),
            waived=sum(one.to_waived for one in counts),
        ),
        causes=_summed((cause, one.delta) for cause, one in moved),
        controls={control: _summed(by_control[control]) for control in sorted(by_control)},
        alike_before=_ratio((one.alike_from_met, one.alike_from_failing) for one in counts),
        alike_after=_ratio((one.alike_to_met, one.alike_to_failing) for one in counts),
        examples=tuple(
            Example(Cause(cause), subject, account, region, control, resource, before, after)
            for cause, control, _, subject, account, region, resource, before, after, *_ in listed
        ),
    )


def _summed(found: Iterable[tuple[Cause, Delta]]) -> Mapping[Cause, Delta]:
    """Deltas by cause, in the order of `Cause`."""
    sums: dict[Cause, Delta] = {}
    for cause, delta in found:
        sums[cause] = sums.get(cause, Delta()) + delta
    return {cause: sums[cause] for cause in Cause if cause in sums}


def _ratio(pairs: Iterable[tuple[int, int]]) -> Ratio:
    """Pairs of (met, failing), summed."""
    met = total = 0
    for one, failing in pairs:
        met += one
        total += one + failing
    return Ratio(met, total)
