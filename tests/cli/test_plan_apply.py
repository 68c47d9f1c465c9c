"""plan, apply, explain and census by the command line, on an emulated organization in this process."""

import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED, run
from hubposture.sandbox.sandbox import Sandbox
from hubposture.wiring import Surroundings, put_workbook, rehearsal, workplace

SETTINGS = """
instance = "test"
[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""
administrator_writer_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
{expected}
[controls]
global_controls = "everywhere"
[guards]
max_changes = 3
"""
EXPECTED = """
[[organizations.acme.expected_unreadable]]
account = "{account}"
region = "*"
reason = "its role is on the way"
review_by = 2099-01-01
"""
Invoke = Callable[..., tuple[int, str, str]]


def rows(disposition: str) -> dict[str, list[dict[str, str]]]:
    return {"Controls": [{"control": "S3.8", "disposition": disposition, "reason": "an alarm"}]}


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[Sandbox, Surroundings]]:
    """Twelve accounts in three Regions, one of them without our role and one suspended."""
    with mock.patch.dict(os.environ):
        yield rehearsal()


@pytest.fixture
def baseline(tmp_path: Path, world: tuple[Sandbox, Surroundings]) -> Path:
    spec = world[0].core.spec
    dark = next(one.id for one in spec.accounts if one.name == "sandbox-kim" or one.alias == "sandbox-kim")
    text = SETTINGS.format(
        administrator=spec.administrator, home=spec.home_region, expected=EXPECTED.format(account=dark)
    )
    (tmp_path / "hubposture.toml").write_text(text)
    put_workbook(tmp_path, rows("siem"), now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC))
    return tmp_path


@pytest.fixture
def invoke(
    baseline: Path,
    world: tuple[Sandbox, Surroundings],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Invoke:
    """Runs a command in the baseline on the sandbox; gives status, output and errors."""
    for name in ("plan", "apply", "explain", "census"):
        monkeypatch.setattr(f"hubposture.cli.{name}.workplace", partial(workplace, surroundings=world[1]))

    def called(*arguments: str) -> tuple[int, str, str]:
        status = run(["-C", str(baseline), *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return called


def data(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.slow
def test_a_row_is_planned_reviewed_guarded_observed_applied_and_then_in_sync(invoke: Invoke, baseline: Path) -> None:
    saved, comment = baseline / "plan.json", baseline / "plan.md"
    status, told, _ = invoke("plan", "--out", str(saved), "--comment", str(comment))
    assert status == EXIT_DIFFERS
    assert f"hubposture apply {saved}" in told
    assert "S3.8" in comment.read_text()
    planned = data(invoke("plan", "--format", "json")[1])
    assert planned["changes"] > 3
    assert planned["complete"]

    status, told, error = invoke("apply", str(saved))
    assert (status, told) == (EXIT_FAILED, "")
    assert f"--allow-changes {planned['changes']}" in error

    status, told, _ = invoke("apply", "--observe", "--format", "json")
    assert data(told)["skipped"] == planned["changes"]
    assert data(told)["applied"] == 0
    assert invoke("plan")[0] == EXIT_DIFFERS

    status, told, error = invoke("apply", str(saved), "--allow-changes", str(planned["changes"]), "--format", "json")
    result = data(told)
    assert (status, error) == (0, "")
    assert (result["planned"], result["applied"], result["failed"]) == (planned["changes"], planned["changes"], 0)

    status, told, _ = invoke("plan")
    assert status == 0
    assert "No changes" in told
    assert data(invoke("apply", str(saved), "--format", "json")[1])["planned"] == 0

    (baseline / "controls.xlsx").unlink()
    put_workbook(baseline, rows("enforce"))
    status, told, error = invoke("apply", str(saved))
    assert (status, told) == (EXIT_FAILED, "")
    assert "were not in the reviewed plan" in error
    assert "--only-reviewed" in error
    assert data(invoke("apply", str(saved), "--only-reviewed", "--format", "json")[1])["planned"] == 0

    saved.write_bytes(saved.read_bytes().replace(b'"desired":"off"', b'"desired":"on"'))
    status, _, error = invoke("apply", str(saved))
    assert status == EXIT_FAILED
    assert "it was altered; make a new plan" in error


@pytest.mark.slow
def test_explain_and_census_answer_in_words_and_as_json(invoke: Invoke, world: tuple[Sandbox, Surroundings]) -> None:
    spec = world[0].core.spec
    place = ("--account", spec.administrator, "--region", spec.home_region)
    status, told, _ = invoke("explain", "S3.8", *place)
    assert status == 0
    assert "Wanted off: siem by Controls!G2: an alarm" in " ".join(told.split())
    assert data(invoke("explain", "s3.8", *place, "--format", "json")[1])["control"] == "S3.8"
    status, _, error = invoke("explain", "S3.999", *place)
    assert status == EXIT_FAILED
    assert "S3.999: Security Hub has no such control" in error
    status, told, _ = invoke("census", "--format", "json")
    assert status in (0, EXIT_DIFFERS)
    assert data(told)["title"] == "Census of acme"


def test_an_organization_that_the_settings_do_not_name_is_refused_with_those_they_do(invoke: Invoke) -> None:
    status, _, error = invoke("--organization", "other", "plan")
    assert status == EXIT_FAILED
    assert "--organization: name one of acme, not other" in error


def test_problems_of_the_workbook_are_told_before_anything_is_read(invoke: Invoke, baseline: Path) -> None:
    (baseline / "controls.xlsx").unlink()
    put_workbook(baseline, {"Controls": [{"control": "S3.8", "disposition": "perhaps", "due_days": "soon"}]})
    status, told, error = invoke("plan")
    assert (status, told) == (EXIT_FAILED, "")
    assert "2 things to fix first" in error
    assert "controls.xlsx!Controls!G2" in error
