"""The compile as a plan: edits at the administrator's home Region, with cells, weights and risk lines."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hubposture.controls.central.compile import Compiled, compile_central
from hubposture.controls.central.demand import Foreign, SelfManaged, Stand
from hubposture.controls.central.edits import FAILED, PolicyKind, association_value, content_value
from hubposture.controls.central.express import Obstacle
from hubposture.controls.central.fit import Use, differences
from hubposture.controls.central.ground import CentralGround, Moves
from hubposture.controls.central.placement import Move
from hubposture.controls.central.types import (
    SELF_MANAGED,
    AssociationStatus,
    CentralState,
    Content,
    ListForm,
    Node,
    Profile,
)
from hubposture.controls.central.wishes import Wishes
from hubposture.errors import Problem
from hubposture.model.controls import ControlId, Standard
from hubposture.model.organization import Organization
from hubposture.model.targets import Target
from hubposture.reconcile.change import Edit, Value
from hubposture.reconcile.plan import Held, Plan, collect_edits

_FEW = 3


@dataclass(frozen=True)
class CentralPlan:
    """A plan for central configuration with everything a verb and its reader need beside it.

    `plan` has at most one place: the administrator's account in the home Region; `places` and `cells` count account x
    Region and account x Region x control under policies of ours. `problems` are inputs to fix, with cells; their
    nodes are held. `pending` are nodes whose association had not settled when it was read.
    """

    plan: Plan
    problems: tuple[Problem, ...]
    pending: tuple[Node, ...]
    compiled: Compiled


def plan_central(
    organization: Organization, state: CentralState, wishes: Wishes, *, ground: CentralGround, commit: str = ""
) -> CentralPlan:
    """Plan central configuration; `commit` is named in the reasons that are written.

    Raises:
        InputError: an OU or the root has no wish.
    """
    compiled = compile_central(organization, state, wishes, ground=ground)
    writer = _Writer(state, wishes, ground, compiled=compiled, commit=commit)
    place = Target(organization.name, organization.administrator, organization.home_region)
    held = [Held(_place(organization, node), (node,), why) for node, why in compiled.demand.held.items()]
    plan = Plan(
        organization=organization.name,
        edits=collect_edits([(place, writer.edits())]),
        places=sum(len(wishes[account].regions) for account in writer.governed),
        cells=writer.cells(),
        held=tuple(sorted(held)),
    )
    pending = {one.node for one in state.associations if one.status is AssociationStatus.PENDING}
    return CentralPlan(plan, _problems(compiled), tuple(sorted(pending)), compiled)


def _place(organization: Organization, node: str) -> Target:
    account = node if node in organization.accounts else organization.administrator
    return Target(organization.name, account, organization.home_region)


def _problems(compiled: Compiled) -> tuple[Problem, ...]:
    """One problem per obstacle, however many nodes it holds."""
    nodes: dict[Obstacle, list[str]] = {}
    for node, obstacles in compiled.demand.obstacles.items():
        for obstacle in obstacles:
            nodes.setdefault(obstacle, []).append(compiled.tree.shown[node])
    return tuple(sorted(_problem(obstacle, who) for obstacle, who in nodes.items()))


def _problem(obstacle: Obstacle, who: list[str]) -> Problem:
    others = f"; also {', '.join(obstacle.cells[1:])}" if obstacle.cells[1:] else ""
    where = obstacle.cells[0] if obstacle.cells else f"central configuration of {who[0]}"
    return Problem(where, f"{obstacle.what}{others}; held as they are: {_some(who)}", obstacle.hint)


class _Writer:
    """Writes a compile down as edits."""

    def __init__(
        self, state: CentralState, wishes: Wishes, ground: CentralGround, *, compiled: Compiled, commit: str
    ) -> None:
        self._state, self._wishes, self._ground, self._compiled, self._commit = state, wishes, ground, compiled, commit
        self._names = {**state.refs, **compiled.placement.created}
        self._moves = Moves(ground)
        self._users = {use.content: use for use in compiled.uses}
        self._content = {policy: content for content, policy in compiled.placement.carrier.items()}
        self._weights, self._labels = self._effects()
        demand = compiled.demand
        self.governed = [
            node
            for node, stand in demand.wanted.items()
            if compiled.tree.is_account(node) and not isinstance(stand, Foreign | SelfManaged)
        ]

    def cells(self) -> int:
        """Account x Region x control cells under our policies: the base of a guard's share."""
        alike = Counter(tuple(region for region, _ in self._wishes[account].regions) for account in self.governed)
        everything = Profile(frozenset(self._ground.universe.of_standard), ListForm.DISABLED, controls=frozenset())
        return sum(number * self._moves.count(None, everything, regions=regions) for regions, number in alike.items())

    def edits(self) -> Iterable[Edit]:
        """All edits, in no particular order."""
        placement = self._compiled.placement
        yield from (self._policy(policy, PolicyKind.CREATE) for policy in placement.created)
        yield from (self._policy(policy, PolicyKind.UPDATE) for policy in placement.updated)
        yield from (self._deletion(policy) for policy in placement.deleted)
        yield from (self._association(node, move) for node, move in placement.moves.items())

    def _effects(self) -> tuple[Counter[str], dict[str, list[str]]]:
        """By step (a node or a policy id): the cells that move with it, and the units whose newcomers get another."""
        weights: Counter[str] = Counter()
        labels: dict[str, list[str]] = {}
        compiled = self._compiled
        for node, wanted in compiled.demand.wanted.items():
            today = compiled.demand.today[node]
            if wanted == today:
                continue
            step = compiled.order.mover.get(node) or compiled.now[node].policy
            if compiled.tree.is_account(node):
                weights[step] += self._moved(node, today, wanted)
            else:
                labels.setdefault(step, []).append(compiled.tree.shown[node])
        return weights, labels

    def _moved(self, account: str, today: Stand, wanted: Stand) -> int:
        """What an account held before is not known here unless a policy of ours said it: then everything counts."""
        if isinstance(wanted, Foreign | SelfManaged):
            return 0
        before = None if isinstance(today, Foreign | SelfManaged) else today
        return self._moves.count(before, wanted, regions=(region for region, _ in self._wishes[account].regions))

    def _policy(self, policy: str, kind: PolicyKind) -> Edit:
        wanted = self._content[policy]
        use = self._users[wanted]
        now = self._state.by_id[policy].content if policy in self._state.by_id else None
        written = self._ground.written(wanted, now) if isinstance(wanted, Profile) else wanted
        return Edit(
            stage=self._compiled.order.stage[("policy", policy)],
            kind=kind,
            key=(self._names[policy],),
            current=None if now is None else content_value(now),
            desired=content_value(written),
            reason=self._reason(use),
            source=self._source(use, now),
            weight=self._weights[policy],
            because=self._risk(policy),
        )

    def _deletion(self, policy: str) -> Edit:
        return Edit(
            stage=self._compiled.order.stage[("delete", policy)],
            kind=PolicyKind.DELETE,
            key=(self._names[policy],),
            current=content_value(self._state.by_id[policy].content),
            desired=None,
            reason="no account, OU or root needs it",
            source="",
            weight=0,
        )

    def _association(self, node: str, move: Move) -> Edit:
        tree = self._compiled.tree
        kind = tree.nodes[node].kind if node in tree.nodes else self._state.applied[node].node.kind
        before = association_value(move.before, self._names)
        return Edit(
            stage=self._compiled.order.stage[("node", node)],
            kind=PolicyKind.DISASSOCIATE if move.after is None else PolicyKind.ASSOCIATE,
            key=(kind.value, node),
            current=_failed(before) if move.before == move.after else before,
            desired=association_value(move.after, self._names),
            reason=self._why(node, move),
            source=self._node_source(node),
            weight=self._weights[node],
            because=self._risk(node),
        )

    def _reason(self, use: Use) -> str:
        shown = _some([self._compiled.tree.shown[node] for node in use.nodes])
        return f"desired for {shown}" + (f" at {self._commit}" if self._commit else "")

    def _why(self, node: str, move: Move) -> str:
        if node not in self._compiled.demand.wanted:
            return "its policy goes, and nothing is desired here"
        if move.before == move.after:
            message = self._state.applied[node].message
            return "the association failed" + (f": {message}" if message else "") + "; it is tried again"
        shown = self._compiled.tree.shown[node]
        if move.after is None:
            return f"{shown} inherits what is desired"
        what = "left to itself" if move.after == SELF_MANAGED else self._names[move.after]
        return f"{shown} is to be {what}" if move.after == SELF_MANAGED else f"{what} is desired for {shown}"

    def _source(self, use: Use, now: Content | None) -> str:
        """The cells in which a policy changes; of a new one, those of the standards."""
        wish = self._wishes[use.nodes[0]]
        wanted = use.content
        changed: Iterable[ControlId | Standard] = ()
        if isinstance(now, Profile):
            changed = differences(self._ground.normal(now), wanted)
        elif isinstance(wanted, Profile):
            changed = sorted(wanted.standards)
        cells = list(dict.fromkeys(cell for one in changed if (cell := wish.cell(one))))
        return _some(cells) or wish.unlisted_source

    def _node_source(self, node: str) -> str:
        wish = self._wishes.get(node)
        if wish is None:
            return ""
        if wish.govern_source and node not in self._compiled.demand.held:
            return wish.govern_source
        wanted, above = self._compiled.demand.wanted[node], self._compiled.tree.parent[node]
        other = None if above is None else self._compiled.demand.wanted[above]
        if isinstance(wanted, Profile) and isinstance(other, Profile):
            cells = list(dict.fromkeys(cell for one in differences(wanted, other) if (cell := wish.cell(one))))
            return _some(cells) or wish.unlisted_source
        return wish.unlisted_source

    def _risk(self, step: str) -> str:
        """What a reviewer must see: newcomers get something else, or accounts pass through another profile."""
        lines = []
        if units := self._labels.get(step):
            lines.append(f"changes what new accounts in {_some(units)} get")
        if passing := self._compiled.order.passing.get(step):
            shown = _some([self._compiled.tree.shown[node] for node in passing])
            lines.append(f"{shown} briefly get this on their way to another policy (no room for one policy more)")
        return "; ".join(lines)


def _failed(value: Value) -> Value:
    return (*value, FAILED) if isinstance(value, tuple) else value


def _some(items: list[str]) -> str:
    """The first few, and how many more."""
    more = f" and {len(items) - _FEW} more" if len(items) > _FEW else ""
    return ", ".join(items[:_FEW]) + more
