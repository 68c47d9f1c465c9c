"""Run: everything once, step by step; one step failing stops no other, and what each did is in the run's record."""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.errors import HubpostureError
from hubposture.ports.ledger import Failure, Ledger, RunStatus
from hubposture.verbs.held import close_dead, held

VERB = "run"
LOOKED = "run without writing"
"""How the ledger calls a run that only observed, or whose steps write by no baseline."""


class Part(StrEnum):
    """The steps of a run, in their order."""

    CONTROLS = "controls"
    FINDINGS = "findings"
    APPROVALS = "approvals"
    WAIVERS = "waivers"
    TICKETS = "tickets"
    MESSAGES = "messages"
    OUTSIDE = "outside"
    POSTURE = "posture"


@dataclass(frozen=True, slots=True)
class Step:
    """What a step did: counts by name, what failed, how long it took, and whether it is `skipped` and why."""

    part: Part
    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    seconds: float = 0.0
    skipped: str = ""
    line: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everything that was to be done was done."""
        return not self.failures


@dataclass(frozen=True, slots=True)
class Done:
    """What a step gives back: counts, failures, and a line for people."""

    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    line: str = ""


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A whole run; `run` is its id in the ledger."""

    run: str
    steps: tuple[Step, ...]
    calls: Mapping[str, int]
    began: dt.datetime
    ended: dt.datetime

    @property
    def is_complete(self) -> bool:
        """Whether every step is complete."""
        return all(one.is_complete for one in self.steps)

    @property
    def failures(self) -> tuple[Failure, ...]:
        """All failures, the step named first."""
        return tuple(Failure(f"{step.part}: {one.where}", one.what) for step in self.steps for one in step.failures)


@dataclass(frozen=True)
class Means:
    """What a run needs; `steps` in the order in which they are done. `now` is aware UTC.

    `verb` is how the ledger calls it; the commit of a `run` counts as applied.
    """

    organization: str
    ledger: Ledger
    holder: str
    who: str
    commit: str
    steps: Mapping[Part, Callable[[], Done]]
    calls: Callable[[], Mapping[str, int]]
    now: Callable[[], dt.datetime]
    tell: Callable[[Step], None]
    verb: str = VERB


def run(means: Means, *, only: Sequence[Part] = ()) -> RunRecord:
    """Do the steps under a lease and record them.

    Raises Elsewhere where somebody else is at it; what is not ours (defects, an interrupt) goes through, and the run is
    then recorded as failed or interrupted.
    """
    with held(means.ledger, f"run/{means.organization}", means.holder, what=f"a run of {means.organization}"):
        return _run(means, only)


def _run(means: Means, only: Sequence[Part]) -> RunRecord:
    began = means.now()
    close_dead(means.ledger, means.organization, verb="run")
    opened = means.ledger.open_run(means.verb, organization=means.organization, who=means.who, commit=means.commit)
    steps: list[Step] = []
    status = RunStatus.INTERRUPTED
    try:
        for part, work in means.steps.items():
            if only and part not in only:
                continue
            steps.append(_step(part, work))
            means.tell(steps[-1])
        status = RunStatus.DONE if all(one.is_complete for one in steps) else RunStatus.INCOMPLETE
    except Exception:
        status = RunStatus.FAILED
        raise
    finally:
        record = RunRecord(opened.id, tuple(steps), dict(means.calls()), began, means.now())
        means.ledger.close_run(
            opened.id, status=status, counts=_counts(steps), calls=record.calls, failures=record.failures
        )
    return record


def _step(part: Part, work: Callable[[], Done]) -> Step:
    """One step; an error of ours is its failure."""
    began = time.monotonic()
    try:
        done = work()
    except HubpostureError as error:
        done = Done(failures=(Failure("stopped", str(error)),))
    return Step(part, done.counts, done.failures, time.monotonic() - began, line=done.line)


def _counts(steps: Sequence[Step]) -> dict[str, int]:
    found = {f"{step.part}.{name}": number for step in steps for name, number in step.counts.items()}
    return found | {f"{step.part}.milliseconds": int(step.seconds * 1000) for step in steps}
