"""A run and its jobs as documents."""

import datetime as dt
from dataclasses import replace

import orjson
import pytest

from hubposture.render import json as as_json
from hubposture.render import text
from hubposture.views.document import Document, Lines, Table, Text, Tone
from hubposture.views.run import JobRow, RunRow, StepRow, document, jobs, took
from views.saying import numbers_had, numbers_said, widest
from views.test_plan import sections, words

BEGAN = dt.datetime(2026, 11, 24, 6, tzinfo=dt.UTC)
STEPS = (
    StepRow("controls", 12.34, {"changes": 3}, line="3 changes applied"),
    StepRow(
        "findings", 201.5, {"new_findings": 1_204, "changed": 30}, failures=(("111122223333/us-east-1", "denied"),)
    ),
    StepRow("approvals", skipped="the record is the file"),
    StepRow("posture"),
)
RUN = RunRow(
    "01JDEXAMPLE", "incomplete", BEGAN, BEGAN + dt.timedelta(seconds=252), STEPS,
    {"GetFindings": 1_234, "BatchUpdateFindings": 3}, "kim", "0123456789abcdef0123456789abcdef01234567",
)  # fmt: skip
NOW = BEGAN + dt.timedelta(hours=1)
JOBS = (
    JobRow("acme", "run", "0 6 * * *", "Europe/Berlin", BEGAN + dt.timedelta(days=1), "", None, 1, BEGAN, BEGAN + dt.timedelta(seconds=200), "done", "all done"),
    JobRow("acme", "sync", "*/15 * * * *", "Europe/Berlin", BEGAN, "", None, 3, BEGAN, BEGAN + dt.timedelta(seconds=2), "failed", "AccessDenied: a text that does not end"),
    JobRow("acme", "tidy", "", "Europe/Berlin"),
    JobRow("acme", "approvals", "0 3 * * *", "Europe/Berlin", BEGAN, "host-7", NOW, 1, NOW, BEGAN, "done"),
)  # fmt: skip
SHOWN = document("acme", RUN)
LISTED = jobs(JOBS, now=NOW, organization="acme")


def rows(found: Document, heading: str = "") -> list[list[str]]:
    name = ""
    for block in found.blocks:
        if isinstance(block, Table) and name == heading:
            return [words(Table((), [row])) for row in block.rows]
        name = getattr(block, "text", name) if not isinstance(block, Lines | Table) else name
    return []


def test_a_run_says_how_it_went_how_long_it_took_and_which_step_is_not_complete() -> None:
    assert SHOWN.title == "Run of acme"
    assert words(sections(SHOWN)[""]) == [
        "incomplete; began 2026-11-24 06:00 UTC, took 4 min 12 s",
        "not complete: findings; the other steps were done all the same",
        "recorded as run 01JDEXAMPLE, by kim, of the baseline at 0123456789ab",
    ]
    assert rows(SHOWN) == [
        ["controls", "done", "12 s", "3 changes applied", "-"],
        ["findings", "incomplete", "3 min 21 s", "1,204 new findings, 30 changed", "1"],
        ["approvals", "skipped", "-", "the record is the file", "-"],
        ["posture", "done", "0.0 s", "-", "-"],
    ]
    assert rows(SHOWN, "Failed or not read: 1 thing") == [["findings", "111122223333/us-east-1", "denied"]]
    assert rows(SHOWN, "Calls: 1,237") == [["GetFindings", "1,234"], ["BatchUpdateFindings", "3"]]


def test_a_run_that_is_done_has_no_table_of_failures_and_one_that_runs_no_end() -> None:
    done = document("acme", RunRow("01J", "done", BEGAN, BEGAN, STEPS[:1]))
    first = sections(done)[""].lines[0]  # type: ignore[union-attr]
    assert first == Text("done; began 2026-11-24 06:00 UTC, took 0.0 s", Tone.GOOD)
    assert list(sections(done)) == [""]
    running = document("acme", RunRow("01J", "running", BEGAN, None))
    assert words(sections(running)[""])[0] == "running; began 2026-11-24 06:00 UTC"
    assert running.data["seconds"] is None


def test_the_data_of_a_run_has_every_count_and_every_failure() -> None:
    data = orjson.loads(as_json.render(document("acme", RUN, most=1)))
    assert data["steps"][1]["counts"] == {"new_findings": 1_204, "changed": 30}
    assert data["steps"][1]["failures"] == [{"where": "111122223333/us-east-1", "what": "denied"}]
    assert (data["seconds"], data["steps"][0]["seconds"], data["calls_in_all"]) == (252.0, 12.34, 1_237)
    assert numbers_said(SHOWN) - numbers_had(SHOWN) <= {4}  # how long it took is seconds there


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0.0 s"), (-1, "0.0 s"), (9.96, "10.0 s"), (10, "10 s"), (59.9, "59 s"), (60, "1 min 00 s"), (3599, "59 min 59 s"), (3720, "1 h 02 min")],
)  # fmt: skip
def test_how_long_it_took_is_told_in_the_unit_that_fits(seconds: float, expected: str) -> None:
    assert took(seconds) == expected


def test_jobs_say_when_they_come_next_and_how_they_went_last() -> None:
    assert words(sections(LISTED)[""]) == [
        "4 jobs, 1 due now",
        "Schedules are read in Europe/Berlin; times here are UTC.",
    ]
    assert rows(LISTED) == [
        ["run", "0 6 * * *", "2026-11-25 06:00", "2026-11-24 06:00", "3 min 20 s", "done", "all done"],
        ["sync", "*/15 * * * *", "due now", "2026-11-24 06:00", "2.0 s", "failed (3 tries)", "AccessDenied: a text that does not end"],
        ["tidy", "-", "never", "never", "-", "-", "-"],
        ["approvals", "0 3 * * *", "running", "2026-11-24 07:00", "-", "done", "-"],
    ]  # fmt: skip


def test_jobs_of_all_organizations_name_theirs() -> None:
    found = jobs(JOBS, now=NOW)
    assert found.title == "Jobs"
    assert [row[0] for row in rows(found)] == ["acme"] * 4
    assert [one["due"] for one in found.data["jobs"]] == [False, True, False, False]
    assert found.data["jobs"][2]["next"] is None


@pytest.mark.parametrize("width", [60, 80, 120, 200])
@pytest.mark.parametrize("found", [SHOWN, LISTED, jobs(JOBS, now=NOW)], ids=["run", "jobs", "all"])
def test_no_line_is_wider_than_the_terminal(found: Document, width: int) -> None:
    assert widest(found, width) <= width


def test_at_80_columns_a_job_is_a_line_with_what_comes_next() -> None:
    (line,) = [line for line in text.render(LISTED, width=80).splitlines() if " sync " in line]
    assert "due now" in line
    assert "failed (3 tries)" in line


def test_of_many_calls_the_most_frequent_are_shown_and_the_data_has_all() -> None:
    calls = {f"securityhub:Get{number}": number for number in range(1, 26)}
    found = document("acme", replace(RUN, calls=calls))
    table = found.blocks[-1]
    assert isinstance(table, Table)
    assert [words(Table((), [row]))[1] for row in table.rows] == [str(number) for number in range(25, 15, -1)]
    assert table.more == 15
    assert found.data["calls"] == calls


def test_a_run_that_only_observed_says_so_and_one_of_a_single_step_speaks_of_no_others() -> None:
    found = document("acme", replace(RUN, steps=STEPS[1:2]), is_observed=True)
    assert words(sections(found)[""])[1] == "not complete: findings"
    assert words(sections(found)[""])[-1] == "Only observed: nothing was written to Security Hub."
    assert (found.data["observed"], SHOWN.data["observed"]) == (True, False)


def test_without_jobs_it_is_said_who_plans_them() -> None:
    found = jobs((), now=NOW, organization="acme")
    assert words(sections(found)[""])[0].startswith("No jobs yet: `hubposture listen` plans those")
