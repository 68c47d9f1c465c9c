"""Central configuration as read: policies, what they say, and where they are associated."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from hubposture.model.controls import ControlId, Standard
from hubposture.model.parameters import Parameters

SELF_MANAGED = "SELF_MANAGED_SECURITY_HUB"
"""What stands in place of a policy id where a node is left to itself (`StartConfigurationPolicyAssociation`)."""

QUOTA = 20
"""Custom configuration policies per delegated administrator; not adjustable."""


class ListForm(StrEnum):
    """Which controls a policy lists: the enabled ones (all others are off) or the disabled ones (all others are on).

    The two differ for controls that AWS has not released yet.
    """

    ENABLED = "enabled"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a policy says of an account with Security Hub on: standards, one list of controls, custom parameters.

    `parameters` holds the controls that have custom values, sorted by control; a name that is missing there is at
    AWS's default. Equal profiles are one profile, and one policy.
    """

    standards: frozenset[Standard]
    form: ListForm
    controls: frozenset[ControlId]
    parameters: tuple[tuple[ControlId, Parameters], ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceDisabled:
    """A policy that switches Security Hub off (`ServiceEnabled` false). Found, held and shown; never desired."""


Content: TypeAlias = Profile | ServiceDisabled
"""What a policy says."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One configuration policy. `ours` holds where its tag carries our instance id; others are never touched."""

    id: str
    arn: str
    name: str
    description: str
    content: Content
    ours: bool


class NodeKind(StrEnum):
    """What a policy can be associated with."""

    ROOT = "root"
    OU = "ou"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """The root, an OU or an account, by its id in Organizations."""

    kind: NodeKind
    id: str


class AssociationType(StrEnum):
    """Applied at the node itself, or inherited from the nearest node above that has one."""

    APPLIED = "APPLIED"
    INHERITED = "INHERITED"


class AssociationStatus(StrEnum):
    """How far Security Hub is with an association. SUCCESS proves nothing about a member's controls."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Association:
    """A node's policy (`policy` is an id or SELF_MANAGED); `message` says why it failed, or is ''."""

    node: Node
    policy: str
    type: AssociationType
    status: AssociationStatus
    message: str = ""


@dataclass(frozen=True)
class CentralState:
    """An organization's central configuration as read in one run, in any order.

    Nodes without an association have no policy and manage themselves. `quota` is the most policies there may be,
    foreign ones included.
    """

    organization: str
    policies: tuple[Policy, ...]
    associations: tuple[Association, ...]
    quota: int = QUOTA

    @cached_property
    def by_id(self) -> Mapping[str, Policy]:
        """Policies by id."""
        return {policy.id: policy for policy in self.policies}

    @cached_property
    def ours(self) -> tuple[Policy, ...]:
        """Our policies, sorted by name and id."""
        return tuple(sorted((one for one in self.policies if one.ours), key=lambda one: (one.name, one.id)))

    @cached_property
    def applied(self) -> Mapping[str, Association]:
        """The associations that stand at a node itself, by the node's id."""
        return {one.node.id: one for one in self.associations if one.type is AssociationType.APPLIED}

    @cached_property
    def refs(self) -> Mapping[str, str]:
        """How plans name our policies, by id: the name, with the id behind it where two of ours share a name.

        Names, not ids, so that a plan made before a policy is created and one made after it say the same.
        """
        names = [policy.name for policy in self.ours]
        return {one.id: one.name if names.count(one.name) == 1 else f"{one.name}#{one.id}" for one in self.ours}

    @cached_property
    def by_ref(self) -> Mapping[str, Policy]:
        """Our policies by the name that plans use."""
        return {ref: self.by_id[id_] for id_, ref in self.refs.items()}

    @property
    def room(self) -> int:
        """How many policies may still be created today."""
        return max(0, self.quota - len(self.policies))

    @property
    def capacity(self) -> int:
        """How many policies of ours there may be: the quota less the foreign ones."""
        return max(0, self.quota - len(self.policies) + len(self.ours))
