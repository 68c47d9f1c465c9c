"""A small organization with waivers for the command line."""

from pathlib import Path

import pytest

from cli.commands import Commands
from holds import waivers_world
from holds.conftest import waivers_begun
from holds.findings_world import Begun

__all__ = ["commands", "waivers_begun"]


@pytest.fixture
def commands(
    waivers_begun: Begun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Commands:
    """Commands in a world of its own, with some public buckets, as the first sync left it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    there = waivers_world.world(waivers_begun, tmp_path / "base", monkeypatch)
    return Commands(there, capsys, monkeypatch)
