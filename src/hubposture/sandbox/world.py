"""What an emulated organization looks like at the start: plain data that a population writes and the engine reads.

A standard is named by its path, the part of its ARN after the last `:` (`standards/cis-aws-foundations-benchmark/v/5.0.0`,
`ruleset/cis-aws-foundations-benchmark/v/1.2.0`). A control is named by its id as AWS writes it (`S3.8`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

FSBP = "standards/aws-foundational-security-best-practices/v/1.0.0"
CIS_1_2 = "ruleset/cis-aws-foundations-benchmark/v/1.2.0"
CIS_5 = "standards/cis-aws-foundations-benchmark/v/5.0.0"

ParameterValue = bool | int | float | str | tuple[int, ...] | tuple[str, ...]


class AccountState(StrEnum):
    """The states of an account that Organizations reports."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    PENDING_CLOSURE = "PENDING_CLOSURE"


class ContactKind(StrEnum):
    """The alternate contacts an account may have."""

    BILLING = "BILLING"
    OPERATIONS = "OPERATIONS"
    SECURITY = "SECURITY"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactSpec:
    """An alternate contact."""

    kind: ContactKind
    name: str
    title: str
    email: str
    phone: str = "+1 555 0100"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSpec:
    """An account: 12-digit `id`; `ou` is an OU's id or the root's; `alias` '' means none.

    `roles_missing` names the roles that do not exist in this account although the organization has them.
    """

    id: str
    name: str
    email: str
    ou: str
    alias: str = ""
    state: AccountState = AccountState.ACTIVE
    tags: Mapping[str, str] = field(default_factory=dict)
    contacts: tuple[ContactSpec, ...] = ()
    owner_name: str = ""
    opted_in_regions: frozenset[str] = frozenset()
    roles_missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OuSpec:
    """An organizational unit; `parent` is another OU's id or the root's."""

    id: str
    name: str
    parent: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlOff:
    """A control that is off at the start: in one standard, or in all of them where `standard` is ''."""

    control: str
    reason: str
    standard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """How one (account, Region) differs from the organization's defaults.

    `standards` None means the organization's. `parameters` are custom values: control -> name -> value.
    `controls_missing` are controls this target does not know at all. `closed` means that a service control policy
    denies every call in it. Naming a Region outside the organization's `regions` turns the hub on there.
    """

    account: str
    region: str
    hub_on: bool = True
    recorder_on: bool = True
    consolidated: bool = True
    closed: bool = False
    standards: tuple[str, ...] | None = None
    controls_off: tuple[ControlOff, ...] = ()
    parameters: Mapping[str, Mapping[str, ParameterValue]] = field(default_factory=dict)
    controls_missing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySpec:
    """A configuration policy that is there at the start, and the accounts, OUs or root it is applied to.

    Exactly one of `enabled_controls` and `disabled_controls` is given where `service_enabled`; None is not given.
    """

    id: str
    name: str
    description: str = ""
    service_enabled: bool = True
    standards: tuple[str, ...] = ()
    enabled_controls: tuple[str, ...] | None = None
    disabled_controls: tuple[str, ...] | None = None
    parameters: Mapping[str, Mapping[str, ParameterValue]] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarativeSpec:
    """An Organizations policy of type SECURITYHUB_CSPM_POLICY, attached to an account, an OU or the root.

    The nearest one is effective. It governs the hub in the Regions it names and no other.
    """

    id: str
    name: str
    target: str
    enable_in_regions: tuple[str, ...] = ()
    disable_in_regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AutomationRuleSpec:
    """An automation rule of the administrator that sets the workflow status and, if given, a note.

    `criteria` are as the API takes them. `created_by` is the ARN of who made it, '' for the administrator's user.
    """

    name: str
    region: str
    criteria: Mapping[str, Any]
    status: str = "SUPPRESSED"
    order: int = 1
    description: str = ""
    note: str = ""
    created_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleSpec:
    """A role that exists in every account that does not list it as missing.

    `allow` are patterns of IAM actions (`securityhub:Get*`); `trusted` are the accounts that may assume it, empty
    meaning the management account and the delegated administrator.
    """

    name: str
    external_id: str = ""
    allow: tuple[str, ...] = ("*",)
    trusted: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationSpec:
    """The whole world at the start.

    `regions` are the Regions where hubs are on by default, the home Region among them; `linked_regions` are those the
    finding aggregator links to the home Region; `regions_enabled` are the Regions every account can use (by default
    `regions`). `standards` are on by default. `targets` hold the differences, keyed by nothing: one entry per target.
    """

    id: str
    management_account: str
    administrator: str
    home_region: str
    regions: tuple[str, ...]
    accounts: tuple[AccountSpec, ...]
    root: str = "r-root"
    partition: str = "aws"
    linked_regions: tuple[str, ...] = ()
    regions_enabled: tuple[str, ...] = ()
    ous: tuple[OuSpec, ...] = ()
    standards: tuple[str, ...] = (FSBP, CIS_5)
    controls_off: tuple[ControlOff, ...] = ()
    targets: tuple[TargetSpec, ...] = ()
    central: bool = False
    policies: tuple[PolicySpec, ...] = ()
    self_managed: tuple[str, ...] = ()
    declarative: tuple[DeclarativeSpec, ...] = ()
    roles: tuple[RoleSpec, ...] = ()
    automation_rules: tuple[AutomationRuleSpec, ...] = ()
