import pytest

from hubposture.catalog import load
from hubposture.matrix.coverage import Coverage, CoverageItem, Covered, ItemKind, coverage
from hubposture.model.controls import Standard, control_id
from matrix.matrix_world import TODAY, clauses, controls, detections, frameworks, matrix, scopes, standards

CIS = Standard("cis-aws-foundations-benchmark", "5.0.0")
FRESH = {"Enabled": "yes", "Last tested": "2026-11-01", "Max age days": "90"}


def item(found: Coverage, number: str) -> CoverageItem:
    return next(each for each in found.items if each.item == number)


def requirement_of(control: str) -> str:
    return load().requirements(control_id(control), CIS)[0]


def test_requirements_of_enabled_standards_come_gaps_first_and_are_counted() -> None:
    every = load().controls_by_requirement(CIS)
    found = coverage(
        matrix(
            controls({"Control": "IAM.6", "Disposition": "enforce"}),
            standards({"Standard": "cis-5.0.0", "Enabled": "yes"}),
        ),
        load(),
        today=TODAY,
    )
    assert [each.state for each in found.items] == sorted((each.state for each in found.items), key=list(Covered).index)
    assert item(found, requirement_of("IAM.6")).state is Covered.COVERED
    assert found.counts[0].total == len(every)
    assert found.counts[0].covered == sum(each.state is Covered.COVERED for each in found.items) > 0
    assert found.counts[0].gaps > 0


def test_a_standard_that_is_not_on_is_not_looked_at_unless_asked() -> None:
    empty = matrix(controls(), standards({"Standard": "cis-5.0.0", "Enabled": "no"}))
    assert coverage(empty, load(), today=TODAY).items == ()
    assert len(coverage(empty, load(), today=TODAY, standards=[CIS]).items) == len(load().controls_by_requirement(CIS))


@pytest.mark.parametrize(
    ("rows", "state", "why"),
    [
        ([{"Disposition": "enforce"}], Covered.COVERED, ""),
        ([{"Disposition": "monitor"}], Covered.COVERED, ""),
        ([{"Disposition": "enforce", "Scope": "prod"}], Covered.PARTLY, "S3.8 speaks of some scopes only"),
        (
            [{"Disposition": "enforce"}, {"Disposition": "not-applicable", "Scope": "prod"}],
            Covered.PARTLY,
            "S3.8 is not applicable in prod",
        ),
        ([{"Disposition": "not-applicable"}], Covered.GAP, "S3.8 is not applicable"),
        ([{"Disposition": "compensated"}], Covered.GAP, "S3.8 is compensated without evidence"),
        ([{"Disposition": "compensated", "Evidence": "SCP"}], Covered.COVERED, ""),
        ([{"Disposition": "siem"}], Covered.GAP, "S3.8 is left to the SIEM, and no detection covers it"),
        ([{"Owner": "x"}], Covered.GAP, "S3.8 has no row"),
    ],
)
def test_what_a_controls_rows_amount_to_for_a_clause(rows: list[dict[str, str]], state: Covered, why: str) -> None:
    made = controls(*({"Control": "S3.8", "Clauses": "1", **row} for row in rows))
    found = coverage(
        matrix(made, clauses({"Clause": "1", "Title": "t"}), scopes({"Scope": "prod", "OUs": "/"})), load(), today=TODAY
    )
    one = item(found, "1")
    assert (one.kind, one.title, one.state, one.why) == (ItemKind.CLAUSE, "t", state, why)


@pytest.mark.parametrize(
    ("detection", "state", "why"),
    [
        (FRESH, Covered.COVERED, ""),
        ({**FRESH, "Last tested": "2026-01-01"}, Covered.GAP, "its detection is stale"),
        ({**FRESH, "Enabled": "no"}, Covered.GAP, "its detection is off"),
        ({**FRESH, "Last tested": ""}, Covered.GAP, "its detection is never tested"),
    ],
)
def test_a_siem_row_is_covered_by_a_fresh_detection_only(detection: dict[str, str], state: Covered, why: str) -> None:
    made = matrix(
        controls({"Control": "CloudWatch.1", "Disposition": "siem", "Clauses": "1"}),
        clauses({"Clause": "1"}),
        detections({"Detection": "d", "Covers": "cloudwatch.1", **detection}),
    )
    one = item(coverage(made, load(), today=TODAY), "1")
    assert one.state is state
    assert why in one.why
    assert [each.detection for each in one.detections] == ["d"]


def test_a_detection_can_name_a_requirement_that_no_control_serves() -> None:
    made = matrix(controls(), detections({"Detection": "d", "Covers": "CIS v5.0.0/9.99", **FRESH}))
    assert item(coverage(made, load(), today=TODAY, standards=[CIS]), "9.99").state is Covered.COVERED


def test_own_requirements_are_covered_through_controls_clauses_and_detections() -> None:
    made = matrix(
        controls(
            {"Control": "S3.8", "Disposition": "enforce", "Clauses": "1.1x"},
            {"Control": "EC2.2", "Disposition": "compensated", "Evidence": "SCP"},
        ),
        clauses({"Clause": "1.1x"}, {"Clause": "2"}),
        detections({"Detection": "Root use", "Covers": "SOC 2/4", **FRESH}),
        frameworks(
            {"Framework": "SOC 2", "Requirement": "1", "Covered by": "S3.8, EC2.2"},
            {"Framework": "SOC 2", "Requirement": "2", "Covered by": "1.1x"},
            {"Framework": "SOC 2", "Requirement": "3", "Covered by": "root use"},
            {"Framework": "SOC 2", "Requirement": "4"},
            {"Framework": "SOC 2", "Requirement": "5"},
        ),
    )
    found = coverage(made, load(), today=TODAY)
    states = {each.item: each.state for each in found.items if each.kind is ItemKind.OWN_REQUIREMENT}
    assert states == {
        "1": Covered.COVERED,
        "2": Covered.COVERED,
        "3": Covered.COVERED,
        "4": Covered.COVERED,
        "5": Covered.GAP,
    }
    assert [(each.shown, each.evidence) for each in item(found, "1").measures] == [("EC2.2", "SCP")]
    assert item(found, "5").why == "nothing covers it"
    assert [(each.group, each.covered, each.gaps) for each in found.counts] == [("SOC 2", 4, 1), ("Own standard", 1, 1)]
