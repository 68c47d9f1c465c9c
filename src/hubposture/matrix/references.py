"""What cells refer to: controls, requirements, clauses and detections, by the texts people write."""

from collections.abc import Iterable
from dataclasses import dataclass

from hubposture.catalog import Catalog, Requirement, parse_requirement
from hubposture.matrix.rows import Detection, Matrix
from hubposture.matrix.standards import standard_named
from hubposture.model.controls import ControlId, control_id, is_control_id


@dataclass(frozen=True, slots=True)
class References:
    """The values of a Covers or Covered by cell by what they are; `unknown` are those that are nothing."""

    controls: tuple[ControlId, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    clauses: tuple[str, ...] = ()
    detections: tuple[str, ...] = ()
    frameworks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def requirement_named(text: str, catalog: Catalog) -> Requirement | None:
    """The requirement a text names (`CIS v5.0.0/2.1.4`, `cis-5.0.0/2.1.4`), or None."""
    name, slash, number = text.rpartition("/")
    standard = standard_named(name, catalog.standards) if slash else None
    return Requirement(standard, number.strip()) if standard else parse_requirement(text)


def references(texts: Iterable[str], matrix: Matrix, catalog: Catalog) -> References:
    """What each text refers to, tried in this order: control, clause, detection, own requirement, requirement.

    Own requirements are written `Framework/number`. Names are compared whatever their case.
    """
    clauses = {clause.clause.casefold(): clause.clause for clause in matrix.clauses}
    detections = {each.detection.casefold(): each.detection for each in matrix.detections}
    own = {f"{row.framework}/{row.requirement}".casefold() for row in matrix.frameworks}
    found: dict[str, list[str]] = {name: [] for name in ("control", "clause", "detection", "own", "unknown")}
    requirements: list[Requirement] = []
    for text in texts:
        name = text.casefold()
        if is_control_id(text) and (catalog.get(text) or control_id(text) in catalog.retired or name not in clauses):
            found["control"].append(control_id(text))
        elif name in clauses:
            found["clause"].append(clauses[name])
        elif name in detections:
            found["detection"].append(detections[name])
        elif name in own:
            found["own"].append(text)
        elif (requirement := requirement_named(text, catalog)) is not None:
            requirements.append(requirement)
        else:
            found["unknown"].append(text)
    return References(
        controls=tuple(map(ControlId, found["control"])),
        requirements=tuple(requirements),
        clauses=tuple(found["clause"]),
        detections=tuple(found["detection"]),
        frameworks=tuple(found["own"]),
        unknown=tuple(found["unknown"]),
    )


def known_detections_of(matrix: Matrix, catalog: Catalog) -> dict[ControlId, tuple[Detection, ...]]:
    """The detections that cover each control by naming it or a requirement it serves."""
    found: dict[ControlId, list[Detection]] = {}
    for detection in matrix.detections:
        covers = references(detection.covers, matrix, catalog)
        served = [
            control.id
            for requirement in covers.requirements
            for control in catalog.controls.values()
            if requirement.number in control.requirements(requirement.standard)
        ]
        for control in dict.fromkeys((*covers.controls, *served)):
            found.setdefault(control, []).append(detection)
    return {control: tuple(each) for control, each in found.items()}
