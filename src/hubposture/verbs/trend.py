"""The score of the organization, or of one account, OU, owner, control or standard, week by week."""

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from hubposture.filters import EVERYTHING, Filter
from hubposture.ports.lake import LakeReader
from hubposture.posture.queries import Execute
from hubposture.posture.scores import Dimension
from hubposture.posture.trend import Point, trend
from hubposture.verbs.posture import level
from hubposture.views.trend import Week

_WEEK = dt.timedelta(days=7)


def read_trend(
    reader: LakeReader,
    *,
    weeks: int,
    dimension: Dimension = Dimension.ORGANIZATION,
    key: str = "",
    until: dt.date = dt.date.max,
    within: Filter = EVERYTHING,
) -> list[Week]:
    """At most so many weeks back from the newest day (until a day), the oldest first; each by the last version until its end.

    A week in which nothing was published has no line of its own. `within` as of `ports.lake.LakeReader.snapshot`.
    """
    days = [day for day in reader.days() if day <= until]
    points = trend(_opened(reader, chosen(days, weeks), within), dimension, key)
    return [_week(point) for point in points if point.score is not None]


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
