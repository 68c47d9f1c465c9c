"""Tickets, from findings to trackers and back: look, plan, guard, write, and remember."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from hubposture.model.targets import Target
from hubposture.ports.hub import Progress
from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.ports.ledger import Failure, Ledger, RunStatus
from hubposture.ports.tracker import Tracker
from hubposture.ports.work import WorkLedger
from hubposture.reconcile.guard import Exceeded
from hubposture.reconcile.plan import Plan, beyond
from hubposture.verbs.execute import BeyondReview
from hubposture.verbs.held import close_dead
from hubposture.verbs.ticket_look import Looked, look_around
from hubposture.verbs.ticket_look import Means as LookMeans
from hubposture.verbs.ticket_wont_do import Proposed
from hubposture.verbs.ticket_write import Means as WriteMeans
from hubposture.verbs.ticket_write import Written, write
from hubposture.verbs.undisturbed import undisturbed
from hubposture.work.action import Action, Answer, Kind, TicketPlan
from hubposture.work.changes import planned
from hubposture.work.guard import guard
from hubposture.work.plan import plan_tickets
from hubposture.work.policy import Policy
from hubposture.work.ticket import Route, State
from hubposture.work.world import Words, World

VERB = "tickets sync"
"""The verb of the runs that write."""
_STOPPED = {"new tickets": (Kind.CREATE,), "closings": (Kind.CLOSE,)}
"""Which actions each guard stops, by the first words of what is exceeded."""
_NAMED = 5
"""How many actions beyond a saved plan are named."""


class Books(WorkLedger, Ledger, Protocol):
    """What is used of the ledger."""


@dataclass(frozen=True, slots=True)
class Guards:
    """How much one run may do; shares from 0 to 1, counted from `share_from` closings on."""

    max_new: int = 500
    max_close_share: float = 0.5
    share_from: int = 20


@dataclass(frozen=True)
class Means:
    """What syncing needs. `now` is naive UTC; `is_observed` is asked by target. `unrouted` says why teams get no tickets."""

    organization: str
    who: str
    commit: str
    lake: LakeReader
    ledger: Books
    trackers: Mapping[str, Tracker]
    routes: Mapping[str, Route]
    unrouted: Mapping[str, str]
    policy: Policy
    words: Words
    guards: Guards
    is_observed: Callable[[Target], bool]
    now: Callable[[], dt.datetime]


@dataclass(frozen=True)
class Outlook:
    """What would be done: the world, the plan over it, the same as changes, and the guards in the way."""

    looked: Looked
    plan: TicketPlan
    changes: Plan
    exceeded: tuple[Exceeded, ...]
    version: int
    at: dt.datetime

    @property
    def world(self) -> World:
        """The world that was looked at."""
        return self.looked.world


@dataclass(frozen=True)
class Synced:
    """What a run did. `run` is '' where nothing was to be written, `answers` are those that are new.

    `proposed` are waivers that people asked for, `notified` is how many findings were set to NOTIFIED, `more` what failed
    beyond the trackers.
    """

    outlook: Outlook
    written: Written = field(default_factory=Written)
    answers: tuple[Answer, ...] = ()
    run: str = ""
    calls: Mapping[str, int] = field(default_factory=dict)
    proposed: tuple[Proposed, ...] = ()
    notified: int = 0
    more: tuple[Failure, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that was not as it should be."""
        guards = tuple(
            Failure("guard", f"{one.what}: {one.found}, limit {one.limit}; {one.option}")
            for one in self.outlook.exceeded
        )
        looked = self.outlook.looked.failures
        known = {one.where for one in looked}  # a place that can be neither read nor written is told of once
        return (*looked, *guards, *(one for one in self.written.failures if one.where not in known), *self.more)


def look(means: Means, snapshot: Snapshot, *, broken: Mapping[tuple[str, str], str] | None = None) -> Outlook:
    """Look and plan; writes nothing anywhere."""
    looked = look_around(looking(means, broken), snapshot)
    with undisturbed():
        plan = plan_tickets(looked.world, means.policy, means.words, now=means.now())
    live = sum(one.state is State.OPEN for one in looked.world.tickets)
    over = guard(
        plan,
        max_new=means.guards.max_new,
        max_close_share=means.guards.max_close_share,
        share_from=means.guards.share_from,
        open_tickets=live,
    )
    return Outlook(looked, plan, planned(plan, means.organization), tuple(over), snapshot.number, snapshot.at)


def looking(means: Means, broken: Mapping[tuple[str, str], str] | None = None) -> LookMeans:
    """What looking needs, out of what syncing needs."""
    return LookMeans(
        organization=means.organization,
        ledger=means.ledger,
        trackers=means.trackers,
        routes=means.routes,
        unrouted=means.unrouted,
        policy=means.policy,
        is_observed=means.is_observed,
        now=means.now,
        broken=broken or {},
    )


def sync(means: Means, *, reviewed: Plan | None = None, progress: Progress | None = None) -> Synced:
    """Everything once. What a guard stands in the way of is not done, and is a failure.

    With `reviewed` only what lies within that plan is done. Raises BeyondReview, and NoSuchVersion where nothing was ever
    synced; nothing remote.
    """
    close_dead(means.ledger, means.organization, verb=VERB)
    with means.lake.snapshot() as snapshot:
        outlook = look(means, snapshot)
        if reviewed is not None:
            _within_review(outlook.changes, reviewed)
        plan = outlook.plan
        answers = tuple(means.ledger.keep_answers(means.organization, plan.answers, heard=plan.heard))
        actions = allowed(outlook)
        if not actions:
            return Synced(outlook, answers=answers, calls=_calls(means))
        run, written = _write(means, snapshot, actions, progress)
    return Synced(outlook, written, answers, run, _calls(means))


def _within_review(plan: Plan, reviewed: Plan) -> None:
    extra = beyond(plan, reviewed)
    if not extra:
        return
    named = [
        f"{one.edit.kind.removeprefix('ticket.')} {' '.join(one.edit.key)} ({one.edit.source}): {one.edit.reason}"
        for one in extra
    ]
    more = [f"and {len(named) - _NAMED:,} more"] if len(named) > _NAMED else []
    raise BeyondReview(
        "\n  ".join(
            [
                f"nothing was done: {len(named):,} of what is to be done now is not in the saved plan",
                *named[:_NAMED],
                *more,
            ]
        )
        + "\nmake a new plan with `hubposture tickets plan --out FILE`"
    )


def allowed(outlook: Outlook) -> Sequence[Action]:
    """The actions that no guard stops."""
    stopped: Collection[Kind] = {
        kind
        for one in outlook.exceeded
        for what, kinds in _STOPPED.items()
        if one.what.startswith(what)
        for kind in kinds
    }
    return [one for one in outlook.plan.actions if one.kind not in stopped]


def _write(
    means: Means, snapshot: Snapshot, actions: Sequence[Action], progress: Progress | None
) -> tuple[str, Written]:
    """Write under a run of the ledger; what turns out to need a successor gets one in the same run."""
    run = means.ledger.open_run(VERB, organization=means.organization, who=means.who, commit=means.commit).id
    status, written = RunStatus.INTERRUPTED, Written()
    try:
        writing = WriteMeans(
            organization=means.organization,
            run=run,
            journal=means.ledger,
            ledger=means.ledger,
            trackers=means.trackers,
            now=means.now,
        )
        written = write(actions, writing, progress=progress)
        if written.ended:
            written += write(_successors(means, snapshot, written, actions), writing)
        status = RunStatus.INCOMPLETE if written.failures else RunStatus.DONE
    except Exception:
        status = RunStatus.FAILED
        raise
    finally:
        means.ledger.close_run(
            run, status=status, counts=_counts(written), calls=_calls(means), failures=written.failures
        )
    return run, written


def _successors(means: Means, snapshot: Snapshot, written: Written, done: Sequence[Action]) -> Sequence[Action]:
    """New tickets for what the ended ones leave without one; nothing that was done or tried in this run already."""
    tried = {one.after.key for one in done}
    outlook = look(means, snapshot, broken=written.broken)
    return [one for one in allowed(outlook) if one.kind is Kind.CREATE and one.after.key not in tried]


def _counts(written: Written) -> dict[str, int]:
    done = {f"{kind}": sum(one.kind is kind for one in written.done) for kind in Kind}
    return {**done, "failed": len(written.failed), "skipped": len(written.skipped)}


def _calls(means: Means) -> dict[str, int]:
    return {
        f"{name}:{what}": number for name, one in sorted(means.trackers.items()) for what, number in one.calls.items()
    }


def with_guards(means: Means, *, new: int | None, close_share: float | None) -> Means:
    """The means with guards that options override."""
    guards = means.guards
    return replace(
        means,
        guards=replace(
            guards,
            max_new=guards.max_new if new is None else new,
            max_close_share=guards.max_close_share if close_share is None else close_share,
        ),
    )
