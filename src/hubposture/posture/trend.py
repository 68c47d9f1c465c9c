"""Trends: one score on many days, from the rollups that were kept or from the cubes of those days."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hubposture.posture.queries import Execute
from hubposture.posture.rollup import computed, score
from hubposture.posture.scores import Dimension, Score


@dataclass(frozen=True, slots=True)
class Point:
    """The score of a day as its last version had it; None where there was none (the OU did not exist yet, ...)."""

    day: dt.date
    score: Score | None


Days = Iterable[tuple[dt.date, Execute]]
"""Days, and how each is read; every one is read once, when its turn comes, so it may be opened then."""


def trend(days: Days, dimension: Dimension, key: str = "", *, standard: str = "") -> tuple[Point, ...]:
    """A score on days whose relation `rollup` was kept, in the order given."""
    return tuple(Point(day, score(execute, dimension, key, standard=standard)) for day, execute in days)


def trend_of_cubes(days: Days, dimension: Dimension, key: str = "", *, standard: str = "") -> tuple[Point, ...]:
    """The same computed anew from the cubes and dimensions of the days."""
    wanted = (dimension, key, standard)
    return tuple(Point(day, _find(computed(execute), wanted)) for day, execute in days)


def _find(scores: Iterable[Score], wanted: tuple[Dimension, str, str]) -> Score | None:
    return next((one for one in scores if (one.dimension, one.key, one.standard) == wanted), None)
