"""The bucket of calls without a database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hubposture.ledger.bucket import Bucket, Rate, take
from ledger_world import START

RATE = Rate(3.0, 6.0)


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


@dataclass
class Asker:
    """A bucket over time; times are seconds from the start."""

    bucket: Bucket = field(default_factory=lambda: Bucket(6.0, START, {}))

    def ask(self, at: float, most: int, *, priority: int = 1, rate: Rate = RATE) -> tuple[int, float]:
        self.bucket, given_, wait = take(self.bucket, START + seconds(at), priority=priority, most=most, rate=rate)
        return given_, round(wait, 6)


def test_a_full_bucket_gives_a_burst_and_then_what_drips_in() -> None:
    one = Asker()
    assert [one.ask(0, 4), one.ask(0, 4), one.ask(0, 4)] == [(4, 0.0), (2, 0.0), (0, 0.333334)]
    assert one.ask(0.2, 4) == (0, 0.133334)
    assert one.ask(0.333334, 4) == (1, 0.0)
    assert one.ask(1.333334, 10) == (3, 0.0)
    assert one.ask(1000, 10) == (6, 0.0)


def test_asking_for_nothing_takes_nothing_and_is_in_nobodys_way() -> None:
    one = Asker()
    assert [one.ask(0, 0, priority=0), one.ask(0, -3, priority=0), one.ask(0, 9)] == [(0, 0.0), (0, 0.0), (6, 0.0)]


def test_who_comes_later_waits_while_one_with_priority_was_not_served_in_full() -> None:
    one = Asker()
    assert one.ask(0, 5, priority=0) == (5, 0.0)
    assert one.ask(0, 4, priority=0) == (1, 0.0)
    assert one.ask(2, 1, priority=2) == (0, 1.0)
    assert one.ask(2, 1, priority=0) == (1, 0.0)
    assert one.ask(2, 1, priority=2) == (1, 0.0)


def test_who_has_priority_and_does_not_come_back_holds_the_others_up_for_ten_seconds() -> None:
    one = Asker()
    one.ask(0, 6, priority=0)
    assert one.ask(0, 6, priority=0)[0] == 0
    assert one.ask(9.5, 6, priority=1) == (0, 0.5)
    assert one.ask(10, 6, priority=1) == (6, 0.0)


def test_a_lower_priority_never_holds_up_a_higher_or_an_equal_one() -> None:
    one = Asker()
    one.ask(0, 6, priority=2)
    assert one.ask(0, 6, priority=2)[0] == 0
    assert one.ask(0.5, 1, priority=2) == (1, 0.0)
    assert one.ask(1, 1, priority=0) == (1, 0.0)


def test_a_block_larger_than_the_bucket_counts_as_served_with_a_full_bucket() -> None:
    one = Asker()
    assert one.ask(0, 15, priority=0) == (6, 0.0)
    assert one.ask(2, 1, priority=1) == (1, 0.0)


@pytest.mark.parametrize("back", [0.5, 9.0, 11.0, 3600.0, 86400.0 * 365])
def test_a_clock_that_jumps_back_gives_nothing_twice_and_blocks_for_ten_seconds_at_most(back: float) -> None:
    one = Asker()
    one.ask(0, 6)
    given_, wait = one.ask(-back, 6)
    assert given_ == 0
    assert wait <= 10 + 1 / 3 + 1e-6
    assert one.ask(-back + wait, 6)[0] == 1


@pytest.mark.parametrize("ahead", [60.0, 3600.0, 86400.0 * 365])
def test_a_clock_that_jumps_ahead_gives_one_burst_and_coming_back_none(ahead: float) -> None:
    one = Asker()
    one.ask(0, 6)
    assert one.ask(ahead, 100) == (6, 0.0)
    assert one.ask(0.1, 6) == (0, 0.333334)
    assert one.ask(0.44, 6)[0] == 1


def test_processes_whose_clocks_differ_a_little_get_no_more_than_one_clock_gives() -> None:
    one = Asker()
    taken = sum(one.ask(turn / 10 - (5 if turn % 2 else 0), 6)[0] for turn in range(600))
    assert taken <= 6 + 3 * 60


def test_a_smaller_burst_cuts_what_was_saved_up() -> None:
    assert Asker().ask(0, 6, rate=Rate(3.0, 2.5)) == (2, 0.0)


@pytest.mark.parametrize(("per_second", "burst"), [(0, 6), (-1, 6), (3, 0.5), (float("nan"), 6), (3, float("inf"))])
def test_a_rate_by_which_nothing_could_be_taken_is_a_defect(per_second: float, burst: float) -> None:
    with pytest.raises(ValueError, match="no calls can be taken"):
        Rate(per_second, burst)


ASKS = st.lists(
    st.tuples(st.floats(0, 5, allow_nan=False), st.integers(0, 3), st.integers(1, 20)), min_size=1, max_size=40
)


@settings(max_examples=200, deadline=None)
@given(asks=ASKS)
def test_no_stretch_of_time_gives_more_than_a_burst_and_what_drips_in(asks: list[tuple[float, int, int]]) -> None:
    one = Asker()
    at, got = 0.0, list[tuple[float, int]]()
    for step, priority, most in asks:
        at += step
        got.append((at, one.ask(at, most, priority=priority)[0]))
    for first, (start, _) in enumerate(got):
        for last in range(first, len(got)):
            total = sum(number for _, number in got[first : last + 1])
            assert total <= RATE.burst + RATE.per_second * (got[last][0] - start) + 1e-3


@settings(max_examples=200, deadline=None)
@given(jumps=st.lists(st.tuples(st.floats(-1e7, 1e7), st.integers(0, 3), st.integers(1, 20)), max_size=20))
@example(jumps=[(0.0, 0, 6), (0.0, 0, 6), (-9.9, 0, 6)])
def test_however_the_clock_jumps_nobody_gets_more_than_a_burst_nor_waits_long(
    jumps: list[tuple[float, int, int]],
) -> None:
    one = Asker()
    now = 0.0
    for jump, priority, most in jumps:
        now += jump
        given_, wait = one.ask(now, most, priority=priority)
        assert 0 <= given_ <= RATE.burst
        assert (wait > 0) == (given_ == 0)
        assert 0 <= one.bucket.tokens <= RATE.burst
    # From here the clock is steady, and only the last priority asks, as it is told to.
    waited = 0.0
    while (answer := one.ask(now + waited, 1, priority=3))[0] == 0:
        waited += answer[1] + 1e-6
        assert waited < 21
    assert isinstance(one.bucket.at, datetime)
