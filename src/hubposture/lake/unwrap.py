"""From JSON values to records: what files and events wrap around findings is taken off."""

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hubposture.findings.times import parse_time

_DEEPEST = 4
"""Lists of events of findings: nothing that anybody writes is wrapped deeper."""


class Unwrapped(NamedTuple):
    """One record, its place within the value (`[3]`, or ''), and when it was seen, where an event around it says so."""

    record: Any
    place: str
    seen_at: dt.datetime | None


def unwrap(value: Any) -> Iterator[Unwrapped]:
    """The records in a JSON value, in order.

    A record is an object; around it there may be lists, `{"Findings": [...]}` in any casing, and EventBridge events
    (`{"detail": {"findings": [...]}}`, whose time is when the finding was as it is there). Numbers, text and whatever
    is wrapped too deep come as they are, to be rejected.
    """
    return _unwrap(value, "", None, 0)


def _unwrap(value: Any, place: str, seen_at: dt.datetime | None, depth: int) -> Iterator[Unwrapped]:
    if depth <= _DEEPEST and isinstance(value, list):
        for number, each in enumerate(value):
            yield from _unwrap(each, f"{place}[{number}]", seen_at, depth + 1)
        return
    inner = _inside(value) if depth <= _DEEPEST and isinstance(value, dict) else None
    if inner is None:
        yield Unwrapped(value, place, seen_at)
        return
    if "detail" in value:
        seen_at = parse_time(value.get("time")) or seen_at
    yield from _unwrap(inner, place, seen_at, depth + 1)


def _inside(value: Mapping[str, Any]) -> Any:
    """What an envelope holds, or None if the object is none (a finding has ProductArn or class_uid)."""
    if "ProductArn" in value or "class_uid" in value:
        return None
    detail = value.get("detail")
    if isinstance(detail, dict) and _inside(detail) is not None:
        return detail
    return next((each for name, each in value.items() if name.lower() == "findings" and isinstance(each, list)), None)
