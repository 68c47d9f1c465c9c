from hubposture.catalog import load
from hubposture.matrix.diff import DiffKind, MatrixDiff, diff
from hubposture.matrix.rows import Matrix
from hubposture.matrix.textconv import textconv
from hubposture.model.controls import Severity
from matrix.matrix_world import book, controls, matrix, read, scopes, sheet, standards

ON = {"Control": "IAM.6", "Disposition": "enforce", "Owner": "team-a"}
LOW = {"Control": "ACM.3", "Disposition": "monitor"}


def found(old: Matrix | None, new: Matrix | None) -> MatrixDiff:
    return diff(old, new, load())


def test_moved_rows_other_spellings_and_our_own_columns_are_no_change() -> None:
    one = matrix(controls({**ON, "Clauses": "1, 2", "Parameters": "a=1; b=2", "Title": "x"}, LOW))
    two = matrix(
        controls(
            {}, LOW, {**ON, "Control": "iam.6", "Disposition": "Enforce", "Clauses": "2;1", "Parameters": "b = 2\na=1"}
        )
    )
    assert found(one, two).rows == ()


def test_a_changed_cell_names_row_column_both_texts_and_its_place() -> None:
    rows = found(matrix(controls(ON, LOW)), matrix(controls(LOW, {**ON, "Owner": ""}))).rows
    assert [(row.sheet, row.row, row.kind) for row in rows] == [("Controls", "IAM.6", DiffKind.CHANGED)]
    cell = rows[0].cells[0]
    assert (cell.column, cell.before, cell.after, cell.where) == ("Owner", "team-a", "", "controls.xlsx!Controls!K3")


def test_rows_are_known_by_control_and_scope() -> None:
    prod = scopes({"Scope": "prod", "OUs": "/Workloads"})
    rows = found(matrix(controls(ON), prod), matrix(controls(ON, {**ON, "Scope": "prod"}), prod)).rows
    assert [(row.row, row.kind) for row in rows] == [("IAM.6 in prod", DiffKind.ADDED)]


def test_switching_off_what_is_critical_comes_first() -> None:
    off = {"Disposition": "not-applicable"}
    risks = found(matrix(controls(LOW, ON)), matrix(controls({**LOW, **off}, {**ON, **off}))).risks
    assert [(risk.severity, row.row) for risk, row in risks] == [(Severity.CRITICAL, "IAM.6"), (Severity.LOW, "ACM.3")]
    assert risks[0][0].text == "IAM.6 (CRITICAL) in the whole organization is switched off: not-applicable"


def test_a_scope_that_rows_speak_of_and_a_standard_turned_off_are_risks() -> None:
    old = matrix(
        controls({**ON, "Scope": "prod"}),
        scopes({"Scope": "prod", "OUs": "/a"}),
        standards({"Standard": "cis-5.0.0", "Enabled": "yes"}),
    )
    new = matrix(
        controls({**ON, "Scope": "prod"}),
        scopes({"Scope": "prod", "OUs": "/b"}),
        standards({"Standard": "CIS v5.0", "Enabled": "no"}),
    )
    texts = [risk.text for risk, _ in found(old, new).risks]
    assert len(texts) == 2
    assert "cis-5.0.0 is turned off" in texts[0]
    assert "the scope prod takes in other targets, and 1 rows speak of it" in texts[1]


def test_a_matrix_that_was_not_there_is_all_added_and_one_that_is_gone_all_removed() -> None:
    new = matrix(controls(ON, LOW))
    assert {row.kind for row in found(None, new).rows} == {DiffKind.ADDED}
    assert {row.kind for row in found(new, None).rows} == {DiffKind.REMOVED}
    assert found(None, None).rows == ()


def test_columns_of_the_users_own_are_compared() -> None:
    old = read(sheet("Controls", [["Control", "Jira"], ["S3.8", "X-1"]])).matrix
    new = read(sheet("Controls", [["Jira", "Control"], ["X-2", "S3.8"]])).matrix
    assert [(cell.column, cell.before, cell.after) for cell in found(old, new).rows[0].cells] == [
        ("Jira", "X-1", "X-2")
    ]


def test_the_text_view_has_a_line_per_cell_and_does_not_move_with_rows_and_columns() -> None:
    one = book(
        sheet(
            "Controls",
            [
                ["Control", "Disposition", "Reason", "Jira"],
                ["EC2.10", "monitor", "a\nb", ""],
                ["EC2.2", "enforce", "", "X"],
            ],
        ),
        sheet("Mine", [["", "hello"]]),
    )
    two = book(
        sheet("Mine", [["", "hello"]]),
        sheet(
            "Controls",
            [
                ["Title"],
                ["Jira", "Control", "Reason", "Disposition"],
                [],
                ["X", "EC2.2", "", "enforce"],
                ["", "EC2.10", "a\nb", "monitor"],
            ],
        ),
    )
    assert textconv(one) == textconv(two)
    assert textconv(one).splitlines() == [
        "Controls | EC2.2 | Disposition | enforce",
        "Controls | EC2.2 | Jira | X",
        "Controls | EC2.10 | Disposition | monitor",
        "Controls | EC2.10 | Reason | a\\nb",
        "Mine | B1 | hello",
    ]


def test_a_row_that_only_has_its_key_and_one_without_a_key_are_in_the_text_view() -> None:
    text = textconv(book(sheet("Controls", [["Control", "Reason"], ["S3.8"], ["", "lost"]])))
    assert text.splitlines() == ["Controls | (no key) | Reason | lost", "Controls | S3.8"]
