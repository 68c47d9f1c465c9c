"""Sweeps that do not see a finding, and when it is gone by that."""

from collections.abc import Iterator

import pytest

from findings.fold_world import Small, hours, row, subject
from findings.reference import Facts

SEEN = Facts(
    accounts={"a1": "active", "a2": "management"},
    targets={(account, region): ("seen", "", None) for account in ("a1", "a2") for region in ("r1", "r2")},
    recorded=[(account, region) for account in ("a1", "a2") for region in ("r1", "r2")],
)
BOTH = ("a1", "a2")


@pytest.fixture(scope="module")
def opened() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@pytest.fixture
def small(opened: Small) -> Small:
    """One failing bucket in each of two accounts; the sweeps of these tests see the second."""
    opened.clear()
    opened.fold([row("FAILED", 0), row("FAILED", 0, account="a2", resource="b2")])
    return opened


def sweep(small: Small, *, started: float, swept: tuple[str, ...] = BOTH, seen: tuple[str, ...] = ()) -> None:
    small.missed(seen=seen or [f"f:{subject(account='a2', resource='b2')}"], swept=swept, started=started)


def test_missed_once_is_unsure(small: Small) -> None:
    sweep(small, started=24)
    small.settle(SEEN)
    one = small.one("b1")
    assert (one["presence"], one["status"], one["findings"]) == ("unsure", "FAILED", 1)
    assert small.moves()[-1] == ("missed", "unsure", "FAILED")
    assert small.one("b2")["presence"] == "present"
    assert small.world().transitions[-1]["happened_at"] == hours(24)


def test_missed_twice_with_a_recorder_is_gone(small: Small) -> None:
    sweep(small, started=24)
    sweep(small, started=48)
    small.settle(SEEN)
    assert small.moves()[-1] == ("missed", "gone", "FAILED")
    sweep(small, started=72)
    assert small.out() == (0, 0, 0)


def test_missed_twice_without_a_recorder_stays_unsure(small: Small) -> None:
    sweep(small, started=24)
    sweep(small, started=48)
    small.settle(Facts(SEEN.accounts, SEEN.targets, recorded=[("a1", "r2"), ("a2", "r1")]))
    assert small.one("b1")["presence"] == "unsure"


def test_a_third_miss_is_no_news(small: Small) -> None:
    for started in (24, 48):
        sweep(small, started=started)
    sweep(small, started=72)
    assert small.out() == (0, 0, 0)
    assert sorted(one["misses"] for one in small.world().findings.values()) == [0, 2]


def test_seen_again_is_present(small: Small) -> None:
    sweep(small, started=24)
    small.missed(seen=[f"f:{subject()}"], swept=["a1"], started=48)
    assert small.one("b1")["presence"] == "present"
    assert small.moves()[-1] == ("finding", "present", "FAILED")


def test_a_finding_that_comes_in_again_is_missed_no_more(small: Small) -> None:
    sweep(small, started=24)
    small.fold([row("FAILED", 0, seen=25)])
    assert small.one("b1")["presence"] == "present"
    assert {one["misses"] for one in small.world().findings.values()} == {0}


def test_gone_by_misses_comes_back_as_present(small: Small) -> None:
    sweep(small, started=24)
    sweep(small, started=48)
    small.settle(SEEN)
    small.fold([row("FAILED", 60)])
    assert (small.one("b1")["presence"], small.one("b1")["failing_since"]) == ("present", hours(0))


def test_updated_while_the_sweep_ran_is_not_missed(small: Small) -> None:
    small.fold([row("FAILED", 25)])
    sweep(small, started=24)
    assert small.one("b1")["presence"] == "present"


def test_one_of_two_findings_seen_keeps_the_subject_present(small: Small) -> None:
    small.fold([row("FAILED", 0, finding="cis")])
    small.missed(seen=["cis"], swept=["a1"], started=24)
    assert small.one("b1")["presence"] == "present"


def test_half_the_accounts_unreadable_changes_nothing(small: Small) -> None:
    """The sweep covered only what it could read, and nothing of the other half is decided."""
    before = small.world().subjects
    half = {place: (("unreadable", "", None) if place[0] == "a1" else one) for place, one in SEEN.targets.items()}
    for started in (24, 48, 72):
        sweep(small, started=started, swept=("a2",))
        small.settle(Facts(SEEN.accounts, half, recorded=SEEN.recorded))
    assert small.world().subjects == before


def test_archived_while_it_was_missed_stays_gone(small: Small) -> None:
    sweep(small, started=24)
    sweep(small, started=48)
    small.settle(SEEN)
    small.fold([row("FAILED", 60, record_state="ARCHIVED")])
    assert small.one("b1")["presence"] == "gone"
