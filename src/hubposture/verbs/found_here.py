"""What the findings say of one control in one account and Region: the part of `explain` that comes from the lake."""

import datetime as dt
from dataclasses import dataclass

from hubposture.model.controls import ControlId
from hubposture.model.targets import Target
from hubposture.ports.lake import LakeReader, NoSuchVersion

SHOWN = 10
"""Failing resources that are listed."""

_COUNTS = """
SELECT presence, status, suppressed, count(*) AS n, min(failing_since) AS since
FROM subjects
WHERE kind = 'control' AND account = $account AND region = $region AND control = $control
GROUP BY presence, status, suppressed
ORDER BY presence, status, suppressed
"""
_FAILING = """
SELECT resource, failing_since, suppressed, subject, presence
FROM subjects
WHERE kind = 'control' AND account = $account AND region = $region AND control = $control AND status = 'FAILED'
  AND presence IN ('present', 'unsure')
ORDER BY suppressed, failing_since, resource
"""


@dataclass(frozen=True, slots=True)
class Failing:
    """A failing resource: since when, whether its findings are suppressed, and its subject."""

    resource: str
    since: dt.datetime | None
    suppressed: bool
    subject: str


@dataclass(frozen=True, slots=True)
class FoundHere:
    """Counts of subjects by what became of them; `failing` lists the oldest ones first, at most SHOWN.

    `at` is the time of the version that says so, None where nothing was ever synced.
    """

    at: dt.datetime | None
    passed: int = 0
    failed: int = 0
    suppressed: int = 0
    not_measured: int = 0
    out_of_sight: int = 0
    failing: tuple[Failing, ...] = ()

    @property
    def total(self) -> int:
        """All subjects that are known here."""
        return self.passed + self.failed + self.suppressed + self.not_measured + self.out_of_sight


def found_here(lake: LakeReader, control: ControlId, target: Target) -> FoundHere:
    """What the newest version says. Raises LakeDamaged."""
    asked = {"account": target.account, "region": target.region, "control": control}
    try:
        with lake.snapshot() as snapshot:
            counts = snapshot.execute(_COUNTS, asked)
            failing = snapshot.execute(_FAILING, asked)
            at = snapshot.at
    except NoSuchVersion:
        return FoundHere(None)
    tally = {"passed": 0, "failed": 0, "suppressed": 0, "not_measured": 0, "out_of_sight": 0}
    for presence, status, suppressed, number, _ in counts:
        tally[_kind(presence, status, suppressed=suppressed)] += number
    shown = tuple(Failing(resource, since, suppressed, subject) for resource, since, suppressed, subject, _ in failing)
    return FoundHere(at, **tally, failing=shown[:SHOWN])


def _kind(presence: str, status: str, *, suppressed: bool) -> str:
    if presence not in ("present", "unsure"):
        return "out_of_sight"
    if status == "PASSED":
        return "passed"
    if status != "FAILED":
        return "not_measured"
    return "suppressed" if suppressed else "failed"
