"""In which order the steps of a placement are taken, so that nobody passes through a third profile on the way.

A policy is created or updated before a node comes to it. Where a node takes an association, nodes below that inherit
through it and want something else took theirs before (from the leaves up). Where a node gives one up, the
associations above that it will inherit from are in place (from the root down). A policy is updated after the nodes
that want something else have left it. Deleting comes last.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hubposture.controls.central.demand import Demand, Foreign, SelfManaged
from hubposture.controls.central.effective import Standing
from hubposture.controls.central.placement import Placement
from hubposture.controls.central.tree import Tree

Step = tuple[str, str]
"""`("policy", id)`, `("node", id)` or `("delete", policy id)`."""


@dataclass(frozen=True)
class Order:
    """The stage of every step, from 1; steps of one stage do not depend on each other.

    `passing` maps a policy to the nodes that pass through its new content because the steps wait for each other in a
    circle. `mover` maps a node to the step by which it changes policy: of its own or of a unit above it.
    """

    stage: Mapping[Step, int]
    passing: Mapping[str, tuple[str, ...]]
    mover: Mapping[str, str]


@dataclass
class _Graph:
    """Steps and what each waits for; `leaving` are the waits of a policy's update for those who leave it."""

    waits: dict[Step, set[Step]] = field(default_factory=dict)
    leaving: dict[str, dict[str, Step]] = field(default_factory=dict)


def order_of(
    placement: Placement, demand: Demand, tree: Tree, *, applied: Mapping[str, str], now: Mapping[str, Standing]
) -> Order:
    """The order of a placement's steps; `applied` and `now` are today's associations (policy ids) and standings."""
    mover = {node: step for node in demand.wanted if (step := _mover(node, placement, tree, applied)) is not None}
    graph = _Graph({("policy", policy): set() for policy in (*placement.created, *placement.updated)})
    _wait_for_policies(graph, placement, demand, mover=mover, now=now)
    _wait_for_nodes(graph, placement, tree, applied=applied)
    _wait_for_leavers(graph, placement, demand, mover=mover, now=now)
    stage, passing = _stages(graph)
    last = max(stage.values(), default=0) + 1
    stage |= {("delete", policy): last for policy in placement.deleted}
    return Order(stage, passing, mover)


def _mover(node: str, placement: Placement, tree: Tree, applied: Mapping[str, str]) -> str | None:
    """The nearest node upward whose association changes, unless an unchanged one is nearer."""
    for at in tree.upward(node):
        if at in placement.moves:
            return at
        if at in applied:
            return None
    return None


def _carrier(placement: Placement, demand: Demand, node: str) -> str | None:
    stand = demand.wanted[node]
    return None if isinstance(stand, Foreign | SelfManaged) else placement.carrier[stand]


def _wait_for_policies(
    graph: _Graph, placement: Placement, demand: Demand, *, mover: Mapping[str, str], now: Mapping[str, Standing]
) -> None:
    """A step waits for the policies that it brings nodes to; nodes that are under that policy already do not count."""
    for node in placement.moves:
        graph.waits[("node", node)] = set()
    for node, by in mover.items():
        policy = _carrier(placement, demand, node)
        if policy is not None and ("policy", policy) in graph.waits and now[node].policy != policy:
            graph.waits[("node", by)].add(("policy", policy))


def _wait_for_nodes(graph: _Graph, placement: Placement, tree: Tree, *, applied: Mapping[str, str]) -> None:
    for node, move in placement.moves.items():
        if node not in tree.nodes:
            continue
        above = list(tree.upward(node))[1:]
        if move.before is None:
            _go_before(graph, node, above, placement=placement, applied=applied)
        if move.after is None:
            _come_after(graph, node, above, placement=placement, applied=applied)


def _go_before(graph: _Graph, node: str, above: list[str], *, placement: Placement, applied: Mapping[str, str]) -> None:
    """A node that inherits today takes its own association before anything above it changes."""
    for unit in above:
        if unit in placement.moves:
            graph.waits[("node", unit)].add(("node", node))
        if unit in applied:
            return


def _come_after(
    graph: _Graph, node: str, above: list[str], *, placement: Placement, applied: Mapping[str, str]
) -> None:
    """A node that will inherit gives its own up after everything up to its new source has changed."""
    for unit in above:
        step = placement.moves.get(unit)
        if step is not None:
            graph.waits[("node", node)].add(("node", unit))
            if step.after is not None:
                return
        elif unit in applied:
            return


def _wait_for_leavers(
    graph: _Graph, placement: Placement, demand: Demand, *, mover: Mapping[str, str], now: Mapping[str, Standing]
) -> None:
    for node in demand.wanted:
        policy = now[node].policy
        if policy in placement.updated and _carrier(placement, demand, node) != policy:
            graph.leaving.setdefault(policy, {})[node] = ("node", mover[node])


def _stages(graph: _Graph) -> tuple[dict[Step, int], dict[str, tuple[str, ...]]]:
    """Every step as early as what it waits for allows; a circle is cut where the fewest nodes pass through."""
    stage: dict[Step, int] = {}
    passing: dict[str, tuple[str, ...]] = {}
    waits = {step: set(before) for step, before in graph.waits.items()}
    for policy, nodes in graph.leaving.items():
        waits[("policy", policy)].update(nodes.values())
    at = 0
    while waits:
        at += 1
        ready = [step for step, before in waits.items() if before <= stage.keys()]
        if not ready:
            ready = [_cut(graph, waits, stage, passing=passing)]
        for step in ready:
            stage[step] = at
            del waits[step]
    return stage, passing


def _cut(
    graph: _Graph, waits: Mapping[Step, set[Step]], done: Iterable[Step], *, passing: dict[str, tuple[str, ...]]
) -> Step:
    """The update on a circle that the fewest nodes have still to leave; it goes ahead, and they pass through it."""
    finished = set(done)
    stuck = {
        policy: tuple(node for node, step in nodes.items() if step not in finished)
        for policy, nodes in graph.leaving.items()
        if _waits_for_itself(("policy", policy), waits)
    }
    policy = min(stuck, key=lambda one: (len(stuck[one]), one))
    passing[policy] = stuck[policy]
    return ("policy", policy)


def _waits_for_itself(step: Step, waits: Mapping[Step, set[Step]]) -> bool:
    seen: set[Step] = set()
    ahead = list(waits.get(step, ()))
    while ahead:
        at = ahead.pop()
        if at == step:
            return True
        if at not in seen:
            seen.add(at)
            ahead.extend(waits.get(at, ()))
    return False
