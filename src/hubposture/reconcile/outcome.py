"""What became of each change."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from hubposture.reconcile.change import Change


class Outcome(StrEnum):
    """Applied: written and seen. Failed: tried, not seen. Skipped: not tried, the detail says why."""

    APPLIED = "applied"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """One change with its outcome; `detail` is empty for a plain success."""

    change: Change
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of a run; planned == applied + failed + skipped always."""

    applied: int
    failed: int
    skipped: int

    @property
    def planned(self) -> int:
        """How many changes there were."""
        return self.applied + self.failed + self.skipped


def tally(results: Iterable[Result]) -> Tally:
    """Count results by outcome."""
    counts = Counter(result.outcome for result in results)
    return Tally(counts[Outcome.APPLIED], counts[Outcome.FAILED], counts[Outcome.SKIPPED])
