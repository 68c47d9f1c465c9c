"""Bulk load: files become parts by all cores, and the parts are folded in as one batch."""
# ruff: noqa: S608 - statements are put together from names of our own tables and quoted paths

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from hubposture.findings.finding import Rejected
from hubposture.findings.tables import FINDINGS, TAGS, Table
from hubposture.lake.engine import Connection, parquet
from hubposture.lake.folding import Register
from hubposture.lake.parts import Parts, read_parts
from hubposture.lake.publish import Place
from hubposture.ports.hub import Progress

_MOST_REJECTS = 10_000


@dataclass(frozen=True, slots=True)
class Held:
    """What files hold: how to bring it onto a connection, rows, those of them of controls, and rejected records.

    `rejects` are the first 10,000 of them.
    """

    register: Register
    rows: int
    control: int
    rejects: tuple[Rejected, ...]
    rejected: int


@contextmanager
def loaded(
    place: Place, files: Sequence[Path], *, observed_at: dt.datetime, workers: int, progress: Progress | None
) -> Iterator[Held]:
    """Files read into parts, which are gone at the end. Raises PartsNotWritten."""
    directory = place.storage.scratch(f"parts-{place.new_id()}")
    try:
        parts = read_parts(files, observed_at=observed_at, directory=directory, workers=workers, progress=progress)
        yield Held(_registering(parts), parts.rows, _control(parts), tuple(_rejects(parts)), parts.rejected)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def _registering(parts: Parts) -> Register:
    def register(connection: Connection) -> None:
        for name, table, paths in (("arrived", FINDINGS, parts.findings), ("arrived_tags", TAGS, parts.tags)):
            connection.execute(f"CREATE TEMP VIEW {name} AS {_query(table, paths)}")

    return register


def _query(table: Table, paths: Sequence[Path]) -> str:
    """The columns that a step reads of parts: all but `misses`."""
    columns = ", ".join(f'"{name}"' for name in table.names if name != "misses")
    return f"SELECT {columns} FROM ({parquet(paths, table)})"


def _control(parts: Parts) -> int:
    """How many rows are of controls."""
    kinds = (pq.read_table(path, columns=["kind"])["kind"] for path in parts.findings)
    return sum(pc.sum(pc.equal(kind, "control")).as_py() or 0 for kind in kinds)


def _rejects(parts: Parts) -> Iterator[Rejected]:
    left = _MOST_REJECTS
    for path in parts.rejects:
        for row in pq.read_table(path).slice(0, left).to_pylist():
            left -= 1
            yield Rejected(row["where"], row["why"], row["excerpt"])
        if left <= 0:
            return
