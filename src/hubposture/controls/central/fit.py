"""Which profiles fit into the quota of policies: labels of OUs first, then by targets covered."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from hubposture.controls.central.demand import Demand, Foreign, SelfManaged, Stand
from hubposture.controls.central.express import Obstacle
from hubposture.controls.central.tree import Tree
from hubposture.controls.central.types import Content, Profile
from hubposture.controls.central.wishes import Wishes
from hubposture.model.controls import ControlId, Standard, natural_key


@dataclass(frozen=True, slots=True)
class Use:
    """Who wants a content. `nodes` from the root down; `targets` are account x Region."""

    content: Content
    nodes: tuple[str, ...]
    labels: int
    targets: int

    @property
    def rank(self) -> tuple[bool, int, str]:
        """Labels of units first, then targets covered, then the first node's id."""
        return (self.labels == 0, -self.targets, self.nodes[0])


def uses(stands: Mapping[str, Stand], tree: Tree, wishes: Wishes) -> list[Use]:
    """Every content that some node stands under, with who does, by rank."""
    nodes: dict[Content, list[str]] = {}
    for node, stand in stands.items():
        if not isinstance(stand, Foreign | SelfManaged):
            nodes.setdefault(stand, []).append(node)
    found = (
        Use(
            content,
            tuple(who),
            labels=sum(not tree.is_account(node) for node in who),
            targets=sum(len(wishes[node].regions) for node in who if tree.is_account(node)),
        )
        for content, who in nodes.items()
    )
    return sorted(found, key=lambda use: use.rank)


def hold_what_does_not_fit(demand: Demand, tree: Tree, wishes: Wishes, *, capacity: int) -> None:
    """Hold the nodes of profiles that do not fit into `capacity` policies where they stand today.

    Holding needs policies too (of what the held nodes have today), so more may have to give way than the surplus.
    """
    candidates = uses(demand.wanted, tree, wishes)
    accepted = _fitting(demand, candidates, capacity)
    for use in candidates:
        if use.content not in accepted:
            for node in use.nodes:
                if demand.wanted[node] != demand.today[node]:
                    cells = _cells(use, accepted, wishes)
                    demand.hold(node, "no policy left for what is desired here", _too_many(cells, capacity))


def _fitting(demand: Demand, candidates: list[Use], capacity: int) -> AbstractSet[Content]:
    accepted = {use.content for use in candidates}
    for use in reversed(candidates):
        if _needed(demand, accepted) <= capacity:
            break
        accepted.discard(use.content)
    for use in candidates:
        if use.content not in accepted and _needed(demand, accepted | {use.content}) <= capacity:
            accepted.add(use.content)
    return accepted


def _needed(demand: Demand, accepted: AbstractSet[Content]) -> int:
    """How many policies there are if only these profiles are granted."""
    pairs = set(zip(demand.wanted.values(), demand.today.values(), strict=True))
    return len(
        {
            stand
            for wanted, today in pairs
            if not isinstance(stand := _granted(wanted, today, accepted), Foreign | SelfManaged)
        }
    )


def _granted(wanted: Stand, today: Stand, accepted: AbstractSet[Content]) -> Stand:
    return wanted if isinstance(wanted, Foreign | SelfManaged) or wanted in accepted else today


def _cells(use: Use, accepted: AbstractSet[Content], wishes: Wishes) -> tuple[str, ...]:
    """The cells by which the profile differs from the nearest one that fits."""
    wish = wishes[use.nodes[0]]
    apart = min(
        (differences(use.content, other) for other in accepted), key=lambda one: (len(one), repr(one)), default=()
    )
    return tuple(dict.fromkeys(cell for key in apart if (cell := wish.cell(key))))


def differences(one: Content, other: Content) -> tuple[ControlId | Standard, ...]:
    """Standards, then controls, in which two contents differ, sorted; a different list form shows in the controls."""
    if not isinstance(one, Profile) or not isinstance(other, Profile):
        return ()
    values = set(one.parameters) ^ set(other.parameters)
    controls = (one.controls ^ other.controls) | {control for control, _ in values}
    return (*sorted(one.standards ^ other.standards), *sorted(controls, key=natural_key))


def _too_many(cells: Iterable[str], capacity: int) -> Obstacle:
    return Obstacle(
        tuple(cells),
        f"one profile more than the {capacity} policies there can be (20 less the foreign ones)",
        "make these cells equal to another scope's, leave the accounts to themselves (self-managed), "
        "or delete foreign policies",
    )
