"""A change of a control in the workbook: everything wrong with it at its field, and nothing else changed."""

import datetime as dt
from pathlib import Path

import pytest

from controls.controls_world import ACCOUNTS
from hubposture.baseline.repository import GitRepository
from hubposture.catalog import load
from hubposture.errors import InputErrors
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Parsed
from hubposture.model.controls import ControlId, Severity
from hubposture.verbs.control_draft import Asked, Draft, Means, NewScope, draft, row_of
from hubposture.verbs.control_reach import reach, severity_of
from hubposture.wiring import workbook_bytes
from hubposture.workbook.patch import apply_edits
from hubposture.workbook.read import read_book
from verbs.worlds import ORGANIZATION

FILE, S38 = "controls.xlsx", ControlId("s3.8")
ROWS = {
    "Controls": [
        {"control": "S3.8", "disposition": "enforce", "reason": "private", "notes": "mine"},
        {"control": "S3.8", "disposition": "monitor", "scope": "shop", "our_severity": "CRITICAL"},
    ],
    "Scopes": [{"scope": "shop", "accounts": "acme-shop"}, {"scope": "Prod", "ous": "/Prod"}],
}
OFF = {"disposition": "siem", "reason": "an alarm", "approved_by": "lee", "reference": "R1", "expires": "2027-05-01"}


def read(raw: bytes) -> Parsed:
    return parse(read_book(raw, name=FILE), load())


@pytest.fixture
def means(tmp_path: Path) -> Means:
    """A baseline that is not in git: the workbook of the directory is taken."""
    (tmp_path / FILE).write_bytes(workbook_bytes(ROWS))
    return Means(
        GitRepository(tmp_path), FILE, read, lambda raw, edits: apply_edits(raw, edits, name=FILE), load(),
        dt.date(2026, 11, 24), Severity.HIGH,
    )  # fmt: skip


def made(means: Means, texts: dict[str, str], scope: str = "", **more: object) -> Draft:
    return draft(means, Asked(S38, scope, texts, **more), ORGANIZATION)  # type: ignore[arg-type]


def wrong(found: Draft) -> set[str]:
    return {one.field for one in found.wrong}


def test_a_new_row_is_added_with_its_scope_and_the_others_stay(means: Means) -> None:
    found = made(means, OFF, new_scope=NewScope(ous=("ou-root-prodprod",), name=""))
    assert found.wrong == ()
    assert found.scope == "Prod", "there is such a scope already"
    row = row_of(found.new, S38, "prod")
    assert row is not None
    assert (str(row.disposition), row.reason, row.at.row) == ("siem", "an alarm", 4)
    assert found.new.controls[:2] == found.old.matrix.controls
    assert found.new.scopes == found.old.matrix.scopes


def test_a_new_scope_is_called_after_what_it_names(means: Means) -> None:
    found = made(means, OFF, new_scope=NewScope(accounts=("bank",)))
    assert found.wrong == ()
    assert [(one.scope, one.accounts) for one in found.new.scopes][-1] == ("bank", (ACCOUNTS[2],))


def test_a_row_that_is_there_is_edited_and_what_was_not_asked_for_stays(means: Means) -> None:
    found = made(means, {"disposition": "monitor"})
    row = row_of(found.new, S38, "")
    assert row is not None
    assert (str(row.disposition), row.reason, row.notes) == ("monitor", "private", "mine")
    cleared = row_of(made(means, {"disposition": "monitor"}, filled_from="").new, S38, "")
    assert cleared is not None
    assert (cleared.reason, cleared.notes) == ("", "mine")


def test_all_that_a_severe_control_needs_to_be_switched_off_is_told_at_once(means: Means) -> None:
    assert wrong(made(means, {"disposition": "siem", "reason": ""}, filled_from="")) == {
        "approved_by", "reference", "expires", "reason",
    }  # fmt: skip
    assert wrong(made(means, {**OFF, "expires": "01/05/2027", "enforce_from": "x", "parameters": "?"})) == {
        "expires", "enforce_from", "parameters",
    }  # fmt: skip


def test_an_end_that_is_past_is_wrong_at_its_field(means: Means) -> None:
    assert wrong(made(means, {**OFF, "expires": "2026-11-01"})) == {"expires"}


def test_a_control_that_does_not_exist_is_no_field_of_the_form(means: Means) -> None:
    found = draft(means, Asked(ControlId("s3.9999"), "", OFF), ORGANIZATION)
    assert wrong(found) == {""}


def test_from_a_workbook_that_cannot_be_read_nothing_is_drafted(means: Means, tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(workbook_bytes({"Controls": [{"control": "S3.8", "due_days": "many"}]}))
    with pytest.raises(InputErrors, match=r"Controls!Q2"):
        made(means, OFF)


def test_a_change_reaches_what_its_scope_can_ever_hold(means: Means) -> None:
    matrix = made(means, OFF).old.matrix
    assert reach(matrix, "", ORGANIZATION) == (("ou", "/"),)
    assert reach(matrix, "Prod", ORGANIZATION) == (("ou", "/Prod"),)
    assert reach(matrix, "shop", ORGANIZATION) == (("account", ACCOUNTS[1]),)
    unknown = draft(means, Asked(S38, "", OFF, NewScope("x", ous=("/Prod",))), ORGANIZATION).new
    assert reach(unknown, "gone", ORGANIZATION) == (("ou", "/"),)
    assert severity_of(matrix, load(), S38) is Severity.CRITICAL, "the highest of AWS's and ours"
