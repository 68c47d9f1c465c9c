"""A small organization with central configuration: two standards, two Regions, one control missing in one of them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.types import (
    SELF_MANAGED,
    Association,
    AssociationStatus,
    AssociationType,
    CentralState,
    Content,
    ListForm,
    Node,
    NodeKind,
    Policy,
    Profile,
)
from hubposture.controls.central.wishes import Govern, NodeWish, RegionWish, Unlisted
from hubposture.controls.state import Universe
from hubposture.model.controls import ControlId, Standard
from hubposture.model.organization import Account, AccountState, Organization, OrgUnit
from hubposture.model.parameters import Parameters

HOME, OTHER = "eu-central-1", "us-east-1"
CIS = Standard("cis-aws-foundations-benchmark", "5.0.0")
FSBP = Standard("aws-foundational-security-best-practices", "1.0.0")
S3, EC2, IAM, KMS, LAMBDA = (ControlId(one) for one in ("s3.8", "ec2.2", "iam.1", "kms.1", "lambda.1"))
CONTROLS = (S3, EC2, IAM, KMS, LAMBDA)
UNIVERSE = Universe(
    ((FSBP, EC2), (FSBP, IAM), (FSBP, KMS), (FSBP, LAMBDA), (FSBP, S3), (CIS, EC2), (CIS, IAM), (CIS, S3))
)
ALL = UNIVERSE.encode(UNIVERSE.pairs)
WITHOUT_LAMBDA = ALL & ~UNIVERSE.of_control[LAMBDA]


def ground(
    *, global_controls: Iterable[ControlId] = (IAM,), settling: Iterable[ControlId] = (), home_lacks: int = 0
) -> CentralGround:
    return CentralGround(
        universe=UNIVERSE,
        home=HOME,
        regions=(HOME, OTHER),
        available={HOME: ALL & ~home_lacks, OTHER: WITHOUT_LAMBDA},
        shown={S3: "S3.8", EC2: "EC2.2", IAM: "IAM.1", KMS: "KMS.1", LAMBDA: "Lambda.1"},
        global_controls=frozenset(global_controls),
        settling=frozenset(settling),
    )


def organization(units: Mapping[str, str | None], accounts: Mapping[str, str]) -> Organization:
    """Units by id with their parent's id, accounts by id with their unit's."""
    return Organization(
        name="acme",
        id="o-acme",
        partition="aws",
        management_account="999999999999",
        administrator="888888888888",
        home_region=HOME,
        linked_regions=(HOME, OTHER),
        units={one: OrgUnit(one, one, parent, "/" if parent is None else f"/{one}") for one, parent in units.items()},
        accounts={one: Account(one, f"n{one}", ou, AccountState.ACTIVE) for one, ou in accounts.items()},
    )


ACME = organization(
    {"r": None, "ou-prod": "r", "ou-dev": "r"},
    {"111111111111": "ou-prod", "222222222222": "ou-prod", "333333333333": "ou-dev"},
)
A, B, C = "111111111111", "222222222222", "333333333333"


def region_wish(
    off: Iterable[ControlId] = (),
    *,
    standards: Iterable[Standard] = (FSBP, CIS),
    spoken: int = ALL,
    parameters: tuple[tuple[ControlId, Parameters], ...] = (),
    rows: int = 1,
) -> RegionWish:
    on = spoken
    for control in off:
        on &= ~UNIVERSE.of_control[control]
    cells: dict[ControlId | Standard, str] = {one: f"Controls!G{rows + at}" for at, one in enumerate(CONTROLS)}
    cells |= {FSBP: "Standards!B2", CIS: "Standards!B3"}
    return RegionWish(frozenset(standards), spoken, on, parameters, MappingProxyType(cells))


def wish(
    off: Iterable[ControlId] = (),
    *,
    there: RegionWish | None = None,
    unlisted: Unlisted = Unlisted.ENABLE,
    govern: Govern = Govern.KEEP,
    declarative: str = "",
    **more: object,
) -> NodeWish:
    """The same in both Regions, or `there` in the other one."""
    here = region_wish(off, **more)  # type: ignore[arg-type]  # passed through to the one function that knows them
    return NodeWish(
        regions=((HOME, here), (OTHER, there or here)),
        unlisted=unlisted,
        unlisted_source="hubposture.toml:controls.unlisted",
        govern=govern,
        govern_source="Scopes!H4" if govern is not Govern.KEEP else "",
        declarative=declarative,
    )


def profile(off: Iterable[ControlId] = (), parameters: tuple[tuple[ControlId, Parameters], ...] = ()) -> Profile:
    return Profile(frozenset((FSBP, CIS)), ListForm.DISABLED, frozenset(off), parameters)


def policy(name: str, content: Content, *, ours: bool = True) -> Policy:
    return Policy(
        f"id-{name}", f"arn:aws:securityhub:{HOME}:888888888888:configuration-policy/id-{name}", name, "", content, ours
    )


def applied(
    node: str, policy_id: str, status: AssociationStatus = AssociationStatus.SUCCESS, message: str = ""
) -> Association:
    kind = NodeKind.ROOT if node.startswith("r") else NodeKind.OU if node.startswith("ou") else NodeKind.ACCOUNT
    return Association(Node(kind, node), policy_id, AssociationType.APPLIED, status, message)


def state(policies: Iterable[Policy], associations: Mapping[str, str], *, quota: int = 20) -> CentralState:
    """Associations by node: a policy's name, or SELF_MANAGED."""
    return CentralState(
        "acme",
        tuple(policies),
        tuple(applied(node, to if to == SELF_MANAGED else f"id-{to}") for node, to in associations.items()),
        quota,
    )
