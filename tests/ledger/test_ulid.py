from datetime import UTC, datetime, timedelta
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from hubposture.ledger.ulid import Ulids, encode
from ledger_world import Clock, counting_entropy


def test_the_text_is_crockfords_base_32_of_time_and_randomness() -> None:
    assert encode(0, 0) == "0" * 26
    assert encode((1 << 48) - 1, (1 << 80) - 1) == "7" + "Z" * 25
    # Its time part is that of the example in the ULID specification.
    assert encode(1469918176385, 0)[:10] == "01ARYZ6S41"


@given(st.lists(st.tuples(st.integers(-5000, 5000), st.binary(min_size=10, max_size=10)), min_size=1, max_size=50))
def test_ids_always_grow_whatever_the_clock_and_the_randomness_do(steps: list[tuple[int, bytes]]) -> None:
    clock = Clock()
    bits = iter([entropy for _, entropy in steps])
    make = Ulids(clock, lambda _: next(bits))
    made = []
    for step, _ in steps:
        clock.move(timedelta(milliseconds=step))
        made.append(make())
    assert made == sorted(set(made))
    assert {len(one) for one in made} == {26}


def test_a_millisecond_that_is_used_up_runs_over_into_the_next() -> None:
    make = Ulids(lambda: datetime(2026, 1, 1, tzinfo=UTC), lambda _: b"\xff" * 10)
    first, second = make(), make()
    assert first.endswith("Z" * 16)
    assert second > first
    assert second.endswith("0" * 16)


def test_threads_never_get_the_same_id() -> None:
    make = Ulids(Clock(), counting_entropy())
    made: list[str] = []
    threads = [Thread(target=lambda: made.extend(make() for _ in range(500))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 2000
