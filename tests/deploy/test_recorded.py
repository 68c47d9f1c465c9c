"""A whole run on the sandbox: what is called as each role is what its policy allows, neither more nor less."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.aws.central import AwsCentral
from hubposture.aws.session import Purpose
from hubposture.ledger.journal import RunJournal
from hubposture.model.targets import Target
from hubposture.reconcile.guard import Limits
from hubposture.verbs.census import census
from hubposture.verbs.execute import execute
from hubposture.verbs.init import Rows, from_catalog
from hubposture.wiring import Connection, census_reader, connect, packaged_catalog, put_workbook, rehearsal, workplace
from yaml_text import load_template

TEMPLATES = {
    Purpose.READER: "member-reader",
    Purpose.WRITER: "member-writer",
    Purpose.ADMINISTRATOR: "administrator-reader",
}
FALLBACK = {Purpose.ADMINISTRATOR: frozenset({"ec2:DescribeRegions"})}
"""What is asked only where account:ListRegions is refused, which the sandbox's administrator may call."""

SETTINGS = """
instance = "test"
[controls]
disable_standards = true
[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
"""


@pytest.fixture
def _environment() -> Iterator[None]:
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


def rows() -> Rows:
    """A matrix that wants a bit of everything: controls on and off, a parameter, a standard on and another off."""
    made = dict(from_catalog(packaged_catalog()))
    made["Controls"] = [
        {**row, "parameters": "daysToExpiration=45"} if row["control"] == "ACM.1" else row for row in made["Controls"]
    ]
    made["Standards"] = [
        {"standard": "cis-5.0.0", "enabled": "yes"},
        {"standard": "nist-800-53-5.0.0", "enabled": "yes"},
        {"standard": "fsbp-1.0.0", "enabled": "no"},
    ]
    return made


def begun(directory: Path, *, central: bool) -> Connection:
    """An emulated organization, and a baseline for it."""
    box, around = rehearsal(central=central)
    spec = box.core.spec
    text = SETTINGS.format(administrator=spec.administrator, home=spec.home_region)
    directory.mkdir()
    (directory / "hubposture.toml").write_text(text)
    put_workbook(directory, rows(), now=around.now())
    return connect(workplace(directory, surroundings=around), "acme")


def whole_run(connection: Connection) -> None:
    """Census, plan, apply, and a look into history."""
    at = connection.workplace
    found = connection.survey()
    census(found, connection.hub, census_reader(connection))
    planned = connection.plan(at.matrix(), found)
    with at.ledger() as ledger:
        opened = ledger.open_run("apply", organization="acme", who="kim", commit="")
        means = connection.means(found, RunJournal(ledger, opened.id))
        execute(planned.plan, means, limits=Limits(), is_observed=lambda _target: False)
    now, settings = at.surroundings.now(), connection.settings
    since, reader = now - dt.timedelta(days=1), census_reader(connection)
    reader.deeds(Target("acme", settings.administrator, settings.home_region), since=since, until=now)
    reader.policy_deeds(settings.home_region, since=since, until=now)


def allowed(template: str) -> frozenset[str]:
    path = Path(__file__).parents[2] / "deploy" / "cloudformation" / f"{template}.yaml"
    found: set[str] = set()
    for policy in load_template(path.read_text())["Resources"]["Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            found.update([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    return frozenset(found)


@pytest.mark.slow
@pytest.mark.usefixtures("_environment")
def test_what_is_called_as_each_role_is_what_its_policy_allows(tmp_path: Path) -> None:
    local = begun(tmp_path / "local", central=False)
    whole_run(local)
    central = begun(tmp_path / "central", central=True)
    AwsCentral(central.gateway, instance="test").read(central.survey().organization)
    recorded = local.record.actions()
    for purpose, template in TEMPLATES.items():
        used = recorded[purpose] | central.record.actions().get(purpose, frozenset())
        assert used ^ allowed(template) == FALLBACK.get(purpose, frozenset()), purpose
    assert recorded.keys() == {*TEMPLATES, Purpose.BASE}
    assert recorded[Purpose.BASE] == {"sts:AssumeRole"}
