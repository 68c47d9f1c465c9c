"""A seeded organization as a newcomer finds it: about a dozen accounts, three Regions, some order and much history.

What is odd on purpose: a suspended account, an account without our roles, a Region in use that nobody linked, a target
whose recorder is off, a target that lacks a control, a target under a declarative policy, controls switched off for
reasons of every quality, an automation rule that nobody remembers, a foreign configuration policy in the central variant.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from hubposture.sandbox.catalogue import load
from hubposture.sandbox.clock import START, Clock
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.lifecycle import FIRST_LOOK, ROUND
from hubposture.sandbox.population_products import other_findings
from hubposture.sandbox.population_resources import inventory_of
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.seams import Estate
from hubposture.sandbox.world import (
    FSBP,
    AccountSpec,
    AccountState,
    AutomationRuleSpec,
    ContactKind,
    ContactSpec,
    ControlOff,
    DeclarativeSpec,
    OrganizationSpec,
    OuSpec,
    PolicySpec,
    RoleSpec,
    TargetSpec,
)

ROOT = "r-acme"
HOME = "eu-central-1"
REGIONS = (HOME, "us-east-1", "us-west-2")
UNLINKED = "eu-west-1"
READER, WRITER = "hubposture-reader", "hubposture-writer"
EXTERNAL_ID = "acme-hubposture"
"""What the roles ask for; a demo, so no secret."""
LARGE = 100
"""Organizations of more accounts than this get findings of existing resources only."""

_OUS = (
    ("ou-acme-security", "Security", ROOT),
    ("ou-acme-infra", "Infrastructure", ROOT),
    ("ou-acme-workloads", "Workloads", ROOT),
    ("ou-acme-prod", "Prod", "ou-acme-workloads"),
    ("ou-acme-nonprod", "NonProd", "ou-acme-workloads"),
    ("ou-acme-sandbox", "Sandbox", ROOT),
    ("ou-acme-suspended", "Suspended", ROOT),
)

_ACCOUNTS = (
    # name, OU, owner, cost centre, data class
    ("acme-management", ROOT, "team-platform", "1000", "internal"),
    ("security-tooling", "ou-acme-security", "team-security", "1100", "internal"),
    ("log-archive", "ou-acme-security", "team-security", "1100", "confidential"),
    ("network-hub", "ou-acme-infra", "team-platform", "1200", "internal"),
    ("shared-services", "ou-acme-infra", "team-platform", "1200", "internal"),
    ("web-prod", "ou-acme-prod", "team-web", "2100", "public"),
    ("payments-prod", "ou-acme-prod", "team-payments", "2200", "confidential"),
    ("data-prod", "ou-acme-prod", "team-data", "2300", "confidential"),
    ("web-test", "ou-acme-nonprod", "team-web", "2100", "internal"),
    ("payments-test", "ou-acme-nonprod", "team-payments", "2200", "internal"),
    ("sandbox-kim", "ou-acme-sandbox", "team-data", "3000", ""),
    ("old-website", "ou-acme-suspended", "", "", ""),
    ("mobile-prod", "ou-acme-prod", "team-mobile", "2400", "confidential"),
    ("mobile-test", "ou-acme-nonprod", "team-mobile", "2400", "internal"),
)
SUSPENDED = "old-website"
WITHOUT_ROLE = "sandbox-kim"


def organization(
    *, seed: int = 7, accounts: int = 12, central: bool = False, consolidated: bool = True
) -> OrganizationSpec:
    """An organization with the given number of accounts (at least 12); the same arguments give the same one.

    `central` turns central configuration on, with a foreign policy applied to the Infrastructure OU.
    """
    if accounts < len(_ACCOUNTS) - 2:
        raise ValueError(f"the organization has at least {len(_ACCOUNTS) - 2} accounts")
    draw = random.Random(seed)  # noqa: S311 - a reproducible world, not a secret
    ids = _account_ids(draw, accounts)
    named = [*_ACCOUNTS[:accounts], *_crowd(accounts - len(_ACCOUNTS))]
    specs = tuple(_account(one, number, seed) for one, number in zip(named, ids, strict=True))
    by_name = {spec.name: spec.id for spec in specs}
    return OrganizationSpec(
        id="o-acme",
        root=ROOT,
        management_account=by_name["acme-management"],
        administrator=by_name["security-tooling"],
        home_region=HOME,
        regions=REGIONS,
        linked_regions=REGIONS[1:],
        regions_enabled=(*REGIONS, UNLINKED),
        accounts=specs,
        ous=tuple(OuSpec(id=number, name=name, parent=parent) for number, name, parent in _OUS),
        targets=_targets(specs, by_name, consolidated=consolidated),
        central=central,
        policies=(_foreign_policy(),) if central else (),
        self_managed=(by_name["sandbox-kim"],) if central else (),
        declarative=_declarative(by_name),
        roles=_roles(),
        automation_rules=_rules(by_name),
    )


def _account_ids(draw: random.Random, count: int) -> Sequence[str]:
    return [str(number) for number in draw.sample(range(10**11, 10**12), count)]


def _crowd(count: int) -> list[tuple[str, str, str, str, str]]:
    """Accounts beyond the named ones: services of teams, each with a production and a test account."""
    found = []
    for number in range(max(0, count)):
        stage, unit = (("prod", "ou-acme-prod"), ("test", "ou-acme-nonprod"))[number % 2]
        team = ("team-web", "team-payments", "team-data", "team-mobile")[number // 2 % 4]
        found.append((f"service-{number // 2:04d}-{stage}", unit, team, str(4000 + number // 2 % 90), "internal"))
    return found


def _account(one: tuple[str, str, str, str, str], number: str, seed: int) -> AccountSpec:
    name, unit, owner, cost_centre, data_class = one
    draw = random.Random(f"{seed}/{name}")  # noqa: S311 - a reproducible world, not a secret
    tags = {"owner": owner, "cost-centre": cost_centre, "data-class": data_class}
    return AccountSpec(
        id=number,
        name=name,
        email=f"aws+{name}@example.com",
        ou=unit,
        alias=f"acme-{name}" if draw.random() < 0.8 and name != SUSPENDED else "",  # noqa: PLR2004 - some have none
        state=AccountState.SUSPENDED if name == SUSPENDED else AccountState.ACTIVE,
        tags={key: value for key, value in tags.items() if value},
        contacts=_contacts(owner),
        owner_name="Acme GmbH",
        roles_missing=frozenset({READER, WRITER}) if name == WITHOUT_ROLE else frozenset(),
    )


def _contacts(owner: str) -> tuple[ContactSpec, ...]:
    if owner in ("", "team-data"):
        return ()
    return (
        ContactSpec(
            kind=ContactKind.SECURITY, name=f"{owner} on call", title="Security contact", email=f"{owner}@example.com"
        ),
    )


def _roles() -> tuple[RoleSpec, ...]:
    reads = ("securityhub:Get*", "securityhub:List*", "securityhub:BatchGet*", "securityhub:Describe*")
    writes = (
        "securityhub:BatchUpdate*",
        "securityhub:Update*",
        "securityhub:BatchEnable*",
        "securityhub:BatchDisable*",
    )
    other = (
        "iam:ListAccountAliases",
        "config:*",
        "cloudtrail:LookupEvents",
        "account:Get*",
        "organizations:*",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
    )
    return (
        RoleSpec(name=READER, external_id=EXTERNAL_ID, allow=(*reads, *other)),
        RoleSpec(name=WRITER, external_id=EXTERNAL_ID, allow=(*reads, *writes, *other)),
        RoleSpec(name="OrganizationAccountAccessRole"),
    )


def _rules(by_name: dict[str, str]) -> tuple[AutomationRuleSpec, ...]:
    """One rule that somebody made by hand and nobody remembers."""
    wanted = {"AwsAccountId": by_name["web-test"], "ComplianceSecurityControlId": "S3.5", "ComplianceStatus": "FAILED"}
    return (
        AutomationRuleSpec(
            name="web-test-buckets-tls",
            region=REGIONS[1],
            order=10,
            description="Test buckets of the web team may be read without TLS until the new client is out",
            criteria={name: [{"Value": value, "Comparison": "EQUALS"}] for name, value in wanted.items()},
            note="until the new client is out",
            created_by=f"arn:aws:sts::{by_name['security-tooling']}:assumed-role/SecurityAnalyst/noor@example.com",
        ),
    )


# --- what differs by target ----------------------------------------------------------------------------------------

_REASONS = {
    "IAM.6": "Root credentials are in the safe, see SEC-204",
    "S3.9": "too expensive",
    "EC2.6": "Flow logs are collected centrally by network-hub (ticket NET-88)",
    "CloudWatch.1": "SIEM rule R-101 covers this",
    "CloudWatch.3": "SIEM rule R-103 covers this",
    "CloudWatch.4": "siem",
    "KMS.4": "test",
    "EC2.9": "asked by web team 2024-03",
    "Lambda.2": "-",
    "RDS.5": "Single zone is fine outside production. Approved by Lee 2026-02-11 until 2026-12-31",
    "Macie.1": "n/a",
    "S3.20": "MFA delete blocks our life-cycle rules; reviewed by security 2026-05",
}
"""Controls that people switched off, and what they wrote."""

_EVERYWHERE = ("IAM.6", "CloudWatch.1", "CloudWatch.3", "CloudWatch.4", "S3.20")
_NONPROD = ("RDS.5", "KMS.4", "S3.9", "Lambda.2", "Macie.1")


def _targets(specs: Sequence[AccountSpec], by_name: dict[str, str], *, consolidated: bool) -> tuple[TargetSpec, ...]:
    unlinked = TargetSpec(account=by_name["data-prod"], region=UNLINKED, consolidated=consolidated)
    return (
        *(_target(spec, region, by_name, consolidated=consolidated) for spec in specs for region in REGIONS),
        unlinked,
    )


def _target(spec: AccountSpec, region: str, by_name: dict[str, str], *, consolidated: bool) -> TargetSpec:
    place = (spec.name, region)
    parameters: dict[str, dict[str, int]] = {}
    if spec.ou == "ou-acme-prod":
        parameters["RDS.11"] = {"backupRetentionMinimum": 14}
    if place == ("payments-prod", HOME):
        parameters["IAM.7"] = {"MinimumPasswordLength": 14, "MaxPasswordAge": 90}
    return TargetSpec(
        account=by_name[spec.name],
        region=region,
        recorder_on=place != ("shared-services", "us-west-2"),
        consolidated=consolidated,
        controls_off=tuple(_controls_off(spec, region)),
        parameters=parameters,
        controls_missing=frozenset({"EC2.182"}) if place == ("web-prod", "us-west-2") else frozenset(),
    )


def _controls_off(spec: AccountSpec, region: str) -> list[ControlOff]:
    off = [ControlOff(control=one, reason=_REASONS[one]) for one in _EVERYWHERE]
    if region != HOME:
        off += [
            ControlOff(control=control.id, reason=f"Global resources are checked in {HOME}")
            for control in load().controls.values()
            if control.global_resource and control.available_in(HOME) and control.id not in _EVERYWHERE
        ]
    if spec.ou in ("ou-acme-nonprod", "ou-acme-sandbox"):
        off += [ControlOff(control=one, reason=_REASONS[one]) for one in _NONPROD]
    if spec.name in ("web-prod", "web-test"):
        off.append(ControlOff(control="EC2.9", reason=_REASONS["EC2.9"]))
    if spec.name == "network-hub":
        off.append(ControlOff(control="EC2.6", reason=_REASONS["EC2.6"]))
    return off


def _foreign_policy() -> PolicySpec:
    return PolicySpec(
        id="5f1c3f0e-7b1d-4a55-9d7e-0c2f4f6b9a10",
        name="platform-baseline",
        description="Made by hand by the platform team",
        standards=(FSBP,),
        disabled_controls=("CloudWatch.1", "CloudWatch.3", "Macie.1"),
        tags={"team": "platform"},
        targets=("ou-acme-infra",),
    )


def _declarative(by_name: dict[str, str]) -> tuple[DeclarativeSpec, ...]:
    return (
        DeclarativeSpec(
            id="p-cspmtrial",
            name="cspm-trial",
            target=by_name["payments-test"],
            enable_in_regions=("us-west-2",),
        ),
    )


# --- a living world ------------------------------------------------------------------------------------------------


def findings(
    spec: OrganizationSpec,
    *,
    seed: int = 7,
    start: datetime = START,
    quirks: FindingQuirks | Quirks | None = None,
    alive: bool = True,
    density: float | None = None,
) -> FindingService:
    """The living findings of an organization, its resources as they stand at `start`.

    `density` scales the number of resources; by default large organizations get fewer per account. Those of more than
    `LARGE` accounts get no findings of controls without resources, and notice what is enabled in their rounds only.
    Give a `start` before the sandbox's time and the first advance plays the time between: a world with a past.
    `quirks` may be the sandbox's own; pass the same ones to both.
    """
    scale = density if density is not None else min(1.0, (200 / len(spec.accounts)) ** 0.5)
    inventory = inventory_of(spec, seed=seed, start=start, density=scale)
    large = len(spec.accounts) > LARGE
    return FindingService(
        inventory,
        seed=seed,
        quirks=FindingQuirks.of(quirks) if isinstance(quirks, Quirks) else quirks,
        alive=alive,
        partition=spec.partition,
        empty_passes=not large,
        look_after=ROUND if large else FIRST_LOOK,
        others=partial(other_findings, spec, seed),
    )


def tick(service: FindingService, estate: Estate, clock: Clock, *, days: int) -> None:
    """Let days pass, one by one: resources appear, vanish, are fixed and break, people act, findings follow."""
    for _ in range(days):
        clock.advance(timedelta(days=1))
        service.advance(estate)
