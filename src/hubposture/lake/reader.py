"""Snapshots of one organization's lake, kept open for a while, since most readers want the same version."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial

from hubposture.filters.tree import EVERYTHING, Filter
from hubposture.findings.tables import SUBJECTS, Table
from hubposture.lake.answers import Answers
from hubposture.lake.bench import Rollup
from hubposture.lake.between import ask, show_both
from hubposture.lake.engine import Connection, Means, Opened, connect, naive
from hubposture.lake.owning import Owning
from hubposture.lake.past import is_slim, show_slim, slimmed
from hubposture.lake.publish import Head, Place, head_of
from hubposture.lake.sights import Sights, schema_of
from hubposture.lake.snapshot import Shot
from hubposture.owners.chain import Chain
from hubposture.ports.lake import Execute, NoSuchVersion, Snapshot
from hubposture.ports.versions import VersionRow

_KEPT = 3


@dataclass
class _Entry:
    """One version in the database: its schema is there once `shown` says what is in it, and goes when nobody uses it."""

    users: int = 0
    opening: threading.Lock = field(default_factory=threading.Lock)
    shown: Head | None = None
    is_slim: bool = False
    answers: Answers = field(default_factory=Answers)
    owning: Owning = field(default_factory=lambda: Owning(Chain()))


class Reader:
    """Implements `ports.lake.LakeReader`: one database per process, one schema in it per open version.

    Safe in threads: every snapshot has a cursor of its own. `full_days` as for the writer. `rollup` is the rollup's
    table, whose relation is there too then; `scored` computes it for parts of a version. `chain` says whose what is; it is
    asked once for a version.
    """

    def __init__(
        self,
        place: Place,
        means: Means,
        *,
        rollup: Table | None,
        full_days: int,
        scored: Rollup | None = None,
        chain: Callable[[], Chain] = Chain,
    ) -> None:
        self._chain = chain
        self._place = place
        self._rollup = rollup
        self._full_days = full_days
        self._connection = connect(means)
        self._sights = Sights(self._connection, rollup=rollup, scored=scored)
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}

    def close(self) -> None:
        """Free the memory; open no snapshot afterwards."""
        self._connection.close()

    @contextmanager
    def snapshot(
        self, *, number: int | None = None, day: dt.date | None = None, within: Filter = EVERYTHING
    ) -> Iterator[Snapshot]:
        """See `ports.lake`."""
        head = head_of(self._row(number, day))
        entry = self._enter(head.number)
        try:
            with entry.opening:
                shown = self._shown(entry, head)
            with closing(self._cursor()) as cursor:
                if within == EVERYTHING:
                    cursor.execute(f"SET schema = '{_schema(head.number)}'")
                    yield Shot(
                        cursor,
                        self._place.storage,
                        shown,
                        is_slim=entry.is_slim,
                        answers=entry.answers,
                        owning=entry.owning,
                    )
                    return
                whole = (entry.owning, entry.is_slim)
                with self._sights.opened(cursor, shown, within, whole) as sight:
                    yield Shot(
                        cursor,
                        self._place.storage,
                        shown,
                        is_slim=entry.is_slim,
                        answers=sight.answers,
                        owning=sight.owning,
                        within=within,
                        counting=sight.counting,
                    )
        finally:
            self._leave(entry)

    @contextmanager
    def between(self, first: Snapshot, last: Snapshot) -> Iterator[Execute]:
        """See `ports.lake`. Both snapshots must be open, and of this reader."""
        schema = f"m{first.number}_{last.number}_{threading.get_ident()}"
        begin, end = _schema(first.number, first.within), _schema(last.number, last.within)
        with closing(self._cursor()) as cursor:
            show_both(cursor, first=begin, last=end, schema=schema)
            try:
                yield partial(ask, cursor)
            finally:
                cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")

    def days(self) -> Sequence[dt.date]:
        """See `ports.lake`."""
        return sorted({naive(row.at).date() for row in self._place.books.versions(self._place.lake)})

    def _row(self, number: int | None, day: dt.date | None) -> VersionRow:
        place = self._place
        if number is not None:
            row, what = place.books.version(place.lake, number), f"version {number}"
        elif day is not None:
            end = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC) - dt.timedelta(microseconds=1)
            row, what = place.books.version_at(place.lake, end), f"{day.isoformat()} and nothing before it"
        else:
            row, what = place.books.head_version(place.lake), "anything yet (`hubposture sync` fills it)"
        if row is None:
            raise NoSuchVersion(f"lake {place.lake} ({place.storage.shown}) does not hold {what}")
        return row

    def _enter(self, number: int) -> _Entry:
        with self._lock:
            entry = self._entries.pop(number, None) or _Entry()
            self._entries[number] = entry  # the last one is the one used last
            entry.users += 1
            return entry

    def _leave(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            surplus = len(self._entries) - _KEPT
            idle = [number for number, one in self._entries.items() if one.users == 0]
            for number in idle[: max(surplus, 0)]:
                del self._entries[number]
                self._sights.forget(number)
                self._connection.execute(f"DROP SCHEMA IF EXISTS {_schema(number)} CASCADE")

    def _cursor(self) -> Connection:
        with self._lock:
            return self._connection.cursor()

    def _shown(self, entry: _Entry, head: Head) -> Head:
        """What is shown of a version, made now if need be. Raises LakeDamaged."""
        place = self._place
        slim = is_slim(place.storage, head, now=place.now(), full_days=self._full_days)
        if entry.shown is not None and entry.is_slim == slim:
            return entry.shown
        entry.shown, entry.is_slim, entry.answers, entry.owning = None, slim, Answers(), Owning(self._chain())
        schema, shown = _schema(head.number), slimmed(head, place.head()) if slim else head
        self._sights.forget(head.number)
        with closing(self._cursor()) as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            cursor.execute(f"CREATE SCHEMA {schema}")
            opened = Opened(cursor, place.storage, folded=(SUBJECTS,), rollup=self._rollup, schema=schema)
            if slim:
                show_slim(opened, shown, schema=schema)
            else:
                opened.show(head.manifest, number=head.number)
        entry.shown = shown
        return shown


def _schema(number: int, within: Filter = EVERYTHING) -> str:
    return f"v{number}" if within == EVERYTHING else schema_of(number, within)
