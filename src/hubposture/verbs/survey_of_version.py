"""What a version of the lake says of one control, as a survey: what is on where, without a call to AWS.

It speaks of this control alone. Tags of accounts are not in the lake: scopes by tags cannot be told from it.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from hubposture.catalog import Catalog, CatalogControl, find_standard, make_catalog
from hubposture.controls.definitions import Definition, Definitions, RegionDefinitions
from hubposture.controls.state import Reading, TargetState, Universe, universe
from hubposture.matrix.parameters import typed_parameters
from hubposture.matrix.rows import Default, Matrix
from hubposture.model.controls import ControlId, Severity, Standard
from hubposture.model.organization import Account, AccountState, Organization, OrgUnit, RegionState
from hubposture.model.parameters import Parameters, ParameterSpec
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.ports.lake import Snapshot
from hubposture.ports.organization import OrganizationReading, RegionUse
from hubposture.verbs.survey import Survey

_ACCOUNTS = "SELECT account, name, alias, state, ou FROM accounts WHERE state <> 'left' ORDER BY account"
_UNITS = "SELECT account, ou_path, ou FROM units ORDER BY account, ou_path"
_TARGETS = """
SELECT t.account, t.region, t.sight, t.because, t.way, t.enablement, CASE WHEN w.control IS NULL THEN 0 ELSE 1 END AS named
FROM targets t
JOIN accounts a ON a.account = t.account AND a.state <> 'left'
LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = $control
ORDER BY t.account, t.region
"""
_ENABLED = """
SELECT enablement, standard, is_on, parameters FROM enablement WHERE control = $control ORDER BY enablement, standard
"""
_CONTROL = "SELECT shown, title, severity FROM controls WHERE control = $control ORDER BY shown"
_CONTROLS = "SELECT control, shown, title, service, severity FROM controls ORDER BY control"
_STANDARDS = "SELECT standard, control, requirements FROM standards ORDER BY standard, control"
_UNLINKED = "no longer linked"
_FAR = "/"
_WAYS = frozenset(Way)


@dataclass(frozen=True, slots=True)
class Home:
    """What of an organization is in the settings and not in the lake."""

    name: str
    administrator: str
    region: str


@dataclass(frozen=True, slots=True)
class _Enabled:
    """A control in targets that are alike: whether it is on, by standard, and its custom parameters."""

    standards: Mapping[Standard, bool]
    parameters: Parameters


def survey_of_version(snapshot: Snapshot, control: ControlId, *, home: Home, catalog: Catalog) -> Survey:
    """One control everywhere, as the newest sync saw it. Targets of which nothing is known are unreadable."""
    rows = [row for row in snapshot.execute(_TARGETS, {"control": control}) if _UNLINKED not in row[3]]
    organization = _organization(snapshot, home, sorted({row[1] for row in rows}))
    specs = known.parameters if (known := catalog.controls.get(control)) is not None else ()
    enabled = _enablement(snapshot, control, specs)
    definitions = _definitions(rows, enabled, _definition(snapshot, control, catalog), organization)
    everything = universe(definitions)
    read = _Readings(control, home, enabled, everything)
    readings = [read.of(row) for row in rows]
    return Survey(
        reading=OrganizationReading(
            organization,
            tuple(RegionUse(one, RegionState.ON, in_use=True, why="") for one in organization.linked_regions),
            central=any(row[4] == Way.CENTRAL for row in rows),
        ),
        definitions=definitions,
        universe=everything,
        governance={one.target: one if isinstance(one, Unreadable) else one.governance for one in readings},
        readings=tuple(readings),
    )


def catalog_of_version(snapshot: Snapshot, catalog: Catalog) -> Catalog:
    """The catalog with the controls that a version knows and it does not: what AWS released since."""
    members: dict[str, dict[Standard, tuple[str, ...]]] = {}
    for standard, control, numbers in snapshot.execute(_STANDARDS, {}):
        if control not in catalog.controls:
            members.setdefault(control, {})[_standard(standard)] = tuple(one for one in numbers.split(", ") if one)
    news = [
        CatalogControl(
            ControlId(control), shown, title, service, Severity(severity),
            membership=tuple(sorted(members.get(control, {}).items())),
        )
        for control, shown, title, service, severity in snapshot.execute(_CONTROLS, {})
        if control not in catalog.controls and control not in catalog.retired and severity in list(Severity)
    ]  # fmt: skip
    return make_catalog([*catalog.controls.values(), *news], catalog.retired.values()) if news else catalog


def needs_tags(matrix: Matrix) -> bool:
    """Whether a scope that rows of controls use speaks of tags of accounts."""
    used = {row.scope.casefold() for row in matrix.controls if row.scope}
    meant = [one for one in matrix.scopes if one.scope.casefold() in used]
    return any(one.account_tags or any("=" in text for text in one.excluding) for one in meant)


# --- the organization ------------------------------------------------------------------------------------------------


def _organization(snapshot: Snapshot, home: Home, regions: list[str]) -> Organization:
    units = {"r": OrgUnit("r", "Root", None, _FAR)}
    lineages: dict[str, dict[str, str]] = {}
    for account, path, id_ in snapshot.execute(_UNITS, {}):
        lineages.setdefault(account, {})[path] = id_ or path
    for paths in lineages.values():
        units |= {one.id: one for one in _units(paths)}
    if any(one.path == _FAR and one.id != "r" for one in units.values()):
        del units["r"]
    accounts = {}
    for account, name, alias, state, ou in snapshot.execute(_ACCOUNTS, {}):
        accounts[account] = Account(account, name, ou, state=AccountState(state), alias=alias)
    return Organization(
        name=home.name, id="", partition="", management_account="", administrator=home.administrator,
        home_region=home.region, linked_regions=tuple(regions), units=units, accounts=accounts,
    )  # fmt: skip


def _units(paths: Mapping[str, str]) -> Iterator[OrgUnit]:
    """The OUs above one account, each below the longest path that it begins with."""
    for path, id_ in paths.items():
        above = [other for other in paths if other != path and (other == _FAR or path.startswith(f"{other}/"))]
        parent = max(above, key=len, default=None)
        name = path.removeprefix(parent or "").strip("/") or "Root"
        yield OrgUnit(id_, name, paths[parent] if parent is not None else None, path)


# --- the control -----------------------------------------------------------------------------------------------------


def _definition(snapshot: Snapshot, control: ControlId, catalog: Catalog) -> Definition:
    known = catalog.controls.get(control)
    rows = snapshot.execute(_CONTROL, {"control": control})
    shown, title, severity = rows[0] if rows else (catalog.shown(control), "", "")
    theirs = known.severity if known is not None else Severity.HIGH
    found = Severity(severity) if severity in list(Severity) else theirs
    return Definition(
        control, shown, title, found, available=True, parameters=known.parameters if known is not None else ()
    )


def _enablement(snapshot: Snapshot, control: ControlId, specs: Iterable[ParameterSpec]) -> dict[str, _Enabled]:
    found: dict[str, dict[Standard, bool]] = {}
    texts: dict[str, str] = {}
    for key, standard, is_on, parameters in snapshot.execute(_ENABLED, {"control": control}):
        found.setdefault(key, {})[_standard(standard)] = bool(is_on)
        texts[key] = parameters
    every = tuple(specs)
    return {key: _Enabled(states, _parameters(texts[key], every)) for key, states in found.items()}


def _standard(key: str) -> Standard:
    name, _, version = key.rpartition("-")
    return find_standard(key) or Standard(name, version)


def _parameters(text: str, specs: tuple[ParameterSpec, ...]) -> Parameters:
    """What `name=value, name=value` says, typed; a value that nothing is known of stays a text."""
    names = {spec.name: text.find(f"{spec.name}=") for spec in specs}
    places = sorted((at, name) for name, at in names.items() if at == 0 or (at > 0 and text[at - 2 : at] == ", "))
    ends = [*(at - 2 for at, _ in places[1:]), len(text)][: len(places)]
    said = [(name, _written(text[at + len(name) + 1 : end])) for (at, name), end in zip(places, ends, strict=True)]
    typed, _ = typed_parameters(tuple(said), specs)
    return tuple((name, value) for name, value in typed if not isinstance(value, Default))


def _written(value: str) -> str:
    """A value as a cell of the workbook has it."""
    if not value.startswith("("):
        return value
    try:
        items = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    return ", ".join(str(item) for item in items) if isinstance(items, tuple) else value


def _definitions(
    rows: Iterable[tuple[object, ...]],
    enabled: Mapping[str, _Enabled],
    definition: Definition,
    organization: Organization,
) -> Definitions:
    """Where the control exists: in Regions where it is, or was wanted, somewhere; everywhere if nowhere is known."""
    standards: dict[str, set[Standard]] = {region: set() for region in organization.linked_regions}
    named: set[str] = set()
    for _, region, _, _, _, key, is_named in rows:
        states = enabled.get(str(key))
        if is_named or states is not None:
            named.add(str(region))
        standards[str(region)] |= set(states.standards) if states is not None else set()
    found: dict[str, RegionDefinitions] = {}
    for region, here in standards.items():
        is_there = region in named or not named
        one = definition if is_there else _unavailable(definition)
        members = {standard: frozenset({definition.id}) for standard in here}
        found[region] = RegionDefinitions(region, {definition.id: one}, members, {})
    return found


def _unavailable(one: Definition) -> Definition:
    return Definition(one.id, one.shown, one.title, one.severity, available=False, parameters=one.parameters)


@dataclass(frozen=True)
class _Readings:
    """Readings of targets; those that are alike share what they have."""

    control: ControlId
    home: Home
    enabled: Mapping[str, _Enabled]
    everything: Universe
    _known: dict[tuple[str, str], TargetState] = field(default_factory=dict)

    def of(self, row: tuple[object, ...]) -> Reading:
        """The reading of a row of targets."""
        account, region, sight, because, way, key, _ = (str(one) for one in row)
        target = Target(self.home.name, account, region)
        if way not in _WAYS:
            return _unreadable(target, sight, because)
        if (way, key) not in self._known:
            self._known[way, key] = self._state(target, way, key)
        return replace(self._known[way, key], target=target)

    def _state(self, target: Target, way: str, key: str) -> TargetState:
        found = self.enabled.get(key, _Enabled({}, ()))
        pairs = [pair for pair in ((one, self.control) for one in found.standards) if pair in self.everything.index]
        return TargetState(
            target=target,
            governance=Governance(Way(way)),
            standards=frozenset(found.standards),
            settling=frozenset(),
            managed=frozenset(),
            known=self.everything.encode(pairs),
            enabled=self.everything.encode(pair for pair in pairs if found.standards[pair[0]]),
            parameters=((self.control, found.parameters),) if found.parameters else (),
        )


def _unreadable(target: Target, sight: str, because: str) -> Unreadable:
    why, _, detail = because.partition(": ")
    kind = Because(why) if why in list(Because) else Because.REMOTE
    said = detail or because or "nothing was read there by the last sync"
    return Unreadable(target, kind, said, expected=sight in ("closed", "lost"))
