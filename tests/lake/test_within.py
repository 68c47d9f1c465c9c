"""Snapshots with only some subjects in them, through the reader: what is there, what is not, past days, threads."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from hubposture.filters import EVERYTHING, All, AnyOf, Comparison, Filter, Not, Operator
from hubposture.findings.tables import DECISIONS, TABLES, WAIVERS, WISHES
from hubposture.lake import sights
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ports.lake import Counts, Snapshot
from lake import lake_world
from lake.lake_world import ACCOUNTS_, ROLLUP, T0, batch, decided, dimensions, rows, state, waiver
from ledger_world import START, Clock

DAY = dt.timedelta(days=1)
FIRST, SECOND = (Comparison("account-id", Operator.EXACTLY, (one,)) for one in ACCOUNTS_)
BUCKET_1 = Comparison("resource", Operator.EXACTLY, ("arn:aws:s3:::bucket-1",))
NOTHING: Filter = Not(EVERYTHING)


def accounts(snapshot: Snapshot) -> Sequence[str]:
    return [one for (one,) in snapshot.execute("SELECT account FROM accounts ORDER BY account", {})]


def test_everything_within_a_part_is_of_its_subjects(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())
    with reader.snapshot(within=FIRST) as part:
        assert part.within == FIRST
        assert part.count(EVERYTHING) == Counts(5, 3)
        assert accounts(part) == [ACCOUNTS_[0]]
        assert rows(part, ROLLUP) == [(ACCOUNTS_[0], 3)]
        assert {one.fields["account"] for one in part.page(EVERYTHING)} == {ACCOUNTS_[0]}
        hidden = batch(2)[1].subject
        assert part.item(hidden) is None
        assert (part.findings_of(hidden), part.history_of(hidden)) == ([], [])
        assert len(part.findings_of(batch(1)[0].subject)) == 1
        assert part.execute("SELECT sum(n) FROM cube", {}) == [(5,)]
    with reader.snapshot() as whole:
        assert whole.count(EVERYTHING) == Counts(9, 6)


def test_every_table_is_there_in_a_part_of_nothing_too(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions())
    writer.decided(decided(batch(1)[0].subject), [waiver()])
    with reader.snapshot(within=NOTHING) as part:
        assert {table.name for table in (*TABLES, ROLLUP) if rows(part, table)} == {"controls", "standards"}
        assert part.owned().everything.resources == 0
        assert part.work({batch(1)[0].subject}) == []


def test_an_account_without_findings_is_there_for_who_sees_all_of_it(writer: Writer, reader: Reader) -> None:
    writer.fold([one for one in batch(9) if one.account == ACCOUNTS_[0]])
    writer.settle(dimensions())
    with reader.snapshot(within=SECOND) as part:
        assert (accounts(part), part.count(EVERYTHING)) == ([ACCOUNTS_[1]], Counts(0, 0))
    with reader.snapshot(within=AnyOf((SECOND, BUCKET_1))) as part:
        assert accounts(part) == [ACCOUNTS_[1]]
    with reader.snapshot(within=All((SECOND, BUCKET_1))) as part:
        assert accounts(part) == []


def test_of_an_account_that_is_there_in_part_only_its_controls_are_wanted(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    wishes = [
        ("w1", control, "enforce", True, "HIGH", None, "", "Controls!G7", -1, -1) for control in ("ec2.2", "s3.8")
    ]
    writer.settle(dimensions(tables={WISHES.name: wishes}))
    with reader.snapshot(within=AnyOf((FIRST, BUCKET_1))) as part:
        assert accounts(part) == list(ACCOUNTS_)
        wanted = (
            "SELECT t.account, t.region, w.control FROM targets t JOIN wishes w ON w.wishes = t.wishes ORDER BY ALL"
        )
        assert part.execute(wanted, {}) == [
            *((ACCOUNTS_[0], region, control) for region in lake_world.REGIONS for control in ("ec2.2", "s3.8")),
            (ACCOUNTS_[1], batch(2)[1].region, "s3.8"),
        ]
        assert part.item(batch(2)[1].subject) is not None


def test_waivers_are_those_that_cover_a_subject_of_the_part_and_count_it_alone(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9, compliance="FAILED"))
    writer.settle(dimensions())
    covered = [one.subject for one in batch(4)]
    writer.decided([*decided(*covered), *decided(batch(6)[5].subject, waiver="W-2")], [waiver(), waiver("W-2")])
    with reader.snapshot(within=FIRST) as part:
        assert {row[0] for row in rows(part, DECISIONS)} == {batch(9)[at].subject for at in (0, 2)}
        assert [(row[0], row[13], row[14]) for row in rows(part, WAIVERS)] == [("W-2026-014", 2, 2)]


def test_a_part_can_be_any_version_and_any_day_also_one_without_findings(
    writer: Writer, reader: Reader, place: Place, clock: Clock
) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions())
    old = place.head().manifest
    clock.move(10 * DAY)
    writer.fold(batch(6, compliance="PASSED", updated=T0))
    writer.compact()
    place.storage.delete(file.name for file in (*old.findings.files, *old.subjects.files, *old.transitions))
    with reader.snapshot(day=START.date(), within=FIRST) as part:
        assert (part.count(EVERYTHING), rows(part, ROLLUP)) == (Counts(2, 1), [(ACCOUNTS_[0], 1)])
        assert [one["to_status"] for one in part.history_of(batch(3)[2].subject)] == ["FAILED"]
    buckets = Comparison("type", Operator.EXACTLY, ("AwsS3Bucket",))
    for unknown in (buckets, Not(buckets), All((FIRST, Not(buckets)))):
        with reader.snapshot(day=START.date(), within=unknown) as part:
            assert part.count(EVERYTHING) == Counts(0, 0)
    with reader.snapshot(day=START.date(), within=AnyOf((FIRST, buckets))) as part:
        assert part.count(EVERYTHING) == Counts(2, 1)
        with reader.snapshot(within=FIRST) as now, reader.between(part, now) as execute:
            moved = (
                "SELECT count(*) FROM state_from f JOIN state_to t ON t.subject = f.subject AND t.status <> f.status"
            )
            assert execute(moved, {}) == [(1,)]
            assert execute("SELECT count(*) FROM state_to", {}) == [(3,)]


def test_many_subjects_are_looked_up_and_few_are_kept_with_the_same_answers(
    writer: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer.fold(batch(40))
    writer.settle(dimensions())
    some = Comparison("resource", Operator.LIKE, ("*-1*",))
    with reader.snapshot(within=some) as part:
        kept = (state(part), part.groups(EVERYTHING), rows(part, ROLLUP))
    monkeypatch.setattr("hubposture.lake.within.KEPT", 3)
    with reader.snapshot(within=All((some, EVERYTHING))) as part:
        assert (state(part), part.groups(EVERYTHING), rows(part, ROLLUP)) == kept
        assert len(kept[0]) == 11


@pytest.mark.parametrize("text", ["it's", "a\0b", "$f0", "FROM subjects", "'; DROP SCHEMA v1 --", "%_!", "\u202e\n"])
def test_whatever_stands_in_a_filter_is_a_text(writer: Writer, reader: Reader, text: str) -> None:
    writer.fold([lake_world.finding(text), lake_world.finding("other")])
    for wanted in (
        Comparison("resource", Operator.EXACTLY, (text,)),
        Comparison("resource", Operator.LIKE, (text.replace("\\", "\\\\").replace("*", "\\*"),)),
    ):
        with reader.snapshot(within=wanted) as part:
            assert [one.fields["resource"] for one in part.page(EVERYTHING)] == [text.replace("\0", "")] or "\0" in text


def test_threads_ask_for_parts_at_once_and_few_of_them_are_kept(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(40))
    writer.settle(dimensions())

    def ask(number: int) -> int:
        one = Comparison("resource", Operator.EXACTLY, (f"arn:aws:s3:::bucket-{number % 30}",))
        with reader.snapshot(within=one) as part:
            return part.count(EVERYTHING).subjects + len(rows(part, ROLLUP))

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(120))) <= {1, 2}
    with reader.snapshot() as whole:
        schemas = "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'v%!_%' ESCAPE '!'"
        assert whole.execute(schemas, {})[0][0] <= sights.MOST
