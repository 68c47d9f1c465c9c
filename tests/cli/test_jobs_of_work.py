"""The jobs that bring tickets in line and tell the teams, each what is its own to tell."""

import datetime as dt

import pytest

from cli.tickets_hands import Tickets

JOBS = """
[jobs]
sync = ""
run = ""
approvals = ""
tidy = ""
report = ""
tickets = "{tickets}"
digests = "{digests}"
"""


def told(tickets: Tickets) -> list[str]:
    """The titles of everything that stands in Slack."""
    posts = [post for one in tickets.remotes.workspace.channels.values() for post in one.posts]
    return [str(post.blocks[0]["text"]["text"]) for post in posts]


def listened(to: Tickets, **jobs: str) -> str:
    """What is said by somebody who listens a day later, with these jobs."""
    to.commands.settings(JOBS.format(**{"tickets": "", "digests": "", **jobs}))
    to.commands("listen", "--once")
    to.commands.there.box.wait(dt.timedelta(days=1).total_seconds())
    said = to.commands("listen", "--once")
    assert said.status == 0
    return said.out


@pytest.mark.slow
def test_the_job_digests_tells_the_week_and_makes_no_ticket(tickets: Tickets) -> None:
    said = listened(tickets, digests="0 7 * * *")
    assert "job digests: done" in said
    assert told(tickets)
    assert all("obligation" in one for one in told(tickets)), told(tickets)
    assert not tickets.ours()


@pytest.mark.slow
def test_the_job_tickets_makes_tickets_and_tells_only_what_must_be_told_soon(tickets: Tickets) -> None:
    said = listened(tickets, tickets="0 5 * * *")
    assert "job tickets: done" in said
    assert len(tickets.ours()) == 11
    assert all(one.startswith("New CRITICAL") for one in told(tickets)), told(tickets)


@pytest.mark.slow
def test_a_run_by_a_schedule_of_ones_own_tells_everything_and_each_once(tickets: Tickets) -> None:
    said = tickets.commands.json("run", "--only", "messages")
    before = told(tickets)
    assert said["steps"][0]["line"] == f"{len(before)} sent"
    assert any("obligation" in one for one in before)
    listened(tickets, digests="0 7 * * *")
    assert sorted(told(tickets)) == sorted(before)
