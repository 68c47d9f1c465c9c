"""Days and hours of waivers: when people are warned of an end, and when findings may be released."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hubposture.waivers.rule import Tally
from hubposture.waivers.standing import Standing

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MINUTE = dt.timedelta(minutes=1)
_FARTHEST = 15 * 24 * 60
"""Minutes in which every window opens: a week, and one more if the hour was left out by a change of the clocks."""
_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Warn:
    """A warning that is due: `kind` is `expires-N`, N the days at which it was due; `left_days` are those left."""

    waiver: str
    kind: str
    until: dt.date
    left_days: int


def warnings(
    standings: Iterable[Standing],
    *,
    today: dt.date,
    days: Collection[int] = (30, 7, 1),
    given: Collection[tuple[str, str, dt.date]] = (),
) -> tuple[Warn, ...]:
    """The warnings due on the organization's day `today`, the nearest end first; `given` are (waiver, kind, until).

    Each is due once for a given end, so an extended waiver is warned of anew. Where several days have passed at once,
    the tightest is given alone. A waiver that was granted for less than so many days is not warned of so early.
    """
    found: list[Warn] = []
    for one in standings:
        left = (one.until - today).days
        granted = (one.until - one.approval.on).days if one.approval is not None else left
        due = min((day for day in days if left <= day < granted), default=None)
        if not one.state.holds or left < 0 or due is None:
            continue
        warn = Warn(one.waiver.id, f"expires-{due}", one.until, left)
        if (warn.waiver, warn.kind, warn.until) not in given:
            found.append(warn)
    return tuple(sorted(found, key=lambda warn: (warn.until, warn.waiver)))


@dataclass(frozen=True, slots=True)
class Unneeded:
    """A waiver all of whose subjects have passed for so many days that it can be closed."""

    waiver: str
    since: dt.datetime
    for_days: int


def unneeded(tallies: Mapping[str, Tally], *, now: dt.datetime, days: int) -> tuple[Unneeded, ...]:
    """Waivers of which everything within has passed for at least so many days, longest first. Times are naive UTC."""
    found = [
        Unneeded(one.waiver, one.passing_since, (now - one.passing_since).days)
        for one in tallies.values()
        if one.passing_since is not None and now - one.passing_since >= dt.timedelta(days=days)
    ]
    return tuple(sorted(found, key=lambda one: (one.since, one.waiver)))


@dataclass(frozen=True, slots=True)
class Window:
    """When findings may be released: on these days of the week (Monday is 0), from and to in minutes after midnight.

    `to` is not in it; 1,440 is the end of the day. Days and hours are those on the wall in the organization's zone: an
    hour that the clocks leave out is not there, and one that they repeat counts twice.
    """

    days: frozenset[int]
    from_: int = 0
    to: int = _DAY_MINUTES

    def __post_init__(self) -> None:
        if not self.days <= frozenset(range(7)) or not self.days or not 0 <= self.from_ < self.to <= _DAY_MINUTES:
            raise ValueError(f"no window: days {sorted(self.days)}, minutes {self.from_} to {self.to}")

    def is_open(self, at: dt.datetime, zone: dt.tzinfo) -> bool:
        """Whether findings may be released at a moment; one without a zone is taken for UTC."""
        local = _aware(at).astimezone(zone)
        return local.weekday() in self.days and self.from_ <= local.hour * 60 + local.minute < self.to

    def next_open(self, at: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
        """The first moment at or after `at` at which it is open, in UTC."""
        moment = _aware(at).astimezone(dt.UTC)
        if self.is_open(moment, zone):
            return moment
        return _next_open(self, moment.replace(second=0, microsecond=0), zone)


def window(days: Sequence[str], hours: str) -> Window:
    """A window from the words of the settings: `mon` to `sun`, and hours like `09:00-17:00`."""
    start, end = hours.split("-")
    return Window(frozenset(_WEEKDAYS.index(day) for day in days), _minutes(start), _minutes(end))


def _minutes(text: str) -> int:
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


@lru_cache(maxsize=64)
def _next_open(window_: Window, moment: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    # Minute by minute: no case of clocks that are put forward or back needs a thought of its own.
    for minutes in range(1, _FARTHEST):
        if window_.is_open(then := moment + minutes * _MINUTE, zone):
            return then
    raise ValueError(f"{window_} never opens in {zone}")


def _aware(at: dt.datetime) -> dt.datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=dt.UTC)
