"""Reports, evidence and the audit trail on the command line, where the ledger is shared and access is enforced."""

import io
import json
import zipfile

import pytest

from cli.commands import Commands
from cli.waivers_hands import bucket
from holds.holds_world import DATA, WEB
from hubposture.cli.main import EXIT_FAILED
from ledger.test_move import new_database

pytestmark = pytest.mark.slow
SETTINGS = f"""
[access]
enforce = true
[access.users]
"ann@example.com" = ["analyst"]
"olga@example.com" = ["account-owner"]
"rita@example.com" = ["reader"]
"root@example.com" = ["administrator"]
[access.places]
"olga@example.com" = ["{WEB}"]
"""


@pytest.fixture(autouse=True)
def in_the_rehearsal(monkeypatch: pytest.MonkeyPatch) -> None:
    """These modules too are given the surroundings of the world."""
    monkeypatch.setattr("cli.commands._MODULES", ("audit_reading", "report_evidence", "report_weekly", "store", "sync"))


def test_each_sees_what_is_theirs_and_no_more(commands: Commands, postgres_url: str) -> None:
    bucket(commands, "site-one", (WEB, "eu-central-1"))
    bucket(commands, "data-one", (DATA, "eu-central-1"))
    url = new_database(postgres_url, "reports_enforced")
    assert commands("store", "move", url).status == 0
    commands.environ["HUBPOSTURE_LEDGER_URL"] = url
    commands.settings(SETTINGS)
    day = commands.there.day(0)
    year, number, _ = commands.there.around.made().now().isocalendar()
    weekly = ("report", "weekly", "--week", f"{year}-W{number:02}", "--format", "json")
    pack = ("report", "evidence", "--standard", "fsbp-1.0.0", "--from", str(day), "--to", str(day))
    out = commands.there.directory / "pack.zip"

    def by(who: str) -> None:
        commands.environ["GITHUB_ACTOR"] = who

    by("ann@example.com")
    assert DATA in commands(*weekly).out
    whole = commands(*pack, "--out", str(out))
    assert whole.status == 0, whole.text
    assert commands("audit", "list").status == EXIT_FAILED
    assert "may not administer" in commands("audit", "export").text

    by("olga@example.com")
    said = commands(*weekly)
    assert said.status == 0, said.text
    assert WEB in said.out
    assert DATA not in said.out
    assert "Only what you may see" in " ".join(json.loads(said.out)["notes"])
    refused = commands(*pack, "--out", str(out))
    assert refused.status == EXIT_FAILED
    assert "olga@example.com may not export" in refused.text
    mine = commands(*pack, "--account", WEB, "--out", str(out))
    assert mine.status == 0, mine.text
    with zipfile.ZipFile(io.BytesIO(out.read_bytes())) as archive:
        everything = b"".join(map(archive.read, archive.namelist()))
    assert WEB.encode() in everything
    assert DATA.encode() not in everything
    assert commands(*pack, "--account", DATA, "--out", str(out)).status == EXIT_FAILED

    by("rita@example.com")
    assert "may not export anything" in commands(*weekly).text

    by("root@example.com")
    assert commands("audit", "list").status == 0
    head = commands("audit", "anchor", "--trailer").out.strip().rpartition(" ")[2]
    assert commands("audit", "verify", "--anchor", head).status == 0
