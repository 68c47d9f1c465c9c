"""Faults on demand: what goes wrong, how often, decided by a seed and the count of like calls, not by threads or time."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

Key = tuple[str, str, str, str]
"""A call as faults count it: service, operation, account, Region."""


class Fault(StrEnum):
    """What can happen to a call."""

    NONE = "none"
    THROTTLED = "throttled"
    SERVER_ERROR = "server_error"
    TIMEOUT = "timeout"
    RESET = "reset"
    LOST_ANSWER = "lost_answer"


class Telling(StrEnum):
    """How the answer to a BatchUpdateFindings tells of a finding that was updated."""

    ONCE = "once"
    NOT = "not"
    TWICE = "twice"


@dataclass(slots=True, kw_only=True)
class Faults:
    """The shares of calls that go wrong, and the accounts and Regions where things are broken.

    `throttled` ... `lost_answer` are shares from 0 to 1 of all calls to `services` (and to `operations`, if any are
    named). A timeout or reset comes before the work, a lost answer after it. `partial` is the share of the items of a
    batch that come back unprocessed. Of BatchUpdateFindings alone: `unprocessed` are shares of its findings that come
    back with a code, by code; `unnamed` and `named_twice` shares of those updated that its answer forgets, or names as
    processed and as unprocessed; `poison` ids of findings that make the whole call invalid. `roles_missing` holds (account, role). `unlinked` Regions drop out of the
    aggregator's links. `policy_failures` are accounts whose policy associations fail. `script` maps the number of a
    call (1 is the first after `reset_count`) to a fault, whatever the shares say.
    """

    seed: int = 0
    throttled: float = 0.0
    server_error: float = 0.0
    timeout: float = 0.0
    reset: float = 0.0
    lost_answer: float = 0.0
    partial: float = 0.0
    unprocessed: dict[str, float] = field(default_factory=dict)
    unnamed: float = 0.0
    named_twice: float = 0.0
    poison: set[str] = field(default_factory=set)
    services: set[str] = field(default_factory=lambda: {"securityhub"})
    operations: set[str] = field(default_factory=set)
    roles_missing: set[tuple[str, str]] = field(default_factory=set)
    suspended: set[str] = field(default_factory=set)
    hub_off: set[tuple[str, str]] = field(default_factory=set)
    unlinked: set[str] = field(default_factory=set)
    policy_failures: set[str] = field(default_factory=set)
    script: dict[int, Fault] = field(default_factory=dict)
    _counts: Counter[tuple[str, ...]] = field(default_factory=Counter)
    _number: int = 0

    def strike(self, key: Key) -> Fault:
        """Decide what happens to the next call of this key."""
        service, operation, *_ = key
        if service not in self.services or (self.operations and operation not in self.operations):
            return Fault.NONE
        self._number += 1
        if self._number in self.script:
            return self.script[self._number]
        drawn = self._draw(("call", *key))
        for fault in (Fault.THROTTLED, Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.RESET, Fault.LOST_ANSWER):
            drawn -= float(getattr(self, fault.value))
            if drawn < 0:
                return fault
        return Fault.NONE

    def dropped(self, key: Key, count: int) -> frozenset[int]:
        """Decide which of a batch's items come back unprocessed, by position."""
        if not self.partial:
            return frozenset()
        return frozenset(at for at in range(count) if self._draw(("item", *key)) < self.partial)

    def codes(self, key: Key, count: int) -> list[str]:
        """Decide which findings of a BatchUpdateFindings come back with which code, by position; '' is done."""
        dropped = self.dropped(key, count)
        return ["InternalFailure" if at in dropped else self._code(key) for at in range(count)]

    def _code(self, key: Key) -> str:
        drawn = self._draw(("code", *key)) if self.unprocessed else 1.0
        for code, share in self.unprocessed.items():
            drawn -= share
            if drawn < 0:
                return code
        return ""

    def tellings(self, key: Key, count: int) -> list[Telling]:
        """Decide how the answer to a BatchUpdateFindings tells of the findings it updated, by position."""
        if not (self.unnamed or self.named_twice):
            return [Telling.ONCE] * count
        drawn = [self._draw(("telling", *key)) for _ in range(count)]
        marks = (self.unnamed, self.unnamed + self.named_twice)
        return [Telling.NOT if one < marks[0] else Telling.TWICE if one < marks[1] else Telling.ONCE for one in drawn]

    def reset_count(self) -> None:
        """Start counting calls anew, for `script` and for the shares."""
        self._counts.clear()
        self._number = 0

    def _draw(self, key: tuple[str, ...]) -> float:
        self._counts[key] += 1
        text = f"{self.seed}|{'|'.join(key)}|{self._counts[key]}"
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48

    def as_mapping(self) -> dict[str, Any]:
        """Write the settings as plain JSON."""
        plain = {name: value for name, value in asdict(self).items() if not name.startswith("_")}
        return {name: _plain(value) for name, value in plain.items()}

    def update(self, settings: Mapping[str, Any]) -> None:
        """Change the settings named; an unknown name is a ValueError that lists the known ones."""
        known = {one.name for one in fields(self) if not one.name.startswith("_")}
        if unknown := sorted(set(settings) - known):
            raise ValueError(f"no fault is called {', '.join(unknown)}; there are {', '.join(sorted(known))}")
        for name, value in settings.items():
            setattr(self, name, _typed(name, value))


def _plain(value: Any) -> Any:
    if isinstance(value, set):
        return sorted(list(one) if isinstance(one, tuple) else one for one in value)
    return (
        {str(key): str(one) if isinstance(one, str) else one for key, one in value.items()}
        if isinstance(value, dict)
        else value
    )


def _typed(name: str, value: Any) -> Any:
    if name in {"roles_missing", "hub_off"}:
        return {(str(one[0]), str(one[1])) for one in value}
    if name in {"services", "operations", "suspended", "unlinked", "policy_failures", "poison"}:
        return {str(one) for one in value}
    if name == "script":
        return {int(number): Fault(fault) for number, fault in value.items()}
    if name == "unprocessed":
        return {str(code): _share(name, share) for code, share in value.items()}
    if name == "seed":
        return int(value)
    return _share(name, value)


def _share(name: str, value: Any) -> float:
    if not 0 <= float(value) <= 1:
        raise ValueError(f"{name} is a share from 0 to 1, not {value}")
    return float(value)
