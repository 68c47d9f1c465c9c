"""The checks can fail: clients of ours with well-known mistakes are caught, each by the check that is there for it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holds.holds_world import (
    DATA,
    WEB,
    Baseline,
    assert_accounted,
    assert_converged,
    assert_only_planned,
    assert_reasons,
    assert_reports_are_true,
    stage,
)
from hubposture.aws import associations, switching, tuning, values, writer
from hubposture.aws.associations import Answered
from hubposture.aws.credentials import Credentials
from hubposture.aws.session import Acting, Purpose
from hubposture.reconcile.outcome import Result
from hubposture.sandbox.quirks import Quirks, ReplyOrder
from hubposture.verbs import apply as applying

Mutation = Callable[[pytest.MonkeyPatch], None]


def checked(baseline: Baseline, directory: Path, patch: pytest.MonkeyPatch, mutation: Mutation | None) -> set[str]:
    """Plan and apply where replies come in another order and batches are done in part; the checks that failed."""
    there = stage(baseline, directory, patch, quirks=Quirks(reply_order=ReplyOrder.REVERSED))
    with patch.context() as changed:
        if mutation is not None:
            mutation(changed)
        planned = there.plan()
        there.box.calls.clear()
        there.box.faults.update({"partial": 0.1})
        done = there.apply(planned)
    there.calm()
    there.box.wait(600)
    checks: Mapping[str, Callable[[], None]] = {
        "accounted": lambda: assert_accounted(done, planned),
        "reports are true": lambda: assert_reports_are_true(there, done),
        "only planned": lambda: assert_only_planned(there, [planned]),
        "reasons": lambda: assert_reasons(there, [planned]),
        "in one go": lambda: _assert_in_one_go(done.results),
        "converged": lambda: assert_converged(there),
    }
    return {name for name, check in checks.items() if _fails(check)}


def _assert_in_one_go(results: Sequence[Result]) -> None:
    assert not [one for one in results if one.outcome != "applied"]


def _fails(check: Callable[[], None]) -> bool:
    try:
        check()
    except AssertionError:
        return True
    return False


def pairs_by_position(patch: pytest.MonkeyPatch) -> None:
    """Takes the n-th answer for the n-th question."""

    def paired(reply: Any, asked: Sequence[Any], bits: Mapping[Any, int]) -> Answered:
        known = enabled = 0
        for question, detail in zip(asked, reply["StandardsControlAssociationDetails"], strict=False):
            bit = bits[associations.key_of(question)]
            known |= bit
            enabled |= bit if detail["AssociationStatus"] == "ENABLED" else 0
        return Answered(known, enabled)

    patch.setattr(associations, "pair_details", paired)


def ignores_unprocessed(patch: pytest.MonkeyPatch) -> None:
    """Takes a batch for done when the call was answered."""
    patch.setattr(switching, "unprocessed_updates", lambda _reply: {})


def ignores_unprocessed_and_believes_answers(patch: pytest.MonkeyPatch) -> None:
    """Does not look afterwards either."""
    ignores_unprocessed(patch)
    patch.setattr(applying, "_seen", lambda result, _after, _universe: result)


def does_not_wait(patch: pytest.MonkeyPatch) -> None:
    """Switches controls of a standard that was asked for a moment ago."""
    patch.setattr(writer, "wait_for_standards", lambda *_arguments, **_options: {})


def acts_as_another(patch: pytest.MonkeyPatch) -> None:
    """Writes to one account with the role of another."""
    right = Credentials.acting

    def wrong(credentials: Credentials, account: str, purpose: Purpose) -> Acting:
        swapped = {WEB: DATA, DATA: WEB} if purpose is Purpose.WRITER else {}
        return right(credentials, swapped.get(account, account), purpose)

    patch.setattr(Credentials, "acting", wrong)


def swaps_reasons(patch: pytest.MonkeyPatch) -> None:
    """Gives every control of a target the reason of the first."""
    right = writer._Work._update
    first: dict[int, Any] = {}

    def wrong(work: Any, arn: str, edit: Any) -> Any:
        other = first.setdefault(id(work), (work, edit))[1]
        return right(work, arn, replace(edit, reason=other.reason))

    patch.setattr(writer._Work, "_update", wrong)


def swaps_before_and_after_of_parameters(patch: pytest.MonkeyPatch) -> None:
    """Writes the values that a control has over those it should get."""
    right = values.parameter_update
    patch.setattr(tuning, "parameter_update", lambda desired, current, specs: right(current, desired, specs))


def switches_the_wrong_way(patch: pytest.MonkeyPatch) -> None:
    """Switches on what shall be off."""
    right = writer._Work._update
    turned = {"ENABLED": "DISABLED", "DISABLED": "ENABLED"}

    def wrong(work: Any, arn: str, edit: Any) -> Any:
        update = right(work, arn, edit)
        return {**update, "AssociationStatus": turned[update["AssociationStatus"]]}

    patch.setattr(writer._Work, "_update", wrong)


def forgets_a_result(patch: pytest.MonkeyPatch) -> None:
    """Does not speak of one change of every target."""
    right = applying._answers
    patch.setattr(applying, "_answers", lambda target, wanted, answer: right(target, wanted, answer)[1:])


CAUGHT: dict[Mutation, set[str]] = {
    pairs_by_position: {"converged"},
    ignores_unprocessed: {"in one go"},
    ignores_unprocessed_and_believes_answers: {"reports are true"},
    does_not_wait: {"in one go"},
    acts_as_another: {"only planned"},
    swaps_reasons: {"reasons"},
    swaps_before_and_after_of_parameters: {"converged"},
    switches_the_wrong_way: {"only planned"},
    forgets_a_result: {"accounted"},
}
"""Each mistake, and the checks that must find it; others may as well."""


def test_no_check_fails_for_the_client_as_it_is(
    baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(baseline, tmp_path / "b", monkeypatch, None) == set()


@pytest.mark.slow
@pytest.mark.parametrize("mutation", CAUGHT, ids=lambda one: one.__name__)
def test_a_mistake_is_caught(
    mutation: Mutation, baseline: Baseline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert checked(baseline, tmp_path / "b", monkeypatch, mutation) >= CAUGHT[mutation]
