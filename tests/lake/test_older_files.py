"""Lakes written before some columns and tables were there are read, written and compacted like others."""

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from hubposture.findings.tables import CUBE, DECISIONS, TABLES, WAIVERS, WISHES, Column, Kind, Table
from hubposture.lake.engine import parquet
from hubposture.lake.manifest import File, Manifest, to_json
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.storage import digest_of
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Folded
from hubposture.ports.versions import Publication
from lake.lake_world import LAKE, T0, batch, decided, dimensions, rows, waiver
from ledger_world import Clock

LATER = {table.name: [column.name for column in table.columns if column.before is not None] for table in TABLES}
WAIVED = [one.subject for one in batch(2)]


def older(root: Path, name: str, held: File) -> File:
    """A file as it would have been written before there were some of its columns."""
    if not LATER[name]:
        return held
    made = held.name.replace(f"/{name}-", "/older-")
    query = f"SELECT * EXCLUDE ({', '.join(LATER[name])}) FROM '{root / held.name}'"
    with duckdb.connect() as connection:
        ((count,),) = connection.execute(f"COPY ({query}) TO '{root / made}' (FORMAT parquet)").fetchall()
    return File(made, count, (root / made).stat().st_size, digest_of(root / made))


@pytest.fixture
def before(writer: Writer, place: Place, books: SqlLedger, tmp_path: Path) -> dict[str, Any]:
    """A lake whose newest version has only older files and no waivers; gives what its tables held."""
    root = tmp_path / "lake"
    writer.fold(batch(6))
    writer.settle(dimensions())
    writer.decided(decided(*WAIVED), [])
    manifest = place.head().manifest
    with duckdb.connect() as connection:
        files = {**manifest.dimensions, "cube": manifest.cube}
        held = {
            table.name: connection.execute(f"{parquet([root / file.name], table)} ORDER BY ALL").fetchall()
            for table in (DECISIONS, WISHES, CUBE)
            if (file := files[table.name]) is not None
        }
    assert manifest.cube is not None
    kept = to_json(manifest) | {
        "dimensions": {
            name: to_json(Manifest(cube=older(root, name, file)))["cube"]
            for name, file in manifest.dimensions.items()
            if name != "waivers"
        },
        "cube": to_json(Manifest(cube=older(root, "cube", manifest.cube)))["cube"],
    }
    books.publish(LAKE, parent=3, manifest=kept, also=Publication(), lease=None)
    return held


def found(reader: Reader, **wanted: Any) -> dict[str, Any]:
    with reader.snapshot(**wanted) as snapshot:
        assert rows(snapshot, WAIVERS) == []
        return {table.name: rows(snapshot, table) for table in (DECISIONS, WISHES, CUBE)}


def test_a_column_that_files_lack_reads_as_its_table_says_and_a_table_without_a_file_has_no_rows(
    before: dict[str, Any], writer: Writer, reader: Reader
) -> None:
    assert {row[3] for row in before["decisions"]} == {"suppress"}
    assert {row[8:] for row in before["wishes"]} == {(-1, -1)}
    assert {row[8] for row in before["cube"]} == {False}
    assert found(reader) == before
    assert writer.check(deep=True) == ()


def test_whatever_comes_next_is_counted_right_on_older_files(
    before: dict[str, Any], writer: Writer, reader: Reader
) -> None:
    writer.fold(batch(2, compliance="FAILED", updated=T0))
    assert writer.check(deep=True) == ()
    writer.compact()
    assert found(reader)["decisions"] == before["decisions"]
    writer.decided(decided(*WAIVED[:1], effect="visible"), [waiver()])
    assert writer.check(deep=True) == ()
    writer.settle(dimensions())
    assert writer.check(deep=True) == ()
    with reader.snapshot() as snapshot:
        assert snapshot.execute("SELECT waived, visible, sum(n) FROM cube WHERE waived GROUP BY ALL", {}) == [
            (True, True, 1)
        ]


def test_a_settling_and_a_deciding_write_older_files_anew(
    before: dict[str, Any], writer: Writer, place: Place, reader: Reader
) -> None:
    writer.settle(dimensions())
    assert writer.decided(before["decisions"], []) == Folded(6)
    assert not [file.name for name, file in place.head().manifest.dimensions.items() if "older" in file.name]
    assert found(reader) == before
    assert writer.decided(before["decisions"], []) == Folded(6)


def test_a_past_day_of_older_files_is_read_without_its_findings(
    before: dict[str, Any], writer: Writer, place: Place, reader: Reader, clock: Clock
) -> None:
    first, old = clock.now.date(), place.head().manifest
    clock.move(dt.timedelta(days=10))
    writer.fold(batch(6, compliance="PASSED", updated=T0))
    writer.compact()
    place.storage.delete([file.name for file in (*old.findings.files, *old.subjects.files)])
    assert found(reader, day=first) == before


def test_files_with_and_without_a_column_are_read_together(tmp_path: Path) -> None:
    table = Table("t", "", ("k",), (Column("k", Kind.TEXT, ""), Column("late", Kind.TEXT, "", before="it's")))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT 'a' AS k) TO '{tmp_path / 'old.parquet'}' (FORMAT parquet)")
        connection.execute(f"COPY (SELECT 'new' AS late, 'b' AS k) TO '{tmp_path / 'new.parquet'}' (FORMAT parquet)")
        paths = [tmp_path / "old.parquet", tmp_path / "new.parquet"]
        assert connection.execute(f"{parquet(paths, table)} ORDER BY k").fetchall() == [("a", "it's"), ("b", "new")]
        assert connection.execute(parquet(paths[:1], table)).fetchall() == [("a", "it's")]
