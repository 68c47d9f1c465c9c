"""Queries in Jira's language."""

import datetime as dt
from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

_OVERLAP: Final = dt.timedelta(minutes=2)
_WIDEST: Final = dt.timedelta(hours=12)
"""How far behind UTC a time zone can be."""
_HOUR: Final = dt.timedelta(hours=1)


def quoted(text: str) -> str:
    """A text as a literal: in quotes, without anything that could end it; control characters are left out."""
    kept = "".join(one for one in text if one.isprintable())
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def labelled(keys: Sequence[str]) -> str:
    """Issues with any of these labels, oldest first."""
    return f"labels in ({', '.join(quoted(one) for one in keys)}) ORDER BY created ASC"


def changed_since(since: dt.datetime, *, label: str, zone: ZoneInfo | None) -> str:
    """Issues with a label (any where it is '') that changed since then; naive times are UTC.

    Jira takes whole minutes in the user's time zone. Where that is not known the earliest possible time is taken, and the
    hour that a clock strikes twice is taken from its beginning.
    """
    labels = f"labels in ({quoted(label)})" if label else "labels is not EMPTY"
    return f'{labels} AND updated >= "{_local(since - _OVERLAP, zone):%Y/%m/%d %H:%M}" ORDER BY updated ASC'


def _local(since: dt.datetime, zone: ZoneInfo | None) -> dt.datetime:
    moment = since.replace(tzinfo=dt.UTC) if since.tzinfo is None else since.astimezone(dt.UTC)
    if zone is None:
        return moment - _WIDEST
    local = moment.astimezone(zone)
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return local.replace(tzinfo=None) - (_HOUR if is_twice else dt.timedelta())
