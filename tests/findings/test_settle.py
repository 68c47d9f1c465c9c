"""What the dimensions make of subjects: off, lost, gone, and back."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from findings.fold_world import Small, archived, check_cube, hours, row
from findings.reference import Facts

PLACES = [(account, region) for account in ("a1", "a2") for region in ("r1", "r2")]
ON = Facts(
    accounts={"a1": "active", "a2": "active"},
    targets=dict.fromkeys(PLACES, ("seen", "all", None)),
    on={"all": ["s3.8", "iam.9"], "some": ["iam.9"]},
    recorded=PLACES,
)


@pytest.fixture(scope="module")
def opened() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@pytest.fixture
def small(opened: Small) -> Small:
    opened.clear()
    opened.fold([row("FAILED", 0), row("FAILED", 0, account="a2", region="r2", resource="b2")])
    return opened


def target(sight: str, profile: str = "all", swept: float | None = None, *, facts: Facts = ON) -> Facts:
    """The facts with another target (a1, r1)."""
    swept_at = None if swept is None else hours(swept)
    return replace(facts, targets={**facts.targets, ("a1", "r1"): (sight, profile, swept_at)})


def account(state: str) -> Facts:
    return replace(ON, accounts={**ON.accounts, "a1": state})


def presences(small: Small) -> tuple[str, str]:
    return small.one("b1")["presence"], small.one("b2")["presence"]


def test_what_is_as_the_dimensions_say_is_not_touched(small: Small) -> None:
    small.settle(ON)
    assert small.out() == (0, 0, 0)


def test_a_control_switched_off_makes_its_subjects_off_and_on_again_present(small: Small) -> None:
    told = small.settle(target("seen", "some"), at=5)
    assert told.transitions == 1
    assert presences(small) == ("off", "present")
    assert (small.one("b1")["status"], small.one("b1")["changed_at"]) == ("FAILED", hours(5))
    assert small.moves()[-1] == ("facts", "off", "FAILED")
    small.settle(ON)
    assert presences(small) == ("present", "present")


def test_archived_because_the_control_is_off(small: Small) -> None:
    small.fold([archived("FAILED", 90)])
    assert presences(small)[0] == "unsure"
    small.settle(target("seen", "some", swept=120))
    assert presences(small)[0] == "off"


def test_off_with_nothing_active_waits_for_a_finding(small: Small) -> None:
    small.fold([archived("FAILED", 90)])
    small.settle(target("seen", "some"))
    small.settle(target("seen", "all", swept=500))
    assert presences(small)[0] == "off"
    small.fold([row("PASSED", 501)])
    assert presences(small)[0] == "present"


def test_unknown_enablement_switches_nothing_off(small: Small) -> None:
    small.settle(target("seen", ""))
    assert presences(small) == ("present", "present")


def test_archived_and_then_swept_without_it_is_gone(small: Small) -> None:
    small.fold([archived("FAILED", 90)])
    small.settle(target("seen", swept=89))
    assert presences(small)[0] == "unsure"
    small.settle(target("seen", swept=91))
    assert small.moves()[-1] == ("facts", "gone", "FAILED")


@pytest.mark.parametrize(
    "facts",
    [
        replace(ON, frozen=True),
        replace(ON, recorded=[("a1", "r2"), ("a2", "r1")]),
        replace(ON, accounts={"a2": "active"}),
    ],
    ids=["frozen", "no recorder", "account unknown"],
)
def test_without_every_proof_it_stays_unsure(small: Small, facts: Facts) -> None:
    small.fold([archived("FAILED", 90)])
    small.settle(target("seen", swept=91, facts=facts))
    assert presences(small)[0] == "unsure"


def test_a_check_that_broke_is_no_proof_for_as_long_as_its_record_is_kept(small: Small) -> None:
    small.fold([archived("NOT_AVAILABLE", 90, reason="CONFIG_RULE_EVALUATION_ERROR")])
    small.settle(target("seen", swept=91))
    assert presences(small)[0] == "unsure"
    small.settle(target("seen", swept=90 + 30 * 24 + 1))
    assert presences(small)[0] == "gone"


@pytest.mark.parametrize("sight", ["unreadable", "closed"])
def test_an_unreadable_target_keeps_everything(small: Small, sight: str) -> None:
    small.fold([archived("FAILED", 90)])
    small.settle(target(sight, "some", swept=91))
    small.settle(target(sight, "", swept=91))
    assert presences(small) == ("unsure", "present")
    assert len(small.moves()) == 3


@pytest.mark.parametrize("state", ["suspended", "closing", "left"])
def test_an_account_that_left_is_lost_and_back_it_is_present(small: Small, state: str) -> None:
    small.settle(account(state))
    assert presences(small) == ("lost", "present")
    assert small.one("b1")["status"] == "FAILED"
    small.settle(account("active"))
    assert presences(small) == ("present", "present")
    assert [cause for cause, _, _ in small.moves()[2:]] == ["facts", "facts"]


def test_a_target_out_of_sight_or_not_listed_is_lost(small: Small) -> None:
    without = replace(ON, targets={place: one for place, one in ON.targets.items() if place != ("a2", "r2")})
    small.settle(target("lost", "", facts=without))
    assert presences(small) == ("lost", "lost")


def test_a_lost_place_whose_findings_go_on_coming_stays_lost_until_the_facts_say_otherwise(small: Small) -> None:
    small.settle(target("lost"))
    small.fold([row("PASSED", 30)])
    assert (small.one("b1")["presence"], small.one("b1")["status"]) == ("lost", "PASSED")
    small.settle(ON)
    assert presences(small) == ("present", "present")


def test_lost_and_archived_meanwhile_is_unsure_when_seen_again(small: Small) -> None:
    small.settle(target("lost"))
    small.fold([archived("FAILED", 90)])
    assert presences(small)[0] == "lost"
    small.settle(ON)
    assert presences(small)[0] == "unsure"


def test_back_in_sight_with_its_control_off_is_off(small: Small) -> None:
    small.settle(target("lost"))
    small.settle(target("seen", "some"))
    assert presences(small)[0] == "off"


def test_gone_stays_gone_whatever_the_facts(small: Small) -> None:
    small.fold([archived("NOT_AVAILABLE", 1)])
    for facts in (target("lost"), target("seen", "some"), account("left"), ON):
        small.settle(facts)
        assert presences(small)[0] == "gone"


def test_findings_of_other_products_need_no_target_and_no_control(small: Small) -> None:
    small.fold([row("", 0, kind="other", control="", region="elsewhere", resource="x") | {"subject": "x"}])
    small.settle(ON)
    assert small.one("x")["presence"] == "present"
    small.settle(account("left"))
    assert small.one("x")["presence"] == "lost"


def test_settling_keeps_the_cube_and_what_the_subjects_were(small: Small) -> None:
    small.settle(target("lost"))
    check_cube(small)
    assert small.query("SELECT resource, presence FROM held_subjects") == [("b1", "present")]
    small.connection.execute("DROP TABLE held_subjects")
    small.connection.execute("CREATE TEMP VIEW held_subjects AS SELECT * FROM subjects")
    small.settle(ON)
    assert presences(small) == ("present", "present")
