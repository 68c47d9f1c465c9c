"""Whether the ground of an edit still holds, and whether the edit was achieved."""

from dataclasses import replace
from typing import Any

import pytest

from controls.controls_world import IAM7, S31, S38, UNIVERSE, pairs, state
from hubposture.catalog.standards import CIS_5, FSBP, PCI_4
from hubposture.controls.edits import OFF, ON, STAGES, Kind
from hubposture.controls.ground import achieved, by_key, moved, shown, standing
from hubposture.reconcile.change import Edit, Value


def edit(kind: Kind, *key: str, current: Value = ON, desired: Value = OFF) -> Edit:
    return Edit(STAGES[kind], kind, key, current, desired, "why", "Controls!G2")


OFF_S38 = edit(Kind.ASSOCIATION, "fsbp-1.0.0", S38)
ON_PCI = edit(Kind.STANDARD, "pci-dss-4.0.1", current=OFF, desired=ON)
OFF_IN_PCI = edit(Kind.ASSOCIATION, "pci-dss-4.0.1", S38)
THIRTY = edit(Kind.PARAMETERS, IAM7, current=(), desired=(("days", 30),))


def test_an_edit_whose_thing_is_as_planned_from_or_as_wanted_may_go_on() -> None:
    assert moved([OFF_S38, ON_PCI, OFF_IN_PCI, THIRTY], state(), UNIVERSE) == {}
    there = state(standards=[FSBP, CIS_5, PCI_4], off=pairs((FSBP, S38)), parameters={IAM7: (("days", 30),)})
    assert moved([OFF_S38, ON_PCI, THIRTY], there, UNIVERSE) == {}


def test_an_edit_whose_ground_has_moved_says_from_what_to_what() -> None:
    now = state(missing=pairs((FSBP, S38)), parameters={IAM7: (("days", 7),)})
    found = moved([OFF_S38, THIRTY, OFF_IN_PCI], now, UNIVERSE)
    assert set(found) == {OFF_S38, THIRTY, OFF_IN_PCI}
    assert found[OFF_S38] == "the ground has moved: planned from on, now absent"
    assert found[THIRTY] == "the ground has moved: planned from defaults, now days=7"


def test_associations_of_a_standard_the_same_edits_enable_are_not_held_against_the_ground() -> None:
    assert moved([OFF_IN_PCI, ON_PCI], state(), UNIVERSE) == {}
    assert set(moved([OFF_IN_PCI], state(), UNIVERSE)) == {OFF_IN_PCI}


def test_a_control_of_a_standard_that_went_off_stands_nowhere_even_if_a_bit_was_left() -> None:
    now = replace(state(), standards=frozenset({CIS_5}))
    assert standing(OFF_S38, now, UNIVERSE) is None


@pytest.mark.parametrize("one", [OFF_S38, ON_PCI, THIRTY])
def test_an_edit_is_achieved_when_the_target_holds_what_it_wants(one: Any) -> None:
    there = state(standards=[FSBP, CIS_5, PCI_4], off=pairs((FSBP, S38)), parameters={IAM7: (("days", 30),)})
    assert achieved(one, there, UNIVERSE)
    assert not achieved(one, state(), UNIVERSE)


def test_a_standard_that_settles_counts_as_on() -> None:
    assert achieved(ON_PCI, replace(state(), settling=frozenset({PCI_4})), UNIVERSE)


def test_unknown_standards_and_controls_stand_nowhere() -> None:
    assert standing(edit(Kind.ASSOCIATION, "cis-9.9.9", S31), state(), UNIVERSE) is None
    assert standing(edit(Kind.ASSOCIATION, "fsbp-1.0.0", "s3.999"), state(), UNIVERSE) is None
    assert by_key(UNIVERSE, "cis-9.9.9") is None
    assert by_key(UNIVERSE, "fsbp-1.0.0") == FSBP


def test_an_edit_of_another_kind_is_a_defect_and_not_a_guess() -> None:
    with pytest.raises(ValueError, match="policy is no edit"):
        standing(replace(OFF_S38, kind="policy"), state(), UNIVERSE)


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "absent"), (ON, "on"), ((), "defaults"), ((("a", 1), ("b", ("x", "y"))), "a=1, b=x,y"), ((1, 2), "1, 2")],
)
def test_values_are_shown_in_words(value: Any, text: Any) -> None:
    assert shown(value) == text
