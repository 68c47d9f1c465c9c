"""The files that a step writes before anything names them."""
# ruff: noqa: S608 - statements are put together from names of our own tables

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from hubposture.errors import RemoteError
from hubposture.findings.tables import FINDINGS, SUBJECTS, Table
from hubposture.lake.engine import Connection, arrow_table, columns_of, quoted
from hubposture.lake.lists_sql import IN_SIGHT, ORDER
from hubposture.lake.manifest import File
from hubposture.lake.storage import Storage, digest_of

_T = TypeVar("_T")

ROWS_OF_A_GROUP = 20_000
_ROWS_OF_A_RANGE = 300_000
_MOST_RANGES = 256
_DIGITS_OF_CONTENT = 16
SUBJECTS_ORDER = f"CASE WHEN {IN_SIGHT} THEN 0 ELSE 1 END, {ORDER}"
"""Order of base files of subjects (as `s`): in sight first, and in the order of lists, so that pages are found early."""


class Output:
    """Writes Parquet files under new names and remembers them, so that they can be taken back."""

    def __init__(self, storage: Storage, new_id: Callable[[], str]) -> None:
        self._storage = storage
        self._new_id = new_id
        self._names: list[str] = []
        self._aside: list[Path] = []

    def write(self, connection: Connection, query: str, prefix: str) -> File | None:
        """The rows of a query as a file, in its order; None, and no file, where there are none."""
        name = f"{prefix}-{self._new_id()}.parquet"
        path = self._storage.scratch(name)
        options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROWS_OF_A_GROUP}"
        try:
            ((rows,),) = connection.execute(f"COPY ({query}) TO {quoted(str(path))} ({options})").fetchall()
            if not rows:
                return None
            file = File(name, rows, path.stat().st_size, digest_of(path))
            self._names.append(name)
            self._storage.put(path, name)
        finally:
            path.unlink(missing_ok=True)
        return file

    def write_rows(
        self,
        connection: Connection,
        table: Table,
        rows: Sequence[tuple[object, ...]],
        *,
        held: File | None,
        prefix: str,
    ) -> File | None:
        """Rows of a small table, in any order; the file that is held already where it says the same."""
        ordered = sorted(rows, key=repr)
        content = hashlib.blake2b(repr(ordered).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS_OF_CONTENT]
        named = f"{prefix}-{content}"
        if held is not None and held.name.startswith(f"{named}-"):
            return held
        source = f"rows_of_{table.name}"
        connection.register(source, arrow_table(table, ordered))
        try:
            return self.write(connection, f"SELECT * FROM {source}", named)
        finally:
            connection.unregister(source)

    def put_aside(self, connection: Connection, query: str) -> Path:
        """The rows of a query in a file that is only needed until `certainly` ends."""
        path = self._storage.scratch(f"aside-{self._new_id()}.parquet")
        self._aside.append(path)
        connection.execute(f"COPY ({query}) TO {quoted(str(path))} (FORMAT parquet, COMPRESSION snappy)")
        return path

    def certainly(self, work: Callable[[], _T]) -> _T:
        """Run what writes here before anything is published: where it fails, nothing of it is left."""
        try:
            return work()
        except BaseException:
            with suppress(RemoteError):  # what failed is said; what is left is collected later
                self.take_back()
            raise
        finally:
            for path in self._aside:
                path.unlink(missing_ok=True)
            self._aside.clear()

    def take_back(self) -> None:
        """Delete what was written: nothing names it, for it was certainly not published."""
        self._storage.delete(self._names)
        self._names.clear()


def write_findings_base(output: Output, connection: Connection, relation: str, *, rows: int) -> tuple[File, ...]:
    """All rows of a relation shaped as `findings`, sorted by subject; about `rows` of them.

    One file per range of subjects, so that little is sorted at once.
    """
    columns = columns_of(FINDINGS)
    found = (
        output.write(
            connection,
            f"SELECT {columns} FROM {relation} WHERE {condition} ORDER BY subject, finding",
            "findings/base",
        )
        for condition in ranges(rows)
    )
    return tuple(file for file in found if file is not None)


def write_subjects_base(output: Output, connection: Connection, relation: str) -> tuple[File, ...]:
    """All rows of a relation shaped as `subjects`, in the order of lists."""
    columns = columns_of(SUBJECTS, of="s")
    file = output.write(connection, f"SELECT {columns} FROM {relation} s ORDER BY {SUBJECTS_ORDER}", "subjects/base")
    return () if file is None else (file,)


def ranges(rows: int) -> list[str]:
    """Conditions that cut `subject` into ranges of about even size, in order; subjects are digests, spread evenly."""
    count = 1
    while count < _MOST_RANGES and rows > count * _ROWS_OF_A_RANGE:
        count *= 2
    step = _MOST_RANGES // count
    starts = ["TRUE", *(f"subject >= '{first:02x}'" for first in range(step, _MOST_RANGES, step))]
    ends = [*(f"subject < '{last:02x}'" for last in range(step, _MOST_RANGES, step)), "TRUE"]
    return [f"({start} AND {end})" for start, end in zip(starts, ends, strict=True)]
