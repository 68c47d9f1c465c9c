import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import create_engine, event, make_url, text

from hubposture.access.sessions import Session, Token
from hubposture.errors import Refusal
from hubposture.ledger.engine import reading, writing
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ledger.move import WRITTEN, move
from hubposture.ledger.schema import METADATA
from hubposture.ports.acts import Act
from hubposture.ports.asking import Draft, Said, What
from hubposture.ports.asking import Kind as AskKind
from hubposture.ports.findings import Suppression
from hubposture.ports.ledger import Entry, Failure, LedgerIsNewer, LedgerUnavailable, RunStatus
from hubposture.ports.people import SignIn
from hubposture.ports.proposals import Proposal
from hubposture.ports.reports import Frozen
from hubposture.ports.saved import Asked, SavedFilter
from hubposture.ports.versions import LeaseLost, OutboxRow, Publication
from hubposture.ports.waivers import Notice, Request, RequestState
from hubposture.ports.work import Delivery, Hook, SentMessage
from hubposture.reconcile.outcome import Outcome
from hubposture.timeline.facts import ConfigItem, Gap, Past, Source, Who, Why, Write
from hubposture.timeline.outside import Reading
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.waiver import SystemOfApproval
from hubposture.work.action import Answer
from hubposture.work.offers import Doing, Kind, Thing
from ledger_world import NOON, START, Clock, changes, counting_entropy, mark, note, results, ticket

WAYS = [("sqlite", "postgresql"), ("postgresql", "sqlite"), ("sqlite", "sqlite"), ("postgresql", "postgresql")]
NUMBERS = itertools.count(1)
Make = Callable[[str], SqlLedger]


@pytest.fixture
def make(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Make]:
    """Makes new ledgers of a kind; they move in pages of a few rows."""
    monkeypatch.setattr("hubposture.ledger.move._PAGE", 7)
    opened: list[SqlLedger] = []

    def build(kind: str) -> SqlLedger:
        number = next(NUMBERS)
        url = f"sqlite:///{tmp_path / f'{number}.sqlite'}"
        if kind == "postgresql":
            url = new_database(request.getfixturevalue("postgres_url"), f"moved{number}")
        opened.append(open_ledger(url, relative_to=tmp_path, clock=clock, entropy=counting_entropy(), busy_seconds=0.1))
        return opened[-1]

    yield build
    for one in opened:
        one.close()


def new_database(server_url: str, name: str) -> str:
    server = make_url(server_url).set(drivername="postgresql+psycopg")
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def fill(ledger: SqlLedger, clock: Clock) -> None:
    """Something in every table, with texts that databases like to treat differently."""
    run = ledger.open_run("apply", organization="main", who="größe 🙂 \0", commit="f00").id
    ledger.intend(run, changes("s3.8", "iam.1"))
    ledger.record(run, results(changes("s3.8"), Outcome.APPLIED, "so it's \\ done"))
    ledger.close_run(run, status=RunStatus.INCOMPLETE, counts={"a": 1}, calls={}, failures=[Failure("x", "y")])
    ledger.open_run("plan", who="")
    ledger.audit(Entry("ci", f"thing {number}", "\0", ("off", number, 1.5, None), "w") for number in range(120))
    ledger.first_seen("main", ["s3.8"])
    clock.move(timedelta(microseconds=1))
    ledger.first_seen("main", ["s3.8", "s3.25", "S3.8", "ä", "z", "Z"])
    for lake, parent in (("acme", 0), ("acme", 1), ("Acme", 0), ("acme", 2)):
        also = Publication(
            cursors={"s3": {"n": [parent]}}, outbox=[OutboxRow("decide", f"{lake} {parent}", {"k": [1, None]})]
        )
        ledger.publish(lake, parent=parent, manifest={"deltas": [parent], "ä": 0.1}, also=also, lease=None)
        clock.move(timedelta(seconds=1))
    fill_waivers(ledger)
    fill_work(ledger)
    ledger.freeze(Frozen("main", "ou", "/größe", "2026-W48", NOON, 43, {"format": 1, "ä": [1, None, "\0"]}))
    fill_saved(ledger)
    ledger.put_proposal(
        Proposal(
            "p1", "main", "s3.8", "größe", "S3.8 \0", "why", "kim", NOON, "controls/s3.8-1", "b" * 40, "HIGH",
            (("ou", "/ä"),), {"reason": "=1+1"}, {"cells": [1, None]}, withdrawn_by="kim", withdrawn_at=NOON,
        )
    )  # fmt: skip
    fill_people(ledger)
    fill_asking(ledger)
    fill_seen(ledger)
    ledger.pin("acme", 1, name="report", why="audit")
    ledger.pin("acme", 2, name="reader", why="query", until=clock.now + timedelta(hours=1))
    ledger.retire("acme", [2, 3])
    ledger.take_calls("acme", priority=1, most=4, per_second=3.0, burst=6.0)
    clock.move(timedelta(seconds=0.1))
    ledger.take_calls("acme", priority=2, most=4, per_second=3.0, burst=6.0)


def fill_waivers(ledger: SqlLedger) -> None:
    ledger.put_marks([mark(f"f{number}") for number in range(9)], [note("f1", "größe \0"), note("f1", "", None)])
    ledger.seen_marks("main", {"f1": NOON})
    ledger.resolved_since("main", ["f2", "f3"], NOON)
    ledger.put_suppressors("main", [Suppression("f4", "lee", NOON), Suppression("f5", "", None)])
    ledger.admit("main", "W-1", ["s1", "ä", "Z"], NOON)
    ledger.put_decided("main", ["W-1"], NOON)
    ledger.notify("main", [Notice("W-1", "surplus", NOON.date(), NOON, {"ä": [1, None]})])
    request = Request("01R", "W-1", "d", "git", RequestState.ASKED, "kim", NOON, NOON.date(), "text")
    ledger.put_request(request)
    said = Confirmation("W-1", "d", SystemOfApproval.GIT, "17", "lee", Verdict.APPROVED, NOON.date(), NOON)
    ledger.put_confirmations([said])
    ledger.plan_jobs("main", {"sync": "*/15 * * * *", "run": ""}, ZoneInfo("Europe/Berlin"))


def fill_saved(ledger: SqlLedger) -> None:
    for name, is_shared in (("größe \0", True), ("Z", False)):
        ledger.save_filter(SavedFilter("main", name, "severity>=HIGH", "kim", is_shared, START))
    for key in ("a", "b"):
        ledger.begin_answer(Asked("main", "kim", key, "d" * 64))
    ledger.keep_answer(Asked("main", "kim", "a", "d" * 64), {"status": 201, "ä": None})


def fill_asking(ledger: SqlLedger) -> None:
    asked = Request("r9", "W-9", "d", "hubposture", RequestState.ASKED, "kim", NOON, NOON.date(), "")
    draft = Draft("r9", "W-9", "main", AskKind.NEW, "id: W-9 ä \0", ("kim", "Ö"), "kim", NOON, trouble="no remote")
    assert ledger.begin_ask(asked, draft, Said("s1", "r9", NOON, "kim", What.ASKED, "größe", "d"))
    assert ledger.move_ask(asked, draft, Said("s2", "r9", NOON, "max", What.COMMENTED, "=1+1"))


def fill_seen(ledger: SqlLedger) -> None:
    write = Write(NOON.replace(tzinfo=UTC), "e1", "s3", "PutBucketPolicy", "1", "eu", Who("größe \0"))
    item = ConfigItem(START, "OK", '{"a": [1, null]}', {"ä": "\0"}, {"owner": "ä"}, (("in", "AWS::EC2::VPC", "vpc-1"),))
    gap = Gap(Source.TRAIL, Why.CUT, "cut", START)
    ledger.put_past("main", "r" * 32, Past(START, "kim", START, (item,), (write,), (gap,)), most=10)
    reading_ = Reading("1", "eu", START, START, ((START, START),), "ä")
    ledger.put_outside("main", reading_, [write], keep=START - timedelta(days=1000))


def fill_people(ledger: SqlLedger) -> None:
    end = START + timedelta(days=1)
    ledger.begin_session(Session("a" * 64, "größe \0", ("Z", "ä"), "Firefox", START, START, end))
    ledger.begin_sign_in(SignIn("s" * 64, "b" * 64, "/findings", end))
    ledger.keep_token(Token("", "d" * 64, "kim", "ä", ("view",), (), "lee", START, end))


def fill_work(ledger: SqlLedger) -> None:
    tickets = [replace(ticket(f"shub-{number}", "ä", "Z", "a"), is_full=number % 2 == 0) for number in range(9)]
    ledger.put_tickets([*tickets, replace(ticket("shub-closed"), closed_at=NOON)])
    ledger.put_work_cursor("main", "cloud", NOON)
    things = (Thing(Kind.TICKET, "shub-1", "größe \0", "Z"),)
    sent = SentMessage("k", "main", "run", "größe", "slack", "#a", "d", Delivery.SENT, NOON, "C1 1.5", things=things)
    ledger.put_messages([sent])
    act = Act("a" * 64, "main", Doing.NOT_MINE, "k", "C1 1.5", things[0].ref, "U1", "T1", NOON, {"reason": "ä \n"})
    ledger.take_act(act)
    ledger.keep_answers("main", [Answer("not mine", "shub-1", "größe", "no \0", "kim", NOON)])
    for delivery in ("d1", "d2"):
        ledger.take_hook(Hook("cloud", delivery, delivery, NOON))
    ledger.settle_hooks("cloud", ["d1"], until=NOON)


def stored(ledger: SqlLedger) -> dict[str, list[Any]]:
    """Every row of every table."""
    with reading(ledger.engine) as connection:
        return {name: sorted(map(repr, connection.execute(one.select()))) for name, one in METADATA.tables.items()}


def test_the_order_of_locks_names_every_table() -> None:
    assert sorted(WRITTEN) == sorted(METADATA.tables)


@pytest.mark.parametrize(("kind", "other"), WAYS)
def test_moving_carries_everything_and_leaves_the_source_as_it_was(
    make: Make, clock: Clock, kind: str, other: str
) -> None:
    source, target = make(kind), make(other)
    fill(source, clock)
    before = stored(source)
    assert all(rows for name, rows in before.items() if name != "leases")
    counts = move(source, target)
    assert counts == {name: len(rows) for name, rows in sorted(before.items())}
    assert stored(target) == stored(source) == before
    assert target.verify() == target.verify(source.head()) == ()
    assert target.head_version("acme") == source.head_version("acme")


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_there_and_back_again_is_the_same(make: Make, clock: Clock, kind: str, other: str) -> None:
    first, second, third = make(kind), make(other), make(kind)
    fill(first, clock)
    assert move(first, second) == move(second, third)
    assert stored(third) == stored(first)


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_life_goes_on_in_the_target(make: Make, clock: Clock, kind: str, other: str) -> None:
    source, target = make(kind), make(other)
    fill(source, clock)
    move(source, target)
    also = Publication(outbox=[OutboxRow("decide", "new", {})], audit=[Entry("ci", "x", None, None, "")])
    assert target.publish("acme", parent=3, manifest={}, also=also, lease=None).number == 4
    assert [row.key for row in target.outbox()][-1] == "new"
    assert target.verify() == ()
    assert len(target.unfinished()) == 4
    with pytest.raises(Exception, match="append-only"), target.engine.begin() as connection:
        connection.execute(text("DELETE FROM audit"))


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_nobody_holds_a_lease_after_moving_and_tokens_go_on_growing(make: Make, kind: str, other: str) -> None:
    source, target = make(kind), make(other)
    held = source.take_lease("fold", "a", ttl=timedelta(hours=1))
    assert move(source, target)["leases"] == 1
    with pytest.raises(LeaseLost):
        target.publish("acme", parent=0, manifest={}, also=Publication(), lease=held)
    taken = target.take_lease("fold", "b", ttl=timedelta(hours=1))
    assert taken is not None
    assert taken.token == 2
    assert held is not None
    assert source.renew_lease(held, ttl=timedelta(hours=1))


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_nobody_has_a_job_in_hand_after_moving_and_its_tokens_go_on_growing(
    make: Make, clock: Clock, kind: str, other: str
) -> None:
    source, target = make(kind), make(other)
    source.plan_jobs("main", {"sync": "*/15 * * * *"}, ZoneInfo("UTC"))
    clock.move(timedelta(hours=1))
    held = source.take_job("a", ttl=timedelta(hours=1))
    assert held is not None
    assert move(source, target)["jobs"] == 1
    assert target.finish_job(held, status=RunStatus.DONE) is None
    taken = target.take_job("b", ttl=timedelta(hours=1))
    assert taken is not None
    assert (taken.token, taken.attempts, taken.last_status) == (2, 2, None)
    assert source.finish_job(held, status=RunStatus.DONE)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_target_that_holds_anything_is_refused_and_left_alone(make: Make, clock: Clock, kind: str) -> None:
    source, target = make("sqlite"), make(kind)
    fill(source, clock)
    target.audit([Entry("ci", "x", None, None, "")])
    target.take_lease("fold", "a", ttl=timedelta(hours=1))
    before = stored(target)
    with pytest.raises(Refusal, match=r"not empty \(there are rows in audit, audit_head, leases\).*new database"):
        move(source, target)
    assert stored(target) == before


def test_a_ledger_is_not_moved_onto_itself(make: Make) -> None:
    one = make("sqlite")
    with pytest.raises(Refusal, match="onto itself"):
        move(one, one)


@pytest.mark.parametrize("side", [0, 1])
def test_a_side_that_was_upgraded_meanwhile_is_refused(make: Make, side: int) -> None:
    sides = make("sqlite"), make("sqlite")
    with writing(sides[side].engine) as connection:
        connection.execute(text("UPDATE hubposture_schema SET version_num = '9999'"))
    with pytest.raises(LedgerIsNewer, match="schema 9999"):
        move(*sides)


@pytest.mark.parametrize(("kind", "other"), WAYS[:2])
def test_while_it_moves_the_source_is_read_but_not_written_and_nothing_shows_in_the_target(
    make: Make, clock: Clock, kind: str, other: str
) -> None:
    source, target = make(kind), make(other)
    fill(source, clock)
    seen: list[object] = []

    @event.listens_for(target.engine, "after_cursor_execute")
    def look(connection: object, cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("INSERT INTO audit_head") or seen:
            return
        seen.append(source.head_version("acme"))
        with pytest.raises(LedgerUnavailable):
            source.publish("acme", parent=3, manifest={}, also=Publication(), lease=None)
        with pytest.raises(LedgerUnavailable):
            source.open_run("plan", who="late")
        with pytest.raises(LedgerUnavailable):
            source.take_lease("fold", "late", ttl=timedelta(hours=1))
        seen.append(target.runs())

    move(source, target)
    assert seen == [source.head_version("acme"), ()]
    assert stored(target) == stored(source)
    assert source.open_run("plan", who="after").who == "after"


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_that_differs_is_given_up_and_leaves_the_target_new(make: Make, clock: Clock, kind: str) -> None:
    source, target = make("sqlite"), make(kind)
    fill(source, clock)
    fresh = stored(target)

    @event.listens_for(target.engine, "after_cursor_execute")
    def spoil(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        if statement.startswith("INSERT INTO outbox"):
            cursor.execute("UPDATE outbox SET topic = 'other' WHERE topic = 'decide'")

    with pytest.raises(Refusal, match="copy of outbox is not what was read"):
        move(source, target)
    assert stored(target) == fresh


def test_a_trail_that_was_tampered_with_arrives_as_it_is(make: Make, clock: Clock) -> None:
    source, target = make("sqlite"), make("sqlite")
    fill(source, clock)
    with writing(source.engine) as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET who = 'nobody', after = 'no json' WHERE seq = 7"))
    move(source, target)
    assert [one.seq for one in target.verify()] == [7]
    assert target.verify() == source.verify()


def test_an_empty_ledger_moves_too(make: Make) -> None:
    source, target = make("sqlite"), make("sqlite")
    assert move(source, target) == {name: int(name == "audit_head") for name in sorted(METADATA.tables)}
    assert target.verify() == ()


def test_given_back_leases_are_past_for_every_clock(make: Make) -> None:
    source, target = make("sqlite"), make("sqlite")
    source.take_lease("fold", "a", ttl=timedelta(hours=1))
    move(source, target)
    with reading(target.engine) as connection:
        row = connection.execute(METADATA.tables["leases"].select()).one()
    assert (row.holder, row.until, row.token) == ("", datetime(1970, 1, 1, tzinfo=UTC), 1)
