"""A filter as the text that says it."""

import datetime as dt
import re

from hubposture.filters.fields import FREE_TEXT
from hubposture.filters.simplify import simplify
from hubposture.filters.tree import All, AnyOf, Comparison, Filter, Not, Operator

_PLAIN_VALUE = re.compile(r"[A-Za-z0-9/*?_.][A-Za-z0-9/*?_.:@+-]*")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9/_.:@+-]+")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9/*?_.:@+-]*")
_KEYWORDS = ("AND", "OR", "NOT")


def to_text(wanted: Filter) -> str:
    """Text that `parse` reads as `simplify(wanted)`; ages are moments by now. Empty for everything."""
    simple = simplify(wanted)
    return "" if simple == All(()) else _text(simple)


def _text(wanted: Filter) -> str:
    match wanted:
        case Comparison():
            return _comparison(wanted)
        case Not(inner):
            return f"NOT {_grouped(inner)}"
        case All(()):
            return "()"
        case All(parts):
            return " ".join(f"({_text(part)})" if isinstance(part, AnyOf) else _text(part) for part in parts)
        case AnyOf(parts):
            return " OR ".join(_text(part) for part in parts)


def _grouped(inner: Filter) -> str:
    is_group = isinstance(inner, All | AnyOf) and inner != All(())
    return f"({_text(inner)})" if is_group else _text(inner)


def _comparison(found: Comparison) -> str:
    if found.name == FREE_TEXT and found.operator is Operator.CONTAINS and len(found.values) == 1:
        return _word(str(found.values[0]))
    key = f":{_quoted(found.key, _PLAIN_KEY)}" if found.key else ""
    return f"{found.name}{key}{found.operator}{','.join(_value(value) for value in found.values)}"


def _word(text: str) -> str:
    return f'"{text}"' if text.upper() in _KEYWORDS else _quoted(text, _PLAIN_WORD)


def _value(value: str | int | dt.datetime) -> str:
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat() + "Z"
    return _quoted(str(value), _PLAIN_VALUE)


def _quoted(text: str, plain: re.Pattern[str]) -> str:
    if plain.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
