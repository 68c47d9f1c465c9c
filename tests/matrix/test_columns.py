import dataclasses
from typing import Any

import pytest

from hubposture.matrix.columns import (
    CLAUSES,
    CONTROLS,
    DETECTIONS,
    FRAMEWORKS,
    SCOPES,
    SHEETS,
    STANDARDS,
    SheetSpec,
    normal,
    sheet_for,
)
from hubposture.matrix.rows import Clause, ControlRow, Detection, FrameworkRow, ScopeRow, StandardRow


@pytest.mark.parametrize(
    ("spec", "row"),
    [
        (CONTROLS, ControlRow),
        (CLAUSES, Clause),
        (STANDARDS, StandardRow),
        (SCOPES, ScopeRow),
        (DETECTIONS, Detection),
        (FRAMEWORKS, FrameworkRow),
    ],
    ids=lambda each: getattr(each, "name", getattr(each, "__name__", "")),
)
def test_every_input_column_fills_an_attribute_of_its_row_and_no_attribute_is_without_a_column(
    spec: SheetSpec, row: type[Any]
) -> None:
    assert {column.key for column in spec.columns if not column.ours} == {
        field.name for field in dataclasses.fields(row)
    } - {"at"}


@pytest.mark.parametrize("spec", SHEETS, ids=lambda spec: spec.name)
def test_headings_and_aliases_of_a_sheet_are_all_different_and_every_help_is_one_sentence(spec: SheetSpec) -> None:
    names = [normal(name) for column in spec.columns for name in (column.heading, *column.aliases)]
    assert len(names) == len(set(names))
    assert all(column.help.endswith(".") and ". " not in column.help for column in spec.columns)
    assert set(spec.identity) <= {column.key for column in spec.columns}


@pytest.mark.parametrize(
    "heading", ["Approved by", "APPROVED_BY", " approved  by ", "Approved\u200bBy", "\uff21pproved by", "Approver"]
)
def test_a_heading_is_known_whatever_its_case_blanks_width_and_by_aliases(heading: str) -> None:
    column = CONTROLS.column_for(heading)
    assert column is not None
    assert column.key == "approved_by"


def test_a_mapping_goes_before_headings_and_can_leave_one_alone() -> None:
    mapping = {"My number": "Control", "Notes": ""}
    found = CONTROLS.column_for("my NUMBER", mapping)
    assert found is not None
    assert found.key == "control"
    assert CONTROLS.column_for("Notes", mapping) is None


def test_a_foreign_sheet_is_known_by_alias_and_by_mapping() -> None:
    assert sheet_for("Security Controls") is CONTROLS
    assert sheet_for("Blatt 1", {"Blatt 1": "Scopes"}) is SCOPES
    assert sheet_for("Blatt 1") is None
