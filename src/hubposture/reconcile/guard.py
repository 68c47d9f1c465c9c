"""Guards: limits on how much one run may change, and refusals that name their override."""

from collections import Counter
from dataclasses import dataclass

from hubposture.errors import Refusal
from hubposture.reconcile.plan import Plan


class TooManyChanges(Refusal):
    """A plan exceeds its limits; every exceeded limit is named with the option that overrides it."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may change; None means no limit.

    `share` is changed cells over compared cells, 0 to 1, and counts only from `share_from` changes on, so that a
    small organization can change at all. `account` bounds the changes in a single account.
    """

    changes: int | None = None
    share: float | None = None
    share_from: int = 50
    account: int | None = None


@dataclass(frozen=True, slots=True)
class Exceeded:
    """One limit and what the plan has instead; `option` overrides it on the command line."""

    what: str
    limit: str
    found: str
    option: str


def exceeded(plan: Plan, limits: Limits) -> tuple[Exceeded, ...]:
    """The limits a plan exceeds, in a fixed order; empty when it may go on."""
    found: list[Exceeded] = []
    if limits.changes is not None and plan.weight > limits.changes:
        found.append(Exceeded("changes", str(limits.changes), str(plan.weight), f"--allow-changes {plan.weight}"))
    share = min(1.0, plan.weight / max(1, plan.cells))
    if limits.share is not None and plan.weight >= limits.share_from and share > limits.share:
        percent = min(100, int(share * 100) + 1)
        found.append(Exceeded("share of all cells", f"{limits.share:.0%}", f"{share:.1%}", f"--allow-share {percent}"))
    found.extend(_accounts(plan, limits))
    return tuple(found)


def _accounts(plan: Plan, limits: Limits) -> list[Exceeded]:
    if limits.account is None:
        return []
    weights: Counter[str] = Counter()
    for place, edits in plan.edits.items():
        weights[place.account] += sum(edit.weight for edit in edits)
    most = max(weights.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if most[1] <= limits.account:
        return []
    over = sum(1 for weight in weights.values() if weight > limits.account)
    what = f"changes in one account ({most[0]}" + (f" and {over - 1} more)" if over > 1 else ")")
    return [Exceeded(what, str(limits.account), str(most[1]), f"--allow-account-changes {most[1]}")]


def refuse_if_exceeded(plan: Plan, limits: Limits) -> None:
    """Raise `TooManyChanges` if the plan exceeds a limit; its text names each one with its override."""
    if found := exceeded(plan, limits):
        lines = [f"{one.what}: {one.found}, limit {one.limit}; {one.option} allows it" for one in found]
        raise TooManyChanges("nothing was applied, the plan is larger than the guards allow:\n  " + "\n  ".join(lines))
