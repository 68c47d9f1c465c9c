"""The plan of targets that are written by calls in their own account (local and self-managed)."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from hubposture.controls.desired import Intent, StandardIntent, Wish
from hubposture.controls.edits import OFF, ON, STAGES, Kind
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.model.controls import ControlId, Standard
from hubposture.model.parameters import Parameters, ParameterValue
from hubposture.model.targets import Target, Unreadable, Way
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Held, Plan, collect_edits

GOES_OFF = "goes off"
"""The risk mark of an edit after which nothing in Security Hub checks the control there."""

_DECLARATIVE = "governed by the Organizations policy {by}: shown, never written"


@dataclass(frozen=True, slots=True)
class _Need:
    """What one target needs: interned, so it holds no target."""

    edits: tuple[Edit, ...]
    held: tuple[tuple[tuple[str, ...], str], ...]
    cells: int


@dataclass(slots=True)
class Planner:
    """Plans targets one by one, and remembers equal cases: a thousand accounts have few distinct ones.

    `wish_of` gives a target's wish, the same object for equal targets. `held_targets` are left as they are, with why.
    """

    universe: Universe
    wish_of: Callable[[Target], Wish]
    held_targets: Mapping[Target, str]
    disable_standards: bool
    _needs: dict[tuple[object, ...], _Need] = field(default_factory=dict)
    _wishes: dict[int, Wish] = field(default_factory=dict)

    def plan(self, organization: str, readings: Iterable[Reading]) -> Plan:
        """The plan for all readings of targets written by account; others must not be among them but declarative ones.

        Declarative targets that differ are held, with the policy that governs them.
        """
        wanted: list[tuple[Target, tuple[Edit, ...]]] = []
        unreadable: list[Unreadable] = []
        held: list[Held] = []
        places = cells = 0
        for reading in readings:
            places += 1
            if isinstance(reading, Unreadable):
                unreadable.append(reading)
                continue
            if (why := self.held_targets.get(reading.target)) is not None:
                held.append(Held(reading.target, (), why))
                continue
            need = self._need(reading)
            cells += need.cells
            if reading.governance.way is Way.DECLARATIVE:
                held.extend(_declared(reading, need))
                continue
            wanted.append((reading.target, need.edits))
            held.extend(Held(reading.target, key, why) for key, why in need.held)
        return Plan(
            organization=organization,
            edits=collect_edits(wanted),
            places=places,
            cells=cells,
            unreadable=tuple(sorted(unreadable, key=lambda one: one.target)),
            held=tuple(sorted(held)),
        )

    def _need(self, state: TargetState) -> _Need:
        wish = self.wish_of(state.target)
        self._wishes[id(wish)] = wish  # keeps the wish alive, so that its id stays its own
        key = (id(wish), state.standards, state.settling, state.known, state.enabled, state.parameters)
        if (found := self._needs.get(key)) is None:
            found = self._needs[key] = _need(state, wish, self.universe, disable=self.disable_standards)
        return found


def _declared(state: TargetState, need: _Need) -> Iterator[Held]:
    if need.edits:
        why = _DECLARATIVE.format(by=state.governance.by or "of an unknown name")
        yield Held(state.target, (), f"{why}; {len(need.edits)} things differ from the matrix")


def _need(state: TargetState, wish: Wish, universe: Universe, *, disable: bool) -> _Need:
    standards, held = _standard_edits(state, wish, disable=disable)
    going = {standard for standard, edit in standards.items() if edit.desired == OFF}
    coming = {standard for standard, edit in standards.items() if edit.desired == ON}
    staying = (state.standards | state.settling) - going
    present = _mask(universe, staying) & state.known
    # A standard that is being enabled (by a run that was killed, say) need not show its controls yet: they begin as on.
    unseen = _mask(universe, coming) | _mask(universe, state.settling - going) & ~state.known
    fresh = unseen & wish.off
    edits = [
        *standards.values(),
        *(
            _association(pair, wish, current=OFF, desired=ON)
            for pair in universe.decode(present & wish.on & ~state.enabled)
        ),
        *(
            _association(pair, wish, current=ON, desired=OFF)
            for pair in universe.decode(present & wish.off & state.enabled)
        ),
        *(_association(pair, wish, current=ON, desired=OFF) for pair in universe.decode(fresh)),
    ]
    on_after = (present & state.enabled | present & wish.on | unseen) & ~wish.off
    tuned = [
        intent
        for control, intent in wish.intents.items()
        if intent.parameters and universe.of_control.get(control, 0) & on_after
    ]
    edits += _parameter_edits(state, tuned)
    missing = _mask(universe, staying - state.settling) & (wish.on | wish.off) & ~state.known
    held += [
        ((pair[0].key, pair[1]), "this account does not have the control in this Region")
        for pair in universe.decode(missing)
    ]
    cells = ((present | unseen) & (wish.on | wish.off)).bit_count() + len(wish.standards) + len(tuned)
    return _Need(tuple(edits), tuple(held), cells)


def _mask(universe: Universe, standards: Iterable[Standard]) -> int:
    mask = 0
    for standard in standards:
        mask |= universe.of_standard.get(standard, 0)
    return mask


def _standard_edits(
    state: TargetState, wish: Wish, *, disable: bool
) -> tuple[dict[Standard, Edit], list[tuple[tuple[str, ...], str]]]:
    edits: dict[Standard, Edit] = {}
    held: list[tuple[tuple[str, ...], str]] = []
    present = state.standards | state.settling
    for standard, intent in wish.standards.items():
        if intent.enabled == (standard in present) or standard.is_service_managed:
            continue
        if not intent.enabled and not disable:
            why = f"{intent.source} wants it off; removing standards is not allowed (controls.disable_standards)"
            held.append(((standard.key,), why))
            continue
        edits[standard] = _standard(standard, intent)
    return edits, held


def _standard(standard: Standard, intent: StandardIntent) -> Edit:
    current, desired = (OFF, ON) if intent.enabled else (ON, OFF)
    reason = f"scope {intent.scope}" if intent.scope else "whole organization"
    return Edit(STAGES[Kind.STANDARD], Kind.STANDARD, (standard.key,), current, desired, reason, intent.source)


def _association(pair: tuple[Standard, ControlId], wish: Wish, *, current: str, desired: str) -> Edit:
    standard, control = pair
    intent = wish.intents[control]
    reason = reason_of(intent, wish.elsewhere.get(control) if desired == OFF else None)
    key = (standard.key, control)
    risk = GOES_OFF if desired == OFF and control not in wish.elsewhere else ""
    return Edit(STAGES[Kind.ASSOCIATION], Kind.ASSOCIATION, key, current, desired, reason, intent.source, because=risk)


def reason_of(intent: Intent, elsewhere: str | None) -> str:
    """The words that are shown, and written to Security Hub before the commit: scope, disposition, the row's reason."""
    scope = intent.scope or "organization"
    if elsewhere is not None:
        return f"{scope}: {intent.disposition}, its resources are global and checked in {elsewhere} alone"
    return f"{scope}: {intent.disposition}" + (f", {intent.reason}" if intent.reason else "")


def _parameter_edits(state: TargetState, tuned: Iterable[Intent]) -> Iterator[Edit]:
    now = dict(state.parameters)
    for intent in tuned:
        current = now.get(intent.control, ())
        desired = overlay(current, intent.parameters)
        if current != desired:
            yield Edit(
                STAGES[Kind.PARAMETERS],
                Kind.PARAMETERS,
                (intent.control,),
                current,
                desired,
                reason_of(intent, None),
                intent.source,
            )


def overlay(current: Parameters, wanted: Mapping[str, ParameterValue | None]) -> Parameters:
    """The custom values after a wish: None takes a name back to its default, a name not wished for stays."""
    values = dict(current)
    for name, value in wanted.items():
        if value is None:
            values.pop(name, None)
        else:
            values[name] = value
    return tuple(sorted(values.items()))
