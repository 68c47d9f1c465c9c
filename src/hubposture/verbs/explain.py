"""Explain: why a control is on or off in one target, from the deciding row to what the hub holds now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.controls.desired import Intent, Wish
from hubposture.controls.state import Reading, TargetState
from hubposture.errors import InputError
from hubposture.matrix.decisions import Decision
from hubposture.model.controls import ControlId, control_id
from hubposture.model.targets import Target
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Held
from hubposture.verbs.plan import Planned


class Reasons(Protocol):
    """Tells since when and why something is as it is; Security Hub does, see `ports.hub.HubReader`."""

    def reasons(self, target: Target, controls: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
        """(standard key, control id) -> (why, since when as ISO 8601)."""


@dataclass(frozen=True, slots=True)
class InStandard:
    """The control in one standard of the target: `is_on` is None where the target does not have it there."""

    standard: str
    is_on: bool | None
    reason: str
    since: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything known of a control in a target.

    `decision` is None where no row speaks of the control, or rows tie; `intent` None where nothing is wanted here
    (unavailable, settling). `elsewhere` is the Region that checks a global-resource control instead, or ''. `edits` are
    what the plan would change, `held` what it leaves as it is.
    """

    control: ControlId
    target: Target
    reading: Reading
    decision: Decision | None
    intent: Intent | None
    elsewhere: str
    available: bool
    now: tuple[InStandard, ...]
    parameters: tuple[tuple[str, object], ...]
    edits: tuple[Edit, ...]
    held: tuple[Held, ...]


def explain(planned: Planned, hub: Reasons, *, control: str, account: str, region: str) -> Explanation:
    """Explain one control at one target; reads reasons from the hub on demand.

    Raises InputError for a control, account or Region that does not exist, with what was probably meant.
    """
    name = control_id(control)
    if name not in planned.catalog.controls:
        raise InputError(f"{control}: Security Hub has no such control here; `hubposture coverage` lists them")
    target = _target(planned, account, region)
    reading = next(one for one in planned.survey.readings if one.target == target)
    found: Wish | None = planned.wishes.of(target) if region in planned.survey.definitions else None
    definition = planned.survey.definitions[region].controls.get(name) if found is not None else None
    return Explanation(
        control=name,
        target=target,
        reading=reading,
        decision=planned.resolution.decision(target, name),
        intent=found.intents.get(name) if found is not None else None,
        elsewhere=found.elsewhere.get(name, "") if found is not None else "",
        available=definition is not None and definition.available,
        now=_now(planned, hub, reading, name),
        parameters=dict(reading.parameters).get(name, ()) if isinstance(reading, TargetState) else (),
        edits=tuple(edit for edit in planned.plan.edits.get(target, ()) if edit.key[-1] == name),
        held=tuple(one for one in planned.plan.held if one.place == target and one.key[-1:] in ((), (name,))),
    )


def _target(planned: Planned, account: str, region: str) -> Target:
    organization = planned.survey.organization
    meant = [one for one in organization.accounts.values() if account in (one.id, one.alias, one.name) and account]
    if not meant:
        raise InputError(f"--account {account}: no account of {organization.name} has this id, alias or name")
    if len(meant) > 1 and account not in organization.accounts:
        names = ", ".join(one.shown for one in meant)
        raise InputError(f"--account {account}: means {names}; give the id of one")
    target = Target(organization.name, account if account in organization.accounts else meant[0].id, region)
    if target not in planned.survey.targets:
        raise InputError(f"--region {region}: linked are {', '.join(organization.linked_regions)}")
    return target


def _now(planned: Planned, hub: Reasons, reading: Reading, control: ControlId) -> tuple[InStandard, ...]:
    if not isinstance(reading, TargetState):
        return ()
    reasons: Mapping[tuple[str, str], tuple[str, str]] = hub.reasons(reading.target, [control])
    universe = planned.survey.universe
    found = []
    for standard, name in universe.decode(universe.of_control.get(control, 0)):
        if standard not in reading.standards | reading.settling:
            continue
        bit = universe.index[standard, name]
        is_on = bool(reading.enabled >> bit & 1) if reading.known >> bit & 1 else None
        reason, since = reasons.get((standard.key, control), ("", ""))
        found.append(InStandard(standard.key, is_on, reason, since))
    return tuple(found)
