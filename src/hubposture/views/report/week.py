"""Weeks as ISO 8601 writes them: `2026-W48`, Monday to Sunday."""

import datetime as dt
import re

from hubposture.errors import InputError

_WRITTEN = re.compile(r"(\d{4})-?W(\d{1,2})", re.IGNORECASE)
_DAYS = dt.timedelta(days=6)
_WRONG = "--week {}: write a week of the calendar like 2026-W48"


def week_of(day: dt.date) -> str:
    """The week that a day lies in."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def last_full(today: dt.date) -> str:
    """The week before the one that today lies in."""
    return week_of(today - dt.timedelta(days=7))


def days_of(week: str) -> tuple[dt.date, dt.date]:
    """The first and the last day of a week. Raises InputError for what is none."""
    year, number = _numbers(week)
    try:
        begin = dt.date.fromisocalendar(year, number, 1)
        return begin, begin + _DAYS
    except (ValueError, OverflowError):
        raise InputError(_WRONG.format(week)) from None


def _numbers(week: str) -> tuple[int, int]:
    found = _WRITTEN.fullmatch(week.strip())
    if found is None:
        raise InputError(_WRONG.format(week))
    return int(found[1]), int(found[2])
