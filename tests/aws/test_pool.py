"""Every item comes back exactly once, whatever happens to it, and an interrupt ends the work."""

import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.aws.pool import Pool
from hubposture.aws.waiting import Stopped, Waiting
from hubposture.ports.workers import Workers


@given(st.lists(st.integers(), max_size=40), st.integers(1, 8))
@settings(max_examples=30, deadline=None)
def test_each_item_comes_back_once_with_its_result_or_its_exception(items: list[int], threads: int) -> None:
    def work(item: int) -> int:
        if item % 3 == 0:
            raise ValueError(item)
        return item * 2

    pool: Workers = Pool(threads)
    found = list(pool.spread(work, items))
    assert sorted(item for item, _ in found) == sorted(items)
    for item, answer in found:
        assert isinstance(answer, ValueError) if item % 3 == 0 else answer == item * 2


def test_only_a_bounded_number_of_items_is_taken_ahead_of_the_results() -> None:
    taken = []

    def items() -> object:
        for number in range(1000):
            taken.append(number)
            yield number

    results = Pool(4).spread(lambda one: one, items())  # type: ignore[arg-type, var-annotated]
    next(results)
    assert len(taken) <= 12
    results.close()  # type: ignore[attr-defined]


def test_an_interrupt_stops_what_waits_and_starts_nothing_more() -> None:
    waiting = Waiting()
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if item == 0:
            time.sleep(0.05)
            return item
        waiting.sleep(60)
        return item

    at = time.monotonic()
    results = Pool(2, stop=waiting.stop).spread(work, range(1000))
    next(results)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt())  # type: ignore[attr-defined]
    assert time.monotonic() - at < 5
    assert len(begun) < 10
    assert not [one for one in threading.enumerate() if one.name.startswith("hubposture")]


def test_waiting_is_cut_short_by_stop_and_refuses_to_wait_again() -> None:
    waiting = Waiting()
    waiting.sleep(0.001)
    waiting.stop()
    with pytest.raises(Stopped):
        waiting.sleep(60)
