"""Telling teams by the command line, on a baseline with a small lake, an emulated Slack and an SMTP server."""

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from baseline_world import needs_git, new_repository
from connectors.scripted_server import Clock as Ticking
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED, run
from hubposture.findings.tables import ACCOUNTS, CONTROLS, WISHES
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import Trouble, Workspace
from hubposture.sandbox.remote.smtp import Mailbox, SmtpServer
from hubposture.wiring import Surroundings, open_store, put_workbook, workplace
from lake import lake_world
from lake.lake_world import ACCOUNTS_, finding

Row = tuple[object, ...]
ONE, TWO = ACCOUNTS_
NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)  # a Tuesday
SETTINGS = """
instance = "test"
[organizations.acme]
administrator = "{account}"
home_region = "eu-central-1"
[messages]
digest_day = "tue"
[messages.slack]
token = "env:SLACK_TOKEN"
url = "{slack}"
[messages.slack.webhooks]
"#team-data" = "env:DATA_HOOK"
[messages.mail]
by = "smtp"
sender = "hub@example.com"
host = "127.0.0.1"
port = {port}
"""
TEAMS = f"""\
teams:
  web:
    accounts: ["{ONE}"]
    slack: "#team-web"
    mail: web@example.com
  data:
    accounts: ["{TWO}"]
    slack: "#team-data"
    pace: digest
"""


@dataclass
class Told:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found

    @property
    def fates(self) -> dict[str, str]:
        return {one["key"]: one["fate"] for one in self.data["messages"]}


@dataclass
class World:
    """The baseline, what is served, and the command."""

    root: Path
    space: Workspace
    box: Mailbox
    run: Callable[..., Told]
    environ: dict[str, str]


@dataclass
class Served:
    """What is served, and a baseline that leads there."""

    root: Path
    slack: SlackServer
    box: Mailbox


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A bucket of web that began to fail today, and one of data; both teams have a channel."""
    needs_git()
    root = new_repository(tmp_path_factory.mktemp("notify") / "base")
    space, box = Workspace(per_second=0), Mailbox()
    with SlackServer(space, clock=NOW.timestamp) as slack, SmtpServer(box) as smtp:
        (root / "hubposture.toml").write_text(SETTINGS.format(account=ONE, slack=slack.api, port=smtp.port))
        (root / "teams.yaml").write_text(TEAMS)
        put_workbook(root, {"Controls": [{"control": "S3.8", "disposition": "enforce"}]})
        fill(root, Surroundings(now=lambda: NOW))
        yield Served(root, slack, box)


@pytest.fixture
def world(served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> World:
    """The same for one test alone."""
    root = shutil.copytree(served.root, tmp_path / "base")
    space, box = served.slack.workspace, served.box
    for kept in (space.channels, space.webhooks, space.calls, space.troubles, box.got, box.faults):
        kept.clear()
    for name in ("#team-web", "#team-data"):
        space.channel(name)
    environ = {**os.environ, "SLACK_TOKEN": space.token, "DATA_HOOK": served.slack.url + space.webhook("#team-data")}
    ticking = Ticking()
    around = Surroundings(now=lambda: NOW, clock=ticking, sleep=ticking.sleep, environ=environ)
    monkeypatch.setattr("hubposture.cli.notify.workplace", partial(workplace, surroundings=around))

    def told(*arguments: str) -> Told:
        capsys.readouterr()
        status = run(["-C", str(root), "notify", *arguments])
        said = capsys.readouterr()
        return Told(status, said.out, said.err)

    return World(root, space, box, told, environ)


def fill(root: Path, around: Surroundings) -> None:
    at = workplace(root, surroundings=around)
    accounts: list[Row] = [
        (one, f"n{one[0]}", "", f"n{one[0]} ({one})", "active", "ou-1", "/Work", "") for one in ACCOUNTS_
    ]
    wishes: list[Row] = [("w1", "s3.8", "enforce", True, "CRITICAL", None, "", "Controls!G7", -1, 7)]
    controls: list[Row] = [
        ("s3.8", "S3.8", "Buckets block public access", "S3", "HIGH", "https://aws.example/S3.8", None)
    ]
    today = NOW.replace(tzinfo=None) - dt.timedelta(hours=1)
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
        tables = {ACCOUNTS.name: accounts, WISHES.name: wishes, CONTROLS.name: controls}
        store.writer.settle(lake_world.dimensions(tables=tables))
        store.writer.fold(
            [finding(f"arn:aws:s3:::{name}", account=account, updated=today, first_observed_at=today)
             for name, account in (("site", ONE), ("lake", TWO))]
        )  # fmt: skip


def titles(world: World, channel: str) -> list[str]:
    return [post.blocks[0]["text"]["text"] for post in world.space.posts(channel)]


def test_a_preview_shows_who_would_be_told_what_and_sends_nothing(world: World) -> None:
    told = world.run("--preview")
    assert told.status == EXIT_DIFFERS
    assert "to be sent" in told.out
    assert "web: 1 new, 0 fixed" not in told.out
    assert "web: 1 new (2026-11-24) (to #team-web by slack and web@example.com by mail)" in told.out
    assert "Begin with" in told.out
    assert (world.space.calls, world.box.got) == ([], [])
    data = world.run("--preview", "--format", "json").data
    assert data["preview"]
    assert {one["team"] for one in data["messages"]} == {"web", "data"}
    assert any("arn:aws:s3:::site" in line for one in data["messages"] for line in one["text"])
    assert "| web |" in world.run("--preview", "--format", "markdown").out


def test_a_preview_needs_no_secrets_and_a_secret_that_is_not_there_stops_only_its_own_messages(world: World) -> None:
    del world.environ["SLACK_TOKEN"]
    assert world.run("--preview").status == EXIT_DIFFERS
    told = world.run()
    assert told.status == EXIT_FAILED
    assert "env:SLACK_TOKEN: there is no such secret" in " ".join(told.out.split())
    assert (len(titles(world, "#team-data")), len(world.box.got)) == (2, 3)


def test_everybody_is_told_once_in_every_way_and_the_second_time_nothing_happens(world: World) -> None:
    told = world.run("--format", "json")
    assert told.status == 0, told.out + told.err
    assert set(told.fates.values()) == {"sent"}
    assert sorted(titles(world, "#team-web")) == [
        "New CRITICAL for web: S3.8 Buckets block public access", f"n1 ({ONE}): 0 of 1 obligation met (2026-W48)",
        "web: 1 new (2026-11-24)",
    ]  # fmt: skip
    assert sorted(titles(world, "#team-data")) == [
        "New CRITICAL for data: S3.8 Buckets block public access", f"n4 ({TWO}): 0 of 1 obligation met (2026-W48)",
    ]  # fmt: skip
    assert len(world.box.got) == 3
    pages = [one.get_filename() for got in world.box.got for one in got.mail.iter_attachments()]
    assert pages == [f"security-hub-{ONE}-2026-W48.html"]
    again = world.run("--format", "json")
    assert (again.status, set(again.fates.values())) == (0, {"unchanged"})
    assert (len(titles(world, "#team-web")), len(world.box.got)) == (3, 3)


def test_only_some_kinds_are_told(world: World) -> None:
    told = world.run("--only", "urgent", "--format", "json")
    assert {one["about"] for one in told.data["messages"]} == {"urgent"}
    assert len(titles(world, "#team-web")) == 1


def test_a_broken_channel_is_said_once_and_stops_nobody_else(world: World) -> None:
    world.space.channel("#team-web").is_archived = True
    told = world.run()
    assert told.status == EXIT_FAILED
    assert told.out.count("the channel is archived (is_archived)") == 2  # that it failed, and what was set aside for it
    assert len(titles(world, "#team-data")) == 2
    assert len(world.box.got) == 3


def test_no_secret_is_said_whatever_fails(world: World) -> None:
    world.space.troubles = [Trouble("", status=403, error="nope", times=99)]
    told = world.run()
    assert told.status == EXIT_FAILED
    assert "s3cret" not in told.out + told.err
    assert world.space.token not in told.out + told.err


def test_teams_that_nobody_can_reach_are_named(world: World) -> None:
    (world.root / "teams.yaml").write_text(TEAMS.replace('slack: "#team-data"', "via: none"))
    told = world.run("--preview")
    assert "Nobody is told for data" in told.out
