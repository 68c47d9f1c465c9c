"""Every decision on waivers is reached on the sandbox, for its reason, whatever AWS does where it says nothing."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import fields
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

import pytest

from holds.findings_world import Begun
from holds.waivers_cases import CASES
from holds.waivers_plays import play
from holds.waivers_world import world
from hubposture.sandbox.findings_quirks import FindingQuirks, Paging
from hubposture.sandbox.quirks import EmptyPages, Quirks, sample, values_of

pytestmark = pytest.mark.slow

Chosen = tuple[Quirks, FindingQuirks]
OF_FINDINGS = ("reply_order", "empty_pages", "queue_delivery")
"""Quirks of the whole sandbox that concern reading and writing findings, beside those of findings alone."""
SAMPLES = 4


def singles() -> Iterator[tuple[str, Chosen]]:
    """Every other value of every quirk that concerns findings, one at a time."""
    for name in (one.name for one in fields(FindingQuirks)):
        for value in choices(name):
            if value != getattr(FindingQuirks(), name):
                yield f"{name}={value}", (Quirks(), FindingQuirks(**cast("dict[str, Any]", {name: value})))
    for name in OF_FINDINGS:
        for value in values_of(name):
            if value != getattr(Quirks(), name):
                yield f"{name}={value}", (Quirks(**cast("dict[str, Any]", {name: value})), FindingQuirks())


def choices(name: str) -> list[StrEnum]:
    """The values of a quirk of findings."""
    return list(cast("type[StrEnum]", type(getattr(FindingQuirks(), name))))


def drawn(seed: int) -> Chosen:
    """Every quirk at random."""
    draw = random.Random(seed)
    mine: dict[str, Any] = {one.name: draw.choice(choices(one.name)) for one in fields(FindingQuirks)}
    chosen = sample(seed)
    return chosen, FindingQuirks(**{**mine, "suppressed_on_passed": chosen.suppressed_on_passed})


@pytest.fixture(scope="session")
def played(waivers_begun: Begun, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What went wrong in a play of all cases with the quirks that are the best guess."""
    with pytest.MonkeyPatch.context() as patch:
        there = world(waivers_begun, tmp_path_factory.mktemp("played") / "baseline", patch)
        return play(there, CASES, source="sweep")


@pytest.mark.parametrize("name", CASES)
def test_on_the_sandbox(name: str, played: Mapping[str, str]) -> None:
    assert name not in played, played[name]


@pytest.mark.parametrize(("named", "chosen"), list(singles()), ids=lambda one: one if isinstance(one, str) else "")
def test_all_of_it_holds_with_any_other_value_of_any_quirk(
    named: str, chosen: Chosen, waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_all_hold(chosen, waivers_begun, tmp_path, monkeypatch)


@pytest.mark.parametrize("seed", range(SAMPLES))
def test_all_of_it_holds_with_quirks_of_all_kinds_at_once(
    seed: int, waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_all_hold(drawn(seed), waivers_begun, tmp_path, monkeypatch)


def assert_all_hold(chosen: Chosen, begun: Begun, tmp_path: Path, patch: pytest.MonkeyPatch) -> None:
    """Play every case, most from the queue; where pages are what is odd, with sweeps."""
    quirks, finding_quirks = chosen
    there = world(begun, tmp_path / "b", patch, quirks=quirks, finding_quirks=finding_quirks)
    there.by_hand = True
    is_paged = finding_quirks.paging is not Paging.FROZEN or quirks.empty_pages is not EmptyPages.NEVER
    wrong = play(there, CASES, source="sweep" if is_paged else "queue")
    assert not wrong, "\n\n".join(f"{name}\n  {problem}" for name, problem in wrong.items())
