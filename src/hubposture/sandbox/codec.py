"""Dataclasses to plain JSON and back, by their type hints; for keeping the sandbox's state between runs."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_TIME, _TUPLE = "$time", "$tuple"


def encode(value: Any) -> Any:
    """Write a value as plain JSON. Times and tuples are marked, so that a place typed Any gets them back as they were."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: encode(getattr(value, one.name)) for one in fields(value)}
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return value


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (datetime, lambda value: {_TIME: value.isoformat()}),
    (timedelta, lambda value: value.total_seconds()),
    (Enum, lambda value: value.value),
    (Mapping, lambda value: {str(key): encode(one) for key, one in value.items()}),
    ((set, frozenset), lambda value: sorted(encode(one) for one in value)),
    (tuple, lambda value: {_TUPLE: [encode(one) for one in value]}),
    (list, lambda value: [encode(one) for one in value]),
)


def decode(hint: Any, value: Any) -> Any:
    """Read a value of the hinted type from what `encode` wrote."""
    if value is None or hint is Any:
        return _untyped(value)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{name: decode(hints[name], one) for name, one in value.items() if name in hints})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if hint is timedelta:
        return timedelta(seconds=value)
    return _decode_generic(get_origin(hint), get_args(hint), value)


def _decode_generic(origin: Any, args: tuple[Any, ...], value: Any) -> Any:
    if origin in {Union, types.UnionType}:
        kinds = [one for one in args if one is not type(None)]
        return decode(kinds[0], value) if len(kinds) == 1 else _untyped(value)
    if origin is tuple:
        return tuple(decode(args[0], one) for one in value[_TUPLE])
    if origin in {list, set, frozenset}:
        return origin(decode(args[0], one) for one in value)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return {key: decode(args[1], one) for key, one in value.items()}
    return _untyped(value)


def _untyped(value: Any) -> Any:
    if isinstance(value, list):
        return [_untyped(one) for one in value]
    if not isinstance(value, dict):
        return value
    if _TIME in value:
        return datetime.fromisoformat(value[_TIME])
    if _TUPLE in value:
        return tuple(_untyped(one) for one in value[_TUPLE])
    return {key: _untyped(one) for key, one in value.items()}


@cache
def _hints(kind: type) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(typing.cast("Any", kind)) if one.init}
