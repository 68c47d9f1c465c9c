"""Init: the rows of a new workbook, from the packaged catalog or from what a hub has on now."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.catalog import Catalog, propose_all
from hubposture.catalog.dispositions import SCOPE
from hubposture.controls.desired import GlobalControls, single_region
from hubposture.controls.state import TargetState, Universe
from hubposture.model.controls import ControlId, Disposition, Standard, natural_key
from hubposture.model.parameters import Parameters, ParameterValue
from hubposture.model.targets import Target, Way
from hubposture.ports.hub import HubReader
from hubposture.verbs.survey import Survey

Row = Mapping[str, str]
Rows = Mapping[str, Sequence[Row]]
"""The rows of each sheet by its name; each row a text by column key. Sheets hubposture writes itself are absent."""

_LISTED = 40


def from_catalog(catalog: Catalog) -> Rows:
    """A first matrix over CIS 5.0 and FSBP: a disposition for every control, detections to fill in for `siem` rows."""
    proposals = propose_all(catalog)
    siem = [catalog.shown(one.control) for one in proposals if one.disposition is Disposition.SIEM]
    return {
        "Controls": [
            {**owned(one.control, catalog), "disposition": one.disposition, "reason": one.reason} for one in proposals
        ],
        "Standards": [{"standard": standard.key, "enabled": "yes"} for standard in SCOPE],
        "Detections": [
            {"detection": f"to be named: {control}", "covers": control, "enabled": "no"} for control in siem
        ],
    }


def owned(control: ControlId, catalog: Catalog) -> dict[str, str]:
    """The cells of a Controls row that name the control and those hubposture fills in."""
    known = catalog.controls.get(control)
    found = {"control": catalog.shown(control)}
    if known is not None:
        labels = [str(label) for label in catalog.labels(control)]
        found |= {"title": known.title, "service": known.service, "severity": known.severity}
        found["requirements"] = "; ".join(labels[:_LISTED])
    return found


@dataclass(frozen=True, slots=True)
class FromHub:
    """What a hub has on now as rows, and what of it a row cannot say.

    `mixed` are controls that are on in one standard and off in another of the same target: they get a row without a
    disposition, which leaves them as they are. `unsaid` are custom parameters (`IAM.7 days`) whose value does not fit
    into a cell: they are in no row, which leaves them as they are too.
    """

    rows: Rows
    mixed: tuple[str, ...]
    unsaid: tuple[str, ...]
    unread: int
    global_rule: GlobalControls


_State = tuple[bool, Parameters]
_ByState = Mapping[_State, Sequence[Target]]
"""Where a control has each state."""


@dataclass(slots=True)
class _Scopes:
    """Scopes by the accounts and Regions they hold; equal ones are one scope."""

    names: dict[tuple[frozenset[str], frozenset[str]], str] = field(default_factory=dict)

    def name(self, accounts: Iterable[str], regions: Iterable[str]) -> str:
        key = (frozenset(accounts), frozenset(regions))
        return self.names.setdefault(key, f"as-found-{len(self.names) + 1}")

    def cover(self, targets: Iterable[Target]) -> list[str]:
        """Names of scopes that together hold exactly these targets."""
        regions: dict[str, set[str]] = defaultdict(set)
        for target in targets:
            regions[target.account].add(target.region)
        groups: dict[frozenset[str], set[str]] = defaultdict(set)
        for account, found in regions.items():
            groups[frozenset(found)].add(account)
        return [
            self.name(accounts, found) for found, accounts in sorted(groups.items(), key=lambda one: sorted(one[0]))
        ]

    def rows(self) -> list[Row]:
        return [
            {"scope": name, "accounts": "\n".join(sorted(accounts)), "regions": "\n".join(sorted(regions))}
            for (accounts, regions), name in self.names.items()
        ]


def from_hub(survey: Survey, hub: HubReader, catalog: Catalog) -> FromHub:
    """What is on now as a matrix: planning right after it is empty.

    The state most targets have becomes the row of the whole organization, each other state a row for a scope of just
    the targets that have it. Reasons of what is off come from the hub. Targets governed by a declarative policy, and
    those that cannot be read, are left out.
    """
    states = [
        one for one in survey.readings if isinstance(one, TargetState) and one.governance.way is not Way.DECLARATIVE
    ]
    scopes = _Scopes()
    found, mixed, unsaid = _by_control(states, survey.universe)
    rule = _global_rule(found, survey, catalog)
    if rule is GlobalControls.HOME:
        found = {control: _at_home(control, by_state, survey, catalog) for control, by_state in found.items()}
    controls = [
        row
        for control in sorted({*found, *mixed}, key=natural_key)
        for row in _control_rows(control, found.get(control, {}), scopes, catalog)
    ]
    reasoned = _with_reasons(controls, found, hub, catalog)
    rows: Rows = {
        "Controls": reasoned,
        "Standards": list(_standard_rows(states, survey, scopes)),
        "Scopes": scopes.rows(),
    }
    return FromHub(
        rows=rows,
        mixed=tuple(catalog.shown(one) for one in sorted(mixed, key=natural_key)),
        unsaid=tuple(f"{catalog.shown(control)} {name}" for control, name in sorted(unsaid)),
        unread=len(survey.readings) - len(states),
        global_rule=rule,
    )


def _global_rule(found: Mapping[ControlId, _ByState], survey: Survey, catalog: Catalog) -> GlobalControls:
    """`home` if every control over global resources is off outside the Region that checks it, else `everywhere`."""
    for control, by_state in found.items():
        known = catalog.controls.get(control)
        if known is None or not known.is_global:
            continue
        place = _checked_in(control, survey)
        if any(on and any(one.region != place for one in targets) for (on, _), targets in by_state.items()):
            return GlobalControls.EVERYWHERE
    return GlobalControls.HOME


def _at_home(control: ControlId, by_state: _ByState, survey: Survey, catalog: Catalog) -> _ByState:
    """The states of a control over global resources in the Region that checks it alone; others as they are."""
    known = catalog.controls.get(control)
    if known is None or not known.is_global:
        return by_state
    place = _checked_in(control, survey)
    here = {state: [one for one in targets if one.region == place] for state, targets in by_state.items()}
    return {state: targets for state, targets in here.items() if targets} or by_state


def _checked_in(control: ControlId, survey: Survey) -> str:
    organization = survey.organization
    order = (organization.home_region, *organization.linked_regions)
    return single_region(control, order, survey.definitions) or organization.home_region


def _by_control(
    states: Sequence[TargetState], universe: Universe
) -> tuple[dict[ControlId, _ByState], set[ControlId], set[tuple[ControlId, str]]]:
    """Where each control has which state; which are mixed; which parameters cannot be said. Equal targets count once."""
    alike: dict[tuple[int, int, tuple[tuple[ControlId, Parameters], ...]], list[Target]] = defaultdict(list)
    for state in states:
        alike[state.known, state.enabled, state.parameters].append(state.target)
    unsaid = {
        (control, name)
        for _, _, parameters in alike
        for control, values in parameters
        for name, value in values
        if _value(value) is None
    }
    found: dict[ControlId, dict[_State, list[Target]]] = defaultdict(lambda: defaultdict(list))
    mixed: set[ControlId] = set()
    for (known, enabled, parameters), targets in alike.items():
        custom = dict(parameters)
        for control, mask in universe.of_control.items():
            here = mask & known
            on = here & enabled
            if on and on != here:
                mixed.add(control)
            elif here:
                values = tuple(pair for pair in custom.get(control, ()) if (control, pair[0]) not in unsaid)
                found[control][bool(on), values] += targets
    return {control: one for control, one in found.items() if control not in mixed}, mixed, unsaid


def _control_rows(control: ControlId, states: _ByState, scopes: _Scopes, catalog: Catalog) -> Iterator[dict[str, str]]:
    if not states:
        yield {**owned(control, catalog), "reason": "on in one standard and off in another; left as it is"}
        return
    usual = max(states, key=lambda state: (len(states[state]), state[0], repr(state)))
    yield {**owned(control, catalog), **_cells(usual)}
    for state in sorted(set(states) - {usual}, key=repr):
        for scope in scopes.cover(states[state]):
            yield {**owned(control, catalog), **_cells(state), "scope": scope, **_defaults(state, usual)}


def _cells(state: _State) -> dict[str, str]:
    on, parameters = state
    found = {"disposition": str(Disposition.ENFORCE if on else Disposition.NOT_APPLICABLE)}
    if parameters:
        found["parameters"] = "\n".join(f"{name}={_value(value)}" for name, value in parameters)
    return found


def _defaults(state: _State, usual: _State) -> dict[str, str]:
    """Names that the wider row sets and this state has at their default."""
    own = dict(state[1])
    back = [name for name, _ in usual[1] if name not in own]
    if not back:
        return {}
    lines = [f"{name}={_value(value)}" for name, value in state[1]] + [f"{name}=default" for name in back]
    return {"parameters": "\n".join(lines)}


_QUOTED = frozenset(",;=\n")
_UNSAYABLE = frozenset('"\r\u201c\u201d\u201e')
"""Letters that a quoted text cannot hold."""
_DECIMALS = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


def _value(value: ParameterValue) -> str | None:
    """A value as the Parameters column takes it, or None where it cannot say it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            text = str(value)
            return text if _DECIMALS.fullmatch(text) else None
        case str():
            return _quoted(value)
        case tuple():
            items = [_value(one) for one in value]
            said = [one for one in items if one is not None]
            return ", ".join(said) if said and len(set(said)) == len(value) else None


def _quoted(text: str) -> str | None:
    if _UNSAYABLE & set(text):
        return None
    plain = text and text == text.strip() and text.casefold() != "default" and not _QUOTED & set(text)
    return text if plain else f'"{text}"'


def _with_reasons(
    rows: Sequence[dict[str, str]], found: Mapping[ControlId, _ByState], hub: HubReader, catalog: Catalog
) -> list[Row]:
    """The rows that switch off, with the reason the hub holds in the first target where the control is off."""
    where: dict[Target, list[ControlId]] = defaultdict(list)
    for control, states in found.items():
        off = [target for (on, _), targets in states.items() if not on for target in targets]
        if off:
            where[min(off)].append(control)
    reasons: dict[str, str] = {}
    for target, controls in sorted(where.items()):
        for (_, name), (reason, _at) in hub.reasons(target, controls).items():
            reasons.setdefault(catalog.shown(ControlId(name)), reason)
    off_word = str(Disposition.NOT_APPLICABLE)
    return [
        {**row, "reason": reasons.get(row["control"], "")} if row.get("disposition") == off_word else row
        for row in rows
    ]


def _standard_rows(states: Sequence[TargetState], survey: Survey, scopes: _Scopes) -> Iterator[Row]:
    offered = sorted(
        {one for here in survey.definitions.values() for one in here.standards if not one.is_service_managed}
    )
    for standard in offered:
        on = {
            state.target: standard in state.standards | state.settling
            for state in states
            if _offers(standard, state, survey)
        }
        if not any(on.values()):
            continue
        usual = sum(on.values()) * 2 >= len(on)
        yield {"standard": standard.key, "enabled": "yes" if usual else "no"}
        for scope in scopes.cover(target for target, one in on.items() if one is not usual):
            yield {"standard": standard.key, "enabled": "no" if usual else "yes", "scope": scope}


def _offers(standard: Standard, state: TargetState, survey: Survey) -> bool:
    return standard in survey.definitions[state.target.region].standards
