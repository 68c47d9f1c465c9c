"""Parts of versions that are open, each with only some subjects in it: made once, shared, kept for a while."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hubposture.filters import Filter, names
from hubposture.findings.tables import Table
from hubposture.lake.answers import Answers
from hubposture.lake.bench import Rollup
from hubposture.lake.counting import Counting, OwningWithin
from hubposture.lake.engine import Connection
from hubposture.lake.fields import OF_OWNERS
from hubposture.lake.owning import Owning
from hubposture.lake.publish import Head
from hubposture.lake.within import Parts, show_within

MOST = 16
"""Parts that are kept, of all versions together; those that are in use besides."""


@dataclass
class Sight:
    """Some subjects of a version: its schema is there once it `is_shown`."""

    at: Parts
    owning: OwningWithin
    counting: Counting
    users: int = 0
    opening: threading.Lock = field(default_factory=threading.Lock)
    answers: Answers = field(default_factory=Answers)
    is_shown: bool = False


def schema_of(number: int, within: Filter) -> str:
    """The schema of a part."""
    digest = hashlib.blake2b(repr(within).encode("utf-8", "replace"), digest_size=12).hexdigest()
    return f"v{number}_{digest}"


class Sights:
    """The parts of one reader's versions; safe in threads. A part is over its version's schema, which must outlive it."""

    def __init__(self, connection: Connection, *, rollup: Table | None, scored: Rollup | None) -> None:
        self._connection = connection
        self._rollup = rollup
        self._scored = scored
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, Filter], Sight] = OrderedDict()

    @contextmanager
    def opened(self, cursor: Connection, head: Head, within: Filter, whole: tuple[Owning, bool]) -> Iterator[Sight]:
        """A part of a version that is shown, at which the cursor looks then; `whole` are its owners, and whether it is slim."""
        sight = self._enter(head, within, whole)
        try:
            with sight.opening:
                if not sight.is_shown:
                    self._show(cursor, sight, within, whole[0])
            cursor.execute(f"SET schema = '{sight.at.own}'")
            yield sight
        finally:
            self._leave(sight)

    def forget(self, number: int) -> None:
        """Drop the parts of a version that is about to go."""
        with self._lock:
            for key in [key for key in self._kept if key[0] == number]:
                self._drop(self._kept.pop(key))

    def _show(self, cursor: Connection, sight: Sight, within: Filter, owners: Owning) -> None:
        cursor.execute(f"DROP SCHEMA IF EXISTS {sight.at.own} CASCADE")
        if not OF_OWNERS.isdisjoint(names(within)):
            cursor.execute(f"SET schema = '{sight.at.whole}'")
            owners.show(cursor)
        show_within(cursor, within, sight.at)
        sight.is_shown = True

    def _enter(self, head: Head, within: Filter, whole: tuple[Owning, bool]) -> Sight:
        with self._lock:
            key = (head.number, within)
            sight = self._kept.get(key) or self._new(head, within, whole)
            self._kept[key] = sight
            self._kept.move_to_end(key)
            sight.users += 1
            return sight

    def _new(self, head: Head, within: Filter, whole: tuple[Owning, bool]) -> Sight:
        owners, is_slim = whole
        at = Parts(f"v{head.number}", schema_of(head.number, within), is_slim)
        counting = Counting(at, head, rollup=self._rollup, scored=self._scored)
        return Sight(at, OwningWithin(owners, at), counting)

    def _leave(self, sight: Sight) -> None:
        with self._lock:
            sight.users -= 1
            idle = [key for key, one in self._kept.items() if one.users == 0]
            for key in idle[: max(0, len(self._kept) - MOST)]:
                self._drop(self._kept.pop(key))

    def _drop(self, sight: Sight) -> None:
        self._connection.execute(f"DROP SCHEMA IF EXISTS {sight.at.own} CASCADE")
