"""Times of findings: ISO 8601 in every form that Security Hub takes, and OCSF's numbers, as naive UTC."""

import datetime as dt

_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the lake's times are naive UTC
_SECONDS_END = 100_000_000_000
"""A number below this counts seconds (up to the year 5138), any other milliseconds (from 1973 on)."""


def parse_time(value: object) -> dt.datetime | None:
    """The time that a value says, naive UTC, in microseconds; None if it says none.

    Text is ISO 8601 with `Z`, an offset or none (then it is UTC), with any number of decimals, as `AwsSecurityFinding`
    documents it. Numbers are OCSF's milliseconds since 1970; some products write seconds there.
    """
    kind = value.__class__
    if kind is str:
        return _text_time(value)  # type: ignore[arg-type]
    if kind is int or kind is float:
        return _number_time(value)  # type: ignore[arg-type]
    return None


def _text_time(text: str) -> dt.datetime | None:
    try:
        if text.endswith("Z"):
            at = dt.datetime.fromisoformat(text[:-1])
            return at if at.tzinfo is None else None
        at = dt.datetime.fromisoformat(text)
        return at if at.tzinfo is None else at.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def _number_time(number: float) -> dt.datetime | None:
    try:
        milliseconds = number * 1_000 if abs(number) < _SECONDS_END else number
        return _EPOCH + dt.timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError):
        return None
