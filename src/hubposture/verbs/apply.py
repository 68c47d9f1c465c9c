"""Apply: check the ground, write, read back; in waves, so that a kill leaves little between reading and writing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from hubposture.controls.definitions import Definitions
from hubposture.controls.ground import achieved, moved, standing
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.errors import RemoteError
from hubposture.model.targets import Because, Governance, Target, Unreadable
from hubposture.ports.hub import HubReader, HubWriter, Progress
from hubposture.ports.workers import Workers
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.chunks import chunks
from hubposture.reconcile.outcome import Outcome, Result

WAVE = 64
"""Targets that are read, written and read back together."""


class Journal(Protocol):
    """Where intents are written before they are sent, and results after; a ledger or nothing."""

    def intend(self, changes: Sequence[Change]) -> None:
        """Record what is about to be sent; returns only when it is durable."""

    def record(self, results: Sequence[Result]) -> None:
        """Record what became of it."""


@dataclass(frozen=True, slots=True)
class Means:
    """What applying needs. `commit` is written with each reason, so that the hub says where a state comes from."""

    reader: HubReader
    writer: HubWriter
    workers: Workers
    journal: Journal
    universe: Universe
    definitions: Definitions
    governance: Mapping[Target, Governance | Unreadable]
    commit: str


def apply(
    edits: Mapping[Target, tuple[Edit, ...]], means: Means, *, progress: Progress | None = None
) -> Iterator[Result]:
    """Apply the edits of targets that are written in their own account; one Result for each edit, as they come.

    A target that cannot be read now has all its edits skipped. Raises nothing for one target.
    """
    done = 0
    for wave in chunks(sorted(edits), WAVE):
        yield from _wave({target: edits[target] for target in wave}, means)
        done += len(wave)
        if progress is not None:
            progress(done, len(edits))


def _wave(edits: Mapping[Target, tuple[Edit, ...]], means: Means) -> Iterator[Result]:
    before = _read(edits, means)
    ready: dict[Target, list[Edit]] = {}
    for target, wanted in edits.items():
        state = before[target]
        if isinstance(state, Unreadable):
            yield from _noted(means, _all(target, wanted, f"not readable now: {state.because} {state.detail}".strip()))
            continue
        skipped, ready[target] = _split(target, wanted, state, means.universe)
        yield from _noted(means, skipped)
    ready = {target: wanted for target, wanted in ready.items() if wanted}
    means.journal.intend([Change(target, edit) for target, wanted in ready.items() for edit in wanted])
    answers: dict[Target, list[Result]] = {}
    for target, answer in means.workers.spread(lambda one: _write(one, ready[one], means), ready):
        answers[target] = _answers(target, ready[target], answer)
    after = _read(answers, means) if answers else {}
    for target, results in answers.items():
        yield from _noted(means, [_seen(result, after[target], means.universe) for result in results])


def _read(targets: Iterable[Target], means: Means) -> dict[Target, Reading]:
    """Every target as it is now; one the reader does not speak of is unreadable, and so is everything if it fails."""
    wanted = {
        target: means.governance.get(target) or _unknown(target, "nobody knows its governance") for target in targets
    }
    found: dict[Target, Reading] = {}
    why = "the reader gave no answer for it"
    try:
        found.update((one.target, one) for one in means.reader.read(wanted, means.universe, means.definitions))
    except RemoteError as error:  # what was written must still be recorded, and other waves go on
        why = str(error)
    return {target: found.get(target) or _unknown(target, why) for target in wanted}


def _unknown(target: Target, why: str) -> Unreadable:
    return Unreadable(target, Because.REMOTE, why)


def _split(
    target: Target, wanted: Sequence[Edit], state: TargetState, universe: Universe
) -> tuple[list[Result], list[Edit]]:
    gone = moved(wanted, state, universe)
    skipped = [Result(Change(target, edit), Outcome.SKIPPED, why) for edit, why in gone.items()]
    left = [edit for edit in wanted if edit not in gone]
    already = [edit for edit in left if standing(edit, state, universe) == edit.desired]
    skipped += [Result(Change(target, edit), Outcome.SKIPPED, "already as wanted") for edit in already]
    done = set(already)
    return skipped, [edit for edit in left if edit not in done]


def _all(target: Target, wanted: Iterable[Edit], why: str) -> list[Result]:
    return [Result(Change(target, edit), Outcome.SKIPPED, why) for edit in wanted]


def _write(target: Target, wanted: Sequence[Edit], means: Means) -> list[Result]:
    suffix = f" (hubposture, {means.commit[:12] or 'no commit'})"
    signed = {edit.order: replace(edit, reason=edit.reason + suffix) for edit in wanted}
    results = means.writer.write(target, list(signed.values()), definitions=means.definitions[target.region])
    unsigned = {edit.order: edit for edit in wanted}
    return [replace(one, change=Change(target, unsigned[one.change.edit.order])) for one in results]


def _answers(target: Target, wanted: Sequence[Edit], answer: list[Result] | Exception) -> list[Result]:
    """The writer's results, and a failure for every edit it did not speak of."""
    results = [] if isinstance(answer, Exception) else answer
    missing = f"{type(answer).__name__}: {answer}" if isinstance(answer, Exception) else "no answer for this change"
    spoken = {result.change.edit.order: result for result in results}
    return [spoken.get(edit.order) or Result(Change(target, edit), Outcome.FAILED, missing) for edit in wanted]


def _seen(result: Result, after: Reading, universe: Universe) -> Result:
    """The result by what can be read afterwards: the state decides, not the answer."""
    if result.outcome is Outcome.SKIPPED:
        return result
    if isinstance(after, Unreadable):
        return replace(result, outcome=Outcome.FAILED, detail=f"cannot be read back: {after.because} {after.detail}")
    if achieved(result.change.edit, after, universe):
        return replace(result, outcome=Outcome.APPLIED, detail="")
    detail = result.detail or "the answer was yes, but reading back shows the old state"
    return replace(result, outcome=Outcome.FAILED, detail=detail)


def _noted(means: Means, results: list[Result]) -> list[Result]:
    if results:
        means.journal.record(results)
    return results
