"""What every node gets from policies and associations: inheritance as Security Hub does it, without calling it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.controls.central.edits import PolicyKind, content_of, node_of, policy_named
from hubposture.controls.central.tree import Tree, tree_of
from hubposture.controls.central.types import (
    SELF_MANAGED,
    Association,
    AssociationStatus,
    AssociationType,
    CentralState,
    Content,
    Policy,
    ServiceDisabled,
)
from hubposture.model.organization import Organization
from hubposture.model.targets import Governance, Way
from hubposture.reconcile.change import Edit


@dataclass(frozen=True, slots=True)
class Standing:
    """Which policy governs a node, and the node whose association says so.

    `policy` is a policy id, or SELF_MANAGED, which also stands for "no association up to the root" (`origin` is
    then ''). A node without an association of its own takes that of the nearest node above; nothing is merged.
    """

    policy: str
    origin: str

    @property
    def is_self_managed(self) -> bool:
        """Whether the node keeps what it has and is written by account."""
        return self.policy == SELF_MANAGED


def standings(tree: Tree, applied: Mapping[str, str]) -> dict[str, Standing]:
    """Every node's standing, from the policy ids applied at nodes (SELF_MANAGED included)."""
    found: dict[str, Standing] = {}
    for node in tree.nodes:
        above = tree.parent[node]
        if node in applied:
            found[node] = Standing(applied[node], node)
        else:
            found[node] = found[above] if above is not None else Standing(SELF_MANAGED, "")
    return found


def standings_now(organization: Organization, state: CentralState) -> dict[str, Standing]:
    """Every node's standing as read; PENDING and FAILED associations count as what they are about to be."""
    return standings(tree_of(organization), {node: one.policy for node, one in state.applied.items()})


def as_governance(standing: Standing, state: CentralState, tree: Tree) -> Governance:
    """The standing in the model's words: which policy, from where."""
    if standing.is_self_managed:
        return Governance(Way.SELF_MANAGED, "", tree.shown.get(standing.origin, ""))
    policy = state.by_id.get(standing.policy)
    return Governance(Way.CENTRAL, policy.name if policy is not None else standing.policy, tree.shown[standing.origin])


def settings(
    organization: Organization, state: CentralState, before: Mapping[str, Content | None]
) -> dict[str, Content | None]:
    """What every node has: what its policy says, or, left to itself, what it had `before` (None where unknown).

    A policy that switches Security Hub off spares the administrator's account, which keeps what it has.
    """
    return {
        node: _setting(state, standing, before.get(node), spared=node == organization.administrator)
        for node, standing in standings_now(organization, state).items()
    }


def _setting(state: CentralState, standing: Standing, before: Content | None, *, spared: bool) -> Content | None:
    policy = state.by_id.get(standing.policy)
    if policy is None or (spared and isinstance(policy.content, ServiceDisabled)):
        return before
    return policy.content


def advance(state: CentralState, edits: Sequence[Edit]) -> Iterator[CentralState]:
    """The central configuration after each of the edits, if each succeeds; inherited associations are left out.

    A created policy's id is `new:` and its name. An edit that Security Hub would refuse (a policy beyond the quota,
    deleting one that is still associated) is an AssertionError: a defect of the plan.
    """
    for edit in edits:
        state = _after(state, edit)
        yield state


def _after(state: CentralState, edit: Edit) -> CentralState:
    match edit.kind:
        case PolicyKind.CREATE:
            assert state.room, f"{edit.key[0]} is beyond the quota of {state.quota}"
            new = Policy(f"new:{edit.key[0]}", "", edit.key[0], "", content_of(edit.desired), ours=True)
            return replace(state, policies=(*state.policies, new))
        case PolicyKind.UPDATE:
            now = state.by_ref[edit.key[0]]
            changed = replace(now, content=content_of(edit.desired))
            return replace(state, policies=tuple(changed if one is now else one for one in state.policies))
        case PolicyKind.DELETE:
            gone = state.by_ref[edit.key[0]]
            assert all(one.policy != gone.id for one in state.applied.values()), f"{gone.name} is still associated"
            return replace(state, policies=tuple(one for one in state.policies if one is not gone))
    return _associated(state, edit)


def _associated(state: CentralState, edit: Edit) -> CentralState:
    node = node_of(edit)
    others = tuple(one for id_, one in state.applied.items() if id_ != node.id)
    if edit.kind == PolicyKind.DISASSOCIATE:
        return replace(state, associations=others)
    name = policy_named(edit.desired)
    policy = SELF_MANAGED if name is None else state.by_ref[name].id
    new = Association(node, policy, AssociationType.APPLIED, AssociationStatus.SUCCESS)
    return replace(state, associations=(*others, new))
