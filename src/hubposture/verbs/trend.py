"""The score of the organization, or of one account, OU, owner, control or standard, week by week."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from hubposture.filters import EVERYTHING, Filter
from hubposture.ports.lake import LakeReader
from hubposture.posture.queries import Execute
from hubposture.posture.scores import Dimension
from hubposture.posture.trend import Point, trend
from hubposture.verbs.posture import level
from hubposture.views.trend import Week

_WEEK = dt.timedelta(days=7)
Keep = Callable[[str, Callable[[], Week | None]], Week | None]
"""Gives what is remembered under a name, or makes it."""


def read_trend(
    reader: LakeReader,
    *,
    weeks: int,
    dimension: Dimension = Dimension.ORGANIZATION,
    key: str = "",
    until: dt.date = dt.date.max,
    within: Filter = EVERYTHING,
    keep: Keep | None = None,
) -> list[Week]:
    """At most so many weeks back from the newest day (until a day), the oldest first; each by the last version until its end.

    A week in which nothing was published has no line of its own. `within` as of `ports.lake.LakeReader.snapshot`.
    `keep` remembers days that are over.
    """
    days = [day for day in reader.days() if day <= until]
    found = []
    for day in chosen(days, weeks):
        name = f"{day.isoformat()} {dimension} {key!r} {within!r}"
        read = partial(_read, reader, day, within, (dimension, key))
        found.append(read() if keep is None or day == days[-1] else keep(name, read))
    return [week for week in found if week is not None]


def _read(reader: LakeReader, day: dt.date, within: Filter, of: tuple[Dimension, str]) -> Week | None:
    (point,) = trend(_opened(reader, [day], within), *of)
    return _week(point) if point.score is not None else None


def chosen(days: Sequence[dt.date], weeks: int) -> list[dt.date]:
    """Of the days that there are (oldest first) the newest, and the newest one until each week before it."""
    if not days:
        return []
    ends = (days[-1] - _WEEK * back for back in range(weeks, -1, -1))
    found = (bisect_right(days, end) for end in ends)
    return sorted({days[at - 1] for at in found if at})


def _opened(reader: LakeReader, days: Sequence[dt.date], within: Filter) -> Iterator[tuple[dt.date, Execute]]:
    for day in days:
        with reader.snapshot(day=day, within=within) as snapshot:
            yield day, snapshot.execute


def _week(point: Point) -> Week:
    score = point.score
    assert score is not None
    return Week(
        day=point.day,
        as_is=level(score.as_is),
        without_waivers=level(score.without_waivers),
        nothing_off=level(score.nothing_off),
        accounts=level(score.accounts),
        overdue=score.overdue.total,
        aws=score.aws.score.nearest,
    )
