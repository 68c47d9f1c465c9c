"""The census and the write-back of the workbook, as a user runs them on the emulated organization."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from hubposture.cli.census import document_of
from hubposture.cli.demo import baseline_in
from hubposture.cli.main import cli
from hubposture.render import json as as_json
from hubposture.verbs.census import census
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.suppressions import suppressions
from hubposture.wiring import (
    Connection,
    census_reader,
    connect,
    findings_reader,
    packaged_catalog,
    rehearsal,
    workplace,
)


@pytest.fixture
def connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connection:
    """The emulated organization with a baseline in `tmp_path / "base"`; the process's AWS variables come back."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION", "HUBPOSTURE_SANDBOX_EXTERNAL_ID"):
        monkeypatch.setenv(name, "")
    box, around = rehearsal()
    spec = box.core.spec
    base = tmp_path / "base"
    baseline_in(base, administrator=spec.administrator, home=spec.home_region, now=around.now())
    return connect(workplace(base, surroundings=around), "acme")


def test_the_census_finds_what_the_population_hides(connection: Connection) -> None:
    survey = connection.survey()
    found = census(survey, connection.hub, census_reader(connection))
    with connection.workplace.ledger() as ledger:
        suppressed = suppressions(findings_reader(connection, ledger))
    document = document_of("acme", found, live_catalog(packaged_catalog(), survey), suppressed)
    data = json.loads(as_json.render(document))
    assert {one["way"] for one in data["ways"]} == {"local", "declarative"}
    assert [one["region"] for one in data["unlinked_regions"]] == ["eu-west-1"]
    assert len(data["unlinked_regions"][0]["targets"]) == 1
    assert sum(not one["expected"] for one in data["unreadable"]) == 3
    assert any(one["control"] == "IAM.6" and "SEC-204" in str(one["reasons"]) for one in data["off"])
    assert [one["on"] for one in data["recorders"]] == [False]
    assert any("cannot be read there" in one for one in data["unknown"])
    assert data["suppressed"]
    assert all(one["who"] and one["oldest"] for one in data["suppressed"])


def test_the_census_writes_nothing(connection: Connection) -> None:
    census(connection.survey(), connection.hub, census_reader(connection))
    reads = ("Describe", "Get", "List", "BatchGet", "Assume", "Lookup")
    assert all(operation.startswith(reads) for _, _, operation in connection.record.counts)


@pytest.mark.usefixtures("connection")
def test_refresh_mends_our_columns_and_keeps_yours(tmp_path: Path) -> None:
    path = tmp_path / "base" / "controls.xlsx"
    book = load_workbook(path)
    sheet = book["Controls"]
    title, sheet["B2"], sheet["U2"] = sheet["B2"].value, "not its title", "my note"
    book.save(path)
    said = CliRunner().invoke(cli, ["-C", str(tmp_path / "base"), "refresh"], obj=None)
    assert said.exit_code == 0, said.output
    assert "controls.xlsx: refreshed" in said.output
    after = load_workbook(path)["Controls"]
    assert (after["B2"].value, after["U2"].value) == (title, "my note")
    again = CliRunner().invoke(cli, ["-C", str(tmp_path / "base"), "refresh"], obj=None)
    assert "nothing to refresh" in again.output


@pytest.mark.usefixtures("connection")
def test_refresh_proposes_a_row_for_a_control_that_lost_its_own(tmp_path: Path) -> None:
    path = tmp_path / "base" / "controls.xlsx"
    book = load_workbook(path)
    lost = book["Controls"]["A5"].value
    book["Controls"].delete_rows(5)
    book.save(path)
    CliRunner().invoke(cli, ["-C", str(tmp_path / "base"), "refresh", "--add-new"], obj=None)
    rows = [cell.value for cell in load_workbook(path)["Controls"]["A"]]
    assert rows[-1] == lost
    assert rows.count(lost) == 1
