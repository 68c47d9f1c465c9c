"""Plans: sorted, interned, the same whatever the order of what went in."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.controls.edits import OFF, ON, Kind
from hubposture.model.targets import Because, Unreadable
from hubposture.reconcile.plan import DuplicateEdit, Plan, beyond, collect_edits, joined
from reconcile.plans import NEEDS, PLANS, TARGETS, UNREADABLE, edit, off, plan


@settings(max_examples=60, deadline=None)
@given(NEEDS, st.randoms())
def test_the_order_of_places_and_edits_does_not_change_a_plan(needs: Any, chance: random.Random) -> None:
    shuffled = [(place, chance.sample(edits, len(edits))) for place, edits in needs.items()]
    chance.shuffle(shuffled)
    one, other = plan(needs), plan(dict(shuffled))
    assert one.digest == other.digest
    assert list(one.changes()) == list(other.changes())
    assert one.bundles == other.bundles


@settings(max_examples=60, deadline=None)
@given(NEEDS)
def test_a_plan_holds_every_edit_once_and_counts_them(needs: Any) -> None:
    made = plan(needs)
    assert sorted((str(c.place), c.edit.order) for c in made.changes()) == sorted(
        (str(place), one.order) for place, edits in needs.items() for one in edits
    )
    assert made.count == sum(len(edits) for edits in needs.values())
    assert made.weight == sum(one.weight for edits in needs.values() for one in edits)
    assert sum(len(edits) * len(places) for edits, places in made.bundles) == made.count


@settings(max_examples=60, deadline=None)
@given(NEEDS)
def test_bundles_hold_every_place_once_and_equal_needs_are_one_bundle(needs: Any) -> None:
    bundles = plan(needs).bundles
    places = [place for _, found in bundles for place in found]
    assert sorted(places) == sorted(place for place, edits in needs.items() if edits)
    assert len({edits for edits, _ in bundles}) == len(bundles)


def test_equal_needs_share_one_tuple_of_edits() -> None:
    made = plan({TARGETS[0]: [off("s3.8"), off("ec2.2")], TARGETS[1]: [off("ec2.2"), off("s3.8")]})
    assert made.edits[TARGETS[0]] is made.edits[TARGETS[1]]


def test_standards_come_before_associations_and_these_before_parameters() -> None:
    edits = [edit(Kind.PARAMETERS, "s3.8"), off("s3.8"), edit(Kind.STANDARD, "cis-5.0.0", current=OFF, desired=ON)]
    assert [c.edit.kind for c in plan({TARGETS[0]: edits}).changes()] == [
        Kind.STANDARD,
        Kind.ASSOCIATION,
        Kind.PARAMETERS,
    ]


def test_two_edits_of_one_thing_are_an_error_that_names_both_sources() -> None:
    twice = [off("s3.8", source="Controls!G2"), off("s3.8", source="Controls!G9", desired=ON)]
    with pytest.raises(DuplicateEdit, match=r"Controls!G2.*Controls!G9"):
        collect_edits([(TARGETS[0], twice)])


def test_a_plan_is_complete_when_only_expected_targets_are_unreadable() -> None:
    expected = Unreadable(TARGETS[-1], Because.SUSPENDED, "", expected=True)
    assert plan({}, unreadable=[expected]).is_complete
    assert not plan({}, unreadable=[expected, UNREADABLE]).is_complete


@settings(max_examples=60, deadline=None)
@given(PLANS, PLANS)
def test_two_plans_have_one_digest_only_if_the_same_things_move_at_the_same_places(one: Plan, other: Plan) -> None:
    def moves(made: Plan) -> list[object]:
        return [(c.place, str(c.edit.kind), c.edit.key, repr((c.edit.current, c.edit.desired))) for c in made.changes()]

    assert (one.digest == other.digest) == (moves(one) == moves(other))


@settings(max_examples=60, deadline=None)
@given(PLANS, PLANS)
def test_beyond_is_every_change_that_was_not_reviewed_at_that_place(made: Plan, reviewed: Plan) -> None:
    seen = {(c.place, c.edit.kind, c.edit.key, repr(c.edit.desired)) for c in reviewed.changes()}
    wanted = [c for c in made.changes() if (c.place, c.edit.kind, c.edit.key, repr(c.edit.desired)) not in seen]
    assert list(beyond(made, reviewed)) == wanted
    assert beyond(made, made) == ()


def test_the_same_change_at_another_place_or_to_another_value_is_beyond_review() -> None:
    reviewed = plan({TARGETS[0]: [off("s3.8")]})
    assert beyond(plan({TARGETS[0]: [off("s3.8", current=None)]}), reviewed) == ()
    assert len(beyond(plan({TARGETS[1]: [off("s3.8")]}), reviewed)) == 1
    assert len(beyond(plan({TARGETS[0]: [off("s3.8", desired=ON)]}), reviewed)) == 1


def test_joining_keeps_both_plans_changes_and_refuses_the_same_thing_twice() -> None:
    one, other = plan({TARGETS[0]: [off("s3.8")]}), plan({TARGETS[0]: [off("ec2.2")], TARGETS[1]: [off("s3.8")]})
    both = joined(one, other)
    assert both.count == 3
    assert both.places == one.places + other.places
    assert both.digest == joined(other, one).digest
    with pytest.raises(DuplicateEdit):
        joined(one, one)
