"""Which waiver covers what, and what is a case: one fact each, the statements beside the reference."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from hubposture.waivers.rule import Fit, Judged, Rule, Tally
from hubposture.waivers.waiver import Effect
from waivers.match_world import (
    DATA,
    EU,
    LONE,
    NOON,
    TREE,
    US,
    WEB,
    Small,
    beside,
    finding,
    hours,
    rule,
    subject,
    world,
)
from waivers.reference import Row, World


@pytest.fixture(scope="module")
def opened() -> Iterator[Small]:
    made = Small()
    yield made
    made.connection.close()


@pytest.fixture
def small(opened: Small) -> Small:
    return opened


ONE = subject()
TWO = subject("arn:aws:s3:::two")


def fit_of(found: Judged, row: Row) -> Fit | None:
    """How the best waiver fits a subject that is a case."""
    (one,) = [case for case in found.cases if case.subject == row["subject"]]
    return None if one.cover is None else one.cover.fit


def best(found: Judged, row: Row) -> str:
    (one,) = [case for case in found.cases if case.subject == row["subject"]]
    return "" if one.cover is None else one.cover.waiver


# --- what a waiver speaks of -----------------------------------------------------------------------------------------


PATTERNS = [
    ("arn:aws:s3:::one", "arn:aws:s3:::one", True),
    ("arn:aws:s3:::one", "arn:aws:s3:::o*", True),
    ("arn:aws:s3:::one", "*:::?ne", True),
    ("arn:aws:s3:::one", "arn:aws:s3:::On*", False),
    ("arn:aws:s3:::a_b", "arn:aws:s3:::a?b", True),
    ("arn:aws:s3:::axb", "arn:aws:s3:::a_b", False),
    ("arn:aws:s3:::axb", "arn:aws:s3:::a[x]*", False),
    ("arn:aws:s3:::a[x]", "arn:aws:s3:::a[x]*", True),
    ("arn:aws:s3:::a%", "*a%", True),
    ("arn:aws:s3:::ab", "*a%", False),
    ("a\\b", "a\\*", True),
    ("a\nb\n", "a*b", False),
    ("AWS::::Account:111122223333", "AWS::::Account:*", True),
    ("AWS::::Account:111122223333", "arn:aws:iam::111122223333:root", False),
    ("caf\u00e9", "caf?", True),
]


@pytest.mark.parametrize("wide", [0, 100])
def test_of_a_pattern_only_the_star_and_the_question_mark_mean_something(small: Small, wide: int) -> None:
    rows = [subject(resource, control=f"s3.{at}") for at, (resource, _, _) in enumerate(PATTERNS)]
    waivers = [
        rule(f"W-{at:02}", controls=(f"s3.{at}",), resources=(pattern,)) for at, (_, pattern, _) in enumerate(PATTERNS)
    ]
    found = beside(small, world(*rows), waivers, wide=wide)
    assert [one.matched for one in found.tallies.values()] == [int(expected) for *_, expected in PATTERNS]


def test_all_criteria_must_fit_and_of_each_one_entry(small: Small) -> None:
    rows = [
        subject(f"arn:aws:s3:::{name}", account=account, region=region, control=control)
        for name in ("one", "two", "six")
        for account in (WEB, DATA)
        for region in (EU, US)
        for control in ("s3.8", "s3.2")
    ]
    waiver = rule(controls=("s3.8",), resources=("*one", "*two"), accounts=(WEB, LONE), regions=(EU,))
    found = beside(small, world(*rows), [waiver])
    assert {(one.resource[-3:], one.account, one.region, one.control) for one in found.cases} == {
        ("one", WEB, EU, "s3.8"),
        ("two", WEB, EU, "s3.8"),
    }


def test_an_ou_is_found_by_path_or_id_with_all_below_it_and_without_those_that_left(small: Small) -> None:
    expected = {"/": 3, "/Work": 2, "/Work/Prod": 2, "ou-work": 2, "ou-web": 1, "/Work/Pro": 0, "ou-none": 0}
    rows = [subject(account=account) for account in TREE]
    found = beside(small, world(*rows), [rule(ou, ous=(ou,)) for ou in expected])
    assert {ou: one.matched for ou, one in found.tallies.items()} == expected


def test_accounts_beside_ous_are_those_that_are_both(small: Small) -> None:
    rows = [subject(account=account) for account in TREE]
    found = beside(small, world(*rows), [rule(ous=("/Work",), accounts=(DATA, LONE))])
    assert [one.account for one in found.cases] == [DATA]


def test_every_tag_that_is_named_must_have_a_value_that_fits(small: Small) -> None:
    tags = {
        "t1": {"stage": "prod", "team": "web"},
        "t2": {"stage": "prod"},
        "t3": {"Stage": "prod", "team": "web"},
        "t4": {"stage": "dev", "team": "web"},
    }
    rows = [subject(f"arn:aws:s3:::{key}", tagset=key) for key in ("t1", "t2", "t3", "t4", "")]
    waiver = rule(resources=("arn:*",), tags=(("stage", "pro?"), ("team", "*")))
    found = beside(small, world(*rows, tags=tags), [waiver])
    assert [(one.resource[-2:], one.tags) for one in found.cases] == [("t1", tags["t1"])]


def test_only_controls_that_are_in_sight_are_matched(small: Small) -> None:
    presences = ("present", "unsure", "gone", "off", "lost")
    rows = [subject(f"arn:aws:s3:::{presence}", presence=presence) for presence in presences]
    other = subject("arn:aws:s3:::other", kind="other")
    found = beside(small, world(*rows, other), [rule(accounts=(WEB,))])
    assert {one.presence for one in found.cases} == {"present", "unsure"}
    assert (found.tallies["W-1"].matched, found.failing, found.open) == (2, 2, 0)


def test_a_long_list_of_resources_is_searched_by_pieces_of_the_patterns(small: Small) -> None:
    rows = [subject(f"arn:aws:s3:::team-{number % 7}-bucket-{number:03}") for number in range(300)]
    patterns = ("*bucket-017", "*-1??", "arn:aws:s3:::*-2-*-2*", "*:::team-?-*42", "*5*")
    waivers = [rule(f"W-{at}", resources=(pattern,)) for at, pattern in enumerate(patterns)]
    found = beside(small, world(*rows, findings=[]), waivers, wide=0)
    assert [one.matched for one in found.tallies.values()] == [1, 100, 14, 3, 90]
    assert beside(small, world(*rows, findings=[]), waivers) == found


def test_where_many_resources_fit_and_few_are_in_the_accounts_the_patterns_are_tried_on_these(small: Small) -> None:
    elsewhere = [subject(f"arn:aws:s3:::a{number}", account=DATA) for number in range(20)]
    here = [subject(f"arn:aws:s3:::{name}") for name in ("a", "a5", "a9z", "b", "b-c-d", "b-d")]
    for pattern, expected in (
        ("arn:aws:s3:::a*", ["a", "a5", "a9z"]),
        ("*::a*", ["a", "a5", "a9z"]),
        ("*::*-c*", ["b-c-d"]),
        ("arn:aws:s3:::?", ["a", "b"]),
    ):
        waiver = rule(resources=(pattern, "arn:aws:s3:::a5*", "arn:aws:s3:::a1*"), accounts=(WEB,))
        found = beside(small, world(*elsewhere, *here, findings=[]), [waiver])
        assert {one.resource.removeprefix("arn:aws:s3:::") for one in found.cases} == {*expected, "a5"}


# --- how it fits -----------------------------------------------------------------------------------------------------


def test_what_was_approved_is_covered_and_the_rest_is_surplus(small: Small) -> None:
    found = beside(small, world(ONE, TWO), [rule(accounts=(WEB,), approved=[ONE])])
    assert (fit_of(found, ONE), fit_of(found, TWO)) == (Fit.COVERS, Fit.SURPLUS)
    assert found.covered == ((ONE["subject"], "W-1", hours(24 * 90), "suppress"),)
    assert found.tallies["W-1"] == Tally("W-1", matched=2, within=1, failing=1, surplus=1, surplus_failing=1)


def test_what_was_approved_and_is_matched_no_longer_is_missing(small: Small) -> None:
    gone = subject("arn:aws:s3:::gone", presence="gone")
    found = beside(small, world(ONE, TWO, gone), [rule(resources=("*one",), approved=[ONE, TWO, gone])])
    assert (found.tallies["W-1"].within, found.tallies["W-1"].missing) == (1, 2)


def test_an_account_that_moved_into_an_ou_is_surplus_even_if_listed_or_new(small: Small) -> None:
    moved = subject(account=DATA, first_seen_at=hours(2))
    waiver = rule(ous=("/Work",), known=(WEB,), approved=[ONE, moved], covers_new=5, new_since=NOON)
    found = beside(small, world(ONE, moved), [waiver])
    assert (fit_of(found, ONE), fit_of(found, moved)) == (Fit.COVERS, Fit.SURPLUS)
    assert found.tallies["W-1"].missing == 0


def test_a_row_that_limits_waivers_bars_those_that_run_longer(small: Small) -> None:
    told = {"s3.1": (-1, 400), "s3.2": (0, 1), "s3.3": (30, 30), "s3.4": (30, 31), "s3.5": (-1, 400)}
    rows = [subject(control=control) for control in told]
    limits = {(WEB, EU, control): most for control, (most, _) in told.items() if control != "s3.5"}
    waivers = [
        rule(control, controls=(control,), accounts=(WEB,), approved=rows, days=days)
        for control, (_, days) in told.items()
    ]
    found = beside(small, world(*rows, waivable=limits | {(WEB, US, "s3.1"): 0}), waivers)
    assert {one.control: one.cover and one.cover.fit for one in found.cases} == {
        "s3.1": Fit.COVERS,
        "s3.2": Fit.BARRED,
        "s3.3": Fit.COVERS,
        "s3.4": Fit.BARRED,
        "s3.5": Fit.COVERS,
    }
    assert [one.barred for one in found.tallies.values()] == [0, 1, 0, 1, 0]


def test_one_that_does_not_hold_is_matched_and_says_why(small: Small) -> None:
    found = beside(small, world(ONE, TWO), [rule(accounts=(WEB,), approved=[ONE], holds=False)])
    assert {fit_of(found, ONE), fit_of(found, TWO)} == {Fit.ENDED}
    assert (found.cases[0].cover or pytest.fail("no cover")).why == "its approval ended"
    assert (found.covered, found.tallies["W-1"].within, found.tallies["W-1"].surplus) == ((), 1, 1)


LATE, LATER, LATEST = (subject(f"arn:aws:s3:::new-{at}", first_seen_at=hours(at)) for at in (1, 2, 3))


def taking_in(covers_new: int, **values: object) -> Rule:
    """A waiver that takes in what is new since noon, and has one subject approved."""
    made = rule(resources=("arn:*",), approved=[ONE], covers_new=covers_new, new_since=NOON)
    return replace(made, **values)  # type: ignore[arg-type]


def test_new_subjects_are_taken_in_as_far_as_there_is_room_the_oldest_first(small: Small) -> None:
    found = beside(small, world(LATEST, ONE, LATE, LATER), [taking_in(2)])
    assert found.tallies["W-1"].admitted == tuple(sorted((LATE["subject"], LATER["subject"])))
    assert fit_of(found, LATEST) is Fit.SURPLUS
    assert len(found.covered) == 3


def test_what_existed_before_is_never_taken_in(small: Small) -> None:
    found = beside(small, world(ONE, TWO), [taking_in(2)])
    assert (found.tallies["W-1"].admitted, fit_of(found, TWO)) == ((), Fit.SURPLUS)
    assert beside(small, world(ONE, LATE), [taking_in(2, new_since=None)]).tallies["W-1"].admitted == ()


def test_who_was_taken_in_before_stays_and_takes_room_also_if_it_is_gone(small: Small) -> None:
    admitted = frozenset((LATEST["subject"], "0" * 32))
    found = beside(small, world(ONE, LATE, LATER, LATEST), [taking_in(3, admitted=admitted)])
    assert found.tallies["W-1"].admitted == (LATE["subject"],)
    assert (fit_of(found, LATEST), fit_of(found, LATER)) == (Fit.COVERS, Fit.SURPLUS)


def test_who_was_taken_in_and_is_approved_by_now_takes_no_room(small: Small) -> None:
    waiver = taking_in(1, approved=frozenset((ONE["subject"], LATE["subject"])), admitted=frozenset((LATE["subject"],)))
    found = beside(small, world(ONE, LATE, LATER), [waiver])
    assert found.tallies["W-1"].admitted == (LATER["subject"],)


def test_one_that_may_take_in_less_than_before_covers_no_more_than_that(small: Small) -> None:
    admitted = frozenset(row["subject"] for row in (LATE, LATER, LATEST))
    found = beside(small, world(LATE, LATER, LATEST), [taking_in(1, admitted=admitted)])
    assert len(found.covered) == 1
    assert found.tallies["W-1"].admitted == ()


def test_one_that_does_not_hold_takes_nothing_in(small: Small) -> None:
    assert beside(small, world(ONE, LATE), [taking_in(2, holds=False)]).tallies["W-1"].admitted == ()


def test_passing_since_is_when_the_last_of_them_began_to_pass(small: Small) -> None:
    passing = [replace_row(row, status="PASSED", changed_at=hours(at)) for at, row in ((-9, ONE), (-5, TWO))]
    waiver = rule(accounts=(WEB,), approved=passing)
    found = beside(small, world(*passing), [waiver])
    assert (found.tallies["W-1"].passing_since, found.tallies["W-1"].failing, found.cases) == (hours(-5), 0, ())
    assert len(found.covered) == 2
    assert beside(small, world(passing[0], TWO), [waiver]).tallies["W-1"].passing_since is None
    assert beside(small, world(), [waiver]).tallies["W-1"].passing_since is None


def replace_row(row: Row, **values: object) -> Row:
    return {**row, **values}


# --- the best of several ---------------------------------------------------------------------------------------------


def test_the_best_covers_then_suppresses_then_lasts_longest_then_has_the_smallest_id(small: Small) -> None:
    """Every subject has one waiver less than the one before, and its best is the first that is left."""
    order: list[tuple[str, dict[str, Any]]] = [
        ("W-4", {"until": hours(20)}),
        ("W-5", {"until": hours(20)}),
        ("W-3", {"until": hours(10)}),
        ("W-2", {"until": hours(9999), "effect": Effect.VISIBLE}),
        ("W-1", {"until": hours(9999), "approved": ()}),
        ("W-0", {"until": hours(9999), "holds": False}),
    ]
    rows = [subject(f"arn:aws:s3:::{at}") for at in range(len(order))]
    waivers = [
        rule(name, resources=tuple(row["resource"] for row in rows[: at + 1]), **({"approved": rows} | values))
        for at, (name, values) in enumerate(order)
    ]
    found = beside(small, world(*rows), waivers[::-1])
    assert [best(found, row) for row in rows] == [name for name, _ in order]


# --- findings that speak of several resources ------------------------------------------------------------------------


def shared_by(*rows: Row, **values: object) -> World:
    return world(*rows, findings=[finding(row, "of all", **values) for row in rows])


def test_a_finding_is_shared_until_a_suppressing_waiver_covers_all_it_speaks_of(small: Small) -> None:
    both = shared_by(ONE, TWO)
    one = rule("W-1", resources=("*one",), approved=[ONE])

    def shared(*waivers: Rule) -> list[bool]:
        return [fact.is_shared for case in beside(small, both, waivers).cases for fact in case.findings]

    assert shared(one) == [True]
    for_two = rule("W-2", resources=("*two",), approved=[TWO])
    assert shared(one, for_two) == [False, False]
    visible = replace(for_two, effect=Effect.VISIBLE)
    assert sorted(shared(one, visible)) == [False, True]
    assert sorted(shared(one, replace(for_two, holds=False))) == [False, True]
    assert sorted(shared(one, replace(for_two, approved=()))) == [False, True]


def test_a_finding_of_a_subject_that_is_out_of_sight_or_passes_uncovered_is_shared(small: Small) -> None:
    for other in (replace_row(TWO, presence="lost"), replace_row(TWO, status="PASSED")):
        found = beside(small, shared_by(ONE, other), [rule(resources=("*one",), approved=[ONE])])
        assert [fact.is_shared for case in found.cases for fact in case.findings] == [True]


def test_an_archived_row_does_not_share(small: Small) -> None:
    rows = [finding(ONE, "of all"), finding(TWO, "of all", record_state="ARCHIVED")]
    found = beside(small, world(ONE, TWO, findings=rows), [rule(resources=("*one",), approved=[ONE])])
    assert [fact.is_shared for case in found.cases for fact in case.findings] == [False]


# --- cases -----------------------------------------------------------------------------------------------------------


def test_what_fails_without_any_waiver_is_only_counted(small: Small) -> None:
    found = beside(small, world(ONE, TWO, subject("arn:aws:s3:::ok", status="PASSED")), [])
    assert (found.cases, found.failing, found.open, found.tallies) == ((), 2, 2, {})


def test_what_somebody_suppressed_or_resolved_or_we_marked_is_a_case(small: Small) -> None:
    told: dict[str, tuple[dict[str, str], bool]] = {
        "suppressed": ({"workflow": "SUPPRESSED"}, True),
        "resolved": ({"workflow": "RESOLVED"}, True),
        "notified": ({"workflow": "NOTIFIED"}, False),
        "passing": ({"workflow": "SUPPRESSED", "compliance": "PASSED"}, False),
        "archived": ({"workflow": "SUPPRESSED", "record_state": "ARCHIVED"}, False),
        "marked": ({"user_fields": '{"hubposture/waiver":"W-9"}'}, True),
        "named": ({"user_fields": '{"team":"web"}'}, False),
    }
    rows = [subject(name) for name in told]
    second = [finding(row, f"second/{row['resource']}", **told[row["resource"]][0]) for row in rows]
    found = beside(small, world(*rows, findings=[*map(finding, rows), *second]), [])
    assert {one.resource for one in found.cases} == {name for name, (_, expected) in told.items() if expected}
    assert (found.failing, found.open) == (7, 4)


def test_what_is_ours_is_a_case_whatever_its_presence_and_unknown_keys_are_nothing(small: Small) -> None:
    rows = [subject(f"arn:aws:s3:::{one}", presence=one, status="PASSED") for one in ("present", "gone", "lost")]
    other = subject("arn:aws:s3:::other", kind="other")
    ours = [row["subject"] for row in (*rows, other)] + ["0" * 32]
    found = beside(small, world(*rows, other), [rule(accounts=(WEB,), approved=rows)], ours=ours)
    assert {one.presence: one.cover and one.cover.fit for one in found.cases} == {
        "present": Fit.COVERS,
        "gone": None,
        "lost": None,
    }


def test_the_findings_of_a_case_are_the_active_ones_worst_first(small: Small) -> None:
    rows = [
        finding(ONE, "a", compliance="PASSED"),
        finding(ONE, "b", compliance="FAILED", severity="LOW"),
        finding(ONE, "c", compliance="FAILED", severity="CRITICAL"),
        finding(ONE, "d", compliance="FAILED", severity="CRITICAL", updated_at=hours(1)),
        finding(ONE, "e", compliance="WARNING"),
        finding(ONE, "f", record_state="ARCHIVED"),
    ]
    found = beside(small, world(ONE, findings=rows), [rule(accounts=(WEB,))])
    assert [one.id for one in found.cases[0].findings] == ["d", "c", "b", "e", "a"]


# --- only some subjects ----------------------------------------------------------------------------------------------


def test_only_some_subjects_are_judged_as_if_there_were_no_others(small: Small) -> None:
    waiver = rule(accounts=(WEB,), approved=[ONE, TWO])
    elsewhere = rule("W-2", controls=("iam.9",), accounts=(WEB,), approved=[ONE, TWO])
    found = beside(small, world(ONE, TWO), [waiver, elsewhere], only=[ONE["subject"], "0" * 32])
    assert [one.subject for one in found.cases] == [ONE["subject"]]
    assert (found.tallies["W-1"].matched, found.tallies["W-1"].missing) == (1, 0)
    assert (found.tallies["W-2"].matched, found.tallies["W-2"].missing) == (0, 1)
    assert (found.failing, found.open, len(found.covered)) == (1, 0, 1)


def test_whether_a_finding_is_shared_is_asked_of_the_others_too(small: Small) -> None:
    both = shared_by(ONE, TWO)
    one, two = (rule(f"W-{row['resource'][-3:]}", resources=(row["resource"],), approved=[row]) for row in (ONE, TWO))
    only = [ONE["subject"]]
    assert beside(small, both, [one], only=only).cases[0].findings[0].is_shared
    found = beside(small, both, [one, two], only=only)
    assert [fact.is_shared for case in found.cases for fact in case.findings] == [False]
    assert found.tallies["W-two"].matched == 0


def test_another_subject_that_is_not_asked_for_is_not_taken_in(small: Small) -> None:
    found = beside(small, shared_by(ONE, LATE), [taking_in(1)], only=[ONE["subject"]])
    assert [fact.is_shared for case in found.cases for fact in case.findings] == [True]
    assert found.tallies["W-1"].admitted == ()
    both = beside(small, shared_by(ONE, LATE), [taking_in(1)], only=[ONE["subject"], LATE["subject"]])
    assert [fact.is_shared for case in both.cases for fact in case.findings] == [False, False]


def test_no_subjects_and_no_waivers_are_no_matter(small: Small) -> None:
    assert beside(small, world(ONE), [rule(accounts=(WEB,))], only=[]).cases == ()
    assert beside(small, world(), [], ours=["0" * 32]).cases == ()
