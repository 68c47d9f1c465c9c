from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hubposture.catalog import DifferenceKind, LiveDefinition, load, with_live
from hubposture.catalog.entries import CatalogControl
from hubposture.catalog.live import Members
from hubposture.catalog.standards import CIS_5, FSBP, PCI_4
from hubposture.model.controls import Severity, Standard, control_id
from hubposture.model.parameters import ParameterKind, ParameterSpec

CATALOG = load()
HOME, LINKED = "eu-central-1", "us-east-1"
FUTURE = Standard("cis-aws-foundations-benchmark", "7.0.0")


def as_live(control: CatalogControl) -> LiveDefinition:
    return LiveDefinition(
        control.shown, control.title, control.severity, customizable=control.customizable, parameters=control.parameters
    )


ALL = [as_live(control) for control in CATALOG.controls.values()]
WITHOUT_S3_8 = [each for each in ALL if each.id != "S3.8"]


def test_a_hub_that_says_the_same_makes_no_difference() -> None:
    live = with_live(CATALOG, {HOME: ALL, LINKED: ALL}, home=HOME)
    assert live.differences == ()
    assert list(live.catalog.controls) == list(CATALOG.controls)
    assert live.catalog.controls[control_id("S3.8")].regions == frozenset({HOME, LINKED})


def test_no_hub_leaves_the_catalog_as_it_is() -> None:
    assert with_live(CATALOG, {}).catalog is CATALOG


def test_title_and_severity_of_the_home_region_win() -> None:
    here = LiveDefinition("S3.8", "The home title", Severity.CRITICAL)
    there = LiveDefinition("S3.8", "Another title", Severity.LOW)
    live = with_live(
        CATALOG, {LINKED: [*WITHOUT_S3_8, there], "af-south-1": ALL, HOME: [*WITHOUT_S3_8, here]}, home=HOME
    )
    found = live.catalog.controls[control_id("S3.8")]
    assert (found.title, found.severity) == ("The home title", Severity.CRITICAL)
    assert [(each.control, each.kind, each.detail) for each in live.differences] == [
        (control_id("S3.8"), DifferenceKind.SEVERITY, "HIGH is now CRITICAL")
    ]


def test_a_new_control_is_added_with_what_the_hub_says() -> None:
    new = LiveDefinition("Quantum.1", "Qubits should be cold", Severity.HIGH)
    live = with_live(CATALOG, {HOME: [*ALL, new], LINKED: ALL}, home=HOME)
    found = live.catalog.get("quantum.1")
    assert found is not None
    assert (found.shown, found.service, found.regions) == ("Quantum.1", "Quantum", frozenset({HOME}))
    assert [each.kind for each in live.differences] == [DifferenceKind.NEW]


def test_a_control_missing_in_one_region_is_not_retired() -> None:
    live = with_live(CATALOG, {HOME: WITHOUT_S3_8, LINKED: ALL}, home=HOME)
    assert live.differences == ()
    assert live.catalog.controls[control_id("S3.8")].regions == frozenset({LINKED})


def test_a_control_no_region_lists_is_retired() -> None:
    live = with_live(CATALOG, {HOME: WITHOUT_S3_8, LINKED: WITHOUT_S3_8}, home=HOME)
    assert live.catalog.get("S3.8") is None
    assert live.catalog.retired[control_id("S3.8")].since is None
    assert [(each.control, each.kind) for each in live.differences] == [(control_id("S3.8"), DifferenceKind.RETIRED)]


def test_a_retired_control_that_comes_back_is_new_and_no_longer_retired() -> None:
    back = LiveDefinition("ECS.1", "It is back", Severity.HIGH)
    live = with_live(CATALOG, {HOME: [*ALL, back]}, home=HOME)
    assert live.catalog.get("ECS.1") is not None
    assert control_id("ECS.1") not in live.catalog.retired
    assert [each.kind for each in live.differences] == [DifferenceKind.NEW]


def test_unavailable_in_a_region_is_known_per_region() -> None:
    there = [replace(each, available=each.id != "S3.8") for each in ALL]
    live = with_live(CATALOG, {HOME: ALL, LINKED: there}, home=HOME)
    assert live.catalog.controls[control_id("S3.8")].regions == frozenset({HOME})
    nowhere = with_live(CATALOG, {LINKED: there}, home=HOME)
    assert nowhere.catalog.controls[control_id("S3.8")].regions == frozenset()


def test_a_changed_parameter_is_said_and_the_live_one_wins() -> None:
    spec = ParameterSpec("daysToExpiration", ParameterKind.INTEGER, 45, 14, 365)
    changed = [replace(each, parameters=(spec,)) if each.id == "ACM.1" else each for each in ALL]
    live = with_live(CATALOG, {HOME: changed}, home=HOME)
    assert live.catalog.controls[control_id("ACM.1")].parameters == (spec,)
    assert [(each.kind, each.detail) for each in live.differences] == [
        (DifferenceKind.PARAMETERS, "daysToExpiration changed")
    ]


def test_parameters_the_catalog_never_knew_are_no_drift() -> None:
    spec = ParameterSpec("kmsKeyArns", ParameterKind.STRING_LIST)
    known = [replace(each, parameters=(spec,)) if each.id == "EFS.8" else each for each in ALL]
    live = with_live(CATALOG, {HOME: known}, home=HOME)
    assert live.catalog.controls[control_id("EFS.8")].parameters == (spec,)
    assert live.differences == ()


def test_membership_that_was_read_replaces_the_packaged_one_and_the_rest_stays() -> None:
    s3_8, s3_1 = control_id("S3.8"), control_id("S3.1")
    members: Members = {CIS_5: {s3_8: ()}, FUTURE: {s3_8: ("9.1",)}, PCI_4: {s3_8: ("1.4.4",)}}
    catalog = with_live(CATALOG, {HOME: ALL}, home=HOME, members=members).catalog
    assert catalog.requirements(s3_8, CIS_5) == ("2.1.4",)
    assert catalog.requirements(s3_8, FUTURE) == ("9.1",)
    assert catalog.requirements(s3_8, PCI_4) == ("1.4.4",)
    assert CIS_5 not in catalog.controls[s3_1].standards
    assert FSBP in catalog.controls[s3_1].standards
    assert FUTURE in catalog.standards


@given(st.permutations(ALL[:40]), st.permutations([HOME, LINKED, "us-west-2"]))
def test_the_order_of_definitions_and_regions_does_not_matter(
    definitions: list[LiveDefinition], regions: list[str]
) -> None:
    plain = with_live(CATALOG, dict.fromkeys((HOME, LINKED, "us-west-2"), ALL[:40]), home=HOME)
    mixed = with_live(CATALOG, dict.fromkeys(regions, definitions), home=HOME)
    assert mixed.differences == plain.differences
    assert list(mixed.catalog.controls.items()) == list(plain.catalog.controls.items())


def test_a_control_without_live_parameters_takes_none() -> None:
    bare = [replace(each, customizable=False, parameters=()) if each.id == "ACM.1" else each for each in ALL]
    live = with_live(CATALOG, {HOME: bare}, home=HOME)
    assert not live.catalog.controls[control_id("ACM.1")].customizable
    assert [each.detail for each in live.differences] == ["daysToExpiration is gone"]
