import itertools
from datetime import timedelta
from pathlib import Path

from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.versions import OutboxRow, Publication
from ledger_world import Clock


def put(ledger: SqlLedger, *rows: OutboxRow) -> None:
    ledger.advance("acme", also=Publication(outbox=rows), lease=None)


def row(key: str, topic: str = "decide", body: str = "") -> OutboxRow:
    return OutboxRow(topic, key, {"body": body})


def test_what_waits_is_given_oldest_first_by_topic_and_up_to_a_number(ledger: SqlLedger) -> None:
    rows = [row("c"), row("a", "ticket"), row("b"), row("a")]
    put(ledger, *rows[:2])
    put(ledger, *rows[2:])
    assert ledger.outbox() == tuple(rows)
    assert ledger.outbox(limit=2) == tuple(rows[:2])
    assert ledger.outbox(topic="decide", limit=2) == (row("c"), row("b"))
    assert ledger.outbox(topic="other") == ()


def test_a_key_that_waits_already_changes_nothing_and_keeps_its_place(ledger: SqlLedger) -> None:
    put(ledger, row("a", body="first"), row("b"))
    put(ledger, row("c"), row("a", body="second"), row("a", "ticket"), row("c", body="again"))
    assert ledger.outbox() == (row("a", body="first"), row("b"), row("c"), row("a", "ticket"))


def test_what_is_done_is_taken_out_once_and_may_come_again(ledger: SqlLedger) -> None:
    put(ledger, row("a"), row("b"), row("a", "ticket"))
    assert ledger.settle_outbox("decide", ["a", "a", "zzz"]) == 1
    assert ledger.settle_outbox("decide", ["a"]) == 0
    assert ledger.settle_outbox("decide", []) == 0
    assert ledger.outbox() == (row("b"), row("a", "ticket"))
    put(ledger, row("a", body="again"))
    assert ledger.outbox() == (row("b"), row("a", "ticket"), row("a", body="again"))


def test_thousands_are_put_in_and_taken_out_in_order(ledger: SqlLedger) -> None:
    keys = [f"{number * 7919 % 3001}" for number in range(3001)]
    put(ledger, *map(row, keys))
    assert [found.key for found in ledger.outbox(limit=10_000)] == keys
    assert ledger.settle_outbox("decide", keys[:-1]) == 3000
    assert [found.key for found in ledger.outbox()] == keys[-1:]


def test_what_a_process_with_a_slow_clock_puts_in_comes_behind_what_waits(
    database_url: str, ledger: SqlLedger, clock: Clock
) -> None:
    slow = Clock()
    slow.move(timedelta(days=-3))
    keys = (str(number) for number in itertools.count())
    with open_ledger(database_url, relative_to=Path("/"), clock=slow) as other:
        for turn in range(6):
            put(ledger if turn % 2 == 0 else other, row(next(keys)), row(next(keys)))
    assert [found.key for found in ledger.outbox()] == [str(number) for number in range(12)]
