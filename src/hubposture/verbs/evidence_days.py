"""How controls stood day by day: read from the versions that are kept of each day, and from nothing else."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from hubposture.filters import Filter
from hubposture.ports.hub import Progress
from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.views.evidence.model import Counts, Covered, Day, Lived, Looked
from hubposture.views.report.week import week_of

_DAY = dt.timedelta(days=1)
_SEEN = """
SELECT c.control, CAST(SUM(CASE WHEN c.status = 'PASSED' THEN c.n ELSE 0 END) AS BIGINT) AS passed,
    CAST(SUM(CASE WHEN c.status = 'FAILED' THEN c.n ELSE 0 END) AS BIGINT) AS failed
FROM cube c WHERE c.presence IN ('present', 'unsure') GROUP BY c.control ORDER BY c.control
"""
_ON = """
WITH alike AS (
    SELECT enablement, COUNT(1) AS n FROM targets WHERE sight <> 'closed' AND enablement <> '' GROUP BY enablement
), switched AS (
    SELECT enablement, control, MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on FROM enablement GROUP BY enablement, control
)
SELECT s.control, CAST(SUM(CASE WHEN s.is_on = 1 THEN a.n ELSE 0 END) AS BIGINT) AS on_places
FROM alike a JOIN switched s ON s.enablement = a.enablement GROUP BY s.control ORDER BY s.control
"""
_PLACES = """
SELECT COUNT(1) AS n, COALESCE(SUM(CASE WHEN enablement = '' THEN 1 ELSE 0 END), 0) AS unknown
FROM targets WHERE sight <> 'closed'
"""
_LIVED = """
WITH alike AS (
    SELECT wishes, COUNT(1) AS n FROM targets WHERE sight <> 'closed' GROUP BY wishes
)
SELECT w.control, w.disposition, w.row, w.in_force, CAST(SUM(a.n) AS BIGINT) AS n
FROM alike a JOIN wishes w ON w.wishes = a.wishes
GROUP BY w.control, w.disposition, w.row, w.in_force ORDER BY w.control, n DESC, w.disposition, w.row, w.in_force
"""
_COVERED = """
SELECT s.control, d.waiver, COUNT(1) AS n FROM decisions d JOIN subjects s ON s.subject = d.subject
GROUP BY s.control, d.waiver ORDER BY s.control, d.waiver
"""
_WAIVERS = "SELECT waiver, state FROM waivers ORDER BY waiver"
_MEMBERS = "SELECT control, requirements FROM standards WHERE standard = $standard ORDER BY control"


@dataclass
class Days:
    """What the days say, by control (its id in lower case) and by waiver; days are in order, the oldest first."""

    by_control: dict[str, list[Day]] = field(default_factory=dict)
    members: dict[str, list[dt.date]] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    covered: dict[tuple[str, str], list[tuple[dt.date, int]]] = field(default_factory=dict)
    states: dict[str, list[tuple[dt.date, str]]] = field(default_factory=dict)

    def waivers_of(self, control: str) -> Sequence[Covered]:
        """The waivers that covered something of a control."""
        found = sorted((waiver, days) for (one, waiver), days in self.covered.items() if one == control)
        return [Covered(waiver, days[0][0], days[-1][0], len(days), max(n for _, n in days)) for waiver, days in found]

    def spans(self, waiver: str) -> Sequence[tuple[str, dt.date, dt.date]]:
        """The states of a waiver one after the other, each with the first and the last day on which it was seen so."""
        made = []
        for state, some in groupby(self.states.get(waiver, ()), key=lambda one: one[1]):
            days = [day for day, _ in some]
            made.append((state, days[0], days[-1]))
        return made


def chosen(there: Iterable[dt.date], begin: dt.date, end: dt.date, *, every: str) -> list[dt.date]:
    """The days to look at: of those that are kept in the period every one, or the last one of every week (`week`)."""
    kept = sorted(day for day in set(there) if begin <= day <= end)
    if every == "day":
        return kept
    return [list(days)[-1] for _, days in groupby(kept, key=week_of)]


def looked_at(
    days: Mapping[dt.date, tuple[int, dt.datetime]], there: Sequence[dt.date], about: tuple[dt.date, dt.date], *,
    every: str, first: dt.date | None, today: dt.date,
) -> Looked:  # fmt: skip
    """The days looked at, and those that nothing is known of, with why; `there` are all days that are kept."""
    begin, end = about
    kept = {day for day in there if begin <= day <= end}
    unknown: list[tuple[dt.date, str]] = []
    day = begin
    while day <= end:
        if day not in kept:
            unknown.append((day, _why(day, first, today)))
        day += _DAY
    told = [(day, *found) for day, found in sorted(days.items())]
    return Looked(told, list(_spans(unknown)), every)


def _why(day: dt.date, first: dt.date | None, today: dt.date) -> str:
    if day > today:
        return "still to come"
    if first is None or day < first:
        return "before the first version that is kept"
    return "no version of this day: nothing was synced, or it is no longer kept"


def _spans(days: Sequence[tuple[dt.date, str]]) -> Iterator[tuple[dt.date, dt.date, str]]:
    for _, some in groupby(enumerate(days), key=lambda one: (one[1][0].toordinal() - one[0], one[1][1])):
        span = [one for _, one in some]
        yield span[0][0], span[-1][0], span[0][1]


def read_days(
    reader: LakeReader, days: Sequence[dt.date], *, within: Filter, standard: str, progress: Progress | None
) -> tuple[Days, Mapping[dt.date, tuple[int, dt.datetime]]]:
    """What these days say, and the version of each. Raises NoSuchVersion, LakeDamaged."""
    found, versions = Days(), {}
    for number, day in enumerate(days):
        if progress is not None:
            progress(number, len(days))
        with reader.snapshot(day=day, within=within) as snapshot:
            versions[day] = (snapshot.number, snapshot.at)
            _read_day(found, snapshot, day, standard)
    return found, versions


def _read_day(found: Days, snapshot: Snapshot, day: dt.date, standard: str) -> None:
    scores = {one.key: one for one in rollup.scores(snapshot.execute, Dimension.CONTROL)}
    seen = {row[0]: (row[1], row[2]) for row in snapshot.execute(_SEEN, {})}
    on = dict(snapshot.execute(_ON, {}))
    places, unknown = snapshot.execute(_PLACES, {})[0]
    lived: dict[str, list[Lived]] = {}
    for control, disposition, cell, in_force, number in snapshot.execute(_LIVED, {}):
        lived.setdefault(control, []).append(Lived(disposition, cell, bool(in_force), number))
    for control in {*scores, *seen, *on, *lived}:
        score, (passed, failed) = scores.get(control), seen.get(control, (0, 0))
        counts = Counts(
            seen_passed=passed, seen_failed=failed, on=on.get(control, 0), places=places, unknown=unknown
        ) if score is None else Counts(
            score.met - score.waived, score.failing, score.waived, score.suppressed, score.not_measured, score.missing,
            score.lost, score.overdue.total, passed, failed, on.get(control, 0), places, unknown,
        )  # fmt: skip
        kept = found.by_control.setdefault(control, [])
        kept.append(Day(day, snapshot.number, snapshot.at, counts, tuple(lived.get(control, ()))))
    for control, numbers in snapshot.execute(_MEMBERS, {"standard": standard}):
        found.members.setdefault(control, []).append(day)
        found.numbers[control] = numbers
    for control, waiver, number in snapshot.execute(_COVERED, {}):
        found.covered.setdefault((control, waiver), []).append((day, number))
    for waiver, state in snapshot.execute(_WAIVERS, {}):
        found.states.setdefault(waiver, []).append((day, state))
