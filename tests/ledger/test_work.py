from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import StatementError

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.ledger import LedgerUnavailable
from hubposture.ports.work import WorkLedger
from hubposture.work.subject import Standing
from hubposture.work.ticket import By, Group, Member, Outcome, Route, State, Ticket
from ledger_world import NOON, ticket

HOUR = timedelta(hours=1)
WHOLE = Ticket(
    key="shub-whole",
    group=Group("main", By.SUBJECT, "s3.8", "größe", "111122223333", "subject"),
    number=3,
    route=Route("größe", "cloud", "OPS", parent="OPS-1", group="storage", assignee="kim@example.com"),
    state=State.LEFT,
    members=(Member("z", NOON, Standing.PASSED), Member("a", NOON + HOUR, Standing.NOT_REQUIRED)),
    made_at=NOON,
    id="10001",
    shown="OPS-17",
    url="https://jira.example.com/browse/OPS-17",
    written="digest",
    written_at=NOON + HOUR,
    closed_at=NOON + 2 * HOUR,
    outcome=Outcome.NOT_REQUIRED,
    is_full=True,
    attempts=1,
    lookups=2,
    sent_at=NOON + 3 * HOUR,
    looked_at=NOON + 4 * HOUR,
    hand_closed=3,
    hand_closed_at=NOON + 5 * HOUR,
    rung=4,
    previous="shub-before",
    trouble="it's \\ so",
    is_adopted=True,
)


def test_it_is_what_the_port_asks_for(ledger: SqlLedger) -> None:
    port: WorkLedger = ledger
    assert (port.tickets("main"), port.tickets("main", keys=["k"]), port.work_cursor("main", "x")) == ((), (), None)
    assert (port.messages("main"), port.answers("main"), port.hooks("cloud")) == ((), (), {})


def test_a_ticket_is_read_back_as_it_was_put_with_its_members_in_their_order(ledger: SqlLedger) -> None:
    ledger.put_tickets([WHOLE, ticket("shub-a")])
    assert ledger.tickets("main") == (ticket("shub-a"), WHOLE)


def test_tickets_are_read_by_key_or_all_and_of_one_organization(ledger: SqlLedger) -> None:
    gov = ticket("shub-a", organization="gov")
    ledger.put_tickets([ticket("shub-b"), ticket("shub-a"), gov])
    assert ledger.tickets("main", keys=["shub-b", "shub-b", "shub-z"]) == (ticket("shub-b"),)
    assert ledger.tickets("main", keys=[]) == ()
    assert ledger.tickets("gov") == (gov,)


def test_tickets_are_read_by_what_they_hold_with_all_their_members(ledger: SqlLedger) -> None:
    first, second = ticket("shub-a", "s1", "s2"), ticket("shub-b", "s2", "s3")
    ledger.put_tickets([first, second, ticket("shub-c", "s4"), ticket("shub-d", "s2", organization="gov")])
    assert ledger.tickets("main", subjects=["s2", "s9"]) == (first, second)
    assert ledger.tickets("main", keys=["shub-b", "shub-c"], subjects=["s2"]) == (second,)
    assert (ledger.tickets("main", subjects=["s9"]), ledger.tickets("main", subjects=[])) == ((), ())


def test_a_ticket_replaces_the_one_of_the_same_key_with_all_its_members(ledger: SqlLedger) -> None:
    ledger.put_tickets([ticket("shub-a", "s1", "s2"), ticket("shub-b", "s3")])
    later = replace(ticket("shub-a", "s2", "s4"), state=State.CLOSED, outcome=Outcome.FIXED, closed_at=NOON)
    ledger.put_tickets([later])
    assert ledger.tickets("main") == (later, ticket("shub-b", "s3"))
    empty = replace(later, members=())
    ledger.put_tickets([empty])
    assert ledger.tickets("main", keys=["shub-a"]) == (empty,)


def test_of_a_ticket_that_is_put_twice_at_once_the_last_one_is_kept(ledger: SqlLedger) -> None:
    ledger.put_tickets([ticket("shub-a", "s1"), ticket("shub-a", "s2")])
    assert ledger.tickets("main") == (ticket("shub-a", "s2"),)


def test_every_state_outcome_and_standing_can_be_kept(ledger: SqlLedger) -> None:
    standings = tuple(Member(one.value, NOON, one) for one in Standing)
    every = [
        replace(ticket(f"shub-{state}-{outcome}-{by}"), state=state, outcome=outcome, members=standings)
        for state in State
        for outcome in (None, *Outcome)
        for by in By
    ]
    ledger.put_tickets(every)
    assert ledger.tickets("main") == tuple(sorted(every, key=lambda one: one.key))


def test_members_are_written_only_where_they_changed(ledger: SqlLedger) -> None:
    tickets = [ticket("shub-a", "s1", "s2"), ticket("shub-b", "s3")]
    ledger.put_tickets(tickets)
    told: list[str] = []

    @event.listens_for(ledger.engine, "before_cursor_execute")
    def listen(connection: object, cursor: object, statement: str, *_: object) -> None:
        told.append(statement)

    ledger.put_tickets(replace(one, rung=1) for one in tickets)
    assert not any("ticket_members" in one for one in told)
    passed = replace(tickets[0], members=(tickets[0].members[0], Member("s2", NOON, Standing.PASSED)))
    ledger.put_tickets([passed])
    assert any("ticket_members" in one for one in told)
    assert ledger.tickets("main") == (passed, replace(tickets[1], rung=1))


def test_one_ticket_that_cannot_be_kept_keeps_all_out(ledger: SqlLedger) -> None:
    aware = datetime(2026, 11, 24, tzinfo=UTC)
    for bad in (replace(ticket("shub-b"), made_at=aware), replace(ticket("shub-b"), members=(Member("s", aware),))):
        with pytest.raises(StatementError, match="without a zone"):
            ledger.put_tickets([ticket("shub-a"), bad])
        assert ledger.tickets("main") == ()


def test_text_that_a_database_cannot_hold_is_replaced_and_found_again(ledger: SqlLedger) -> None:
    bad = "nul \0 and half a pair \ud83d"
    for _ in range(2):
        ledger.put_tickets([replace(ticket(bad, bad), trouble=bad)])
    (found,) = ledger.tickets("main", keys=[bad])
    good = "nul \ufffd and half a pair \ufffd"
    assert (found.key, found.trouble, [one.subject for one in found.members]) == (good, good, [good])


def test_thousands_of_tickets_with_a_hundred_thousand_members_are_put_and_read_at_once(ledger: SqlLedger) -> None:
    many = [ticket(f"shub-{number:04}", *(f"{number} {of}" for of in range(20))) for number in range(5000)]
    ledger.put_tickets(many)
    assert ledger.tickets("main") == tuple(many)


def test_more_keys_can_be_named_than_a_statement_takes_parameters(ledger: SqlLedger) -> None:
    ledger.put_tickets([ticket("k0"), ticket("k65999"), ticket("other")])
    names = [f"k{number}" for number in range(66_000)]
    assert [one.key for one in ledger.tickets("main", keys=names)] == ["k0", "k65999"]
    assert ledger.messages("main", keys=names) == ()


def test_a_time_is_remembered_under_a_name_of_an_organization(ledger: SqlLedger) -> None:
    ledger.put_work_cursor("main", "cloud", NOON)
    ledger.put_work_cursor("gov", "cloud", NOON - HOUR)
    ledger.put_work_cursor("main", "cloud", NOON + HOUR)
    assert ledger.work_cursor("main", "cloud") == NOON + HOUR
    assert ledger.work_cursor("gov", "cloud") == NOON - HOUR
    assert ledger.work_cursor("main", "other") is None


def test_writers_of_tickets_wait_for_one_another(database_url: str, ledger: SqlLedger) -> None:
    tried: list[int] = []
    with open_ledger(database_url, relative_to=Path("/"), busy_seconds=0.1) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "INSERT INTO tickets" in statement:
                tried.append(1)
                with pytest.raises(LedgerUnavailable):
                    other.put_tickets([ticket("shub-a", "s9")])

        ledger.put_tickets([ticket("shub-a")])
        assert tried
        other.put_tickets([ticket("shub-a", "s9")])
    assert ledger.tickets("main") == (ticket("shub-a", "s9"),)


def test_a_reader_sees_tickets_and_members_of_one_moment(database_url: str, ledger: SqlLedger) -> None:
    ledger.put_tickets([ticket("shub-a", "s1")])
    with open_ledger(database_url, relative_to=Path("/")) as other:

        @event.listens_for(ledger.engine, "after_cursor_execute")
        def between(connection: object, cursor: object, statement: str, *_: object) -> None:
            if "FROM tickets" in statement:
                other.put_tickets([ticket("shub-a", "s2")])

        assert ledger.tickets("main") == (ticket("shub-a", "s1"),)
    event.remove(ledger.engine, "after_cursor_execute", between)
    assert ledger.tickets("main") == (ticket("shub-a", "s2"),)
