"""Every rule of lint: a matrix that breaks it, and the cell that is named."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from hubposture.catalog import LiveDefinition, load, with_live
from hubposture.matrix.cells import Sheet
from hubposture.matrix.lint import Level, LintFinding, has_errors, lint
from hubposture.model.controls import Severity
from matrix.matrix_world import (
    REGIONS,
    TODAY,
    clauses,
    controls,
    detections,
    frameworks,
    organization,
    read,
    scopes,
    sheet,
    standards,
)

OFF = {
    "Disposition": "not-applicable",
    "Reason": "unused",
    "Approved by": "lee",
    "Reference": "PER1",
    "Expires": "2027-06-01",
}
SHEETS = (controls(), clauses({"Clause": "1.1"}), standards(), scopes(), detections(), frameworks())


def run(*sheets: Sheet, **more: Any) -> tuple[LintFinding, ...]:
    """The findings of a matrix; sheets that are not given are there and empty."""
    given = {each.name: each for each in (*SHEETS, *sheets)}
    return lint(read(*given.values()), load(), today=TODAY, **more)


def told(findings: Iterable[LintFinding], rule: str) -> list[tuple[str, str]]:
    return [(each.level.value, each.where.removeprefix("controls.xlsx!")) for each in findings if each.rule == rule]


def test_a_sound_matrix_has_no_finding() -> None:
    sound = run(
        controls(
            {"Control": "S3.8", "Disposition": "enforce", "Clauses": "1.1", "Due days": "30"},
            {"Control": "S3.8", "Scope": "prod", **OFF},
            {"Control": "ACM.1", "Disposition": "monitor", "Parameters": "daysToExpiration=45"},
            {"Control": "CloudWatch.1", "Disposition": "siem", "Reason": "in the SIEM"},
        ),
        scopes({"Scope": "prod", "OUs": "/Workloads/Prod"}),
        standards({"Standard": "cis-5.0.0", "Enabled": "yes"}),
        detections(
            {
                "Detection": "Root",
                "Covers": "CloudWatch.1",
                "Enabled": "yes",
                "Last tested": "2026-11-01",
                "Max age days": "90",
            }
        ),
        frameworks({"Framework": "CISA", "Requirement": "1", "Covered by": "S3.8"}),
        organization=organization(),
    )
    assert sound == ()


CASES = {
    "unknown-control": (controls({"Control": "S3.08", "Disposition": "monitor"}), [("error", "Controls!A2")]),
    "approval": (controls({"Control": "S3.8", **OFF, "Reference": ""}), [("error", "Controls!G2")]),
    "no-reason": (controls({"Control": "ACM.3", "Disposition": "not-applicable"}), [("warning", "Controls!D2")]),
    "expired": (controls({"Control": "S3.8", **OFF, "Expires": "2026-11-23"}), [("error", "Controls!H2")]),
    "expires-soon": (controls({"Control": "S3.8", **OFF, "Expires": "2026-12-24"}), [("warning", "Controls!H2")]),
    "expires-unused": (controls({"Control": "S3.8", "Disposition": "monitor", "Expires": "2026-01-01"}), [("note", "Controls!H2")]),
    "review-past": (controls({"Control": "S3.8", "Disposition": "monitor", "Review by": "2026-11-23"}), [("warning", "Controls!P2")]),
    "enforce-from-unused": (controls({"Control": "S3.8", "Disposition": "monitor", "Enforce from": "2027-01-01"}), [("warning", "Controls!N2")]),
    "parameter": (controls({"Control": "ACM.1", "Disposition": "monitor", "Parameters": "daysToExpiration=13"}), [("error", "Controls!J2")]),
    "parameter-unused": (controls({"Control": "ACM.1", **OFF, "Parameters": "daysToExpiration=45"}), [("warning", "Controls!J2")]),
    "unknown-clause": (controls({"Control": "S3.8", "Disposition": "monitor", "Clauses": "1.1, 1.2"}), [("error", "Controls!Q2")]),
    "siem-without-detection": (controls({"Control": "CloudWatch.1", "Disposition": "siem", "Reason": "x"}), [("warning", "Controls!C2")]),
    "compensated-without-evidence": (controls({"Control": "S3.8", **OFF, "Disposition": "compensated"}), [("error", "Controls!E2")]),
    "duplicate-row": (controls({"Control": "S3.8", "Disposition": "monitor"}, {"Control": "s3.8", "Owner": "x"}), [("error", "Controls!A3")]),
    "no-disposition": (controls({"Control": "S3.8", "Owner": "x"}), [("error", "Controls!C2")]),
    "cell": (controls({"Control": "S3.8", "Disposition": "on"}), [("error", "Controls!C2")]),
    "scope": (controls({"Control": "S3.8", "Disposition": "monitor", "Scope": "gone"}), [("error", "Controls!I2")]),
    "scope-without-criteria": (scopes({"Scope": "all"}), [("warning", "Scopes!A2")]),
    "unused-scope": (scopes({"Scope": "p", "OUs": "/"}), [("note", "Scopes!A2")]),
    "region": (scopes({"Scope": "p", "Regions": "Frankfurt"}), [("error", "Scopes!F2")]),
    "service-managed": (standards({"Standard": "standards/service-managed-aws-control-tower/v/1.0.0", "Enabled": "yes"}), [("error", "Standards!A2")]),
    "unknown-standard": (standards({"Standard": "cis-9.0.0", "Enabled": "yes"}), [("warning", "Standards!A2")]),
    "standard-without-answer": (standards({"Standard": "cis-5.0.0"}), [("error", "Standards!B2")]),
    "detection-off": (detections({"Detection": "d", "Covers": "S3.8", "Enabled": "no"}), [("warning", "Detections!F2")]),
    "detection-untested": (detections({"Detection": "d", "Covers": "S3.8", "Enabled": "yes"}), [("warning", "Detections!G2")]),
    "detection-stale": (
        detections({"Detection": "d", "Covers": "S3.8", "Enabled": "yes", "Last tested": "2026-01-01", "Max age days": "90"}),
        [("warning", "Detections!G2")],
    ),
    "date": (detections({"Detection": "d", "Covers": "S3.8", "Enabled": "yes", "Last tested": "2027-01-01"}), [("error", "Detections!G2")]),
    "detection-covers": (detections({"Detection": "d", "Covers": "S3.8, no such thing", "Enabled": "no"}), [("warning", "Detections!B2")]),
    "framework-gap": (frameworks({"Framework": "CISA", "Requirement": "1"}), [("note", "Frameworks!D2")]),
    "framework-covers": (frameworks({"Framework": "CISA", "Requirement": "1", "Covered by": "nothing real"}), [("warning", "Frameworks!D2")]),
    "missing-heading": (sheet("Standards", [["Standard", "Scope"]]), [("error", "Standards")]),
}  # fmt: skip


@pytest.mark.parametrize("rule", CASES)
def test_a_broken_rule_is_named_with_its_cell(rule: str) -> None:
    broken, expected = CASES[rule]
    assert told(run(broken), rule) == expected


def test_approval_is_asked_from_a_severity_that_can_be_set_and_our_severity_only_raises_it() -> None:
    row = {"Control": "ACM.3", "Disposition": "not-applicable", "Reason": "x"}
    assert told(run(controls(row)), "approval") == []
    assert told(run(controls(row), approval_from=Severity.LOW), "approval") == [("error", "Controls!F2")]
    assert told(run(controls({**row, "Our severity": "CRITICAL"})), "approval") == [("error", "Controls!F2")]
    assert told(run(controls({**row, "Control": "IAM.6", "Our severity": "LOW"})), "approval") == [
        ("error", "Controls!F2")
    ]


def test_an_unknown_control_above_all_known_ones_may_be_newer_and_is_an_error_only_with_the_hub() -> None:
    rows = controls({"Control": "S3.9999", "Disposition": "monitor"})
    live = with_live(load(), {"eu-central-1": [LiveDefinition("S3.8", "t", Severity.HIGH)]})
    assert told(run(rows), "unknown-control") == [("warning", "Controls!A2")]
    assert told(run(rows, live=live), "unknown-control") == [("error", "Controls!A2")]


def test_a_retired_control_is_recognised() -> None:
    retired = next(iter(load().retired.values()))
    assert told(run(controls({"Control": retired.shown, "Disposition": "monitor"})), "retired-control") == [
        ("warning", "Controls!A2")
    ]


def two(one: dict[str, str], other: dict[str, str], **more: Any) -> tuple[LintFinding, ...]:
    rows = controls(
        {"Control": "S3.8", "Scope": "a", "Disposition": "enforce"},
        {"Control": "S3.8", "Scope": "b", "Disposition": "monitor"},
    )
    return run(rows, scopes({"Scope": "a", **one}, {"Scope": "b", **other}), **more)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"OUs": "/Workloads"}, {"OUs": "Workloads/"}, "error"),
        ({"OUs": "/Workloads"}, {"OUs": "/Workloads/Prod"}, None),
        ({"OUs": "/Workloads"}, {"OUs": "ou-root-workload"}, "warning"),
        ({"OUs": "/Workloads"}, {"OUs": "/Workloads", "Priority": "1"}, None),
        ({"Accounts": "222222222222"}, {"Accounts": "222222222222, 333333333333"}, "error"),
        ({"Accounts": "222222222222"}, {"Accounts": "333333333333"}, None),
        ({"Accounts": "222222222222"}, {"Accounts": "bank"}, "warning"),
        ({"Account tags": "env=prod"}, {"Account tags": "env=test"}, None),
        ({"Account tags": "env=prod"}, {"Account tags": "tier=web"}, "warning"),
        ({"Regions": "us-east-1"}, {"Regions": "eu-west-1"}, None),
        (
            {"OUs": "/Workloads", "Account tags": "env=prod"},
            {"OUs": "/Workloads", "Account tags": "env=prod, tier=*"},
            "warning",
        ),
    ],
)
def test_equal_rank_is_told_from_the_workbook_alone_as_far_as_it_is_sure(
    one: dict[str, str], other: dict[str, str], level: str | None
) -> None:
    found = told(two(one, other), "equal-rank")
    assert found == ([(level, "Controls!C3")] if level else [])


def test_in_an_organization_only_what_ties_today_is_an_error() -> None:
    apart = two({"Account tags": "tier=web"}, {"Account tags": "env=test"}, organization=organization())
    met = two({"Account tags": "tier=web"}, {"Account tags": "env=prod"}, organization=organization(), regions=REGIONS)
    assert told(apart, "equal-rank") == told(apart, "tie") == []
    assert told(met, "tie") == [("error", "Controls!C3")]
    assert "at 3 targets, such as 012345678901/eu-central-1" in next(each.message for each in met if each.rule == "tie")


def test_what_names_nothing_in_the_organization_is_told() -> None:
    rows = controls(*({"Control": "S3.8", "Scope": name, "Disposition": "monitor"} for name in ("a", "b")))
    found = run(
        rows,
        scopes(
            {"Scope": "a", "OUs": "/Workload", "Accounts": "999999999999, shoop", "Excluding": "/Nowhere"},
            {"Scope": "b", "Regions": "ap-south-1"},
        ),
        organization=organization(),
    )
    assert told(found, "unknown-ou") == [("error", "Scopes!C2"), ("error", "Scopes!G2")]
    assert told(found, "unknown-account") == [("error", "Scopes!D2"), ("warning", "Scopes!D2")]
    assert told(found, "empty-scope") == [("warning", "Scopes!A2"), ("warning", "Scopes!A3")]
    assert told(found, "region-not-in-use") == [("warning", "Scopes!F3")]
    assert next(each.hint for each in found if each.message.endswith("shoop")) == "did you mean shop?"


def test_a_name_of_two_accounts_is_ambiguous() -> None:
    accounts = organization().accounts
    doubled = organization([*accounts.values(), replace(accounts["333333333333"], id="666666666666")])
    rows = controls({"Control": "S3.8", "Scope": "a", "Disposition": "monitor"})
    assert told(run(rows, scopes({"Scope": "a", "Accounts": "lab"}), organization=doubled), "ambiguous-account") == [
        ("error", "Scopes!D2")
    ]


def test_with_the_hub_new_and_unavailable_controls_are_told() -> None:
    definitions = [
        LiveDefinition("S3.8", "t", Severity.HIGH, available=False),
        LiveDefinition("S3.777", "new one", Severity.LOW),
    ]
    live = with_live(load(), {"eu-central-1": definitions})
    found = run(controls({"Control": "S3.8", "Disposition": "monitor"}), live=live)
    assert told(found, "unavailable-control") == [("warning", "Controls!C2")]
    assert told(found, "new-control") == [("note", "Controls")]


def test_an_edit_that_changes_nothing_anywhere_is_told_and_one_that_does_is_not() -> None:
    wide = {"Control": "S3.8", "Disposition": "enforce"}
    rows = scopes(
        {"Scope": "bank", "Accounts": "bank"},
        {"Scope": "prod", "OUs": "/Workloads/Prod"},
        {"Scope": "play", "Accounts": "play"},
    )
    old = read(controls(wide), rows).matrix
    same = run(controls(wide, {**wide, "Scope": "bank"}), rows, organization=organization(), old=old)
    other = run(
        controls(wide, {"Control": "S3.8", "Scope": "play", "Disposition": "monitor"}),
        rows,
        organization=organization(),
        old=old,
    )
    assert told(same, "no-effect") == [("note", "Controls!A3")]
    assert told(other, "no-effect") == []


def test_a_narrower_parameters_cell_that_leaves_a_name_out_is_told() -> None:
    rows = controls(
        {"Control": "IAM.7", "Disposition": "enforce", "Parameters": "MinimumPasswordLength=14; MaxPasswordAge=60"},
        {"Control": "IAM.7", "Scope": "p", "Parameters": "MinimumPasswordLength=20"},
    )
    found = run(rows, scopes({"Scope": "p", "OUs": "/Sandbox"}))
    assert told(found, "parameter-dropped") == [("warning", "Controls!J3")]
    assert told(found, "parameter") == []


def test_controls_on_while_every_standard_with_them_is_off_are_told() -> None:
    every = [{"Standard": standard.key, "Enabled": "no"} for standard in load().standards]
    rows = controls({"Control": "S3.8", "Disposition": "enforce"})
    assert told(run(rows, standards(*every)), "no-standard") == [("warning", "Controls!C2")]
    assert told(run(rows, standards(*every[1:])), "no-standard") == []


def test_findings_come_sorted_errors_first_and_missing_sheets_are_notes() -> None:
    found = lint(
        read(controls({"Control": "S3.8", "Disposition": "on"}, {"Control": "S3.9", "Disposition": "on"})),
        load(),
        today=TODAY,
    )
    assert [each.where for each in found if each.rule == "cell"] == [
        "controls.xlsx!Controls!C2",
        "controls.xlsx!Controls!C3",
    ]
    assert [each.level for each in found] == sorted((each.level for each in found), key=list(Level).index)
    assert len([each for each in found if each.rule == "missing-sheet"]) == 5
    assert has_errors(found)


def test_a_sheet_without_the_disposition_column_has_one_error_and_not_one_per_control() -> None:
    found = run(sheet("Controls", [["Control"], ["S3.8"], ["S3.9"]]))
    assert told(found, "missing-heading")[0] == ("error", "Controls")
    assert told(found, "no-disposition") == []
