"""`hubposture listen` and `jobs`: an event is acted on, jobs are planned, done and shown."""

import datetime as dt

import pytest

from cli.commands import Commands
from cli.waivers_hands import approved, bucket, pass_time, workflow, write
from holds.holds_world import HOME, WEB

JOBS = """
[jobs]
sync = ""
run = ""
approvals = "0 3 * * *"
tidy = "30 2 * * *"
tickets = "0 5 * * *"
digests = "0 7 * * *"
report = ""
"""


def test_before_the_first_time_no_jobs_are_planned_and_it_is_said_who_plans_them(commands: Commands) -> None:
    said = commands("jobs")
    assert said.status == 0
    assert "No jobs yet: `hubposture listen` plans those" in said.text
    assert commands.json("jobs")["jobs"] == []


def test_jobs_of_the_settings_are_planned_shown_and_forgotten_with_their_schedule(commands: Commands) -> None:
    commands.settings(JOBS)
    assert commands("listen", "--once").status == 0
    planned = {one["job"]: one for one in commands.json("jobs")["jobs"]}
    due = {name: one["next"] for name, one in planned.items() if one["schedule"]}
    tomorrow = commands.there.day(1)
    assert due == {
        "approvals": f"{tomorrow}T03:00:00Z",
        "tidy": f"{tomorrow}T02:30:00Z",
        "tickets": f"{tomorrow}T05:00:00Z",
        "digests": f"{tomorrow}T07:00:00Z",
    }
    shown = commands("jobs").text
    assert "0 due now" in shown
    assert "never" in shown
    for columns in (80, 200):
        assert all(len(line) <= columns for line in commands.on_terminal(columns, "jobs").out.splitlines())
    assert commands("jobs", "--format", "markdown").out.startswith("## Jobs of acme")


def test_without_jobs_only_the_queue_is_taken(commands: Commands) -> None:
    assert commands("listen", "--once", "--no-jobs").status == 0
    assert commands.json("jobs")["jobs"] == []


@pytest.mark.slow
def test_a_resource_that_breaks_under_a_waiver_is_suppressed_by_its_event_alone(commands: Commands) -> None:
    site = bucket(commands, "site-1")
    write(commands)
    approved(commands)
    commands.settings(JOBS)
    commands("waivers", "enforce")
    pass_time(commands)
    commands.there.fix(site[3])
    commands("listen", "--once")
    commands.there.break_(site[3])
    commands.there.box.wait(60)
    assert workflow(commands, site) == "NEW", "the check set it back"
    said = commands("listen", "--once")
    assert said.status == 0
    assert "1 written" in said.out
    assert workflow(commands, site) == "SUPPRESSED"
    other = (WEB, HOME, "S3.8", commands.there.bucket("other-1", "S3.8"))
    commands.there.box.wait(60)
    commands("listen", "--once")
    assert workflow(commands, other) == "NEW", "nothing excuses it"


@pytest.mark.slow
def test_a_job_that_is_due_is_done_and_how_it_ended_is_shown(commands: Commands) -> None:
    commands.settings(JOBS)
    commands("listen", "--once")
    commands.there.box.wait(dt.timedelta(days=1).total_seconds())
    assert "4 due now" in commands("jobs").text
    said = commands("listen", "--once")
    assert "job approvals: done, the baseline's own entries count" in said.out
    assert "job tidy: done" in said.out
    assert "job tickets: done, no tracker and no messages are set" in said.out
    assert "job digests: done, no messages are set" in said.out
    ended = {one["job"]: one["last_status"] for one in commands.json("jobs")["jobs"] if one["schedule"]}
    assert ended == {"approvals": "done", "tidy": "done", "tickets": "done", "digests": "done"}
    assert "0 due now" in commands("jobs").text
