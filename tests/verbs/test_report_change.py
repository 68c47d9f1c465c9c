"""What changed in what we look at: switches and parameters, and accounts, between two versions."""

from contextlib import closing

from hubposture.posture.rollup import computed
from hubposture.posture.scores import Dimension
from hubposture.verbs.report_change import passages
from hubposture.verbs.report_parts import Account
from hubposture.verbs.report_sql import MISSING, OBLIGATIONS, SWITCHED
from posture.posture_world import Between, Lake, on, small, whole

VIEW = {"dimension": "organization", "key": ""}


def account(number: str, state: str = "active", path: str = "/W") -> Account:
    return Account(number, "", "", number, state, path, "")


def test_a_control_that_is_switched_is_counted_by_places_that_were_there_on_both_days() -> None:
    before = small()
    after = before.having(enablement=[dict(row, enablement="q") for row in on("fsbp", "c1", "c3")])
    moved = [dict(row, enablement="q") if row["account"] == "a" else row for row in before.rows("targets")]
    added = [*moved, dict(moved[0], region="r3")]
    with closing(Between()) as lake:
        lake.between(
            before, after.having(targets=added, enablement=[*before.rows("enablement"), *after.rows("enablement")])
        )
        assert lake.execute(SWITCHED, VIEW) == [("c2", 0, 2, 0), ("c3", 2, 0, 0)]
        assert lake.execute(SWITCHED, {"dimension": "account", "key": "b"}) == []


def test_parameters_that_are_set_anew_are_told_apart_from_switches() -> None:
    before = small()
    changed = [dict(row, enablement="q", parameters="days=45" if row["control"] == "c1" else "")
               for row in before.rows("enablement")]  # fmt: skip
    moved = [dict(row, enablement="q") for row in before.rows("targets")]
    with closing(Between()) as lake:
        lake.between(before, before.having(enablement=changed, targets=moved))
        assert lake.execute(SWITCHED, VIEW) == [("c1", 0, 0, 4)]


def test_accounts_come_and_go_by_their_state_and_by_the_part_that_is_looked_at() -> None:
    old = {one.account: one for one in (account("1"), account("2"), account("3"), account("4", "suspended"))}
    new = {one.account: one for one in (account("1"), account("2", "left"), account("4"), account("5"))}
    assert [(one.account, one.why) for one in passages(old, new)] == [("4", "new here"), ("5", "new here")]
    left = [(one.account, one.why) for one in passages(new, old, said_by=new)]
    assert left == [("2", "left the organization"), ("3", "no longer in this part")]


def test_obligations_and_what_is_missing_are_counted_as_the_scores_count_them() -> None:
    state = small(*whole(a_r1_c1="FAILED", b_r2_c2="FAILED", b_r1_c2="WARNING")[:-1])
    with closing(Lake()) as lake:
        lake.show(state)
        scores = {(one.dimension, one.key): one for one in computed(lake.execute) if not one.standard}
        for dimension, key in (("organization", ""), ("account", "a"), ("account", "b"), ("ou", "/W/P")):
            view = {"dimension": dimension, "key": key}
            rows = lake.execute(OBLIGATIONS, view)
            score = scores[Dimension(dimension), key]
            assert sum(row[2] for row in rows) == score.met
            assert sum(row[3] for row in rows) == score.failing
            assert sum(row[6] for row in rows) == score.not_measured
            assert sum(row[1] for row in lake.execute(MISSING, view)) == score.missing
