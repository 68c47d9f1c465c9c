"""When and how long to wait before a request is made again."""

import datetime as dt
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a request is tried.

    Pauses are drawn between 0 and `first_pause_seconds` x 2^n, at most `longest_pause_seconds` (full jitter). What a
    server asks for by Retry-After is waited in full, unless it is more than `longest_told_seconds`: then we give up at
    once. No try starts when `budget_seconds` have passed since the first. `connect_seconds` and `answer_seconds` are
    the longest waits for a connection and for the whole of one answer.
    """

    tries: int = 5
    first_pause_seconds: float = 0.5
    longest_pause_seconds: float = 20.0
    longest_told_seconds: float = 120.0
    budget_seconds: float = 240.0
    connect_seconds: float = 10.0
    answer_seconds: float = 60.0


def told_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that an answer asks us to wait (Retry-After, in seconds or as a date); None where it asks for nothing.

    A date is held against the answer's own Date, so that clocks that differ do no harm. Names are in lower case.
    """
    told = headers.get("retry-after", "").strip()
    if not told:
        return None
    if told.isascii() and told.isdigit():
        return float(told[:9])
    until, now = _moment(told), _moment(headers.get("date", ""))
    return None if until is None or now is None else max(0.0, (until - now).total_seconds())


def _moment(text: str) -> dt.datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=dt.UTC)


def pause_before_retry(
    told: float | None,
    *,
    tries: int,
    elapsed_seconds: float,
    patience: Patience,
    draw: Callable[[float, float], float] = random.uniform,
) -> float | None:
    """Seconds to wait before the next try after `tries` failed ones, or None to give up."""
    if tries >= patience.tries or (told is not None and told > patience.longest_told_seconds):
        return None
    longest = min(patience.longest_pause_seconds, patience.first_pause_seconds * 2 ** (tries - 1))
    pause = draw(0.0, longest) if told is None else told
    return pause if elapsed_seconds + pause <= patience.budget_seconds else None
