"""Baselines in git repositories, made with the real git."""

import os
import subprocess
from pathlib import Path

from needs import need

SETTINGS = b"""instance = "acme"
[organizations.main]
administrator = "111122223333"
home_region = "eu-central-1"
[organizations.gov]
partition = "aws-us-gov"
administrator = "444455556666"
home_region = "us-gov-west-1"
"""
ENV = {
    **{name: value for name, value in os.environ.items() if not name.startswith("GIT_")},
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Kim",
    "GIT_AUTHOR_EMAIL": "kim@example.com",
    "GIT_COMMITTER_NAME": "Kim",
    "GIT_COMMITTER_EMAIL": "kim@example.com",
    "GIT_AUTHOR_DATE": "2026-11-01T10:00:00+01:00",
    "GIT_COMMITTER_DATE": "2026-11-01T10:00:00+01:00",
}


def git(where: Path, *arguments: str) -> str:
    """Run git as a user would, and give what it prints."""
    done = subprocess.run(["git", *arguments], cwd=where, env=ENV, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.rstrip("\n")


def new_repository(where: Path) -> Path:
    """A git repository with nothing in it."""
    where.mkdir(parents=True, exist_ok=True)
    git(where, "init", "-q", "-b", "main")
    return where


def commit_all(where: Path, message: str = "Change") -> str:
    git(where, "add", "-A")
    git(where, "commit", "-q", "-m", message)
    return git(where, "rev-parse", "HEAD")


def needs_git() -> None:
    found = subprocess.run(["git", "--version"], capture_output=True, check=False).returncode == 0
    need(found, "git", "apt-get install git")
