"""Where every node must stand: under which profile, a foreign policy, or left to itself, and what holds it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from hubposture.controls.central.effective import Standing
from hubposture.controls.central.express import Obstacle, express
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.tree import Tree
from hubposture.controls.central.types import CentralState, Content, Profile
from hubposture.controls.central.wishes import Govern, NodeWish, RegionWish, Unlisted, Wishes
from hubposture.errors import InputError


@dataclass(frozen=True, slots=True)
class Foreign:
    """Governed by a policy that is not ours."""

    policy: str


@dataclass(frozen=True, slots=True)
class SelfManaged:
    """Left to itself, by an association that says so or for want of any."""


Stand: TypeAlias = Content | Foreign | SelfManaged
"""What governs a node; contents are normal, so equal profiles are equal."""


@dataclass(frozen=True, slots=True)
class Demand:
    """What is wanted of every node that has a wish, and what it stands under today, both from the root down.

    `held` says why a node is kept where it stands today; `obstacles` are held nodes whose input must be fixed.
    """

    wanted: dict[str, Stand]
    today: dict[str, Stand]
    held: dict[str, str] = field(default_factory=dict)
    obstacles: dict[str, tuple[Obstacle, ...]] = field(default_factory=dict)

    def hold(self, node: str, why: str, *obstacles: Obstacle) -> None:
        """Keep a node where it stands today, and remember why; obstacles are added to those it has."""
        self.wanted[node] = self.today[node]
        self.held[node] = why
        if obstacles:
            self.obstacles[node] = (*self.obstacles.get(node, ()), *obstacles)


def demand_of(
    tree: Tree, state: CentralState, wishes: Wishes, *, ground: CentralGround, now: Mapping[str, Standing]
) -> Demand:
    """What every node wants. Accounts without a wish are let be and have no place here.

    Raises:
        InputError: an OU or the root has no wish; without it nobody knows what its new accounts would get.
    """
    missing = [tree.shown[node] for node in tree.nodes if node not in wishes and not tree.is_account(node)]
    if missing:
        raise InputError(f"no desired state for {', '.join(missing)}: resolve the matrix for every OU and the root")
    contents = {policy.id: ground.normal(policy.content) for policy in state.ours}
    today = {node: _stand(now[node], contents) for node in tree.nodes if node in wishes}
    demand = Demand(dict(today), today)
    sayable = _Sayable(ground)
    for node in today:
        _want(demand, node, wishes[node], sayable=sayable, applied=state.applied)
    return demand


def _stand(standing: Standing, contents: Mapping[str, Content]) -> Stand:
    if standing.is_self_managed:
        return SelfManaged()
    return contents.get(standing.policy) or Foreign(standing.policy)


class _Sayable:
    """Expresses each distinct wish once."""

    def __init__(self, ground: CentralGround) -> None:
        self._ground = ground
        self._known: dict[tuple[tuple[tuple[str, RegionWish], ...], Unlisted], Profile | tuple[Obstacle, ...]] = {}

    def __call__(self, wish: NodeWish) -> Profile | tuple[Obstacle, ...]:
        key = (wish.regions, wish.unlisted)
        if key not in self._known:
            self._known[key] = express(wish, self._ground)
        return self._known[key]


def _want(demand: Demand, node: str, wish: NodeWish, *, sayable: _Sayable, applied: Mapping[str, object]) -> None:
    """How a node is governed never changes as a side effect: only an explicit wish moves it in or out."""
    today = demand.today[node]
    is_ours = not isinstance(today, Foreign | SelfManaged)
    leaves = wish.govern is Govern.SELF_MANAGED and not isinstance(today, SelfManaged)
    comes = wish.govern is Govern.CENTRAL and not is_ours
    if (leaves or comes) and isinstance(today, Foreign) and node in applied:
        demand.hold(node, "a foreign policy is associated here", _foreign_here(wish))
    elif wish.declarative and (comes or is_ours):
        demand.hold(node, f"governed by the Organizations policy {wish.declarative}, which is not written here")
    elif leaves:
        demand.wanted[node] = SelfManaged()
    elif comes or (is_ours and wish.govern is not Govern.SELF_MANAGED):
        said = sayable(wish)
        if isinstance(said, tuple):
            demand.hold(node, "a policy cannot say what is desired here", *said)
        else:
            demand.wanted[node] = said


def _foreign_here(wish: NodeWish) -> Obstacle:
    return Obstacle(
        (wish.govern_source,) if wish.govern_source else (),
        f"{wish.govern.value} is wanted, but a policy that is not ours is associated here",
        "disassociate that policy first; hubposture never touches foreign ones",
    )


def keep_inherited_foreign(demand: Demand, tree: Tree, now: Mapping[str, Standing]) -> None:
    """Hold the units between a node and the foreign policy it inherits: it would lose that policy as a side effect.

    Only an association of the foreign policy itself could keep it there, and those are not ours to make.
    """
    for node, stand in list(demand.wanted.items()):
        if not isinstance(stand, Foreign) or now[node].origin == node:
            continue
        for unit in tree.upward(node):
            if unit == now[node].origin:
                break
            if demand.wanted.get(unit, stand) != stand:
                _hold_for(demand, unit, tree.shown[node])


def _hold_for(demand: Demand, unit: str, shown: str) -> None:
    what = f"changing how it is governed would take {shown} from under a policy that is not ours"
    demand.hold(
        unit,
        f"{shown} inherits a foreign policy through here",
        Obstacle((), what, "ask for the same for that account, or associate that policy with it directly"),
    )
