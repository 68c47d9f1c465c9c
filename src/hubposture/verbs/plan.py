"""Plan: what the matrix wants against what the survey found, for targets written in their own account."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.catalog import Catalog, Live, LiveDefinition, Proposal, with_live
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.plan import CentralPlan
from hubposture.controls.central.types import CentralState
from hubposture.controls.definitions import Definitions
from hubposture.controls.desired import GlobalControls, Intent, Rules, StandardIntent, Wish, definition_of, wish
from hubposture.controls.desired import region_key as key_of_region
from hubposture.controls.plan import Planner
from hubposture.controls.state import Universe
from hubposture.errors import InputErrors, Problem
from hubposture.matrix.decisions import Decision
from hubposture.matrix.parameters import typed_parameters
from hubposture.matrix.resolve import Resolution, resolve
from hubposture.matrix.rows import Default, Matrix
from hubposture.model.controls import ControlId, Standard
from hubposture.model.targets import Target, Unreadable, Way
from hubposture.reconcile.plan import Held, Plan
from hubposture.verbs.survey import Survey


@dataclass(frozen=True, slots=True)
class Choices:
    """What the settings say that planning needs. `first_seen` is when each control became known, None if always."""

    global_rule: GlobalControls = GlobalControls.HOME
    settling_days: int = 14
    disable_standards: bool = False
    first_seen: Mapping[ControlId, dt.datetime | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Central:
    """Central configuration behind a plan: as it was read, what it stands on, and what was compiled."""

    state: CentralState
    ground: CentralGround
    made: CentralPlan


@dataclass(frozen=True)
class Planned:
    """A plan with what it was made from; `central` is None where no policies are planned."""

    plan: Plan
    survey: Survey
    resolution: Resolution
    catalog: Catalog
    rules: Rules
    inbox: tuple[Proposal, ...]
    wishes: "Wishes"
    central: Central | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Inputs that must be fixed before a policy can say them; what they concern is held as it is."""
        return self.central.made.problems if self.central is not None else ()


class Wishes:
    """The wish of each target, made once for equal scopes and equal Regions.

    Raises InputErrors from `of` when a parameter does not fit what the hub says it takes.
    """

    def __init__(self, resolution: Resolution, universe: Universe, definitions: Definitions, rules: Rules) -> None:
        self._resolution = resolution
        self._universe = universe
        self._definitions = definitions
        self._rules = rules
        self._found: dict[tuple[object, ...], Wish] = {}
        self._intents: dict[int, Mapping[ControlId, Intent]] = {}
        self._region_keys = {region: key_of_region(here) for region, here in definitions.items()}

    def of(self, target: Target) -> Wish:
        """The wish of a target; the same object for targets that are alike."""
        signature = self._resolution.signature(target)
        key = (signature, self._region_keys[target.region], self._global_place(target.region))
        if key not in self._found:
            self._found[key] = wish(
                self.intents(signature),
                _standards(self._resolution, signature),
                region=target.region,
                universe=self._universe,
                definitions=self._definitions,
                rules=self._rules,
            )
        return self._found[key]

    def intents(self, signature: int) -> Mapping[ControlId, Intent]:
        """The intents of a signature: decisions with a disposition, their parameters typed."""
        if signature not in self._intents:
            self._intents[signature] = _intents(self._resolution, signature, self._definitions)
        return self._intents[signature]

    def _global_place(self, region: str) -> object:
        """Regions differ where global-resource controls are placed; unless the rule says everywhere, by Region."""
        return None if self._rules.global_rule is GlobalControls.EVERYWHERE else region


def plan(matrix: Matrix, survey: Survey, *, catalog: Catalog, choices: Choices, now: dt.datetime) -> Planned:
    """The plan of everything that is written by account; the same input gives the same plan.

    Raises InputErrors when scopes or parameters of the matrix do not fit the organization or the hub.
    """
    live = live_catalog(catalog, survey)
    regions = survey.organization.linked_regions
    resolution = resolve(matrix, survey.organization, regions, today=now.date())
    rules = _rules(survey, live, choices, now)
    wishes = Wishes(resolution, survey.universe, survey.definitions, rules)
    planner = Planner(survey.universe, wishes.of, resolution.held, choices.disable_standards)
    mine = [one for one in survey.readings if isinstance(one, Unreadable) or one.governance.way is not Way.CENTRAL]
    made = planner.plan(survey.organization.name, mine)
    held = tuple(sorted({*made.held, *_settling(survey, rules, resolution, live)}))
    complete = Plan(made.organization, made.edits, made.places, made.cells, made.unreadable, held)
    inbox = resolution.unspoken(live.controls, live)
    return Planned(complete, survey, resolution, live, rules, inbox, wishes)


def live_catalog(catalog: Catalog, survey: Survey) -> Catalog:
    """The catalog with what the hub says put over it."""
    return live_of(catalog, survey).catalog


def live_of(catalog: Catalog, survey: Survey) -> Live:
    """The catalog with what the hub says put over it, and what differed."""
    definitions = {
        region: [
            LiveDefinition(one.shown, one.title, one.severity, one.available, bool(one.parameters), one.parameters)
            for one in here.controls.values()
        ]
        for region, here in survey.definitions.items()
    }
    members: dict[Standard, dict[ControlId, tuple[str, ...]]] = {}
    for here in survey.definitions.values():
        for standard, controls in here.standards.items():
            members.setdefault(standard, {}).update(dict.fromkeys(controls, ()))
    return with_live(catalog, definitions, home=survey.organization.home_region, members=members)


def _rules(survey: Survey, catalog: Catalog, choices: Choices, now: dt.datetime) -> Rules:
    limit = now - dt.timedelta(days=choices.settling_days)
    settling = {one for one, seen in choices.first_seen.items() if seen is not None and seen > limit}
    return Rules(
        home_region=survey.organization.home_region,
        linked_regions=survey.organization.linked_regions,
        global_controls=frozenset(one.id for one in catalog.controls.values() if one.is_global),
        global_rule=choices.global_rule,
        settling=frozenset(settling),
        disable_standards=choices.disable_standards,
    )


def _settling(survey: Survey, rules: Rules, resolution: Resolution, catalog: Catalog) -> set[Held]:
    spoken = {
        control for control in rules.settling if any(row.control == control for row in resolution.matrix.controls)
    }
    if not spoken:
        return set()
    place = Target(survey.organization.name, survey.organization.administrator, survey.organization.home_region)
    why = "settling: AWS released it a short while ago, it is neither written nor drift yet"
    return {Held(place, (catalog.shown(control),), why) for control in spoken}


def _intents(resolution: Resolution, signature: int, definitions: Definitions) -> Mapping[ControlId, Intent]:
    found: dict[ControlId, Intent] = {}
    problems: list[Problem] = []
    for control, decision in resolution.decisions(signature).items():
        if decision.disposition is None:
            continue
        definition = definition_of(control, definitions)
        specs = definition.parameters if definition is not None else ()
        values, misfits = typed_parameters(decision.parameters, specs) if definition is not None else ((), ())
        row = decision.row_of("parameters") or decision.row
        problems += [Problem(row.at.at("parameters"), one.what, one.hint) for one in misfits]
        found[control] = Intent(
            control=control,
            disposition=decision.disposition,
            parameters={name: None if isinstance(value, Default) else value for name, value in values},
            source=cell(decision),
            scope=decision.row.scope,
            reason=decision.reason,
        )
    if problems:
        raise InputErrors(sorted(set(problems)))
    return found


def cell(decision: Decision) -> str:
    """The deciding cell without the file's name: `Controls!G12`."""
    return decision.row.at.at("disposition").partition("!")[2]


def _standards(resolution: Resolution, signature: int) -> Mapping[Standard, StandardIntent]:
    return {
        one.standard: StandardIntent(one.enabled, one.row.at.at("enabled").partition("!")[2], one.row.scope)
        for one in resolution.standard_decisions(signature)
    }
