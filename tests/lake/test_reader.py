"""Snapshots: one version each, past days, damage, threads."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from hubposture.filters.tree import EVERYTHING
from hubposture.findings.tables import TABLES
from hubposture.lake.cache import Cache
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.s3 import S3Storage
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Counts, LakeDamaged, NoSuchVersion
from lake import lake_world
from lake.lake_world import ACCOUNTS_, ROLLUP, T0, batch, dimensions, rows, state
from ledger_world import START, Clock

DAY = dt.timedelta(days=1)


def test_an_empty_lake_holds_no_version(reader: Reader) -> None:
    with pytest.raises(NoSuchVersion, match="does not hold anything yet"), reader.snapshot():
        pass
    with pytest.raises(NoSuchVersion, match="does not hold version 3"), reader.snapshot(number=3):
        pass
    with pytest.raises(NoSuchVersion, match="does not hold 2026-11-24"), reader.snapshot(day=T0.date()):
        pass
    assert reader.days() == []


def test_every_table_is_there_by_name_also_where_it_has_no_rows(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(1))
    with reader.snapshot() as snapshot:
        assert {table.name: len(rows(snapshot, table)) for table in (*TABLES, ROLLUP)} == {
            table.name: int(table.name in ("findings", "subjects", "transitions", "cube"))
            for table in (*TABLES, ROLLUP)
        } | {"rollup": 0}


def test_a_snapshot_stays_as_it_is_whatever_is_published(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(3))
    with reader.snapshot() as old:
        before = state(old)
        writer.fold(batch(9, compliance="PASSED", updated=T0))
        writer.compact()
        assert state(old) == before
        assert (old.number, old.at) == (1, T0)
        with reader.snapshot() as new:
            assert (new.number, len(state(new))) == (3, 9)
    with reader.snapshot(number=1) as again:
        assert state(again) == before


def test_lists_and_parameters_work_on_a_snapshot(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())
    with reader.snapshot() as snapshot:
        assert snapshot.count(EVERYTHING) == Counts(9, 6)
        assert [one.failing for one in snapshot.groups(EVERYTHING)] == [6]
        first = snapshot.page(EVERYTHING, limit=4)
        rest = snapshot.page(EVERYTHING, limit=9, after=first[-1].fields["subject"])
        assert len({one.fields["subject"] for one in (*first, *rest)}) == 9
        subject = first[0].fields["subject"]
        assert [one["compliance"] for one in snapshot.findings_of(subject)] == ["FAILED"]
        assert [one["to_status"] for one in snapshot.history_of(subject)] == ["FAILED"]
        counted = "SELECT count(*) FROM subjects WHERE account = $account"
        assert snapshot.execute(counted, {"account": ACCOUNTS_[0]}) == [(5,)]


def test_deltas_are_folded_newest_first(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(2))
    for turn, status in enumerate(("FAILED", "PASSED", "WARNING")):
        writer.fold(batch(1, compliance=status, updated=T0 - dt.timedelta(minutes=30 - turn)))
    with reader.snapshot() as snapshot:
        assert snapshot.execute("SELECT compliance, count(*) FROM findings GROUP BY ALL ORDER BY ALL", {}) == [
            ("FAILED", 1),
            ("WARNING", 1),
        ]
        assert state(snapshot)["bucket-0"] == ("present", "WARNING")
        subject = batch(1)[0].subject
        assert [one["compliance"] for one in snapshot.findings_of(subject)] == ["WARNING"]


def test_a_day_is_its_last_version_or_the_newest_before_it(writer: Writer, reader: Reader, clock: Clock) -> None:
    for count in (1, 2):
        writer.fold(batch(count))
    clock.move(2 * DAY)
    writer.fold(batch(3))
    found = {}
    for days in range(4):
        with reader.snapshot(day=(START + days * DAY).date()) as snapshot:
            found[days] = snapshot.number
    assert found == {0: 2, 1: 2, 2: 3, 3: 3}
    assert reader.days() == [START.date(), (START + 2 * DAY).date()]


def test_a_day_whose_findings_are_gone_is_computed_from_transitions(
    writer: Writer, reader: Reader, place: Place, clock: Clock
) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions())
    with reader.snapshot() as snapshot:
        before = (state(snapshot), rows(snapshot, ROLLUP), snapshot.count(EVERYTHING))
        groups = snapshot.groups(EVERYTHING)
    old = place.head().manifest
    clock.move(10 * DAY)
    writer.fold(batch(6, compliance="PASSED", updated=T0))
    writer.compact()
    place.storage.delete(file.name for file in (*old.findings.files, *old.subjects.files, *old.transitions))
    with reader.snapshot(day=START.date()) as snapshot:
        assert (state(snapshot), rows(snapshot, ROLLUP), snapshot.count(EVERYTHING)) == before
        assert snapshot.groups(EVERYTHING) == groups
        assert snapshot.execute("SELECT sum(n) FROM cube", {}) == [(4,)]
        assert snapshot.execute("SELECT count(*), max(version) FROM transitions", {}) == [(4, 1)]
        subject = snapshot.page(EVERYTHING)[0].fields["subject"]
        assert [one["to_status"] for one in snapshot.history_of(subject)] == ["FAILED"]
        with pytest.raises(NoSuchVersion, match="its findings are no longer kept"):
            snapshot.findings_of(subject)
    with reader.snapshot() as snapshot:
        assert set(state(snapshot).values()) == {("present", "PASSED")}


def test_a_missing_file_of_a_young_version_is_damage_and_says_what_to_do(
    writer: Writer, reader: Reader, tmp_path: Path
) -> None:
    writer.fold(batch(4))
    (base,) = (tmp_path / "lake" / "subjects").iterdir()
    base.rename(tmp_path / "elsewhere")
    with (
        pytest.raises(LakeDamaged, match=rf"version 1: subjects/{base.name} is missing; put that file back"),
        reader.snapshot(),
    ):
        pass
    (tmp_path / "elsewhere").rename(base)
    with reader.snapshot() as snapshot:
        assert len(state(snapshot)) == 4


def test_a_file_that_goes_bad_while_it_is_read_is_named(writer: Writer, reader: Reader, tmp_path: Path) -> None:
    writer.fold(batch(4))
    (base,) = (tmp_path / "lake" / "subjects").iterdir()
    with reader.snapshot() as snapshot:
        size = base.stat().st_size
        base.write_bytes(bytes(size))
        with pytest.raises(LakeDamaged, match=f"subjects/{base.name} has other bytes"):
            state(snapshot)


def test_a_mistake_in_a_query_is_no_damage(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(1))
    with reader.snapshot() as snapshot, pytest.raises(Exception, match="no_such_column"):
        snapshot.execute("SELECT no_such_column FROM subjects", {})


@pytest.mark.slow
def test_many_threads_read_several_versions_at_once(writer: Writer, reader: Reader) -> None:
    for count in range(1, 7):
        writer.fold(batch(count))

    def read(turn: int) -> bool:
        number = turn % 6 + 1
        with reader.snapshot(number=number) as snapshot:
            return len(state(snapshot)) == number == snapshot.count(EVERYTHING).subjects

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(read, range(60)))
    schemas = reader._connection.execute(
        "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'v%' AND catalog_name = 'memory'"
    ).fetchall()
    assert schemas == [(3,)]


def test_a_file_that_left_the_cache_while_a_snapshot_is_open_is_fetched_again(
    tmp_path: Path, books: SqlLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client: Any = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="acme")
        storage = S3Storage(client, bucket="acme", prefix="x", cache=Cache(tmp_path / "cache", limit_bytes=1 << 30))
        place: Place = lake_world.place(tmp_path, books, clock, storage=storage)
        writer, reader = lake_world.writer(place, tmp_path), lake_world.reader(place, tmp_path)
        writer.fold(batch(4))
        with reader.snapshot() as snapshot:
            for path in (tmp_path / "cache" / "subjects").iterdir():
                path.unlink()
            assert len(state(snapshot)) == 4
        assert writer.check(deep=True) == ()
        writer.close()
        reader.close()
