"""The steps that make a version: a batch folded in, a sweep's misses, dimensions settled."""
# ruff: noqa: S608 - statements are put together from names of our own tables; values are in tables

import datetime as dt
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

import pyarrow as pa

from hubposture.findings import fold
from hubposture.findings.finding import Rejected
from hubposture.findings.fold import FoldCounts
from hubposture.findings.tables import CUBE, TAGS
from hubposture.lake.bench import Bench
from hubposture.lake.cube import begin_cube, count_changes, recounted_cube
from hubposture.lake.engine import REJECTS, Connection, arrow_table, naive
from hubposture.lake.manifest import Manifest
from hubposture.lake.output import Output, ranges
from hubposture.lake.outs import Outs
from hubposture.lake.publish import Draft, Head, Step
from hubposture.lake.work import (
    NOTHING,
    Now,
    Work,
    dimension_files,
    draft,
    make,
    next_time,
    with_changed_cube,
    with_rollup,
)
from hubposture.ports.lake import Dimensions

Register = Callable[[Connection], None]
"""Makes the temporary relations `arrived` (FINDINGS without misses) and `arrived_tags` (TAGS) on a connection."""


def folding(bench: Bench, register: Register, *, size: int, rejected: Sequence[Rejected], now: Now) -> Step:
    """Fold a batch of `size` rows in; `rejected` are kept where they were not yet.

    A large batch is folded range by range of its subjects, which have nothing to do with one another.
    """

    def step(head: Head, output: Output) -> Draft:
        at = next_time(head, now)
        with bench.at(head) as connection:
            work = Work(bench, connection, output, head.number + 1, at)
            manifest = _with_rejects(work, head.manifest, rejected)
            counts = NOTHING
            if size:
                register(connection)
                manifest, counts = _folded(work, manifest, ranges(size))
            return draft(head, manifest, counts, rejected=len(rejected), why="findings")

    return step


def missing(bench: Bench, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, now: Now) -> Step:
    """Count what a sweep of some accounts did not see."""

    def step(head: Head, output: Output) -> Draft:
        at = next_time(head, now)
        with bench.at(head) as connection:
            work = Work(bench, connection, output, head.number + 1, at)
            begin_cube(connection)
            _column(connection, "swept", "account", sorted(accounts))
            _column(connection, "seen", "finding", sorted(seen))
            _hold(connection, "account IN (SELECT account FROM swept)")
            counts = fold.missed(connection, started=started, version=work.number, at=at)
            manifest = head.manifest
            if counts.changed:
                manifest = _with_outs(connection, output, manifest)
                count_changes(connection)
                manifest = with_changed_cube(work, manifest)
            return draft(head, manifest, counts, rejected=0, why="misses")

    return step


def settling(bench: Bench, dimensions: Dimensions, *, now: Now) -> Step:
    """Write the dimensions, judge presence by them, recount the cube, renew the rollup."""

    def step(head: Head, output: Output) -> Draft:
        at = next_time(head, now)
        with bench.at(head) as connection:
            work = Work(bench, connection, output, head.number + 1, at)
            files = dimension_files(work, head.manifest.dimensions, dimensions.tables)
            _recorded(connection, dimensions.recorded)
            counts = fold.settle(connection, frozen=dimensions.frozen, version=work.number, at=at)
            manifest = replace(head.manifest, dimensions=files, frozen=dimensions.frozen)
            if counts.transitions:
                manifest = _with_outs(connection, output, manifest)
            begin_cube(connection)
            if recounted_cube(connection):
                manifest = replace(manifest, cube=work.write(CUBE, "cube", "cube/cube"))
            return draft(head, with_rollup(work, manifest), counts, rejected=0, why="dimensions")

    return step


def _folded(work: Work, manifest: Manifest, conditions: Sequence[str]) -> tuple[Manifest, FoldCounts]:
    """Fold what `arrived` range by range; the manifest is the same where nothing was news."""
    connection, held = work.connection, manifest
    begin_cube(connection)
    outs, total = Outs(connection, work.output, held), NOTHING
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
    return with_changed_cube(work, _with_tags(work, outs.on_top(held))), total


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


def _with_tags(work: Work, manifest: Manifest) -> Manifest:
    """The tags of sets that were not known yet; a set's name is a digest of its tags."""
    new = "(SELECT DISTINCT * FROM arrived_tags WHERE tagset NOT IN (SELECT tagset FROM tags))"
    file = work.write(TAGS, new, "tags/tags")
    return manifest if file is None else replace(manifest, tags=(*manifest.tags, file))


def _with_rejects(work: Work, manifest: Manifest, rejected: Sequence[Rejected]) -> Manifest:
    """What was rejected for the first time; the same again is no news."""
    if not rejected:
        return manifest
    rows = [(naive(work.at), one.where, one.why, one.excerpt) for one in rejected]
    make(work.connection, "arrived_rejects", arrow_table(REJECTS, rows))
    key = ", ".join(REJECTS.key)
    new = f"(SELECT DISTINCT * FROM arrived_rejects WHERE ({key}) NOT IN (SELECT ({key}) FROM rejects))"
    file = work.write(REJECTS, new, "rejects/rejects")
    return manifest if file is None else replace(manifest, rejects=(*manifest.rejects, file))


def _recorded(connection: Connection, recorded: Collection[tuple[str, str]]) -> None:
    places = sorted(recorded)
    columns = {"account": [account for account, _ in places], "region": [region for _, region in places]}
    make(connection, "recorded", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))


def _column(connection: Connection, name: str, column: str, values: Sequence[str]) -> None:
    make(connection, name, pa.table({column: pa.array(values, pa.string())}))
