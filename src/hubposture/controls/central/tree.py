"""The organization as a tree of nodes: parents, depth, the order from the root down."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hubposture.controls.central.types import Node, NodeKind
from hubposture.model.organization import Organization


@dataclass(frozen=True)
class Tree:
    """Nodes by id, each parent before its children, siblings by id, so that any input order gives the same tree.

    `shown` is what people read: a unit's path, an account's alias.
    """

    nodes: Mapping[str, Node]
    parent: Mapping[str, str | None]
    shown: Mapping[str, str]

    def upward(self, node: str) -> Iterator[str]:
        """The node itself, then its ancestors up to the root."""
        at: str | None = node
        while at is not None:
            yield at
            at = self.parent[at]

    def is_account(self, node: str) -> bool:
        """Whether the node is an account."""
        return self.nodes[node].kind is NodeKind.ACCOUNT


def tree_of(organization: Organization) -> Tree:
    """The tree of an organization's units and accounts; an account under an unknown unit hangs on nothing."""
    units = organization.units
    depth = {unit: len(organization.lineage(unit)) for unit in units}
    parent: dict[str, str | None] = {}
    nodes: dict[str, Node] = {}
    for unit in sorted(units.values(), key=lambda one: (depth[one.id], one.id)):
        nodes[unit.id] = Node(NodeKind.ROOT if unit.parent is None else NodeKind.OU, unit.id)
        parent[unit.id] = unit.parent if unit.parent in units else None
    for account in sorted(organization.accounts.values(), key=lambda one: one.id):
        nodes[account.id] = Node(NodeKind.ACCOUNT, account.id)
        parent[account.id] = account.ou if account.ou in units else None
    shown = {unit.id: unit.path for unit in units.values()}
    shown |= {account.id: account.shown for account in organization.accounts.values()}
    return Tree(nodes, parent, shown)
