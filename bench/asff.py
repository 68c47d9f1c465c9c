"""A million findings as Security Hub gives them: 500 accounts, 14 Regions, 216 controls, 23 % failing, tags, rejects."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson

from hubposture.catalog import load

ACCOUNTS = tuple(f"{100_000_000_000 + 7 * number}" for number in range(500))
REGIONS = tuple(f"eu-test-{number}" for number in range(1, 15))
CONTROLS = 216
BYTES = 2_800
"""What one finding takes, about, as in real exports."""
NOW = dt.datetime(2026, 11, 24, 8)  # noqa: DTZ001 - as the lake writes times


@dataclass(frozen=True, slots=True)
class Kind:
    """A control as its findings show it."""

    shown: str
    title: str
    severity: str


def kinds() -> tuple[Kind, ...]:
    """The controls of the findings: the first of the catalog."""
    return tuple(
        Kind(one.shown, one.title, str(one.severity))
        for one in sorted(load().controls.values(), key=lambda one: one.id)
    )[:CONTROLS]


def lines(count: int, *, seed: int = 1, reject_every: int = 0) -> Iterator[bytes]:
    """So many findings as lines; every `reject_every`-th is damaged (0: none)."""
    draw = random.Random(seed)
    known = kinds()
    templates = [_template(kind) for kind in known]
    for number in range(count):
        if reject_every and number % reject_every == reject_every - 1:
            yield b'{"SchemaVersion": "2018-10-08", "Id": \n'
            continue
        yield finding(number, known, templates, draw)


def later(part: int, count: int) -> Iterator[bytes]:
    """Every hundredth of so many findings, from the `part`-th (0 to 99) on, a day later: what failed passes, and so on."""
    draw = random.Random(part)
    known = kinds()
    templates = [_template(kind) for kind in known]
    for number in range(part, count, 100):
        yield finding(number, known, templates, draw, now=NOW + dt.timedelta(days=1), turned=True)


def finding(
    number: int,
    known: tuple[Kind, ...],
    templates: list[str],
    draw: random.Random,
    *,
    now: dt.datetime = NOW,
    turned: bool = False,
) -> bytes:
    """One finding as a line; 23 in a hundred fail, the others if it is `turned`."""
    at = number % len(known)
    account = ACCOUNTS[number // len(known) % len(ACCOUNTS)]
    region = REGIONS[number * 7 // 3 % len(REGIONS)]
    failed = turned != ((number * 2_654_435_761 >> 7) % 100 < 23)
    updated = now - dt.timedelta(seconds=draw.randrange(86_400))
    since = updated - dt.timedelta(days=draw.randrange(200))
    status = "FAILED" if failed else "PASSED"
    text = templates[at]
    for name, value in (
        ("@ACCOUNT@", account),
        ("@REGION@", region),
        ("@NUMBER@", f"{number:012x}"),
        ("@RESOURCE@", f"arn:aws:ec2:{region}:{account}:volume/vol-{number // 3:017x}"),
        ("@STATUS@", status),
        ("@WORKFLOW@", "NEW" if failed else "RESOLVED"),
        ("@LABEL@", known[at].severity if failed else "INFORMATIONAL"),
        ("@UPDATED@", f"{updated:%Y-%m-%dT%H:%M:%S}.000Z"),
        ("@SINCE@", f"{since:%Y-%m-%dT%H:%M:%S}.000Z"),
        ("@TEAM@", f"team-{number // 3 % 40}"),
    ):
        text = text.replace(name, value)
    return text.encode()


def _template(kind: Kind) -> str:
    id_ = f"arn:aws:securityhub:@REGION@:@ACCOUNT@:security-control/{kind.shown.lower()}/finding/@NUMBER@"
    record = {
        "AwsAccountId": "@ACCOUNT@",
        "AwsAccountName": "service",
        "CompanyName": "AWS",
        "Compliance": {
            "Status": "@STATUS@",
            "SecurityControlId": kind.shown,
            "AssociatedStandards": [
                {"StandardsId": "standards/aws-foundational-security-best-practices/v/1.0.0"},
                {"StandardsId": "standards/cis-aws-foundations-benchmark/v/5.0.0"},
            ],
            "RelatedRequirements": [f"NIST.800-53.r5 AC-{number}" for number in range(1, 20)],
        },
        "CreatedAt": "@SINCE@",
        "Description": "Whether the resource is configured as the control asks. " * 6,
        "FindingProviderFields": {
            "Severity": {"Label": "@LABEL@", "Original": "@LABEL@", "Normalized": 40},
            "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        },
        "FirstObservedAt": "@SINCE@",
        "GeneratorId": f"security-control/{kind.shown}",
        "Id": id_,
        "LastObservedAt": "@UPDATED@",
        "ProcessedAt": "@UPDATED@",
        "ProductArn": "arn:aws:securityhub:@REGION@::product/aws/securityhub",
        "ProductFields": {
            "RelatedAWSResources:0/name": "securityhub-rule-0a1b2c3d",
            "RelatedAWSResources:0/type": "AWS::Config::ConfigRule",
            "Resources:0/Id": "@RESOURCE@",
            "aws/securityhub/CompanyName": "AWS",
            "aws/securityhub/FindingId": f"arn:aws:securityhub:@REGION@::product/aws/securityhub/{id_}",
            "aws/securityhub/ProductName": "Security Hub",
        },
        "ProductName": "Security Hub",
        "RecordState": "ACTIVE",
        "Region": "@REGION@",
        "Remediation": {
            "Recommendation": {
                "Text": "For information on how to correct this issue, see the documentation.",
                "Url": f"https://docs.aws.amazon.com/console/securityhub/{kind.shown}/remediation",
            }
        },
        "Resources": [
            {
                "Details": {"AwsEc2Volume": {"Encrypted": False, "Size": 100, "Status": "in-use"}},
                "Id": "@RESOURCE@",
                "Partition": "aws",
                "Region": "@REGION@",
                "Tags": {"owner": "@TEAM@", "stage": "prod", "cost-centre": "4711"},
                "Type": "AwsEc2Volume",
            }
        ],
        "SchemaVersion": "2018-10-08",
        "Severity": {"Label": "@LABEL@", "Normalized": 40, "Original": "@LABEL@"},
        "Title": kind.title,
        "Types": ["Software and Configuration Checks/Industry and Regulatory Standards"],
        "UpdatedAt": "@UPDATED@",
        "Workflow": {"Status": "@WORKFLOW@"},
        "WorkflowState": "NEW",
    }
    return orjson.dumps(record).decode() + "\n"


def write(path: Path, count: int, *, seed: int = 1, reject_every: int = 0) -> int:
    """Write so many findings as lines; gives the bytes."""
    with path.open("wb") as out:
        for line in lines(count, seed=seed, reject_every=reject_every):
            out.write(line)
    return path.stat().st_size
