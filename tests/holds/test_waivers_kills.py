"""`waivers enforce` and `listen` killed by the system at chosen moments: the next runs end where an unharmed one does."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from holds.holds_world import ADMINISTRATOR, HOME
from holds.waiver_faults_world import (
    KEPT,
    LAG,
    MARK,
    Right,
    Story,
    Waived,
    assert_converged,
    assert_nothing_wrong,
    retold,
)
from hubposture.ports.ledger import RunStatus
from hubposture.sandbox import RealClock
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.server import serve
from hubposture.sandbox.services.queues import HIDDEN
from hubposture.wiring import move_ledger
from hubposture.wiring.workplace import SANDBOX_VARIABLE

UNWRITTEN = {
    "before anything is intended": "hubposture.ledger.changes.Changes.intend before 1",
    "after the first wave is intended": "hubposture.ledger.changes.Changes.intend after 1",
    "after its marks are put": "hubposture.ledger.marks.Marks.put_marks after 2",
    "after it is noted as sent": "hubposture.ledger.changes.Changes.sent after 1",
}
WRITTEN = {
    "after the first call": "hubposture.aws.updates.AwsUpdates._send after 1",
    "after the third call": "hubposture.aws.updates.AwsUpdates._send after 3",
    "after a later wave is intended": "hubposture.ledger.changes.Changes.intend after 3",
    "after the last call": "hubposture.verbs.waivers.enforce after 1",
}
LOOKING = {
    "before what was written is looked at": "hubposture.verbs.waivers.verify before 2",
    "while what was seen is published": "hubposture.ledger.versions.Versions.publish before 2",
    "before the waivers count as decided": "hubposture.ledger.admissions.Admissions.put_decided before 1",
}
PUBLISHING = {
    "before decisions are published": "hubposture.verbs.waivers.publish before 1",
    "while decisions are published": "hubposture.ledger.versions.Versions.publish before 1",
    "after decisions are published": "hubposture.verbs.waivers.publish after 1",
}
POINTS = PUBLISHING | UNWRITTEN | WRITTEN | LOOKING
"""Where a process kills itself: a function, before or after it, and which call of it."""
LISTENING = {
    "before events are published": "hubposture.ledger.versions.Versions.publish before 1",
    "after events are published": "hubposture.lake.writer.Writer.fold after 1",
    "after marks are put": "hubposture.ledger.marks.Marks.put_marks after 1",
    "after the call": "hubposture.aws.updates.AwsUpdates._send after 1",
    "before the message is deleted": "hubposture.aws.queue.SqsQueue.delete before 1",
    "after the message is deleted": "hubposture.aws.queue.SqsQueue.delete after 1",
}

_CHILD = """
import importlib, os, pathlib, signal, sys, threading, time
from hubposture.verbs import waiver_enforce

waiver_enforce.WAVE = 10
(path, when, number), *words = sys.argv[1].split(), *sys.argv[2:]
parts, at, lock = path.split("."), 0, threading.Lock()
for length in range(len(parts) - 1, 0, -1):
    try:
        owner = importlib.import_module(".".join(parts[:length]))
        break
    except ModuleNotFoundError:
        continue
for name in parts[length:-1]:
    owner = getattr(owner, name)
original, count = getattr(owner, parts[-1]), 0

def here():
    if when.startswith("wait:"):
        there = pathlib.Path(when.removeprefix("wait:"))
        there.with_suffix(".here").touch()
        while not there.exists():
            time.sleep(0.01)
    else:
        os.kill(os.getpid(), signal.SIGKILL)

def hooked(*arguments, **named):
    global count
    with lock:
        count += 1
        is_it = count == int(number)
    if is_it and when != "after":
        here()
    result = original(*arguments, **named)
    if is_it and when == "after":
        here()
    return result

setattr(owner, parts[-1], hooked)
from hubposture.cli.main import main
sys.argv = ["hubposture", *words]
main()
"""
"""The command, in small waves, with a hook on one function."""


@dataclass
class Served:
    """The story on the real clock, served, and the environment in which a command talks to it."""

    there: Waived
    environ: dict[str, str]

    def start(self, point: str, *words: str) -> "subprocess.Popen[str]":
        """The command in a process of its own, which something happens to at a point."""
        command = [sys.executable, "-c", _CHILD, point, "-C", str(self.there.directory), *words]
        return subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def killed(self, point: str, *words: str) -> None:
        """The command until it dies there."""
        with self.start(point, *words) as running:
            said, complained = running.communicate(timeout=120)
        assert running.returncode == -signal.SIGKILL, f"it never came there: {said} {complained}"

    def pass_time(self, seconds: float) -> None:
        """Time goes on, and with it the leases of the dead."""
        self.there.box.wait(seconds)


@dataclass
class Stage:
    """What a test begins with."""

    story: Story
    wanted: Right
    directory: Path
    patch: pytest.MonkeyPatch

    def served(self, database: str = "") -> AbstractContextManager[Served]:
        """The story, served; with its ledger in another database if one is named."""
        return _served(self, database)


@pytest.fixture
def stage(story: Story, wanted: Right, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    return Stage(story, wanted, tmp_path / "b", monkeypatch)


@contextmanager
def _served(stage: Stage, database: str) -> Iterator[Served]:
    directory = stage.directory
    there = retold(stage.story, directory, stage.patch, clock=RealClock())
    settings = directory / "hubposture.toml"
    queue = f"https://sqs.{HOME}.amazonaws.com/{ADMINISTRATOR}/hubposture-findings"
    settings.write_text(f'{settings.read_text()}\nfindings_queue = "{queue}"\n')
    if database:
        move_ledger(there.connection().workplace, database)
        settings.write_text(f'{settings.read_text()}\n[ledger]\nurl = "{database}"\n')
    keys = there.box.keys(ADMINISTRATOR)
    with serve(there.box) as server:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_ENDPOINT_URL": server.url,
            SANDBOX_VARIABLE: server.url,
        }
        yield Served(there, environ)


def holds(here: Served, stage: Stage, point: str) -> None:
    """Kill, look, and let calm runs follow."""
    there, wanted = here.there, stage.wanted
    here.killed(POINTS[point], "waivers", "enforce")
    assert_nothing_wrong(there, stage.story, wanted)
    assert (there.shown() == stage.story.before) == (point not in WRITTEN | LOOKING)
    assert there.faults() == []
    dead = dead_runs(there)
    assert bool(dead) == (point in UNWRITTEN | WRITTEN)
    here.pass_time(LAG)
    assert_converged(there, wanted, *dead)


def dead_runs(there: Waived) -> list[str]:
    """Runs that say they are under way, though nobody is."""
    with there.connection().workplace.ledger() as ledger:
        return [one.id for one in ledger.runs(limit=100) if one.status is RunStatus.RUNNING]


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
def test_enforcing_killed_at_a_point_is_completed_by_later_runs(point: str, stage: Stage) -> None:
    with stage.served() as here:
        holds(here, stage, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["after its marks are put", "after the third call", "while decisions are published"])
def test_so_it_is_with_a_ledger_in_postgresql(point: str, postgres_ledger: str, stage: Stage) -> None:
    with stage.served(postgres_ledger) as here:
        holds(here, stage, point)


@pytest.mark.slow
def test_enforcing_killed_again_and_again_is_completed_in_the_end(stage: Stage) -> None:
    with stage.served() as here:
        for point in ("after its marks are put", "after the first call", "after the first wave is intended"):
            here.killed(POINTS[point], "waivers", "enforce")
            assert_nothing_wrong(here.there, stage.story, stage.wanted)
            here.pass_time(LAG)
        assert_converged(here.there, stage.wanted)


@pytest.mark.slow
def test_what_was_not_sent_and_is_wanted_no_more_leaves_no_mark(stage: Stage) -> None:
    with stage.served() as here:
        there = here.there
        before = there.marks()
        here.killed("hubposture.ledger.changes.Changes.sent after 4", "waivers", "enforce")
        put = {id_ for id_, one in there.marks().items() if one != before.get(id_) and one.state == "suppressed"}
        never = {id_ for id_ in put & stage.story.fresh if there.shown()[id_] == stage.story.before[id_]}
        assert never, "something was about to be suppressed"
        (there.directory / "waivers" / "W-3.yaml").unlink()
        here.pass_time(LAG)
        last = there.settle()
        assert not last.written.sent
        assert not never & there.marks().keys(), "nothing was ever suppressed there"
        assert there.open_intents() == 0


@pytest.mark.slow
def test_what_was_to_be_released_and_is_excused_again_is_still_ours(stage: Stage) -> None:
    with stage.served() as here:
        there = here.there
        here.killed("hubposture.ledger.changes.Changes.sent after 2", "waivers", "enforce")
        marks = there.marks()
        unsent = {
            id_
            for id_ in stage.story.ended
            if marks[id_].state == "released" and there.shown()[id_] == stage.story.before[id_]
        }
        assert unsent, "something was about to be released"
        file = there.directory / "waivers" / "W-2.yaml"
        file.write_text("".join(line for line in file.read_text().splitlines(True) if not line.startswith("revoked")))
        here.pass_time(LAG)
        assert not there.settle().written.sent
        assert {there.shown()[id_][0] for id_ in unsent} == {"SUPPRESSED"}
        assert {there.marks()[id_].state for id_ in unsent} == {"suppressed"}


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_two_processes_that_enforce_at_once_one_says_so_and_nothing_is_written_twice(
    database: str, request: pytest.FixtureRequest, stage: Stage, tmp_path: Path
) -> None:
    url = request.getfixturevalue("postgres_ledger") if database == "postgresql" else ""
    with stage.served(url) as here:
        here.there.box.calls.clear()
        go = tmp_path / "go"
        first = here.start(f"hubposture.verbs.waivers.enforce wait:{go} 1", "waivers", "enforce")
        until(go.with_suffix(".here").exists)
        second = here.start("hubposture.verbs.waivers.enforce wait:/dev/null 1", "waivers", "enforce")
        _, complained = second.communicate(timeout=120)
        assert (second.returncode, "by another process" in complained) == (1, True), complained
        assert here.there.updates() == []
        go.touch()
        said, complained = first.communicate(timeout=120)
        assert first.returncode == 0, said + complained
        assert Counter(here.there.updates()) == Counter(stage.story.written)
        here.pass_time(LAG)
        assert_converged(here.there, stage.wanted)


# --- listening --------------------------------------------------------------------------------------------------------


def drained(here: Served) -> Record:
    """A calm beginning: the due run is done and nothing waits; a finding that the first waiver excuses."""
    there = here.there
    there.enforce()
    there.settle()
    there.box.events.queue.clear()
    there.box.calls.clear()
    return next(one for one in there.records("S3.5") if dict(there.shown()[one.id][3]).get(MARK) == KEPT)


def broken_anew(there: Waived, record: Record) -> None:
    """What is excused passes for a moment, and fails again."""
    resource = record.body.resources[0].id
    where = {"account": record.account, "region": record.region}
    there.box.fix_resource(resource, "S3.5", **where)
    there.box.wait(60)
    there.box.break_resource(resource, "S3.5", **where)
    assert there.shown()[record.id][0] != "SUPPRESSED"


@pytest.mark.slow
@pytest.mark.parametrize("point", LISTENING)
def test_listening_killed_at_a_point_loses_no_event(point: str, stage: Stage) -> None:
    with stage.served() as here:
        there, record = here.there, drained(here)
        before = there.shown()
        broken_anew(there, record)
        here.killed(LISTENING[point], "listen", "--once", "--no-jobs")
        here.pass_time(HIDDEN.total_seconds() + LAG)
        for _ in range(2):
            done = listened(here)
            assert done.returncode == 0, done.stderr
            here.pass_time(HIDDEN.total_seconds())
        assert there.shown() == before
        assert there.box.events.queue.counts(there.box.clock.now()) == (0, 0)
        assert there.settle().failures == ()
        assert there.open_intents() == 0
        assert dead_runs(there) == []


def listened(here: Served) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "hubposture", "-C", str(here.there.directory), "listen", "--once", "--no-jobs"]
    return subprocess.run(command, env=here.environ, check=False, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_listening_ends_with_sigterm_within_seconds_and_loses_nothing(stage: Stage, tmp_path: Path) -> None:
    with stage.served() as here:
        there, record = here.there, drained(here)
        before = there.shown()
        go = tmp_path / "go"
        # It waits where the call has been made and nobody has heard of it.
        running = here.start(f"hubposture.verbs.waivers.enforce wait:{go} 1", "listen", "--no-jobs")
        broken_anew(there, record)
        until(go.with_suffix(".here").exists)
        running.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert running.poll() is None, "what was begun is finished"
        go.touch()
        asked = time.monotonic()
        said, complained = running.communicate(timeout=60)
        assert (running.returncode, "Traceback" in complained) == (0, False), said + complained
        assert time.monotonic() - asked < 10
        assert "1 written" in said
        assert there.shown() == before
        assert there.box.events.queue.counts(there.box.clock.now())[1] == 0, "nothing is hidden that comes again"


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)
