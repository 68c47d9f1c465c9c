"""Snapshots of one organization's lake, kept open for a while, since most readers want the same version."""

import datetime as dt
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from hubposture.findings.tables import SUBJECTS, Table
from hubposture.lake.between import ask, show_both
from hubposture.lake.engine import Means, Opened, connect, judged, naive
from hubposture.lake.past import is_slim, show_slim
from hubposture.lake.publish import Head, Place, head_of
from hubposture.lake.snapshot import Shot
from hubposture.ports.lake import Execute, NoSuchVersion, Snapshot
from hubposture.ports.versions import VersionRow

_KEPT = 3


@dataclass
class _Entry:
    """One version in the database: its schema is there once `ready` is set, and goes when nobody uses it."""

    head: Head
    users: int = 0
    opening: threading.Lock = field(default_factory=threading.Lock)
    is_ready: bool = False


class Reader:
    """Implements `ports.lake.LakeReader`: one database per process, one schema in it per open version.

    Safe in threads: every snapshot has a cursor of its own. `full_days` as for the writer. `rollup` is the rollup's
    table, whose relation is there too then.
    """

    def __init__(self, place: Place, means: Means, *, rollup: Table | None, full_days: int) -> None:
        self._place = place
        self._rollup = rollup
        self._full_days = full_days
        self._connection = connect(means)
        self._lock = threading.Lock()
        self._entries: dict[int, _Entry] = {}

    def close(self) -> None:
        """Free the memory; open no snapshot afterwards."""
        self._connection.close()

    @contextmanager
    def snapshot(self, *, number: int | None = None, day: dt.date | None = None) -> Iterator[Snapshot]:
        """See `ports.lake`."""
        head = head_of(self._row(number, day))
        entry = self._enter(head)
        try:
            with entry.opening:
                if not entry.is_ready:
                    self._open(head)
                    entry.is_ready = True
            cursor = self._connection.cursor()
            try:
                cursor.execute(f"SET schema = '{_schema(head.number)}'")
                yield Shot(cursor, self._place.storage, head, is_slim=self._is_slim(head))
            finally:
                cursor.close()
        finally:
            self._leave(entry)

    @contextmanager
    def between(self, first: Snapshot, last: Snapshot) -> Iterator[Execute]:
        """See `ports.lake`. Both snapshots must be open, and of this reader."""
        schema = f"m{first.number}_{last.number}_{threading.get_ident()}"
        with self._connection.cursor() as cursor:
            show_both(cursor, first=_schema(first.number), last=_schema(last.number), schema=schema)
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

    def _enter(self, head: Head) -> _Entry:
        with self._lock:
            entry = self._entries.pop(head.number, None) or _Entry(head)
            self._entries[head.number] = entry  # the last one is the one used last
            entry.users += 1
            return entry

    def _leave(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            surplus = len(self._entries) - _KEPT
            idle = [number for number, one in self._entries.items() if one.users == 0]
            for number in idle[: max(surplus, 0)]:
                del self._entries[number]
                self._connection.cursor().execute(f"DROP SCHEMA IF EXISTS {_schema(number)} CASCADE")

    def _open(self, head: Head) -> None:
        """Make a version's schema. Raises LakeDamaged."""
        schema, storage = _schema(head.number), self._place.storage
        with self._connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
            cursor.execute(f"CREATE SCHEMA {schema}")
            opened = Opened(cursor, storage, folded=(SUBJECTS,), rollup=self._rollup, schema=schema)
            if self._is_slim(head):
                with judged(storage, head.manifest, number=head.number):
                    show_slim(opened, head, newest=self._place.head(), schema=schema)
            else:
                opened.show(head.manifest, number=head.number)

    def _is_slim(self, head: Head) -> bool:
        return is_slim(self._place.storage, head, now=self._place.now(), full_days=self._full_days)


def _schema(number: int) -> str:
    return f"v{number}"
