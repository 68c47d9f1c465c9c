"""Compaction: the same rows in fewer files, also while others publish."""

from pathlib import Path
from typing import Any

import pytest

from hubposture.findings.finding import Rejected
from hubposture.findings.tables import CUBE, FINDINGS, SUBJECTS, TAGS, TRANSITIONS
from hubposture.lake import compact as compaction
from hubposture.lake.engine import REJECTS, parquet
from hubposture.lake.lists_sql import IN_SIGHT
from hubposture.lake.manifest import File, Layers, Manifest, from_json, needs_compaction, to_json
from hubposture.lake.output import Output, write_subjects_base
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Compacted, LakeDamaged
from lake import lake_world
from lake.lake_world import LAKE, T0, batch, dimensions, rows, state
from ledger_world import Clock

TABLES = (FINDINGS, SUBJECTS, TRANSITIONS, TAGS, CUBE, REJECTS)


def filled(writer: Writer) -> None:
    writer.fold(batch(8, tags=(("a", "1"),)), rejected=[Rejected("a", "b")])
    writer.fold(batch(3, compliance="PASSED", updated=T0, tags=(("b", "2"),)), rejected=[Rejected("c", "d")])
    writer.settle(dimensions())
    writer.fold(batch(4, first=6, compliance="PASSED", updated=T0))


def contents(reader: Reader) -> dict[str, list[tuple[Any, ...]]]:
    with reader.snapshot() as snapshot:
        return {table.name: rows(snapshot, table) for table in TABLES}


def test_compaction_changes_no_row_and_leaves_one_file_of_each_kind(
    writer: Writer, reader: Reader, place: Place
) -> None:
    filled(writer)
    before = contents(reader)
    done = writer.compact()
    assert (done.version, done.deltas) == (5, 4)
    assert done.files[1] < done.files[0]
    assert contents(reader) == before
    manifest = place.head().manifest
    counts = [len(manifest.findings.files), len(manifest.subjects.files), len(manifest.transitions), len(manifest.tags)]
    assert counts == [1, 1, 1, 1]
    assert writer.check(deep=True) == ()


def test_compacting_again_publishes_nothing(writer: Writer) -> None:
    filled(writer)
    writer.compact()
    assert writer.compact().version == 5


def test_an_empty_lake_is_compact(writer: Writer) -> None:
    assert writer.compact() == Compacted(0, 0, (0, 0), (0, 0))


def test_base_files_of_subjects_begin_with_what_is_open(writer: Writer, place: Place) -> None:
    filled(writer)
    writer.compact()
    files = place.head().manifest.subjects.base
    with writer._bench.at(place.head()) as connection:
        query = parquet([place.storage.fetch(file) for file in files], SUBJECTS)
        found = connection.execute(f"SELECT s.status, {IN_SIGHT} FROM ({query}) s").fetchall()
    assert [status for status, _ in found] == sorted((status for status, _ in found), key=lambda one: one != "FAILED")


@pytest.mark.slow
def test_what_is_published_meanwhile_stays_on_top(
    writer: Writer, reader: Reader, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(writer)
    calls: list[int] = []

    def slow(output: Output, *args: Any) -> Any:
        if not calls:
            calls.append(1)
            writer.fold(batch(2, first=20))
            writer.fold(batch(1, compliance="FAILED", updated=T0, observed=T0, workflow="NOTIFIED"))
            writer.decided([(batch(3)[2].subject, "W-1", None, "suppress")], [])
        return write_subjects_base(output, *args)

    monkeypatch.setattr(compaction, "write_subjects_base", slow)
    done = writer.compact()
    assert done.version == 8
    manifest = place.head().manifest
    assert (len(manifest.findings.base), len(manifest.findings.deltas)) == (1, 2)
    assert len(contents(reader)["subjects"]) == 12
    assert writer.check(deep=True) == ()


def test_of_two_compactions_at_once_the_second_gives_way_and_takes_its_files_back(
    writer: Writer, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(writer)
    calls: list[int] = []
    there: set[str] = set()

    def slow(output: Output, *args: Any) -> Any:
        if not calls:
            calls.append(1)
            other = lake_world.writer(place, tmp_path)
            assert other.compact().version == 5
            other.close()
            there.update(lake_world.names(tmp_path / "lake"))
        return write_subjects_base(output, *args)

    monkeypatch.setattr(compaction, "write_subjects_base", slow)
    assert writer.compact() == Compacted(5, 0, (14, 14), (place_bytes(place),) * 2)
    assert lake_world.names(tmp_path / "lake") <= there


def place_bytes(place: Place) -> int:
    return sum(file.bytes for file in place.head().manifest.files())


def test_a_version_is_not_retired_while_it_is_compacted(
    writer: Writer, books: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(writer)
    pinned: list[int] = []

    def slow(output: Output, *args: Any) -> Any:
        pinned.extend(pin.number for pin in books.pins(LAKE))
        return write_subjects_base(output, *args)

    monkeypatch.setattr(compaction, "write_subjects_base", slow)
    writer.compact()
    assert pinned == [4]
    assert books.pins(LAKE) == ()


@pytest.mark.slow
def test_large_deltas_are_folded_range_by_range(
    writer: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_MOST_FOLDED", 1)
    monkeypatch.setattr("hubposture.lake.output._ROWS_OF_A_RANGE", 4)
    filled(writer)
    before = contents(reader)
    writer.compact()
    assert contents(reader) == before
    assert writer.check(deep=True) == ()


def test_damage_is_not_written_into_new_files(writer: Writer, tmp_path: Path, clock: Clock) -> None:
    filled(writer)
    base = next((tmp_path / "lake" / "findings").glob("base-*"))
    content = bytearray(base.read_bytes())
    content[len(content) // 2] ^= 1
    base.write_bytes(content)
    with pytest.raises(LakeDamaged, match=f"findings/{base.name} has other bytes"):
        writer.compact()


@pytest.mark.parametrize(
    ("base", "deltas", "needed"),
    [
        ([1_000_000], [10_000] * 14, False),
        ([1_000_000], [10_000] * 16, True),
        ([1_000_000], [1] * 24, False),
        ([1_000_000], [1] * 25, True),
        ([100], [90, 90], False),
        ([], [], False),
    ],
)
def test_compaction_is_needed_when_much_lies_on_top(base: list[int], deltas: list[int], needed: bool) -> None:
    def files(counts: list[int]) -> tuple[File, ...]:
        return tuple(File(f"findings/{number}", count, 1, "") for number, count in enumerate(counts))

    assert needs_compaction(Manifest(findings=Layers(files(base), files(deltas)))) is needed


def test_a_manifest_is_kept_as_it_was(writer: Writer, place: Place, reader: Reader) -> None:
    filled(writer)
    manifest = place.head().manifest
    assert from_json(to_json(manifest)) == manifest
    with pytest.raises(Exception, match="written by a newer hubposture"):
        from_json(to_json(manifest) | {"format": 2})
    with reader.snapshot() as snapshot:
        assert len(state(snapshot)) == manifest.tally.subjects
