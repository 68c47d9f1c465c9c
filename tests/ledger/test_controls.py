from datetime import timedelta

from hubposture.ledger.ledger import SqlLedger
from ledger_world import START, Clock


def test_what_was_there_at_the_first_look_has_no_known_age(ledger: SqlLedger, clock: Clock) -> None:
    assert ledger.first_seen("main", ["s3.8", "s3.9"]) == {"s3.8": None, "s3.9": None}
    clock.move(timedelta(days=40))
    assert ledger.first_seen("main", ["s3.8"]) == {"s3.8": None}


def test_a_control_that_comes_later_is_known_since_then(ledger: SqlLedger, clock: Clock) -> None:
    ledger.first_seen("main", ["s3.8"])
    clock.move(timedelta(days=3))
    expected = {"s3.8": None, "s3.25": START + timedelta(days=3)}
    assert ledger.first_seen("main", ["s3.25", "s3.8"]) == expected
    clock.move(timedelta(days=20))
    assert ledger.first_seen("main", ["s3.25", "s3.8"]) == expected


def test_organizations_are_looked_at_apart(ledger: SqlLedger, clock: Clock) -> None:
    ledger.first_seen("main", ["s3.8"])
    clock.move(timedelta(days=3))
    assert ledger.first_seen("gov", ["s3.8", "s3.25"]) == {"s3.8": None, "s3.25": None}


def test_looking_at_nothing_is_not_a_first_look(ledger: SqlLedger) -> None:
    assert ledger.first_seen("main", []) == {}
    assert ledger.first_seen("main", ["s3.8"]) == {"s3.8": None}
