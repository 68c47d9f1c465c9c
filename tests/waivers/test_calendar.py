"""Warnings, ends, and the window in which findings may be released."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.model.controls import ControlId
from hubposture.waivers.calendar import Unneeded, Window, unneeded, warnings, window
from hubposture.waivers.rule import Tally
from hubposture.waivers.standing import Standing, State
from hubposture.waivers.waiver import Approval, Criteria, SubjectSet, SystemOfApproval, Waiver, WaiverType

BERLIN, NEW_YORK, LORD_HOWE = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")
TODAY = dt.date(2026, 11, 24)
DAY = dt.timedelta(days=1)


def standing(
    id_: str, left: int, *, granted: int | None = 365, state: State = State.HOLDING, today: dt.date = TODAY
) -> Standing:
    until = today + left * DAY
    approval = None
    if granted is not None:
        on = until - granted * DAY
        approval = Approval(SystemOfApproval.FILE, "", "lee", on, until, "sha256:0", f"{id_}.subjects")
    waiver = Waiver(
        id=id_,
        criteria=Criteria((ControlId("s3.8"),)),
        type=WaiverType.BY_DESIGN,
        reason="why",
        owner="web",
        requested_by="kim",
        valid_from=TODAY,
        expires=until,
    )
    return Standing(waiver, state, "", approval, SubjectSet(()), until, dt.datetime.combine(until + DAY, dt.time()))


def kinds(one: Standing, **more: object) -> list[str]:
    return [warn.kind for warn in warnings([one], today=TODAY, **more)]  # type: ignore[arg-type]


# Warnings


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (31, []),
        (30, ["expires-30"]),
        (8, ["expires-30"]),
        (7, ["expires-7"]),
        (2, ["expires-7"]),
        (1, ["expires-1"]),
        (0, ["expires-1"]),
        (-1, []),
    ],
)
def test_the_tightest_warning_is_due(left: int, expected: list[str]) -> None:
    assert kinds(standing("W-1", left)) == expected


@pytest.mark.parametrize(("granted", "left", "expected"), [(5, 5, []), (5, 1, ["expires-1"]), (7, 7, []), (1, 1, [])])
def test_a_waiver_granted_for_few_days_is_not_warned_of_earlier_than_that(
    granted: int, left: int, expected: list[str]
) -> None:
    assert kinds(standing("W-1", left, granted=granted)) == expected


def test_each_warning_is_given_once_for_an_end_and_anew_for_another() -> None:
    one = standing("W-1", 6)
    given_now = ("W-1", "expires-7", one.until)

    assert kinds(one, given=[given_now]) == []
    assert kinds(standing("W-1", 7), given=[given_now]) == ["expires-7"]
    assert kinds(standing("W-1", 1), given=[("W-1", "expires-7", TODAY + DAY)]) == ["expires-1"]


@pytest.mark.parametrize("state", [State.EXPIRED, State.REVOKED, State.NOT_YET, State.UNAPPROVED])
def test_nobody_is_warned_of_what_does_not_hold(state: State) -> None:
    assert kinds(standing("W-1", 3, state=state)) == []


def test_other_days_may_be_set() -> None:
    assert kinds(standing("W-1", 14), days=(60, 14)) == ["expires-14"]


def test_the_nearest_end_comes_first() -> None:
    found = warnings([standing("W-3", 5), standing("W-2", 1), standing("W-1", 5)], today=TODAY)

    assert [one.waiver for one in found] == ["W-2", "W-1", "W-3"]


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 400), st.sets(st.integers(0, 400)))
def test_run_on_any_days_each_warning_comes_at_most_once(granted: int, run_on: set[int]) -> None:
    given_: set[tuple[str, str, dt.date]] = set()
    told: list[str] = []
    for day in sorted(run_on):
        today = TODAY + day * DAY
        one = standing("W-1", granted, granted=granted)
        for warn in warnings([one], today=today, given=given_):
            given_.add((warn.waiver, warn.kind, warn.until))
            told.append(warn.kind)

    assert len(told) == len(set(told))
    assert told == sorted(told, key=lambda kind: -int(kind.split("-")[1]))


# What is not needed, and what ends


def test_a_waiver_is_unneeded_once_everything_within_has_passed_for_so_long() -> None:
    now = dt.datetime(2026, 11, 24, 12)
    tallies = {
        name: Tally(name, passing_since=since)
        for name, since in (
            ("W-1", now - 30 * DAY),
            ("W-2", now - 30 * DAY + dt.timedelta(seconds=1)),
            ("W-3", None),
            ("W-4", now - 90 * DAY),
        )
    }

    assert unneeded(tallies, now=now, days=30) == (
        Unneeded("W-4", now - 90 * DAY, 90),
        Unneeded("W-1", now - 30 * DAY, 30),
    )


# The window

OFFICE = window(["mon", "tue", "wed", "thu"], "09:00-17:00")


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("at", "is_open"),
    [
        (utc(2026, 11, 24, 8), True),
        (utc(2026, 11, 24, 7, 59, 59), False),
        (utc(2026, 11, 24, 15, 59), True),
        (utc(2026, 11, 24, 16), False),
        (utc(2026, 11, 27, 12), False),
        (dt.datetime(2026, 11, 24, 8), True),
    ],
)
def test_a_window_is_open_by_the_clock_on_the_wall(at: dt.datetime, is_open: bool) -> None:
    assert OFFICE.is_open(at, BERLIN) is is_open


def test_all_week_is_always_open() -> None:
    always = window(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "00:00-24:00")

    assert always.next_open(utc(2026, 11, 24, 23, 59, 59), BERLIN) == utc(2026, 11, 24, 23, 59, 59)


@pytest.mark.parametrize(
    ("hours", "days", "at", "opens"),
    [
        ("09:00-17:00", ["mon"], utc(2026, 11, 24, 12), utc(2026, 11, 30, 8)),
        ("09:00-17:00", ["tue"], utc(2026, 11, 24, 7, 30, 12), utc(2026, 11, 24, 8)),
        # The clocks go from 02:00 to 03:00 on 2027-03-28: the window begins with the first minute that there is.
        ("02:30-04:00", ["sun"], utc(2027, 3, 27, 12), utc(2027, 3, 28, 1)),
        # A window within the hour that is left out opens a week later.
        ("02:10-02:50", ["sun"], utc(2027, 3, 27, 12), utc(2027, 4, 4, 0, 10)),
        # From 03:00 back to 02:00 on 2026-10-25: half past two comes twice.
        ("02:30-02:40", ["sun"], utc(2026, 10, 25, 0), utc(2026, 10, 25, 0, 30)),
        ("02:30-02:40", ["sun"], utc(2026, 10, 25, 1), utc(2026, 10, 25, 1, 30)),
        # Across the change the hours on the wall stay.
        ("09:00-17:00", ["mon"], utc(2027, 3, 27, 12), utc(2027, 3, 29, 7)),
    ],
)
def test_the_next_opening_over_changes_of_the_clocks(
    hours: str, days: list[str], at: dt.datetime, opens: dt.datetime
) -> None:
    assert window(days, hours).next_open(at, BERLIN) == opens


@settings(max_examples=40, deadline=None)
@given(
    st.frozensets(st.integers(0, 6), min_size=1),
    st.integers(0, 1439),
    st.integers(1, 1440),
    st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2027, 12, 31)),
    st.sampled_from([BERLIN, NEW_YORK, LORD_HOWE, dt.UTC]),
)
def test_the_next_opening_is_open_and_nothing_before_it_is(
    days: frozenset[int], from_: int, length: int, at: dt.datetime, zone: dt.tzinfo
) -> None:
    one = Window(days, from_, min(1440, from_ + length))

    opens = one.next_open(at, zone)

    assert one.is_open(opens, zone)
    now = at.replace(tzinfo=dt.UTC)
    assert opens >= now
    earlier = [now + (opens - now) * part / 50 for part in range(50)]
    assert not any(one.is_open(moment, zone) for moment in earlier) or opens == now
    assert opens == now or not one.is_open(opens - dt.timedelta(microseconds=1), zone)


@pytest.mark.parametrize(("days", "from_", "to"), [((), 0, 1440), ((7,), 0, 1440), ((0,), 60, 60), ((0,), 0, 1441)])
def test_a_window_that_never_opens_is_none(days: tuple[int, ...], from_: int, to: int) -> None:
    with pytest.raises(ValueError, match="no window"):
        Window(frozenset(days), from_, to)
