"""Central configuration in the plan: what the matrix wants of every account, OU and the root, as policies."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from hubposture.controls.central.demand import Foreign, SelfManaged
from hubposture.controls.central.express import Obstacle
from hubposture.controls.central.ground import central_ground
from hubposture.controls.central.plan import CentralPlan, plan_central
from hubposture.controls.central.types import SELF_MANAGED, CentralState, Content
from hubposture.controls.plan import Planner
from hubposture.controls.state import TargetState
from hubposture.model.organization import Organization
from hubposture.model.targets import Because, Target, Unreadable, Way
from hubposture.reconcile.plan import Held, Plan, joined
from hubposture.verbs.central_nodes import CentralChoices, Nodes
from hubposture.verbs.plan import Central, Planned


def with_central(
    planned: Planned, state: CentralState, *, choices: CentralChoices, today: dt.date, commit: str = ""
) -> Planned:
    """The plan with central configuration in it: policies, associations, and no local edits for whom they govern.

    What cannot be said by a policy, or does not fit, is held and is a problem of `Planned.central`.

    Raises:
        InputErrors: the settings name an OU or account that is not there.
    """
    survey = planned.survey
    organization = survey.organization
    ground = central_ground(
        organization,
        survey.definitions,
        universe=survey.universe,
        global_controls=planned.rules.global_controls,
        settling=planned.rules.settling,
    )
    nodes = Nodes(planned, state, choices, today=today)
    wishes = nodes.wishes()
    made = plan_central(organization, state, wishes, ground=ground, commit=commit[:12])
    demand = made.compiled.demand
    moving = {node for node, wanted in demand.wanted.items() if wanted != demand.today[node]} | demand.held.keys()
    shown = differing(planned, ours={one.name for one in state.ours}, moving=moving)
    held = {*_held(made, organization), *nodes.tied, *nodes.spared, *shown}
    policies = replace(made.plan, held=tuple(sorted(held)))
    local = _without(planned.plan, _governed(made), keep=choices.by_account)
    return replace(planned, plan=joined(local, policies), central=Central(state, ground, made))


def differing(planned: Planned, *, ours: Collection[str] = (), moving: Collection[str] = ()) -> tuple[Held, ...]:
    """Targets under configuration policies that were read and are not as the matrix wants them, as things held.

    `ours` are the names of our policies: where one of them governs, what differs is not confirmed. Accounts that are
    `moving` to another policy content are left out.
    """
    survey = planned.survey
    planner = Planner(survey.universe, planned.wishes.of, planned.resolution.held, disable_standards=False)
    under = [
        one
        for one in survey.readings
        if isinstance(one, TargetState)
        and one.governance.way is Way.CENTRAL
        and one.target.account not in moving
        and one.target not in planned.resolution.held
    ]
    names = {one.target: one.governance.by for one in under}
    found = []
    for target, edits in planner.plan(survey.organization.name, under).edits.items():
        name, much = names[target], _things(len(edits))
        if name in ours:
            why = f"not confirmed: the policy {name} is in place, and {much} not as the matrix wants it"
        else:
            why = f"governed by the policy {name}, which is never touched; {much} not as the matrix wants it"
        found.append(Held(target, (), why))
    return tuple(sorted(found))


def _things(number: int) -> str:
    """`1 thing is`, `7 things are`."""
    return f"{number:,} thing is" if number == 1 else f"{number:,} things are"


def _governed(made: CentralPlan) -> frozenset[str]:
    """The accounts that are, or are to be, under a policy: they are not written by account."""
    demand, tree = made.compiled.demand, made.compiled.tree
    return frozenset(
        node
        for node, stand in demand.wanted.items()
        if tree.is_account(node) and not isinstance(stand, Foreign | SelfManaged)
    )


def _without(plan: Plan, accounts: frozenset[str], *, keep: bool) -> Plan:
    """The local plan less what policies take over; all of it less, where the settings only allow policies."""
    edits = {target: edits for target, edits in plan.edits.items() if keep and target.account not in accounts}
    held = [one for one in plan.held if one.place.account not in accounts or not one.key]
    if not keep:
        why = "differs, but is written by account, and the settings allow policies alone (mode)"
        held += [Held(target, (), why) for target in plan.edits if target.account not in accounts]
    unreadable = tuple(_expected(one) if one.target.account in accounts else one for one in plan.unreadable)
    return replace(plan, edits=edits, held=tuple(sorted(held)), unreadable=unreadable)


def _expected(one: Unreadable) -> Unreadable:
    """An account under our policies needs no role of ours: what was not seen in it is no surprise."""
    if one.because is not Because.NO_ROLE or one.expected:
        return one
    return replace(
        one, detail=f"governed by a policy, its own controls are not seen without a role. {one.detail}", expected=True
    )


def _held(made: CentralPlan, organization: Organization) -> Iterator[Held]:
    """Held nodes by their shown name, with the cells and what to do."""
    demand, tree = made.compiled.demand, made.compiled.tree
    for node, why in demand.held.items():
        is_account = tree.is_account(node)
        place = Target(organization.name, node if is_account else organization.administrator, organization.home_region)
        told = "; ".join(_told(one) for one in demand.obstacles.get(node, ()))
        yield Held(place, () if is_account else (tree.shown[node],), f"{why}: {told}" if told else why)


def _told(obstacle: Obstacle) -> str:
    cells = f" [{', '.join(obstacle.cells)}]" if obstacle.cells else ""
    return f"{obstacle.what}{cells}; {obstacle.hint}"


@dataclass(frozen=True, slots=True)
class Governed:
    """The policy of an account now and after the plan; names are '' where it is left to itself.

    `origin` shows the OU, root or account that the policy is inherited from. Contents are None where nobody knows.
    """

    name: str
    origin: str
    is_ours: bool
    content: Content | None
    next_name: str
    next_content: Content | None


def governed(central: Central, account: str) -> Governed | None:
    """Which policy governs an account, where it comes from, and what the plan makes of it; None for unknown ones."""
    made = central.made.compiled
    standing, wanted = made.now.get(account), made.demand.wanted.get(account)
    if standing is None or wanted is None:
        return None
    policy = central.state.by_id.get(standing.policy)
    name = "" if standing.policy == SELF_MANAGED else (policy.name if policy is not None else standing.policy)
    content = policy.content if policy is not None else None
    next_name, next_content = name, content
    if isinstance(wanted, SelfManaged):
        next_name, next_content = "", None
    elif not isinstance(wanted, Foreign):
        id_ = made.placement.carrier[wanted]
        next_name, next_content = {**central.state.refs, **made.placement.created}[id_], wanted
    return Governed(
        name=name,
        origin=made.tree.shown.get(standing.origin, standing.origin),
        is_ours=policy is not None and policy.ours,
        content=content,
        next_name=next_name,
        next_content=next_content,
    )
