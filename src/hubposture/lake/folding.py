"""The steps that make a version: a batch folded in, a sweep's misses, dimensions settled."""
# ruff: noqa: S608 - statements are put together from names of our own tables; values are bound or in tables

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from hubposture.findings import fold
from hubposture.findings.finding import Rejected
from hubposture.findings.fold import FoldCounts
from hubposture.findings.tables import CUBE, DIMENSIONS, FINDINGS, SUBJECTS, TAGS, TRANSITIONS, Table
from hubposture.lake.bench import Bench, next_cube, next_tally
from hubposture.lake.engine import REJECTS, Connection, arrow_table, columns_of, naive
from hubposture.lake.manifest import File, Layers, Manifest
from hubposture.lake.output import Output, write_findings_base, write_subjects_base
from hubposture.lake.publish import Draft, Head, Step
from hubposture.ports.lake import Dimensions, Folded

Now = Callable[[], dt.datetime]
Register = Callable[[Connection], None]
"""Makes the relations `incoming` (FINDINGS, `misses` is ignored) and `incoming_tags` (TAGS) on a connection."""

_NOTHING = FoldCounts(0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class _Work:
    """What a step works with: the bench and its connection, where files go, and the time of the version."""

    bench: Bench
    connection: Connection
    output: Output
    at: dt.datetime

    def write(self, table: Table, relation: str, prefix: str, *, order: str = "ALL") -> File | None:
        """A relation's rows as a file; None where there are none."""
        columns = columns_of(table)
        query = f"SELECT {columns} FROM {relation} ORDER BY {order}"
        return self.output.write(self.connection, query, prefix)


def folding(bench: Bench, register: Register, *, size: int, rejected: Sequence[Rejected], now: Now) -> Step:
    """Fold a batch in (`size` 0: it is empty); `rejected` are kept where they were not yet."""

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            work = _Work(bench, connection, output, at)
            counts = _NOTHING
            if size:
                register(connection)
                _hold(connection, "subject IN (SELECT subject FROM incoming)")
                counts = fold.fold(connection, version=head.number + 1, at=at, frozen=head.manifest.frozen)
            manifest = _with_rejects(work, head.manifest, rejected)
            if counts.new or counts.changed:
                manifest = _with_outs(work, manifest, counts)
            return _draft(head, manifest, counts, rejected=len(rejected), why="findings")

    return step


def missing(bench: Bench, accounts: Sequence[str], seen: Collection[str], *, started: dt.datetime, now: Now) -> Step:
    """Count what a sweep of some accounts did not see."""

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            _column(connection, "swept", "account", sorted(accounts))
            _column(connection, "seen", "finding", sorted(seen))
            _hold(connection, "account IN (SELECT account FROM swept)")
            counts = fold.missed(connection, started=started, version=head.number + 1, at=at)
            manifest = head.manifest
            if counts.changed:
                manifest = _with_outs(_Work(bench, connection, output, at), manifest, counts)
            return _draft(head, manifest, counts, rejected=0, why="misses")

    return step


def settling(bench: Bench, dimensions: Dimensions, *, now: Now) -> Step:
    """Write the dimensions, judge presence by them, recount the cube, renew the rollup."""

    def step(head: Head, output: Output) -> Draft:
        at = _next_time(head, now)
        with bench.at(head) as connection:
            work = _Work(bench, connection, output, at)
            files = _dimension_files(work, head.manifest.dimensions, dimensions)
            _recorded(connection, dimensions.recorded)
            counts = fold.settle(connection, frozen=dimensions.frozen, version=head.number + 1, at=at)
            tally = next_tally(connection, head.manifest.tally, new_findings=0)
            manifest = replace(head.manifest, dimensions=files, frozen=dimensions.frozen, tally=tally)
            if counts.transitions:
                manifest = _with_subjects(work, manifest)
            _recount(connection)
            return _draft(head, _with_cube(work, manifest), counts, rejected=0, why="dimensions")

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


def _hold(connection: Connection, condition: str) -> None:
    """Copy the rows of the subjects that a step touches."""
    for name in ("findings", "subjects"):
        connection.execute(f"CREATE TEMP TABLE held_{name} AS SELECT * FROM {name} WHERE {condition}")


def _with_outs(work: _Work, manifest: Manifest, counts: FoldCounts) -> Manifest:
    """The manifest with what the step left in `out_findings`, `out_subjects` and `out_transitions`."""
    manifest = replace(manifest, tally=next_tally(work.connection, manifest.tally, new_findings=counts.new))
    if manifest.findings == Layers():
        base = write_findings_base(work.output, work.connection, "out_findings", rows=counts.new)
        subjects = write_subjects_base(work.output, work.connection, "out_subjects")
        manifest = replace(manifest, findings=Layers(base), subjects=Layers(subjects))
        manifest = _with_transitions(work, manifest)
    else:
        delta = work.write(FINDINGS, "out_findings", "findings/delta", order="subject, finding")
        manifest = replace(manifest, findings=manifest.findings.with_delta(delta))
        manifest = _with_subjects(work, manifest)
    manifest = _with_tags(work, manifest)
    _waived(work.connection)
    fold.cube_change(work.connection)
    next_cube(work.connection, "out_cube")
    return _with_cube(work, manifest)


def _with_subjects(work: _Work, manifest: Manifest) -> Manifest:
    delta = work.write(SUBJECTS, "out_subjects", "subjects/delta", order="subject")
    return _with_transitions(work, replace(manifest, subjects=manifest.subjects.with_delta(delta)))


def _with_transitions(work: _Work, manifest: Manifest) -> Manifest:
    file = work.write(TRANSITIONS, "out_transitions", "transitions/transitions", order="subject")
    return manifest if file is None else replace(manifest, transitions=(*manifest.transitions, file))


def _with_tags(work: _Work, manifest: Manifest) -> Manifest:
    """The tags of sets that were not known yet; a set's name is a digest of its tags."""
    if not _is_there(work.connection, "incoming_tags"):
        return manifest
    new = "(SELECT DISTINCT * FROM incoming_tags WHERE tagset NOT IN (SELECT tagset FROM tags))"
    file = work.write(TAGS, new, "tags/tags")
    return manifest if file is None else replace(manifest, tags=(*manifest.tags, file))


def _with_rejects(work: _Work, manifest: Manifest, rejected: Sequence[Rejected]) -> Manifest:
    """What was rejected for the first time; the same again is no news."""
    if not rejected:
        return manifest
    rows = [(naive(work.at), one.where, one.why, one.excerpt) for one in rejected]
    _make(work.connection, "incoming_rejects", arrow_table(REJECTS, rows))
    key = ", ".join(REJECTS.key)
    new = f"(SELECT DISTINCT * FROM incoming_rejects WHERE ({key}) NOT IN (SELECT ({key}) FROM rejects))"
    file = work.write(REJECTS, new, "rejects/rejects")
    return manifest if file is None else replace(manifest, rejects=(*manifest.rejects, file))


def _with_cube(work: _Work, manifest: Manifest) -> Manifest:
    """The manifest with the cube as it is on the connection, if it is another one, and the rollup over it."""
    if _is_other_cube(work.connection):
        manifest = replace(manifest, cube=work.write(CUBE, "cube", "cube/cube"))
    return replace(manifest, rollup=work.bench.rolled_up(work.connection, work.output, manifest.rollup, work.at))


def _is_other_cube(connection: Connection) -> bool:
    columns = columns_of(CUBE)
    both = f"SELECT {columns} FROM temp.cube EXCEPT ALL SELECT {columns} FROM memory.main.cube"
    other = f"SELECT {columns} FROM memory.main.cube EXCEPT ALL SELECT {columns} FROM temp.cube"
    return bool(connection.execute(f"SELECT 1 FROM (({both}) UNION ALL ({other})) LIMIT 1").fetchall())


def _recount(connection: Connection) -> None:
    """Shadow `cube` by a recount of the subjects as they are after the step."""
    columns = columns_of(SUBJECTS)
    connection.execute(
        f"CREATE TEMP VIEW subjects AS SELECT {columns} FROM memory.main.subjects "
        f"WHERE subject NOT IN (SELECT subject FROM out_subjects) UNION ALL SELECT {columns} FROM out_subjects"
    )
    _waived(connection)
    connection.execute(f"CREATE TEMP TABLE cube AS {fold.CUBE_OF_SUBJECTS}")


def _waived(connection: Connection) -> None:
    connection.execute("CREATE TEMP VIEW waived AS SELECT subject FROM decisions")


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


def _is_there(connection: Connection, name: str) -> bool:
    query = "SELECT 1 FROM information_schema.tables WHERE table_catalog = 'temp' AND table_name = $name"
    return bool(connection.execute(query, {"name": name}).fetchall())
