"""The mark among other people's fields."""

import pytest

from hubposture.waivers.stamp import (
    INSTANCE,
    UNTIL,
    WAIVER,
    Stamp,
    has_room,
    ours,
    read_fields,
    stamp,
    stamp_of,
    with_stamp,
)
from waivers.decide_world import DAY, OURS, fields

MINE = stamp("acme", "W-1", DAY)


def others(count: int) -> dict[str, str]:
    return {f"f{at:02}": "x" for at in range(count)}


def test_a_mark_is_read_back_as_it_was_written() -> None:
    written = with_stamp(fields({"team": "web"}), MINE)

    assert stamp_of(fields(dict(written))) == MINE == Stamp("acme", "W-1", "2027-05-01")
    assert MINE.stands


@pytest.mark.parametrize("one", [Stamp(), Stamp("acme"), Stamp("acme", "released", "2027-05-01")])
def test_a_mark_without_a_waiver_or_released_does_not_stand(one: Stamp) -> None:
    assert not one.stands


@pytest.mark.parametrize("text", ["", "{}", fields({"team": "hubposture/"}), fields({"hubposture/other": "x"})])
def test_other_fields_are_no_mark(text: str) -> None:
    assert stamp_of(text) == Stamp()


def test_an_older_mark_is_replaced_and_other_fields_stay() -> None:
    assert dict(with_stamp(fields({"team": "web"}, OURS, {WAIVER: "W-0"}), MINE)) == {
        "team": "web",
        WAIVER: "W-1",
        UNTIL: "2027-05-01",
        INSTANCE: "acme",
    }


@pytest.mark.parametrize(("count", "room"), [(47, True), (48, False), (50, False)])
def test_a_finding_takes_fifty_fields(count: int, room: bool) -> None:
    text = fields(others(count))
    found = with_stamp(text, MINE)

    assert has_room(text) is room
    assert len(found) == (count + 3 if room else count)
    assert bool(ours(found)) is room


def test_our_own_fields_take_no_room_from_themselves() -> None:
    text = fields(others(47), OURS)

    assert has_room(text)
    assert len(with_stamp(text, MINE)) == 50


def test_a_value_that_is_no_text_is_kept_as_json() -> None:
    assert read_fields('{"count":3,"list":[1]}') == (("count", "3"), ("list", "[1]"))
