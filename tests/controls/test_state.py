"""Encoded state: the same bits whatever the order, and back again."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import DEFINITIONS, S31, UNIVERSE
from hubposture.catalog.standards import CONTROL_TOWER, FSBP
from hubposture.controls.state import Universe, universe
from hubposture.model.controls import ControlId


@settings(deadline=None)
@given(st.sets(st.sampled_from(UNIVERSE.pairs)))
def test_pairs_come_back_from_their_mask_in_the_universes_order(pairs: Any) -> None:
    assert list(UNIVERSE.decode(UNIVERSE.encode(pairs))) == [pair for pair in UNIVERSE.pairs if pair in pairs]


@settings(deadline=None)
@given(st.randoms())
def test_the_order_of_regions_does_not_change_the_universe(chance: random.Random) -> None:
    shuffled = dict(chance.sample(sorted(DEFINITIONS.items()), len(DEFINITIONS)))
    assert universe(shuffled).pairs == UNIVERSE.pairs


def test_masks_of_standards_and_of_controls_hold_every_pair_once() -> None:
    everything = (1 << len(UNIVERSE.pairs)) - 1
    assert sum(UNIVERSE.of_standard.values()) == sum(UNIVERSE.of_control.values()) == everything


def test_controls_stand_in_natural_order_within_their_standard() -> None:
    made = Universe(universe(DEFINITIONS).pairs)
    controls = [control for standard, control in made.pairs if standard == FSBP]
    assert controls == ["cloudfront.1", "iam.6", "kms.4", "s3.1", "s3.8"]


def test_a_pair_outside_the_universe_is_a_defect_of_the_caller() -> None:
    with pytest.raises(KeyError):
        UNIVERSE.encode([(CONTROL_TOWER, S31)])
    with pytest.raises(KeyError):
        UNIVERSE.encode([(FSBP, ControlId("nope.1"))])
