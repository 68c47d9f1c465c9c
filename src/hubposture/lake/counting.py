"""What of a version with only some subjects in it is made when it is first asked for: its owners, its cube and its scores."""
# ruff: noqa: S608 - statements are put together from names of our own tables

import re
import threading
from collections.abc import Mapping
from typing import Any

from hubposture.findings.tables import Table
from hubposture.lake.bench import Rollup
from hubposture.lake.engine import Connection, arrow_table, naive
from hubposture.lake.owning import Owning
from hubposture.lake.publish import Head
from hubposture.lake.within import Parts, count_within, show_owners_within


class OwningWithin:
    """As `owning.Owning`, over the owners of the whole version; safe in threads."""

    def __init__(self, whole: Owning, at: Parts) -> None:
        self._whole = whole
        self._at = at
        self._lock = threading.Lock()
        self._is_shown = False

    def show(self, connection: Connection) -> None:
        """Make the relations in the schema that the connection looks at, which is the part's, unless they are there."""
        with self._lock:
            if not self._is_shown:
                connection.execute(f"SET schema = '{self._at.whole}'")
                try:
                    self._whole.show(connection)
                finally:
                    connection.execute(f"SET schema = '{self._at.own}'")
                show_owners_within(connection, self._at)
                self._is_shown = True


class Counting:
    """The cube and the rollup of a part, counted when a question first names them; safe in threads.

    `scored` computes the rollup; without it the rollup has no rows. `rollup` is its table.
    """

    def __init__(self, at: Parts, head: Head, *, rollup: Table | None, scored: Rollup | None) -> None:
        self._at = at
        self._head = head
        self._rollup = rollup
        self._scored = scored
        self._lock = threading.Lock()
        self._shown: set[str] = set()

    def show(self, connection: Connection, sql: str) -> None:
        """Make what a statement names, on a connection that looks at the part's schema."""
        for name, make in (("cube", self._count), ("rollup", self._score)):
            if name not in self._shown and re.search(rf"\b{name}\b", sql):
                with self._lock:
                    if name not in self._shown:
                        make(connection)
                        self._shown.add(name)

    def _count(self, connection: Connection) -> None:
        count_within(connection, self._at)

    def _score(self, connection: Connection) -> None:
        if self._rollup is None:
            return
        rows: Any = []
        if self._scored is not None and self._head.manifest.rollup is not None:
            count_within(connection, self._at)
            _, rows = self._scored(_execute_on(connection), naive(self._head.at))
        connection.register("rollup_arriving", arrow_table(self._rollup, rows))
        connection.execute(f"CREATE TABLE {self._at.own}.rollup AS SELECT * FROM rollup_arriving")
        connection.unregister("rollup_arriving")


def _execute_on(connection: Connection) -> Any:
    def execute(sql: str, parameters: Mapping[str, object]) -> list[tuple[Any, ...]]:
        return connection.execute(sql, dict(parameters)).fetchall()

    return execute
