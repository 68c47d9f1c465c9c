"""Folding, missing, settling and loading: what is in the lake afterwards."""

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy import text

from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.tables import CUBE, FINDINGS, SUBJECTS, TAGS, TRANSITIONS, Table
from hubposture.lake import output
from hubposture.lake.engine import REJECTS
from hubposture.lake.manifest import from_json
from hubposture.lake.publish import Books, Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Folded, LakeBusy, LakeDamaged
from hubposture.ports.versions import LeaseLost, OutboxRow, Publication
from lake import lake_world
from lake.lake_world import ACCOUNTS_, LAKE, REGIONS, ROLLUP, T0, batch, dimensions, finding, rows, state
from ledger_world import Clock

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def newest(reader: Reader, *tables: Table) -> dict[str, list[tuple[Any, ...]]]:
    with reader.snapshot() as snapshot:
        return {table.name: rows(snapshot, table) for table in tables}


def test_a_batch_becomes_findings_subjects_transitions_and_a_cube(writer: Writer, reader: Reader) -> None:
    assert writer.fold(batch(12)) == Folded(1, new=12, transitions=12)
    found = newest(reader, FINDINGS, SUBJECTS, TRANSITIONS, CUBE)
    assert {name: len(kept) for name, kept in found.items()} == {
        "findings": 12, "subjects": 12, "transitions": 12, "cube": 8,
    }  # fmt: skip
    assert sum(row[-1] for row in found["cube"]) == 12
    assert writer.check(deep=True) == ()


def test_the_same_batch_again_publishes_nothing(writer: Writer, books: SqlLedger) -> None:
    writer.fold(batch(5))
    assert writer.fold(batch(5)) == Folded(1, unchanged=5)
    assert [row.number for row in books.versions(LAKE)] == [1]


def test_where_nothing_is_news_only_the_cursor_is_written(writer: Writer, books: SqlLedger) -> None:
    writer.fold(batch(2))
    also = Publication(cursors={"queue": {"at": 1}}, outbox=(OutboxRow("tickets", "k", {}),))
    assert writer.fold(batch(2), also=also).version == 1
    assert writer.fold([], also=Publication(cursors={"api": {"at": 2}})).version == 1
    assert books.cursor(LAKE, "queue") == {"at": 1}
    assert books.cursor(LAKE, "api") == {"at": 2}
    assert len(books.outbox()) == 1


def test_a_version_and_what_goes_with_it_are_written_at_once(writer: Writer, books: SqlLedger) -> None:
    writer.fold(batch(1), also=Publication(cursors={"queue": {"at": 7}}))
    assert books.cursor(LAKE, "queue") == {"at": 7}


def test_what_changed_replaces_what_was_held(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(6, compliance="FAILED"))
    assert writer.fold(batch(3, compliance="PASSED", updated=T0)) == Folded(2, changed=3, transitions=3)
    with reader.snapshot() as snapshot:
        assert state(snapshot) == {
            f"bucket-{number}": ("present", "PASSED" if number < 3 else "FAILED") for number in range(6)
        }
        assert snapshot.execute("SELECT count(*) FROM findings", {}) == [(6,)]
        assert snapshot.execute("SELECT account, failing FROM rollup ORDER BY account", {}) == [
            (ACCOUNTS_[0], 1),
            (ACCOUNTS_[1], 2),
        ]
    assert writer.check(deep=True) == ()


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_batches_in_any_order_cut_anyhow_and_sent_twice_come_to_the_same_end(
    tmp_path: Path, books: SqlLedger, clock: Clock, seed: int
) -> None:
    updates = [
        finding(
            f"arn:aws:s3:::b{number}", compliance=("PASSED", "FAILED")[(number + turn) % 2], updated=T0 + turn * DAY
        )
        for number in range(9)
        for turn in range(3)
    ]
    clock.move(4 * DAY)
    draw = random.Random(seed)
    ends = []
    for turn in range(2):
        root = tmp_path / str(turn)
        lake = lake_world.place(root, books, clock)
        lake = Place(f"{LAKE}{turn}", books, lake.storage, clock, lake.new_id)
        writer, reader = lake_world.writer(lake, root), lake_world.reader(lake, root)
        order = updates * 2
        draw.shuffle(order)
        step = draw.randint(4, 20)
        for first in range(0, len(order), step):
            writer.fold(order[first : first + step])
        assert writer.check(deep=True) == ()
        with reader.snapshot() as snapshot:
            ends.append((rows(snapshot, FINDINGS), state(snapshot)))
        writer.close()
        reader.close()
    assert ends[0] == ends[1]
    assert {status for _, status in ends[0][1].values()} == {"PASSED", "FAILED"}


def test_tags_are_kept_once_per_set(writer: Writer, reader: Reader) -> None:
    tags = (("env", "prod"), ("owner", "web"))
    writer.fold(batch(3, tags=tags))
    writer.fold(batch(4, first=2, tags=tags, updated=T0))
    writer.fold([finding("arn:aws:s3:::other", tags=(("owner", "data"),))])
    assert [row[1:] for row in newest(reader, TAGS)["tags"]] in (
        [("owner", "data"), ("env", "prod"), ("owner", "web")],
        [("env", "prod"), ("owner", "web"), ("owner", "data")],
    )


def test_what_is_rejected_is_kept_once(writer: Writer, reader: Reader, books: SqlLedger) -> None:
    rejected = (Rejected("a.json:3", "no Id", "{"), Rejected("a.json:9", "no Id", "{"))
    assert writer.fold([], rejected=rejected) == Folded(1, rejected=2)
    assert writer.fold(batch(1), rejected=rejected) == Folded(2, new=1, rejected=2, transitions=1)
    assert writer.fold([], rejected=rejected[:1]) == Folded(2, rejected=1)
    kept = newest(reader, REJECTS)["rejects"]
    assert [row[1:] for row in kept] == [("a.json:3", "no Id", "{"), ("a.json:9", "no Id", "{")]


def test_two_complete_sweeps_and_a_settling_prove_that_a_subject_is_gone(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(4))
    seen = [one.finding for one in batch(4)[1:]]
    for _ in range(2):
        writer.missed(ACCOUNTS_, seen, started=T0)
    with reader.snapshot() as snapshot:
        assert state(snapshot)["bucket-0"] == ("unsure", "PASSED")
    assert writer.settle(dimensions()).transitions == 1
    with reader.snapshot() as snapshot:
        assert state(snapshot)["bucket-0"] == ("gone", "PASSED")
        assert state(snapshot)["bucket-1"] == ("present", "FAILED")
    assert writer.check(deep=True) == ()


def test_a_sweep_that_saw_everything_publishes_nothing(writer: Writer) -> None:
    writer.fold(batch(4))
    assert writer.missed(ACCOUNTS_, [one.finding for one in batch(4)], started=T0) == Folded(1)


def test_a_settling_that_says_the_same_publishes_nothing_and_shares_its_files(writer: Writer, books: SqlLedger) -> None:
    writer.fold(batch(4))
    assert writer.settle(dimensions()).version == 2
    assert writer.settle(dimensions()).version == 2
    assert (
        writer.settle(dimensions(tables={"decisions": [(batch(1)[0].subject, "W-1", None, "suppress")]})).version == 3
    )
    held, now = (from_json(row.manifest).dimensions for row in reversed(books.versions(LAKE, limit=2)))
    assert {name for name in now if now[name] != held.get(name)} == {"decisions"}


def test_a_decision_moves_its_subject_in_the_cube(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions(tables={"decisions": [(batch(2)[1].subject, "W-1", None, "suppress")]}))
    with reader.snapshot() as snapshot:
        assert snapshot.execute("SELECT sum(n) FROM cube WHERE waived", {}) == [(1,)]
    writer.fold([batch(2)[1]._replace(compliance="PASSED", updated_at=T0, observed_at=T0)])
    with reader.snapshot() as snapshot:
        assert snapshot.execute("SELECT status, n FROM cube WHERE waived", {}) == [("PASSED", 1)]
    assert writer.check(deep=True) == ()


def test_an_account_that_left_loses_its_subjects_from_sight_by_name(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(4))
    left = [(one, "", "", one, "left" if one == ACCOUNTS_[0] else "active", "", "", "") for one in ACCOUNTS_]
    assert writer.settle(dimensions(tables={"accounts": left})).transitions == 2
    with reader.snapshot() as snapshot:
        found = snapshot.execute("SELECT account, presence, count(*) FROM subjects GROUP BY ALL ORDER BY ALL", {})
    assert found == [(ACCOUNTS_[0], "lost", 2), (ACCOUNTS_[1], "present", 2)]


@pytest.mark.slow
def test_a_large_batch_is_the_same_as_a_small_one(
    writer: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_ROWS_OF_A_RANGE", 12)
    assert writer.fold(batch(40)) == Folded(1, new=40, transitions=40)
    assert writer.fold(batch(45, compliance="PASSED", updated=T0)) == Folded(2, 5, 26, 14, 0, 31)
    assert len(newest(reader, FINDINGS)["findings"]) == 45
    assert writer.check(deep=True) == ()


def asff(number: int, *, status: str = "FAILED") -> dict[str, Any]:
    account, region = ACCOUNTS_[number % 2], REGIONS[number // 2 % 2]
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"arn:aws:securityhub:{region}:{account}:security-control/S3.8/finding/{number}",
        "ProductArn": f"arn:aws:securityhub:{region}::product/aws/securityhub",
        "ProductName": "Security Hub",
        "GeneratorId": "security-control/S3.8",
        "AwsAccountId": account,
        "Region": region,
        "Types": ["Software and Configuration Checks"],
        "CreatedAt": "2026-11-20T00:00:00Z",
        "UpdatedAt": "2026-11-23T00:00:00Z",
        "Severity": {"Label": "HIGH"},
        "Title": "t",
        "Description": "d",
        "Resources": [
            {"Type": "AwsS3Bucket", "Id": f"arn:aws:s3:::b-{number}", "Tags": {"owner": f"team-{number % 3}"}}
        ],
        "Compliance": {"Status": status, "SecurityControlId": "S3.8"},
        "Workflow": {"Status": "NEW"},
        "RecordState": "ACTIVE",
    }


def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.ndjson" for name in "ab"]
    for turn, path in enumerate(paths):
        lines = [json.dumps(asff(number)) for number in range(turn * 10, turn * 10 + 10)]
        path.write_text("\n".join([*lines, "{broken"]) + "\n")
    return paths


@pytest.mark.slow
def test_files_are_loaded_as_one_version(writer: Writer, reader: Reader, tmp_path: Path) -> None:
    paths = files(tmp_path)
    steps: list[tuple[int, int]] = []
    loaded = writer.load(paths, observed_at=T0, progress=lambda done, total: steps.append((done, total))).folded
    assert loaded == Folded(1, new=20, rejected=2, transitions=20)
    assert steps[-1][0] == steps[-1][1] > 0
    found = newest(reader, FINDINGS, SUBJECTS, TAGS, REJECTS)
    assert [len(kept) for kept in found.values()] == [20, 20, 3, 2]
    assert writer.load(paths, observed_at=T0).folded == Folded(1, unchanged=20, rejected=2)
    assert writer.check(deep=True) == ()
    assert not [path for path in (tmp_path / "lake" / ".scratch").rglob("*") if path.is_file()]


def test_a_head_that_moved_meanwhile_is_built_upon(
    tmp_path: Path, place: Place, books: SqlLedger, writer: Writer, reader: Reader
) -> None:
    """Compaction publishes without the lease, just when a batch is ready to be published."""
    writer.fold(batch(6))
    writer.fold(batch(2, first=6))
    real = books.publish
    calls: list[int] = []

    class Moved:
        def publish(self, *args: Any, **values: Any) -> Any:
            if not calls:
                calls.append(1)
                lake_world.writer(place, tmp_path).compact()
            return real(*args, **values)

        def __getattr__(self, name: str) -> Any:
            return getattr(books, name)

    moved = Place(LAKE, cast("Books", Moved()), place.storage, place.now, place.new_id)
    other = lake_world.writer(moved, tmp_path)
    before = lake_world.names(tmp_path / "lake")
    assert other.fold(batch(2, first=8)) == Folded(4, new=2, transitions=2)
    other.close()
    assert len(newest(reader, SUBJECTS)["subjects"]) == 10
    assert writer.check(deep=True) == ()
    needed = {file.name for row in books.versions(LAKE) for file in from_json(row.manifest).files()}
    assert lake_world.names(tmp_path / "lake") - before <= needed, "what was written for the first try was taken back"


def test_a_lease_that_was_lost_publishes_nothing(
    writer: Writer, books: SqlLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.fold(batch(1))
    before = lake_world.names(tmp_path / "lake")
    real = books.publish

    def stolen(*args: Any, **values: Any) -> Any:
        with books._engine.begin() as connection:
            connection.execute(text("UPDATE leases SET token = token + 1, holder = 'thief'"))
        return real(*args, **values)

    monkeypatch.setattr(books, "publish", stolen)
    with pytest.raises(LeaseLost):
        writer.fold(batch(1, first=1))
    assert [row.number for row in books.versions(LAKE)] == [1]
    assert lake_world.names(tmp_path / "lake") == before


def test_somebody_who_writes_for_too_long_is_named(
    writer: Writer, books: SqlLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hubposture.lake.publish._PATIENCE_SECONDS", 0.05)
    assert books.take_lease(f"lake/{LAKE}", "other", ttl=dt.timedelta(hours=1))
    with pytest.raises(LakeBusy, match="somebody else has been writing"):
        writer.fold(batch(1))


def test_a_dead_writers_lease_is_taken_over_when_it_ends(
    writer: Writer, books: SqlLedger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert books.take_lease(f"lake/{LAKE}", "dead", ttl=dt.timedelta(seconds=60))
    monkeypatch.setattr("time.sleep", lambda _: clock.move(dt.timedelta(seconds=10)))
    assert writer.fold(batch(1)).version == 1


@pytest.mark.parametrize("days", [-400, 400])
def test_a_clock_that_jumps_never_takes_a_version_back_in_time(
    writer: Writer, reader: Reader, books: SqlLedger, clock: Clock, days: int
) -> None:
    writer.fold(batch(2))
    clock.move(dt.timedelta(days=days))
    writer.fold(batch(2, compliance="PASSED", updated=T0))
    clock.move(dt.timedelta(days=-2 * days))
    writer.fold(batch(3, compliance="FAILED", updated=T0 + HOUR))
    times = [row.at for row in reversed(books.versions(LAKE))]
    assert times == sorted(times)
    moved = [row[:3] for row in sorted(newest(reader, TRANSITIONS)["transitions"], key=lambda row: row[1])]
    assert [at for _, _, at in moved] == sorted(at for _, _, at in moved)
    assert writer.check(deep=True) == ()


def test_a_batch_on_a_damaged_lake_says_which_file_and_writes_nothing(
    writer: Writer, books: SqlLedger, tmp_path: Path
) -> None:
    writer.fold(batch(3))
    (base,) = (tmp_path / "lake" / "findings").iterdir()
    content = base.read_bytes()
    base.unlink()
    writer.close()
    with pytest.raises(LakeDamaged, match=rf"version 1: findings/{base.name} is missing"):
        writer.fold(batch(1, updated=T0))
    base.write_bytes(content[:-1])
    with pytest.raises(LakeDamaged, match=f"has {len(content) - 1} bytes instead of {len(content)}"):
        writer.fold(batch(1, updated=T0))
    base.write_bytes(content[:40] + bytes(200) + content[240:])
    with pytest.raises(LakeDamaged, match="has other bytes than were written"):
        writer.fold(batch(1, updated=T0, compliance="PASSED"))
    base.write_bytes(content)
    assert writer.fold([finding(compliance="PASSED")]).version == 2
    assert [row.number for row in books.versions(LAKE)] == [2, 1]


def test_a_failing_step_leaves_the_writer_fit_for_the_next(
    writer: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.fold(batch(2))
    changed = batch(2, compliance="PASSED", updated=T0)
    with monkeypatch.context() as patch:
        patch.setattr("hubposture.findings.fold.cube_change", lambda _: (_ for _ in ()).throw(RuntimeError("defect")))
        with pytest.raises(RuntimeError):
            writer.fold(changed)
    assert writer.fold(batch(4, compliance="PASSED", updated=T0)).version == 2
    assert writer.check(deep=True) == ()
    assert len(newest(reader, FINDINGS)["findings"]) == 4


def test_the_rollup_follows_every_change(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(6, compliance="FAILED"))
    writer.fold(batch(5, compliance="PASSED", updated=T0))
    assert newest(reader, ROLLUP)["rollup"] == [(ACCOUNTS_[1], 1)]


def test_findings_may_be_given_as_any_sequence(writer: Writer) -> None:
    some: tuple[Finding, ...] = tuple(batch(2))
    assert writer.fold(some).new == 2
