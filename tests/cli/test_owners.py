"""Owners by the command line, on a baseline with a small lake."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED, run
from hubposture.findings.tables import ACCOUNTS, WISHES
from hubposture.wiring import open_store, put_workbook, workplace
from lake import lake_world
from lake.lake_world import ACCOUNTS_, finding

ONE, TWO = ACCOUNTS_
SETTINGS = f"""
instance = "test"
[organizations.acme]
administrator = "{ONE}"
home_region = "eu-central-1"
[posture]
resource_owner_tags = ["app-owner"]
"""
TEAMS = f"""\
fallback: platform
teams:
  team-web:
    aliases: [web]     # as the tags say
    accounts: ["{ONE}"]
    mail: web@example.com
  platform:
    mail: platform@example.com
"""
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Two accounts, one of team-web and one of nobody; a resource of Kim's."""
    needs_git()
    root = new_repository(tmp_path_factory.mktemp("owners") / "base")
    (root / "hubposture.toml").write_text(SETTINGS)
    (root / "teams.yaml").write_text(TEAMS)
    put_workbook(root, {"Controls": [{"control": "S3.8", "disposition": "enforce", "owner": "team-wep"}]})
    at = workplace(root)
    accounts = [(one, f"n{one[0]}", "", f"n{one[0]} ({one})", "active", "ou-1", "/Work", "") for one in ACCOUNTS_]
    wishes = [("w1", "s3.8", "enforce", True, "HIGH", None, "", "Controls!G7", -1, -1)]
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
        store.writer.settle(lake_world.dimensions(tables={ACCOUNTS.name: accounts, WISHES.name: wishes}))
        store.writer.fold(
            [
                finding("arn:aws:s3:::site"),
                finding("arn:aws:s3:::lost", account=TWO, tags=(("team", "Web"),)),
                finding("arn:aws:s3:::kims", account=TWO, tags=(("App-Owner", "Kim"),)),
            ]
        )
    (root / ".gitignore").write_text(".hubposture/\n")
    commit_all(root)
    with mock.patch.dict(os.environ, {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}):
        yield root


@pytest.fixture
def base(made: Path) -> Iterator[Path]:
    """The baseline; what a test writes into teams.yaml is taken back."""
    yield made
    git(made, "checkout", "-q", "--", ".")


@pytest.fixture
def invoke(base: Path, capsys: pytest.CaptureFixture[str]) -> Invoke:
    def called(*arguments: str) -> tuple[int, str, str]:
        status = run(["-C", str(base), "owners", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return called


def data(told: tuple[int, str, str]) -> dict[str, Any]:
    assert told[0] == 0, told[2]
    found: dict[str, Any] = json.loads(told[1])
    return found


def test_who_owns_what_is_shown_and_can_be_had_as_data(invoke: Invoke) -> None:
    status, told, _ = invoke()
    assert status == 0
    assert "Obligations with a team: 33.3 % (1 of 3)" in told
    assert "team=Web on 1, a team's name" in told
    found = data(invoke("--format", "json"))
    assert (found["obligations"], found["owned"], found["unknown"], found["unowned"]) == (3, 1, 1, 1)
    assert [(one["team"], one["failing"]) for one in found["teams"]] == [("platform", 1), ("team-web", 1)]
    assert [one["name"] for one in found["unknown_teams"]] == ["Kim"]
    assert [one["account"] for one in found["without_an_owner"]] == [TWO]
    assert "| team-web |" in invoke("--format", "markdown")[1]


def test_a_broken_file_is_told_of_and_what_can_be_read_is_still_shown(invoke: Invoke, base: Path) -> None:
    (base / "teams.yaml").write_text(TEAMS + "    colour: red\n")
    status, told, _ = invoke()
    assert status == EXIT_FAILED
    assert "1 thing in teams.yaml cannot be read" in told
    assert "team-web" in told


def test_without_a_file_the_names_that_are_used_are_offered(invoke: Invoke, base: Path) -> None:
    (base / "teams.yaml").unlink()
    status, told, _ = invoke()
    assert status == 0
    assert "There is no teams.yaml" in told
    assert "  teams:\n    Kim: {}\n" in told
    assert invoke("check")[0] == EXIT_FAILED


def test_whose_one_thing_is_is_told_link_by_link(invoke: Invoke) -> None:
    found = data(invoke("of", ONE, "--format", "json"))
    assert (found["owner"], found["link"]) == ("team-web", "account")
    found = data(invoke("of", "kims", "--format", "json"))
    assert (found["of"], found["owner"], found["is_team"], found["link"]) == (
        "arn:aws:s3:::kims", "Kim", False, "resource tag",
    )  # fmt: skip
    assert "Nobody" not in invoke("of", "arn:aws:s3:::lost")[1]
    assert invoke("of", "nothing")[0] == EXIT_FAILED


def test_findings_are_filtered_by_the_same_owner(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for owner, resource in (("team-web", "site"), ("platform", "lost"), ("kim", "kims")):
        assert run(["-C", str(base), "findings", "--list", "--format", "json", f"owner={owner}"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert [one["resource"] for one in found["findings"]] == [f"arn:aws:s3:::{resource}"]
    assert run(["-C", str(base), "findings", "--list", "--format", "json", "owned=no"]) == 0
    assert len(json.loads(capsys.readouterr().out)["findings"]) == 2


def test_the_check_tells_everything_at_once_with_its_place(invoke: Invoke, base: Path) -> None:
    status, told, _ = invoke("check", "--format", "json")
    assert status == 0
    found = json.loads(told)["findings"]
    assert [(one["rule"], one["where"], one["hint"]) for one in found if one["rule"] == "unknown-team"] == [
        ("unknown-team", "controls.xlsx!Controls!O2", "did you mean team-web?"),
    ]
    (base / "teams.yaml").write_text(TEAMS.replace("[web]", "[platform]").replace("mail: web", "mial: web"))
    status, told, _ = invoke("check", "--format", "github")
    assert status == EXIT_DIFFERS
    errors = [line for line in told.splitlines() if line.startswith("::error")]
    assert [line.split(",title")[0] for line in errors] == [
        "::error file=teams.yaml,line=6,col=5", "::error file=teams.yaml,line=7,col=3",
    ]  # fmt: skip


def test_a_list_becomes_teams_and_what_people_wrote_stays(invoke: Invoke, base: Path, tmp_path: Path) -> None:
    file = tmp_path / "cmdb.csv"
    file.write_text(f"Konto,Team,Email\n{TWO},Data,data@example.com\n{ONE},Data,\n,web,other@example.com\n")
    found = data(invoke("import", str(file), "--map", "Konto=Account", "--format", "json"))
    assert (found["new"], found["more"], found["written"]) == (["Data"], [], ["teams.yaml"])
    assert [one.split(": ")[0] for one in found["notes"]] == ["cmdb.csv!CSV!A3", "cmdb.csv!CSV!B4"]
    written = (base / "teams.yaml").read_text()
    assert written == TEAMS + f'  Data:\n    accounts: ["{TWO}"]\n    mail: data@example.com\n'
    again = data(invoke("import", str(file), "--map", "Konto=Account", "--format", "json"))
    assert (again["new"], again["written"]) == ([], [])


def test_a_list_with_errors_writes_nothing_and_names_every_cell(invoke: Invoke, base: Path, tmp_path: Path) -> None:
    file = tmp_path / "cmdb.csv"
    file.write_text(f"Account,Team\n12,Data\n{TWO},\n")
    status, _, told = invoke("import", str(file))
    assert status == EXIT_FAILED
    assert "2 things to fix first" in told
    assert (base / "teams.yaml").read_text() == TEAMS


def test_not_mine_becomes_a_commit_on_a_branch_and_the_working_tree_stays(invoke: Invoke, base: Path) -> None:
    found = data(invoke("reassign", ONE, "--to", "platform", "--reason", "Moved in May", "--format", "json"))
    assert (found["before"], found["to"], found["changed"]) == ("team-web", "platform", True)
    assert found["commit"] == git(base, "rev-parse", "hubposture/owners")
    assert "Moved in May" in git(base, "log", "-1", "--format=%B", "hubposture/owners")
    assert (base / "teams.yaml").read_text() == TEAMS
    assert data(invoke("reassign", ONE, "--to", "platform", "--format", "json"))["changed"] is False
    status, _, told = invoke("reassign", "team-web", "--to", "platform")
    assert status == EXIT_FAILED
    assert "is the name of a team and no alias" in told


def test_the_schema_is_json(invoke: Invoke) -> None:
    assert json.loads(invoke("schema")[1])["title"] == "Teams of a hubposture baseline"
