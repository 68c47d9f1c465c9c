"""The AWS CLI's shipped Security Hub examples: read from its package, run by the real program, compared in shape."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hubposture.sandbox import population
from hubposture.sandbox.clock import RealClock
from hubposture.sandbox.lifecycle import FIRST_LOOK
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import serve
from hubposture.sandbox.world import CIS_1_2, CIS_5, FSBP, AccountSpec, OrganizationSpec, OuSpec, PolicySpec, TargetSpec

ADMINISTRATOR, MEMBER, OTHER, MANAGEMENT = "123456789012", "123456789111", "123456789222", "777788889999"
UNIT = "ou-6hi7-8j91kl2m"
HOME, LINKED = "us-west-1", "us-west-2"
PCI = "standards/pci-dss/v/3.2.1"
CIS_1_4 = "standards/cis-aws-foundations-benchmark/v/1.4.0"
POLICY = "a1b2c3d4-5678-90ab-cdef-EXAMPLE11111"
WITHOUT_FIXED_NAMES = ("ProductFields", "Tags", "Parameters", "UserDefinedFields")
"""Members whose keys are the caller's or the product's own words."""


@dataclass(frozen=True)
class Example:
    """One example: `get-findings/2` is the second of its file; `output` is None where it prints nothing."""

    name: str
    command: tuple[str, ...]
    output: str | None


@dataclass(frozen=True)
class Ran:
    """What the program did."""

    code: int
    output: str
    error: str


def examples(directory: Path) -> list[Example]:
    """Every example of the installed package, by name."""
    return [one for path in sorted(directory.glob("*.rst")) for one in _of_file(path)]


def _of_file(path: Path) -> Iterator[Example]:
    blocks = list(_blocks(path.read_text(encoding="utf-8")))
    commands = [at for at, (_, text) in enumerate(blocks) if text.startswith("aws securityhub")]
    for number, at in enumerate(commands, start=1):
        follows = blocks[at + 1] if at + 1 < len(blocks) else ("", "")
        output = follows[1] if follows[0].startswith("Output") else None
        name = path.stem if len(commands) == 1 else f"{path.stem}/{number}"
        yield Example(name, tuple(shlex.split(blocks[at][1].replace("\\\n", "\n"))), output)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Literal blocks: the paragraph that announces each, and its text without indent."""
    for found in re.finditer(r"^(\S.*)::[ ]*\n\s*\n((?:[ ]+.*\n|[ ]*\n)+)", f"{text}\n", re.MULTILINE):
        lines = found[2].splitlines()
        indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
        yield found[1], "\n".join(line[indent:] for line in lines).strip()


def documented(output: str) -> Any:
    """An example's output as data; forgives what the examples have: unquoted times, missing commas and colons."""
    text = re.sub(r'([}\]"0-9el])[ ]*\n(\s*)(["{])', r"\1,\n\2\3", output)
    text = re.sub(r'"[ ]+\{', '": {', text)
    text = re.sub(r'^(\s*)([A-Za-z]+)":', r'\1"\2":', text, flags=re.MULTILINE)
    try:
        return yaml.load(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError:  # two of them forget to close a list
        return yaml.load(f"{text.rstrip().removesuffix('}')}]}}", Loader=yaml.BaseLoader)


# --- the organization of the examples -------------------------------------------------------------------------------


def organization(name: str, *, central: bool) -> OrganizationSpec:
    """The accounts, the unit and the standards that the examples speak of, as one of them expects them."""
    applied = {"start-configuration-policy-disassociation/1": "3", "delete-configuration-policy": ""}.get(name, "1")
    accounts = ((MANAGEMENT, "r-root"), (ADMINISTRATOR, "r-root"), (MEMBER, UNIT), (OTHER, UNIT))
    policies = tuple(
        PolicySpec(
            id=f"{POLICY[:-5]}{digit * 5}",
            name=f"SampleConfigurationPolicy{digit}",
            description=f"SampleDescription{digit}",
            standards=(FSBP,),
            disabled_controls=("CloudTrail.2",),
            parameters={"ACM.1": {"daysToExpiration": 15}},
            targets=(UNIT,) if digit == applied else (),
        )
        for digit in "123"
    )
    return OrganizationSpec(
        id="o-examples",
        management_account=MANAGEMENT,
        administrator=ADMINISTRATOR,
        home_region=HOME,
        regions=(HOME, LINKED, "us-east-1"),
        linked_regions=(LINKED,),
        accounts=tuple(AccountSpec(id=one, name=one, email=f"{one}@example.com", ou=ou) for one, ou in accounts),
        ous=(OuSpec(id=UNIT, name="Workloads", parent="r-root"),),
        standards=(FSBP, CIS_1_2, CIS_1_4, CIS_5, PCI),
        central=central,
        policies=policies if central else (),
        self_managed=(ADMINISTRATOR,) if central else (),
        targets=tuple(
            TargetSpec(account=one, region=HOME, consolidated=name != "get-findings/1") for one, _ in accounts
        ),
    )


AS_MEMBER = (
    "accept-", "decline-", "delete-invitations", "disassociate-from", "get-administrator", "get-master",
    "get-invitations", "list-invitations", "enable-security-hub", "disable-security-hub",
)  # fmt: skip
AS_MANAGEMENT = ("enable-organization-admin", "disable-organization-admin", "list-organization-admin")


def sandbox_for(example: Example) -> tuple[Sandbox, str, Mapping[str, str]]:
    """A sandbox of its own for an example, the account that calls, and what to put for ids that the example made up."""
    central = "configuration-policy" in example.name or "configuration-policies" in example.name
    spec = organization(example.name, central=central)
    clock = RealClock()
    findings = population.findings(spec, start=clock.now() - FIRST_LOOK * 2) if "finding" in example.name else None
    box = Sandbox(spec, clock=clock, findings=findings)
    caller = MEMBER if example.name.startswith(AS_MEMBER) else ADMINISTRATOR
    caller = MANAGEMENT if example.name.startswith(AS_MANAGEMENT) else caller
    hub = box.client("securityhub", account=ADMINISTRATOR, region=HOME)
    return box, caller, _made(example, hub, box)


def _made(example: Example, hub: Any, box: Sandbox) -> dict[str, str]:
    """Make what the example takes for granted; its made-up ids with the real ones."""
    name = example.name
    ids = _own_things(name, hub) | _aggregator(name, hub)
    if "finding" in name:
        box.advance()
        ids |= _findings(name, hub)
    if name.startswith("batch-enable-standards"):
        arn = f"arn:aws:securityhub:{HOME}:{ADMINISTRATOR}:subscription/pci-dss/v/3.2.1"
        hub.batch_disable_standards(StandardsSubscriptionArns=[arn])
        box.wait(60)
    return ids | _organization(name, box)


def _own_things(name: str, hub: Any) -> dict[str, str]:
    """Rules, insights, actions and parameters."""
    ids: dict[str, str] = {}
    if name.startswith("batch-get-security-controls"):
        days = {"daysToExpiration": {"ValueType": "CUSTOM", "Value": {"Integer": 15}}}
        hub.update_security_control(SecurityControlId="ACM.1", Parameters=days, LastUpdateReason="Asked for")
    if name.startswith("create"):
        return ids
    if "automation-rule" in name:
        ids[f"automation-rule/{POLICY}"] = _tail(hub.create_automation_rule(**_RULE)["RuleArn"])
    if "insight" in name:
        made = hub.create_insight(Name="Roles", Filters=_ROLES, GroupByAttribute="ResourceId")["InsightArn"]
        ids[f"insight/{ADMINISTRATOR}/custom/{POLICY}"] = _tail(made)
    if "action-target" in name:
        hub.create_action_target(Name="Send to remediation", Description="To be fixed", Id="Remediation")
    return ids


def _aggregator(name: str, hub: Any) -> dict[str, str]:
    if "finding-aggregator" not in name:
        return {}
    arn = hub.list_finding_aggregators()["FindingAggregators"][0]["FindingAggregatorArn"]
    if name.startswith("create"):
        hub.delete_finding_aggregator(FindingAggregatorArn=arn)
    return {"123e4567-e89b-12d3-a456-426652340000": arn.rpartition("/")[2]}


def _findings(name: str, hub: Any) -> dict[str, str]:
    """The findings that an example names, and a person's decision on one where it asks for those."""
    if name in ("get-findings/2", "get-finding-history"):
        found = hub.get_findings(Filters=_CRITICAL if name == "get-findings/2" else {}, MaxResults=1)["Findings"]
        chosen = [{"Id": one["Id"], "ProductArn": one["ProductArn"]} for one in found]
        hub.batch_update_findings(FindingIdentifiers=chosen, Workflow={"Status": "NOTIFIED"})
    elif name.startswith("batch-update-findings"):
        chosen = hub.get_findings(MaxResults=2)["Findings"]
    else:
        return {}
    arn = rf"re:arn:aws:securityhub:[a-z0-9-]+:{ADMINISTRATOR}:\S+?/finding/{POLICY[:-5]}"
    return {f"{arn}{digit * 5}": one["Id"] for digit, one in zip("12", chosen, strict=False)}


def _organization(name: str, box: Sandbox) -> dict[str, str]:
    """The state of the organization that an example begins with."""
    if name == "enable-security-hub":
        box.client("securityhub", account=MEMBER, region=HOME).disable_security_hub()
    if name == "enable-organization-admin-account":
        management = box.client("securityhub", account=MANAGEMENT, region=HOME)
        management.disable_organization_admin_account(AdminAccountId=ADMINISTRATOR)
    if name == "update-configuration-policy":
        policy = f"arn:aws:securityhub:{HOME}:{ADMINISTRATOR}:configuration-policy/{POLICY}"
        return {"re:arn:aws:securityhub:[a-z0-9-]+:[0-9]{12}:configuration-policy/[0-9a-f-]+": policy}
    return {MANAGEMENT: ADMINISTRATOR} if name.endswith("-organization-admin-account") else {}


def _tail(arn: str) -> str:
    return arn.rpartition(":")[2]


_CRITICAL = {"SeverityLabel": [{"Comparison": "EQUALS", "Value": "CRITICAL"}]}
_ROLES = {**_CRITICAL, "ResourceType": [{"Comparison": "EQUALS", "Value": "AwsIamRole"}]}
_RULE: dict[str, Any] = {
    "RuleName": "sample rule",
    "RuleOrder": 1,
    "RuleStatus": "ENABLED",
    "Description": "A sample rule",
    "Criteria": {
        **_CRITICAL,
        **{
            name: [{"Comparison": "EQUALS", "Value": value}]
            for name, value in (("ProductName", "Config"), ("RecordState", "ACTIVE"), ("WorkflowStatus", "NEW"))
        },
    },
    "Actions": [
        {
            "Type": "FINDING_FIELDS_UPDATE",
            "FindingFieldsUpdate": {
                "Severity": {"Label": "HIGH"},
                "Note": {"Text": "Known issue", "UpdatedBy": "kim"},
                "Workflow": {"Status": "NEW"},
            },
        }
    ],
}


def substituted(argument: str, ids: Mapping[str, str]) -> str:
    """An argument in the world of the sandbox: one home Region, one administrator, ids that exist."""
    for made_up, real in ids.items():
        pattern = made_up.removeprefix("re:") if made_up.startswith("re:") else re.escape(made_up)
        argument = re.sub(pattern, real.replace("\\", "\\\\"), argument)
    argument = re.sub(r"(arn:aws:[a-z0-9]+):(?:us|eu)-[a-z]+-\d(?=:)", rf"\1:{HOME}", argument)
    argument = argument.replace("222222222222", ADMINISTRATOR)
    argument = re.sub(r"arn:aws:securityhub:[a-z0-9-]*:[0-9]*:ruleset/", "arn:aws:securityhub:::ruleset/", argument)
    return argument.replace(f":{ADMINISTRATOR}:standards/", "::standards/")


def run(program: Path, example: Example) -> Ran:
    """Run an example by the real program against a server of its own."""
    box, caller, ids = sandbox_for(example)
    keys = box.keys(caller)
    arguments = [substituted(one, ids) for one in example.command[1:]]
    if "--region" in arguments:
        arguments[arguments.index("--region") + 1] = HOME
    with serve(box) as server:
        done = subprocess.run(
            [str(program), "--endpoint-url", server.url, *arguments],
            env={
                "PATH": "/usr/bin:/bin",
                "AWS_ACCESS_KEY_ID": keys.access_key,
                "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                "AWS_DEFAULT_REGION": HOME,
                "AWS_MAX_ATTEMPTS": "1",
                "AWS_EC2_METADATA_DISABLED": "true",
                "HOME": "/nonexistent",
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    return Ran(done.returncode, done.stdout, done.stderr)


# --- comparing ------------------------------------------------------------------------------------------------------

MATCHES, DIFFERS, NOT_EMULATED, REFUSED = "matches", "differs", "not emulated", "refused"


def verdict(example: Example, ran: Ran) -> tuple[str, list[str]]:
    """How an example went, and what differs: members the example shows and the sandbox does not, other kinds of values."""
    if ran.code:
        code = re.search(r"\((\w+)\)", ran.error)
        said = code[1] if code else (ran.error.strip().splitlines() or ["nothing said"])[-1][:120]
        return (NOT_EMULATED, []) if said in ("NotImplemented", "501") else (REFUSED, [said])
    if example.output is None or not ran.output.strip():
        same = (example.output is None) == (not ran.output.strip())
        return (MATCHES, []) if same else (DIFFERS, ["prints something" if ran.output.strip() else "prints nothing"])
    found = sorted(set(differences(documented(example.output), json.loads(ran.output), "")))
    return (DIFFERS, found) if found else (MATCHES, [])


def differences(wanted: Any, got: Any, path: str) -> Iterator[str]:
    """Where a value is not of the documented shape; numbers, truth values and texts are all plain values of JSON."""
    if isinstance(wanted, dict):
        yield from _of_object(wanted, got, path)
    elif isinstance(wanted, list):
        if not isinstance(got, list):
            yield f"{path} is no list"
        elif wanted and not got:
            yield f"{path} is empty"
        elif wanted:
            yield from differences(wanted[0], _like(wanted[0], got), f"{path}[]")
    elif isinstance(got, dict | list):
        yield f"{path} is no plain value"


def _of_object(wanted: dict[str, Any], got: Any, path: str) -> Iterator[str]:
    if not isinstance(got, dict):
        yield f"{path or 'output'} is no object"
        return
    for name in wanted.keys() if path.rpartition(".")[2] not in WITHOUT_FIXED_NAMES else ():
        if name in got:
            yield from differences(wanted[name], got[name], f"{path}.{name}".lstrip("."))
        elif name != "NextToken":
            yield f"no {f'{path}.{name}'.lstrip('.')}"


def _like(wanted: Any, got: list[Any]) -> Any:
    """The item that has most of the documented members: optional ones are not in every item."""
    if not isinstance(wanted, dict):
        return got[0]
    if not all(isinstance(one, dict) for one in got):
        return got[0]
    return max(got, key=lambda one: len([name for name in wanted if one.get(name)]))
