"""Where the ledger is shared and access is enforced, the command line shows what whoever runs it may view, and no more."""

import pytest

from cli.commands import Commands
from cli.test_access_enforced import by, to_shared
from cli.waivers_hands import bucket, write
from hubposture.cli.main import EXIT_FAILED
from ledger.test_move import new_database

MORE = """
services = ["pipeline[bot]"]
[access.users]
"root@example.com" = ["administrator"]
"ann@example.com" = ["reader"]
"""
SHOWN = (
    ("findings", "--all"),
    ("posture",),
    ("posture", "--by", "account"),
    ("posture", "--trend", "4"),
    ("tickets", "list", "--all"),
    ("owners",),
    ("waivers", "list"),
)


@pytest.fixture(scope="module")
def shared(postgres_url: str) -> str:
    return new_database(postgres_url, "access_seen")


def test_one_sees_what_one_may_view_and_runs_only_what_one_may_run(commands: Commands, shared: str) -> None:
    bucket(commands, "site-one")
    write(commands)
    to_shared(commands, shared)
    settings = commands.there.directory / "hubposture.toml"
    text = settings.read_text()
    settings.write_text(text[: text.index("[access.users]")] + MORE.lstrip())

    by(commands, "ann@example.com")
    told = {words: commands(*words) for words in SHOWN}
    assert {one.status for one in told.values()} == {0}, [one.text for one in told.values()]
    assert "S3." in told[SHOWN[0]].text
    by(commands, "stranger")
    hidden = {words: commands(*words) for words in SHOWN}
    assert {one.status for one in hidden.values()} == {0}, [one.text for one in hidden.values()]
    for words, one in hidden.items():
        assert "site-one" not in one.text, words
    assert "S3." not in hidden[SHOWN[0]].text
    assert hidden[SHOWN[2]].text != told[SHOWN[2]].text

    for who in ("stranger", "ann@example.com"):
        by(commands, who)
        for words in (
            ("run", "--only", "posture"),
            ("listen", "--once"),
            ("waivers", "approvals"),
            ("waivers", "enforce"),
        ):
            refused = commands(*words)
            assert refused.status == EXIT_FAILED, words
            assert f"{who} may not administer" in refused.text, words
    by(commands, "stranger")
    for words in (("tickets", "plan"), ("waivers", "preview", "--write")):
        assert "stranger may not view" in commands(*words).text, words
    for who in ("root@example.com", "Pipeline[bot]"):
        by(commands, who)
        assert commands("run", "--only", "posture").status == 0, who
    by(commands, "Pipeline[bot]")
    assert "S3." in commands("findings", "--all").text
