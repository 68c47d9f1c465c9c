"""Where the ledger is shared and access is enforced, the command line asks the rules before it decides on anything."""

import pytest

from cli.commands import Commands
from cli.waivers_hands import approved, bucket, write
from hubposture.cli.main import EXIT_FAILED
from ledger.test_move import new_database

SETTINGS = """
[access]
enforce = true
[access.users]
"lee@example.com" = ["risk-approver"]
"kim@example.com" = ["analyst", "risk-approver"]
"ann@example.com" = ["analyst"]
"root@example.com" = ["administrator"]
"""


@pytest.fixture(scope="module")
def shared(postgres_url: str) -> str:
    return new_database(postgres_url, "access_enforced")


def to_shared(commands: Commands, url: str) -> None:
    """Move the ledger to PostgreSQL, and let the rules hold."""
    assert commands("store", "move", url).status == 0
    commands.environ["HUBPOSTURE_LEDGER_URL"] = url
    commands.settings(SETTINGS)


def by(commands: Commands, who: str) -> None:
    commands.environ["GITHUB_ACTOR"] = who


def test_decisions_on_waivers_are_for_those_whom_the_rules_allow_it(commands: Commands, shared: str) -> None:
    bucket(commands, "site-one")
    path = write(commands)
    to_shared(commands, shared)
    before = path.read_text()

    for who, named in (
        ("ann@example.com", "severe-needs-risk-approver"),
        ("kim@example.com", "requester-never-approves"),
        ("root@example.com", "severe-needs-risk-approver"),
        ("stranger", "severe-needs-risk-approver"),
    ):
        by(commands, who)
        said = approved(commands)
        assert said.status == EXIT_FAILED
        assert f"{who} may not approve-waiver" in said.text
        assert named in said.text
        assert path.read_text() == before

    by(commands, "lee@example.com")
    in_another_name = commands("waivers", "approve", "W-1", "--by", "ann@example.com")
    assert in_another_name.status == EXIT_FAILED
    assert "ann@example.com may not approve-waiver" in in_another_name.text
    assert approved(commands).status == 0
    after = path.read_text()
    assert after != before

    by(commands, "ann@example.com")
    assert commands("waivers", "revoke", "W-1", "--reason", "over").status == EXIT_FAILED
    assert path.read_text() == after
    assert commands("waivers", "extend", "W-1", "--until", str(commands.there.day(70))).status == 0
    by(commands, "lee@example.com")
    assert commands("waivers", "extend", "W-1", "--until", str(commands.there.day(80))).status == EXIT_FAILED
    assert commands("waivers", "revoke", "W-1", "--reason", "over").status == 0

    write(commands, "W-2", pattern="arn:aws:s3:::nothing-*")
    by(commands, "lee@example.com")
    assert commands("waivers", "revoke", "W-2", "--reason", "over").status == 0
    by(commands, "ann@example.com")
    nothing = commands("waivers", "revoke", "W-2", "--reason", "over")
    assert "matches nothing now" in nothing.text

    (commands.there.directory / "access.cedar").write_text("permit (principal action);")
    by(commands, "lee@example.com")
    broken = commands("waivers", "revoke", "W-1", "--reason", "over")
    assert (broken.status, "access.cedar:1:19" in broken.text) == (EXIT_FAILED, True)


def test_a_ledger_of_ones_own_asks_nobody_and_the_check_says_so(commands: Commands) -> None:
    bucket(commands, "site-one")
    write(commands)
    commands.settings(SETTINGS)
    by(commands, "stranger")
    assert approved(commands).status == 0
    assert "with this one nothing is asked" in commands("access", "check").text
