"""AWS's control status and score, against AWS's own worked numbers."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from hubposture.posture.rollup import computed
from hubposture.posture.status import AwsCounts, Status, control_statuses
from posture.posture_world import Lake, Row, State, accounts, drawn_states, everywhere, on, subject, units

STATUS = {"passed": "PASSED", "failed": "FAILED", "unknown": "WARNING"}


@pytest.fixture(scope="module")
def lake() -> Iterator[Lake]:
    opened = Lake()
    yield opened
    opened.close()


def world(**controls: int) -> State:
    """Two accounts in two Regions, one standard with so many controls of each status."""
    names = [(f"{status}.{number}", STATUS[status]) for status, count in controls.items() for number in range(count)]
    rows = accounts(a="/W", b="/W")
    subjects = [subject("a", "r1", name, status=status) for name, status in names]
    subjects += [subject("b", "r2", name, status="PASSED") for name, _ in names]
    targets = everywhere(rows, ("r1", "r2"))
    enabled = on("fsbp", *(name for name, _ in names))
    return State({"accounts": rows, "units": units(rows), "targets": targets, "enablement": enabled}, subjects)


def counts(lake: Lake, state: State) -> dict[tuple[str, str, str], AwsCounts]:
    return {(one.dimension, one.key, one.standard): one.aws for one in computed(lake.show(state).execute)}


@pytest.mark.parametrize(
    ("passed", "failed", "unknown", "percent"),
    [(168, 22, 0, 88), (8, 29, 0, 22), (6, 35, 0, 15), (159, 56, 0, 74), (28, 17, 0, 62), (357, 158, 0, 69)],
)
def test_the_scores_of_awss_worked_rows(lake: Lake, passed: int, failed: int, unknown: int, percent: int) -> None:
    found = counts(lake, world(passed=passed, failed=failed, unknown=unknown))["organization", "", "fsbp"]
    assert (found.passed, found.failed, found.score.nearest) == (passed, failed, percent)


def test_the_summary_is_taken_over_the_different_controls_of_all_standards(lake: Lake) -> None:
    state = world(passed=357, failed=158)
    shared = on("cis", *(f"passed.{number}" for number in range(8)), *(f"failed.{number}" for number in range(29)))
    found = counts(lake, state.having(enablement=[*state.rows("enablement"), *shared]))
    assert found["organization", "", "cis"].score.nearest == 22
    assert (found["organization", "", ""].score, found["organization", "", ""].score.nearest) == ((357, 515), 69)


def test_halves_are_rounded_up(lake: Lake) -> None:
    assert counts(lake, world(passed=1, failed=7))["organization", "", ""].score.nearest == 13


def test_unknown_lowers_the_score_and_no_data_and_disabled_do_not(lake: Lake) -> None:
    state = world(passed=1, unknown=1)
    more = [*on("fsbp", "silent.1"), *on("fsbp", "off.1", is_on=False)]
    found = counts(lake, state.having(enablement=[*state.rows("enablement"), *more]))["organization", "", ""]
    assert found == AwsCounts(passed=1, unknown=1, no_data=1, disabled=1)
    assert found.score.nearest == 50


def test_suppressing_all_that_failed_raises_awss_score(lake: Lake) -> None:
    state = world(passed=1, failed=1)
    quiet = [one | {"aws_status": ""} if one["status"] == "FAILED" else one for one in state.subjects]
    assert counts(lake, State(state.tables, quiet))["organization", "", ""].score.nearest == 100
    alone = [one for one in quiet if one["account"] == "a"]
    assert counts(lake, State(state.tables, alone))["organization", "", ""] == AwsCounts(passed=1, no_data=1)


def test_one_region_of_one_account_fails_a_control_for_everyone_who_sees_it(lake: Lake) -> None:
    lake.show(world(failed=1))
    (everyone,) = control_statuses(lake.execute)
    assert (everyone.control, everyone.status) == ("failed.1".replace("1", "0"), Status.FAILED)
    (elsewhere,) = control_statuses(lake.execute, region="r2")
    assert elsewhere.status is Status.PASSED
    (other,) = control_statuses(lake.execute, dimension="account", key="b")
    assert other.status is Status.PASSED
    (empty,) = control_statuses(lake.execute, dimension="account", key="b", region="r1")
    assert empty.status is Status.NO_DATA


def test_a_control_that_is_off_in_a_standard_does_not_count_there(lake: Lake) -> None:
    state = world(passed=1, failed=1)
    rows: list[Row] = [dict(row) for row in state.rows("enablement")]
    rows += on("cis", "passed.0") + on("cis", "failed.0", is_on=False)
    found = counts(lake, state.having(enablement=rows))
    assert (found["organization", "", "cis"].score.nearest, found["organization", "", "fsbp"].score.nearest) == (
        100,
        50,
    )
    assert found["organization", "", "cis"].disabled == 1
    assert [one.status for one in control_statuses(lake.execute, standard="cis")] == [Status.DISABLED, Status.PASSED]


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(state=drawn_states())
def test_the_counts_of_every_view_are_those_of_its_control_statuses(lake: Lake, state: State) -> None:
    for (dimension, key, standard), found in counts(lake, state).items():
        if dimension in ("organization", "ou", "owner", "account"):
            listed = control_statuses(lake.execute, dimension=dimension, key=key, standard=standard)
            assert AwsCounts.of(listed) == found
            assert {one.status for one in listed} <= set(Status)
