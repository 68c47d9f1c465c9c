"""`hubposture audit`: the trail is found, copied out and checked, also where no ledger is."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hubposture.cli.main import cli
from hubposture.ledger.ledger import open_ledger
from hubposture.ports.ledger import Entry

SETTINGS = """instance = "acme"
[organizations.acme]
administrator = "111122223333"
home_region = "eu-central-1"
"""
HOSTILE = "=cmd|' /C calc'!A0\n<script>\x1b[31m\u202e"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "hubposture.toml").write_text(SETTINGS)
    with open_ledger("sqlite:///.hubposture/ledger.sqlite", relative_to=tmp_path) as ledger:
        ledger.audit(
            Entry(who=f"person-{number % 3}", what=f"thing {number}", before=None, after=("on", number), why=HOSTILE)
            for number in range(1, 41)
        )
    return tmp_path


def asked(base: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["-C", str(base), "audit", *arguments], standalone_mode=False)


def test_the_trail_is_listed_newest_first_under_what_is_asked(base: Path) -> None:
    found = json.loads(asked(base, "list", "--who", "PERSON-1", "--limit", "3", "--format", "json").output)
    assert [one["seq"] for one in found["records"]] == [40, 37, 34]
    text = asked(base, "list", "--limit", "3").output
    assert "There are older ones" in text
    assert "\x1b" not in text
    assert "No record is like that" in asked(base, "list", "--what", "nothing").output


def test_a_copy_is_checked_without_baseline_or_ledger_and_against_an_anchor(base: Path, tmp_path: Path) -> None:
    out = tmp_path / "trail.ndjson"
    assert asked(base, "export", "--out", str(out)).exception is None
    head = asked(base, "anchor", "--trailer").output.strip().removeprefix("Hubposture-Audit: ")
    nowhere = tmp_path / "nowhere"
    said = asked(nowhere, "verify", "--file", str(out), "--anchor", head)
    assert said.return_value == 0, said.output
    assert "Compared with the head kept elsewhere, record 40" in " ".join(said.output.split())
    wrong = asked(nowhere, "verify", "--file", str(out), "--anchor", f"40:{'0' * 64}")
    assert wrong.return_value == 2
    assert asked(base, "verify", "--anchor", head).return_value == 0
    assert asked(base, "verify", "--anchor", f"39:{head.partition(':')[2]}").return_value == 2


def test_what_is_no_anchor_or_no_time_is_said(base: Path) -> None:
    for text in ("", "1:abc", "x:" + "0" * 64, "1" * 40 + ":" + "0" * 64, "1:" + "G" * 64):
        if text:
            assert "--anchor" in str(asked(base, "verify", "--anchor", text).exception)
    failed = asked(base, "list", "--since", "yesterday", "--until", "99999-01-01").exception
    assert "since" in str(failed)
    assert "until" in str(failed)


def test_as_csv_nothing_is_a_formula(base: Path) -> None:
    text = asked(base, "export", "--format", "csv").stdout_bytes.decode("utf-8-sig")
    assert text.startswith("seq,at,who,what")
    assert "'=cmd" in text
    assert ",=cmd" not in text
    assert '"=cmd' not in text
