"""What stands in answers. Nothing is taken for granted: every place may be missing or hold something else."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any


def at(value: Any, *names: str) -> Any:
    """What stands at a place; None where there is no such place."""
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def text(value: Any, *names: str) -> str:
    """The text at a place, a number as text; '' where there is none."""
    found = at(value, *names)
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    return found if isinstance(found, str) else ""


def items(value: Any, *names: str) -> list[Mapping[str, Any]]:
    """The objects of the list at a place; none where there is no list."""
    found = at(value, *names)
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list) else []


def texts(value: Any, *names: str) -> list[str]:
    """The texts of the list at a place."""
    found = at(value, *names)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def number(value: Any, *names: str) -> int | None:
    """The whole number at a place; None where there is none."""
    found = at(value, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def moment(value: Any, *names: str) -> dt.datetime | None:
    """The moment at a place as naive UTC; None where there is none, or none with a zone."""
    try:
        found = dt.datetime.fromisoformat(text(value, *names))
        return None if found.tzinfo is None else found.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def named(values: Iterable[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The object with this id or name; names do not differ by case."""
    listed = list(values)
    wanted = name.casefold()
    for field in ("id", "name", "value"):
        for one in listed:
            if text(one, field).casefold() == wanted:
                return one
    return None
