"""The plan of targets: hand-made cases, and what holds of every plan."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import (
    ALL_RULES,
    DARK,
    DEFINITIONS,
    HOME,
    IAM6,
    IAM7,
    RULES,
    S31,
    S38,
    STANDARD_WISHES,
    TARGETS,
    UNIVERSE,
    after,
    edits_of,
    enabled,
    intent,
    intents,
    pairs,
    state,
    states,
)
from hubposture.catalog.standards import CIS_5, CONTROL_TOWER, FSBP, PCI_4
from hubposture.controls.desired import Intent, Rules, StandardIntent, wish
from hubposture.controls.ground import achieved, moved
from hubposture.controls.plan import GOES_OFF, Planner, overlay
from hubposture.controls.state import Reading, TargetState
from hubposture.model.controls import ControlId, Disposition, Standard
from hubposture.model.targets import Governance, Target, Way
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Plan

Wished = tuple[Mapping[ControlId, Intent], Mapping[Standard, StandardIntent]]
ON_HOME, ON_OTHER = TARGETS[0], TARGETS[1]


def planned(
    readings: Sequence[Reading],
    rows: Sequence[Intent] = (),
    standards: Mapping[Standard, StandardIntent] | None = None,
    *,
    rules: Rules = RULES,
    held: Mapping[Target, str] | None = None,
) -> Plan:
    by_control = {row.control: row for row in rows}
    wishes = {
        region: wish(
            by_control, standards or {}, region=region, universe=UNIVERSE, definitions=DEFINITIONS, rules=rules
        )
        for region in DEFINITIONS
    }
    planner = Planner(UNIVERSE, lambda target: wishes[target.region], held or {}, rules.disable_standards)
    return planner.plan("acme", readings)


def edits(now: TargetState, *rows: Intent, **more: object) -> tuple[Edit, ...]:
    return planned([now], rows, **more).edits.get(now.target, ())  # type: ignore[arg-type]


# --- hand-made cases --------------------------------------------------------------------------------------------------


def test_only_what_differs_is_changed_in_every_enabled_standard_that_holds_it() -> None:
    now = state(off=pairs((FSBP, S38)))
    assert edits_of(edits(now, intent(S38), intent(S31))) == {("association", "fsbp-1.0.0", "s3.8", "on")}
    assert edits_of(edits(now, intent(S38, Disposition.SIEM))) == {("association", "cis-5.0.0", "s3.8", "off")}
    assert edits(now, intent(S38, Disposition.MONITOR), standards=None)[0].current == "off"


def test_a_control_without_a_row_is_left_as_it_is() -> None:
    assert edits(state(off=pairs((FSBP, S38), (CIS_5, S31)))) == ()


def test_a_newly_enabled_standard_comes_with_the_controls_that_shall_be_off_in_it() -> None:
    found = edits(state(), intent(S31, Disposition.SIEM), intent(S38), standards=enabled(PCI_4))
    assert edits_of(found) == {
        ("standard", "pci-dss-4.0.1", "on"),
        ("association", "pci-dss-4.0.1", "s3.1", "off"),
        ("association", "fsbp-1.0.0", "s3.1", "off"),
        ("association", "cis-5.0.0", "s3.1", "off"),
    }
    assert found[0].key == ("pci-dss-4.0.1",)


def test_parameters_of_a_control_that_only_a_newly_enabled_standard_brings_are_set_at_once() -> None:
    found = edits(state(standards=[FSBP]), intent(IAM7, days=30), standards=enabled(CIS_5))
    assert edits_of(found) == {("standard", "cis-5.0.0", "on"), ("parameters", "iam.7", "(('days', 30),)")}


def test_a_standard_goes_off_only_where_that_is_allowed_and_is_held_otherwise() -> None:
    wanted = enabled(CIS_5, on=False)
    made = planned([state()], [intent(S31, Disposition.SIEM)], wanted)
    assert edits_of(made.edits[ON_HOME]) == {("association", s, "s3.1", "off") for s in ("fsbp-1.0.0", "cis-5.0.0")}
    (held,) = made.held
    assert held.key == ("cis-5.0.0",)
    assert "controls.disable_standards" in held.why
    allowed = planned([state()], [intent(S31, Disposition.SIEM)], wanted, rules=replace(RULES, disable_standards=True))
    assert edits_of(allowed.edits[ON_HOME]) == {
        ("standard", "cis-5.0.0", "off"),
        ("association", "fsbp-1.0.0", "s3.1", "off"),
    }
    assert allowed.held == ()


def test_a_standard_that_is_not_ready_yet_counts_as_on() -> None:
    now = replace(state(), standards=frozenset({FSBP}), settling=frozenset({CIS_5}))
    assert edits(now, standards=enabled(CIS_5, FSBP)) == ()


def test_what_a_standard_that_is_still_being_enabled_does_not_show_is_planned_as_for_a_new_one() -> None:
    now = replace(state(missing=pairs((CIS_5, S38))), standards=frozenset({FSBP}), settling=frozenset({CIS_5}))
    made = planned([now], [intent(S38, Disposition.SIEM)])
    assert ("association", "cis-5.0.0", "s3.8", "off") in edits_of(made.edits[ON_HOME])
    assert made.held == ()


def test_service_managed_standards_are_never_written() -> None:
    assert edits(state(), standards=enabled(CONTROL_TOWER), rules=replace(RULES, disable_standards=True)) == ()


def test_a_control_that_an_account_does_not_have_is_held_and_not_written() -> None:
    made = planned([state(missing=pairs((FSBP, S38)))], [intent(S38, Disposition.SIEM)])
    assert edits_of(made.edits[ON_HOME]) == {("association", "cis-5.0.0", "s3.8", "off")}
    assert [(one.place, one.key) for one in made.held] == [(ON_HOME, ("fsbp-1.0.0", "s3.8"))]


def test_controls_of_global_resources_are_on_at_home_and_off_elsewhere() -> None:
    off = pairs((FSBP, IAM6), (CIS_5, IAM6))
    made = planned([state(off=off), state(ON_OTHER)], [intent(IAM6)])
    assert edits_of(made.edits[ON_HOME]) == {("association", s, "iam.6", "on") for s in ("fsbp-1.0.0", "cis-5.0.0")}
    assert edits_of(made.edits[ON_OTHER]) == {("association", s, "iam.6", "off") for s in ("fsbp-1.0.0", "cis-5.0.0")}
    assert all(HOME in one.reason and one.because == "" for one in made.edits[ON_OTHER])


def test_a_control_that_nothing_checks_any_more_is_marked_as_going_off() -> None:
    assert {one.because for one in edits(state(), intent(S38, Disposition.COMPENSATED))} == {GOES_OFF}


def test_parameters_not_named_stay_and_default_takes_one_back() -> None:
    now = state(parameters={IAM7: (("days", 30), ("strict", False))})
    (found,) = edits(now, intent(IAM7, days=None))
    assert (found.current, found.desired) == ((("days", 30), ("strict", False)), (("strict", False),))
    assert edits(now, intent(IAM7, days=30)) == ()
    assert edits(state(), intent(IAM7, days=None)) == ()


def test_parameters_of_a_control_that_is_or_goes_off_are_not_touched() -> None:
    now = state(off=pairs((CIS_5, IAM7)))
    assert edits(now, intent(IAM7, Disposition.SIEM, days=30)) == ()
    assert edits_of(edits(now, intent(IAM7, days=30))) == {
        ("association", "cis-5.0.0", "iam.7", "on"),
        ("parameters", "iam.7", "(('days', 30),)"),
    }


def test_every_edit_names_its_cell_and_the_words_that_are_written() -> None:
    (found,) = edits(
        state(standards=[CIS_5]), intent(S38, Disposition.SIEM, source="Controls!G7", scope="prod", reason="by alarm")
    )
    assert (found.source, found.reason) == ("Controls!G7", "prod: siem, by alarm")


def test_a_target_under_a_declarative_policy_is_shown_and_never_written() -> None:
    declared = Governance(Way.DECLARATIVE, by="p-1234")
    made = planned([state(governance=declared)], [intent(S31, Disposition.SIEM)])
    assert made.edits == {}
    (held,) = made.held
    assert held.place == ON_HOME
    assert "p-1234" in held.why
    assert "2 things differ" in held.why
    assert planned([state(governance=declared)], [intent(S31)]).held == ()


def test_a_target_at_which_rows_tie_is_left_as_it_is_with_why() -> None:
    made = planned([state(), state(ON_OTHER)], [intent(S31, Disposition.SIEM)], held={ON_HOME: "G2 and G3 tie"})
    assert set(made.edits) == {ON_OTHER}
    assert [(one.place, one.key, one.why) for one in made.held] == [(ON_HOME, (), "G2 and G3 tie")]


def test_an_unreadable_target_is_neither_planned_nor_forgotten() -> None:
    made = planned([DARK, state()], [intent(S31, Disposition.SIEM)])
    assert set(made.edits) == {ON_HOME}
    assert made.unreadable == (DARK,)
    assert not made.is_complete
    assert made.places == 2


@pytest.mark.parametrize(
    ("current", "wanted", "desired"),
    [
        ((), {"a": 1}, (("a", 1),)),
        ((("a", 1), ("b", 2)), {"b": None}, (("a", 1),)),
        ((("b", 2),), {"a": 1}, (("a", 1), ("b", 2))),
        ((("a", 1),), {"a": 2}, (("a", 2),)),
        ((), {"a": None}, ()),
    ],
)
def test_a_wish_lies_over_the_custom_values(current: Any, wanted: Any, desired: Any) -> None:
    assert overlay(current, wanted) == desired


# --- what holds of every plan -----------------------------------------------------------------------------------------

WISHES = st.tuples(intents().map(lambda rows: list(rows.values())), STANDARD_WISHES, ALL_RULES)


@st.composite
def readings(draw: st.DrawFn) -> list[Reading]:
    """Five readable targets in two Regions, and one that is not, in any order."""
    found: list[Reading] = [draw(states(target)) for target in TARGETS[:-1]]
    return draw(st.permutations([*found, DARK]))


@settings(max_examples=40, deadline=None)
@given(readings(), WISHES)
def test_planning_from_what_a_plan_achieved_is_empty(found: Any, wished: Any) -> None:
    rows, standards, rules = wished
    made = planned(found, rows, standards, rules=rules)
    achieved_now: list[Reading] = [
        after(one, made.edits.get(one.target, ())) if isinstance(one, TargetState) else one for one in found
    ]
    again = planned(achieved_now, rows, standards, rules=rules)
    assert {place: [str(one) for one in wanted] for place, wanted in again.edits.items()} == {}


@settings(max_examples=80, deadline=None)
@given(states(), WISHES, st.data())
def test_planning_from_a_state_in_which_pairs_are_missing_for_good_converges_too(
    now: Any, wished: Any, data: Any
) -> None:
    rows, standards, rules = wished
    missing = data.draw(st.integers(0, (1 << len(UNIVERSE.pairs)) - 1))
    now = replace(now, known=now.known & ~missing, enabled=now.enabled & ~missing)
    for _ in range(2):
        now = after(now, planned([now], rows, standards, rules=rules).edits.get(now.target, ()), missing=missing)
    assert planned([now], rows, standards, rules=rules).edits == {}


@settings(max_examples=80, deadline=None)
@given(states(), WISHES, st.data())
def test_a_plan_that_was_applied_in_part_is_completed_by_the_next_one(now: Any, wished: Any, data: Any) -> None:
    rows, standards, rules = wished
    made = planned([now], rows, standards, rules=rules).edits.get(now.target, ())
    part = after(now, [one for one in made if data.draw(st.booleans())])
    rest = planned([part], rows, standards, rules=rules).edits.get(now.target, ())
    assert planned([after(part, rest)], rows, standards, rules=rules).edits == {}


@settings(max_examples=40, deadline=None)
@given(readings(), WISHES, st.randoms())
def test_the_order_of_targets_and_rows_does_not_change_a_plan(found: Any, wished: Any, chance: random.Random) -> None:
    rows, standards, rules = wished
    one = planned(found, rows, standards, rules=rules)
    shuffled = dict(chance.sample(sorted(standards.items(), key=lambda item: item[0]), len(standards)))
    other = planned(chance.sample(found, len(found)), chance.sample(rows, len(rows)), shuffled, rules=rules)
    assert one.digest == other.digest
    assert list(one.changes()) == list(other.changes())
    assert (one.held, one.unreadable, one.cells, one.places) == (
        other.held,
        other.unreadable,
        other.cells,
        other.places,
    )


@settings(max_examples=40, deadline=None)
@given(readings(), WISHES)
def test_equal_targets_have_equal_edits_and_the_unreadable_one_has_none(found: Any, wished: Any) -> None:
    rows, standards, rules = wished
    made = planned(found, rows, standards, rules=rules)
    assert DARK.target not in made.edits
    for one in found:
        if isinstance(one, TargetState):
            assert made.edits.get(one.target, ()) == planned([one], rows, standards, rules=rules).edits.get(
                one.target, ()
            )


@settings(max_examples=80, deadline=None)
@given(states(), WISHES)
def test_no_edit_is_without_effect_and_the_ground_of_a_fresh_plan_holds(now: Any, wished: Any) -> None:
    rows, standards, rules = wished
    made = planned([now], rows, standards, rules=rules).edits.get(now.target, ())
    assert all(one.current != one.desired for one in made)
    assert moved(made, now, UNIVERSE) == {}
    coming = {one.key[0] for one in made if one.kind == "standard"}
    assert not any(achieved(one, now, UNIVERSE) for one in made if one.key[0] not in coming)


@settings(max_examples=40, deadline=None)
@given(readings(), WISHES)
def test_a_plan_never_moves_more_cells_than_it_compared(found: Any, wished: Any) -> None:
    rows, standards, rules = wished
    made = planned(found, rows, standards, rules=rules)
    assert made.weight <= made.cells


@settings(max_examples=80, deadline=None)
@given(states(), WISHES)
def test_nothing_is_written_that_no_row_speaks_of(now: Any, wished: Any) -> None:
    rows, standards, rules = wished
    spoken = {row.control for row in rows} - rules.settling
    for one in planned([now], rows, standards, rules=rules).edits.get(now.target, ()):
        assert one.key[-1] in spoken or one.kind == "standard"
        assert one.key[0] in {standard.key for standard in standards} or one.kind != "standard"
