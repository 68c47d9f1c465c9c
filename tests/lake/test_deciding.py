"""Deciding on waivers: what is waived, what every waiver is, and how cube, rollup and movement follow."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from hubposture.findings.tables import CUBE, DECISIONS, SUBJECTS, TRANSITIONS, WAIVERS
from hubposture.lake.manifest import from_json
from hubposture.lake.publish import Books, Place
from hubposture.lake.reader import Reader
from hubposture.lake.writer import Writer
from hubposture.ledger.ledger import SqlLedger
from hubposture.ports.lake import Folded
from hubposture.ports.versions import LeaseLost, Publication
from hubposture.posture.movement import Cause, Delta, movement
from lake import lake_world
from lake.lake_world import ACCOUNTS_, LAKE, ROLLUP, T0, batch, decided, dimensions, rows, waiver
from ledger_world import Clock

FAILED, PASSED = batch(1, first=1)[0].subject, batch(1)[0].subject


def waived(reader: Reader) -> list[tuple[Any, ...]]:
    """(status, waived, visible, how many) of the newest cube."""
    with reader.snapshot() as snapshot:
        return snapshot.execute("SELECT status, waived, visible, sum(n) FROM cube GROUP BY ALL ORDER BY ALL", {})


def test_a_decision_moves_its_subjects_in_the_cube_and_is_a_version_of_its_own(
    writer: Writer, reader: Reader, place: Place
) -> None:
    writer.fold(batch(6))
    writer.settle(dimensions())
    assert writer.decided(decided(FAILED, PASSED), [waiver()]) == Folded(3)
    assert place.head().manifest.why == "waivers"
    assert waived(reader) == [
        ("FAILED", False, False, 3), ("FAILED", True, False, 1), ("PASSED", False, False, 1), ("PASSED", True, False, 1),
    ]  # fmt: skip
    with reader.snapshot() as snapshot:
        assert rows(snapshot, DECISIONS) == sorted(decided(FAILED, PASSED))
        assert rows(snapshot, WAIVERS) == [waiver()]
        assert len(rows(snapshot, TRANSITIONS)) == 6, "nothing that a check said has changed"
    assert writer.check(deep=True) == ()


def test_other_decisions_take_the_place_of_those_before(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(6))
    writer.decided(decided(FAILED), [waiver()])
    writer.decided(decided(FAILED, effect="visible"), [waiver()])
    assert waived(reader)[1] == ("FAILED", True, True, 1)
    writer.decided(decided(PASSED), [waiver()])
    assert [row for row in waived(reader) if row[1]] == [("PASSED", True, False, 1)]
    writer.decided([], [])
    assert [row for row in waived(reader) if row[1]] == []
    assert writer.check(deep=True) == ()


def test_the_same_decisions_again_in_any_order_publish_nothing_but_what_goes_with_them(
    writer: Writer, books: SqlLedger
) -> None:
    writer.fold(batch(6))
    writer.decided(decided(FAILED, PASSED), [waiver("W-1"), waiver("W-2")])
    also = Publication(cursors={"waivers": {"at": 7}})
    assert writer.decided(decided(PASSED, FAILED), [waiver("W-2"), waiver("W-1")], also=also) == Folded(2)
    assert [row.number for row in books.versions(LAKE)] == [2, 1]
    assert books.cursor(LAKE, "waivers") == {"at": 7}


def test_where_only_what_is_said_of_a_waiver_changed_the_cube_stays_as_it_is(
    writer: Writer, place: Place, reader: Reader
) -> None:
    writer.fold(batch(6))
    writer.decided(decided(FAILED), [waiver()])
    cube = place.head().manifest.cube
    assert writer.decided(decided(FAILED), [waiver(state="expired")]).version == 3
    assert place.head().manifest.cube == cube
    with reader.snapshot() as snapshot:
        assert snapshot.execute("SELECT state FROM waivers", {}) == [("expired",)]


def test_the_rollup_is_renewed_by_a_decision(writer: Writer, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    count = "SELECT account, sum(n) FROM cube WHERE status = 'FAILED' AND NOT waived GROUP BY account"
    monkeypatch.setattr(writer._bench, "_rollup", lambda execute, _at: (ROLLUP, execute(count, {})))
    writer.fold(batch(2, compliance="FAILED"))
    writer.decided(decided(PASSED), [waiver()])
    with reader.snapshot() as snapshot:
        assert rows(snapshot, ROLLUP) == [(ACCOUNTS_[1], 1)]


def test_a_settling_between_two_decisions_keeps_them(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(6))
    writer.decided(decided(FAILED), [waiver()])
    writer.settle(dimensions())
    assert ("FAILED", True, False, 1) in waived(reader)
    with reader.snapshot() as snapshot:
        assert rows(snapshot, WAIVERS) == [waiver()]
    assert writer.decided(decided(FAILED), [waiver()]).version == 3
    assert writer.check(deep=True) == ()


def test_a_subject_that_is_decided_before_it_is_found_is_waived_when_it_comes(writer: Writer, reader: Reader) -> None:
    writer.decided(decided(FAILED), [waiver()])
    writer.fold(batch(2))
    assert ("FAILED", True, False, 1) in waived(reader)
    assert writer.check(deep=True) == ()


def test_a_subject_is_decided_once(writer: Writer) -> None:
    with pytest.raises(AssertionError, match="decided once"):
        writer.decided(decided(FAILED, FAILED), [waiver()])


# --- as safe as the other steps --------------------------------------------------------------------------------------


class Between:
    """A ledger on which something else happens just before the first publication."""

    def __init__(self, books: SqlLedger, happens: Any) -> None:
        self._books = books
        self._happens = happens
        self.heads: list[int] = []

    def publish(self, *args: Any, **values: Any) -> Any:
        self.heads.append(values["parent"])
        if len(self.heads) == 1:
            self._happens()
        return self._books.publish(*args, **values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._books, name)


def between(place: Place, books: SqlLedger, happens: Any) -> tuple[Place, Between]:
    moved = Between(books, happens)
    return Place(LAKE, cast("Books", moved), place.storage, place.now, place.new_id), moved


def test_a_decision_is_made_anew_on_a_head_that_moved(
    tmp_path: Path, place: Place, books: SqlLedger, writer: Writer, reader: Reader
) -> None:
    writer.fold(batch(6))
    writer.fold(batch(2, first=6))
    before = lake_world.names(tmp_path / "lake")
    at, moved = between(place, books, lake_world.writer(place, tmp_path).compact)
    other = lake_world.writer(at, tmp_path)
    assert other.decided(decided(FAILED), [waiver()]) == Folded(4)
    other.close()
    assert moved.heads == [2, 3]
    assert ("FAILED", True, False, 1) in waived(reader)
    assert writer.check(deep=True) == ()
    needed = {file.name for row in books.versions(LAKE) for file in from_json(row.manifest).files()}
    assert lake_world.names(tmp_path / "lake") - before <= needed, "what was written for the first try was taken back"


@pytest.mark.parametrize("error", [LeaseLost, KeyboardInterrupt, OSError])
def test_a_decision_that_is_broken_off_leaves_all_as_it_was_and_can_be_made_again(
    tmp_path: Path, place: Place, books: SqlLedger, reader: Reader, error: type[BaseException]
) -> None:
    def breaks() -> None:
        raise error("broken off")

    at, _ = between(place, books, breaks)
    lake_world.writer(place, tmp_path).fold(batch(6))
    other = lake_world.writer(at, tmp_path)
    with pytest.raises(error):
        other.decided(decided(FAILED), [waiver()])
    assert not [row for row in waived(reader) if row[1]]
    assert other.decided(decided(FAILED), [waiver()]) == Folded(2)
    assert other.check(deep=True) == ()
    other.close()


# --- movement --------------------------------------------------------------------------------------------------------


def moved(reader: Reader, first: int, last: int) -> dict[Cause, Delta]:
    """The causes between two versions, which explain the difference to the last subject."""
    with reader.snapshot(number=first) as one, reader.snapshot(number=last) as other, reader.between(one, other) as ask:
        found = movement(ask, since=one.at)
    whole = sum(found.causes.values(), Delta())
    for name in ("met", "failing", "waived"):
        assert getattr(found.before, name) + getattr(whole, name) == getattr(found.after, name), name
    return dict(found.causes)


def test_movement_tells_what_was_waived_and_what_is_waived_no_longer(writer: Writer, reader: Reader) -> None:
    writer.fold(batch(6))
    subjects = [one.subject for one in batch(6) if one.compliance == "FAILED"]
    writer.settle(dimensions())
    writer.decided(decided(*subjects[:2], PASSED), [waiver()])
    writer.decided(decided(*subjects[1:4]), [waiver()])
    writer.decided([], [])
    assert moved(reader, 2, 3) == {Cause.WAIVED: Delta(2, met=2, failing=-2, waived=2)}
    assert moved(reader, 3, 4) == {
        Cause.WAIVED: Delta(2, met=2, failing=-2, waived=2), Cause.LIFTED: Delta(1, met=-1, failing=1, waived=-1),
    }  # fmt: skip
    assert moved(reader, 4, 5) == {Cause.LIFTED: Delta(3, met=-3, failing=3, waived=-3)}
    assert moved(reader, 2, 5) == {}


def test_a_waived_subject_that_was_fixed_is_fixed_and_one_that_fails_under_its_waiver_is_still_met(
    writer: Writer, reader: Reader
) -> None:
    writer.fold(batch(4))
    writer.settle(dimensions())
    writer.decided(decided(FAILED, PASSED), [waiver()])
    turned = [
        one._replace(compliance="FAILED" if one.compliance == "PASSED" else "PASSED", updated_at=T0, observed_at=T0)
        for one in batch(2)
    ]
    writer.fold(turned)
    assert moved(reader, 3, 4) == {Cause.FIXED: Delta(1, waived=-1), Cause.REGRESSED: Delta(1, waived=1)}


# --- whatever happens ------------------------------------------------------------------------------------------------

KEYS = [one.subject for one in batch(8)]
STEPS = st.one_of(
    st.tuples(st.just("fold"), st.integers(0, 7), st.sampled_from(("PASSED", "FAILED", "WARNING"))),
    st.tuples(st.just("decided"), st.sets(st.integers(0, 7)), st.sampled_from(("suppress", "visible"))),
    st.tuples(st.just("settle"), st.sampled_from(("seen", "lost")), st.booleans()),
    st.tuples(st.just("compact"), st.none(), st.none()),
)


class Told:
    """A lake that is told steps, and what it must hold of waivers in the end."""

    def __init__(self, root: Path, books: SqlLedger, clock: Clock) -> None:
        made = lake_world.place(root, books, clock)
        self.place = Place(root.name, books, made.storage, clock, made.new_id)
        self.writer, self.reader = lake_world.writer(self.place, root), lake_world.reader(self.place, root)
        self.turn = 0
        self.decided: Sequence[tuple[object, ...]] = []

    def tell(self, step: tuple[str, Any, Any]) -> None:
        self.turn += 1
        name, what, how = step
        if name == "fold":
            at = T0 + self.turn * lake_world.HOUR
            self.writer.fold(batch(3, first=what, compliance=how, updated=at, observed=at))
        elif name == "decided":
            self.decided = decided(*(KEYS[number] for number in sorted(what)), effect=how)
            self.writer.decided(self.decided, [waiver()])
        elif name == "settle":
            places = [(one, region) for one in ACCOUNTS_ for region in lake_world.REGIONS]
            targets = [(*place, what, "", "local", "e1", "w1", None) for place in places]
            on = [("e1", "cis-5.0.0", "s3.8", how, "")]
            self.writer.settle(dimensions(tables={"targets": targets, "enablement": on}))
        else:
            self.writer.compact()

    def close(self) -> None:
        self.writer.close()
        self.reader.close()


@settings(
    max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(steps=st.lists(STEPS, min_size=3, max_size=7))
def test_after_any_steps_the_cube_is_what_a_recount_gives_and_no_decision_is_lost(
    tmp_path: Path, books: SqlLedger, clock: Clock, steps: list[tuple[str, Any, Any]]
) -> None:
    told = Told(tmp_path / f"lake{len(list(tmp_path.iterdir()))}", books, clock)
    told.writer.fold(batch(8))
    for step in steps:
        told.tell(step)
        assert told.writer.check(deep=True) == (), step
    with told.reader.snapshot() as snapshot:
        assert rows(snapshot, DECISIONS) == sorted(told.decided)
        assert sum(row[-1] for row in rows(snapshot, CUBE)) == len(rows(snapshot, SUBJECTS))
    told.close()
