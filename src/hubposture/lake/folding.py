"""The steps that make a version: a batch folded in, a sweep's misses, dimensions settled."""
# ruff: noqa: S608 - statements are put together from names of our own tables; values are in tables

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from hubposture.findings import fold
from hubposture.findings.finding import Rejected
from hubposture.findings.fold import FoldCounts
from hubposture.findings.tables import CUBE, DIMENSIONS, TAGS, Table
from hubposture.lake.bench import Bench
from hubposture.lake.cube import begin_cube, changed_cube, count_changes, recounted_cube
from hubposture.lake.engine import REJECTS, Connection, arrow_table, columns_of, naive
from hubposture.lake.manifest import File, Manifest
from hubposture.lake.output import Output, ranges
from hubposture.lake.outs import Outs
from hubposture.lake.publish import Draft, Head, Step
from hubposture.ports.lake import Dimensions, Folded

Now = Callable[[], dt.datetime]
Register = Callable[[Connection], None]
"""Makes the temporary relations `arrived` (FINDINGS without misses) and `arrived_tags` (TAGS) on a connection."""

_NOTHING = FoldCounts(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Work:
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


def folding(bench: Bench, register: Register, *, size: int, rejected: Sequence[Rejected], now: Now) -> Step:
    """Fold a batch of `size` rows in; `rejected` are kept where they were not yet.

    A large batch is folded range by range of its subjects, which have nothing to do with one another.
    """

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            work = _Work(bench, connection, output, head.number + 1, at)
            manifest = _with_rejects(work, head.manifest, rejected)
            counts = _NOTHING
            if size:
                register(connection)
                manifest, counts = _folded(work, manifest, ranges(size))
            return _draft(head, manifest, counts, rejected=len(rejected), why="findings")

    return step


def missing(bench: Bench, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, now: Now) -> Step:
    """Count what a sweep of some accounts did not see."""

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            work = _Work(bench, connection, output, head.number + 1, at)
            begin_cube(connection)
            _column(connection, "swept", "account", sorted(accounts))
            _column(connection, "seen", "finding", sorted(seen))
            _hold(connection, "account IN (SELECT account FROM swept)")
            counts = fold.missed(connection, started=started, version=work.number, at=at)
            manifest = head.manifest
            if counts.changed:
                manifest = _with_outs(connection, output, manifest)
                count_changes(connection)
                manifest = _with_changed_cube(work, manifest)
            return _draft(head, manifest, counts, rejected=0, why="misses")

    return step


def settling(bench: Bench, dimensions: Dimensions, *, now: Now) -> Step:
    """Write the dimensions, judge presence by them, recount the cube, renew the rollup."""

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            work = _Work(bench, connection, output, head.number + 1, at)
            files = _dimension_files(work, head.manifest.dimensions, dimensions)
            _recorded(connection, dimensions.recorded)
            counts = fold.settle(connection, frozen=dimensions.frozen, version=work.number, at=at)
            manifest = replace(head.manifest, dimensions=files, frozen=dimensions.frozen)
            if counts.transitions:
                manifest = _with_outs(connection, output, manifest)
            begin_cube(connection)
            if recounted_cube(connection):
                manifest = replace(manifest, cube=work.write(CUBE, "cube", "cube/cube"))
            return _draft(head, _with_rollup(work, manifest), counts, rejected=0, why="dimensions")

    return step


def _next_time(head: Head, now: Now) -> dt.datetime:
    """The time of the next version: never before the one of the head."""
    return max(head.at, now())


def _draft(head: Head, manifest: Manifest, counts: FoldCounts, *, rejected: int, why: str) -> Draft:
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


def _folded(work: _Work, manifest: Manifest, conditions: Sequence[str]) -> tuple[Manifest, FoldCounts]:
    """Fold what `arrived` range by range; the manifest is the same where nothing was news."""
    connection, held = work.connection, manifest
    begin_cube(connection)
    outs, total = Outs(connection, work.output, held), _NOTHING
    for condition in conditions:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE incoming AS SELECT * FROM arrived WHERE {condition}")
        _hold(connection, f"{condition} AND subject IN (SELECT subject FROM incoming)")
        counts = fold.fold(connection, version=work.number, at=work.at, frozen=held.frozen)
        total = _sum(total, counts)
        if counts.new or counts.changed:
            outs.take(new_findings=counts.new)
            count_changes(connection)
    if not (total.new or total.changed):
        return held, total
    return _with_changed_cube(work, _with_tags(work, outs.on_top(held))), total


def _sum(one: FoldCounts, other: FoldCounts) -> FoldCounts:
    return FoldCounts(
        one.new + other.new,
        one.changed + other.changed,
        one.unchanged + other.unchanged,
        one.transitions + other.transitions,
    )


def _hold(connection: Connection, condition: str) -> None:
    """Copy the rows of the subjects that a step touches."""
    for name in ("findings", "subjects"):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE held_{name} AS SELECT * FROM {name} WHERE {condition}")


def _with_outs(connection: Connection, output: Output, manifest: Manifest) -> Manifest:
    """The manifest with what a step left that finds nothing new."""
    outs = Outs(connection, output, manifest)
    outs.take(new_findings=0)
    return outs.on_top(manifest)


def _with_tags(work: _Work, manifest: Manifest) -> Manifest:
    """The tags of sets that were not known yet; a set's name is a digest of its tags."""
    new = "(SELECT DISTINCT * FROM arrived_tags WHERE tagset NOT IN (SELECT tagset FROM tags))"
    file = work.write(TAGS, new, "tags/tags")
    return manifest if file is None else replace(manifest, tags=(*manifest.tags, file))


def _with_rejects(work: _Work, manifest: Manifest, rejected: Sequence[Rejected]) -> Manifest:
    """What was rejected for the first time; the same again is no news."""
    if not rejected:
        return manifest
    rows = [(naive(work.at), one.where, one.why, one.excerpt) for one in rejected]
    _make(work.connection, "arrived_rejects", arrow_table(REJECTS, rows))
    key = ", ".join(REJECTS.key)
    new = f"(SELECT DISTINCT * FROM arrived_rejects WHERE ({key}) NOT IN (SELECT ({key}) FROM rejects))"
    file = work.write(REJECTS, new, "rejects/rejects")
    return manifest if file is None else replace(manifest, rejects=(*manifest.rejects, file))


def _with_changed_cube(work: _Work, manifest: Manifest) -> Manifest:
    if not changed_cube(work.connection):
        return manifest
    return _with_rollup(work, replace(manifest, cube=work.write(CUBE, "cube", "cube/cube")))


def _with_rollup(work: _Work, manifest: Manifest) -> Manifest:
    """The manifest with the rollup over the relations as they are on the connection."""
    return replace(manifest, rollup=work.bench.rolled_up(work.connection, work.output, manifest.rollup, work.at))


def _dimension_files(work: _Work, held: Mapping[str, File], dimensions: Dimensions) -> dict[str, File]:
    """The files of the dimension tables, which shadow the head's on the connection; one without rows has no file."""
    files = {}
    for table in DIMENSIONS:
        rows = dimensions.tables.get(table.name, ())
        prefix = f"dimensions/{table.name}"
        file = work.output.write_rows(work.connection, table, rows, held=held.get(table.name), prefix=prefix)
        if file is not None:
            files[table.name] = file
        _make(work.connection, table.name, arrow_table(table, rows))
    return files


def _recorded(connection: Connection, recorded: Collection[tuple[str, str]]) -> None:
    places = sorted(recorded)
    columns = {"account": [account for account, _ in places], "region": [region for _, region in places]}
    _make(connection, "recorded", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))


def _column(connection: Connection, name: str, column: str, values: Sequence[str]) -> None:
    _make(connection, name, pa.table({column: pa.array(values, pa.string())}))


def _make(connection: Connection, name: str, rows: pa.Table) -> None:
    """A temporary table of Arrow rows."""
    connection.register("arriving", rows)
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM arriving")
    connection.unregister("arriving")
