"""Our clock is wrong for one sync: nothing is gone by it, versions stay in order, and afterwards all is as it should."""

import datetime as dt
from pathlib import Path

import pytest

from holds.findings_world import Begun, world
from holds.test_findings_sight import switch

WRONG = {"3 days ahead": 3, "3 days behind": -3, "400 days ahead": 400}


@pytest.mark.slow
@pytest.mark.parametrize("how", WRONG)
def test_a_clock_that_is_wrong_for_one_sync_makes_nothing_gone(
    how: str, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    there.pass_days()
    held = there.held()
    there.around.wrong_by = dt.timedelta(days=WRONG[how])
    there.sync()
    there.assert_sound(held)
    there.around.wrong_by = dt.timedelta(0)
    there.pass_days()
    held = there.held()
    done = there.sync(sweep=False)
    assert len(done.swept) == 5, "a sweep is due: the last one was at a time that has not come"
    assert done.settled
    there.assert_sound(held)
    there.assert_converged()
    there.pass_days(2)
    there.sync()
    there.assert_converged()
    times = [at for _, at in there.query('SELECT DISTINCT version, "at" FROM transitions ORDER BY version')]
    assert times == sorted(times), "times of versions never go back"
    assert there.faults() == []


@pytest.mark.slow
@pytest.mark.parametrize("how", ["400 days ahead", "3 days behind"])
def test_a_switch_of_form_noticed_under_a_wrong_clock_holds_closing_back_for_days_and_not_for_ever(
    how: str, begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = world(begun, tmp_path / "b", monkeypatch)
    switch(there, "STANDARD_CONTROL")
    there.pass_days()
    there.around.wrong_by = dt.timedelta(days=WRONG[how])
    held = there.held()
    there.sync()
    there.assert_sound(held)
    there.around.wrong_by = dt.timedelta(0)
    for days in (1, 2):
        there.pass_days(days)
        held = there.held()
        there.sync()
        there.assert_sound(held)
    there.sync()
    there.assert_converged(quiet=True)
