"""Execute a plan: within what was reviewed, within the guards, outside what is only observed, all of it recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import Refusal
from hubposture.model.targets import Target
from hubposture.ports.hub import Progress
from hubposture.ports.ledger import Failure, RunStatus
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.guard import Exceeded, Limits, exceeded, refuse_if_exceeded
from hubposture.reconcile.outcome import Outcome, Result, Tally, tally
from hubposture.reconcile.plan import Plan, beyond, collect_edits
from hubposture.verbs.apply import Means, apply
from hubposture.verbs.central_apply import CentralMeans, Checked, apply_central, by_policy

_NAMED = 5


class BeyondReview(Refusal):
    """The plan made now holds changes that nobody has reviewed."""


@dataclass(frozen=True, slots=True)
class Executed:
    """What became of a plan; `results` holds every planned change exactly once, `checked` is what policies brought."""

    plan: Plan
    results: tuple[Result, ...]
    checked: Checked | None = None

    @property
    def tally(self) -> Tally:
        """Counts by outcome."""
        return tally(self.results)

    @property
    def status(self) -> RunStatus:
        """Done, or incomplete when a change failed or something could not be read unexpectedly."""
        return RunStatus.DONE if self.plan.is_complete and not self.tally.failed else RunStatus.INCOMPLETE

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The failed changes for the run's record."""
        return tuple(
            Failure(str(one.change.place), f"{one.change.edit.kind} {' '.join(one.change.edit.key)}: {one.detail}")
            for one in self.results
            if one.outcome is Outcome.FAILED
        )


def within_review(plan: Plan, reviewed: Plan) -> Plan:
    """The plan, if it lies within the reviewed one.

    Raises:
        BeyondReview: it does not; the first changes beyond are named.
    """
    extra = beyond(plan, reviewed)
    if not extra:
        return plan
    named = "\n  ".join(str(change) for change in extra[:_NAMED])
    more = f"\n  and {len(extra) - _NAMED} more" if len(extra) > _NAMED else ""
    raise BeyondReview(
        f"nothing was applied: {len(extra)} changes are needed now that were not in the reviewed plan\n  {named}{more}\n"
        "make a new plan and have it reviewed, or apply what was reviewed alone with --only-reviewed"
    )


def reviewed_part(plan: Plan, reviewed: Plan) -> Plan:
    """The plan without the changes that were not reviewed."""
    extra = {(change.place, change.edit.order) for change in beyond(plan, reviewed)}
    left = (
        (place, tuple(edit for edit in edits if (place, edit.order) not in extra))
        for place, edits in plan.edits.items()
    )
    return replace(plan, edits=collect_edits(left))


def execute(
    plan: Plan,
    means: Means,
    *,
    limits: Limits,
    is_observed: Callable[[Target], bool],
    progress: Progress | None = None,
    central: CentralMeans | None = None,
) -> Executed:
    """Apply a plan; targets that are only observed have their changes skipped, and guards do not count them.

    Changes of policies need `central`; they are only observed where any account they move is. The guard on one
    account does not count them: they are written at one account and move many.

    Raises:
        TooManyChanges: a guard is exceeded by what would be written; nothing was written.
    """
    local, policies = by_policy(plan.edits)
    write, observed = _parted(local, is_observed)
    write_central, observed_central = _parted(
        policies, lambda _: central is None or any(is_observed(target) for target in central.moved)
    )
    both = collect_edits(
        (place, (*write.get(place, ()), *write_central.get(place, ()))) for place in {**write, **write_central}
    )
    whole, one_account = _guarded(replace(plan, edits=both), limits)
    refuse_if_exceeded(*whole)
    refuse_if_exceeded(*one_account)
    means.journal.record([*observed, *observed_central])
    results = [*observed, *observed_central, *apply(write, means, progress=progress)]
    if central is None or not write_central:
        return Executed(plan, tuple(results))
    written, checked = apply_central(write_central, central)
    return Executed(plan, (*results, *written), checked)


def guards_exceeded(plan: Plan, limits: Limits) -> tuple[Exceeded, ...]:
    """The limits that executing a plan would meet, in a fixed order."""
    return tuple(one for part, bounds in _guarded(plan, limits) for one in exceeded(part, bounds))


def _guarded(plan: Plan, limits: Limits) -> tuple[tuple[Plan, Limits], tuple[Plan, Limits]]:
    """The plan under all limits but that on one account, and the plan without policies under that one."""
    local, _ = by_policy(plan.edits)
    return (plan, replace(limits, account=None)), (replace(plan, edits=local), Limits(account=limits.account))


def _parted(
    edits: Mapping[Target, tuple[Edit, ...]], is_observed: Callable[[Target], bool]
) -> tuple[dict[Target, tuple[Edit, ...]], Sequence[Result]]:
    observed = [
        Result(Change(target, edit), Outcome.SKIPPED, "only observed here")
        for target, wanted in sorted(edits.items(), key=lambda one: one[0])
        if is_observed(target)
        for edit in wanted
    ]
    return {target: wanted for target, wanted in edits.items() if not is_observed(target)}, observed
