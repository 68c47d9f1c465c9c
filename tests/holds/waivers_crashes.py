"""Deaths in the middle of enforcing: before and after every write to the ledger and every BatchUpdateFindings."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from holds import findings_world
from holds.waivers_world import WaiversWorld
from hubposture.ledger.ledger import SqlLedger
from hubposture.sandbox import wire

WRITES = (
    "open_run", "intend", "put_marks", "sent", "record", "drop_marks", "seen_marks", "admit", "put_decided", "notify",
    "resolved_since", "put_suppressors", "publish", "close_run",
)  # fmt: skip
"""What enforcing writes to the ledger."""
_LEASES = ("take_lease", "renew_lease", "release_lease")
SEND = "BatchUpdateFindings"


class Manner(StrEnum):
    """How it ends: by a defect, by Ctrl-C (both clean up), or killed, after which nothing more is written."""

    DEFECT = "defect"
    INTERRUPT = "interrupt"
    KILL = "kill"


class Killed(BaseException):
    """The process is no more."""


class Broken(RuntimeError):
    """A defect."""


@dataclass
class Death:
    """What is to come at the n-th moment; `where` it came, '' while it has not."""

    moment: int
    manner: Manner
    where: str = ""
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def pass_(self, where: str, *, over_the_wire: bool = False) -> None:
        """Live through one more moment."""
        with self._lock:
            if self.where:
                self.stay_dead()
                return
            self._count += 1
            if self._count < self.moment:
                return
            self.where = where
        if self.manner is Manner.KILL:
            raise Killed(where)
        if self.manner is Manner.INTERRUPT or over_the_wire:
            raise KeyboardInterrupt
        raise Broken(where)

    def stay_dead(self) -> None:
        """Whoever was killed writes nothing more."""
        if self.where and self.manner is Manner.KILL:
            raise Killed(f"after {self.where}")


@contextmanager
def dying(there: WaiversWorld, patch: pytest.MonkeyPatch, moment: int, manner: Manner) -> Iterator[Death]:
    """Whatever is done meanwhile dies at the n-th moment; what died is caught."""
    death = Death(moment, manner)
    with patch.context() as patched:
        for name in WRITES:
            patched.setattr(SqlLedger, name, _watched(name, getattr(SqlLedger, name), death))
        for name in _LEASES:
            patched.setattr(SqlLedger, name, _gone(getattr(SqlLedger, name), death))
        patched.setattr(there.box, "handle", _handling(there, death))
        try:
            yield death
        except (Killed, Broken, KeyboardInterrupt):
            assert death.where, "nobody killed it"


def _watched(name: str, original: Callable[..., Any], death: Death) -> Callable[..., Any]:
    def write(*given: Any, **named: Any) -> Any:
        death.pass_(f"before {name}")
        answer = original(*given, **named)
        death.pass_(f"after {name}")
        return answer

    return write


def _gone(original: Callable[..., Any], death: Death) -> Callable[..., Any]:
    def write(*given: Any, **named: Any) -> Any:
        death.stay_dead()
        return original(*given, **named)

    return write


def _handling(there: WaiversWorld, death: Death) -> Callable[[wire.Request], wire.Reply]:
    handle = there.box.handle

    def handled(request: wire.Request) -> wire.Reply:
        if findings_world._operation(request) != SEND:
            return handle(request)
        death.pass_("before it is sent", over_the_wire=True)
        reply = handle(request)
        death.pass_("after it was sent, before the answer", over_the_wire=True)
        return reply

    return handled
