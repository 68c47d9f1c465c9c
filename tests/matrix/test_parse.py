import datetime as dt

import pytest

from hubposture.catalog import load
from hubposture.matrix.cells import CellKind
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import DEFAULT, Waivable
from hubposture.model.controls import Disposition, Severity, Standard
from matrix.matrix_world import book, clauses, controls, detections, frameworks, matrix, read, scopes, sheet, standards


def test_a_full_row_is_read_with_its_types_and_knows_the_place_of_every_cell() -> None:
    row = matrix(
        controls(
            {
                "Control": "s3.8", "Disposition": "Enforce", "Reason": "why", "Scope": "prod", "Owner": "team-web",
                "Parameters": "a=1; b = default\nc=x, y", "Our severity": "critical", "Due days": "30",
                "Enforce from": "2027-01-01", "Waivable": "90", "Review by": "2027-05-01", "Clauses": "1.1, 1.2;1.1",
            }
        ),
        scopes({"Scope": "prod", "OUs": "/Workloads"}),
    ).controls[0]  # fmt: skip
    assert (row.control, row.disposition, row.scope, row.owner) == ("s3.8", Disposition.ENFORCE, "prod", "team-web")
    assert row.parameters == (("a", "1"), ("b", DEFAULT), ("c", "x, y"))
    assert (row.our_severity, row.due_days, row.waivable) == (
        Severity.CRITICAL,
        30,
        Waivable(allowed=True, max_days=90),
    )
    assert (row.enforce_from, row.review_by) == (dt.date(2027, 1, 1), dt.date(2027, 5, 1))
    assert row.clauses == ("1.1", "1.2")
    assert row.at.at("disposition") == "controls.xlsx!Controls!C2"
    assert row.at.at("approved_by") == "controls.xlsx!Controls!F2", "a blank cell has a place too"


def test_all_problems_of_a_file_come_at_once_with_their_cells() -> None:
    parsed = read(
        controls(
            {"Control": "S3.8", "Disposition": "enfroce", "Expires": "01/02/2027"},
            {"Control": "nonsense", "Disposition": "monitor"},
            {"Disposition": "monitor"},
            {"Control": "S3.9", "Due days": "soon", "Waivable": "perhaps", "Parameters": "x"},
        )
    )
    assert [problem.where.rpartition("!")[2] for problem in parsed.problems] == [
        "A3",
        "A4",
        "C2",
        "H2",
        "J5",
        "M5",
        "O5",
    ]
    assert parsed.problems[2].hint == "did you mean enforce?"


def test_a_number_with_fewer_than_twelve_digits_is_told_apart_from_an_account_id() -> None:
    sheets = sheet(
        "Scopes",
        [["Scope", "Accounts"], ["a", "12345678901"], ["b", "222222222222"]],
        kinds={(2, 2): CellKind.NUMBER, (3, 2): CellKind.NUMBER},
    )
    parsed = read(controls(), sheets)
    assert len(parsed.problems) == 1
    assert parsed.problems[0].where == "controls.xlsx!Scopes!B2"
    assert "leading zeros" in parsed.problems[0].what
    assert "012345678901" in parsed.problems[0].hint
    assert parsed.matrix.scopes[1].accounts == ("222222222222",)


def test_account_ids_as_text_keep_their_zeros() -> None:
    row = matrix(controls(), scopes({"Scope": "a", "Accounts": "012345678901; shop"})).scopes[0]
    assert row.accounts == ("012345678901", "shop")


@pytest.mark.parametrize("kind", [CellKind.ERROR, CellKind.NO_CACHED_VALUE])
def test_a_broken_cell_is_a_problem_in_a_column_that_matters_and_none_elsewhere(kind: CellKind) -> None:
    rows = [["Control", "Title", "Reason", "Ours"], ["S3.8", "#REF!", "#REF!", "#REF!"]]
    parsed = read(sheet("Controls", rows, kinds={(2, 2): kind, (2, 3): kind, (2, 4): kind}))
    assert [problem.where for problem in parsed.problems] == ["controls.xlsx!Controls!C2"]


def test_a_formula_without_a_result_is_a_problem_although_its_text_is_empty() -> None:
    rows = [["Control", "Disposition"], ["S3.8", ""]]
    parsed = read(sheet("Controls", rows, kinds={(2, 2): CellKind.NO_CACHED_VALUE}))
    assert [problem.where for problem in parsed.problems] == ["controls.xlsx!Controls!B2"]


def test_a_name_that_the_spreadsheet_turned_into_a_date_is_refused() -> None:
    parsed = read(controls(), sheet("Clauses", [["Clause"], ["2026-01-02"]], kinds={(2, 1): CellKind.DATE}))
    assert "a date" in parsed.problems[0].what


def test_headings_may_stand_below_a_title_and_foreign_headings_are_kept_and_passed_over() -> None:
    parsed = read(
        sheet("Controls", [["Our controls"], [], ["Jira", "Control ID", "Disposition"], ["X-1", "S3.8", "monitor"]])
    )
    assert parsed.problems == ()
    assert [row.control for row in parsed.matrix.controls] == ["s3.8"]
    assert list(parsed.matrix.tables[0].headings) == ["?jira", "control", "disposition"]


def test_a_heading_twice_names_both_cells_and_a_missing_sheet_or_heading_is_said() -> None:
    twice = read(sheet("Controls", [["Control", "Reason", "Rationale"], ["S3.8", "a", "b"]]))
    assert twice.problems[0].where == "controls.xlsx!Controls!C1"
    assert "Controls!B1" in twice.problems[0].what
    assert "no sheet Controls" in read(scopes()).problems[0].what
    assert "no heading 'Control'" in read(sheet("Controls", [["A", "B"]])).problems[0].what


def test_a_mapping_reads_a_foreign_workbook() -> None:
    foreign = sheet("Blatt 1", [["Nr", "Was"], ["S3.8", "monitor"]])
    parsed = parse(book(foreign), load(), mapping={"Blatt 1": "Controls", "Nr": "Control", "Was": "Disposition"})
    assert parsed.problems == ()
    assert parsed.matrix.controls[0].disposition is Disposition.MONITOR


@pytest.mark.parametrize(
    ("text", "name", "version"),
    [
        ("cis-5.0.0", "cis-aws-foundations-benchmark", "5.0.0"),
        ("CIS v5.0", "cis-aws-foundations-benchmark", "5.0.0"),
        ("CIS AWS Foundations Benchmark v1.4.0", "cis-aws-foundations-benchmark", "1.4.0"),
        ("FSBP", "aws-foundational-security-best-practices", "1.0.0"),
        ("AWS Foundational Security Best Practices v1.0.0", "aws-foundational-security-best-practices", "1.0.0"),
        ("NIST Special Publication 800-53 Revision 5", "nist-800-53", "5.0.0"),
        ("NIST 800-171 Rev. 2", "nist-800-171", "2.0.0"),
        ("PCI DSS v4.0.1", "pci-dss", "4.0.1"),
    ],
)
def test_standards_are_read_as_people_write_them(text: str, name: str, version: str) -> None:
    rows = matrix(controls(), standards({"Standard": text, "Enabled": "yes"})).standards
    assert rows[0].standard == Standard(name, version)


def test_a_standard_without_a_version_is_refused_where_several_are_known() -> None:
    assert "not a known standard" in read(controls(), standards({"Standard": "CIS", "Enabled": "yes"})).problems[0].what


def test_the_other_sheets_become_rows() -> None:
    found = matrix(
        controls(),
        clauses({"Clause": "1.1", "Title": "Block", "GRC id": "G-1"}),
        scopes(
            {
                "Scope": "p",
                "Priority": "3",
                "Account tags": "env=prod, tier=*",
                "Regions": "EU-central-1",
                "Excluding": "q",
            }
        ),
        detections(
            {
                "Detection": "Root use",
                "Covers": "CloudWatch.1; CIS v5.0.0/4.1",
                "Enabled": "yes",
                "Last tested": "2026-11-01",
                "Max age days": "90",
            }
        ),
        frameworks({"Framework": "CISA", "Requirement": "2.10", "Covered by": "S3.8, Root use"}),
    )
    assert found.clauses[0].grc_id == "G-1"
    assert found.scopes[0].account_tags == (("env", "prod"), ("tier", "*"))
    assert (found.scopes[0].priority, found.scopes[0].regions) == (3, ("eu-central-1",))
    assert found.detections[0].covers == ("CloudWatch.1", "CIS v5.0.0/4.1")
    assert found.frameworks[0].covered_by == ("S3.8", "Root use")


def test_rows_are_equal_when_they_say_the_same_wherever_they_stand() -> None:
    one = matrix(controls({"Control": "S3.8", "Disposition": "monitor"}))
    two = matrix(controls({}, {}, {"Control": "s3.8", "Disposition": "Monitor"}))
    assert one == two
