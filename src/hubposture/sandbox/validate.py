"""Checks of inputs and outputs against a botocore shape, compiled once per shape.

botocore itself checks only required members, types and minimum sizes of what it sends, and nothing of what it gets.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from hubposture.sandbox.limits import LIMITS, Limit

Check = Callable[[Any, str, list[str]], None]
"""Takes a value, the path it sits at and the list that problems are appended to."""

_NUMBERS: Mapping[str, type | tuple[type, ...]] = {
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
}


class Checker:
    """Compiles checks for the shapes of one service's model.

    `extra` adds the limits that exist only in prose. Without `patterns` texts of any form go: a world may name its
    organization and units more readably than AWS would.
    """

    def __init__(self, *, extra: bool, patterns: bool = True) -> None:
        self._patterns = patterns
        self._limits = LIMITS if extra else {}
        self._extra = extra
        self._checks: dict[tuple[str, str], Check] = {}

    def check(self, shape: Any, place: str) -> Check:
        """Compile the check of a shape; `place` is `Operation` for an operation's input, and may have limits."""
        limit = self._limits.get(place, Limit())
        key = (shape.name, place if self._has_limits_below(place) else "")
        if key not in self._checks:
            # A recursive shape meets itself while it is being compiled: it then looks the finished check up when used.
            self._checks[key] = self._finished_later(key)
            self._checks[key] = self._compile(shape, place, limit)
        return self._checks[key]

    def _finished_later(self, key: tuple[str, str]) -> Check:
        def check(value: Any, path: str, problems: list[str]) -> None:
            self._checks[key](value, path, problems)

        return check

    def _has_limits_below(self, place: str) -> bool:
        return any(name == place or name.startswith(place + ".") for name in self._limits)

    def _compile(self, shape: Any, place: str, limit: Limit) -> Check:
        match shape.type_name:
            case "structure":
                return self._structure(shape, place)
            case "list":
                return self._list(shape, place, limit)
            case "map":
                return self._map(shape, place, limit)
            case "string":
                return _string(shape, limit, patterns=self._patterns)
            case kind:
                return _number(shape, kind) if kind in _NUMBERS else _PLAIN.get(kind, _anything)

    def _structure(self, shape: Any, place: str) -> Check:
        members = {name: self.check(member, f"{place}.{name}") for name, member in shape.members.items()}
        required = tuple(shape.required_members)
        union = bool(shape.metadata.get("union"))

        def check(value: Any, path: str, problems: list[str]) -> None:
            if not isinstance(value, dict):
                problems.append(f"{path or 'the request'} should be an object")
                return
            problems.extend(f"{path} should have required property '{name}'" for name in required if name not in value)
            if union and len(value) != 1:
                problems.append(f"{path} should have exactly one of its properties")
            for name, item in value.items():
                if name in members:
                    members[name](item, f"{path}.{name}", problems)
                else:
                    problems.append(f"{path} has no property '{name}' in the service's model")

        return check

    def _list(self, shape: Any, place: str, limit: Limit) -> Check:
        member = self.check(shape.member, place)
        least = shape.metadata.get("min", 0)
        most = limit.most if limit.most is not None else shape.metadata.get("max")

        def check(value: Any, path: str, problems: list[str]) -> None:
            if not isinstance(value, list | tuple):
                problems.append(f"{path} should be a list")
                return
            if len(value) < least or (most is not None and len(value) > most):
                problems.append(f"{path} should have {least} to {most} items, not {len(value)}")
            for item in value:
                member(item, path, problems)

        return check

    def _map(self, shape: Any, place: str, limit: Limit) -> Check:
        keys, values = self.check(shape.key, f"{place}.key"), self.check(shape.value, f"{place}.value")
        most = limit.most if limit.most is not None else shape.metadata.get("max")

        def check(value: Any, path: str, problems: list[str]) -> None:
            if not isinstance(value, dict):
                problems.append(f"{path} should be an object")
                return
            if most is not None and len(value) > most:
                problems.append(f"{path} should have at most {most} entries, not {len(value)}")
            for key, item in value.items():
                keys(key, f"{path} key", problems)
                values(item, f"{path}.{key}", problems)

        return check


def _string(shape: Any, limit: Limit, *, patterns: bool) -> Check:
    enum = frozenset(shape.metadata.get("enum", ()))
    least = shape.metadata.get("min", 0)
    most = limit.most if limit.most is not None else shape.metadata.get("max")
    written = limit.pattern or (shape.metadata.get("pattern", "") if patterns else "")
    # The models write the commercial partition into their patterns; the other partitions' ARNs are as good.
    written = written.replace("arn:aws:", "arn:aws[a-z-]*:")
    pattern = re.compile(written.removesuffix("$") + r"\Z" if written.endswith("$") else written, re.DOTALL)

    def check(value: Any, path: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            problems.append(f"{path} should be string")
        elif enum and value not in enum:
            problems.append(f"{path} should be equal to one of the allowed values {sorted(enum)}, not {value!r}")
        elif len(value) < least or (most is not None and len(value) > most):
            problems.append(f"{path} should have {least} to {most} characters, not {len(value)}")
        elif written and not pattern.search(value):
            problems.append(f"{path} should match pattern {written}, which {value!r} does not")

    return check


def _number(shape: Any, kind: str) -> Check:
    types = _NUMBERS[kind]
    least, most = shape.metadata.get("min"), shape.metadata.get("max")

    def check(value: Any, path: str, problems: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, types):
            problems.append(f"{path} should be {kind}")
        elif (least is not None and value < least) or (most is not None and value > most):
            problems.append(f"{path} should be between {least} and {most}, not {value}")

    return check


def _boolean(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, bool):
        problems.append(f"{path} should be boolean")


def _timestamp(value: Any, path: str, problems: list[str]) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        problems.append(f"{path} should be a time with a zone")


def _anything(value: Any, path: str, problems: list[str]) -> None:
    """Accept what the model does not constrain (blobs, documents)."""


_PLAIN: Mapping[str, Check] = {"boolean": _boolean, "timestamp": _timestamp}
