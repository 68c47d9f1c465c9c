"""A sync that the system kills at any moment: the store is whole, and the next one has the truth, once."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from holds.findings_world import Around, World, build
from holds.holds_world import ADMINISTRATOR, Baseline
from hubposture.sandbox import RealClock
from hubposture.sandbox.server import serve
from hubposture.wiring.workplace import SANDBOX_VARIABLE

_SYNC = """
import sys
from hubposture.verbs import sync as verb
verb.SHARD, verb.BATCH = 2, 100
from hubposture.cli.main import main
sys.argv = ["hubposture", "-C", sys.argv[1], "sync", "--sweep"]
main()
"""
"""The command, in small parts."""
KILLS = 4


@pytest.mark.slow
def test_syncs_killed_at_random_moments_leave_a_whole_store_and_the_next_has_the_truth(
    database_url: str, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = random.Random(5)
    versions, deaths = [0], 0
    with served(baseline, tmp_path / "b", monkeypatch, database_url) as (there, environ):
        for _ in range(KILLS):
            deaths += killed(there, environ, draw)
            versions.append(there.version())
            if versions[-1]:
                assert there.faults() == []
                assert there.twice() == 0
            there.pass_days()  # and with them the lease of the dead
        assert versions == sorted(versions), "no version was lost"
        done = subprocess.run(_command(there), env=environ, check=False, capture_output=True, text=True, timeout=120)
        assert done.returncode == 1, f"one account cannot be read: {done.stderr}"
        assert "Traceback" not in done.stderr
        there.assert_converged()
    assert deaths >= KILLS - 2
    assert len(set(versions)) > 2, "some were killed between two publications"
    assert there.faults() == []


@contextmanager
def served(
    baseline: Baseline, directory: Path, patch: pytest.MonkeyPatch, database_url: str
) -> Iterator[tuple[World, dict[str, str]]]:
    """The organization on the real clock, served, and the environment in which a command talks to it."""
    box, living = build(clock=RealClock())
    keys = box.keys(ADMINISTRATOR)
    patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    shutil.copytree(baseline.directory, directory)
    settings = directory / "hubposture.toml"
    settings.write_text(f'{settings.read_text()}\n[ledger]\nurl = "{database_url}"\n')
    with serve(box) as server:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_ENDPOINT_URL": server.url,
            SANDBOX_VARIABLE: server.url,
        }
        yield World(box, living, Around(box), directory), environ


def killed(there: World, environ: dict[str, str], draw: random.Random) -> bool:
    """A sync that is killed a little after one of its calls of GetFindings; whether it was still at work."""
    there.box.calls.clear()
    at, pause = draw.randint(1, 7), draw.uniform(0, 0.5)
    with subprocess.Popen(
        _command(there), env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        while there.box.calls.counts().get("securityhub:GetFindings", 0) < at and running.poll() is None:
            time.sleep(0.005)
        time.sleep(pause)
        running.send_signal(signal.SIGKILL)
        return running.wait(10) == -signal.SIGKILL


def _command(there: World) -> list[str]:
    return [sys.executable, "-c", _SYNC, str(there.directory)]
