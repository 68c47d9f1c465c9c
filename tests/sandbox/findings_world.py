"""A stand-in for the engine: an estate of two accounts and two Regions whose every answer a test can set."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hubposture.sandbox.answers import Call, Params, Principal
from hubposture.sandbox.catalogue import FSBP, load
from hubposture.sandbox.clock import VirtualClock
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.population_inventory import Inventory, Resource

ADMIN, MEMBER = "111111111111", "222222222222"
HOME, OTHER = "eu-central-1", "us-east-1"
START = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
PRODUCT = f"arn:aws:securityhub:{HOME}::product/aws/securityhub"
CIS5 = "standards/cis-aws-foundations-benchmark/v/5.0.0"


class PlainEstate:
    """An organization of an administrator and a member; OTHER is linked to HOME. `controls` limits what is on."""

    def __init__(
        self, controls: Sequence[str] = ("S3.8", "S3.5", "EC2.8", "IAM.7", "Config.1"), *, start: datetime = START
    ) -> None:
        self.clock = VirtualClock(start)
        self.controls: dict[str, tuple[str, ...]] = dict.fromkeys(controls, (FSBP, CIS5))
        self.values: dict[str, dict[str, Any]] = {}
        self.recording = True
        self.is_consolidated = True
        self.rules: list[Params] = []
        self.hubs = [(ADMIN, HOME), (ADMIN, OTHER), (MEMBER, HOME), (MEMBER, OTHER)]

    def now(self) -> datetime:
        return self.clock.now()

    def hub_on(self, account: str, region: str) -> bool:
        return (account, region) in self.hubs

    def recorder_on(self, account: str, region: str) -> bool:
        return self.recording

    def consolidated(self, account: str, region: str) -> bool:
        return self.is_consolidated

    def targets(self) -> Sequence[tuple[str, str]]:
        return self.hubs

    def enabled_standards(self, account: str, region: str) -> Sequence[str]:
        return (CIS5, FSBP)

    def standards_of(self, account: str, region: str, control: str) -> Sequence[str]:
        member_of = load().controls[control].standards
        return [path for path in self.controls.get(control, ()) if path in member_of]

    def parameters_of(self, account: str, region: str, control: str) -> Mapping[str, Any]:
        defaults = {name: one.default for name, one in load().controls[control].parameters.items()}
        return {**defaults, **self.values.get(control, {})}

    def visible_accounts(self, account: str, region: str) -> frozenset[str]:
        return frozenset({ADMIN, MEMBER}) if account == ADMIN else frozenset({account})

    def visible_regions(self, account: str, region: str) -> tuple[str, ...]:
        return (HOME, OTHER) if region == HOME else (region,)

    def automation_rules(self, account: str, region: str) -> Sequence[Params]:
        return self.rules

    def account_name(self, account: str) -> str:
        return {ADMIN: "security-tooling", MEMBER: "web-prod"}[account]


def bucket(name: str = "site", *, account: str = MEMBER, region: str = HOME, **facts: Any) -> Resource:
    facts = {key.replace("_", " "): value for key, value in facts.items()}
    return Resource(
        "AWS::S3::Bucket",
        f"arn:aws:s3:::{name}",
        account,
        region,
        START - timedelta(days=90),
        {"owner": "team-web"},
        {},
        dict(facts),
    )


class World:
    """A service over a plain estate, called as the engine would call it."""

    def __init__(
        self, *resources: Resource, quirks: FindingQuirks | None = None, alive: bool = False, **estate: Any
    ) -> None:
        self.estate = PlainEstate(**estate)
        self.service = FindingService(Inventory(resources, start=START), quirks=quirks, alive=alive, seed=3)
        self.service.advance(self.estate)

    def call(
        self, operation: str, *, account: str = ADMIN, region: str = HOME, by: str = "kim", **params: Any
    ) -> Params:
        self.service.advance(self.estate)
        principal = Principal(account=account, arn=f"arn:aws:iam::{account}:user/{by}", user_id="AIDA")
        call = Call(
            service="securityhub", operation=operation, region=region, principal=principal, at=self.estate.now()
        )
        return self.service.operations()[operation](call, params)

    def after(self, **duration: float) -> None:
        self.estate.clock.advance(timedelta(**duration))
        self.service.advance(self.estate)

    def find(self, *, account: str = ADMIN, region: str = HOME, **filters: Any) -> list[Params]:
        given = {name: value if isinstance(value, list) else [equals(value)] for name, value in filters.items()}
        return self.call("GetFindings", account=account, region=region, Filters=given)["Findings"]  # type: ignore[no-any-return]

    def one(self, control: str = "S3.8", resource: str = "arn:aws:s3:::site", **filters: Any) -> Params:
        (finding,) = self.find(ComplianceSecurityControlId=control, ResourceId=resource, **filters)
        return finding

    def update(self, *findings: Params, **fields: Any) -> Params:
        by = fields.pop("by", "kim")
        identifiers = [{"Id": one["Id"], "ProductArn": one["ProductArn"]} for one in findings]
        return self.call("BatchUpdateFindings", FindingIdentifiers=identifiers, by=by, **fields)

    def edit(self, resource: Resource, **facts: Any) -> None:
        resource.facts |= {key.replace("_", " "): value for key, value in facts.items()}
        self.service.checks.resource_changed(resource, self.estate.now())


def equals(value: str) -> Params:
    return {"Value": value, "Comparison": "EQUALS"}
