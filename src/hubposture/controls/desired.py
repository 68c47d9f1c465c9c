"""Desired state: what the matrix's decisions mean for a target of a given Region, encoded like the current state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from hubposture.controls.definitions import Definition, Definitions, RegionDefinitions
from hubposture.controls.state import Universe
from hubposture.model.controls import ControlId, Disposition, Standard
from hubposture.model.parameters import ParameterValue


class GlobalControls(StrEnum):
    """Where controls of global resources (IAM, ...) are on when their row says so.

    `home`: in the home Region alone, off elsewhere, so that a resource is checked once. `leave`: outside the home
    Region they stay as they are. `everywhere`: like any other control.
    """

    HOME = "home"
    LEAVE = "leave"
    EVERYWHERE = "everywhere"


@dataclass(frozen=True, slots=True)
class Intent:
    """What one control shall be where a scope holds: a resolved row without its workbook.

    `parameters` maps a name to its value, or to None for "back to default"; a name that is missing is left alone.
    `source` is the deciding cell (`Controls!G12`), `scope` the scope's name, `reason` the row's own words.
    """

    control: ControlId
    disposition: Disposition
    parameters: Mapping[str, ParameterValue | None]
    source: str
    scope: str
    reason: str


@dataclass(frozen=True, slots=True)
class StandardIntent:
    """Whether one standard shall be enabled, and the cell that says so."""

    enabled: bool
    source: str
    scope: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules of the organization that are not in a row.

    `settling` are controls AWS released too recently to be written. `global_controls` are controls whose resources
    are global; `disable_standards` allows switching standards off.
    """

    home_region: str
    linked_regions: tuple[str, ...]
    global_controls: frozenset[ControlId]
    global_rule: GlobalControls
    settling: frozenset[ControlId]
    disable_standards: bool

    @property
    def order(self) -> tuple[str, ...]:
        """The Regions in which a control over global resources is looked for, home first."""
        return (self.home_region, *self.linked_regions)


@dataclass(frozen=True)
class Wish:
    """What one kind of target shall have: masks of pairs to be on and off (disjoint; the rest is left alone).

    `elsewhere` are global-resource controls that are off here because another Region (the value) checks them.
    """

    standards: Mapping[Standard, StandardIntent]
    on: int
    off: int
    intents: Mapping[ControlId, Intent]
    elsewhere: Mapping[ControlId, str]


def single_region(control: ControlId, order: Sequence[str], definitions: Definitions) -> str | None:
    """The one Region that checks a global-resource control: home, else the first linked one that has it, else None.

    A Region whose definitions could not be read is taken to have it: unknown is not absent, and a control must not
    move to another Region because one did not answer.
    """
    for region in order:
        found = definitions.get(region)
        if found is None:
            return region
        if (definition := found.controls.get(control)) is not None and definition.available:
            return region
    return None


def wish(
    intents: Mapping[ControlId, Intent],
    standards: Mapping[Standard, StandardIntent],
    *,
    region: str,
    universe: Universe,
    definitions: Definitions,
    rules: Rules,
) -> Wish:
    """The wish for targets of a Region to which these intents apply.

    Controls that are settling, unknown or unavailable in the Region are left out.
    """
    here = definitions[region]
    offered_here = _offered(here, universe)
    on = off = 0
    elsewhere: dict[ControlId, str] = {}
    spoken: dict[ControlId, Intent] = {}
    for control, intent in intents.items():
        definition = here.controls.get(control)
        if definition is None or not definition.available or control in rules.settling:
            continue
        place = single_region(control, rules.order, definitions)
        state = _state_here(intent, region, rules, place)
        if place is not None and place not in definitions and state is False and intent.disposition.is_on:
            state = None  # nobody knows whether that Region checks it
        if state is None:
            continue
        spoken[control] = intent
        mask = universe.of_control.get(control, 0) & offered_here
        if state:
            on |= mask
        else:
            off |= mask
            if intent.disposition.is_on and place is not None:
                elsewhere[control] = place
    offered = {standard: intent for standard, intent in standards.items() if standard in here.standards}
    return Wish(offered, on, off, spoken, elsewhere)


def _offered(here: RegionDefinitions, universe: Universe) -> int:
    """The pairs that exist in a Region: a standard need not hold the same controls everywhere."""
    pairs = ((standard, control) for standard, controls in here.standards.items() for control in controls)
    return universe.encode(pair for pair in pairs if pair in universe.index)


def _state_here(intent: Intent, region: str, rules: Rules, place: str | None) -> bool | None:
    """Whether a control is on here; None leaves it alone. `place` is the one Region for it were it global."""
    if not intent.disposition.is_on:
        return False
    if intent.control not in rules.global_controls or rules.global_rule is GlobalControls.EVERYWHERE:
        return True
    if place in (region, None):
        return True
    return None if rules.global_rule is GlobalControls.LEAVE else False


def definition_of(control: ControlId, definitions: Definitions) -> Definition | None:
    """The control's definition in any Region, the available one first, or None."""
    found = [here.controls[control] for _, here in sorted(definitions.items()) if control in here.controls]
    return next((one for one in found if one.available), found[0] if found else None)


def region_key(here: RegionDefinitions) -> tuple[object, frozenset[ControlId]]:
    """What tells Regions apart for planning: their standards with their controls, and the available controls."""
    return (
        frozenset(here.standards.items()),
        frozenset(control for control, definition in here.controls.items() if definition.available),
    )
