"""Coverage: requirement by requirement and clause by clause, what covers it, or that it is a gap."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from hubposture.catalog import Catalog, Requirement, standard_title
from hubposture.matrix.freshness import Freshness, freshness
from hubposture.matrix.references import References, known_detections_of, references
from hubposture.matrix.rows import ControlRow, Detection, FrameworkRow, Matrix
from hubposture.model.controls import ControlId, Disposition, Standard, natural_key

OWN = "Own standard"
"""The group of the organization's own clauses."""


class ItemKind(StrEnum):
    """What an item of the coverage is."""

    REQUIREMENT = "requirement"
    OWN_REQUIREMENT = "own requirement"
    CLAUSE = "clause"


class Covered(StrEnum):
    """How far an item is covered; gaps are shown first."""

    GAP = "gap"
    PARTLY = "partly"
    COVERED = "covered"


@dataclass(frozen=True, slots=True)
class ByControl:
    """A control that serves an item: its dispositions by scope ('' is the whole organization), and what they amount to."""

    control: ControlId
    shown: str
    dispositions: tuple[tuple[str, Disposition], ...]
    state: Covered
    why: str = ""


@dataclass(frozen=True, slots=True)
class ByDetection:
    """A detection that covers an item; only a fresh one counts."""

    detection: str
    state: Freshness


@dataclass(frozen=True, slots=True)
class ByMeasure:
    """A compensating measure: the control it stands for, and where it can be seen ('' is no evidence)."""

    control: ControlId
    shown: str
    scope: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CoverageItem:
    """One requirement or clause. `why` says what is missing; it is empty where the item is covered."""

    kind: ItemKind
    group: str
    item: str
    title: str
    state: Covered
    controls: tuple[ByControl, ...] = ()
    detections: tuple[ByDetection, ...] = ()
    measures: tuple[ByMeasure, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many items of a standard, framework or the own standard are covered, partly covered, and gaps."""

    group: str
    covered: int
    partly: int
    gaps: int

    @property
    def total(self) -> int:
        """All items of the group that are known."""
        return self.covered + self.partly + self.gaps


@dataclass(frozen=True, slots=True)
class Coverage:
    """All items, gaps first, then by group and number; and the counts by group in the same order of groups."""

    items: tuple[CoverageItem, ...]
    counts: tuple[GroupCount, ...]


def coverage(
    matrix: Matrix, catalog: Catalog, *, today: dt.date, standards: Iterable[Standard] | None = None
) -> Coverage:
    """What covers each requirement and clause.

    `standards` are those to look at; None is every standard the Standards sheet turns on somewhere. Requirements are
    those the catalog knows by number; the Frameworks sheet and the Clauses sheet are always looked at. A control that
    is on covers what it serves; off it covers nothing by itself: under `siem` a fresh detection does, under
    `compensated` its evidence. An item is partly covered if something covers it somewhere, or some of its controls.
    """
    look = _Look(matrix, catalog, today)
    wanted = _enabled(matrix) if standards is None else tuple(dict.fromkeys(standards))
    items = [*look.requirements(wanted), *look.own_requirements(), *look.clauses()]
    groups = list(dict.fromkeys(item.group for item in items))
    order = {group: number for number, group in enumerate(groups)}
    ranks = list(Covered)
    items.sort(key=lambda item: (ranks.index(item.state), order[item.group], natural_key(item.item)))
    return Coverage(tuple(items), tuple(_count(group, items) for group in groups))


def _enabled(matrix: Matrix) -> tuple[Standard, ...]:
    return tuple(dict.fromkeys(row.standard for row in matrix.standards if row.enabled))


def _count(group: str, items: Iterable[CoverageItem]) -> GroupCount:
    states = [item.state for item in items if item.group == group]
    return GroupCount(group, *(states.count(state) for state in reversed(Covered)))


class _Look:
    """What the items are judged by, gathered once."""

    def __init__(self, matrix: Matrix, catalog: Catalog, today: dt.date) -> None:
        self.matrix, self.catalog = matrix, catalog
        self.states = {each.detection: freshness(each, today) for each in matrix.detections}
        self.by_name = {each.detection: each for each in matrix.detections}
        self.for_control = known_detections_of(matrix, catalog)
        self.covers: dict[str, References] = {
            each.detection: references(each.covers, matrix, catalog) for each in matrix.detections
        }
        self.rows: dict[ControlId, list[ControlRow]] = {}
        for row in matrix.controls:
            self.rows.setdefault(row.control, []).append(row)

    def requirements(self, standards: Iterable[Standard]) -> Iterator[CoverageItem]:
        for standard in standards:
            numbers: Mapping[str, tuple[ControlId, ...]] = {
                number: tuple(control.id for control in controls)
                for number, controls in self.catalog.controls_by_requirement(standard).items()
            }
            for number in sorted({*numbers, *self._detected(standard)}, key=natural_key):
                wanted = Requirement(standard, number)
                named = [name for name, covers in self.covers.items() if wanted in covers.requirements]
                title = "; ".join(self.catalog.controls[control].title for control in numbers.get(number, ()))
                yield self._item(
                    ItemKind.REQUIREMENT,
                    standard_title(standard),
                    number,
                    title=title,
                    controls=numbers.get(number, ()),
                    named=named,
                )

    def _detected(self, standard: Standard) -> set[str]:
        """Requirements that only a detection names: nothing of the catalog serves them."""
        return {
            each.number for covers in self.covers.values() for each in covers.requirements if each.standard == standard
        }

    def own_requirements(self) -> Iterator[CoverageItem]:
        for row in self.matrix.frameworks:
            controls, names = self._followed(row)
            yield self._item(
                ItemKind.OWN_REQUIREMENT,
                row.framework,
                row.requirement,
                title=row.title,
                controls=controls,
                named=names,
            )

    def _followed(self, row: FrameworkRow) -> tuple[tuple[ControlId, ...], list[str]]:
        """The controls and detections behind Covered by, clauses and requirements followed to theirs."""
        found = references(row.covered_by, self.matrix, self.catalog)
        controls = list(found.controls)
        names = list(found.detections)
        for clause in found.clauses:
            controls += [each.control for each in self.matrix.controls if clause in each.clauses]
            names += [name for name, covers in self.covers.items() if clause in covers.clauses]
        for wanted in found.requirements:
            served = self.catalog.controls_by_requirement(wanted.standard).get(wanted.number, ())
            controls += [control.id for control in served]
            names += [name for name, covers in self.covers.items() if wanted in covers.requirements]
        own = f"{row.framework}/{row.requirement}".casefold()
        names += [name for name, covers in self.covers.items() if own in map(str.casefold, covers.frameworks)]
        return tuple(dict.fromkeys(controls)), list(dict.fromkeys(names))

    def clauses(self) -> Iterator[CoverageItem]:
        for clause in self.matrix.clauses:
            controls = dict.fromkeys(row.control for row in self.matrix.controls if clause.clause in row.clauses)
            named = [name for name, covers in self.covers.items() if clause.clause in covers.clauses]
            title = clause.title or clause.statement
            yield self._item(ItemKind.CLAUSE, OWN, clause.clause, title=title, controls=tuple(controls), named=named)

    def _item(
        self,
        kind: ItemKind,
        group: str,
        item: str,
        *,
        title: str,
        controls: tuple[ControlId, ...],
        named: Iterable[str],
    ) -> CoverageItem:
        by_control = tuple(self._by_control(control) for control in sorted(controls, key=natural_key))
        detections = dict.fromkeys(named)
        for control in controls:
            if any(row.disposition is Disposition.SIEM for row in self.rows.get(control, ())):
                detections.update(dict.fromkeys(each.detection for each in self.for_control.get(control, ())))
        by_detection = tuple(ByDetection(name, self.states[name]) for name in detections)
        measures = tuple(self._measures(controls))
        state, why = _judge(by_control, [self.by_name[name] for name in named], self.states)
        return CoverageItem(kind, group, item, title, state, by_control, by_detection, measures, why)

    def _by_control(self, control: ControlId) -> ByControl:
        rows = self.rows.get(control, [])
        said = tuple(sorted((row.scope, row.disposition) for row in rows if row.disposition is not None))
        held = [self._holds(row) for row in rows if row.disposition is not None]
        reasons = tuple(dict.fromkeys(why for why in held if why))
        shown = self.catalog.shown(control)
        if not said:
            return ByControl(control, shown, said, Covered.GAP, f"{shown} has no row")
        if not any(not why for why in held):
            return ByControl(control, shown, said, Covered.GAP, f"{shown} {'; '.join(reasons)}")
        whole = any(not scope for scope, _ in said)
        if reasons or not whole:
            why = "; ".join(reasons) or "speaks of some scopes only"
            return ByControl(control, shown, said, Covered.PARTLY, f"{shown} {why}")
        return ByControl(control, shown, said, Covered.COVERED)

    def _holds(self, row: ControlRow) -> str:
        """Why a row covers nothing where it holds, or '' where it covers."""
        where = f" in {row.scope}" if row.scope else ""
        if row.disposition is Disposition.SIEM:
            states = [self.states[each.detection] for each in self.for_control.get(row.control, ())]
            if Freshness.FRESH in states:
                return ""
            told = ", ".join(sorted({state.value for state in states}))
            return f"is left to the SIEM{where}, " + (
                f"where its detection is {told}" if told else "and no detection covers it"
            )
        if row.disposition is Disposition.COMPENSATED:
            return "" if row.evidence else f"is compensated{where} without evidence"
        return f"is not applicable{where}" if row.disposition is Disposition.NOT_APPLICABLE else ""

    def _measures(self, controls: Iterable[ControlId]) -> Iterator[ByMeasure]:
        for control in controls:
            for row in self.rows.get(control, ()):
                if row.disposition is Disposition.COMPENSATED:
                    yield ByMeasure(control, self.catalog.shown(control), row.scope, row.evidence)


def _judge(
    controls: tuple[ByControl, ...], named: list[Detection], states: Mapping[str, Freshness]
) -> tuple[Covered, str]:
    """The state of an item and what is missing: a fresh detection that names it covers it whole."""
    if any(states[each.detection] is Freshness.FRESH for each in named):
        return Covered.COVERED, ""
    stale = [f"{each.detection} is {states[each.detection]}" for each in named]
    if not controls:
        return Covered.GAP, "; ".join(stale) or "nothing covers it"
    missing = "; ".join([each.why for each in controls if each.why] + stale)
    found = {each.state for each in controls}
    if found == {Covered.COVERED}:
        return Covered.COVERED, ""
    return (Covered.GAP if found == {Covered.GAP} else Covered.PARTLY), missing
