"""Obligations and accounts, by every dimension."""

import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from hubposture.posture.ratio import Ratio
from hubposture.posture.rollup import computed
from hubposture.posture.scores import Score, WhyNot
from posture.posture_world import CONTROLS, DAY, Lake, State, drawn_states, on, small, subject, want, whole
from posture.reference import Expected, Facts, expected


@pytest.fixture(scope="module")
def lake() -> Iterator[Lake]:
    opened = Lake()
    yield opened
    opened.close()


def scored(lake: Lake, state: State) -> dict[tuple[str, str, str], Score]:
    return {(one.dimension, one.key, one.standard): one for one in computed(lake.show(state).execute)}


def organization(lake: Lake, state: State) -> Score:
    return scored(lake, state)["organization", "", ""]


def test_everything_passes_and_both_accounts_are_good(lake: Lake) -> None:
    found = organization(lake, small(*whole()))
    assert (found.as_is, found.missing, found.accounts) == (Ratio(8, 8), 0, Ratio(2, 2))


def test_a_waiver_makes_a_failing_subject_met_and_the_second_line_takes_that_back(lake: Lake) -> None:
    state = small(*whole(a_r1_c1="FAILED", b_r1_c1="FAILED")).having(decisions=[{"subject": "a/r1/c1/x"}])
    found = organization(lake, state)
    assert (found.as_is, found.without_waivers, found.waived) == (Ratio(7, 8), Ratio(6, 8), 1)
    assert found.nothing_off == Ratio(6, 8)
    assert found.accounts == Ratio(1, 2)


def test_what_was_switched_off_counts_in_the_third_line_alone(lake: Lake) -> None:
    off = subject("a", "r1", "c3", presence="off")
    found = organization(lake, small(*whole(), off))
    assert (found.as_is, found.nothing_off) == (Ratio(8, 8), Ratio(8, 9))


def test_suppressed_without_a_waiver_stays_failing_and_is_counted_apart(lake: Lake) -> None:
    rows = [one for one in whole() if one["subject"] != "a/r1/c1/x"]
    found = organization(lake, small(*rows, subject("a", "r1", "c1", suppressed=True, aws_status="")))
    assert (found.failing, found.suppressed) == (1, 1)


def test_a_warning_is_never_met_and_leaves_its_cell_without_a_result(lake: Lake) -> None:
    found = organization(lake, small(*whole(a_r1_c1="WARNING")))
    assert (found.as_is, found.not_measured, found.missing) == (Ratio(7, 7), 1, 1)
    assert found.accounts == Ratio(1, 2)


def test_a_control_that_someone_switched_off_is_missing_and_not_met(lake: Lake) -> None:
    state = small(*whole())
    targets = [dict(row) for row in state.rows("targets")]
    targets[0]["enablement"] = "other"
    state = state.having(targets=targets, enablement=[*state.rows("enablement"), *on("fsbp", "c2", profile="other")])
    found = scored(lake, state)
    assert (found["organization", "", ""].as_is, found["organization", "", ""].missing) == (Ratio(7, 7), 1)
    assert found["account", "a", ""].why is WhyNot.MISSING


def test_a_region_without_any_standard_is_missing_all_its_controls(lake: Lake) -> None:
    state = small(*whole())
    targets = [dict(row) for row in state.rows("targets")]
    targets[0]["enablement"] = ""
    assert organization(lake, state.having(targets=targets)).missing == 2


def test_findings_of_a_target_that_cannot_be_read_are_believed_but_its_account_is_not_good(lake: Lake) -> None:
    state = small(*whole())
    targets = [dict(row) for row in state.rows("targets")]
    targets[0] |= {"sight": "unreadable", "enablement": ""}
    found = scored(lake, state.having(targets=targets))
    assert found["account", "a", ""].as_is == Ratio(4, 4)
    assert found["account", "a", ""].why is WhyNot.UNREADABLE
    assert found["organization", "", ""].accounts == Ratio(1, 2)


def test_an_account_without_a_target_is_listed_and_never_good(lake: Lake) -> None:
    state = small(*(one for one in whole() if one["account"] == "b"))
    state = state.having(targets=[row for row in state.rows("targets") if row["account"] == "b"])
    found = scored(lake, state)
    assert found["account", "a", ""].why is WhyNot.NO_HUB
    assert found["organization", "", ""].accounts == Ratio(1, 2)
    assert found["standard", "cis", ""].accounts == Ratio(1, 2)


def test_an_account_of_which_nothing_was_found_is_not_good(lake: Lake) -> None:
    found = scored(lake, small(*(one for one in whole() if one["account"] == "b")))
    assert found["account", "a", ""].why is WhyNot.NOTHING_MEASURED
    assert found["account", "a", ""].missing == 4


def test_a_suspended_account_is_listed_and_not_asked(lake: Lake) -> None:
    state = small(*whole())
    rows = [dict(row) for row in state.rows("accounts")]
    rows[0]["state"] = "suspended"
    found = scored(lake, state.having(accounts=rows))
    assert found["account", "a", ""].why is WhyNot.SUSPENDED
    assert found["organization", "", ""].accounts == Ratio(1, 1)


def test_lost_subjects_are_in_no_line_but_counted_by_themselves(lake: Lake) -> None:
    rows = [one | {"presence": "lost"} if one["subject"] == "a/r1/c1/x" else one for one in whole()]
    found = organization(lake, small(*rows))
    assert (found.as_is, found.nothing_off, found.lost) == (Ratio(7, 7), Ratio(7, 7), 1)


def test_overdue_is_what_began_to_fail_before_its_last_day_by_our_severity(lake: Lake) -> None:
    state = small(*whole(a_r1_c1="FAILED", a_r1_c2="FAILED"))
    wishes = [
        *want("c1", severity="CRITICAL", due_before=DAY - dt.timedelta(days=9)),
        *want("c2", due_before=DAY - dt.timedelta(days=10)),
    ]
    found = scored(lake, state.having(wishes=wishes))
    assert found["organization", "", ""].overdue.critical == 1
    assert found["organization", "", ""].overdue.total == 1
    assert (found["severity", "CRITICAL", ""].overdue.total, found["severity", "HIGH", ""].overdue.total) == (1, 0)


def test_a_control_in_two_standards_counts_once_in_all_and_once_in_each(lake: Lake) -> None:
    found = scored(lake, small(*whole(a_r1_c1="FAILED")))
    assert found["organization", "", ""].as_is == Ratio(7, 8)
    assert found["standard", "fsbp", ""].as_is == Ratio(7, 8)
    assert found["standard", "cis", ""].as_is == Ratio(3, 4)
    assert found["ou", "/W/P", "cis"].as_is == Ratio(1, 2)


def test_an_ou_counts_what_is_below_it(lake: Lake) -> None:
    found = scored(lake, small(*whole(a_r1_c1="FAILED")))
    assert [found["ou", path, ""].as_is for path in ("/", "/W", "/W/P")] == [Ratio(7, 8), Ratio(7, 8), Ratio(3, 4)]


def test_accounts_and_controls_are_shown_by_their_names(lake: Lake) -> None:
    found = scored(lake, small(*whole()))
    assert (found["account", "a", ""].shown, found["control", "c1", ""].shown) == ("a shown", "C1")


def test_no_subjects_no_accounts_no_score(lake: Lake) -> None:
    assert scored(lake, State()) == {}


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=drawn_states())
def test_every_score_is_what_counting_subject_by_subject_gives(lake: Lake, state: State) -> None:
    found, facts = scored(lake, state), Facts(state)
    everyone = set(facts.accounts)
    views = {("organization", ""): everyone} | {("account", one): {one} for one in everyone}
    for row in state.rows("units"):
        views.setdefault(("ou", row["ou_path"]), set()).add(row["account"])
    for row in state.rows("accounts"):
        views.setdefault(("owner", row["owner"]), set()).add(row["account"])
    belongs = {(row["standard"], row["control"]) for row in state.rows("standards")}
    for (dimension, key), accounts in views.items():
        if accounts:
            same(found.get((dimension, key, "")), expected(facts, accounts, is_whole=True))
            for one in {standard for standard, _ in belongs}:
                controls = {control for standard, control in belongs if standard == one}
                same(found.get((dimension, key, one)), expected(facts, accounts, controls=controls))
    for one in CONTROLS:
        same(found.get(("control", one, "")), expected(facts, everyone, controls={one}))
    for one in ("CRITICAL", "HIGH"):
        same(found.get(("severity", one, "")), expected(facts, everyone, severity=one))
    for account in everyone:
        why = found["account", account, ""].why
        assert (why is WhyNot.ALL_MET) == (found["account", account, ""].accounts == (1, 1))
        assert not facts.why(account) or why == facts.why(account)


def same(found: Score | None, wanted: Expected) -> None:
    blank = not any((wanted.met, wanted.failing, wanted.not_measured, wanted.missing, wanted.lost, *wanted.nothing_off))
    if found is None or (blank and not found.accounts.total):  # nothing of it is known anywhere
        assert blank
        return
    seen = Expected(
        found.met, found.failing, found.waived, found.visible, found.suppressed, found.overdue.total,
        found.not_measured, found.missing, found.lost, found.nothing_off, found.accounts,
    )  # fmt: skip
    assert seen == wanted
