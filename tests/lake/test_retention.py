"""What tidying keeps, retires and deletes."""

import datetime as dt
import os
from pathlib import Path

import pytest

from hubposture.findings.tables import CUBE
from hubposture.lake.manifest import from_json
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ledger.ulid import Ulids
from lake import lake_world
from lake.lake_world import LAKE, T0, batch, dimensions, rows
from ledger_world import START, Clock, counting_entropy

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def numbers(books: SqlLedger) -> list[int]:
    return [row.number for row in reversed(books.versions(LAKE))]


def age(root: Path, *, by: dt.timedelta) -> None:
    """Set the files' own time back."""
    for path in root.rglob("*.parquet"):
        stat = path.stat()
        os.utime(path, (stat.st_atime, stat.st_mtime - by.total_seconds()))


@pytest.fixture(autouse=True)
def _clock_of_the_disk(clock: Clock) -> None:
    """Files are written by the real clock; the lake's own begins there too."""
    clock.now = dt.datetime.now(dt.UTC).replace(hour=12, minute=0, second=0, microsecond=0)


def test_versions_of_the_last_hour_are_kept(writer: Writer, books: SqlLedger) -> None:
    for count in range(1, 4):
        writer.fold(batch(count))
    assert writer.tidy(keep_days=400) == (0, 0)
    assert numbers(books) == [1, 2, 3]


def test_of_a_day_the_last_version_is_kept(writer: Writer, books: SqlLedger, clock: Clock) -> None:
    for _day in range(3):
        for _turn in range(2):
            writer.fold(batch(len(numbers(books)) + 1))
            clock.move(2 * HOUR)
        clock.move(DAY - 4 * HOUR)
    assert writer.tidy(keep_days=400)[0] == 3
    assert numbers(books) == [2, 4, 6]


def test_days_beyond_those_to_keep_are_retired_but_never_the_head(
    writer: Writer, books: SqlLedger, clock: Clock
) -> None:
    for count in range(1, 6):
        writer.fold(batch(count))
        clock.move(DAY)
    clock.move(-DAY)
    assert writer.tidy(keep_days=2)[0] == 3
    assert numbers(books) == [4, 5]
    clock.move(900 * DAY)
    assert writer.tidy(keep_days=1)[0] == 1
    assert numbers(books) == [5]


def test_a_pinned_version_is_kept_with_its_findings(
    writer: Writer, reader: Reader, books: SqlLedger, clock: Clock, tmp_path: Path
) -> None:
    writer.fold(batch(3))
    writer.fold(batch(4))
    books.pin(LAKE, 1, name="report", why="weekly report")
    clock.move(30 * DAY)
    writer.fold(batch(6, compliance="PASSED", updated=T0))
    writer.compact()
    clock.move(2 * DAY)
    age(tmp_path / "lake", by=40 * DAY)
    writer.tidy(keep_days=1)
    assert numbers(books) == [1, 4]
    with reader.snapshot(number=1) as snapshot:
        assert snapshot.execute("SELECT count(*) FROM findings", {}) == [(3,)]
    assert writer.check(deep=True) == ()


def test_old_days_lose_their_findings_and_keep_their_dimensions_and_cube(
    writer: Writer, reader: Reader, books: SqlLedger, clock: Clock, tmp_path: Path
) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions())
    first = clock.now.date()
    with reader.snapshot() as snapshot:
        cube = rows(snapshot, CUBE)
    old = from_json(books.versions(LAKE)[0].manifest)
    clock.move(10 * DAY)
    age(tmp_path / "lake", by=10 * DAY)
    writer.fold(batch(6, compliance="PASSED", updated=T0))
    writer.compact()
    clock.move(2 * HOUR)
    versions, files = writer.tidy(keep_days=400)
    assert versions == 2
    assert files >= 2
    left = lake_world.names(tmp_path / "lake")
    assert {file.name for file in old.slim_files()} <= left
    assert not {file.name for file in (*old.findings.files, *old.subjects.files)} & left
    with reader.snapshot(day=first) as snapshot:
        assert rows(snapshot, CUBE) == cube
    assert writer.check(deep=True) == ()
    assert writer.tidy(keep_days=400) == (0, 0)


def orphan(root: Path, name: str) -> Path:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize(
    "ages", [(48, 48, True), (48, 1, False), (1, 48, False), (23, 23, False)], ids=["old", "ours", "disk", "young"]
)
def test_what_no_version_names_goes_when_it_is_old_by_both_clocks(
    writer: Writer, clock: Clock, tmp_path: Path, ages: tuple[int, int, bool]
) -> None:
    disk, ours, is_deleted = ages
    writer.fold(batch(1))
    now = clock.now
    clock.now = now - ours * HOUR
    name = Ulids(clock, counting_entropy())()
    path = orphan(tmp_path / "lake", f"findings/delta-{name}.parquet")
    clock.now = now
    os.utime(path, (0, (now - disk * HOUR).timestamp()))
    assert writer.tidy(keep_days=9) == (0, int(is_deleted))
    assert path.exists() is not is_deleted
    assert writer.check(deep=True) == ()


@pytest.mark.parametrize("name", ["notes.txt", "findings/notes.txt", "other/base.parquet", "findings.parquet"])
def test_what_is_not_ours_is_never_deleted(writer: Writer, tmp_path: Path, name: str) -> None:
    writer.fold(batch(1))
    path = orphan(tmp_path / "lake", name)
    os.utime(path, (0, 0))
    assert writer.tidy(keep_days=1) == (0, 0)
    assert path.exists()


def test_leftovers_of_interrupted_writes_go_when_they_are_old(writer: Writer, tmp_path: Path) -> None:
    writer.fold(batch(1))
    path = orphan(tmp_path / "lake", ".scratch/parts-1/findings-00001.parquet")
    os.utime(path, (0, 0))
    assert writer.tidy(keep_days=1) == (0, 1)


def test_with_a_ledger_that_knows_no_version_nothing_is_deleted(
    writer: Writer, books: SqlLedger, place: Place, tmp_path: Path
) -> None:
    writer.fold(batch(1))
    age(tmp_path / "lake", by=90 * DAY)
    empty = Place("other", books, place.storage, lambda: place.now() + 90 * DAY, place.new_id)
    assert lake_world.writer(empty, tmp_path).tidy(keep_days=1) == (0, 0)
    assert writer.check(deep=True) == ()


def test_a_clock_that_jumps_ahead_deletes_no_file_that_was_just_written(
    writer: Writer, reader: Reader, clock: Clock, tmp_path: Path
) -> None:
    writer.fold(batch(2))
    before = lake_world.names(tmp_path / "lake")
    clock.move(1000 * DAY)
    writer.fold(batch(3))
    writer.tidy(keep_days=1)
    assert before <= lake_world.names(tmp_path / "lake")
    assert reader._place.head().at > START
