"""A whole run on the sandbox: what is called as each role is what its policy allows, neither more nor less."""

import datetime as dt
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubposture.aws.record import CallRecord
from hubposture.aws.session import Purpose
from hubposture.aws.updates import AwsUpdates
from hubposture.cli.sync import synced
from hubposture.ledger.journal import RunJournal
from hubposture.model.targets import Target
from hubposture.ports.updates import Updated
from hubposture.reconcile.guard import Limits
from hubposture.sandbox.sandbox import Sandbox
from hubposture.timeline.resource import Resource
from hubposture.verbs.census import census
from hubposture.verbs.execute import execute
from hubposture.verbs.init import Rows, from_catalog
from hubposture.verbs.outside import look_outside
from hubposture.verbs.resource_past import ask_past
from hubposture.verbs.suppressions import suppressions
from hubposture.verbs.survey import Survey
from hubposture.waivers.decision import FindingUpdate
from hubposture.wiring import (
    Connection,
    Surroundings,
    census_reader,
    connect,
    findings_reader,
    outside_means,
    packaged_catalog,
    past_means,
    put_workbook,
    rehearsal,
    workplace,
)
from yaml_text import load_template

TEMPLATES = {
    Purpose.READER: ("member-reader",),
    Purpose.WRITER: ("member-writer",),
    Purpose.ADMINISTRATOR: ("administrator-reader", "events"),
    Purpose.ADMINISTRATOR_WRITER: ("administrator-writer",),
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
findings_queue = "{queue}"
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
    settings = SETTINGS.format(administrator=spec.administrator, home=spec.home_region, queue=box.events.url)
    connection = begun(directory, around, settings, rows())
    census(applied(connection), connection.hub, census_reader(connection))
    since, reader = around.now() - dt.timedelta(days=1), census_reader(connection)
    reader.deeds(Target("acme", spec.administrator, spec.home_region), since=since, until=around.now())
    reader.policy_deeds(spec.home_region, since=since, until=around.now())
    pasts(connection, spec.administrator, box.resources(spec.administrator, kind="AWS::IAM::Role")[0])
    findings_come_in(connection, box)
    return connection.record


def pasts(connection: Connection, account: str, resource: str) -> None:
    """The history of a resource that AWS Config knows by its name alone, and writes that are not ours."""
    at, home = connection.workplace, connection.settings.home_region
    with at.ledger() as ledger:
        past = ask_past(past_means(connection, ledger, at=at), Resource(account, home, resource, "AwsIamRole"))
        assert past.items
        assert look_outside(outside_means(connection, ledger, at=at), [(account, home)]).targets == 1


def findings_come_in(connection: Connection, box: Sandbox) -> None:
    """Findings from the API and from the queue of events, who suppressed the one that is suppressed, and its release."""
    spec = box.core.spec
    hub = box.client("securityhub", account=spec.administrator, region=spec.home_region)
    one = hub.get_findings(MaxResults=1)["Findings"][0]
    hub.batch_update_findings(
        FindingIdentifiers=[{"Id": one["Id"], "ProductArn": one["ProductArn"]}], Workflow={"Status": "SUPPRESSED"}
    )
    assert synced(connection, "events").messages
    assert synced(connection, "api").folded.new
    with connection.workplace.ledger() as ledger:
        assert suppressions(findings_reader(connection, ledger)).groups
    key = (one["ProductArn"], one["Id"])
    release = FindingUpdate((key,), "NEW", "released", "hubposture/test", (("hubposture/waiver", "released"),))
    assert list(AwsUpdates(connection.gateway, connection.pool, home=spec.home_region).update([release])) == [
        Updated(*key)
    ]


def central_runs(directory: Path) -> Iterator[CallRecord]:
    """Accounts come under policies, the policies change, and the accounts are left to themselves again."""
    box, around = rehearsal(central=True)
    spec = box.core.spec
    settings = SETTINGS.format(administrator=spec.administrator, home=spec.home_region, queue=box.events.url)
    both = settings + CENTRAL.format(central='"/Security", "/Workloads"', alone="")
    alone = settings + CENTRAL.format(central="", alone='"/Security", "/Workloads"')
    catalog = from_catalog(packaged_catalog())
    for number, (text, wanted) in enumerate(((both, catalog), (both, rows()), (alone, rows()))):
        connection = begun(directory / str(number), around, text, wanted)
        applied(connection)
        yield connection.record


def allowed(purpose: Purpose) -> frozenset[str]:
    folder = Path(__file__).parents[2] / "deploy" / "cloudformation"
    found: set[str] = set()
    for template in TEMPLATES[purpose]:
        for resource in load_template((folder / f"{template}.yaml").read_text())["Resources"].values():
            if resource["Type"] in ("AWS::IAM::Role", "AWS::IAM::RolePolicy"):
                properties = resource["Properties"]
                own = [properties] if resource["Type"] == "AWS::IAM::RolePolicy" else properties.get("Policies", [])
                for statement in (one for policy in own for one in policy["PolicyDocument"]["Statement"]):
                    if statement["Effect"] == "Allow":
                        actions = statement["Action"]
                        found.update([actions] if isinstance(actions, str) else actions)
    return frozenset(found)


@pytest.mark.slow
@pytest.mark.usefixtures("_environment")
def test_what_is_called_as_each_role_is_what_its_policy_allows(tmp_path: Path) -> None:
    (tmp_path / "central").mkdir()
    recorded: dict[Purpose, frozenset[str]] = {}
    for record in (local_run(tmp_path / "local"), *central_runs(tmp_path / "central")):
        for purpose, actions in record.actions().items():
            recorded[purpose] = recorded.get(purpose, frozenset()) | actions
    for purpose in TEMPLATES:
        assert recorded[purpose] ^ allowed(purpose) == UNCALLED.get(purpose, frozenset()), purpose
    assert recorded.keys() == {*TEMPLATES, Purpose.BASE}
    assert recorded[Purpose.BASE] == {"sts:AssumeRole"}
