"""The central compile: from wishes and today's policies to the cheapest policies and associations that grant them."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubposture.controls.central.demand import Demand, demand_of, keep_inherited_foreign
from hubposture.controls.central.effective import Standing, standings
from hubposture.controls.central.fit import Use, hold_what_does_not_fit, uses
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.order import Order, order_of
from hubposture.controls.central.placement import Pair, Placement, place
from hubposture.controls.central.tree import Tree, tree_of
from hubposture.controls.central.types import CentralState, Content
from hubposture.controls.central.wishes import Wishes
from hubposture.model.organization import Organization


@dataclass(frozen=True)
class Compiled:
    """What central configuration should become.

    `demand` says what every node wants and who is held, `now` what governs every node today, `uses` who shares which
    profile, `placement` and `order` how to get there.
    """

    tree: Tree
    demand: Demand
    now: Mapping[str, Standing]
    uses: tuple[Use, ...]
    placement: Placement
    order: Order


def compile_central(
    organization: Organization, state: CentralState, wishes: Wishes, *, ground: CentralGround
) -> Compiled:
    """The policies and associations under which every node gets its wish, or is held and says why.

    Equal wishes share one policy; nodes without a possible wish stay as they are. Fewest effective changes come
    first (a node changes only if its wish says so), then fewest changes of policies and associations, then fewest
    associations; only where steps would wait for each other in a circle is a policy created instead of reused, if
    the quota has room for one more while the old one still stands. The order of the input does not matter.

    Raises:
        InputError: an OU or the root has no wish.
    """
    tree = tree_of(organization)
    applied = {node: one.policy for node, one in state.applied.items()}
    now = standings(tree, applied)
    demand = demand_of(tree, state, wishes, ground=ground, now=now)
    keep_inherited_foreign(demand, tree, now)
    hold_what_does_not_fit(demand, tree, wishes, capacity=state.capacity)
    keep_inherited_foreign(demand, tree, now)
    wanted = uses(demand.wanted, tree, wishes)
    contents = {policy.id: ground.normal(policy.content) for policy in state.ours}
    placement, order = _without_circles(demand, tree, state, contents=contents, wanted=wanted, now=now)
    return Compiled(tree, demand, now, tuple(wanted), placement, order)


def _without_circles(
    demand: Demand,
    tree: Tree,
    state: CentralState,
    *,
    contents: Mapping[str, Content],
    wanted: list[Use],
    now: Mapping[str, Standing],
) -> tuple[Placement, Order]:
    """The cheapest placement whose steps have an order in which nobody passes through a third profile.

    Each circle costs one policy more while both stand; without room for it, the cheapest placement is taken as it is.
    """
    applied = {node: one.policy for node, one in state.applied.items()}
    forbidden: set[Pair] = set()
    first: tuple[Placement, Order] | None = None
    while True:
        placement = place(demand, tree, state, contents=contents, wanted=wanted, forbidden=forbidden)
        order = order_of(placement, demand, tree, applied=applied, now=now)
        fits = len(placement.created) <= state.room
        first = first or (placement, order)
        if not fits:
            return first
        if not order.passing:
            return placement, order
        content_of = {policy: content for content, policy in placement.carrier.items()}
        forbidden |= {(policy, content_of[policy]) for policy in order.passing}
