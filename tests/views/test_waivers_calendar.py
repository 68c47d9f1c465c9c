"""The ends of waivers: what ends in which week and month, what will be open then, and what people were told."""

import datetime as dt

import pytest

from hubposture.views.document import Document, Table
from hubposture.views.waivers_calendar import document
from hubposture.views.waivers_rows import NoticeRow
from hubposture.waivers.standing import State
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words
from views.waiver_world import ALL, DETAIL, TODAY, ago, ends, waiver

FOUND = document("acme", ALL, DETAIL.notices, today=TODAY)


def rows(found: Document, heading: str) -> list[list[str]]:
    table = sections(found)[heading]
    assert isinstance(table, Table)
    return [words(Table((), [row])) for row in table.rows]


def test_ends_are_told_by_week_and_by_month_with_what_will_fail_then() -> None:
    assert FOUND.title == "Ends of waivers of acme, 24 Nov 2026"
    assert words(sections(FOUND)[""]) == [
        "7 waivers hold; the next to end is W-2026-004, today",
        "3 end within 30 days; 36 failing resources will be open again if nobody acts",
    ]
    assert rows(FOUND, "By week") == [
        ["2026-11-23", "1", "12", "W-2026-004 on the 24 (team-web)"],
        [
            "2026-11-30",
            "2",
            "24",
            "W-2026-003 on the 30 (team-with-a-rather-long-name), W-2026-001 on the 6 (team-web)",
        ],
    ]
    assert [row[:4] for row in rows(FOUND, "By month")] == [
        ["2026-11", "2", "24", "-"],
        ["2026-12", "1", "12", "-"],
        ["2027-05", "4", "8,024", "1"],
    ]


def test_only_what_holds_ends_and_only_the_next_eight_weeks_are_told_by_week() -> None:
    given = [
        waiver("W-1", until=ends(55)),
        waiver("W-2", until=ends(56)),
        waiver("W-3", state=State.REVOKED, until=ends(1)),
    ]
    found = document("acme", given, today=TODAY)
    assert [one["waivers"][0]["waiver"] for one in found.data["weeks"]] == ["W-1"]
    assert [one["ends"] for one in found.data["months"]] == [2]


def test_a_week_begins_on_monday_also_across_the_year() -> None:
    given = [waiver("W-1", until=dt.date(2027, 1, 3)), waiver("W-2", until=dt.date(2027, 1, 4))]
    found = document("acme", given, today=dt.date(2026, 12, 20))
    assert [one["from"] for one in found.data["weeks"]] == ["2026-12-28", "2027-01-04"]


def test_many_of_one_period_are_counted_and_the_data_names_all() -> None:
    found = document("acme", [waiver(f"W-{number:02}", until=ends(3)) for number in range(20)], today=TODAY)
    assert rows(found, "By week")[0][3] == "20 of team-web"
    assert len(found.data["weeks"][0]["waivers"]) == 20


def test_where_nothing_holds_that_is_said() -> None:
    found = document("acme", [waiver(state=State.EXPIRED)], today=TODAY)
    assert words(sections(found)[""]) == ["No waiver holds, so none ends."]
    assert list(sections(found)) == [""]
    many = [waiver(f"W-{number}", until=ends(40), owner=f"team-{number % 3}") for number in range(10)]
    said = rows(document("acme", many, today=TODAY), "By week")[0][-1]
    assert said == "4 of team-0, 3 of team-1, 3 of team-2"
    three = document("acme", [waiver(f"W-{number}", until=ends(40)) for number in range(3)], today=TODAY)
    assert words(sections(three)[""]) == ["3 waivers hold; the next to end is W-0 with 2 others, on 3 Jan 2027"]
    assert (three.data["next"], three.data["next_beside"]) == ("2027-01-03", 2)
    one = document("acme", [waiver(until=ends(40))], today=TODAY)
    assert words(sections(one)[""]) == ["1 waiver holds; the next to end is W-2026-014, on 3 Jan 2027"]


def test_notices_are_told_the_newest_first() -> None:
    told = [
        NoticeRow("W-1", kind, ends(7), ago(days))
        for kind, days in (("expires-30", 23), ("expires-7", 0), ("surplus", 3))
    ]
    found = document("acme", ALL, told, today=TODAY)
    assert [row[2] for row in rows(found, "What people were told")] == ["expires-7", "surplus", "expires-30"]
    assert found.data["notices"][0]["at"] == "2026-11-24T10:40:00Z"


def test_every_number_that_is_said_can_be_had_as_data() -> None:
    # On which day of the month one ends is in the data as a date.
    assert numbers_said(FOUND) - numbers_had(FOUND) == set()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert widest(FOUND, width) <= width
