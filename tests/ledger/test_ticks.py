"""Schedules without a database."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.ledger.ticks import next_tick, pause

BERLIN = ZoneInfo("Europe/Berlin")
# The clocks of 2026 in Berlin: 02:00 becomes 03:00 on 29 March, 03:00 becomes 02:00 on 25 October.


def local(*parts: int, fold: int = 0) -> datetime:
    return datetime(2026, *parts, tzinfo=BERLIN, fold=fold)  # type: ignore[misc,arg-type]


def ticks(schedule: str, after: datetime, count: int, zone: ZoneInfo = BERLIN) -> list[str]:
    """Some ticks in a row, in UTC."""
    found = []
    for _ in range(count):
        tick = next_tick(schedule, zone, after)
        assert tick is not None
        assert tick.tzinfo is UTC
        found.append(f"{tick:%d %H:%M}")
        after = tick
    return found


def test_a_schedule_is_read_in_its_zone() -> None:
    assert next_tick("0 6 * * *", BERLIN, local(11, 24, 9)) == datetime(2026, 11, 25, 5, tzinfo=UTC)
    assert next_tick("0 6 * * *", BERLIN, local(7, 24, 5)) == datetime(2026, 7, 24, 4, tzinfo=UTC)
    assert next_tick("0 6 * * *", ZoneInfo("UTC"), local(11, 24, 9)) == datetime(2026, 11, 25, 6, tzinfo=UTC)


def test_a_tick_is_after_the_moment_and_never_at_it() -> None:
    at = local(11, 24, 6)
    assert next_tick("0 6 * * *", BERLIN, at - timedelta(microseconds=1)) == at
    assert next_tick("0 6 * * *", BERLIN, at) == local(11, 25, 6)


def test_an_empty_schedule_is_never() -> None:
    assert next_tick("", BERLIN, local(11, 24)) is None


@pytest.mark.parametrize("schedule", ["every day", "* * * *", "61 * * * *", "0 0 30 2 *"])
def test_what_is_no_schedule_is_a_defect_that_names_it(schedule: str) -> None:
    with pytest.raises(ValueError, match=r"is no schedule"):
        next_tick(schedule, BERLIN, local(11, 24))


def test_what_the_clocks_leave_out_comes_right_after_the_gap() -> None:
    assert ticks("30 2 * * *", local(3, 28, 1), 3) == ["28 01:30", "29 01:00", "30 00:30"]


def test_what_the_clocks_show_twice_comes_once() -> None:
    assert ticks("30 2 * * *", local(10, 24, 1), 3) == ["24 00:30", "25 00:30", "26 01:30"]


def test_between_the_two_a_time_of_day_that_has_been_does_not_come_again() -> None:
    second = local(10, 25, 2, 15, fold=1)
    assert next_tick("30 2 * * *", BERLIN, second) == local(10, 26, 2, 30)


def test_what_goes_by_the_minute_goes_on_through_both_changes() -> None:
    assert ticks("*/30 * * * *", local(3, 29, 1, 30), 3) == ["29 01:00", "29 01:30", "29 02:00"]
    assert ticks("*/30 * * * *", local(10, 25, 2), 5) == ["25 00:30", "25 01:00", "25 01:30", "25 02:00", "25 02:30"]


SCHEDULES = ["*/15 * * * *", "0 6 * * *", "30 2 * * *", "0,30 1-3 * * *", "15 */2 * * *", "0 3 * * MON", "10 0 1 * *"]
ZONES = ["Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "America/New_York", "Africa/Cairo", "UTC"]


@settings(max_examples=60, deadline=None)
@given(
    schedule=st.sampled_from(SCHEDULES),
    zone=st.sampled_from(ZONES),
    minutes=st.integers(0, 2 * 366 * 24 * 60),
    share=st.integers(0, 99),
)
def test_ticks_come_later_and_none_is_missed(schedule: str, zone: str, minutes: int, share: int) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    tick = next_tick(schedule, ZoneInfo(zone), after)
    assert tick is not None
    assert tick > after
    # Whoever looks later, but before the tick, sees the same one.
    assert next_tick(schedule, ZoneInfo(zone), after + (tick - after) * share / 100) == tick


def test_pauses_grow_from_a_minute_to_an_hour() -> None:
    minutes = [pause(attempts) / timedelta(minutes=1) for attempts in (1, 2, 3, 6, 7, 8, 1000)]
    assert minutes == [1, 2, 4, 32, 60, 60, 60]
