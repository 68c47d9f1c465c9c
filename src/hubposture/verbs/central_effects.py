"""What changes of policies change in the targets that were read, control by control."""

from collections.abc import Iterator
from dataclasses import dataclass

from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.types import Profile
from hubposture.controls.edits import OFF, ON
from hubposture.controls.state import TargetState
from hubposture.model.controls import ControlId, natural_key
from hubposture.model.targets import Target
from hubposture.verbs.plan import Planned, cell

PARAMETERS = "parameters"


@dataclass(frozen=True, slots=True)
class Effect:
    """A control that goes `on`, goes `off` or gets other `parameters` in targets; `source` is the deciding cell."""

    control: ControlId
    change: str
    targets: tuple[Target, ...]
    source: str


def effects(planned: Planned) -> tuple[Effect, ...]:
    """The effects of the planned policies on readable targets, sorted; a control is off when no standard has it on.

    Targets that cannot be read are not spoken of: nobody knows what they have.
    """
    if (central := planned.central) is None:
        return ()
    demand = central.made.compiled.demand
    known: dict[tuple[object, ...], tuple[tuple[ControlId, str], ...]] = {}
    found: dict[tuple[ControlId, str], list[Target]] = {}
    for state in planned.survey.readings:
        wanted = demand.wanted.get(state.target.account)
        if not isinstance(state, TargetState) or wanted == demand.today.get(state.target.account):
            continue
        if not isinstance(wanted, Profile):
            continue
        key = (state.target.region, state.known, state.enabled, state.standards, state.parameters, wanted)
        if key not in known:
            known[key] = tuple(_changes(state, wanted, central.ground))
        for change in known[key]:
            found.setdefault(change, []).append(state.target)
    return tuple(
        Effect(control, change, tuple(targets), _source(planned, targets[0], control))
        for (control, change), targets in sorted(found.items(), key=lambda one: (natural_key(one[0][0]), one[0][1]))
    )


def _changes(state: TargetState, wanted: Profile, ground: CentralGround) -> Iterator[tuple[ControlId, str]]:
    """A new standard brings what its Region has; one that stays has what the target is known to have."""
    present = state.standards | state.settling
    there = state.known | ground.pairs_of(wanted.standards - present)
    after = ground.switched_on(wanted) & ground.reach.get(state.target.region, 0) & there
    before = state.enabled
    old, new = dict(state.parameters), dict(wanted.parameters)
    for control, bits in ground.universe.of_control.items():
        if control in ground.settling:
            continue
        was, becomes = bool(before & bits), bool(after & bits)
        if was != becomes:
            yield control, ON if becomes else OFF
        if becomes and old.get(control) != new.get(control):
            yield control, PARAMETERS


def _source(planned: Planned, target: Target, control: ControlId) -> str:
    decision = planned.resolution.decision(target, control)
    return cell(decision) if decision is not None else ""
