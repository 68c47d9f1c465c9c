"""`hubposture tokens` and `hubposture people` on the command line."""

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from hubposture.access.sessions import Session
from hubposture.cli.main import cli
from hubposture.errors import HubpostureError
from hubposture.verbs.tokens import digest_of
from hubposture.wiring import workplace

SETTINGS = """instance = "acme"
[organizations.acme]
administrator = "111122223333"
home_region = "eu-central-1"
[access.users]
robot = ["reader"]
"""


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    (tmp_path / "hubposture.toml").write_text(SETTINGS)
    return tmp_path


def run(baseline: Path, *arguments: str) -> str:
    done = CliRunner().invoke(cli, ["-C", str(baseline), *arguments], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.output


def data(baseline: Path, *arguments: str) -> Any:
    return json.loads(run(baseline, *arguments, "--format", "json"))


def create(baseline: Path, *more: str) -> Any:
    return data(baseline, "tokens", "create", "--for", "robot", "--action", "view", "--label", "nightly", *more)


def test_a_token_is_made_listed_and_revoked(baseline: Path) -> None:
    made = create(baseline, "--action", "export", "--days", "7")
    assert re.fullmatch(r"hubp_[\w-]{43}", made["token"])
    (listed,) = data(baseline, "tokens", "list")["tokens"]
    assert listed == {key: value for key, value in made.items() if key not in ("token", "title")}
    assert (listed["actions"], listed["holds"], listed["last_used"]) == (["export", "view"], True, None)
    assert made["token"] not in run(baseline, "tokens", "list")
    assert "revoked" in run(baseline, "tokens", "revoke", made["id"])
    assert [one["holds"] for one in data(baseline, "tokens", "list", "--for", "ROBOT")["tokens"]] == [False]
    with pytest.raises(HubpostureError, match="no token of this id holds"):
        run(baseline, "tokens", "revoke", made["id"])


def test_what_is_kept_lets_nobody_in(baseline: Path) -> None:
    made = create(baseline)
    raw = b"".join(one.read_bytes() for one in (baseline / ".hubposture").glob("ledger.sqlite*"))
    assert made["token"].encode() not in raw
    assert digest_of(made["token"]).encode() in raw


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--for", "nobody", "--action", "view", "--label", "a"], "in no group of access.users"),
        (["--for", "robot", "--action", "view", "--label", "a", "--days", "91"], "1 to 90 days"),
        (["--for", "robot", "--action", "view", "--label", "a\nb"], "up to 100 characters"),
    ],
)
def test_a_token_that_cannot_be_is_explained(baseline: Path, arguments: list[str], said: str) -> None:
    with pytest.raises(HubpostureError, match=said):
        run(baseline, "tokens", "create", *arguments)
    assert data(baseline, "tokens", "list")["tokens"] == []


def test_who_is_signed_in_is_listed_and_their_sessions_and_tokens_end(baseline: Path) -> None:
    now = dt.datetime.now(dt.UTC)
    create(baseline)
    with workplace(baseline).ledger() as held:
        for number, person in enumerate(("robot", "Robot", "lee")):
            end = now + dt.timedelta(hours=1)
            held.begin_session(Session(str(number) * 64, person, (), "<b>Fire\x1bfox", now, now, end))
    text = run(baseline, "people", "sessions")
    assert "3 sessions of 2 people." in text
    assert "\x1b[31m" not in text
    assert run(baseline, "people", "end", "ROBOT", "--tokens") == "ROBOT: 2 sessions ended, 1 token revoked\n"
    assert [one["person"] for one in data(baseline, "people", "sessions")["sessions"]] == ["lee"]
    with workplace(baseline).ledger() as held:
        said = [(one.entry.what.partition(" ")[0], one.entry.why) for one in held.trail()]
    assert said[-3:] == [("session", "ended by an administrator")] * 2 + [("token", "revoked")]
