"""The live hub's definitions over the packaged catalog: the hub wins, and what differs is said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from hubposture.catalog.book import Catalog, make_catalog
from hubposture.catalog.entries import CatalogControl, Membership, RetiredControl
from hubposture.model.controls import ControlId, Severity, Standard, control_id, natural_key
from hubposture.model.parameters import ParameterSpec

Members = Mapping[Standard, Mapping[ControlId, tuple[str, ...]]]
"""Per standard the controls that belong to it, each with its requirement numbers (empty where they were not read)."""


@dataclass(frozen=True, slots=True)
class LiveDefinition:
    """One control as ListSecurityControlDefinitions gives it in one Region.

    `id` is as AWS writes it; `available` is CurrentRegionAvailability; `customizable` says that Parameters is among
    the CustomizableProperties.
    """

    id: str
    title: str
    severity: Severity
    available: bool = True
    customizable: bool = False
    parameters: tuple[ParameterSpec, ...] = ()


class DifferenceKind(StrEnum):
    """In what a hub differs from the packaged catalog."""

    NEW = "new"
    RETIRED = "retired"
    SEVERITY = "severity"
    PARAMETERS = "parameters"
    MEMBERSHIP = "membership"


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; `detail` is a short sentence for a report."""

    control: ControlId
    kind: DifferenceKind
    detail: str


@dataclass(frozen=True, slots=True)
class Live:
    """The overlaid catalog and what differed, in natural order of the ids."""

    catalog: Catalog
    differences: tuple[Difference, ...]


def with_live(
    catalog: Catalog,
    definitions: Mapping[str, Sequence[LiveDefinition]],
    *,
    home: str = "",
    members: Members | None = None,
) -> Live:
    """Put what a hub says over a catalog.

    `definitions` maps each Region that was asked to its definitions. Title, severity and parameters come from the
    `home` Region where it has the control, else from the first Region by name; `regions` of a control are those in
    which it is available. A control no Region lists moves to the retired ones; one only the hub has is added.
    `members` holds the membership of the standards that were read; it replaces theirs, and requirement numbers that
    were not read stay as packaged. Without any Region the catalog is returned as it is.
    """
    if not definitions:
        return Live(catalog, ())
    order = sorted(definitions, key=lambda region: (region != home, region))
    found: dict[ControlId, LiveDefinition] = {}
    regions: dict[ControlId, set[str]] = {}
    for region in order:
        for definition in definitions[region]:
            control = control_id(definition.id)
            found.setdefault(control, definition)
            regions.setdefault(control, set()).update({region} if definition.available else ())
    differences: list[Difference] = []
    controls: list[CatalogControl] = []
    for control, definition in found.items():
        old = catalog.controls.get(control)
        new = _overlaid(old, definition, regions=frozenset(regions[control]))
        new = replace(new, membership=_membership(new, members or {}))
        differences.extend(_differences(old, new))
        controls.append(new)
    gone = [each for each in catalog.controls.values() if each.id not in found]
    differences.extend(Difference(each.id, DifferenceKind.RETIRED, "the hub does not list it") for each in gone)
    retired = [each for each in catalog.retired.values() if each.id not in found]
    retired += [RetiredControl(each.id, each.shown, each.title, None) for each in gone]
    differences.sort(key=lambda each: (natural_key(each.control), each.kind))
    return Live(make_catalog(controls, retired), tuple(differences))


def _overlaid(old: CatalogControl | None, definition: LiveDefinition, *, regions: frozenset[str]) -> CatalogControl:
    base = old or CatalogControl(
        id=control_id(definition.id),
        shown=definition.id,
        title=definition.title,
        service=definition.id.rpartition(".")[0],
        severity=definition.severity,
    )
    return replace(
        base,
        shown=definition.id,
        title=definition.title or base.title,
        severity=definition.severity,
        customizable=definition.customizable or bool(definition.parameters),
        parameters=tuple(sorted(definition.parameters, key=lambda spec: spec.name)),
        regions=regions,
    )


def _membership(control: CatalogControl, members: Members) -> Membership:
    """A control's membership with that of the standards that were read in place of the packaged."""
    kept = {standard: numbers for standard, numbers in control.membership if standard not in members}
    for standard, live in members.items():
        if control.id in live:
            kept[standard] = live[control.id] or control.requirements(standard)
    return tuple(sorted(kept.items()))


def _differences(old: CatalogControl | None, new: CatalogControl) -> list[Difference]:
    if old is None:
        return [Difference(new.id, DifferenceKind.NEW, f"not in the packaged catalog: {new.severity}, {new.title}")]
    found = []
    if old.severity != new.severity:
        found.append(Difference(new.id, DifferenceKind.SEVERITY, f"{old.severity} is now {new.severity}"))
    if detail := _parameter_detail(old, new):
        found.append(Difference(new.id, DifferenceKind.PARAMETERS, detail))
    if detail := _membership_detail(old, new):
        found.append(Difference(new.id, DifferenceKind.MEMBERSHIP, detail))
    return found


def _parameter_detail(old: CatalogControl, new: CatalogControl) -> str:
    """What changed in the parameters; nothing if the packaged catalog never knew them."""
    if old.customizable and not old.parameters:
        return ""
    before, after = ({spec.name: spec for spec in each.parameters} for each in (old, new))
    parts = [f"{name} is gone" for name in sorted(before.keys() - after.keys())]
    parts += [f"{name} is new" for name in sorted(after.keys() - before.keys())]
    parts += [f"{name} changed" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]
    return ", ".join(parts)


def _membership_detail(old: CatalogControl, new: CatalogControl) -> str:
    before, after = dict(old.membership), dict(new.membership)
    parts = [f"left {standard.key}" for standard in sorted(before.keys() - after.keys())]
    parts += [f"joined {standard.key}" for standard in sorted(after.keys() - before.keys())]
    return ", ".join(parts)
