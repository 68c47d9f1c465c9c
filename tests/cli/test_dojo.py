"""`hubposture tickets defectdojo` on an emulated organization and an emulated DefectDojo."""

from collections.abc import Iterator

import pytest

from cli.tickets_hands import Tickets
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.sandbox.remote.defectdojo import TOKEN, DefectDojo
from hubposture.sandbox.remote.defectdojo_server import DefectDojoServer


@pytest.fixture
def dojo(tickets: Tickets) -> Iterator[DefectDojo]:
    """An instance in which the team of the shop works; the other teams stay with Jira."""
    commands = tickets.commands
    with DefectDojoServer(DefectDojo()) as server:
        commands.environ["DOJO_TOKEN"] = TOKEN
        commands.settings(f'\n[defectdojo]\nurl = "{server.url}"\ntoken = "env:DOJO_TOKEN"\n')
        teams = commands.there.directory / "teams.yaml"
        ours = "jira: {project: SHOP, parent: SHOP-1}"
        assert ours in teams.read_text()
        teams.write_text(teams.read_text().replace(ours, "via: defectdojo, defectdojo: {product: Web shop}"))
        yield server.dojo


def test_what_a_team_must_fix_is_brought_to_defectdojo_and_closed_by_the_check(
    tickets: Tickets, dojo: DefectDojo
) -> None:
    said = tickets("defectdojo", "plan")
    assert said.status == EXIT_DIFFERS
    assert "set afterwards" in said.text
    assert not dojo.world.findings
    assert tickets("defectdojo", "sync").status == 0
    made = len(dojo.world.findings)
    assert made
    assert tickets("defectdojo", "plan").text.endswith("Nothing to do: DefectDojo is in line.")
    tickets.fix("shop-1")
    tickets.days(2)
    assert tickets("defectdojo", "sync").status == 0
    data = tickets.commands.json("tickets", "defectdojo", "verify")
    assert data["disagreements"] == []
    assert any(one.is_mitigated for one in dojo.world.findings.values())


def test_verify_lists_what_people_closed_there_beside_the_tickets(tickets: Tickets, dojo: DefectDojo) -> None:
    assert tickets("sync").status == 0
    tickets("defectdojo", "sync")
    assert tickets("verify").status == 0
    one = next(iter(dojo.world.findings.values()))
    one.active, one.is_mitigated = False, True
    said = tickets("verify", "--format", "json")
    assert said.status == EXIT_DIFFERS
    assert [row["finding"] for row in said.data["defectdojo"]["disagreements"]] == [one.id]
    assert said.data["disagreements"] == []


def test_an_instance_that_is_away_fails_and_writes_nothing(tickets: Tickets) -> None:
    tickets.commands.settings('\n[defectdojo]\nurl = "http://127.0.0.1:9"\ntoken = "env:NO_SUCH_TOKEN"\n')
    said = tickets("defectdojo", "plan")
    assert said.status == EXIT_FAILED
    assert "NO_SUCH_TOKEN: there is no such secret" in said.text
