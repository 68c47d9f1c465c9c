"""Waivers matched on versions of a real lake: whatever its layers, past days too, and nothing is left behind."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.waivers.rule import Fit, Rule
from lake.lake_world import ACCOUNTS_, T0, batch, dimensions
from ledger_world import START, Clock
from waivers.match_world import rule

ALL = frozenset(one.subject for one in batch(9))
FAILING = sorted(one.subject for one in batch(9) if one.compliance == "FAILED")
OLD = rule("W-1", accounts=ACCOUNTS_, holds=False)
UNDER = replace(rule("W-2", resources=("*bucket-?",), ous=("/Work",), known=ACCOUNTS_), approved=ALL)
RULES: Sequence[Rule] = (OLD, UNDER)


def test_a_version_is_judged_as_it_is_with_its_deltas(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())
    with reader.snapshot() as old:
        writer.fold(batch(1, compliance="FAILED", updated=T0))
        for snapshot, failing in ((old, FAILING), (None, sorted({*FAILING, batch(1)[0].subject}))):
            with reader.snapshot() as new:
                shot = snapshot or new
                found = shot.judge(RULES, ours=())
                assert found.version == shot.number
                assert [one.subject for one in found.cases] == failing
                assert {one.cover and one.cover.fit for one in found.cases} == {Fit.COVERS}
                assert all(len(one.findings) == 1 for one in found.cases)
                assert [row[0] for row in found.covered] == sorted(ALL)


def test_nothing_is_left_and_the_same_is_found_again(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())
    with reader.snapshot() as snapshot:
        found = snapshot.judge(RULES, ours=())
        some = snapshot.judge(RULES, ours=FAILING[:1], only=FAILING[:2])
        assert [one.subject for one in some.cases] == FAILING[:2]
        assert snapshot.judge(RULES[::-1], ours=()) == found
        left = "SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'match%'"
        assert snapshot.execute(left, {}) == []


def test_several_threads_judge_at_once(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())

    def failing(turn: int) -> int:
        with reader.snapshot() as snapshot:
            return len(snapshot.judge(RULES[turn % 2 :], ours=()).cases)

    with ThreadPoolExecutor(3) as pool:
        assert set(pool.map(failing, range(6))) == {len(FAILING)}


def test_a_row_of_the_matrix_bars_a_waiver(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(9))
    wishes = [("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", 0, -1)]
    writer.settle(dimensions(tables={"wishes": wishes}))
    with reader.snapshot() as snapshot:
        found = snapshot.judge(RULES, ours=())
    assert (found.covered, found.tallies["W-2"].barred) == ((), 9)


def test_a_day_whose_findings_are_gone_is_judged_without_them(
    writer: Writer, reader: Reader, place: Place, clock: Clock
) -> None:
    writer.fold(batch(9))
    writer.settle(dimensions())
    old = place.head().manifest
    clock.move(dt.timedelta(days=10))
    writer.fold(batch(9, compliance="PASSED", updated=T0))
    writer.compact()
    place.storage.delete(file.name for file in (*old.findings.files, *old.subjects.files, *old.transitions))
    taking_in = replace(UNDER, approved=(), covers_new=9, new_since=T0 - dt.timedelta(seconds=1))
    with reader.snapshot(day=START.date()) as snapshot:
        found = snapshot.judge([taking_in], ours=FAILING[:1])
        assert [(one.subject, one.findings, one.first_seen_at) for one in found.cases] == [
            (key, (), T0) for key in FAILING
        ]
        assert len(found.tallies["W-2"].admitted) == 9
        assert snapshot.judge([replace(taking_in, new_since=T0)], ours=()).tallies["W-2"].admitted == ()
