"""Baselines for every test of the repository and its remote."""

from pathlib import Path

import pytest

from baseline_world import SETTINGS, commit_all, needs_git, new_repository


@pytest.fixture
def own_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """No git configuration of this machine."""
    needs_git()
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def baseline(own_git: None, tmp_path: Path) -> Path:
    """A baseline in a directory of a repository, with one commit."""
    top = new_repository(tmp_path / "top")
    root = top / "security"
    (root / "waivers").mkdir(parents=True)
    (root / "hubposture.toml").write_bytes(SETTINGS)
    (root / "waivers" / "W-1.yaml").write_bytes(b"1")
    commit_all(top, "First")
    return root
