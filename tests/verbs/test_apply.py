"""Apply: every change has one result, whatever the writer does; what is read back decides."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from controls.controls_world import (
    DARK,
    DEFINITIONS,
    IAM7,
    RULES,
    S31,
    S38,
    STANDARD_WISHES,
    TARGETS,
    UNIVERSE,
    after,
    enabled,
    intent,
    intents,
    pairs,
    state,
    states,
)
from hubposture.aws.pool import Pool
from hubposture.catalog.standards import FSBP, PCI_4
from hubposture.controls.desired import Intent, StandardIntent, wish
from hubposture.controls.ground import achieved
from hubposture.controls.plan import Planner
from hubposture.controls.state import Reading, TargetState
from hubposture.model.controls import ControlId, Disposition, Standard
from hubposture.model.targets import Target
from hubposture.reconcile.change import Edit
from hubposture.reconcile.outcome import Outcome, Result, tally
from hubposture.reconcile.plan import Plan
from hubposture.verbs.apply import WAVE, apply
from verbs.fakes import COMMIT, Diary, FakeHub, Mood, means

READABLE = TARGETS[:-1]
OFF = intent(S38, Disposition.SIEM)


def plan_of(
    readings: Mapping[Target, Reading],
    rows: Mapping[ControlId, Intent],
    standards: Mapping[Standard, StandardIntent] | None = None,
) -> Plan:
    wishes = {
        region: wish(rows, standards or {}, region=region, universe=UNIVERSE, definitions=DEFINITIONS, rules=RULES)
        for region in DEFINITIONS
    }
    return Planner(UNIVERSE, lambda target: wishes[target.region], {}, False).plan("acme", readings.values())


def everything(hub_states: Mapping[Target, Reading]) -> FakeHub:
    return FakeHub({**hub_states, DARK.target: DARK})


def outcomes(results: Sequence[Result]) -> dict[tuple[Target, tuple[str, ...]], tuple[str, str]]:
    return {(one.change.place, one.change.edit.key): (str(one.outcome), one.detail) for one in results}


def test_what_is_written_is_read_back_and_applied_and_a_second_plan_is_empty() -> None:
    hub = everything({target: state(target) for target in READABLE})
    rows = {S38: OFF, IAM7: intent(IAM7, days=30)}
    plan = plan_of(hub.states, rows, enabled(PCI_4))
    results = list(apply(plan.edits, means(hub)))
    assert {one.outcome for one in results} == {Outcome.APPLIED}
    assert tally(results).planned == plan.count
    assert plan_of(hub.states, rows, enabled(PCI_4)).edits == {}


def test_the_commit_is_written_with_every_reason_and_shown_in_none() -> None:
    hub = everything({target: state(target) for target in READABLE})
    results = list(apply(plan_of(hub.states, {S38: OFF}).edits, means(hub)))
    assert {change.edit.reason for change in hub.written} == {f"organization: siem (hubposture, {COMMIT[:12]})"}
    assert {one.change.edit.reason for one in results} == {"organization: siem"}


def test_what_is_already_as_wanted_is_skipped_and_nothing_is_sent() -> None:
    hub = everything({target: state(target) for target in READABLE})
    plan = plan_of(hub.states, {S38: OFF})
    list(apply(plan.edits, means(hub)))
    sent = len(hub.written)
    again = list(apply(plan.edits, means(hub)))
    assert {(one.outcome, one.detail) for one in again} == {(Outcome.SKIPPED, "already as wanted")}
    assert len(hub.written) == sent


def test_a_change_whose_ground_has_moved_is_skipped_and_the_rest_goes_on() -> None:
    hub = everything({target: state(target) for target in READABLE})
    plan = plan_of(hub.states, {S38: OFF})
    moved = READABLE[0]
    hub.states[moved] = state(moved, missing=pairs((FSBP, S38)))
    found = outcomes(list(apply(plan.edits, means(hub))))
    assert found[moved, ("fsbp-1.0.0", "s3.8")] == ("skipped", "the ground has moved: planned from on, now absent")
    assert found[moved, ("cis-5.0.0", "s3.8")] == ("applied", "")
    assert sum(outcome == "applied" for outcome, _ in found.values()) == plan.count - 1


def test_a_target_that_cannot_be_read_now_has_all_its_changes_skipped_and_nothing_is_sent_there() -> None:
    hub = everything({target: state(target) for target in TARGETS[:-1]})
    plan = plan_of({**hub.states, DARK.target: state(DARK.target)}, {S38: OFF})
    assert DARK.target in plan.edits
    results = list(apply(plan.edits, means(hub)))
    dark = [one for one in results if one.change.place == DARK.target]
    assert {one.outcome for one in dark} == {Outcome.SKIPPED}
    assert "not readable now: no role" in dark[0].detail
    assert DARK.target not in {change.place for change in hub.written}
    assert len(results) == plan.count


@pytest.mark.parametrize(
    ("mood", "outcome", "detail"),
    [
        (Mood.LIES, "failed", "the answer was yes, but reading back shows the old state"),
        (Mood.LOST, "applied", ""),
        (Mood.DARK, "failed", "cannot be read back: no role the role went away"),
        (Mood.MUTE, "failed", "cannot be read back: remote failure the reader gave no answer for it"),
        (Mood.DECLINES, "skipped", "not now"),
        (Mood.RAISES, "applied", ""),
        (Mood.STRANGER, "applied", ""),
    ],
)
def test_what_is_read_back_decides_and_not_the_answer(mood: Any, outcome: Any, detail: Any) -> None:
    hub = everything({target: state(target) for target in READABLE})
    hub.moods = {READABLE[0]: mood}
    found = outcomes(list(apply(plan_of(hub.states, {S38: OFF}).edits, means(hub))))
    assert {one for (place, _), one in found.items() if place == READABLE[0]} == {(outcome, detail)}
    assert {one for (place, _), one in found.items() if place != READABLE[0]} == {("applied", "")}


def test_a_writer_that_fails_is_named_in_the_result_of_what_did_not_take() -> None:
    hub = everything({target: state(target) for target in READABLE})
    hub.moods = {READABLE[0]: Mood.CRASHES}
    hub.take = lambda edit: edit.key[0] == "cis-5.0.0"
    found = outcomes(list(apply(plan_of(hub.states, {S38: OFF}).edits, means(hub))))
    assert found[READABLE[0], ("fsbp-1.0.0", "s3.8")] == ("failed", "ZeroDivisionError: a defect")
    assert found[READABLE[0], ("cis-5.0.0", "s3.8")] == ("applied", "")


def test_when_nothing_can_be_read_back_every_change_still_has_its_result() -> None:
    hub = everything({target: state(target) for target in READABLE})
    hub.broken_reads = 1
    diary = Diary(hub)
    results = list(apply(plan_of(hub.states, {S38: OFF}).edits, means(hub, diary)))
    assert {one.outcome for one in results} == {Outcome.FAILED}
    assert "the network is gone" in results[0].detail
    assert diary.recorded == results


def test_progress_counts_targets_and_ends_at_all_of_them() -> None:
    hub = everything({target: state(target) for target in READABLE})
    told: list[tuple[int, int]] = []
    list(apply(plan_of(hub.states, {S38: OFF}).edits, means(hub), progress=lambda done, of: told.append((done, of))))
    assert told[-1] == (len(READABLE), len(READABLE))


def test_more_targets_than_a_wave_are_intended_written_and_read_back_wave_by_wave() -> None:
    many = [Target("acme", f"{number:012}", "eu-central-1") for number in range(WAVE + 3)]
    hub = FakeHub({target: state(target) for target in many})
    waves: list[int] = []

    class Counting(Diary):
        def intend(self, changes: Sequence[object]) -> None:
            waves.append(len({one.place for one in changes}))  # type: ignore[attr-defined]

    results = list(apply(plan_of(hub.states, {S31: intent(S31, Disposition.SIEM)}).edits, means(hub, Counting(hub))))
    assert waves == [WAVE, 3]
    assert {one.outcome for one in results} == {Outcome.APPLIED}


def test_real_threads_give_the_same_results() -> None:
    hub, other = (everything({target: state(target) for target in READABLE}) for _ in range(2))
    hub.moods = other.moods = {READABLE[1]: Mood.RAISES, READABLE[2]: Mood.LIES}
    plan = plan_of(hub.states, {S38: OFF})
    with_threads = replace(means(hub), workers=Pool(3))
    assert outcomes(list(apply(plan.edits, with_threads))) == outcomes(list(apply(plan.edits, means(other))))


@st.composite
def worlds(draw: st.DrawFn) -> FakeHub:
    hub = everything({target: draw(states(target)) for target in READABLE})
    hub.moods = {target: draw(st.sampled_from(list(Mood))) for target in READABLE}
    chosen = draw(st.sets(st.sampled_from(UNIVERSE.pairs)))
    keys = {(standard.key, control) for standard, control in chosen}
    taken = draw(st.sets(st.sampled_from(["cis-5.0.0", "fsbp-1.0.0", "pci-dss-4.0.1", "iam.7", "s3.8"])))
    hub.take = lambda edit: edit.key in keys or edit.key[0] in taken
    return hub


@settings(max_examples=40, deadline=None)
@given(worlds(), intents(), STANDARD_WISHES, st.data())
def test_every_planned_change_has_exactly_one_result_and_it_is_true(
    hub: Any, rows: Any, standards: Any, data: Any
) -> None:
    plan = plan_of(hub.states, rows, standards)
    for target in READABLE:  # somebody else is at work between planning and applying
        if data.draw(st.booleans()):
            hub.states[target] = data.draw(states(target))
    before = dict(hub.states)
    diary = Diary(hub)
    results = list(apply(plan.edits, means(hub, diary)))
    changes = [(one.change.place, one.change.edit) for one in results]
    assert sorted((str(place), edit.order) for place, edit in changes) == sorted(
        (str(one.place), one.edit.order) for one in plan.changes()
    )
    assert all(edit in plan.edits[place] for place, edit in changes)
    counted = tally(results)
    assert counted.planned == plan.count == counted.applied + counted.failed + counted.skipped
    for one in results:
        now = hub.states[one.change.place]
        assert isinstance(now, TargetState)
        if one.outcome is Outcome.APPLIED:
            assert achieved(one.change.edit, now, UNIVERSE)
        if one.outcome is Outcome.FAILED and hub.moods[one.change.place] not in (Mood.DARK, Mood.MUTE):
            assert not achieved(one.change.edit, now, UNIVERSE)
        assert one.outcome is Outcome.APPLIED or one.detail
    assert sorted(map(repr, diary.recorded)) == sorted(map(repr, results))
    _wrote_only_what_was_intended(hub, diary, before)


def _wrote_only_what_was_intended(hub: FakeHub, diary: Diary, before: Mapping[Target, Reading]) -> None:
    intended = {(one.place, one.edit.order) for one in diary.intended}
    assert {(one.place, one.edit.order) for one in hub.written} == intended
    assert diary.written_before_intent == []
    for target in READABLE:
        sent: list[Edit] = [one.edit for one in hub.written if one.place == target]
        state_before = before[target]
        assert isinstance(state_before, TargetState)
        if not sent:
            assert hub.states[target] == state_before
        if hub.moods[target] is Mood.HONEST:
            assert hub.states[target] == after(state_before, sent)


@settings(max_examples=40, deadline=None)
@given(worlds(), intents(), STANDARD_WISHES)
def test_after_any_trouble_the_next_runs_converge(hub: Any, rows: Any, standards: Any) -> None:
    list(apply(plan_of(hub.states, rows, standards).edits, means(hub)))
    hub.moods = {}
    for _ in range(2):
        results = list(apply(plan_of(hub.states, rows, standards).edits, means(hub)))
    assert [one for one in results if one.outcome is not Outcome.APPLIED] == []
    assert plan_of(hub.states, rows, standards).edits == {}
    assert hub.states[DARK.target] == DARK
