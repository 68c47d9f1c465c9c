"""`hubposture run`: everything once or some steps, only observed or written, recorded, whatever fails on the way."""

import pytest

from cli.commands import Commands, Said
from cli.waivers_hands import SITE, approved, bucket, pass_time, workflow, write
from holds.holds_world import HOME, WEB
from hubposture.cli.main import EXIT_FAILED


@pytest.fixture
def granted(commands: Commands) -> Commands:
    """A world with a public bucket that an approved waiver excuses, which nobody has enforced yet."""
    bucket(commands, "site-1")
    write(commands)
    assert approved(commands).status == 0
    return commands


def test_only_the_steps_that_are_named_are_done_in_the_order_of_a_run(commands: Commands) -> None:
    data = commands.json("run", "--only", "posture", "--only", "approvals")
    assert [(one["step"], one["state"]) for one in data["steps"]] == [("approvals", "done"), ("posture", "done")]
    posture = data["steps"][1]
    assert posture["line"] == f"obligations met: {posture['counts']['met']:,} of {posture['counts']['obligations']:,}"
    with commands.there.connection().workplace.ledger() as ledger:
        assert ledger.run(data["run"]).verb == "run without writing"


def test_an_unknown_step_is_refused_with_those_there_are(commands: Commands) -> None:
    said = commands("run", "--only", "everything")
    assert said.status == EXIT_FAILED
    assert "'controls', 'findings', 'approvals', 'waivers', 'tickets', 'messages', 'outside', 'posture'" in said.err


@pytest.mark.slow
def test_observing_says_what_would_be_written_and_applies_no_commit(granted: Commands) -> None:
    granted.commit()
    site = (WEB, HOME, "S3.8", f"{SITE}1")
    said = granted("run", "--only", "waivers", "--observe")
    assert said.status == 0
    assert "Only observed: nothing was written to Security Hub." in said.text
    assert "to write: 1 suppress" in said.text
    assert workflow(granted, site) == "NEW"
    with granted.there.connection().workplace.ledger() as ledger:
        assert ledger.applied("acme") == ()
    done = granted.json("run", "--only", "waivers")
    (step,) = done["steps"]
    assert (step["line"], step["counts"]["written"]) == ("1 suppress", 1)
    assert workflow(granted, site) == "SUPPRESSED"
    with granted.there.connection().workplace.ledger() as ledger:
        assert ledger.applied("acme") == (done["commit"],)
    pass_time(granted)
    assert granted.json("run", "--only", "waivers")["steps"][0]["line"] == "nothing to write"


@pytest.mark.slow
def test_what_a_guard_stops_is_a_failure_of_its_step_and_of_no_other(granted: Commands) -> None:
    granted.settings("[waivers]\nshare_from = 1\nmax_suppress_share = 0.01\n")
    said = granted("run", "--only", "waivers", "--only", "posture")
    assert said.status == EXIT_FAILED
    assert "not complete: waivers; the other steps were done all the same" in said.text
    assert "1 stopped by a guard" in said.text
    assert "--allow-suppress-share" in said.text
    data = granted.json("run", "--only", "waivers")
    assert (data["status"], data["steps"][0]["failed"]) == ("incomplete", 1)
    assert "not complete: waivers recorded" in granted("run", "--only", "waivers").text


@pytest.mark.slow
def test_everything_once_shows_the_steps_and_the_calls_that_were_made_most(granted: Commands) -> None:
    said: Said = granted("run", "--format", "json")
    data = said.data
    steps = ["controls", "findings", "approvals", "waivers", "tickets", "messages", "posture"]
    assert [one["step"] for one in data["steps"]] == steps
    assert [one["line"] for one in data["steps"][4:6]] == ["no tracker is set", "no messages are set"]
    assert said.status == (0 if data["status"] == "done" else EXIT_FAILED)
    assert data["steps"][3]["counts"]["written"] == 1
    assert data["calls_in_all"] == sum(data["calls"].values())
    shown = granted("run").out.partition("\nCalls: ")[2].splitlines()
    operations = [line.split() for line in shown if ":" in line and not line.startswith("  and")]
    assert len(operations) == 10
    counts = [int(one[1].replace(",", "")) for one in operations]
    assert counts == sorted(counts, reverse=True)
    assert "--format json has all" in shown[-1]
    for columns in (80, 200):
        assert all(len(line) <= columns for line in granted.on_terminal(columns, "run").out.splitlines())
    assert granted("run", "--only", "posture", "--format", "markdown").out.startswith("## Run of acme")
