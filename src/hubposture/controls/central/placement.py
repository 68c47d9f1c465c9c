"""The cheapest way to get every node under what it wants: which policy becomes what, which associations change.

Every OU and the root has a label, and a node gets exactly what is wanted of it. So what a node would inherit is known
before any association is placed (it is what its parent stands under), and the cheapest choice at a node depends on
nothing but itself and on which policy carries which profile. The latter is an assignment problem; its optimum with
each node's own best choice is the optimum of the whole tree.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hubposture.controls.central.demand import Demand, Foreign, SelfManaged, Stand
from hubposture.controls.central.fit import Use, differences
from hubposture.controls.central.matching import FORBIDDEN, cheapest_assignment
from hubposture.controls.central.tree import Tree
from hubposture.controls.central.types import SELF_MANAGED, AssociationStatus, CentralState, Content, Policy

_NAME = "hubposture-{}"

Pair = tuple[str, Content]
"""A policy id of today and a content."""


@dataclass(frozen=True, slots=True)
class Move:
    """What becomes of a node's association: a policy id, SELF_MANAGED, or None to take it away.

    `before` is what is applied there today, None for nothing; equal to `after` where a failed one is tried again.
    """

    before: str | None
    after: str | None


@dataclass(frozen=True)
class Placement:
    """The policies and association changes of a compile.

    `carrier` maps every content to the id of its policy; ids of policies yet to be created are `new:` and the name.
    `created`, `updated` and `deleted` are policy ids, `moves` are by node, from the root down.
    """

    carrier: Mapping[Content, str]
    created: Mapping[str, str]
    updated: AbstractSet[str]
    deleted: AbstractSet[str]
    moves: Mapping[str, Move]


def place(
    demand: Demand,
    tree: Tree,
    state: CentralState,
    *,
    contents: Mapping[str, Content],
    wanted: list[Use],
    forbidden: AbstractSet[Pair] = frozenset(),
) -> Placement:
    """The placement with the fewest changes of policies and associations, then the fewest associations.

    `contents` are the normal contents of our policies of today by id, `wanted` the contents to carry, by rank.
    `forbidden` pairs are not matched.
    """
    costs = _Costs(demand, tree, state, contents=contents)
    carrier = _carriers(costs, state, [use.content for use in wanted], forbidden)
    names = _new_names(state, [use.content for use in wanted if use.content not in carrier])
    created = {f"new:{name}": name for name in names.values()}
    carrier |= {content: f"new:{name}" for content, name in names.items()}
    kept = {policy: content for content, policy in carrier.items() if policy in contents}
    deleted = {policy.id for policy in state.ours if policy.id not in kept}
    return Placement(
        carrier=carrier,
        created=created,
        updated={policy for policy, content in kept.items() if contents[policy] != content},
        deleted=deleted,
        moves=_moves(demand, tree, state, carrier=carrier, deleted=deleted),
    )


class _Costs:
    """What it costs that a policy becomes a content, over all nodes, as one integer per pair.

    Changes weigh most, then associations, then how far the content is from what the policy says today.
    """

    def __init__(self, demand: Demand, tree: Tree, state: CentralState, *, contents: Mapping[str, Content]) -> None:
        self._contents = contents
        self._keeps: dict[Pair, int] = {}
        self._spare: dict[Pair, int] = {}
        self._strays: dict[str, int] = {}
        for node, association in state.applied.items():
            if node not in demand.wanted:
                self._strays[association.policy] = self._strays.get(association.policy, 0) + 1
                continue
            stand = demand.wanted[node]
            if isinstance(stand, Foreign | SelfManaged):
                continue
            pair = (association.policy, stand)
            if association.status is not AssociationStatus.FAILED:
                self._keeps[pair] = self._keeps.get(pair, 0) + 1
            if inherited(demand, tree, node) == stand:
                self._spare[pair] = self._spare.get(pair, 0) + 1

    def become(self, policy: str, content: Content) -> int:
        """Of a policy becoming a content: an update unless it says so already, less the associations that stay."""
        pair = (policy, content)
        apart = self._apart(self._contents[policy], content)
        return _scale(int(apart > 0) - self._keeps.get(pair, 0), self._spare.get(pair, 0), apart)

    def vanish(self, policy: str) -> int:
        """Of deleting a policy: the deletion, and taking it from nodes nothing is wanted of."""
        return _scale(1 + self._strays.get(policy, 0), 0, 0)

    @staticmethod
    def _apart(one: Content, other: Content) -> int:
        return 0 if one == other else 1 + len(differences(one, other))


def _scale(changes: int, associations: int, apart: int) -> int:
    """Three costs in one integer; no organization has 2^40 nodes or controls."""
    return (changes << 80) + (associations << 40) + apart


def _carriers(
    costs: _Costs, state: CentralState, contents: list[Content], forbidden: AbstractSet[Pair]
) -> dict[Content, str]:
    """The policies of today that carry contents. Rows past the contents delete, columns past the policies create."""
    policies: list[Policy] = list(state.ours)
    size = len(contents) + len(policies)
    matrix = [[0] * size for _ in range(size)]
    for row in range(size):
        for column in range(size):
            if row < len(contents) and column < len(policies):
                pair = (policies[column].id, contents[row])
                matrix[row][column] = FORBIDDEN if pair in forbidden else costs.become(*pair)
            elif row < len(contents):
                matrix[row][column] = _scale(1, 0, 0)
            elif column < len(policies):
                matrix[row][column] = costs.vanish(policies[column].id)
    columns = cheapest_assignment(matrix)
    return {
        content: policies[column].id
        for content, column in zip(contents, columns, strict=False)
        if column < len(policies)
    }


def _new_names(state: CentralState, contents: list[Content]) -> dict[Content, str]:
    """The first free numbers, in the contents' order: planning again after a crash gives the same names."""
    taken = {policy.name for policy in state.policies}
    free = (name for number in range(1, len(taken) + len(contents) + 1) if (name := _NAME.format(number)) not in taken)
    return dict(zip(contents, free, strict=False))


def inherited(demand: Demand, tree: Tree, node: str) -> Stand:
    """What a node would stand under without an association of its own."""
    above = tree.parent[node]
    return SelfManaged() if above is None else demand.wanted[above]


def _moves(
    demand: Demand, tree: Tree, state: CentralState, *, carrier: Mapping[Content, str], deleted: AbstractSet[str]
) -> dict[str, Move]:
    retried = _worth_another_try(state, demand, tree)
    moves: dict[str, Move] = {}
    for node, stand in demand.wanted.items():
        if isinstance(stand, Foreign):
            continue
        now = state.applied[node].policy if node in state.applied else None
        after = SELF_MANAGED if isinstance(stand, SelfManaged) else carrier[stand]
        if now == after:
            if node in retried:
                moves[node] = Move(now, after)
        elif inherited(demand, tree, node) != stand:
            moves[node] = Move(now, after)
        elif now is not None:
            moves[node] = Move(now, None)
    for node, association in sorted(state.applied.items()):
        if node not in demand.wanted and association.policy in deleted:
            moves[node] = Move(association.policy, None)
    return moves


def _worth_another_try(state: CentralState, demand: Demand, tree: Tree) -> set[str]:
    """Nodes whose own association failed.

    A unit fails when an account below it does; where all the failing accounts are ones nothing is wanted of
    (suspended, closing), trying again would never end.
    """
    failing = {one.node.id for one in state.associations if one.status is AssociationStatus.FAILED}
    accounts = {node for node in failing if node in tree.nodes and tree.is_account(node)}
    return {node for node in failing & state.applied.keys() if _is_ours_to_retry(node, accounts, demand, tree)}


def _is_ours_to_retry(node: str, failing: set[str], demand: Demand, tree: Tree) -> bool:
    if node not in demand.wanted:
        return False
    below = {account for account in failing if account != node and node in tree.upward(account)}
    return not below or any(account in demand.wanted for account in below)
