"""Where the writer computes the next version: the head's relations, kept warm, and the relations of a step over them.

Relations of the head are in the main schema. A step works in the connection's temporary schema, whose names come first:
a `cube` there is the next version's cube to whoever asks for `cube`. After a step everything temporary is dropped.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from hubposture.findings.tables import FINDINGS, SUBJECTS, Table
from hubposture.lake.engine import Connection, Means, Opened, connect, judged, naive
from hubposture.lake.manifest import File
from hubposture.lake.output import Output
from hubposture.lake.publish import Head
from hubposture.lake.storage import Storage
from hubposture.ports.lake import Execute

Rollup = Callable[[Execute, dt.datetime], tuple[Table, Sequence[tuple[Any, ...]]]]
"""Computes the rollup from the tables of a version (`execute`) as of a moment (naive UTC): its table and rows."""


class Bench:
    """A database that shows the head and is brought forward with it; one step at a time."""

    def __init__(self, storage: Storage, means: Means, *, rollup: Rollup | None) -> None:
        self._storage = storage
        self._means = means
        self._rollup = rollup
        self._opened: Opened | None = None

    @contextmanager
    def at(self, head: Head) -> Iterator[Connection]:
        """The head's relations; what a step makes in the temporary schema is dropped at the end.

        Raises LakeDamaged.
        """
        opened = self._opened or Opened(connect(self._means), self._storage, folded=(FINDINGS, SUBJECTS))
        self._opened = opened
        try:
            opened.show(head.manifest, number=head.number)
            with judged(self._storage, head.manifest, number=head.number):
                yield opened.connection
            clear(opened.connection)
        except BaseException:
            self.close()  # whatever state it is in, the next step begins afresh
            raise

    def close(self) -> None:
        """Free the memory."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.connection.close()

    def rolled_up(self, connection: Connection, output: Output, held: File | None, at: dt.datetime) -> File | None:
        """The rollup's file over the relations as they are now."""
        if self._rollup is None:
            return held
        table, rows = self._rollup(execute_on(connection), naive(at))
        return output.write_rows(connection, table, rows, held=held, prefix="rollup/rollup")


def execute_on(connection: Connection) -> Execute:
    """`Execute` on a connection."""

    def execute(sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return connection.execute(sql, parameters).fetchall()

    return execute


def clear(connection: Connection) -> None:
    """Drop every temporary table and view."""
    query = "SELECT table_name, table_type FROM information_schema.tables WHERE table_catalog = 'temp'"
    for name, kind in connection.execute(query).fetchall():
        connection.execute(f'DROP {"VIEW" if kind == "VIEW" else "TABLE"} IF EXISTS temp."{name}"')
