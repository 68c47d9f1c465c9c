"""Movement explains every difference."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from hubposture.posture.movement import Cause, Delta, Movement, Tally, movement
from hubposture.posture.ratio import Ratio
from hubposture.posture.rollup import computed
from hubposture.posture.scores import Dimension
from posture.posture_world import (
    DAY,
    Between,
    Row,
    State,
    accounts,
    days_ago,
    drawn_states,
    on,
    small,
    units,
    want,
    whole,
)
from posture.reference import Facts


@pytest.fixture(scope="module")
def lake() -> Iterator[Between]:
    opened = Between()
    yield opened
    opened.close()


def moved(lake: Between, before: State, after: State, **view: object) -> Movement:
    return movement(lake.between(before, after).execute, since=days_ago(7), **view)  # type: ignore[arg-type]


def changed(state: State, key: str, **values: object) -> State:
    """The state with other values of one subject."""
    rows = [row | values if row["subject"] == key else row for row in state.subjects]
    return State(state.tables, rows)


def without(state: State, key: str) -> State:
    return State(state.tables, [row for row in state.subjects if row["subject"] != key])


PASSING, FAILING = small(*whole()), small(*whole(a_r1_c1="FAILED"))
ONE = "a/r1/c1/x"


def waived(state: State) -> State:
    return state.having(decisions=[{"subject": ONE}])


def want_only(state: State, *controls: str) -> State:
    return state.having(wishes=want(*controls))


OFF = [*on("fsbp", "c1", is_on=False), *on("fsbp", "c2"), *on("cis", "c1", is_on=False)]
SET = [*on("fsbp", "c1", parameters="days=90"), *on("fsbp", "c2"), *on("cis", "c1", parameters="days=90")]
NEW_CONTROL = [{"control": "c1", "known_since": DAY}]
GONE = changed(FAILING, ONE, presence="gone")
FEWER = State({**FAILING.tables, "accounts": accounts(b="/W"), "units": units(accounts(b="/W"))}, FAILING.subjects)

CASES: dict[Cause, tuple[State, State, int, int]] = {
    Cause.FIXED: (FAILING, PASSING, 1, -1),
    Cause.REGRESSED: (PASSING, FAILING, -1, 1),
    Cause.NEW: (without(PASSING, ONE), FAILING, 0, 1),
    Cause.APPEARED: (GONE, PASSING, 1, 0),
    Cause.GONE: (FAILING, GONE, 0, -1),
    Cause.WAIVED: (FAILING, waived(FAILING), 1, -1),
    Cause.LIFTED: (waived(FAILING), FAILING, -1, 1),
    Cause.PARAMETERS: (PASSING, FAILING.having(enablement=SET), -1, 1),
    Cause.LOST_SIGHT: (FAILING, changed(FAILING, ONE, presence="lost"), 0, -1),
    Cause.BACK_IN_SIGHT: (changed(FAILING, ONE, presence="lost"), FAILING, 0, 1),
    Cause.NOT_MEASURED: (FAILING, changed(FAILING, ONE, status="WARNING"), 0, -1),
    Cause.MEASURED: (changed(FAILING, ONE, status="WARNING"), FAILING, 0, 1),
    Cause.SWITCHED_OFF: (FAILING, changed(FAILING.having(enablement=OFF), ONE, presence="off"), -3, -1),
    Cause.SWITCHED_ON: (changed(FAILING.having(enablement=OFF), ONE, presence="off"), FAILING, 3, 1),
    Cause.NOT_REQUIRED: (FAILING, want_only(FAILING, "c2"), -3, -1),
    Cause.REQUIRED: (want_only(FAILING, "c2"), FAILING, 3, 1),
    Cause.NEW_CONTROL: (want_only(FAILING, "c2"), FAILING.having(controls=NEW_CONTROL), 3, 1),
    Cause.ACCOUNT_IN: (FEWER, FAILING, 3, 1),
    Cause.ACCOUNT_OUT: (FAILING, FEWER, -3, -1),
}


def test_every_cause_has_its_case() -> None:
    assert set(CASES) == set(Cause)


@pytest.mark.parametrize("cause", CASES)
def test_a_difference_has_one_cause(lake: Between, cause: Cause) -> None:
    before, after, met, failing = CASES[cause]
    found = moved(lake, before, after)
    assert list(found.causes) == [cause]
    assert (found.causes[cause].met, found.causes[cause].failing) == (met, failing)
    assert cause.text


def test_a_control_switched_off_because_the_matrix_says_so_is_switched_off(lake: Between) -> None:
    after = want_only(changed(FAILING.having(enablement=OFF), ONE, presence="off"), "c2")
    assert list(moved(lake, FAILING, after).causes) == [Cause.SWITCHED_OFF]


def test_nothing_moved_between_equal_moments(lake: Between) -> None:
    found = moved(lake, FAILING, FAILING)
    assert (found.causes, found.examples) == ({}, ())
    assert found.before == found.after == Tally(met=7, failing=1)


def test_a_waived_subject_that_passes_is_fixed_and_met_stays(lake: Between) -> None:
    found = moved(lake, waived(FAILING), PASSING)
    assert found.causes == {Cause.FIXED: Delta(1, met=0, failing=0, waived=-1)}


def test_an_account_that_moved_to_another_ou_went_out_of_the_one_and_into_the_other(lake: Between) -> None:
    rows = accounts(a="/X", b="/W")
    after = FAILING.having(accounts=rows, units=units(rows))
    assert not moved(lake, FAILING, after).causes
    out = moved(lake, FAILING, after, dimension=Dimension.OU, key="/W")
    assert out.causes == {Cause.ACCOUNT_OUT: Delta(4, met=-3, failing=-1)}
    into = moved(lake, FAILING, after, dimension=Dimension.OU, key="/X")
    assert into.causes == {Cause.ACCOUNT_IN: Delta(4, met=3, failing=1)}


def test_like_for_like_leaves_out_what_was_not_there_at_both_moments(lake: Between) -> None:
    found = moved(lake, FEWER, FAILING)
    assert (found.before.as_is, found.after.as_is) == (Ratio(4, 4), Ratio(7, 8))
    assert found.alike_before == found.alike_after == Ratio(4, 4)


def test_examples_are_the_most_severe_and_no_more_than_asked_for(lake: Between) -> None:
    after = small(*whole(a_r1_c1="FAILED", a_r2_c1="FAILED", b_r1_c2="FAILED"))
    after = after.having(wishes=[*want("c1"), *want("c2", severity="CRITICAL")])
    found = moved(lake, PASSING, after, most=2)
    assert [one.subject for one in found.examples] == ["b/r1/c2/x", "a/r1/c1/x"]
    assert (found.examples[0].before, found.examples[0].after) == ("passed", "failing")
    assert found.causes[Cause.REGRESSED].subjects == 3
    assert found.controls["c1"] == {Cause.REGRESSED: Delta(2, met=-2, failing=2)}


def standing(facts: Facts, row: Row | None) -> tuple[int, int, int]:
    """(met, failing, waived) of a subject by itself."""
    if row is None or row["account"] not in facts.accounts or not facts.is_owed(row):
        return 0, 0, 0
    is_waived = row["status"] == "FAILED" and row["subject"] in facts.waived
    return int(row["status"] == "PASSED" or is_waived), int(row["status"] == "FAILED" and not is_waived), int(is_waived)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip
@given(before=drawn_states(), after=drawn_states())
def test_the_causes_explain_met_and_failing_exactly(lake: Between, before: State, after: State) -> None:
    found = moved(lake, before, after, most=100)
    total = sum(found.causes.values(), Delta())
    for name in ("met", "failing", "waived"):
        assert getattr(found.after, name) - getattr(found.before, name) == getattr(total, name)
    by_control = sum((delta for causes in found.controls.values() for delta in causes.values()), Delta())
    assert by_control == total
    old, new = ({row["subject"]: row for row in state.subjects} for state in (before, after))
    facts = Facts(before), Facts(after)
    alone = {key: (standing(facts[0], old.get(key)), standing(facts[1], new.get(key))) for key in {*old, *new}}
    assert {one.subject for one in found.examples} == {key for key, (was, now) in alone.items() if was != now}
    for state, tally in ((before, found.before), (after, found.after)):
        lake.show(state)
        score = next((one for one in computed(lake.execute) if one.dimension is Dimension.ORGANIZATION), None)
        assert (tally.met, tally.failing, tally.waived) == (
            (score.met, score.failing, score.waived) if score else (0, 0, 0)
        )
