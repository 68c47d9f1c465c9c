"""Marks that were put before a process died: the next run writes what is still wanted, and puts right what is not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from holds.findings_world import Begun, Subject
from holds.holds_world import HOME, WEB
from holds.waivers_world import WaiversWorld, world
from hubposture.aws.updates import AwsUpdates
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.quirks import SuppressedOnPassed
from hubposture.waivers.decision import Mark

PUBLIC: Subject = (WEB, HOME, "s3.8", "arn:aws:s3:::public-0")
LAG = 20 * 60


class Killed(BaseException):
    """The process is gone; nothing in it catches this."""


@pytest.fixture
def there(waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WaiversWorld:
    return world(waivers_begun, tmp_path / "b", monkeypatch)


def dies_before_sending(there: WaiversWorld, patch: pytest.MonkeyPatch) -> None:
    """A run that is killed when everything is written down and nothing is sent."""

    def die(*_: object) -> None:
        raise Killed

    with patch.context() as dying:
        dying.setattr(AwsUpdates, "update", die)
        with pytest.raises(Killed):
            there.once()
    there.box.wait(LAG)


def mark(there: WaiversWorld) -> Mark | None:
    """What the ledger knows of the public bucket."""
    with there.connection().workplace.ledger() as ledger:
        return ledger.marks("acme").get(there.one(PUBLIC).key)


def test_what_was_never_sent_is_written_by_the_next_run(there: WaiversWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    there.waive("W-1", "arn:aws:s3:::public-0")
    dies_before_sending(there, monkeypatch)
    assert there.one(PUBLIC).workflow == "NEW"
    there.once("none")
    assert there.one(PUBLIC).workflow == "SUPPRESSED"
    found = mark(there)
    assert found is not None
    assert (found.state, found.seen_at is not None) == ("suppressed", True)
    assert {state for _, state in there.intents()} == {"applied", "failed"}


def _remove(there: WaiversWorld) -> None:
    there.path("W-1").unlink()


def _fix(there: WaiversWorld) -> None:
    there.fix(PUBLIC[3])


@pytest.mark.parametrize("change", [_remove, pytest.param(_fix, marks=pytest.mark.slow)])
def test_what_was_never_sent_and_is_wanted_no_more_is_forgotten(
    change: Callable[[WaiversWorld], None], there: WaiversWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.waive("W-1", "arn:aws:s3:::public-0")
    dies_before_sending(there, monkeypatch)
    assert mark(there) is not None
    change(there)
    there.once()
    assert mark(there) is None
    assert {state for _, state in there.intents()} == {"failed"}


def test_what_was_to_be_released_and_is_excused_again_is_still_ours(
    there: WaiversWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    there.waive("W-1", "arn:aws:s3:::public-0")
    there.once()
    there.box.wait(LAG)
    text = there.path("W-1").read_text()
    there.path("W-1").unlink()
    dies_before_sending(there, monkeypatch)
    there.path("W-1").write_text(text)
    there.once("none")
    assert there.one(PUBLIC).workflow == "SUPPRESSED"
    found = mark(there)
    assert found is not None
    assert (found.state, found.seen_at is not None) == ("suppressed", True)
    there.path("W-1").unlink()
    there.once("none")
    assert there.one(PUBLIC).workflow == "NEW", "so it can be released"


@pytest.mark.slow
def test_what_was_to_be_released_and_passes_by_now_is_still_ours(
    waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quirks = FindingQuirks(suppressed_on_passed=SuppressedOnPassed.STAYS_SUPPRESSED)
    there = world(waivers_begun, tmp_path / "b", monkeypatch, finding_quirks=quirks)
    there.waive("W-1", "arn:aws:s3:::public-0")
    there.once()
    there.box.wait(LAG)
    there.path("W-1").unlink()
    dies_before_sending(there, monkeypatch)
    there.fix(PUBLIC[3])
    there.once()
    found = mark(there)
    assert found is not None
    assert (found.state, found.seen_at is not None) == ("suppressed", True)
    there.break_(PUBLIC[3])
    there.once()
    assert there.one(PUBLIC).workflow == "NEW", "it was ours, and nothing excuses it"
