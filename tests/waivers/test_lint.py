from collections.abc import Sequence
from dataclasses import replace

import pytest

from hubposture.catalog import load
from hubposture.errors import Problem
from hubposture.matrix.lint_finding import Level, LintFinding
from hubposture.waivers.lint import Surroundings, lint
from hubposture.waivers.read import ReadWaivers
from hubposture.waivers.standing import ApprovalRules
from hubposture.waivers.waiver import Criteria, Revocation, SubjectSet, SystemOfApproval, Waiver
from matrix.matrix_world import controls, matrix, organization
from waivers.files_world import BERLIN, SETS, TODAY, approval, approved, day, waiver, with_controls

RULES = ApprovalRules()
BY_RECORD = ApprovalRules(record=SystemOfApproval.SERVICENOW)
BY_REVIEW = ApprovalRules(record=SystemOfApproval.GIT)
CATALOG = Surroundings(catalog=load())
PLACE = "waivers/W-2026-014.yaml:2:1"


def found_in(
    *waivers: Waiver, rules: ApprovalRules = RULES, around: Surroundings = CATALOG, sets: dict[str, SubjectSet] = SETS,
    problems: Sequence[Problem] = (),
) -> tuple[LintFinding, ...]:  # fmt: skip
    read = ReadWaivers(waivers, sets, tuple(problems))
    return lint(read, today=TODAY, zone=BERLIN, rules=rules, around=around)


def said(*waivers: Waiver, rules: ApprovalRules = RULES, around: Surroundings = CATALOG) -> list[tuple[str, str]]:
    return [(one.level.value, one.rule) for one in found_in(*waivers, rules=rules, around=around)]


def renewed(of: Waiver) -> Waiver:
    """A waiver approved as it is."""
    return replace(of, approvals=(approval(of),))


def test_an_approved_waiver_of_known_things_has_nothing_to_mend() -> None:
    around = Surroundings(load(), organization=organization(), matrix=matrix(controls({"Control": "S3.8"})))
    of = renewed(waiver(criteria=replace(waiver().criteria, accounts=("012345678901",), ous=("/Workloads/Prod",))))
    assert found_in(of, around=around) == ()


def test_problems_of_reading_come_first_and_places_count_by_number() -> None:
    problems = [Problem("waivers/x.yaml:10:2", "b"), Problem("waivers/x.yaml:9:2", "a", "do")]
    found = found_in(renewed(waiver(expires=day("2026-11-23"))), problems=problems)
    assert [(one.level, one.rule, one.where, one.hint) for one in found] == [
        (Level.ERROR, "file", "waivers/x.yaml:9:2", "do"),
        (Level.ERROR, "file", "waivers/x.yaml:10:2", ""),
        (Level.NOTE, "over", PLACE, "its file may be removed"),
    ]


@pytest.mark.parametrize(
    ("rules", "level"), [(RULES, "error"), (BY_RECORD, "warning")], ids=["by file", "by a record that is waited for"]
)
def test_without_an_approval_nothing_is_excused(rules: ApprovalRules, level: str) -> None:
    assert said(waiver(), rules=rules) == [(level, "unapproved")]
    assert found_in(waiver())[0].message == "W-2026-014 excuses nothing: nobody has approved it"


def test_where_reviews_approve_only_the_set_must_be_there() -> None:
    assert found_in(waiver(), rules=BY_REVIEW) == ()
    assert [one.rule for one in found_in(waiver(), rules=BY_REVIEW, sets={})] == ["no-set"]


def test_an_edit_since_the_approval_is_an_error_that_names_it() -> None:
    found = found_in(replace(renewed(waiver()), covers_new=3))
    assert [(one.level, one.rule) for one in found] == [(Level.ERROR, "changed")]
    assert "its covers_new was 0 when it was approved" in found[0].message
    missing = found_in(renewed(waiver()), sets={})
    assert "W-2026-014.subjects is missing" in missing[0].message


def test_an_extension_that_is_asked_for_is_a_warning_while_the_old_approval_runs() -> None:
    moved = replace(renewed(waiver()), expires=day("2027-08-01"))
    assert said(moved) == [("warning", "extension")]
    assert found_in(moved)[0].message == "W-2026-014 is approved until 2027-05-01, and asks for 2027-08-01"


def test_who_asks_does_not_approve() -> None:
    own = approved(waiver(), approval(waiver(), by="Kim@Example.com"))
    assert said(own) == [("error", "own-approval"), ("error", "unapproved")]
    beside = approved(waiver(), *own.approvals, approval(waiver()))
    assert said(beside) == [("error", "own-approval")]
    mine = approved(waiver(), approval(waiver(), by="kim@example.com", system=SystemOfApproval.PROVISIONAL))
    assert said(mine) == []


def test_it_may_not_run_longer_than_the_settings_allow() -> None:
    long = waiver(expires=day("2027-11-03"))
    assert said(long, rules=BY_RECORD) == [("error", "too-long"), ("warning", "unapproved")]
    assert said(renewed(long)) == [("error", "too-long")]
    assert said(renewed(waiver(expires=day("2027-11-02")))) == []
    again = approved(long, approval(long, on="2026-11-10"))
    assert said(again) == [], "the longest time counts from the approval on"


def test_controls_must_exist() -> None:
    wrong = with_controls(waiver(), ["s3.8", "s3.99", "sss.1"])
    assert said(renewed(wrong)) == [("error", "unknown-control"), ("warning", "unknown-control")]
    live = Surroundings(catalog=load(), is_live=True)
    assert said(renewed(wrong), around=live) == [("error", "unknown-control"), ("error", "unknown-control")]
    retired = next(iter(load().retired))
    assert said(renewed(with_controls(waiver(), ["s3.8", retired]))) == [("warning", "retired-control")]


def test_accounts_and_ous_must_exist_in_a_new_waiver_and_may_have_gone_from_an_old_one() -> None:
    criteria = Criteria(waiver().criteria.controls, accounts=("999999999999",), ous=("/Nowhere", "ou-root-sandboxx"))
    around = Surroundings(organization=organization())
    new, old = waiver(criteria=criteria), renewed(waiver(criteria=criteria))
    assert said(new, around=around, rules=BY_RECORD)[:2] == [("error", "unknown-account"), ("error", "unknown-ou")]
    assert said(old, around=around) == [("warning", "unknown-account"), ("warning", "unknown-ou")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("", "no")], "no waiver is allowed (controls.xlsx!Controls!O2)"),
        ([("", "no"), ("prod", "no")], "no waiver is allowed (controls.xlsx!Controls!O2 and controls.xlsx!Controls!O3)"),
        ([("", "30"), ("prod", "90")], "for 180 days; 90 are allowed at most (controls.xlsx!Controls!O2 and controls.xlsx!Controls!O3)"),
        ([("", "no"), ("prod", "yes")], ""),
        ([("", "no"), ("prod", "180")], ""),
        ([("prod", "no")], ""),
        ([("", "yes")], ""),
        ([("", "")], ""),
    ],
)  # fmt: skip
def test_a_control_that_no_row_lets_anybody_waive_is_an_error(rows: list[tuple[str, str]], expected: str) -> None:
    given = matrix(controls(*({"Control": "S3.8", "Scope": scope, "Waivable": waivable} for scope, waivable in rows)))
    found = found_in(renewed(waiver()), around=Surroundings(matrix=given))
    assert [one.rule for one in found] == (["not-waivable"] if expected else [])
    assert all(expected in one.message for one in found)


def test_patterns_that_name_nothing_and_blanks_at_their_ends_are_doubtful() -> None:
    resources = ("arn:aws:s3:::*", "arn:aws:ec2:*:*:instance/*", "arn:aws:s3:::acme-*", " arn:x:y")
    of = renewed(waiver(criteria=Criteria(waiver().criteria.controls, resources=resources)))
    found = found_in(of)
    assert [one.rule for one in found] == ["blank-pattern", "wide-pattern", "wide-pattern"]
    assert [one.level for one in found] == [Level.WARNING] * 3
    narrowed = renewed(waiver(criteria=replace(of.criteria, accounts=("111122223333",), resources=resources[:3])))
    assert found_in(narrowed) == ()


def test_what_is_over_is_only_noted() -> None:
    over = with_controls(waiver(expires=day("2026-11-23")), ["nothing.1"])
    revoked = replace(renewed(waiver()), revoked=Revocation(day("2026-11-24"), "lee", "gone"))
    assert said(over) == [("note", "over")]
    assert "revoked on 2026-11-24 by lee: gone" in found_in(revoked)[0].message


def test_a_set_that_belongs_to_nothing_is_told_unless_files_could_not_be_read() -> None:
    sets = {**SETS, "W-2026-041.subjects": SubjectSet(())}
    found = found_in(renewed(waiver()), sets=sets)
    assert [(one.rule, one.where) for one in found] == [("unused-set", "W-2026-041.subjects")]
    broken = found_in(renewed(waiver()), sets=sets, problems=[Problem("x:1:1", "broken")])
    assert [one.rule for one in broken] == ["file"]
