"""The entry point: lazy, with errors in words and exit statuses that mean something."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from hubposture.cli import main as entry
from hubposture.cli.lazy import LazyGroup
from hubposture.cli.main import COMMANDS, EXIT_DIFFERS, EXIT_FAILED, EXIT_INTERRUPTED, cli, run
from hubposture.errors import InputErrors, Problem, Refusal

HEAVY = (
    "alembic",
    "boto3",
    "botocore",
    "moto",
    "orjson",
    "pydantic",
    "python_calamine",
    "rich",
    "sqlalchemy",
    "xlsxwriter",
)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException | object], None]:
    """Makes `lint` raise or return something."""

    def install(what: BaseException | object) -> None:
        @click.command()
        def command() -> object:
            if isinstance(what, BaseException):
                raise what
            return what

        monkeypatch.setattr(LazyGroup, "get_command", lambda _self, _ctx, name: command if name == "lint" else None)

    return install


def test_showing_help_imports_nothing_heavy_and_no_command() -> None:
    code = (
        "import sys\nfrom hubposture.cli.main import run\nassert run(['--help']) == 0\n"
        "print('\\n' + '|'.join(sorted(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.rpartition("\n\n")[2].strip().split("|")
    assert {name.partition(".")[0] for name in modules} & set(HEAVY) == set()
    ours = {name for name in modules if name.startswith("hubposture")}
    assert ours == {
        "hubposture",
        "hubposture.cli",
        "hubposture.cli.main",
        "hubposture.cli.context",
        "hubposture.cli.lazy",
        "hubposture.errors",
    }


def test_help_names_every_command_and_the_exit_statuses(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    told = capsys.readouterr().out
    for name, (_, text) in COMMANDS.items():
        assert name in told
        assert text in " ".join(told.split())
    assert "0 in sync, 2 differs" in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_says_what_it_does_and_explains_its_options(
    name: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([name, "--help"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: hubposture {name}")
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert command.help
    assert command.name == name
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert [one.opts for one in options if not one.help] == []


@pytest.mark.parametrize("group", ["sandbox"])
def test_commands_of_a_group_have_their_help_too(group: Any, capsys: pytest.CaptureFixture[str]) -> None:
    command = cli.get_command(click.Context(cli), group)
    assert isinstance(command, click.Group)
    for name in command.list_commands(click.Context(command)):
        assert run([group, name, "--help"]) == 0
        assert f"Usage: hubposture {group} {name}" in capsys.readouterr().out


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert "0.1.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["plan", "--nonsense"], ["apply", "no-such-file"], ["explain"], ["plan", "--format", "pdf"]],
)
def test_a_usage_error_is_told_with_the_usage_and_is_not_the_status_of_a_difference(
    arguments: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == EXIT_FAILED
    told = capsys.readouterr().err
    assert "Usage: hubposture" in told
    assert "Error:" in told


@pytest.mark.parametrize("name", ["plan", "apply", "census", "lint", "coverage", "diff"])
def test_without_a_baseline_a_command_says_where_it_looked_and_what_to_do(
    name: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-C", str(tmp_path), name]) == EXIT_FAILED
    told = capsys.readouterr().err
    assert str(tmp_path) in told
    assert "hubposture init DIR" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("what", "status", "told"),
    [
        (EXIT_DIFFERS, EXIT_DIFFERS, ""),
        (None, 0, ""),
        (
            Refusal("too many changes; --allow-changes 9 allows it"),
            EXIT_FAILED,
            "hubposture: too many changes; --allow-changes 9",
        ),
        (KeyboardInterrupt(), EXIT_INTERRUPTED, "interrupted; run it again"),
        (click.Abort(), EXIT_INTERRUPTED, "interrupted"),
        (BrokenPipeError(), EXIT_FAILED, ""),
        (
            FileNotFoundError(2, "No such file or directory", "/no/plan.json"),
            EXIT_FAILED,
            "/no/plan.json: No such file",
        ),
        (PermissionError(13, "Permission denied", "/root/x"), EXIT_FAILED, "/root/x: Permission denied"),
    ],
    ids=str,
)
def test_what_becomes_of_a_command_is_its_exit_status_and_errors_are_words(
    what: Any, status: Any, told: Any, failing: Any, capsys: Any
) -> None:
    failing(what)
    assert run(["lint"]) == status
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err
    assert bool(err) == bool(told)


def test_all_problems_of_an_input_are_told_at_once_sorted_by_place(
    failing: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    failing(InputErrors([Problem("f:10:1", "ten", "fix it"), Problem("f:2:1", "two")]))
    assert run(["lint"]) == EXIT_FAILED
    assert capsys.readouterr().err == "hubposture: 2 things to fix first\n  f:2:1: two\n  f:10:1: ten (fix it)\n"


def test_a_defect_keeps_its_traceback(failing: Any) -> None:
    failing(ZeroDivisionError("a defect"))
    with pytest.raises(ZeroDivisionError):
        run(["lint"])


def test_main_exits_with_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry, "run", len)
    with pytest.raises(SystemExit) as raised:
        entry.main(["a", "b"])
    assert raised.value.code == 2


def test_a_reader_that_goes_away_leaves_no_noise() -> None:
    code = "from hubposture.cli.main import main; main(['--help'])"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    assert process.communicate()[1] == b""


def made(directory: Path, *more: str) -> int:
    return run(["init", str(directory), "--administrator", "111111111111", "--home-region", "eu-central-1", *more])


def test_init_makes_a_baseline_that_lints_and_refuses_to_overwrite_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(tmp_path / "b") == 0
    told = capsys.readouterr().out
    assert "controls with a first disposition each" in told
    assert "hubposture plan" in told
    assert run(["-C", str(tmp_path / "b"), "lint", "--format", "json"]) == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert found["title"]
    before = (tmp_path / "b" / "controls.xlsx").read_bytes()
    assert made(tmp_path / "b") == EXIT_FAILED
    assert "controls.xlsx exists" in capsys.readouterr().err
    assert (tmp_path / "b" / "controls.xlsx").read_bytes() == before


def test_init_writes_nothing_for_values_that_make_no_settings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["init", str(tmp_path / "b"), "--administrator", "12", "--home-region", "mars"]) == EXIT_FAILED
    said = capsys.readouterr().err
    assert "an account is 12 digits" in said
    assert "a Region is written like" in said
    assert not (tmp_path / "b").exists()


def test_settings_of_a_revision_hold_instead_of_what_is_proposed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "b"
    assert made(base) == 0
    git = ["git", "-C", str(base), "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "base"]):
        subprocess.run([*git, *arguments], check=True)
    (base / "hubposture.toml").write_text("nonsense = 1\n")
    assert run(["-C", str(base), "lint"]) == EXIT_FAILED
    assert run(["-C", str(base), "--settings-from", "HEAD", "lint"]) == 0
    capsys.readouterr()


def test_the_bare_command_is_help_and_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    assert "Commands:" in capsys.readouterr().out


def test_a_quirk_that_does_not_exist_is_refused_with_those_that_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["sandbox", "up", "--port", "0", "--directory", str(tmp_path), "--quirk", "nonsense=1"]
    assert run(asked) == EXIT_FAILED
    assert "suppressed_on_passed" in capsys.readouterr().err


def test_init_goes_on_after_a_failure_and_keeps_the_settings_that_were_mended(tmp_path: Path) -> None:
    assert made(tmp_path / "b") == 0
    (tmp_path / "b" / "controls.xlsx").unlink()
    settings = tmp_path / "b" / "hubposture.toml"
    settings.write_text(settings.read_text() + "# mended\n")
    assert made(tmp_path / "b") == 0
    assert (tmp_path / "b" / "controls.xlsx").exists()
    assert settings.read_text().endswith("# mended\n")


def test_init_imports_the_foreign_workbook_and_tells_what_was_left_out(
    tmp_path: Path, shared_samples: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert made(tmp_path / "b", "--import", str(shared_samples / "foreign-controls-workbook.xlsx")) == 0
    told = capsys.readouterr().out
    assert "491 rows of foreign-controls-workbook.xlsx taken over" in told
    assert "retired by AWS: AppSync.1" in told
    assert "cells under Parameters that cannot be read here" in told
    assert run(["-C", str(tmp_path / "b"), "lint", "--format", "json"]) in (0, EXIT_DIFFERS)
    assert "Traceback" not in capsys.readouterr().err


def test_a_bad_file_or_mapping_leaves_nothing_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "bad.xlsx"
    bad.write_bytes(b"a,b\n1,2\n")
    assert made(tmp_path / "b", "--import", str(bad)) == EXIT_FAILED
    assert "bad.xlsx" in capsys.readouterr().err
    assert made(tmp_path / "b", "--import", str(bad), "--map", "nonsense") == EXIT_FAILED
    assert not (tmp_path / "b").exists()
