"""`hubposture owners answers`, `accept`, `decline` on a baseline in git, a lake and a ledger with tickets."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from baseline_world import commit_all, git, needs_git, new_repository
from hubposture.cli.main import EXIT_FAILED, run
from hubposture.findings.finding import Finding
from hubposture.findings.tables import ACCOUNTS, UNITS, WISHES
from hubposture.ledger.ledger import SqlLedger
from hubposture.wiring import open_store, workplace
from hubposture.work.action import Answer
from hubposture.work.ticket import By, Group, Member, Route, State, Ticket
from lake import lake_world
from lake.lake_world import finding

ONE, TWO = lake_world.ACCOUNTS_
SETTINGS = f"""
instance = "test"
[organizations.acme]
administrator = "{ONE}"
home_region = "eu-central-1"
[posture]
resource_owner_tags = ["team"]
"""
TEAMS = f"""\
fallback: platform
teams:
  team-web:
    aliases: [web]
    accounts: ["{ONE}"]
    mail: web@example.com
  platform:
    mail: platform@example.com
"""
NOON = dt.datetime(2026, 11, 24, 12)
SITE, MORE = finding("arn:aws:s3:::site"), finding("arn:aws:s3:::more")
DONE = finding("arn:aws:s3:::done", compliance="PASSED")
LOST = finding("arn:aws:s3:::lost", account=TWO)
TAGGED = finding("arn:aws:s3:::tagged", account=TWO, tags=(("team", "Web"),))
Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A baseline with two teams, one of which has an account by teams.yaml, and a lake with resources in both accounts."""
    needs_git()
    root = new_repository(tmp_path_factory.mktemp("answers") / "base")
    (root / "hubposture.toml").write_text(SETTINGS)
    (root / "teams.yaml").write_text(TEAMS)
    (root / ".gitignore").write_text(".hubposture/\n")
    commit_all(root)
    fill(root, SITE, MORE, LOST, DONE)
    return root


@pytest.fixture
def base(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it."""
    root = tmp_path / "base"
    shutil.copytree(made, root)
    with mock.patch.dict(os.environ, {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}):
        yield root


@pytest.fixture
def invoke(base: Path, capsys: pytest.CaptureFixture[str]) -> Invoke:
    def called(*arguments: str) -> tuple[int, str, str]:
        status = run(["-C", str(base), "owners", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return called


def fill(base: Path, *findings: Finding, row: str = "", tag: str = "") -> None:
    """A lake with these findings; the row of their control may name an owner, and so may a tag of the first account."""
    at = workplace(base)
    accounts = [
        (one, f"n{one[0]}", "", f"n{one[0]} ({one})", "active", "ou-1", "/Work", tag if one == ONE else "")
        for one in (ONE, TWO)
    ]
    wishes = [("w1", "s3.8", "enforce", True, "HIGH", None, row, "Controls!G7", -1, -1)]
    units = [("/", one, "r-1") for one in (ONE, TWO)]
    tables: dict[str, Sequence[tuple[object, ...]]] = {
        ACCOUNTS.name: accounts,
        WISHES.name: wishes,
        UNITS.name: units,
    }
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
        store.writer.settle(lake_world.dimensions(tables=tables))
        store.writer.fold(findings)


def said(base: Path, *findings: Finding, team: str = "team-web", key: str = "shub-1", shown: str = "WEB-7") -> None:
    """A ticket of a team over these findings, in which it said that it is not its own."""
    group = Group("acme", By.CONTROL_OWNER, "s3.8", team)
    members = tuple(Member(one.subject, NOON) for one in findings)
    made = Ticket(key, group, 1, Route(team, "cloud", "WEB"), State.OPEN, members, NOON, id=key, shown=shown)
    with ledger(base) as books:
        books.put_tickets([made])
        books.keep_answers("acme", [Answer("not mine", key, team, "not-mine", "kim", NOON)])


def ledger(base: Path) -> AbstractContextManager[SqlLedger]:
    return workplace(base).ledger()


def states(base: Path) -> Sequence[tuple[str, str]]:
    with ledger(base) as books:
        return [(one.state, one.detail) for one in books.answers("acme")]


def data(told: tuple[int, str, str]) -> dict[str, Any]:
    assert told[0] == 0, told[2]
    found: dict[str, Any] = json.loads(told[1])
    return found


def test_answers_that_wait_are_listed_with_what_was_said_and_how_to_decide(invoke: Invoke, base: Path) -> None:
    said(base, SITE)
    with ledger(base) as books:
        books.keep_answers("acme", [Answer("won't do", "shub-1", "team-web", "Won't Do", "kim", NOON)])
    found = data(invoke("answers", "--format", "json"))
    assert [(one["ticket"], one["team"], one["said"], one["by"]) for one in found["answers"]] == [
        ("WEB-7", "team-web", "not-mine", "kim"),
    ]
    status, told, _ = invoke("answers")
    assert status == 0
    assert "1 answer 'not mine' waits for somebody to decide" in told
    assert "hubposture owners accept WEB-7 --to TEAM" in told
    assert "WEB-7" in invoke("answers", "--format", "markdown")[1]


def test_where_none_waits_that_is_told(invoke: Invoke, base: Path) -> None:
    status, told, _ = invoke("answers")
    assert (status, "No team waits" in told) == (0, True)
    status, _, told = invoke("accept", "WEB-7", "--to", "platform")
    assert status == EXIT_FAILED
    assert "no answer 'not mine' waits in WEB-7; none waits anywhere" in told
    assert git(base, "branch", "--list", "hubposture/owners") == ""


def test_accepting_gives_the_resources_of_the_ticket_to_the_other_team_and_nothing_else(
    invoke: Invoke, base: Path
) -> None:
    said(base, SITE)
    found = data(invoke("accept", "WEB-7", "--to", "platform", "--format", "json"))
    assert (found["accounts"], found["resources"], found["to"]) == ([], ["arn:aws:s3:::site"], "platform")
    teams = git(base, "show", "hubposture/owners:teams.yaml")
    assert 'resources: ["arn:aws:s3:::site"]' in teams.split("platform:\n")[1]
    assert f'accounts: ["{ONE}"]' in teams.split("platform:\n")[0]
    git(base, "merge", "-q", "--no-edit", "hubposture/owners")
    whose = data(invoke("of", "site", "--format", "json"))
    assert (whose["owner"], whose["link"]) == ("platform", "resource")
    assert data(invoke("of", "more", "--format", "json"))["owner"] == "team-web"


def test_an_account_whose_work_is_all_in_the_ticket_goes_as_a_whole_and_that_is_kept(
    invoke: Invoke, base: Path
) -> None:
    said(base, SITE, MORE)
    found = data(invoke("accept", "web-7", "--to", "platform", "--format", "json"))
    assert (found["accounts"], found["to"]) == ([f"n{ONE[0]} ({ONE})"], "platform")
    assert (found["resources"], found["resources_in_accounts"]) == ([], 3)
    assert found["commits"] == [git(base, "rev-parse", "hubposture/owners")]
    message = git(base, "log", "-1", "--format=%B", "hubposture/owners")
    assert "WEB-7: kim said that it is not team-web's" in message
    assert f'accounts: ["{ONE}"]' in git(base, "show", "hubposture/owners:teams.yaml").split("platform:")[1]
    assert (base / "teams.yaml").read_text() == TEAMS
    assert states(base) == [("accepted", f"{ONE} to platform, hubposture/owners: {found['commits'][0][:12]}")]
    assert data(invoke("answers", "--format", "json"))["answers"] == []
    assert data(invoke("answers", "--all", "--format", "json"))["answers"][0]["state"] == "accepted"
    assert "accepted" in invoke("answers", "--all")[1]


def test_what_only_the_fallback_had_is_given_by_its_account(invoke: Invoke, base: Path) -> None:
    said(base, LOST, team="platform")
    status, told, _ = invoke("accept", "shub-1", "--to", "web")
    assert status == 0
    assert "WEB-7 is accepted: 1 account goes to team-web, once this is merged" in told
    assert f'+    accounts: ["{ONE}", "{TWO}"]' in told


def test_every_account_of_a_ticket_is_given_in_a_commit_of_its_own(invoke: Invoke, base: Path) -> None:
    (base / "teams.yaml").write_text(TEAMS.replace(f'["{ONE}"]', f'["{ONE}", "{TWO}"]'))
    commit_all(base)
    said(base, SITE, MORE, LOST)
    found = data(invoke("accept", "WEB-7", "--to", "platform", "--format", "json"))
    assert (len(found["accounts"]), len(found["commits"])) == (2, 2)


def test_killed_before_it_was_kept_the_next_time_makes_no_second_commit(invoke: Invoke, base: Path) -> None:
    said(base, SITE, MORE)
    assert invoke("reassign", ONE, "--to", "platform")[0] == 0
    before = git(base, "rev-parse", "hubposture/owners")
    assert data(invoke("accept", "WEB-7", "--to", "platform", "--format", "json"))["commits"] == []
    assert git(base, "rev-parse", "hubposture/owners") == before
    assert states(base) == [("accepted", f"{ONE} to platform, hubposture/owners: said so already")]


def test_where_a_row_decides_nothing_is_done_and_its_cell_is_told(invoke: Invoke, base: Path) -> None:
    fill(base, SITE, row="web")
    said(base, SITE)
    status, _, told = invoke("accept", "WEB-7", "--to", "platform")
    assert status == EXIT_FAILED
    assert "controls.xlsx!Controls!G7: the Owner of the row is web, and decides for every account" in told
    assert git(base, "branch", "--list", "hubposture/owners") == ""
    assert states(base) == [("open", "")]


def test_an_id_that_would_speak_of_others_too_is_not_given(invoke: Invoke, base: Path) -> None:
    star = finding("arn:aws:s3:::a*b")
    fill(base, SITE, star)
    said(base, star)
    status, _, told = invoke("accept", "WEB-7", "--to", "platform")
    assert status == EXIT_FAILED
    assert "'arn:aws:s3:::a*b': its id cannot be an entry of teams.yaml" in told
    assert states(base) == [("open", "")]


def test_resources_whose_owner_a_tag_named_go_one_by_one_and_what_has_none_stays(invoke: Invoke, base: Path) -> None:
    fill(base, LOST, TAGGED)
    said(base, LOST, TAGGED)
    found = data(invoke("accept", "WEB-7", "--to", "platform", "--format", "json"))
    assert (found["accounts"], found["resources"]) == ([], ["arn:aws:s3:::tagged"])
    git(base, "merge", "-q", "--no-edit", "hubposture/owners")
    assert data(invoke("of", "tagged", "--format", "json"))["owner"] == "platform"


def test_of_an_account_with_an_owner_tag_only_the_resources_go(invoke: Invoke, base: Path) -> None:
    (base / "teams.yaml").write_text(TEAMS.replace(f'    accounts: ["{ONE}"]\n', ""))
    commit_all(base)
    fill(base, SITE, MORE, tag="web")
    said(base, SITE, MORE)
    status, told, _ = invoke("accept", "WEB-7", "--to", "platform")
    assert status == 0
    assert "WEB-7 is accepted: 2 resources go to platform, once this is merged" in told
    assert "\narn:aws:s3:::more\narn:aws:s3:::site\n" in told.replace("  ", "")
    assert '+    resources: ["arn:aws:s3:::more", "arn:aws:s3:::site"]' in told


def test_a_resource_is_given_back_by_a_second_answer(invoke: Invoke, base: Path) -> None:
    said(base, SITE)
    assert invoke("accept", "WEB-7", "--to", "platform")[0] == 0
    git(base, "merge", "-q", "--no-edit", "hubposture/owners")
    said(base, SITE, team="platform", key="shub-2", shown="PLAT-1")
    assert invoke("accept", "PLAT-1", "--to", "web")[0] == 0
    teams = git(base, "show", "hubposture/owners:teams.yaml")
    assert teams.count("arn:aws:s3:::site") == 1
    assert "arn:aws:s3:::site" in teams.split("platform:\n")[0]


def test_more_resources_than_one_gives_by_hand_are_refused_with_what_to_give_instead(
    invoke: Invoke, base: Path
) -> None:
    many = [finding(f"arn:aws:s3:::b{number:02}") for number in range(51)]
    fill(base, *many, SITE)
    said(base, *many)
    status, _, told = invoke("accept", "WEB-7", "--to", "platform")
    assert status == EXIT_FAILED
    assert "WEB-7: 51 resources are left in it, and at most 50 are given one by one" in told
    assert f"`hubposture owners reassign {ONE} --to platform`" in told
    assert states(base) == [("open", "")]
    said(base, *many[:-1], key="shub-2", shown="WEB-8")
    assert len(data(invoke("accept", "WEB-8", "--to", "platform", "--format", "json"))["resources"]) == 50


def test_who_accepted_and_who_declined_is_in_the_audit_trail(invoke: Invoke, base: Path) -> None:
    said(base, SITE)
    said(base, MORE, key="shub-2", shown="WEB-8")
    assert invoke("accept", "WEB-7", "--to", "platform")[0] == 0
    assert invoke("decline", "WEB-8", "--reason", "It runs your shop")[0] == 0
    with ledger(base) as books:
        trail = [record.entry for record in books.trail()]
    assert [(one.what, one.before, one.after) for one in trail] == [
        ("answer 'not mine' in ticket shub-1", "open", "accepted"),
        ("answer 'not mine' in ticket shub-2", "open", "declined"),
    ]
    assert trail[0].why.startswith("arn:aws:s3:::site to platform, hubposture/owners: ")
    assert trail[1].why == "It runs your shop"


def test_what_is_done_or_another_teams_by_now_is_not_given_away(invoke: Invoke, base: Path) -> None:
    said(base, DONE)
    assert (
        "nothing is left to do in it; `hubposture owners decline WEB-7`"
        in invoke("accept", "WEB-7", "--to", "platform")[2]
    )
    said(base, LOST)
    assert "what is left in it is platform's by now" in invoke("accept", "WEB-7", "--to", "platform")[2]


@pytest.mark.parametrize(("to", "says"), [("web", "is team-web's already"), ("nobody", "no team is called 'nobody'")])
def test_it_goes_to_another_team_that_there_is(invoke: Invoke, base: Path, to: str, says: str) -> None:
    said(base, SITE)
    status, _, told = invoke("accept", "WEB-7", "--to", to)
    assert (status, says in told) == (EXIT_FAILED, True)
    assert states(base) == [("open", "")]


def test_declining_takes_it_off_the_list_with_its_reason(invoke: Invoke, base: Path) -> None:
    said(base, SITE)
    said(base, MORE, key="shub-2", shown="WEB-8")
    status, told, _ = invoke("decline", "WEB-7", "--reason", "It runs your shop")
    assert (status, "WEB-7 is declined: team-web keeps it" in told) == (0, True)
    assert states(base) == [("declined", "It runs your shop"), ("open", "")]
    assert [one["ticket"] for one in data(invoke("answers", "--format", "json"))["answers"]] == ["WEB-8"]
    assert invoke("decline", "WEB-7")[0] == EXIT_FAILED


def test_hostile_words_of_a_tracker_are_shown_as_text(invoke: Invoke, base: Path) -> None:
    said(base, SITE)
    with ledger(base) as books:
        books.keep_answers("acme", [Answer("not mine", "gone", "", "<b>\x1b[31m|\n@all", "\x07" * 9, NOON)])
    for form in ("text", "markdown", "json"):
        status, told, _ = invoke("answers", "--format", form)
        assert status == 0
        assert "\x1b" not in told
        assert "\x07" not in told
