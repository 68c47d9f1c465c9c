"""Execute: within what was reviewed, within the guards, and outside what is only observed."""

from dataclasses import replace

import pytest

from controls.controls_world import DARK, S31, S38, TARGETS, intent, state
from hubposture.model.controls import Disposition
from hubposture.ports.ledger import RunStatus
from hubposture.reconcile.guard import Limits, TooManyChanges
from hubposture.reconcile.outcome import Outcome
from hubposture.reconcile.plan import beyond
from hubposture.reconcile.saved import Saved, from_json, to_json
from hubposture.verbs.execute import BeyondReview, execute, reviewed_part, within_review
from verbs.fakes import Diary, FakeHub, Mood, means
from verbs.test_apply import plan_of

READABLE = TARGETS[:-1]
OFF, OFF_TOO = intent(S38, Disposition.SIEM), intent(S31, Disposition.SIEM)


def hub() -> FakeHub:
    return FakeHub({**{target: state(target) for target in READABLE}, DARK.target: DARK})


def test_a_plan_within_the_reviewed_one_is_taken_as_it_is_also_from_a_file() -> None:
    world = hub()
    small, large = plan_of(world.states, {S38: OFF}), plan_of(world.states, {S38: OFF, S31: OFF_TOO})
    reviewed = from_json(to_json(Saved(large, "c", "v")), name="plan.json").plan
    assert within_review(small, reviewed) is small
    assert within_review(large, reviewed) is large


def test_what_nobody_reviewed_is_refused_by_name_with_the_option_for_the_rest() -> None:
    world = hub()
    small, large = plan_of(world.states, {S38: OFF}), plan_of(world.states, {S38: OFF, S31: OFF_TOO})
    with pytest.raises(BeyondReview) as raised:
        within_review(large, small)
    text = str(raised.value)
    assert f"nothing was applied: {large.count - small.count} changes" in text
    assert "s3.1: on -> off" in text
    assert "--only-reviewed" in text
    part = reviewed_part(large, small)
    assert beyond(part, small) == ()
    assert part.digest == small.digest


def test_a_guard_refuses_before_anything_is_written() -> None:
    world = hub()
    with pytest.raises(TooManyChanges, match="--allow-changes"):
        execute(plan_of(world.states, {S38: OFF}), means(world), limits=Limits(changes=1), is_observed=lambda _: False)
    assert world.written == []


def test_targets_that_are_only_observed_are_skipped_recorded_and_not_counted_by_guards() -> None:
    world = hub()
    plan = plan_of(world.states, {S38: OFF})
    diary = Diary(world)
    done = execute(plan, means(world, diary), limits=Limits(changes=2), is_observed=lambda one: one != READABLE[0])
    assert {one.change.place for one in done.results if one.outcome is Outcome.APPLIED} == {READABLE[0]}
    assert {one.detail for one in done.results if one.outcome is Outcome.SKIPPED} == {"only observed here"}
    assert {one.place for one in world.written} == {READABLE[0]}
    assert done.tally.planned == plan.count == len(diary.recorded)


def test_observing_everywhere_writes_nothing_and_no_guard_stands_in_the_way() -> None:
    world = hub()
    done = execute(
        plan_of(world.states, {S38: OFF}), means(world), limits=Limits(changes=0), is_observed=lambda _: True
    )
    assert world.written == []
    assert done.tally.skipped == done.tally.planned > 0


def test_a_run_is_done_only_if_nothing_failed_and_nothing_was_unexpectedly_unreadable() -> None:
    world = hub()
    plan = plan_of(world.states, {S38: OFF})
    expected = replace(plan, unreadable=(replace(DARK, expected=True),))
    done = execute(expected, means(world), limits=Limits(), is_observed=lambda _: False)
    assert (done.status, done.failures) == (RunStatus.DONE, ())
    assert execute(plan, means(world), limits=Limits(), is_observed=lambda _: False).status is RunStatus.INCOMPLETE
    broken = hub()
    broken.moods = {READABLE[0]: Mood.LIES}
    failed = execute(expected, means(broken), limits=Limits(), is_observed=lambda _: False)
    assert failed.status is RunStatus.INCOMPLETE
    assert {one.where for one in failed.failures} == {str(READABLE[0])}
    assert "association cis-5.0.0 s3.8" in failed.failures[0].what
