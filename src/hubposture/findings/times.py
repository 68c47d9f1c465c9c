"""Times of findings: ISO 8601 in every form that Security Hub takes, and OCSF's numbers, as naive UTC."""

import datetime as dt

_parsed = dt.datetime.fromisoformat
_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the lake's times are naive UTC
_SECONDS_END = 100_000_000_000
"""A number below this counts seconds (up to the year 5138), any other milliseconds (from 1973 on)."""


def parse_time(value: object) -> dt.datetime | None:
    """The time that a value says, naive UTC, in microseconds; None if it says none.

    Text is ISO 8601 with `Z`, an offset or none (then it is UTC), with any number of decimals, as `AwsSecurityFinding`
    documents it. Numbers are OCSF's milliseconds since 1970; some products write seconds there.
    """
    try:
        if isinstance(value, str):
            at = _parsed(value.removesuffix("Z"))
            if at.tzinfo is None:
                return at
            return None if value.endswith("Z") else at.astimezone(dt.UTC).replace(tzinfo=None)
        if isinstance(value, int | float) and not isinstance(value, bool):
            milliseconds = value * 1_000 if abs(value) < _SECONDS_END else value
            return _EPOCH + dt.timedelta(milliseconds=milliseconds)
    except (ValueError, OverflowError):
        pass
    return None
