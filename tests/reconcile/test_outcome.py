"""Counts of a run: planned is what was applied, what failed and what was skipped."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.reconcile.change import Change
from hubposture.reconcile.outcome import Outcome, Result, tally
from reconcile.plans import TARGETS, off


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(Outcome))))
def test_a_tally_counts_every_result_once(outcomes: Any) -> None:
    counted = tally(Result(Change(TARGETS[0], off("s3.8")), one) for one in outcomes)
    assert counted.planned == len(outcomes)
    assert (counted.applied, counted.failed) == (outcomes.count(Outcome.APPLIED), outcomes.count(Outcome.FAILED))


def test_a_change_reads_as_place_thing_and_values() -> None:
    assert str(Change(TARGETS[0], off("s3.8"))) == "111111111111/eu-central-1 association fsbp-1.0.0 s3.8: on -> off"
