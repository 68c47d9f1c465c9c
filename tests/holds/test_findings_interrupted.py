"""A sync that is broken off, and a listing that moves while it is read: nothing is gone by it, and the truth comes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from holds.findings_world import Begun, World, before, world
from hubposture.sandbox.findings_quirks import FindingQuirks, Paging
from hubposture.verbs import sync as verb

HOUR = 3600.0


def in_small_parts(patch: pytest.MonkeyPatch) -> None:
    """A sweep of several parts, each of several batches."""
    patch.setattr(verb, "SHARD", 2)
    patch.setattr(verb, "BATCH", 100)


def cut_off(there: World, patch: pytest.MonkeyPatch, at: int) -> None:
    """A sync from whose n-th GetFindings on nothing is answered any more."""

    def cut(number: int) -> None:
        if number == at:
            there.box.faults.update({"operations": ["GetFindings"], "server_error": 1.0})

    with before(there, patch, "GetFindings", cut) as count:
        done = there.sync(sweep=False)
    assert count[0] > at
    assert not done.complete
    there.box.faults.update({"operations": [], "server_error": 0.0})


def stopped(there: World, patch: pytest.MonkeyPatch, at: int) -> None:
    """A sync that somebody stops at its n-th GetFindings."""

    def stop(number: int) -> None:
        if number == at:
            raise KeyboardInterrupt

    with before(there, patch, "GetFindings", stop), pytest.raises(KeyboardInterrupt):
        there.sync(sweep=False)


def holds(
    there: World, patch: pytest.MonkeyPatch, at: int, breaks: Callable[[World, pytest.MonkeyPatch, int], None]
) -> None:
    """A day's sync is broken off, and the next one goes on."""
    in_small_parts(patch)
    there.pass_days(2)
    held = there.held()
    breaks(there, patch, at)
    there.assert_sound(held)
    held = there.held()
    done = there.sync(sweep=False)
    assert done.complete == (not done.failures)
    there.assert_sound(held)
    there.assert_converged()
    assert there.faults() == []


def calls(there: World, patch: pytest.MonkeyPatch) -> int:
    """How many GetFindings a day's sweep takes."""
    in_small_parts(patch)
    there.pass_days(2)
    with before(there, patch, "GetFindings", lambda _number: None) as count:
        there.sync(sweep=False)
    return count[0]


def _named(value: object) -> str:
    return getattr(value, "__name__", str(value))


@pytest.mark.slow
@pytest.mark.parametrize("breaks", [cut_off, stopped])
def test_a_sweep_broken_off_at_nine_tenths_is_completed_by_the_next(
    breaks: Callable[[World, pytest.MonkeyPatch, int], None],
    begun: Begun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    holds(there, monkeypatch, int(calls(there, monkeypatch) * 0.9), breaks)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("breaks", "at"), [(stopped, 1), (stopped, 3), (stopped, 6), (cut_off, 2), (cut_off, 4)], ids=_named
)
def test_it_is_wherever_it_is_broken_off(
    breaks: Callable[[World, pytest.MonkeyPatch, int], None],
    at: int,
    begun: Begun,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    holds(world(begun, tmp_path / "b", monkeypatch), monkeypatch, at, breaks)


@pytest.mark.slow
def test_one_broken_off_four_times_in_a_row_ends_with_the_truth(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    for at in (3, 2, 5):
        in_small_parts(monkeypatch)
        there.pass_days()
        stopped(there, monkeypatch, at)
    holds(there, monkeypatch, 4, cut_off)


@pytest.mark.slow
def test_a_part_that_can_never_be_read_keeps_no_other_from_being_swept(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    in_small_parts(monkeypatch)
    swept: list[tuple[str, ...]] = []
    for _ in range(3):
        there.pass_days(2)
        swept.append(without_one_part(there, monkeypatch))
    assert swept[0] == swept[1] == swept[2], "the others are swept again when it is due"
    assert len(swept[0]) == 4


def without_one_part(there: World, patch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """A sync in which the last part of the sweep cannot be read; which accounts were swept."""
    held = there.held()

    def cut(number: int) -> None:
        broken = number >= 1 and '"100000000005"' in body[-1]
        there.box.faults.update({"operations": ["GetFindings"], "server_error": 1.0 if broken else 0.0})

    body = [""]
    handle = there.box.handle

    def reading(request: object) -> object:
        body[-1] = getattr(request, "body", b"").decode("utf-8", "replace")
        return handle(request)  # type: ignore[arg-type]  # passed on as it came

    with before(there, patch, "GetFindings", cut), patch.context() as patched:
        handle = there.box.handle
        patched.setattr(there.box, "handle", reading)
        done = there.sync(sweep=False)
    there.box.faults.update({"operations": [], "server_error": 0.0})
    there.assert_sound(held)
    assert not done.complete
    return done.swept


# --- pages that move while they are read -----------------------------------------------------------------------------


@pytest.mark.slow
def test_findings_that_move_between_pages_are_not_gone_by_it(
    begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch, quirks=FindingQuirks(paging=Paging.SHIFTING))
    there.pass_days()
    unsure = 0
    for _ in range(2):
        held = there.held()
        with before(there, monkeypatch, "GetFindings", lambda number: shift(there, number)):
            there.sync()
        there.assert_sound(held)
        unsure += sum(one.presence == "unsure" for one in there.held().values())
        there.pass_days()
    assert unsure, "pages moved, and somebody was not seen"
    for _ in range(2):
        there.box.wait(HOUR)
        there.sync()
    there.assert_converged(quiet=True)


def shift(there: World, number: int) -> None:
    """Time goes on, and a resource of an early page is deleted: what follows it moves up."""
    there.box.wait(3 * HOUR)
    if number > 1:
        oldest = min(
            (
                one
                for one in there.living.store
                if one.record_state == "ACTIVE" and one.body.resources and is_deletable(there, one)
            ),
            key=lambda one: one.created_at,
        )
        resource = there.living.inventory.find((oldest.account, oldest.region), oldest.body.resources[0].id)
        assert resource is not None
        there.living.checks.resource_deleted(resource, there.box.clock.now())


def is_deletable(there: World, record: object) -> bool:
    """Whether the finding's resource is one of the inventory, and no account."""
    place = (record.account, record.region)  # type: ignore[attr-defined]  # a Record
    found = there.living.inventory.find(place, record.body.resources[0].id)  # type: ignore[attr-defined]  # see above
    return found is not None and found.type != "AwsAccount"
