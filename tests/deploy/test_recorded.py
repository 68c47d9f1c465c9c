"""A whole run on the sandbox: what is called as each role is what its policy allows, neither more nor less."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.aws.record import CallRecord
from hubposture.aws.session import Purpose
from hubposture.ledger.journal import RunJournal
from hubposture.model.targets import Target
from hubposture.reconcile.guard import Limits
from hubposture.verbs.census import census
from hubposture.verbs.execute import execute
from hubposture.verbs.init import Rows, from_catalog
from hubposture.verbs.survey import Survey
from hubposture.wiring import (
    Connection,
    Surroundings,
    census_reader,
    connect,
    packaged_catalog,
    put_workbook,
    rehearsal,
    workplace,
)
from yaml_text import load_template

TEMPLATES = {
    Purpose.READER: "member-reader",
    Purpose.WRITER: "member-writer",
    Purpose.ADMINISTRATOR: "administrator-reader",
    Purpose.ADMINISTRATOR_WRITER: "administrator-writer",
}
UNCALLED = {
    Purpose.ADMINISTRATOR: frozenset({"ec2:DescribeRegions"}),
    Purpose.ADMINISTRATOR_WRITER: frozenset({"securityhub:TagResource"}),
}
"""What is asked only where account:ListRegions is refused; and what creating a policy with tags may need."""

SETTINGS = """
instance = "test"
[controls]
disable_standards = true
[organizations.acme]
administrator = "{administrator}"
home_region = "{home}"
administrator_reader_role = ""
administrator_writer_role = ""
external_id = "env:HUBPOSTURE_SANDBOX_EXTERNAL_ID"
"""
CENTRAL = """
unlisted = "enable"
govern = {{ central = [{central}], self_managed = [{alone}] }}
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


def begun(directory: Path, around: Surroundings, settings: str, wanted: Rows) -> Connection:
    """A baseline in a new directory, connected."""
    directory.mkdir()
    (directory / "hubposture.toml").write_text(settings)
    put_workbook(directory, wanted, now=around.now())
    return connect(workplace(directory, surroundings=around), "acme")


def applied(connection: Connection) -> Survey:
    """Plan and apply; gives what was there before."""
    at = connection.workplace
    found = connection.survey()
    planned = connection.plan(at.matrix(), found)
    with at.ledger() as ledger:
        journal = RunJournal(ledger, ledger.open_run("apply", organization="acme", who="kim", commit="").id)
        execute(
            planned.plan,
            connection.means(found, journal),
            limits=Limits(),
            is_observed=lambda _target: False,
            central=connection.central_means(planned, journal),
        )
    return found


def local_run(directory: Path) -> CallRecord:
    """Census, plan, apply, and a look into history, where accounts are written one by one."""
    box, around = rehearsal()
    spec = box.core.spec
    settings = SETTINGS.format(administrator=spec.administrator, home=spec.home_region)
    connection = begun(directory, around, settings, rows())
    census(applied(connection), connection.hub, census_reader(connection))
    since, reader = around.now() - dt.timedelta(days=1), census_reader(connection)
    reader.deeds(Target("acme", spec.administrator, spec.home_region), since=since, until=around.now())
    reader.policy_deeds(spec.home_region, since=since, until=around.now())
    return connection.record


def central_runs(directory: Path) -> Iterator[CallRecord]:
    """Accounts come under policies, the policies change, and the accounts are left to themselves again."""
    box, around = rehearsal(central=True)
    spec = box.core.spec
    settings = SETTINGS.format(administrator=spec.administrator, home=spec.home_region)
    both = settings + CENTRAL.format(central='"/Security", "/Workloads"', alone="")
    alone = settings + CENTRAL.format(central="", alone='"/Security", "/Workloads"')
    catalog = from_catalog(packaged_catalog())
    for number, (text, wanted) in enumerate(((both, catalog), (both, rows()), (alone, rows()))):
        connection = begun(directory / str(number), around, text, wanted)
        applied(connection)
        yield connection.record


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
    (tmp_path / "central").mkdir()
    recorded: dict[Purpose, frozenset[str]] = {}
    for record in (local_run(tmp_path / "local"), *central_runs(tmp_path / "central")):
        for purpose, actions in record.actions().items():
            recorded[purpose] = recorded.get(purpose, frozenset()) | actions
    for purpose, template in TEMPLATES.items():
        assert recorded[purpose] ^ allowed(template) == UNCALLED.get(purpose, frozenset()), purpose
    assert recorded.keys() == {*TEMPLATES, Purpose.BASE}
    assert recorded[Purpose.BASE] == {"sts:AssumeRole"}
