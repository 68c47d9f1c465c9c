"""A token bucket with priorities, as data: how many calls may be made now."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

SKEW = timedelta(seconds=10)
"""How far clocks may differ: an older time within it is another process's, beyond it the clock has jumped."""
_TURN = timedelta(seconds=10)
_DUST = 1e-9


@dataclass(frozen=True, slots=True)
class Bucket:
    """What is left of a budget: `tokens` as of `at`, and when each priority last asked for more than it got."""

    tokens: float
    at: datetime
    unserved: Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class Rate:
    """How fast a bucket fills, in tokens per second, and how many it holds. Raises ValueError where none would fit."""

    per_second: float
    burst: float

    def __post_init__(self) -> None:
        if not (0 < self.per_second < math.inf and 1 <= self.burst < math.inf):
            raise ValueError(f"no calls can be taken at {self.per_second} per second in bursts of {self.burst}")


def take(bucket: Bucket, now: datetime, *, priority: int, most: int, rate: Rate) -> tuple[Bucket, int, float]:
    """Take up to `most` tokens: the bucket after it, how many, and the seconds to wait if there were none.

    Nothing is given while a smaller priority's ask of the last 10 seconds was not served in full; an ask for more
    than the bucket can hold is in full with what it can hold. A clock that is behind `bucket.at` by at most `SKEW`
    fills nothing until it has caught up; one that is further behind has jumped, and filling goes on from there.
    """
    full = _filled(bucket, now, rate)
    wanted = min(most, math.floor(rate.burst))
    if wanted <= 0:
        return full, 0, 0.0
    rivals = [at for other, at in full.unserved.items() if other < priority]
    given = 0 if rivals else min(wanted, math.floor(full.tokens + _DUST))
    unserved = {other: at for other, at in full.unserved.items() if other != priority}
    if given < wanted:
        unserved[priority] = now
    after = Bucket(max(0.0, full.tokens - given), full.at, unserved)
    return after, given, 0.0 if given else _wait(after, now, rivals, rate)


def _filled(bucket: Bucket, now: datetime, rate: Rate) -> Bucket:
    """The bucket as it is now, without asks that are out of date."""
    recent = {priority: at for priority, at in bucket.unserved.items() if abs(now - at) < _TURN}
    at = bucket.at if now < bucket.at <= now + SKEW else now
    tokens = bucket.tokens + max(0.0, (at - bucket.at).total_seconds()) * rate.per_second
    return Bucket(max(0.0, min(rate.burst, tokens)), at, recent)


def _wait(bucket: Bucket, now: datetime, rivals: list[datetime], rate: Rate) -> float:
    """Seconds until there may be a token: one must have dripped in, and who comes first must have had a turn."""
    dripped = (bucket.at - now).total_seconds() + max(0.0, 1 - bucket.tokens) / rate.per_second
    # Up to the next microsecond: clocks have no smaller steps, and who waits as told must not come too early.
    dripped = math.ceil(dripped * 1e6) / 1e6
    if not rivals:
        return dripped
    # They may be served at any time and then stand back, so look again before their turn is over.
    turn = (max(rivals) + _TURN - now).total_seconds()
    return max(dripped, min(turn, 1.0))
