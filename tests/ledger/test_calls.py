from datetime import timedelta
from pathlib import Path

import pytest

from hubposture.ledger.ledger import SqlLedger, open_ledger
from ledger_world import Clock


def take(ledger: SqlLedger, most: int, *, name: str = "acme/eu-central-1", priority: int = 1) -> tuple[int, float]:
    given, wait = ledger.take_calls(name, priority=priority, most=most, per_second=3.0, burst=6.0)
    return given, round(wait, 6)


def test_ledgers_over_one_database_share_a_budget(database_url: str, ledger: SqlLedger, clock: Clock) -> None:
    with open_ledger(database_url, relative_to=Path("/"), clock=clock) as other:
        assert [take(ledger, 4), take(other, 4), take(ledger, 4)] == [(4, 0.0), (2, 0.0), (0, 0.333334)]
        clock.move(timedelta(seconds=1))
        assert [take(other, 2, priority=2), take(ledger, 2, priority=1)] == [(0, 1.0), (2, 0.0)]
        assert take(other, 1, priority=2) == (1, 0.0)


def test_budgets_of_other_names_are_their_own(ledger: SqlLedger) -> None:
    assert [take(ledger, 6), take(ledger, 6, name="acme/us-east-1")] == [(6, 0.0), (6, 0.0)]


def test_a_clock_that_jumps_back_or_ahead_neither_blocks_nor_gives_more_than_a_burst(
    ledger: SqlLedger, clock: Clock
) -> None:
    take(ledger, 6)
    clock.move(timedelta(days=-2))
    assert take(ledger, 6) == (0, 0.333334)
    clock.move(timedelta(seconds=1))
    assert take(ledger, 6) == (3, 0.0)
    clock.move(timedelta(days=400))
    assert take(ledger, 60) == (6, 0.0)
    clock.move(timedelta(days=-400))
    assert take(ledger, 6) == (0, 0.333334)


def test_a_rate_by_which_nothing_could_be_taken_is_a_defect(ledger: SqlLedger) -> None:
    with pytest.raises(ValueError, match="no calls"):
        ledger.take_calls("acme", priority=0, most=1, per_second=0.0, burst=6.0)
