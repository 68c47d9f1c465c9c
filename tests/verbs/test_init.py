"""Init: a matrix of what a hub has on now plans nothing; a first matrix from the catalog reads without a problem."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import (
    CF1,
    CONTROLS,
    DARK,
    DEFINITIONS,
    HOME,
    IAM6,
    IAM7,
    KMS4,
    S31,
    S38,
    TARGETS,
    UNIVERSE,
    pairs,
    state,
    states,
)
from hubposture.catalog import load
from hubposture.catalog.dispositions import SCOPE
from hubposture.catalog.standards import CIS_5, FSBP, PCI_4
from hubposture.controls.definitions import Definitions
from hubposture.controls.desired import GlobalControls
from hubposture.controls.state import Reading
from hubposture.model.controls import Disposition
from hubposture.model.parameters import ParameterKind, Parameters, ParameterSpec
from hubposture.model.targets import Governance, Target, Way
from hubposture.verbs.init import FromHub, from_catalog, from_hub
from hubposture.verbs.plan import Choices, Planned, plan
from verbs.fakes import FakeHub
from verbs.worlds import matrix, survey

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
READABLE = TARGETS[:-1]
SPECS = (
    ParameterSpec("days", ParameterKind.INTEGER, 90),
    ParameterSpec("mode", ParameterKind.ENUM, choices=("fast", "default")),
    ParameterSpec("names", ParameterKind.STRING_LIST),
    ParameterSpec("ports", ParameterKind.INTEGER_LIST),
    ParameterSpec("ratio", ParameterKind.DOUBLE),
    ParameterSpec("strict", ParameterKind.BOOLEAN),
    ParameterSpec("text", ParameterKind.STRING),
)
TUNABLE: Definitions = {
    region: replace(here, controls={**here.controls, IAM7: replace(here.controls[IAM7], parameters=SPECS)})
    for region, here in DEFINITIONS.items()
}


def made(readings: Mapping[Target, Reading], hub: FakeHub | None = None) -> FromHub:
    found = survey(list(readings.values()), definitions=TUNABLE)
    return from_hub(found, hub or FakeHub(dict(readings)), load())


def planned(readings: Mapping[Target, Reading], rows: FromHub) -> Planned:
    found = survey(list(readings.values()), definitions=TUNABLE)
    choices = Choices(global_rule=rows.global_rule)
    return plan(matrix(rows.rows), found, catalog=load(), choices=choices, now=NOW)


def with_dark(readings: Mapping[Target, Reading]) -> dict[Target, Reading]:
    return {**readings, DARK.target: DARK}


LETTERS = st.text(alphabet='ab ,;="\n\r\u201c\x0bé', max_size=5)
WORDS = st.one_of(LETTERS, st.sampled_from(["default", "true", "a=b", "a, b", '"x"', "", " x ", "names=1"]))
VALUES: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "days": st.integers(-5, 400),
        "mode": st.sampled_from(["fast", "default"]),
        "names": st.lists(WORDS, max_size=3).map(tuple),
        "ports": st.lists(st.integers(0, 9), max_size=3).map(tuple),
        "ratio": st.floats(allow_nan=False, allow_infinity=False),
        "strict": st.booleans(),
        "text": WORDS,
    },
).map(lambda values: tuple(sorted(values.items())))


@st.composite
def hubs(draw: st.DrawFn) -> dict[Target, Reading]:
    """Five targets of few kinds, one declared from above now and then, and one that cannot be read.

    A standard that is still being enabled shows its controls: what nobody has seen yet cannot become a row.
    """
    kinds = [draw(states()) for _ in range(draw(st.integers(1, 3)))]
    values: list[Parameters] = draw(st.lists(VALUES, min_size=1, max_size=2))
    found: dict[Target, Reading] = {}
    for target in READABLE:
        kind = draw(st.sampled_from(kinds))
        missing = ~kind.known & ~sum(UNIVERSE.of_standard[one] for one in kind.settling)
        mine = state(target, standards=sorted(kind.standards | kind.settling), off=~kind.enabled, missing=missing)
        custom = draw(st.sampled_from(values))
        way = draw(st.sampled_from([Way.LOCAL, Way.LOCAL, Way.SELF_MANAGED, Way.DECLARATIVE]))
        found[target] = replace(
            mine,
            standards=kind.standards | kind.settling,  # one that settles may hide what is off in it
            parameters=((IAM7, custom),) if custom else (),
            governance=Governance(way, by="p-1"),
        )
    return with_dark(found)


@settings(max_examples=150, deadline=None)
@given(hubs())
def test_planning_right_after_it_is_empty(readings: Any) -> None:
    rows = made(readings)
    result = planned(readings, rows)
    assert {str(place): [str(one) for one in edits] for place, edits in result.plan.edits.items()} == {}
    assert not result.resolution.held
    assert result.plan.unreadable == (DARK,)


@settings(max_examples=60, deadline=None)
@given(hubs())
def test_every_control_that_is_known_somewhere_has_a_row_and_the_order_of_readings_does_not_matter(
    readings: Any,
) -> None:
    rows = made(readings)
    known = {
        control
        for one in readings.values()
        if one is not DARK and one.governance.way is not Way.DECLARATIVE
        for _, control in survey(list(readings.values()), definitions=TUNABLE).universe.decode(one.known)
    }
    assert {row["control"].casefold() for row in rows.rows["Controls"]} == set(known)
    assert made(dict(sorted(readings.items(), reverse=True))) == rows


def test_the_usual_state_is_the_row_of_the_organization_and_another_one_a_scope_of_exactly_its_targets() -> None:
    readings = with_dark({target: state(target) for target in READABLE})
    lonely = READABLE[1]
    readings[lonely] = state(lonely, off=pairs((FSBP, S38), (CIS_5, S38)))
    rows = made(readings).rows
    said = [(row["disposition"], row.get("scope", "")) for row in rows["Controls"] if row["control"] == "S3.8"]
    assert said == [("enforce", ""), ("not-applicable", "as-found-1")]
    assert list(rows["Scopes"]) == [{"scope": "as-found-1", "accounts": lonely.account, "regions": lonely.region}]


def test_what_is_off_everywhere_comes_with_the_reason_the_hub_holds() -> None:
    off = pairs((FSBP, S38), (CIS_5, S38))
    readings = with_dark({target: state(target, off=off) for target in READABLE})
    hub = FakeHub(readings, why_off={(READABLE[0], "cis-5.0.0", "s3.8"): "no public buckets here"})
    (row,) = [one for one in made(readings, hub).rows["Controls"] if one["control"] == "S3.8"]
    assert (row["disposition"], row["reason"]) == (Disposition.NOT_APPLICABLE, "no public buckets here")
    assert hub.reasons_asked == [READABLE[0]]


def test_a_control_that_is_on_in_one_standard_and_off_in_another_is_named_and_left_alone() -> None:
    readings = with_dark({target: state(target, off=pairs((FSBP, S38))) for target in READABLE})
    rows = made(readings)
    assert rows.mixed == ("S3.8",)
    (row,) = [one for one in rows.rows["Controls"] if one["control"] == "S3.8"]
    assert "disposition" not in row
    assert planned(readings, rows).plan.edits == {}


def test_custom_parameters_are_rows_and_values_no_cell_can_say_are_named_and_left_alone() -> None:
    custom: Parameters = (("days", 30), ("names", ("a, b", "c")), ("text", 'say "x"'))
    readings = with_dark({target: state(target, parameters={IAM7: custom}) for target in READABLE})
    rows = made(readings)
    (row,) = [one for one in rows.rows["Controls"] if one["control"] == "IAM.7"]
    assert row["parameters"] == 'days=30\nnames="a, b", c'
    assert rows.unsaid == ("IAM.7 text",)
    assert planned(readings, rows).plan.edits == {}


def test_standards_are_on_where_most_targets_have_them_and_off_by_scope_elsewhere() -> None:
    readings = with_dark({target: state(target, standards=[FSBP, CIS_5]) for target in READABLE})
    readings[READABLE[0]] = state(READABLE[0], standards=[FSBP, PCI_4])
    said = {(row["standard"], row["enabled"], row.get("scope", "")) for row in made(readings).rows["Standards"]}
    assert said == {
        ("fsbp-1.0.0", "yes", ""),
        ("cis-5.0.0", "yes", ""),
        ("cis-5.0.0", "no", "as-found-1"),
        ("pci-dss-4.0.1", "no", ""),
        ("pci-dss-4.0.1", "yes", "as-found-1"),
    }


def test_targets_that_cannot_be_read_or_are_governed_from_above_are_counted_and_left_out() -> None:
    readings = with_dark({target: state(target) for target in READABLE})
    readings[READABLE[0]] = state(READABLE[0], off=pairs((FSBP, S31)), governance=Governance(Way.DECLARATIVE))
    rows = made(readings)
    assert rows.unread == 2
    assert rows.rows["Scopes"] == []


def test_controls_of_global_resources_that_are_on_at_home_alone_are_one_row_under_that_rule() -> None:
    glob = pairs((FSBP, IAM6), (CIS_5, IAM6), (CIS_5, IAM7), (FSBP, CF1))
    readings = with_dark({one: state(one, off=glob if one.region != HOME else 0) for one in READABLE})
    rows = made(readings)
    assert rows.global_rule is GlobalControls.HOME
    said = [(row["disposition"], row.get("scope", "")) for row in rows.rows["Controls"] if row["control"] == "IAM.6"]
    assert said == [("enforce", "")]
    assert planned(readings, rows).plan.edits == {}


def test_one_global_control_that_is_on_elsewhere_means_everywhere() -> None:
    readings = with_dark({target: state(target) for target in READABLE})
    assert made(readings).global_rule is GlobalControls.EVERYWHERE


def test_a_drift_after_it_is_planned() -> None:
    readings = with_dark({target: state(target) for target in READABLE})
    rows = made(readings)
    readings[READABLE[2]] = state(READABLE[2], off=pairs((FSBP, KMS4), (FSBP, S31)))
    assert set(planned(readings, rows).plan.edits) == {READABLE[2]}


def test_a_first_matrix_from_the_catalog_has_a_row_for_every_live_control_and_reads_without_a_problem() -> None:
    rows = from_catalog(load())
    read = matrix(rows)
    live = {control.id for control in load().controls.values() if control.retiring is None}
    assert {row.control for row in read.controls} == live
    assert all(row.disposition is not None for row in read.controls)
    assert {row.standard for row in read.standards if row.enabled} == set(SCOPE)


def test_every_siem_row_of_the_first_matrix_has_a_detection_to_fill_in() -> None:
    read = matrix(from_catalog(load()))
    siem = {row.control for row in read.controls if row.disposition is Disposition.SIEM}
    assert {covered.casefold() for row in read.detections for covered in row.covers} == siem
    assert not any(row.enabled for row in read.detections)
    assert {f"cloudwatch.{number}" for number in range(1, 15)} == siem


@pytest.mark.parametrize("control", CONTROLS)
def test_every_control_of_this_world_is_in_the_catalog(control: Any) -> None:
    assert control in load().controls
