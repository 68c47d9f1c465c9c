"""Typed access to a record that anybody may have written: what is not as it must be is noted, all of it, and no more.

Every function takes the list `bad`, to which it adds a sentence for what is wrong, and then gives an empty value.
JSON null counts as absent. `path` is the dotted path of the object that is read, with its dot.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from hubposture.findings.times import parse_time

Record = Mapping[str, Any]
NEVER = dt.datetime(1, 1, 1)  # noqa: DTZ001 - the lake's times are naive UTC
"""Stands for a time that is missing where one is needed; never leaves this package, for `bad` says so."""

_EMPTY: Record = {}
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
_SHOWN = 60
_KINDS = {bool: "true or false", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    return _KINDS.get(value.__class__, f"a {value.__class__.__name__}")


def clean(text: str) -> str:
    """A text as every store takes it: NUL and lone surrogates become U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNWRITABLE.sub("\ufffd", text)


def shown(text: str) -> str:
    """A text as a message quotes it, cut."""
    cut = clean(text)
    return repr(cut if len(cut) <= _SHOWN else f"{cut[:_SHOWN]}...")


def text(record: Record, name: str, bad: list[str], path: str = "") -> str:
    """A text, or '' where there is none."""
    value = record.get(name)
    if value.__class__ is str:
        return value if value.isascii() and "\x00" not in value else clean(value)
    if value is not None:
        bad.append(f"{path}{name} is {kind_of(value)}, expected text")
    return ""


def needed(record: Record, name: str, bad: list[str], path: str = "") -> str:
    """A text that must be there and not empty."""
    value = record.get(name)
    if value.__class__ is str and value:
        return value if value.isascii() and "\x00" not in value else clean(value)
    if value is None or value == "":
        bad.append(f"{path}{name} is missing")
    else:
        bad.append(f"{path}{name} is {kind_of(value)}, expected text")
    return ""


def part(record: Record, name: str, bad: list[str], path: str = "") -> Record:
    """An object; empty where there is none."""
    value = record.get(name)
    if value is None:
        return _EMPTY
    if value.__class__ is dict or isinstance(value, Mapping):
        return value
    bad.append(f"{path}{name} is {kind_of(value)}, expected an object")
    return _EMPTY


def items(record: Record, name: str, bad: list[str], path: str = "") -> Sequence[Any]:
    """A list; empty where there is none."""
    value = record.get(name)
    if value is None:
        return ()
    if value.__class__ is list or value.__class__ is tuple:
        return value
    bad.append(f"{path}{name} is {kind_of(value)}, expected a list")
    return ()


def time(record: Record, name: str, bad: list[str], path: str = "") -> dt.datetime | None:
    """A time, naive UTC, or None where there is none."""
    value = record.get(name)
    if value is None or value == "":
        return None
    at = parse_time(value)
    if at is None:
        quoted = shown(value) if isinstance(value, str) else kind_of(value)
        bad.append(f"{path}{name} is {quoted}, expected a time such as 2026-11-24T08:00:00.000Z")
    return at


def needed_time(record: Record, name: str, bad: list[str], path: str = "") -> dt.datetime:
    """A time that must be there, naive UTC."""
    if record.get(name) in (None, ""):
        bad.append(f"{path}{name} is missing")
        return NEVER
    return time(record, name, bad, path) or NEVER


def account(value: str, name: str, bad: list[str]) -> str:
    """A text that must be an account's id where it is not empty (its absence was noted already)."""
    if not value or (len(value) == 12 and value.isascii() and value.isdigit()):  # noqa: PLR2004 - ids have 12 digits
        return value
    bad.append(f"{name} is {shown(value)}, expected an account id of 12 digits")
    return ""


def choice(value: str, name: str, among: Mapping[str, str], bad: list[str]) -> str:
    """One of a few words in any casing, translated; '' stays ''."""
    if not value:
        return ""
    found = among.get(value) or among.get(value.upper())
    if found is None:
        bad.append(f"{name} is {shown(value)}, expected one of {', '.join(dict.fromkeys(among))}")
        return ""
    return found


def as_json(value: object) -> str | None:
    """A value as JSON with sorted keys; None for what JSON cannot say (numbers of 20 digits, nesting of 250 levels)."""
    try:
        return clean(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode())
    except (TypeError, RecursionError):
        return None
