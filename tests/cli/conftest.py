"""A small organization with waivers for the command line."""

from pathlib import Path

import pytest

from cli.commands import Commands
from holds import waivers_world
from holds.findings_world import Begun


@pytest.fixture(scope="session")
def waivers_begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """The first sync of a world of waivers, of which every test is given a copy."""
    with pytest.MonkeyPatch.context() as patch:
        baseline = waivers_world.make_baseline(tmp_path_factory.mktemp("cli") / "baseline")
        return waivers_world.begin(baseline, tmp_path_factory.mktemp("cli_begun") / "baseline", patch)


@pytest.fixture
def commands(
    waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Commands:
    """Commands in a world of its own, with some public buckets, as the first sync left it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    there = waivers_world.world(waivers_begun, tmp_path / "base", monkeypatch)
    return Commands(there, capsys, monkeypatch)
