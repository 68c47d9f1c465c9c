"""A small organization with waivers for the command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.commands import Commands
from cli.tickets_hands import Tickets, begun
from holds import waivers_world
from holds.conftest import waivers_begun
from holds.findings_world import Begun
from hubposture.wiring import rehearsal_remotes

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


@pytest.fixture
def tickets(commands: Commands, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tickets]:
    """The same with teams, an emulated Jira and Slack, and buckets that fail for long enough to get tickets."""
    with rehearsal_remotes(commands.there.around.now) as remotes:
        for name in remotes.environ:  # it sets them for good
            monkeypatch.delenv(name)
        yield begun(commands, remotes)
