"""What decisions mean in a Region: availability, global resources, settling, unknown Regions."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import (
    ALL_RULES,
    CF1,
    CONTROLS,
    DEFINITIONS,
    HOME,
    IAM6,
    KMS4,
    OTHER,
    REGIONS,
    RULES,
    S31,
    S38,
    STANDARD_WISHES,
    UNIVERSE,
    enabled,
    intent,
    intents,
    offered,
    pairs,
)
from hubposture.catalog.standards import CIS_5, CONTROL_TOWER, FSBP, PCI_4
from hubposture.controls.definitions import Definitions
from hubposture.controls.desired import (
    GlobalControls,
    Intent,
    Rules,
    StandardIntent,
    Wish,
    definition_of,
    region_key,
    single_region,
    wish,
)
from hubposture.model.controls import Disposition, Standard


def wished(
    *rows: Intent,
    region: str = HOME,
    rules: Rules = RULES,
    definitions: Definitions = DEFINITIONS,
    standards: Mapping[Standard, StandardIntent] | None = None,
) -> Wish:
    by_control = {row.control: row for row in rows}
    return wish(by_control, standards or {}, region=region, universe=UNIVERSE, definitions=definitions, rules=rules)


@pytest.mark.parametrize("disposition", list(Disposition))
def test_enforce_and_monitor_are_on_in_every_standard_that_holds_the_control_and_the_others_off(
    disposition: Any,
) -> None:
    made = wished(intent(S31, disposition))
    everywhere = pairs((FSBP, S31), (CIS_5, S31), (PCI_4, S31))
    assert (made.on, made.off) == ((everywhere, 0) if disposition.is_on else (0, everywhere))


def test_what_a_region_does_not_offer_is_not_wished_for_there() -> None:
    assert wished(intent(KMS4)).on == pairs((FSBP, KMS4))
    made = wished(intent(KMS4, Disposition.SIEM), region=OTHER)
    assert (made.on, made.off, dict(made.intents)) == (0, 0, {})


def test_a_control_that_a_standard_holds_in_one_region_only_is_wished_for_in_that_one() -> None:
    assert wished(intent(S38)).on & pairs((PCI_4, S38))
    assert not wished(intent(S38), region=OTHER).on & pairs((PCI_4, S38))


def test_a_settling_control_is_left_alone() -> None:
    made = wished(intent(S31), intent(S38), rules=replace(RULES, settling=frozenset({S38})))
    assert set(made.intents) == {S31}


@pytest.mark.parametrize("rule", list(GlobalControls))
def test_a_control_of_global_resources_is_on_at_home_whatever_the_rule(rule: Any) -> None:
    assert wished(intent(IAM6), rules=replace(RULES, global_rule=rule)).on == pairs((FSBP, IAM6), (CIS_5, IAM6))


@pytest.mark.parametrize(
    ("rule", "on", "off", "elsewhere"),
    [
        (GlobalControls.HOME, 0, 2, {IAM6: HOME}),
        (GlobalControls.LEAVE, 0, 0, {}),
        (GlobalControls.EVERYWHERE, 2, 0, {}),
    ],
)
def test_elsewhere_a_control_of_global_resources_is_off_left_or_on_by_rule(
    rule: Any, on: Any, off: Any, elsewhere: Any
) -> None:
    made = wished(intent(IAM6), region=OTHER, rules=replace(RULES, global_rule=rule))
    assert (made.on.bit_count(), made.off.bit_count(), dict(made.elsewhere)) == (on, off, elsewhere)


def test_a_global_control_that_home_does_not_offer_is_checked_in_the_first_linked_region_that_does() -> None:
    assert single_region(CF1, RULES.order, DEFINITIONS) == OTHER
    assert wished(intent(CF1), region=OTHER).on == pairs((FSBP, CF1))


def test_a_global_control_does_not_move_because_the_home_region_could_not_be_read() -> None:
    dark = {OTHER: DEFINITIONS[OTHER]}
    made = wished(intent(IAM6), intent(S31), region=OTHER, definitions=dark)
    assert set(made.intents) == {S31}
    assert not (made.on | made.off) & pairs((FSBP, IAM6), (CIS_5, IAM6))


def test_a_global_control_that_is_wanted_off_is_off_even_if_the_home_region_could_not_be_read() -> None:
    made = wished(intent(IAM6, Disposition.SIEM), region=OTHER, definitions={OTHER: DEFINITIONS[OTHER]})
    assert made.off == pairs((FSBP, IAM6), (CIS_5, IAM6))
    assert not made.elsewhere


def test_standards_a_region_does_not_offer_are_not_wished_for() -> None:
    here = replace(DEFINITIONS[HOME], standards={FSBP: DEFINITIONS[HOME].standards[FSBP]})
    made = wished(definitions={HOME: here}, standards=enabled(FSBP, PCI_4))
    assert list(made.standards) == [FSBP]


@settings(deadline=None)
@given(intents(), STANDARD_WISHES, ALL_RULES, st.sampled_from(REGIONS), st.randoms())
def test_on_and_off_are_disjoint_within_the_region_and_the_order_of_rows_does_not_matter(
    rows: Any, standards: Any, rules: Any, region: Any, chance: Any
) -> None:
    made = wish(rows, standards, region=region, universe=UNIVERSE, definitions=DEFINITIONS, rules=rules)
    assert made.on & made.off == 0
    assert (made.on | made.off) & ~offered(region) == 0
    shuffled = dict(chance.sample(sorted(rows.items()), len(rows)))
    turned = dict(sorted(DEFINITIONS.items(), reverse=True))
    again = wish(shuffled, standards, region=region, universe=UNIVERSE, definitions=turned, rules=rules)
    assert (again.on, again.off, again.elsewhere) == (made.on, made.off, made.elsewhere)
    assert set(made.intents) <= set(rows) - rules.settling


@settings(deadline=None)
@given(intents(), ALL_RULES)
def test_a_global_control_that_is_wanted_on_is_checked_in_exactly_one_region_under_the_home_rule(
    rows: Any, rules: Any
) -> None:
    rules = replace(rules, global_rule=GlobalControls.HOME, settling=frozenset())
    made = [
        wish(rows, {}, region=region, universe=UNIVERSE, definitions=DEFINITIONS, rules=rules) for region in REGIONS
    ]
    for control in rules.global_controls & set(rows):
        if rows[control].disposition.is_on:
            assert sum(bool(one.on & UNIVERSE.of_control[control]) for one in made) == 1


def test_a_definition_is_the_available_one_whatever_the_order_of_regions() -> None:
    for definitions in (DEFINITIONS, dict(sorted(DEFINITIONS.items(), reverse=True))):
        found = {one: definition_of(one, definitions) for one in CONTROLS}
        assert all(one is not None and one.available for one in found.values())
        assert found == {one: definition_of(one, DEFINITIONS) for one in CONTROLS}
    assert definition_of(S31, {}) is None


def test_regions_that_offer_different_things_have_different_keys() -> None:
    assert region_key(DEFINITIONS[HOME]) != region_key(DEFINITIONS[OTHER])
    fewer = replace(DEFINITIONS[HOME], standards={**DEFINITIONS[HOME].standards, PCI_4: frozenset({S31})})
    assert region_key(DEFINITIONS[HOME]) != region_key(fewer)


def test_service_managed_standards_are_not_in_the_universe() -> None:
    assert CONTROL_TOWER not in UNIVERSE.of_standard
    assert (FSBP, S31) in UNIVERSE.index
