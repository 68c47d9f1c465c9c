"""Killed at any moment: the next run converges, nothing is done twice, and the ledger shows what was under way."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from holds.holds_world import (
    ADMINISTRATOR,
    Baseline,
    Stage,
    assert_accounted,
    assert_converged,
    assert_only_planned,
    is_change,
    sent_items,
    spec,
    stage,
    truth,
)
from hubposture.ports.ledger import IntentState, RunStatus
from hubposture.sandbox import RealClock, models, wire
from hubposture.sandbox.calls import is_write
from hubposture.sandbox.hubs import Timing
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import serve


class Killed(BaseException):
    """The process is gone; nothing in it catches this."""


@dataclass
class Death:
    """Kills at the n-th change of Security Hub, before it is done or after; nothing gets through from then on."""

    box: Sandbox
    at: int
    after: bool
    seen: int = 0
    dead: bool = False
    handle: Any = field(init=False)

    def __post_init__(self) -> None:
        self.handle = self.box.handle

    def __call__(self, request: wire.Request) -> wire.Reply:
        if self.dead:
            raise Killed
        scope = wire.scope_of(request)
        if scope and scope.service == "securityhub" and is_write(_operation(request)):
            self.seen += 1
            if self.seen == self.at:
                self.dead = True
                if self.after:
                    self.handle(request)
                raise Killed
        reply: wire.Reply = self.handle(request)
        return reply


def _operation(request: wire.Request) -> str:
    return wire.read(models.service("securityhub"), request)[0].name


def killed(there: Stage, patch: pytest.MonkeyPatch, at: int, *, after: bool) -> bool:
    """Plan and apply until death; whether it came."""
    planned = there.plan()
    there.box.calls.clear()
    with patch.context() as dying:
        death = Death(there.box, at, after)
        dying.setattr(there.box, "handle", death)
        try:
            assert_accounted(there.apply(planned), planned)
        except Killed:
            return True
    return False


def done_items(there: Stage) -> Counter[tuple[str, str, tuple[str, ...]]]:
    """How often each change was done in each place, by the sandbox's record."""
    return Counter(
        (record.account, record.region, item)
        for record in there.box.calls.writes()
        if is_change(record) and not record.error
        for item in sent_items(record)
    )


def holds(there: Stage, patch: pytest.MonkeyPatch, at: int, *, after: bool) -> bool:
    """Kill, look into the ledger, run again, and check; whether the kill came before the end."""
    first = there.plan()
    died = killed(there, patch, at, after=after)
    left = there.unfinished()
    assert bool(left) == died, "what was under way is in the ledger"
    assert all(one.state is IntentState.SENT for one in left)
    truly = truth(there.box)
    next_process = there.again()
    rest = next_process.plan()
    assert_accounted(next_process.apply(rest), rest)
    assert not there.unfinished()
    assert_settled_truly(there, [one.run for one in left], truly)
    assert_only_planned(there, [first, rest])
    assert set(done_items(there).values()) == {1}, "nothing was done twice"
    assert_converged(there)
    return died


def assert_settled_truly(there: Stage, runs: list[str], truly: Any) -> None:
    """What the ledger says of a killed run's switches is what the sandbox held after it."""
    with there.connection.workplace.ledger() as ledger:
        for run in set(runs):
            states = {one.state for one in ledger.intents(run)}
            assert states <= {IntentState.APPLIED, IntentState.FAILED, IntentState.SKIPPED}
            assert ledger.run(run).status is RunStatus.INTERRUPTED
            for intent in ledger.intents(run):
                place, edit = intent.change.place, intent.change.edit
                if edit.kind == "parameters":
                    held = ("parameters", "ACM.1", "[('daysToExpiration', 45)]") in truly[place.account, place.region]
                    assert (intent.state is IntentState.APPLIED) == held


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [5])
def test_an_apply_killed_at_a_write_is_completed_by_the_next(
    at: int, after: bool, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert holds(stage(baseline, tmp_path / "b", monkeypatch), monkeypatch, at, after=after)


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 6, 7, 8, 9, *range(11, 32, 4)])
def test_it_is_at_every_write(
    at: int, after: bool, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(stage(baseline, tmp_path / "b", monkeypatch), monkeypatch, at, after=after)


@pytest.mark.slow
def test_an_apply_killed_three_times_in_a_row_is_completed_by_the_fourth(
    baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = stage(baseline, tmp_path / "b", monkeypatch)
    for at in (3, 2, 4):
        assert killed(there.again(), monkeypatch, at, after=True)
    assert holds(there, monkeypatch, 2, after=False)


_APPLY = """
import sys
from pathlib import Path
from hubposture.cli.apply import applied
from hubposture.cli.plan import made
from hubposture.reconcile.guard import Limits
from hubposture.wiring import connect, workplace
connection = connect(workplace(Path(sys.argv[1])), "acme")
planned = made(connection)
print("planned", planned.plan.count, flush=True)
applied(connection, planned, planned.plan, Limits(), everywhere=False)
"""


@pytest.mark.slow
def test_a_process_killed_by_the_system_is_completed_by_the_next(
    baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = stage(baseline, tmp_path / "b", monkeypatch)
    real = Sandbox(spec(), clock=RealClock(), timing=Timing().scaled(0.1))
    there.box = real
    keys = real.keys(ADMINISTRATOR)
    with serve(real) as server:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_ENDPOINT_URL": server.url,
        }
        command = [sys.executable, "-c", _APPLY, str(tmp_path / "b")]
        with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE) as running:
            deadline = time.monotonic() + 60
            while sum(map(is_change, real.calls.writes())) < 12 and time.monotonic() < deadline:
                time.sleep(0.005)
            running.send_signal(signal.SIGKILL)
            assert running.wait(10) == -signal.SIGKILL
        left = there.unfinished()
        assert left
        (run,) = there.runs()
        assert run.status is RunStatus.RUNNING
        second = subprocess.run(command, env=environ, check=False, capture_output=True, text=True, timeout=120)
        assert second.returncode == 0, second.stderr
        assert len(there.unfinished()) == len(left), "the first may still be alive: it has been silent for seconds only"
        assert set(done_items(there).values()) == {1}
        third = subprocess.run(command, env=environ, check=False, capture_output=True, text=True, timeout=120)
        assert (third.returncode, third.stdout) == (0, "planned 0\n"), third.stderr
    assert_dead_run_is_settled_after_an_hour(there, run.id)


def assert_dead_run_is_settled_after_an_hour(there: Stage, run: str) -> None:
    """By a process that sees the same organization later."""
    from dataclasses import replace

    from hubposture.wiring import Surroundings, connect, workplace

    box = there.box
    around = Surroundings(
        now=lambda: box.clock.now() + dt.timedelta(hours=2),
        clock=lambda: box.clock.now().timestamp(),
        sleep=box.wait,
        attach=box.connect,
        environ={},
    )
    later = replace(
        there, connection=connect(workplace(there.connection.workplace.repository.root, surroundings=around), "acme")
    )
    planned = later.plan()
    assert planned.plan.count == 0
    later.apply(planned)
    assert not there.unfinished()
    with there.connection.workplace.ledger() as ledger:
        assert ledger.run(run).status is RunStatus.INTERRUPTED
        assert {one.state for one in ledger.intents(run)} <= {IntentState.APPLIED, IntentState.FAILED}
        assert not ledger.verify()
