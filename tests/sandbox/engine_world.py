"""A small organization for the engine's tests: five accounts, two Regions, one control missing, one account unreadable."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from hubposture.sandbox import (
    CIS_5,
    FSBP,
    AccountSpec,
    AccountState,
    ContactKind,
    ContactSpec,
    ControlOff,
    DeclarativeSpec,
    OrganizationSpec,
    OuSpec,
    PolicySpec,
    RoleSpec,
    Sandbox,
    TargetSpec,
)

MANAGEMENT, ADMIN, WEB, LAB, OLD = "111111111111", "222222222222", "333333333333", "444444444444", "555555555555"
HOME, AWAY = "eu-central-1", "us-east-1"
ROOT, WORK, PROD = "r-acme", "ou-acme-workload", "ou-acme-prodprod"
READER = RoleSpec(
    name="reader",
    external_id="secret-handshake",
    allow=("securityhub:Get*", "securityhub:BatchGet*", "securityhub:List*", "securityhub:Describe*"),
)
WRITER = RoleSpec(name="writer", external_id="secret-handshake")
FOREIGN = "5f1c3f0e-7b1d-4a55-9d7e-0c2f4f6b9a10"


def organization(**changes: Any) -> OrganizationSpec:
    """S3.9 is off everywhere, EC2.182 missing in (WEB, AWAY); LAB has no roles and OLD is suspended."""
    spec: dict[str, Any] = {
        "id": "o-acmeacme01",
        "root": ROOT,
        "management_account": MANAGEMENT,
        "administrator": ADMIN,
        "home_region": HOME,
        "regions": (HOME, AWAY),
        "linked_regions": (AWAY,),
        "regions_enabled": (HOME, AWAY, "eu-west-1"),
        "ous": (OuSpec(id=WORK, name="Workloads", parent=ROOT), OuSpec(id=PROD, name="Production", parent=WORK)),
        "accounts": (
            AccountSpec(id=MANAGEMENT, name="management", email="m@example.com", ou=ROOT),
            AccountSpec(id=ADMIN, name="security", email="s@example.com", ou=ROOT, alias="acme-security"),
            AccountSpec(
                id=WEB,
                name="web",
                email="w@example.com",
                ou=PROD,
                tags={"team": "web"},
                contacts=(ContactSpec(kind=ContactKind.SECURITY, name="Lee", title="CISO", email="lee@example.com"),),
            ),
            AccountSpec(
                id=LAB, name="lab", email="l@example.com", ou=WORK, roles_missing=frozenset({"reader", "writer"})
            ),
            AccountSpec(id=OLD, name="old", email="o@example.com", ou=WORK, state=AccountState.SUSPENDED),
        ),
        "controls_off": (ControlOff(control="S3.9", reason="too dear"),),
        "targets": (
            TargetSpec(account=WEB, region=AWAY, controls_missing=frozenset({"EC2.182"})),
            TargetSpec(account=LAB, region=AWAY, recorder_on=False, standards=(FSBP,)),
        ),
        "roles": (READER, WRITER),
    }
    return OrganizationSpec(**(spec | changes))


def central(**changes: Any) -> OrganizationSpec:
    """The same under central configuration: a foreign policy on Production, LAB self-managed."""
    policy = PolicySpec(
        id=FOREIGN,
        name="platform",
        standards=(FSBP,),
        disabled_controls=("Macie.1",),
        parameters={"IAM.7": {"MinimumPasswordLength": 16}},
        tags={"team": "platform"},
        targets=(PROD,),
    )
    return organization(central=True, policies=(policy,), self_managed=(LAB,), **changes)


def declarative() -> OrganizationSpec:
    """The same with a declarative policy over Production's home Region."""
    return organization(
        declarative=(DeclarativeSpec(id="p-cspm000001", name="cspm", target=PROD, enable_in_regions=(HOME,)),)
    )


def hub(sandbox: Sandbox, account: str = WEB, region: str = HOME, role: str = "") -> Any:
    return sandbox.client("securityhub", account=account, region=region, role=role)


def arn(path: str, region: str = HOME) -> str:
    return f"arn:aws:securityhub:{region}::{path}"


FSBP_ARN, CIS_ARN = arn(FSBP), arn(CIS_5)


def pair(control: str, standard: str = FSBP_ARN) -> dict[str, str]:
    return {"SecurityControlId": control, "StandardsArn": standard}


def off(control: str, standard: str = FSBP_ARN, reason: str = "because") -> dict[str, str]:
    return {**pair(control, standard), "AssociationStatus": "DISABLED", "UpdatedReason": reason}


def states(client: Any, *pairs: dict[str, str]) -> dict[tuple[str, str], str]:
    """Read associations: (control, standard) -> state; unprocessed ones by their error code."""
    reply = client.batch_get_standards_control_associations(StandardsControlAssociationIds=list(pairs))
    found = {
        (one["SecurityControlId"], one["StandardsArn"]): one["AssociationStatus"]
        for one in reply["StandardsControlAssociationDetails"]
    }
    for one in reply["UnprocessedAssociations"]:
        named = one["StandardsControlAssociationId"]
        found[named["SecurityControlId"], named["StandardsArn"]] = one["ErrorCode"]
    return found


def state(client: Any, control: str, standard: str = FSBP_ARN) -> str:
    return states(client, pair(control, standard))[control, standard]


def code_of(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])
