"""The ledger's part of the lake: versions, the head, cursors, pins, the outbox, the budget of calls."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from hubposture.errors import Refusal
from hubposture.ports.ledger import Entry, Lease


class HeadMoved(Refusal):
    """Somebody else published first; nothing was written. Read the new head and rebase."""


class LeaseLost(Refusal):
    """The lease under which something was to be published belongs to somebody else now; nothing was written."""


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a lake: its number (1, 2, 3, ...), the one before, its time, and its manifest as JSON.

    `at` never goes back from one version to the next, also when the clock does.
    """

    lake: str
    number: int
    parent: int
    at: dt.datetime
    manifest: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Pin:
    """Something that needs a version: retention leaves it alone until `until` (None: until unpinned)."""

    lake: str
    number: int
    name: str
    why: str
    until: dt.datetime | None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """Something to be done after publication, exactly by its key: `topic`, `key`, and what is needed to do it."""

    topic: str
    key: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Publication:
    """What one transaction writes besides the manifest. `cursors` replace those of the same source."""

    cursors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    outbox: Sequence[OutboxRow] = ()
    audit: Sequence[Entry] = ()


class Versions(Protocol):
    """Every method is one transaction."""

    def head_version(self, lake: str) -> VersionRow | None:
        """The newest version, or None where nothing was ever published."""

    def version(self, lake: str, number: int) -> VersionRow | None:
        """One version, or None if it was retired or never was."""

    def version_at(self, lake: str, at: dt.datetime) -> VersionRow | None:
        """The newest version at or before a moment, or None."""

    def versions(self, lake: str, *, limit: int | None = None) -> tuple[VersionRow, ...]:
        """Versions, newest first."""

    def publish(
        self, lake: str, *, parent: int, manifest: Mapping[str, Any], also: Publication, lease: Lease | None
    ) -> VersionRow:
        """Add version parent + 1, move the head from `parent` to it, and write `also`: all or nothing.

        `parent` is 0 for the first one. `lease` must still be ours (name, token, holder). The time given to the version
        is the ledger's clock, or the parent's time if that is later. Raises HeadMoved, LeaseLost.
        """

    def advance(self, lake: str, *, also: Publication, lease: Lease | None) -> None:
        """Write `also` without a new version, for where nothing was news; all or nothing. Raises LeaseLost."""

    def retire(self, lake: str, numbers: Sequence[int]) -> int:
        """Forget versions that are not the head and not pinned; gives how many."""

    def cursor(self, lake: str, source: str) -> Mapping[str, Any]:
        """A source's cursor; empty where there is none."""

    def pin(self, lake: str, number: int, *, name: str, why: str, until: dt.datetime | None = None) -> Pin:
        """Pin a version under a name; the same name again moves the pin. Raises Refusal for an unknown version."""

    def unpin(self, lake: str, name: str) -> bool:
        """Remove a pin; False if there was none."""

    def pins(self, lake: str) -> tuple[Pin, ...]:
        """Pins that still hold, by name."""

    def outbox(self, *, topic: str | None = None, limit: int = 100) -> tuple[OutboxRow, ...]:
        """What is waiting, oldest first."""

    def settle_outbox(self, topic: str, keys: Sequence[str]) -> int:
        """Take entries out after they were done; gives how many."""

    def take_calls(self, name: str, *, priority: int, most: int, per_second: float, burst: float) -> tuple[int, float]:
        """Take up to `most` calls of a shared budget: (how many now, seconds to wait before asking again if 0).

        A token bucket in the ledger, shared by all processes. A lower priority gets nothing while a higher one (a
        smaller number) asked within the last 10 s and was not served in full. No more than `burst` is ever given at
        once, so asking for more counts as asking for `burst`; a clock that jumps makes nobody wait longer than 10 s
        more. Raises ValueError for a rate that is not positive or a burst below 1.
        """
