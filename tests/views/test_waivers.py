"""Waivers as a list and one by one: what comes first, what is said, and that every number can be had as data."""

import datetime as dt
from dataclasses import replace

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import markdown, text
from hubposture.views.document import Document, Heading, Lines, Table, Text, Tone
from hubposture.views.waivers import Rank, detailed, listed, rank
from hubposture.views.waivers_rows import WaiverDetail, WaiverRow
from hubposture.waivers.rule import Fit
from hubposture.waivers.standing import State
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words
from views.waiver_world import ALL, AT, DETAIL, TODAY, ends, subject, waiver

LISTED = listed("acme", ALL, today=TODAY)
DETAILED = detailed("acme", DETAIL, today=TODAY, at=AT)


def of(document: Document, heading: str) -> list[list[str]]:
    """The rows under the heading that begins so."""
    (found,) = [block for name, block in sections(document).items() if name.startswith(heading)]
    assert isinstance(found, Table)
    return [words(Table((), [row])) for row in found.rows]


def cell(document: Document, heading: str, row: int, column: str) -> str:
    (table,) = [block for name, block in sections(document).items() if name.startswith(heading)]
    assert isinstance(table, Table)
    return words(Table((), [table.rows[row]]))[list(table.headings).index(column)]


# The list


def test_what_must_be_looked_at_comes_first_and_what_is_over_last() -> None:
    headings = [block.text for block in LISTED.blocks if isinstance(block, Heading)]
    assert headings == [
        "Match more than was approved (2)",
        "End soon (2)",
        "Provisional: nobody approved them (1)",
        "Wait (2)",
        "Hold (2)",
        "Ended (2)",
    ]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (waiver(), Rank.HOLDING),
        (waiver(until=ends(31)), Rank.HOLDING),
        (waiver(until=ends(30)), Rank.EXPIRING),
        (waiver(until=TODAY), Rank.EXPIRING),
        (waiver(until=TODAY, surplus=1), Rank.SURPLUS),
        (waiver(state=State.PROVISIONAL), Rank.PROVISIONAL),
        (waiver(state=State.PROVISIONAL, until=TODAY), Rank.EXPIRING),
        (waiver(state=State.NOT_YET, surplus=1), Rank.WAITS),
        (waiver(state=State.UNCONFIRMED), Rank.WAITS),
        (waiver(state=State.CHANGED, until=TODAY), Rank.WAITS),
        (waiver(state=State.EXPIRED, surplus=1), Rank.ENDED),
        (waiver(state=State.REJECTED), Rank.ENDED),
        (waiver(state=State.WITHDRAWN), Rank.ENDED),
        (waiver(state=State.REVOKED, until=ends(5)), Rank.ENDED),
    ],
)
def test_a_waiver_stands_under_the_worst_that_can_be_said_of_it(row: WaiverRow, expected: Rank) -> None:
    assert rank(row, TODAY) is expected


def test_every_state_has_a_heading() -> None:
    assert {rank(waiver(state=state), TODAY) for state in State} <= set(Rank)


def test_the_summary_counts_only_what_holds_as_covered() -> None:
    assert words(sections(LISTED)[""]) == [
        "11 waivers: 7 hold (1 of them provisionally), 2 wait, 2 are over",
        "They cover 8,225 resources, 8,060 of them failing",
        "They match 6 more that nobody approved, 5 of them failing; those are not waived",
        "3 end within 30 days",
        "1 is unneeded: all it covers has passed for long",
    ]


def test_one_is_one_and_none_is_said() -> None:
    assert words(sections(listed("acme", [waiver(until=ends(3))], today=TODAY))[""]) == [
        "1 waiver: 1 holds",
        "It covers 17 resources, 12 of them failing",
        "1 ends within 30 days",
    ]
    none = listed("acme", [], today=TODAY)
    assert words(sections(none)[""])[0].startswith("No waivers yet")
    assert "`hubposture waivers provisional`" in text.render(none)
    waits = listed("acme", [waiver(state=State.UNAPPROVED, within=0, failing=0)], today=TODAY)
    assert words(sections(waits)[""]) == ["1 waiver: 0 hold, 1 waits"]


def test_what_asks_for_an_approval_comes_with_the_command_that_shows_it() -> None:
    asking = (
        waiver(state=State.UNAPPROVED),
        waiver(state=State.CHANGED),
        waiver(surplus=1),
        waiver(asked_until=ends(900)),
    )
    for row in asking:
        assert text.render(listed("acme", [row], today=TODAY)).endswith("  hubposture waivers preview\n")
    for row in (waiver(), waiver(state=State.NOT_YET), waiver(state=State.REVOKED, surplus=3)):
        assert "hubposture waivers" not in text.render(listed("acme", [row], today=TODAY))


def test_errors_in_files_are_said_first_with_what_they_mean() -> None:
    found = listed("acme", ALL, today=TODAY, problems=["waivers/W-1.yaml:3:1: no expiry", "another"])
    lines = sections(found)[""]
    assert isinstance(lines, Lines)
    assert lines.lines[0] == Text(
        "2 errors in files of waivers, so nothing is released: waivers/W-1.yaml:3:1: no expiry", Tone.BAD
    )
    assert found.data["problems"] == ["waivers/W-1.yaml:3:1: no expiry", "another"]


def test_most_failing_surplus_stands_first_the_nearest_end_next_and_the_latest_of_what_is_over() -> None:
    assert [row[0] for row in of(LISTED, "Match more")] == ["W-2026-001", "W-2026-002"]
    assert [row[0] for row in of(LISTED, "End soon")] == ["W-2026-004", "W-2026-003"]
    assert [row[0] for row in of(LISTED, "Ended")] == ["W-2026-011", "W-2026-010"]


def test_a_row_says_how_long_is_left_and_what_is_to_be_known() -> None:
    assert cell(LISTED, "End soon", 0, "Left") == "today"
    assert cell(LISTED, "End soon", 1, "Left") == "6 days"
    assert cell(LISTED, "End soon", 1, "Remark") == "longer until 2027-06-30 is not approved"
    assert cell(LISTED, "Hold", 0, "Remark") == "unneeded: all pass since 12 Oct 2026"
    assert cell(LISTED, "Hold", 1, "Remark") == "stays visible"
    assert cell(LISTED, "Wait", 1, "Remark") == (
        "changed since its approval: S3.8 was added to its controls after it was approved"
    )
    assert cell(LISTED, "Ended", 0, "Left") == "over"
    gone = waiver(state=State.REVOKED, why="revoked on 2026-11-24 by lee: the site is gone")
    assert cell(listed("acme", [gone], today=TODAY), "Ended", 0, "Remark") == gone.why, "each word once"
    assert cell(LISTED, "Match more", 0, "Surplus") == "5"


def test_what_does_not_hold_covers_nothing_and_says_no_numbers() -> None:
    for heading in ("Wait", "Ended"):
        (table,) = [block for name, block in sections(LISTED).items() if name.startswith(heading)]
        assert isinstance(table, Table)
        assert not {"Covers", "Failing", "Surplus"} & set(table.headings)


def test_long_groups_are_cut_and_the_data_has_every_waiver() -> None:
    many = [waiver(f"W-{number:04}") for number in range(300)]
    found = listed("acme", many, today=TODAY, most=20)
    (table,) = [block for block in found.blocks if isinstance(block, Table)]
    assert (len(table.rows), table.more) == (20, 280)
    assert len(found.data["waivers"]) == 300


def test_the_data_has_what_the_table_leaves_out() -> None:
    data = orjson.loads(as_json.render(LISTED))
    first = data["waivers"][0]
    assert (first["waiver"], first["rank"], first["left_days"], first["surplus_failing"]) == (
        "W-2026-001",
        "surplus",
        12,
        4,
    )
    assert first["state"] == "holding"
    assert data["counts"] == {"surplus": 2, "expiring": 2, "provisional": 1, "waits": 2, "holding": 2, "ended": 2}
    assert data["ending_soon"] == 3
    unneeded = [one for one in data["waivers"] if one["unneeded"]]
    assert [one["passing_since"] for one in unneeded] == ["2026-10-12T10:40:00Z"]


# One


def test_one_waiver_is_told_from_where_it_stands_to_who_was_told() -> None:
    assert DETAILED.title == "W-2026-014: S3.2, S3.8"
    headings = [block.text for block in DETAILED.blocks if isinstance(block, Heading)]
    assert headings == [
        "What it speaks of", "Now", "Approvals", "In 2 accounts", "All of them, the gravest first", "What people were told",
    ]  # fmt: skip
    assert words(sections(DETAILED)[""])[:4] == [
        "holding until 1 May 2027, 158 days left",
        "1 Sep 2027 is asked for and not approved",
        "by-design: Static web site, public on purpose",
        "Instead: CloudFront with WAF in front; no customer data",
    ]
    assert words(sections(DETAILED)["Now"]) == [
        "matches 17 resources: covers 17, 12 of them failing",
        "beyond what was approved: 1, 1 of them failing; those are not waived",
        "under rows of the matrix that allow no such waiver: 1",
        "approved, and not matched any more or gone: 2",
    ]


def test_its_approvals_say_which_count_and_why_another_does_not() -> None:
    assert of(DETAILED, "Approvals") == [
        ["servicenow PER0010042", "lee@example.com", "2026-11-02", "2027-05-01", "yes", "-"],
        ["file", "kim@example.com", "2026-11-01", "2027-05-01", "no", "kim asked for it"],
    ]


def test_its_accounts_come_with_the_gravest_first() -> None:
    assert of(DETAILED, "In 2 accounts") == [
        ["acme-web-prod", "111122223333", "12", "11", "1", "9", "1", "-"],
        ["Data platform of the analytics department", "444455556666", "2", "2", "1", "-", "-", "1"],
    ]


def test_its_subjects_come_critical_and_oldest_first_and_those_that_pass_last() -> None:
    rows = of(DETAILED, "All of them")
    assert [row[0] for row in rows] == ["CRITICAL"] * 2 + ["HIGH"] * 9 + ["MEDIUM", "", "HIGH"]
    assert [row[6] for row in rows[2:5]] == ["24 days", "8 days", "7 days"]
    assert rows[0][8] == "not approved"
    assert rows[2][8] == "also W-2026-001"
    assert rows[11][8] == "barred by its row"
    assert rows[13][7] == "passed"


def test_a_waiver_on_its_last_day_one_that_does_not_hold_and_one_without_subjects() -> None:
    last = replace(DETAIL, row=waiver(until=TODAY))
    assert (
        words(sections(detailed("acme", last, today=TODAY, at=AT))[""])[0] == "holding until 24 Nov 2026, the last day"
    )
    waits = WaiverDetail(waiver(state=State.UNAPPROVED, why="nobody has approved it yet", within=0), (), "sha256:0")
    found = sections(detailed("acme", waits, today=TODAY, at=AT))
    assert words(found[""])[0] == "waits for approval: nobody has approved it yet"
    assert list(found) == ["", "What it speaks of", "Now"]
    assert words(found["Now"]) == ["matches 17 resources, 0 of them failing; it excuses nothing now"]


def test_a_waiver_that_does_not_hold_promises_nothing_of_what_it_matches() -> None:
    row = waiver(state=State.REVOKED, why="the site is gone", within=0, failing=0, surplus=17, surplus_failing=3)
    found = detailed(
        "acme", replace(DETAIL, row=row, subjects=[subject(1), subject(2, status="PASSED")]), today=TODAY, at=AT
    )
    assert words(sections(found)["Now"]) == ["matches 17 resources, 1 of them failing; it excuses nothing now"]
    assert found.data["matched_failing"] == 1


def test_what_comes_next_is_told_at_the_end_and_in_the_data() -> None:
    steps = ["hubposture waivers approve W-2026-014 --by ADDRESS"]
    found = detailed("acme", replace(DETAIL, steps=steps), today=TODAY, at=AT)
    assert text.render(found).endswith(f"  {steps[0]}\n")
    assert found.data["steps"] == steps
    assert "hubposture waivers" not in text.render(DETAILED)


def test_a_waiver_that_can_be_closed_says_so() -> None:
    row = waiver(passing_since=AT - dt.timedelta(days=43), is_unneeded=True, failing=0)
    found = detailed("acme", replace(DETAIL, row=row), today=TODAY, at=AT)
    assert "all it covers pass for 43 days; it can be closed" in words(sections(found)["Now"])


def test_the_data_of_one_has_every_subject_and_every_account_whatever_is_shown() -> None:
    many = replace(DETAIL, subjects=[subject(number, account=f"{number:012}") for number in range(1, 200)])
    found = detailed("acme", many, today=TODAY, at=AT, most=5)
    assert (len(found.data["subjects"]), len(found.data["accounts"])) == (199, 199)
    assert cell(found, "Some of them", 0, "Resource") == "acme-public-site-assets-199"
    barred = detailed("acme", replace(DETAIL, subjects=[subject(fit=Fit.BARRED, is_beyond=True)]), today=TODAY, at=AT)
    assert barred.data["subjects"][0]["surplus"] is False


# Both


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("document", [LISTED, DETAILED], ids=["list", "one"])
def test_no_line_is_wider_than_the_terminal(document: Document, width: int) -> None:
    assert widest(document, width) <= width


def test_at_80_columns_a_waiver_is_a_line_with_what_matters_and_at_200_all_of_it_is_there() -> None:
    narrow, wide = (text.render(LISTED, width=width).splitlines() for width in (80, 200))
    (line,) = [one for one in narrow if "W-2026-001" in one]
    assert line.split() == ["W-2026-001", "S3.2,", "S3.8", "5", "12", "17", "12", "days", "team-web"]
    (line,) = [one for one in wide if "W-2026-003" in one]
    for word in ("2026-11-30", "team-with-a-rather-long-name", "lee@example.com", "by-design", "6 days"):
        assert word in line


@pytest.mark.parametrize("document", [LISTED, DETAILED], ids=["list", "one"])
def test_every_number_that_is_said_can_be_had_as_data(document: Document) -> None:
    assert numbers_said(document) - numbers_had(document) <= {2}  # "In 2 accounts" is the length of a list
    assert len(numbers_said(document)) > 5


@pytest.mark.parametrize("document", [LISTED, DETAILED], ids=["list", "one"])
def test_it_is_markdown_too_and_nothing_in_it_is_markup(document: Document) -> None:
    assert markdown.render(document).startswith("## W")
    evil = "|`<img src=x onerror=1>`@lee [x](http://x) \x1b[31m"
    rows = [waiver(owner=evil, reason=evil, controls=(evil,), why=evil, state=State.CHANGED)]
    shown = markdown.render(listed("acme", rows, today=TODAY))
    assert "<img" not in shown.replace("\\<", "")
    assert "@lee" not in shown
    assert "\x1b" not in shown + text.render(listed("acme", rows, today=TODAY))
