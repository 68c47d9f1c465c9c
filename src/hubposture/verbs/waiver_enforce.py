"""Enforce: what was decided is written to Security Hub, wave by wave, remembered before it is sent."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.ports.hub import Progress
from hubposture.ports.ledger import Failure, Ledger
from hubposture.ports.updates import FindingsUpdater, Updated
from hubposture.ports.waivers import WaiverLedger
from hubposture.reconcile.change import Change
from hubposture.reconcile.chunks import chunks
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.waivers.decision import Decision, Mark, PersonsNote
from hubposture.waivers.rule import Case

WAVE = 500
"""Subjects that are written down, sent and answered together, so that a kill leaves little open."""


@dataclass(frozen=True, slots=True)
class Step:
    """One subject that is to be written: its change, and what the ledger must know of its findings before."""

    case: Case
    decision: Decision
    change: Change
    marks: tuple[Mark, ...]
    notes: tuple[PersonsNote, ...] = ()


@dataclass(frozen=True)
class Means:
    """What writing needs; `before` are the marks as they were, for findings that could not be written."""

    organization: str
    run: str
    ledger: Ledger
    marks: WaiverLedger
    updater: FindingsUpdater
    before: Mapping[str, Mark] = field(default_factory=dict)


@dataclass(frozen=True)
class Written:
    """What became of the steps: `sent` were taken and will be seen, `failed` were not, with why by subject."""

    sent: tuple[Step, ...] = ()
    failed: tuple[tuple[Step, str], ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failed ones for the run's record."""
        return tuple(Failure(_where(one.change), why) for one, why in self.failed)


def enforce(steps: Sequence[Step], means: Means, *, progress: Progress | None = None) -> Written:
    """Write every step; one failing stops no other. Raises nothing remote.

    Each wave is written down with what people had noted, then sent. What was sent stays open in the ledger until it is
    seen (`verify`), for reads lag behind writes by minutes.
    """
    sent: list[Step] = []
    failed: list[tuple[Step, str]] = []
    done = 0
    for wave in chunks(steps, WAVE):
        answers = _send(wave, means)
        outcomes = [(step, _why(step, answers)) for step in wave]
        sent += [step for step, why in outcomes if not why]
        refused = [(step, why) for step, why in outcomes if why]
        _record_failed(refused, means, answers)
        failed += refused
        done += len(wave)
        if progress is not None:
            progress(done, len(steps))
    return Written(tuple(sent), tuple(failed))


def _send(wave: Sequence[Step], means: Means) -> dict[tuple[str, str], Updated]:
    changes = [one.change for one in wave]
    means.ledger.intend(means.run, changes)
    means.marks.put_marks([mark for one in wave for mark in one.marks], [note for one in wave for note in one.notes])
    means.ledger.sent(means.run, changes)
    updates = [update for one in wave for update in one.decision.updates]
    return {(one.product, one.id): one for one in means.updater.update(updates)}


def _why(step: Step, answers: Mapping[tuple[str, str], Updated]) -> str:
    """Why a step failed; '' where all its findings were taken."""
    found = [
        answers.get(id_) or Updated(*id_, error="no answer for this finding", is_doubtful=True)
        for update in step.decision.updates
        for id_ in update.ids
    ]
    return "; ".join(dict.fromkeys(one.error for one in found if one.error))


def _where(change: Change) -> str:
    return " ".join((str(change.place), *change.edit.key))


def _record_failed(
    failed: Iterable[tuple[Step, str]], means: Means, answers: Mapping[tuple[str, str], Updated]
) -> None:
    """Record failures, and let the marks of findings that were surely not written be what they were before.

    What may have been written keeps its new mark, and reading back decides.
    """
    results: list[Result] = []
    back: list[Mark] = []
    dropped: list[str] = []
    for step, why in failed:
        results.append(Result(step.change, Outcome.FAILED, why))
        for mark in step.marks:
            answer = answers.get((mark.product, mark.id))
            if answer is None or not answer.error or answer.is_doubtful:
                continue
            if (before := means.before.get(mark.finding)) is not None:
                back.append(before)
            else:
                dropped.append(mark.finding)
    if not results:
        return
    means.ledger.record(means.run, results)
    means.marks.put_marks(back)
    means.marks.drop_marks(means.organization, dropped)
