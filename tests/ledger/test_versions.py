import itertools
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from hubposture.errors import Refusal
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.ledger import Entry, LedgerUnavailable
from hubposture.ports.versions import HeadMoved, LeaseLost, OutboxRow, Pin, Publication, VersionRow, Versions
from ledger_world import START, Clock

NOTHING = Publication()
MINUTE = timedelta(minutes=1)
MANIFEST = {
    "base": ["base/1.parquet", "größe \0.parquet"],
    "deltas": [],
    "rows": 10**15,
    "share": 0.1,
    "of": {"b": None, "a": True},
}


def entry(what: str) -> Entry:
    return Entry(who="worker", what=what, before=None, after="v", why="fold")


def publish(ledger: SqlLedger, lake: str, parent: int, also: Publication = NOTHING) -> VersionRow:
    return ledger.publish(lake, parent=parent, manifest={"parent": parent}, also=also, lease=None)


def everything(ledger: SqlLedger, lake: str = "acme") -> tuple[object, ...]:
    """All that a publication can change."""
    return ledger.versions(lake), ledger.head_version(lake), ledger.cursor(lake, "s3"), ledger.outbox(), ledger.head()


def test_it_is_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: Versions = ledger
    assert port.head_version("acme") is None
    assert port.version("acme", 1) is None
    assert port.version_at("acme", START) is None
    assert port.versions("acme") == ()
    assert port.cursor("acme", "s3") == {}
    assert port.pins("acme") == ()
    assert port.outbox() == ()


def test_a_version_is_read_back_as_it_was_published(ledger: SqlLedger) -> None:
    made = ledger.publish("acme", parent=0, manifest=MANIFEST, also=NOTHING, lease=None)
    assert made == VersionRow("acme", 1, 0, START, MANIFEST)
    assert ledger.head_version("acme") == ledger.version("acme", 1) == made
    assert ledger.versions("acme") == (made,)


def test_a_manifest_that_is_no_json_publishes_nothing(ledger: SqlLedger) -> None:
    with pytest.raises(ValueError, match="JSON"):
        ledger.publish("acme", parent=0, manifest={"share": float("nan")}, also=NOTHING, lease=None)
    assert ledger.head_version("acme") is None


def test_a_publication_writes_version_cursors_outbox_and_audit_together(ledger: SqlLedger) -> None:
    rows = [OutboxRow("ticket", key, {"of": [key]}) for key in ("b", "a")]
    also = Publication(
        cursors={"s3": {"after": ["k", 1]}, "api": {"at": None}}, outbox=rows, audit=[entry("1"), entry("2")]
    )
    publish(ledger, "acme", 0, also)
    assert ledger.cursor("acme", "s3") == {"after": ["k", 1]}
    assert ledger.cursor("acme", "api") == {"at": None}
    assert ledger.outbox() == tuple(rows)
    assert [record.entry for record in ledger.trail()] == [entry("1"), entry("2")]
    assert ledger.verify() == ()


def test_a_cursor_is_replaced_by_the_next_one_of_its_source_only(ledger: SqlLedger) -> None:
    publish(ledger, "acme", 0, Publication(cursors={"s3": {"n": 1}, "api": {"n": 1}}))
    publish(ledger, "gov", 0, Publication(cursors={"s3": {"n": 9}}))
    publish(ledger, "acme", 1, Publication(cursors={"s3": {"n": 2}}))
    found = [ledger.cursor("acme", "s3"), ledger.cursor("acme", "api"), ledger.cursor("gov", "s3")]
    assert found == [{"n": 2}, {"n": 1}, {"n": 9}]


@pytest.mark.parametrize("parent", [0, 1, 3, -1])
def test_who_does_not_know_the_head_publishes_nothing_and_is_told_the_head(ledger: SqlLedger, parent: int) -> None:
    publish(ledger, "acme", 0)
    publish(ledger, "acme", 1, Publication(cursors={"s3": {"n": 1}}))
    before = everything(ledger)
    also = Publication(cursors={"s3": {"n": 2}}, outbox=[OutboxRow("t", "k", {})], audit=[entry("x")])
    with pytest.raises(HeadMoved, match=f"version 2 and not {parent}.*rebase"):
        publish(ledger, "acme", parent, also)
    assert everything(ledger) == before


def test_a_lake_without_versions_has_no_second_one(ledger: SqlLedger) -> None:
    with pytest.raises(HeadMoved, match="version 0 and not 1"):
        publish(ledger, "acme", 1)
    assert ledger.head_version("acme") is None


def test_lakes_do_not_see_each_other(ledger: SqlLedger) -> None:
    first = publish(ledger, "acme", 0)
    publish(ledger, "gov", 0)
    second = publish(ledger, "gov", 1)
    assert ledger.versions("acme") == (first,)
    assert ledger.head_version("gov") == second
    assert ledger.retire("acme", [1, 2]) == 0


def test_an_entry_that_cannot_be_stored_leaves_neither_version_nor_cursor(ledger: SqlLedger) -> None:
    bad = Entry(who="x", what="y", before=None, after=float("inf"), why="z")
    before = everything(ledger)
    also = Publication(cursors={"s3": {"n": 1}}, outbox=[OutboxRow("t", "k", {})], audit=[bad])
    with pytest.raises(ValueError, match="JSON"):
        publish(ledger, "acme", 0, also)
    assert everything(ledger) == before


def test_advancing_writes_all_but_a_version(ledger: SqlLedger) -> None:
    made = publish(ledger, "acme", 0)
    also = Publication(cursors={"s3": {"n": 1}}, outbox=[OutboxRow("t", "k", {})], audit=[entry("x")])
    ledger.advance("acme", also=also, lease=None)
    assert everything(ledger)[:4] == ((made,), made, {"n": 1}, (OutboxRow("t", "k", {}),))
    assert ledger.head().seq == 1


# Leases


def test_who_holds_the_lease_publishes_also_after_it_ended_if_nobody_took_it(ledger: SqlLedger, clock: Clock) -> None:
    lease = ledger.take_lease("fold/acme", "a", ttl=MINUTE)
    assert ledger.publish("acme", parent=0, manifest={}, also=NOTHING, lease=lease).number == 1
    clock.move(10 * MINUTE)
    assert ledger.publish("acme", parent=1, manifest={}, also=NOTHING, lease=lease).number == 2


@pytest.mark.parametrize("how", ["taken over", "taken over and given back", "given back", "never was"])
def test_who_lost_the_lease_writes_nothing(ledger: SqlLedger, clock: Clock, how: str) -> None:
    lease = ledger.take_lease("fold/acme", "a", ttl=MINUTE)
    assert lease is not None
    if how.startswith("taken over"):
        clock.move(2 * MINUTE)
        # The same holder's name, so that only the token tells.
        other = ledger.take_lease("fold/acme", "a", ttl=MINUTE)
        assert other is not None
        if how.endswith("back"):
            ledger.release_lease(other)
    elif how == "given back":
        ledger.release_lease(lease)
    else:
        lease = type(lease)("fold/other", "a", lease.until, 1)
    before = everything(ledger)
    also = Publication(cursors={"s3": {"n": 1}}, outbox=[OutboxRow("t", "k", {})], audit=[entry("x")])
    with pytest.raises(LeaseLost, match="no longer holds it"):
        ledger.publish("acme", parent=0, manifest={}, also=also, lease=lease)
    with pytest.raises(LeaseLost):
        ledger.advance("acme", also=also, lease=lease)
    assert everything(ledger) == before


def test_nobody_takes_a_lease_over_while_its_holder_publishes(
    database_url: str, ledger: SqlLedger, clock: Clock
) -> None:
    lease = ledger.take_lease("fold/acme", "a", ttl=MINUTE)
    ahead, tried = Clock(), list[int]()
    ahead.move(timedelta(hours=1))
    with open_ledger(database_url, relative_to=Path("/"), clock=ahead, busy_seconds=0.1) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "INSERT INTO lake_heads" in statement:
                tried.append(1)
                with pytest.raises(LedgerUnavailable):
                    other.take_lease("fold/acme", "b", ttl=MINUTE)

        assert ledger.publish("acme", parent=0, manifest={}, also=NOTHING, lease=lease).number == 1
        assert tried
        assert other.take_lease("fold/acme", "b", ttl=MINUTE)
    with pytest.raises(LeaseLost, match=r"b has it \(token 2\)"):
        ledger.publish("acme", parent=1, manifest={}, also=NOTHING, lease=lease)


# Time


def test_times_of_versions_never_go_back_when_the_clock_does(ledger: SqlLedger, clock: Clock) -> None:
    publish(ledger, "acme", 0)
    clock.move(timedelta(days=-400))
    second = publish(ledger, "acme", 1)
    clock.move(timedelta(days=400, microseconds=1))
    third = publish(ledger, "acme", 2)
    assert (second.at, third.at) == (START, START + timedelta(microseconds=1))
    assert [row.at for row in ledger.versions("acme")] == [third.at, START, START]


def test_a_moment_has_the_newest_version_at_or_before_it(ledger: SqlLedger, clock: Clock) -> None:
    for parent in range(4):
        publish(ledger, "acme", parent)
        clock.move(MINUTE if parent != 1 else -MINUTE)
    # Versions 1 at 0', 2 and 3 both at 1', 4 at 1' as well: the clock went back.
    assert [row.at for row in ledger.versions("acme", limit=3)] == [START + MINUTE] * 3
    moments = [-0.5, 0, 0.5, 1, 60]
    found = [ledger.version_at("acme", START + moment * MINUTE) for moment in moments]
    assert [row and row.number for row in found] == [None, 1, 1, 4, 4]


# Retiring and pins


def test_retiring_leaves_the_head_and_what_is_pinned(ledger: SqlLedger) -> None:
    for parent in range(5):
        publish(ledger, "acme", parent)
    pin = ledger.pin("acme", 2, name="report", why="the auditors' report")
    assert ledger.retire("acme", [1, 1, 2, 3, 5, 77]) == 2
    assert [row.number for row in ledger.versions("acme")] == [5, 4, 2]
    assert ledger.pins("acme") == (pin,) == (Pin("acme", 2, "report", "the auditors' report", None),)
    assert publish(ledger, "acme", 5).number == 6
    assert ledger.retire("acme", []) == 0


def test_many_versions_retire_at_once(ledger: SqlLedger) -> None:
    publish(ledger, "acme", 0)
    publish(ledger, "acme", 1)
    assert ledger.retire("acme", range(20_000)) == 1


def test_a_pin_holds_until_its_time(ledger: SqlLedger, clock: Clock) -> None:
    publish(ledger, "acme", 0)
    publish(ledger, "acme", 1)
    ledger.pin("acme", 1, name="reader", why="a query", until=START + MINUTE)
    assert ledger.retire("acme", [1]) == 0
    clock.move(MINUTE)
    assert ledger.pins("acme") == ()
    assert ledger.retire("acme", [1]) == 1
    clock.move(-MINUTE)
    assert ledger.pins("acme") == ()


def test_a_name_pins_one_version_of_a_lake_and_can_be_moved_and_removed(ledger: SqlLedger) -> None:
    for lake, parent in (("acme", 0), ("acme", 1), ("gov", 0)):
        publish(ledger, lake, parent)
    ledger.pin("acme", 1, name="report", why="old")
    moved = ledger.pin("acme", 2, name="report", why="new", until=START + MINUTE)
    first = ledger.pin("acme", 2, name="B", why="")
    ledger.pin("gov", 1, name="report", why="theirs")
    assert ledger.pins("acme") == (first, moved)
    assert ledger.retire("acme", [1]) == 1
    assert [ledger.unpin("acme", "report"), ledger.unpin("acme", "report")] == [True, False]
    assert ledger.pins("acme") == (first,)
    assert len(ledger.pins("gov")) == 1


def test_a_version_that_is_not_kept_cannot_be_pinned(ledger: SqlLedger) -> None:
    publish(ledger, "acme", 0)
    publish(ledger, "acme", 1)
    ledger.retire("acme", [1])
    for number in (1, 3):
        with pytest.raises(Refusal, match=f"no version {number} to pin as report"):
            ledger.pin("acme", number, name="report", why="")
    assert ledger.pins("acme") == ()


def test_a_version_is_not_pinned_while_it_is_being_retired(database_url: str, ledger: SqlLedger) -> None:
    publish(ledger, "acme", 0)
    publish(ledger, "acme", 1)
    tried = list[int]()
    with open_ledger(database_url, relative_to=Path("/"), busy_seconds=0.1) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "DELETE FROM lake_pins" in statement:
                tried.append(1)
                with pytest.raises(LedgerUnavailable):
                    other.pin("acme", 1, name="late", why="")

        assert ledger.retire("acme", [1]) == 1
        assert tried
        with pytest.raises(Refusal, match="no version 1"):
            other.pin("acme", 1, name="late", why="")


_LAKES = itertools.count(1)
"""Each example has a lake of its own in the same ledger."""
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("publish"), st.integers(0, 0)),
        st.tuples(st.just("stale"), st.integers(1, 3)),
        st.tuples(st.just("move"), st.integers(-90, 90)),
        st.tuples(st.just("retire"), st.integers(1, 8)),
        st.tuples(st.just("pin"), st.integers(1, 8)),
        st.tuples(st.just("unpin"), st.integers(1, 8)),
    ),
    max_size=30,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_the_head_and_pinned_versions_are_there_and_times_do_not_go_back(
    ledger: SqlLedger, clock: Clock, steps: list[tuple[str, int]]
) -> None:
    lake = f"lake {next(_LAKES)}"
    head, kept, pinned = 0, set[int](), set[int]()
    for what, value in steps:
        if what == "publish":
            assert publish(ledger, lake, head).number == head + 1
            head += 1
            kept.add(head)
        elif what == "stale" and head >= value:
            with pytest.raises(HeadMoved):
                publish(ledger, lake, head - value)
        elif what == "move":
            clock.move(timedelta(seconds=value))
        elif what == "retire":
            gone = kept & {value} - {head} - pinned
            assert ledger.retire(lake, [value]) == len(gone)
            kept -= gone
        elif what == "pin" and value in kept:
            ledger.pin(lake, value, name=str(value), why="")
            pinned.add(value)
        elif what == "unpin":
            assert ledger.unpin(lake, str(value)) == (value in pinned)
            pinned.discard(value)
        found = ledger.versions(lake)
        assert [row.number for row in found] == sorted(kept, reverse=True)
        assert [row.at for row in found] == sorted((row.at for row in found), reverse=True)
        assert ledger.head_version(lake) == (found[0] if found else None)
