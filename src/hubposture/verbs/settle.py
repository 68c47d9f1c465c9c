"""Settle: what an interrupted run left without a result gets one, from what can be read now."""

import datetime as dt
from collections.abc import Iterator, Mapping

from hubposture.controls.edits import Kind
from hubposture.controls.ground import achieved
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.model.targets import Target, Unreadable
from hubposture.ports.ledger import Intent, Ledger, RunStatus
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.verbs.survey import Survey

MAYBE_ALIVE = dt.timedelta(hours=1)
"""How long a run that still says `running` is taken to be alive; a wave of targets takes minutes."""

_OF_WAIVERS = "waiver "
"""How kinds of intents begin that are verified by findings and not by a target's controls."""

_UNKNOWN = "the run ended before its result was known, and it is not so now; what is still wanted is planned anew"


def settle(ledger: Ledger, found: Survey, *, organization: str, now: dt.datetime) -> int:
    """Record results for what earlier runs of an organization left open; gives how many.

    What stands as it was wanted was applied, the rest failed. A target that cannot be read stays open, and so does
    what a run left that may still be alive; a run that is dead but says `running` is closed as interrupted. What was
    written to findings stays open as well, for the waivers are to verify it.
    """
    readings = {one.target: one for one in found.readings}
    settled = 0
    for run, intents in _dead(ledger, organization, now).items():
        of_controls = [one for one in intents if not one.change.edit.kind.startswith(_OF_WAIVERS)]
        results = list(_results(of_controls, readings, found.universe))
        if results:
            ledger.record(run, results)
        settled += len(results)
        if ledger.run(run).status is RunStatus.RUNNING:
            ledger.close_run(run, status=RunStatus.INTERRUPTED, counts={}, calls={})
    return settled


def _dead(ledger: Ledger, organization: str, now: dt.datetime) -> Mapping[str, list[Intent]]:
    """What is open, by run, of runs that have ended or have been silent for long."""
    found: dict[str, list[Intent]] = {}
    for intent in ledger.unfinished():
        if intent.change.place.organization == organization:
            found.setdefault(intent.run, []).append(intent)
    return {
        run: intents
        for run, intents in found.items()
        if ledger.run(run).status is not RunStatus.RUNNING
        or now - max(one.sent or one.intended for one in intents) > MAYBE_ALIVE
    }


def _results(intents: list[Intent], readings: Mapping[Target, Reading], universe: Universe) -> Iterator[Result]:
    for intent in intents:
        state = readings.get(intent.change.place)
        if isinstance(state, Unreadable):
            continue
        if _stands(intent, state, universe):
            yield Result(intent.change, Outcome.APPLIED, "found so after the run was interrupted")
        else:
            yield Result(intent.change, Outcome.FAILED, _UNKNOWN)


def _stands(intent: Intent, state: TargetState | None, universe: Universe) -> bool:
    """Whether the target holds what was wanted; what is no edit of a target's controls is not seen in a reading."""
    edit = intent.change.edit
    known = any(edit.kind == kind for kind in Kind)
    return state is not None and known and achieved(edit, state, universe)
