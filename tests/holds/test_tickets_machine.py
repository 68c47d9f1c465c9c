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

from holds.ticket_sites import BREAKS, CLICKS, KINDS, TEAMS, site
from holds.tickets_holds import after_a_run, calm_down, nothing_twice, once_calm
from holds.tickets_world import DAY, HOUR, MINUTE, TicketsWorld
from hubposture.work.policy import Policy, Rung
from hubposture.work.subject import Standing
from hubposture.work.ticket import By, State

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("HUBPOSTURE_MACHINE_SECONDS", "0"))
EXAMPLES, TURNS = 12, 25
WAITS = (MINUTE, 11 * MINUTE, 2 * HOUR, 13 * HOUR, 25 * HOUR, 3 * DAY, 31 * DAY)
TOLD: Counter[str] = Counter()
"""How often what was done."""
anything = st.integers(0, 99)
_WRITES = ("create", "create", "update", "walk", "comment", "link")
_READS = ("read", "find", "ways", "setup")
THEN = ("", "", "a run", "a run", "a calm run", "a day and a run")
LADDERS = ((), (Rung(0), Rung(2, raise_priority=1, mention="lee@example.com")))


class Machine(RuleBasedStateMachine):
    """Anything may happen between runs, and to them."""

    @initialize(
        kind=st.sampled_from(KINDS),
        lag=st.sampled_from([0, 0, 45, 400]),
        skew=st.sampled_from([0, 0, 7, -7]),
        by=st.sampled_from([By.CONTROL_OWNER, *By]),
        batch=st.sampled_from([3, 1, 2, 50]),
        limit=st.sampled_from([0, 0, 1, 2]),
        ladder=st.sampled_from(LADDERS),
        fail=st.integers(2, 8),
    )
    def begin(self, **how: Any) -> None:
        self._stack = ExitStack()
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        where = self._stack.enter_context(site(how["kind"], skew=how["skew"] * MINUTE, lag=how["lag"]))
        TOLD[f"begun with {how['kind']}"] += 1
        policy = Policy(
            by=how["by"], batch=how["batch"], in_progress=how["limit"], ladder=how["ladder"], settle_hours=2
        )
        self.world = TicketsWorld(directory, where, policy=policy)
        self._stack.callback(self.world.close)
        for number in range(1, 1 + how["fail"]):
            self.world.checks.subject(number, sorted(TEAMS)[number % 3], self.world.now)
        self.world.advance(3 * HOUR)
        self.we_run(then="")

    def _then(self, then: str) -> None:
        """What follows at once."""
        if not then:
            return
        if then == "a calm run":
            self.world.site.mend()
        self.world.advance(DAY + HOUR if then == "a day and a run" else 11 * MINUTE)
        self.we_run(then="")

    def _some(self, which: int) -> str | None:
        names = sorted(self.world.checks.subjects)
        return names[which % len(names)] if names else None

    def _issue(self, which: int) -> str | None:
        shown = sorted(one.shown for one in self.world.site.issues().values())
        return shown[which % len(shown)] if shown else None

    def _is_known(self, shown: str) -> bool:
        """Whether we know a ticket by its id: one that we do not has nothing but its label."""
        ids = {one.id for one in self.world.tickets() if one.state is not State.SENDING}
        return any(one.shown == shown and one.id in ids for one in self.world.site.issues().values())

    @rule(
        number=st.integers(1, 12),
        owner=st.sampled_from(sorted(TEAMS)),
        wait=st.sampled_from([3, 0, 25]),
        then=st.sampled_from(THEN),
    )
    def a_check_fails(self, number: int, owner: str, wait: int, then: str) -> None:
        TOLD["checks"] += 1
        one = self.world.checks.subject(number, owner, self.world.now)
        self.world.checks.turn(one.subject, Standing.FAILING, self.world.now)
        self.world.advance(wait * HOUR)
        self._then(then)

    @rule(
        which=anything,
        then=st.sampled_from(THEN),
        standing=st.sampled_from([Standing.PASSED, Standing.PASSED, *Standing]),
    )
    def a_check_or_a_waiver_says_something_else(self, which: int, standing: Standing, then: str) -> None:
        if (name := self._some(which)) is not None:
            TOLD["checks"] += 1
            self.world.checks.turn(name, standing, self.world.now)
            self._then(then)

    @rule(wait=st.sampled_from(WAITS))
    def time_passes(self, wait: Any) -> None:
        self.world.advance(wait)

    @rule(which=anything, owner=st.sampled_from([*sorted(TEAMS), "nobody's team"]), then=st.sampled_from(THEN))
    def somebody_else_owns_it(self, which: int, owner: str, then: str) -> None:
        if (name := self._some(which)) is not None:
            TOLD["owners"] += 1
            self.world.checks.give(name, owner)
            self._then(then)

    @rule(
        which=anything,
        what=st.sampled_from(["close", "close", "reopen"]),
        says=st.sampled_from(["Done", "Won't Do", "Duplicate"]),
        then=st.sampled_from(THEN),
    )
    def somebody_closes(self, which: int, what: str, says: str, then: str) -> None:
        self.somebody_clicks(which=which, what=what, says=says, to="", then=then)

    @rule(
        which=anything,
        what=st.sampled_from(CLICKS),
        says=st.sampled_from(["Done", "Won't Do", "Duplicate"]),
        to=st.sampled_from(sorted(TEAMS.values())),
        then=st.sampled_from(THEN),
    )
    def somebody_clicks(self, which: int, what: str, says: str, to: str, then: str) -> None:
        if (shown := self._issue(which)) is None or (what == "unlabel" and not self._is_known(shown)):
            return
        TOLD[f"person {what}"] += 1
        try:
            self.world.site.click(what, shown, says=says, to=to)
        except (LookupError, ValueError):  # there is no way there in this workflow
            TOLD["person could not"] += 1
        self._then(then)

    @rule(
        what=st.sampled_from(BREAKS),
        on=st.sampled_from((*_WRITES, *_WRITES, *_READS)),
        times=st.integers(1, 4),
        how=st.sampled_from([{"skip": 0, "status": 503}, {"skip": 1, "status": 500}, {"skip": 3, "status": 429}]),
        then=st.sampled_from(THEN),
    )
    def something_is_broken(self, what: str, on: str, times: int, how: dict[str, int], then: str) -> None:
        TOLD[f"fault {what}"] += 1
        self.world.site.breaks(what, on, times=times, **how)
        self._then(then)

    @rule(
        team=st.sampled_from(["", *sorted(TEAMS)]),
        which=anything,
        seconds=st.sampled_from([0, 30, 300, 590]),
        then=st.sampled_from(THEN),
    )
    def a_right_is_taken_away_or_the_index_lags(self, team: str, which: int, seconds: float, then: str) -> None:
        if not team:
            self.world.site.lag(seconds)
            return
        TOLD["rights"] += 1
        self.world.site.take_away(self.world.site.routes[team].place, which)
        self._then(then)

    @rule(moment=st.integers(1, 12), after=st.booleans())
    def we_die(self, moment: int, *, after: bool) -> None:
        TOLD["deaths"] += 1
        self.world.sync(dies_at=moment, after=after)
        nothing_twice(self.world)

    @rule(then=st.sampled_from(THEN))
    def we_run(self, then: str) -> None:
        TOLD["runs"] += 1
        done = self.world.sync()
        assert done is not None
        for one in done.written.done:
            TOLD[f"done: {one.kind}"] += 1
        after_a_run(self.world, done)
        self._then(then)

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
