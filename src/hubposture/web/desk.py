"""What the pages are read from: one organization's lake and ledger, open as long as the service runs."""

import datetime as dt
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, TypeVar

from hubposture.access.actions import Action
from hubposture.access.residual import NOTHING
from hubposture.filters import EVERYTHING, Filter, parse
from hubposture.lake.fields import FIELDS
from hubposture.ports.access import Access
from hubposture.ports.lake import Snapshot
from hubposture.verbs.overview import read_overview
from hubposture.views.pages.overview import Overview
from hubposture.views.trend import Week
from hubposture.web.caller import Caller
from hubposture.wiring import Connection, Store, Workplace, access_over, connect, read_access_file

_T = TypeVar("_T")
_MOST, _MOST_TEXTS, _MOST_WEEKS = 32, 64, 4_096


@dataclass
class _Slot:
    """One thing that is kept; whoever comes first makes it, whoever comes meanwhile waits for that."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: list[Any] = field(default_factory=list)


@dataclass
class _Kept:
    """What was computed of versions, which never change; the oldest goes first. Nothing waits for another thing."""

    most: int = _MOST
    slots: OrderedDict[tuple[int, str], _Slot] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, version: int, name: str, make: Callable[[], _T]) -> _T:
        with self.lock:
            slot = self.slots.setdefault((version, name), _Slot())
            self.slots.move_to_end((version, name))
            while len(self.slots) > self.most:
                self.slots.popitem(last=False)
        with slot.lock:
            if not slot.made:
                slot.made.append(make())
            answer: _T = slot.made[0]
            return answer


@dataclass(frozen=True)
class Desk:
    """One organization in reach of the pages; safe in threads.

    `start` tells one run of the service from another: owners are read from the baseline once for each. `texts` are what pages
    say that a version alone decides.
    """

    at: Workplace
    name: str
    store: Store
    kept: _Kept = field(default_factory=_Kept)
    texts: _Kept = field(default_factory=lambda: _Kept(most=_MOST_TEXTS))
    weeks: _Kept = field(default_factory=lambda: _Kept(most=_MOST_WEEKS))
    start: str = field(default_factory=lambda: token_hex(4))
    mark: str = field(default_factory=lambda: token_hex(32))
    _connecting: threading.Lock = field(default_factory=threading.Lock)
    _connected: list[Connection] = field(default_factory=list)

    @property
    def zone(self) -> dt.tzinfo:
        """The organization's, in whose days waivers end."""
        return self.at.settings.zone_info

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The newest version; one for each request. Raises NoSuchVersion where nothing was ever synced."""
        with self.store.reader.snapshot() as found:
            yield found

    @contextmanager
    def visited(self, caller: Caller) -> Iterator[tuple[Caller, Snapshot, Access | None]]:
        """The newest version as somebody may see it, with the rules over it; None where nothing is asked.

        Raises NoSuchVersion, InputErrors for rules with problems, CannotCompile: then nothing is shown.
        """
        with self.snapshot() as whole:
            if not caller.is_asked:
                yield caller, whole, None
                return
            rules = self._rules(whole)
            seen = rules.visible(caller.person, Action.VIEW) if caller.may_use(Action.VIEW) else NOTHING
            if seen == EVERYTHING:
                yield caller, whole, rules
                return
            with self.store.reader.snapshot(number=whole.number, within=seen) as part:
                yield caller, part, rules

    def _rules(self, whole: Snapshot) -> Access:
        """The rules as their file is now, over a version."""
        found = read_access_file(self.at)
        digest = hashlib.sha256(repr(found.rules).encode("utf-8", "replace")).hexdigest()
        return self.kept.get(whole.number, f"rules {digest}", lambda: access_over(self.at, found, whole).rules)

    def parse(self, text: str, snapshot: Snapshot) -> Filter:
        """The filter of a text; ages count back from the version's time. Raises InputErrors."""
        return parse(text, fields=FIELDS, now=snapshot.at.replace(tzinfo=dt.UTC))

    def place(self, snapshot: Snapshot) -> Workplace:
        """The workplace; its time is never before the version's own, which a rehearsal's clock may have moved ahead."""
        now = max(self.at.surroundings.now(), snapshot.at.replace(tzinfo=dt.UTC))
        return replace(self.at, surroundings=replace(self.at.surroundings, now=lambda: now))

    def connection(self) -> Connection:
        """The organization in AWS, with its clients, threads and limits; made when it is first needed. Raises InputError."""
        with self._connecting:
            if not self._connected:
                self._connected.append(connect(self.at, self.name))
            return self._connected[0]

    def today(self, snapshot: Snapshot) -> dt.date:
        """The organization's day by that time."""
        return self.place(snapshot).today

    def overview(self, snapshot: Snapshot) -> Overview:
        """The overview of a version, computed once for everybody who sees the same of it."""
        name = f"overview {snapshot.within!r}"
        return self.kept.get(
            snapshot.number,
            name,
            lambda: read_overview(self.store.reader, snapshot, zone=self.zone, keep=self.keep_week),
        )

    def keep_week(self, name: str, make: Callable[[], Week | None]) -> Week | None:
        """A week of a trend that is over: it stays as it is, so it is computed once for everybody who sees the same of it."""
        return self.weeks.get(0, name, make)
