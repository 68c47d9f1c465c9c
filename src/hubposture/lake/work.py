"""What the steps that make a version have in common: what they work with, dimension files, cube and rollup, the draft."""
# ruff: noqa: S608 - statements are put together from names of our own tables; values are in tables

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from hubposture.findings.fold import FoldCounts
from hubposture.findings.tables import CUBE, DIMENSIONS, Table
from hubposture.lake.bench import Bench
from hubposture.lake.cube import changed_cube
from hubposture.lake.engine import Connection, arrow_table, columns_of
from hubposture.lake.manifest import File, Manifest
from hubposture.lake.output import Output
from hubposture.lake.publish import Draft, Head
from hubposture.ports.lake import Folded

Now = Callable[[], dt.datetime]

NOTHING = FoldCounts(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Work:
    """What a step works with: the bench and its connection, where files go, the version's number and time."""

    bench: Bench
    connection: Connection
    output: Output
    number: int
    at: dt.datetime

    def write(self, table: Table, relation: str, prefix: str) -> File | None:
        """A relation's rows as a file; None where there are none."""
        query = f"SELECT {columns_of(table)} FROM {relation} ORDER BY ALL"
        return self.output.write(self.connection, query, prefix)


def next_time(head: Head, now: Now) -> dt.datetime:
    """The time of the next version: never before the one of the head."""
    return max(head.at, now())


def draft(head: Head, manifest: Manifest, counts: FoldCounts, *, rejected: int, why: str) -> Draft:
    """The next version, or that nothing is news where the manifest is the head's."""
    is_news = manifest != head.manifest
    folded = Folded(
        head.number + 1 if is_news else head.number,
        new=counts.new,
        changed=counts.changed,
        unchanged=counts.unchanged,
        rejected=rejected,
        transitions=counts.transitions,
    )
    return Draft(replace(manifest, why=why) if is_news else None, folded)


def dimension_files(
    work: Work, held: Mapping[str, File], tables: Mapping[str, Sequence[tuple[object, ...]]]
) -> dict[str, File]:
    """The files of the dimension tables, which shadow the head's on the connection; one without rows has no file.

    Tables that are not given stay as the head has them.
    """
    files = {name: file for name, file in held.items() if name not in tables}
    for table in DIMENSIONS:
        if table.name not in tables:
            continue
        rows = tables[table.name]
        prefix = f"dimensions/{table.name}"
        file = work.output.write_rows(work.connection, table, rows, held=held.get(table.name), prefix=prefix)
        if file is not None:
            files[table.name] = file
        make(work.connection, table.name, arrow_table(table, rows))
    return files


def with_changed_cube(work: Work, manifest: Manifest) -> Manifest:
    """The manifest with the cube's changes, and the rollup over it; the same where nothing changed."""
    if not changed_cube(work.connection):
        return manifest
    return with_rollup(work, replace(manifest, cube=work.write(CUBE, "cube", "cube/cube")))


def with_rollup(work: Work, manifest: Manifest) -> Manifest:
    """The manifest with the rollup over the relations as they are on the connection."""
    return replace(manifest, rollup=work.bench.rolled_up(work.connection, work.output, manifest.rollup, work.at))


def make(connection: Connection, name: str, rows: pa.Table) -> None:
    """A temporary table of Arrow rows."""
    connection.register("arriving", rows)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")
