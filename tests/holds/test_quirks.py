"""Whatever AWS does where its documentation is silent: applying twice changes nothing the second time."""

import random
from dataclasses import fields, replace
from pathlib import Path

import pytest

from holds.holds_world import Baseline, assert_accounted, assert_converged, assert_only_planned, stage
from hubposture.sandbox.quirks import Quirks, pairs, sample, singles

ABOUT_FINDINGS_OR_POLICIES = {
    "suppressed_on_passed", "findings_lag", "parameters_under_policy", "batch_under_policy",
    "administrator_under_policy", "association_start", "unassociated_target", "parent_of_failed", "policy_id_form",
    "policy_list_order", "policy_name_twice", "central_with_declarative",
}  # fmt: skip
"""Quirks of what a target governed locally never asks for."""


def different(quirks: Quirks) -> str:
    """The quirks that are not at their defaults, as a test's name."""
    names = [one.name for one in fields(Quirks) if getattr(quirks, one.name) != getattr(Quirks(), one.name)]
    return ",".join(f"{name}={getattr(quirks, name)}" for name in names) or "defaults"


def is_local(quirks: Quirks) -> bool:
    return all(getattr(quirks, name) == getattr(Quirks(), name) for name in ABOUT_FINDINGS_OR_POLICIES)


def local_singles() -> list[Quirks]:
    return [one for one in singles() if is_local(one)]


def some_pairs(count: int) -> list[Quirks]:
    """Pairs drawn at random, with a fixed seed, from those in which both quirks differ from the default."""
    possible = [one for one in pairs() if is_local(one) and "," in different(one)]
    return random.Random(11).sample(possible, count)


def mixtures(count: int) -> list[Quirks]:
    """Every local quirk drawn at random, faults of the rest aside."""
    default = {name: getattr(Quirks(), name) for name in ABOUT_FINDINGS_OR_POLICIES}
    return [replace(sample(seed), **default) for seed in range(count)]


def holds(quirks: Quirks, baseline: Baseline, directory: Path, patch: pytest.MonkeyPatch, **faults: float) -> None:
    """Apply; at once again; and once more after the slowest read has caught up."""
    there = stage(baseline, directory, patch, quirks=quirks)
    planned = there.plan()
    there.box.faults.update(faults)
    done = there.apply(planned)
    assert_accounted(done, planned)
    plans = [planned]
    if faults or done.tally.failed:
        there.calm()
        there.box.wait(600)
        rest = there.again().plan()
        assert_accounted(there.again().apply(rest), rest)
        plans.append(rest)
    there.box.wait(600)
    assert_converged(there)
    assert_only_planned(there, plans)


@pytest.mark.parametrize("quirks", [Quirks(), sample(101)], ids=["defaults", "mixture"])
def test_applying_twice_changes_nothing_the_second_time(
    quirks: Quirks, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(quirks, baseline, tmp_path / "b", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("quirks", local_singles(), ids=different)
def test_it_does_so_under_each_quirk(
    quirks: Quirks, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(quirks, baseline, tmp_path / "b", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("quirks", some_pairs(24), ids=different)
def test_it_does_so_under_pairs_of_quirks(
    quirks: Quirks, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(quirks, baseline, tmp_path / "b", monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("quirks", mixtures(8), ids=[f"mixture-{number}" for number in range(8)])
def test_it_does_so_under_mixtures_of_quirks_and_faults(
    quirks: Quirks, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    holds(
        quirks, baseline, tmp_path / "b", monkeypatch, throttled=0.2, server_error=0.05, lost_answer=0.05, partial=0.05
    )
