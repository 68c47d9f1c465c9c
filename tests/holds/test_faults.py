"""Whatever goes wrong on the way: the next run converges, nobody gets another's change, every change is accounted for."""

from pathlib import Path

import pytest

from holds.holds_world import (
    Baseline,
    assert_accounted,
    assert_converged,
    assert_only_planned,
    assert_reasons,
    assert_reports_are_true,
    stage,
)
from hubposture.controls.edits import Kind
from hubposture.sandbox.faults import Fault, Faults, Key

FAULTS = {
    "throttled": {"throttled": 0.3},
    "5xx": {"server_error": 0.05},
    "timeouts": {"timeout": 0.05},
    "resets": {"reset": 0.05},
    "lost answers": {"lost_answer": 0.1},
    "partial batches": {"partial": 0.1},
    "all together": {
        "throttled": 0.3, "server_error": 0.05, "timeout": 0.02, "reset": 0.05, "lost_answer": 0.05, "partial": 0.05
    },
}  # fmt: skip


def noted(patch: pytest.MonkeyPatch) -> set[str]:
    """Which faults have struck from now on, by name."""
    struck: set[str] = set()
    strike, dropped = Faults.strike, Faults.dropped

    def noting(faults: Faults, key: Key) -> Fault:
        fault = strike(faults, key)
        struck.add(fault.value)
        return fault

    def noting_drops(faults: Faults, key: Key, count: int) -> frozenset[int]:
        found = dropped(faults, key, count)
        if found:
            struck.add("partial")
        return found

    patch.setattr(Faults, "strike", noting)
    patch.setattr(Faults, "dropped", noting_drops)
    return struck


def holds(baseline: Baseline, directory: Path, patch: pytest.MonkeyPatch, seed: int, faults: dict[str, float]) -> None:
    """Plan in calm, apply in a storm, and once more in calm."""
    there = stage(baseline, directory, patch, seed=seed)
    planned = there.plan()
    assert len(set(planned.plan.edits.values())) == 8, "every target needs something else"
    assert {one.edit.kind for one in planned.plan.changes()} == set(Kind)
    struck = noted(patch)
    there.box.calls.clear()
    there.box.faults.update(faults)
    done = there.apply(planned)
    there.calm()
    assert struck >= faults.keys()
    there.box.wait(3600)
    assert_accounted(done, planned)
    assert_reports_are_true(there, done)
    next_process = there.again()
    rest = next_process.plan()
    assert_accounted(next_process.apply(rest), rest)
    assert_only_planned(there, [planned, rest])
    assert_reasons(there, [planned, rest])
    assert_converged(there)
    assert not there.unfinished()


@pytest.mark.parametrize("what", ["lost answers", "all together"])
def test_an_apply_among_faults_is_completed_by_the_next(
    what: str, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(baseline, tmp_path / "b", monkeypatch, 1, FAULTS[what])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 5))
@pytest.mark.parametrize("what", FAULTS)
def test_it_does_so_whatever_is_hit(
    what: str, seed: int, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(baseline, tmp_path / "b", monkeypatch, seed, FAULTS[what])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_a_survey_among_faults_plans_what_a_calm_one_does(
    seed: int, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calm = stage(baseline, tmp_path / "a", monkeypatch, seed=seed).plan()
    storm = stage(baseline, tmp_path / "b", monkeypatch, seed=seed)
    storm.box.faults.update(FAULTS["all together"])
    stormy = storm.plan()
    unread = {one.target for one in stormy.plan.unreadable}
    assert {place: edits for place, edits in calm.plan.edits.items() if place not in unread} == stormy.plan.edits
    assert unread >= {one.target for one in calm.plan.unreadable}
