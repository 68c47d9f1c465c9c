"""Tickets over time: checks, people's clicks, faults and deaths in any order; no double, none lost, none closed wrongly.

`HUBPOSTURE_MACHINE_SECONDS` lets it go on for so long, with other examples each time; it says how many steps it took.
"""

import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from holds.tickets_holds import after_a_run, calm_down, nothing_twice, once_calm
from holds.tickets_world import DAY, HOUR, MINUTE, ROUTES, TicketsWorld
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.work.subject import Standing

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("HUBPOSTURE_MACHINE_SECONDS", "0"))
EXAMPLES, TURNS = 12, 25
WAITS = (MINUTE, 11 * MINUTE, 2 * HOUR, 13 * HOUR, 25 * HOUR, 3 * DAY, 31 * DAY)
TOLD: Counter[str] = Counter()
"""How often what was done."""
anything = st.integers(0, 99)
_WRITES = ("POST .*/issue/bulk$", "PUT .*/issue/", "POST .*/transitions$", "POST .*/comment$", "POST .*/issue$")
_READS = ("bulkfetch", "search", "GET .*/issue/")


class Machine(RuleBasedStateMachine):
    """Anything may happen between runs, and to them."""

    @initialize(kind=st.sampled_from(["cloud", "cloud", "data-center"]), lag=st.sampled_from([0, 0, 45, 400]))
    def begin(self, kind: str, lag: int) -> None:
        self._stack = ExitStack()
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        jira = acme(kind)
        jira.index_lag_seconds = lag
        server = self._stack.enter_context(JiraServer(jira))
        self.world = TicketsWorld(directory, server)

    def _some(self, which: int) -> str | None:
        names = sorted(self.world.checks.subjects)
        return names[which % len(names)] if names else None

    def _issue(self, which: int) -> str | None:
        keys = sorted(
            one.key
            for one in self.world.jira.issues.values()
            if any(str(label).startswith("shub-") for label in one.fields.get("labels") or ())
        )
        return keys[which % len(keys)] if keys else None

    @rule(number=st.integers(1, 12), owner=st.sampled_from(sorted(ROUTES)), wait=st.sampled_from([0, 0, 25]))
    def a_check_fails(self, number: int, owner: str, wait: int) -> None:
        TOLD["checks"] += 1
        one = self.world.checks.subject(number, owner, self.world.now)
        self.world.checks.turn(one.subject, Standing.FAILING, self.world.now)
        self.world.advance(wait * HOUR)

    @rule(which=anything, standing=st.sampled_from([Standing.PASSED, Standing.PASSED, *Standing]))
    def a_check_or_a_waiver_says_something_else(self, which: int, standing: Standing) -> None:
        if (name := self._some(which)) is not None:
            TOLD["checks"] += 1
            self.world.checks.turn(name, standing, self.world.now)

    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: Any) -> None:
        self.world.advance(wait)

    @rule(
        which=anything,
        what=st.sampled_from(["close", "close", "reopen", "delete", "label", "comment"]),
        resolution=st.sampled_from(["Done", "Won't Do"]),
    )
    def somebody_clicks(self, which: int, what: str, resolution: str) -> None:
        if (key := self._issue(which)) is None:
            return
        person = self.world.jira.person("kim")
        TOLD[f"person {what}"] += 1
        try:
            match what:
                case "close":
                    person.close(key, resolution)
                case "reopen":
                    person.reopen(key)
                case "delete":
                    person.delete(key)
                case "label":
                    person.label(key, "not-mine")
                case "comment":
                    person.comment(key, "I had a look at it.")
        except (LookupError, ValueError):  # there is no way there in this workflow
            TOLD["person could not"] += 1

    @rule(
        what=st.sampled_from(["cut_after", "cut_before", "fail", "html", "cut_and_do_later"]),
        on=st.sampled_from((*_WRITES, *_WRITES, *_READS)),
        times=st.integers(1, 4),
    )
    def something_is_broken(self, what: str, on: str, times: int) -> None:
        TOLD[f"fault {what}"] += 1
        faults = self.world.jira.faults
        if what == "fail":
            faults.fail(503, on=on, times=times)
        else:
            getattr(faults, what)(on=on, times=times)

    @rule(moment=st.integers(1, 12), after=st.booleans())
    def we_die(self, moment: int, *, after: bool) -> None:
        TOLD["deaths"] += 1
        self.world.sync(dies_at=moment, after=after)
        nothing_twice(self.world)

    @rule()
    def we_run(self) -> None:
        TOLD["runs"] += 1
        done = self.world.sync()
        assert done is not None
        after_a_run(self.world, done)

    @rule()
    def everything_is_mended(self) -> None:
        self.world.jira.faults.clear()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            if sys.exc_info()[0] is None:
                calm_down(self.world)
                once_calm(self.world)
        finally:
            self._stack.close()


def _run(*, examples: int, derandomize: bool) -> None:
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=TURNS,
            deadline=None,
            derandomize=derandomize,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),
        ),
    )


def test_no_ticket_is_double_lost_or_closed_wrongly_whatever_happens() -> None:
    if not SECONDS:
        _run(examples=EXAMPLES, derandomize=True)
        return
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        _run(examples=EXAMPLES, derandomize=False)
        sys.stderr.write(f"{dict(TOLD)}\n")
