"""The composite action in the repository's root."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from yaml_text import load_yaml

ROOT = Path(__file__).parents[2]

Run = Callable[..., tuple[int, str, list[str]]]


def test_zizmor_finds_nothing() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona", "pedantic", ROOT / "action.yml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """The action's last step, with a stand-in for the program that tells its arguments and exits as told."""
    program = tmp_path / "hubposture" / "bin" / "hubposture"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$RUNNER_TEMP/arguments"\nexit "$ENDS"\n')
    program.chmod(0o755)

    def run_step(command: str, *, ends: int, differs: str = "fails") -> tuple[int, str, list[str]]:
        step = load_yaml((ROOT / "action.yml").read_text())["runs"]["steps"][-1]
        output = tmp_path / "output"
        environ = {"PATH": os.environ["PATH"], "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": str(output)}
        given = {"COMMAND": command, "DIRECTORY": "base line", "ROLE": "", "DIFFERS": differs, "ENDS": str(ends)}
        done = subprocess.run(["bash", "-eo", "pipefail", "-c", step["run"]], env=environ | given, check=False)
        return done.returncode, output.read_text(), (tmp_path / "arguments").read_text().splitlines()

    return run_step


def test_the_command_reaches_the_program_word_by_word(run: Run) -> None:
    assert run("plan --out plan.json", ends=0) == (0, "status=0\n", ["-C", "base line", "plan", "--out", "plan.json"])


def test_nothing_in_the_command_is_run_by_the_shell(run: Run) -> None:
    _, _, arguments = run("plan; exit 7 $(id)", ends=0)
    assert arguments == ["-C", "base line", "plan;", "exit", "7", "$(id)"]


@pytest.mark.parametrize(
    ("ends", "differs", "status"), [(2, "fails", 2), (2, "passes", 0), (1, "passes", 1), (0, "fails", 0)]
)
def test_a_difference_passes_only_when_asked_and_a_failure_never_does(
    run: Run, ends: int, differs: str, status: int
) -> None:
    code, output, _ = run("plan", ends=ends, differs=differs)
    assert (code, output) == (status, f"status={ends}\n")
