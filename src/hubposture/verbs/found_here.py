"""What the findings say of one control in one account and Region: the part of `explain` that comes from the lake."""

import datetime as dt
from dataclasses import dataclass

from hubposture.filters.tree import EVERYTHING, Filter
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target
from hubposture.ports.lake import LakeReader, NoSuchVersion, Snapshot

SHOWN = 10
"""Failing resources that are listed."""

_COUNTS = """
SELECT s.presence, s.status, s.suppressed, d.subject IS NOT NULL AS waived, count(*) AS n
FROM subjects s
LEFT JOIN decisions d ON d.subject = s.subject
WHERE s.kind = 'control' AND s.account = $account AND s.region = $region AND s.control = $control
GROUP BY s.presence, s.status, s.suppressed, waived
ORDER BY s.presence, s.status, s.suppressed, waived
"""
_FAILING = """
SELECT s.resource, s.failing_since, s.suppressed, s.subject, COALESCE(d.waiver, '') AS waiver
FROM subjects s
LEFT JOIN decisions d ON d.subject = s.subject
WHERE s.kind = 'control' AND s.account = $account AND s.region = $region AND s.control = $control
  AND s.status = 'FAILED' AND s.presence IN ('present', 'unsure')
ORDER BY d.subject IS NOT NULL, s.suppressed, s.failing_since, s.resource
"""


@dataclass(frozen=True, slots=True)
class Failing:
    """A failing resource: since when, whether its findings are suppressed, its subject, and its waiver ('' without)."""

    resource: str
    since: dt.datetime | None
    suppressed: bool
    subject: str
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class FoundHere:
    """Counts of subjects by what became of them; `failing` lists the oldest ones first, at most SHOWN, waived ones last.

    `waived` fail under a waiver, `suppressed` fail and are suppressed without one.
    `at` is the time of the version that says so, None where nothing was ever synced.
    """

    at: dt.datetime | None
    passed: int = 0
    failed: int = 0
    waived: int = 0
    suppressed: int = 0
    not_measured: int = 0
    out_of_sight: int = 0
    failing: tuple[Failing, ...] = ()

    @property
    def total(self) -> int:
        """All subjects that are known here."""
        return self.passed + self.failed + self.waived + self.suppressed + self.not_measured + self.out_of_sight


def found_here(lake: LakeReader, control: ControlId, target: Target, *, within: Filter = EVERYTHING) -> FoundHere:
    """What the newest version says, of the subjects of a filter. Raises LakeDamaged."""
    try:
        with lake.snapshot(within=within) as snapshot:
            return found_in(snapshot, control, target)
    except NoSuchVersion:
        return FoundHere(None)


def found_in(snapshot: Snapshot, control: ControlId, target: Target) -> FoundHere:
    """What an open snapshot says."""
    asked = {"account": target.account, "region": target.region, "control": control}
    failing = snapshot.execute(_FAILING, asked)
    tally = {"passed": 0, "failed": 0, "waived": 0, "suppressed": 0, "not_measured": 0, "out_of_sight": 0}
    for presence, status, suppressed, waived, number in snapshot.execute(_COUNTS, asked):
        tally[_kind(presence, status, suppressed=suppressed, waived=waived)] += number
    return FoundHere(snapshot.at, **tally, failing=tuple(Failing(*row) for row in failing[:SHOWN]))


def _kind(presence: str, status: str, *, suppressed: bool, waived: bool) -> str:
    if presence not in ("present", "unsure"):
        return "out_of_sight"
    if status == "PASSED":
        return "passed"
    if status != "FAILED":
        return "not_measured"
    if waived:
        return "waived"
    return "suppressed" if suppressed else "failed"
