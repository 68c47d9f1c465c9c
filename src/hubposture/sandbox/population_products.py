"""Findings of other products that a Security Hub holds besides its own: threats and custom Config rules."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from hubposture.sandbox.findings_import import new_record
from hubposture.sandbox.findings_record import Record, stamp, uuid_of
from hubposture.sandbox.world import AccountSpec, AccountState, OrganizationSpec

_THREATS = (
    ("Recon:EC2/PortProbeUnprotectedPort", "LOW", "TTPs/Discovery/Recon:EC2-PortProbeUnprotectedPort"),
    (
        "UnauthorizedAccess:IAMUser/ConsoleLogin",
        "MEDIUM",
        "TTPs/Initial Access/UnauthorizedAccess:IAMUser-ConsoleLogin",
    ),
    ("CryptoCurrency:EC2/BitcoinTool.B", "HIGH", "TTPs/Command and Control/CryptoCurrency:EC2-BitcoinTool.B"),
)
_RULES = ("required-tags-cost-centre", "approved-amis-by-id", "no-default-vpc")


def other_findings(spec: OrganizationSpec, seed: int, start: datetime) -> Iterator[Record]:
    """A few threats and Config evaluations in each active account's home Region, as they stand at `start`."""
    draw = random.Random(f"{seed}/products")  # noqa: S311 - a reproducible world, not a secret
    for account in spec.accounts:
        if account.state is not AccountState.ACTIVE:
            continue
        for number in range(draw.randrange(3)):
            at = start - timedelta(hours=draw.randrange(1, 24 * 60))
            yield _record(_threat(spec, account, draw, f"{account.id}/{number}", at), spec, account, at)
        for rule in _RULES[: draw.randrange(len(_RULES) + 1)]:
            at = start - timedelta(hours=draw.randrange(1, 24 * 60))
            yield _record(_evaluation(spec, account, rule, draw.random(), at), spec, account, at)


def _record(finding: dict[str, Any], spec: OrganizationSpec, account: AccountSpec, at: datetime) -> Record:
    return new_record(finding, region=spec.home_region, account_name=account.name, at=at)


def _common(spec: OrganizationSpec, account: AccountSpec, product: str, at: datetime) -> dict[str, Any]:
    return {
        "SchemaVersion": "2018-10-08",
        "ProductArn": f"arn:{spec.partition}:securityhub:{spec.home_region}::product/aws/{product}",
        "AwsAccountId": account.id,
        "FirstObservedAt": stamp(at),
        "LastObservedAt": stamp(at),
        "CreatedAt": stamp(at),
        "UpdatedAt": stamp(at),
    }


def _threat(
    spec: OrganizationSpec, account: AccountSpec, draw: random.Random, name: str, at: datetime
) -> dict[str, Any]:
    kind, label, finding_type = draw.choice(_THREATS)
    digits = f"{draw.getrandbits(128):032x}"
    home = f"arn:{spec.partition}:guardduty:{spec.home_region}:{account.id}:detector/{uuid_of(account.id)[:8]}"
    instance = f"arn:{spec.partition}:ec2:{spec.home_region}:{account.id}:instance/i-{digits[:17]}"
    return _common(spec, account, "guardduty", at) | {
        "Id": f"{home}/finding/{digits}",
        "GeneratorId": home,
        "Types": [finding_type],
        "Severity": {"Label": label},
        "Title": f"Sample threat {kind}",
        "Description": f"An emulated threat finding, {name}",
        "Resources": [{"Type": "AwsEc2Instance", "Id": instance, "Partition": spec.partition}],
    }


def _evaluation(spec: OrganizationSpec, account: AccountSpec, rule: str, chance: float, at: datetime) -> dict[str, Any]:
    arn = f"arn:{spec.partition}:config:{spec.home_region}:{account.id}:config-rule/config-rule-{uuid_of(rule)[:6]}"
    passed = chance < 0.4  # noqa: PLR2004 - two in five evaluations pass
    return _common(spec, account, "config", at) | {
        "Id": f"{arn}/finding/{uuid_of(arn, account.id)}",
        "GeneratorId": arn,
        "Types": ["Software and Configuration Checks"],
        "Severity": {"Label": "INFORMATIONAL" if passed else "MEDIUM"},
        "Title": rule,
        "Description": f"Evaluation of the Config rule {rule}",
        "Compliance": {"Status": "PASSED" if passed else "FAILED"},
        "Workflow": {"Status": "RESOLVED" if passed else "NEW"},
        "ProductFields": {"aws/config/ConfigRuleArn": arn, "aws/config/ConfigRuleName": rule},
        "Resources": [{"Type": "AwsAccount", "Id": f"AWS::::Account:{account.id}", "Partition": spec.partition}],
    }
