"""The adapters on the in-process sandbox, on its virtual clock: six accounts in a small tree, three Regions, two linked."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from hubposture.aws.calls import Caller
from hubposture.aws.credentials import Credentials, Roles
from hubposture.aws.gateway import Gateway
from hubposture.aws.hub import AwsHub
from hubposture.aws.organization import AwsOrganization
from hubposture.aws.pool import Pool
from hubposture.aws.record import CallRecord
from hubposture.aws.retry import Patience
from hubposture.aws.session import Clients
from hubposture.aws.writer import AwsHubWriter
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.world import (
    AccountSpec,
    AccountState,
    ControlOff,
    DeclarativeSpec,
    OrganizationSpec,
    OuSpec,
    PolicySpec,
    RoleSpec,
    TargetSpec,
)

MANAGEMENT, ADMINISTRATOR = "900000000001", "900000000002"
WEB, DATA, DARK, GONE = "100000000001", "100000000002", "100000000003", "100000000004"
HOME, LINKED, LOOSE = "eu-west-1", "us-east-1", "eu-central-1"
FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
CIS = "standards/cis-aws-foundations-benchmark/v/5.0.0"


def account(number: str, name: str, ou: str, **more: Any) -> AccountSpec:
    return AccountSpec(id=number, name=name, email=f"{name}@example.com", ou=ou, **more)


SPEC = OrganizationSpec(
    id="o-acme123456",
    management_account=MANAGEMENT,
    administrator=ADMINISTRATOR,
    home_region=HOME,
    regions=(HOME, LINKED, LOOSE),
    linked_regions=(LINKED,),
    ous=(
        OuSpec(id="ou-root-work", name="Workloads", parent="r-root"),
        OuSpec(id="ou-root-prod", name="Prod", parent="ou-root-work"),
    ),
    accounts=(
        account(MANAGEMENT, "management", "r-root"),
        account(ADMINISTRATOR, "security", "r-root"),
        account(WEB, "web", "ou-root-prod", alias="acme-web", tags={"team": "web", "stage": "prod"}),
        account(DATA, "data", "ou-root-work"),
        account(DARK, "dark", "ou-root-prod", roles_missing=frozenset({"hubposture-reader", "hubposture-writer"})),
        account(GONE, "gone", "ou-root-work", state=AccountState.SUSPENDED),
    ),
    targets=(
        TargetSpec(
            account=WEB,
            region=HOME,
            controls_off=(ControlOff(control="S3.8", reason="public on purpose"),),
            controls_missing=frozenset({"ACM.1"}),
            parameters={"IAM.7": {"MaxPasswordAge": 30}},
        ),
        TargetSpec(account=DATA, region=LINKED, hub_on=False),
    ),
    roles=(
        RoleSpec(name="hubposture-reader", external_id="x-1", allow=("securityhub:Get*", "securityhub:List*",
                 "securityhub:Describe*", "securityhub:BatchGet*", "iam:ListAccountAliases", "config:Describe*",
                 "cloudtrail:LookupEvents")),
        RoleSpec(name="hubposture-writer", external_id="x-1"),
        RoleSpec(name="hubposture-administrator-reader", external_id="x-1"),
        RoleSpec(name="hubposture-administrator-writer", external_id="x-1"),
    ),
)  # fmt: skip

POLICY = PolicySpec(
    id="11111111-2222-3333-4444-555555555555",
    name="Baseline",
    description="What everybody has",
    standards=(FSBP,),
    disabled_controls=("S3.8",),
    targets=("ou-root-work",),
)
CENTRAL = replace(SPEC, central=True, policies=(POLICY,), self_managed=(DATA,))
DECLARED = replace(
    SPEC, declarative=(DeclarativeSpec(id="p-1", name="cspm", target="ou-root-prod", enable_in_regions=(HOME,)),)
)


@dataclass
class Stage:
    """A sandbox and the adapters on it."""

    sandbox: Sandbox
    gateway: Gateway
    organization: AwsOrganization
    hub: AwsHub
    writer: AwsHubWriter
    record: CallRecord

    def calls(self, operation: str) -> int:
        return sum(1 for one in self.sandbox.calls.records if one.operation == operation)


def stage(
    monkeypatch: pytest.MonkeyPatch,
    spec: OrganizationSpec = SPEC,
    *,
    threads: int = 4,
    patience: Patience | None = None,
    **how: Any,
) -> Stage:
    """Adapters whose every call is answered by a sandbox in this process, and whose waiting moves its clock."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", spec.management_account)
    sandbox = Sandbox(spec, **how)
    record = CallRecord()
    caller = Caller(
        Clients(attach=sandbox.connect, sent=record.note),
        patience=patience,
        clock=lambda: sandbox.clock.now().timestamp(),
        sleep=sandbox.wait,
    )
    roles = Roles(partition="aws", administrator_account=spec.administrator, region=spec.home_region, external_id="x-1")
    gateway = Gateway(caller, roles, Credentials(caller, roles, now=sandbox.clock.now))
    pool = Pool(threads)
    return Stage(
        sandbox,
        gateway,
        AwsOrganization(gateway, pool, name="acme"),
        AwsHub(gateway, pool),
        AwsHubWriter(gateway),
        record,
    )
