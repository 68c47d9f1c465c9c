"""A process that syncs tickets is killed before each of its writes, and two sync at once: one ticket each, none lost."""

import os
import pickle
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from holds.test_tickets_faults import CASES, ends, run, settle, world
from holds.ticket_sites import JiraSite
from holds.tickets_world import HOUR, TicketsWorld
from hubposture.work.subject import Standing

pytestmark = pytest.mark.slow

_TESTS = Path(__file__).parent.parent
_MOST = 80
"""More writes than any of these runs makes."""


@dataclass
class Process:
    """A process that syncs when it is told to."""

    file: Path
    child: "subprocess.Popen[str]"

    def tell(self, here: TicketsWorld, line: str) -> None:
        """Let it begin a run in this world."""
        here.close()
        assert isinstance(here.site, JiraSite)
        told = {name: getattr(here, name) for name in ("directory", "policy", "now", "checks", "ledger_url")}
        self.file.write_bytes(pickle.dumps({**told, "kind": here.site.kind, "url": here.site.url}))
        assert self.child.stdin is not None
        self.child.stdin.write(f"{line}\n")
        self.child.stdin.flush()

    def said(self) -> str:
        """What became of it."""
        assert self.child.stdout is not None
        return self.child.stdout.readline().strip()


@contextmanager
def process(file: Path) -> Iterator[Process]:
    """A process that is ready."""
    file.write_bytes(pickle.dumps({}))
    environ = {**os.environ, "PYTHONPATH": str(_TESTS)}
    command = [sys.executable, "-m", "holds.tickets_child", str(file)]
    with subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as child:
        made = Process(file, child)
        assert made.said() == "ready"
        yield made
        assert child.stdin is not None
        child.stdin.close()
        child.wait(timeout=60)


def _everything(here: TicketsWorld) -> None:
    """Tickets are to be made, changed, closed, opened again and tied together."""
    for case in ("reopen", "link"):
        CASES[case].before(here)
    for number, name in enumerate(sorted(here.checks.subjects)):
        if number % 3 == 0:
            here.checks.turn(name, Standing.PASSED, here.now)
    for number in range(20, 26):
        here.checks.subject(number, sorted(here.routes)[number % 3], here.now)
    here.advance(3 * HOUR)


BEFORE: dict[str, Callable[[TicketsWorld], None]] = {
    "create": CASES["create"].before,
    "reopen": CASES["reopen"].before,
    "open what was closed by hand": CASES["open what was closed by hand"].before,
    "everything": _everything,
}


def _unharmed(kind: str, before: Callable[[TicketsWorld], None]) -> dict[str, list[tuple[bool, int]]]:
    with world(kind) as here:
        before(here)
        run(here)
        settle(here)
        return ends(here)


@pytest.mark.parametrize(("kind", "before"), [*(("cloud", before) for before in BEFORE), ("data-center", "everything")])
def test_killed_before_any_write_the_next_runs_end_where_an_unharmed_one_does(
    kind: str, before: str, tmp_path: Path
) -> None:
    wanted = _unharmed(kind, BEFORE[before])
    with process(tmp_path / "world") as other:
        for at in range(1, _MOST):
            with world(kind) as here:
                BEFORE[before](here)
                other.tell(here, f"KILL {at}")
                said = other.said()
                settle(here)
                assert ends(here) == wanted, f"killed before write {at}"
            if said != "killed":
                assert said.startswith("done"), said
                assert at > 8
                return
    pytest.fail("it never came to its end")


@pytest.mark.parametrize("at", range(1, 36, 5))
def test_so_it_is_with_a_ledger_in_postgresql(at: int, postgres_ledger: str, tmp_path: Path) -> None:
    wanted = _unharmed("cloud", _everything)
    with process(tmp_path / "world") as other, world("cloud") as here:
        here.ledger_url = postgres_ledger
        _everything(here)
        other.tell(here, f"KILL {at}")
        assert other.said() == "killed"
        settle(here)
        assert ends(here) == wanted


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_of_two_processes_that_sync_at_once_exactly_one_does(
    database: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    with world("cloud") as here, process(tmp_path / "one") as one, process(tmp_path / "two") as two:
        if database == "postgresql":
            here.ledger_url = request.getfixturevalue("postgres_ledger")
        assert not here.tickets()
        go = tmp_path / "go"
        one.tell(here, f"WAIT 6 {go}")
        while not go.with_suffix(".here").exists():
            time.sleep(0.01)
        two.tell(here, "WAIT 0 /dev/null")
        assert "is being done by another process" in two.said()
        assert not here.site.issues()
        go.touch()
        assert one.said() == "done 3 failed 0"
        settle(here)
        assert ends(here) == _unharmed("cloud", CASES["create"].before)
