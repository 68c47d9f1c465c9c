"""When and how long to wait before another try."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hubposture.aws.failures import Failure, FailureKind


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how long a call is tried.

    Pauses are drawn between 0 and `first_pause_seconds` x 2^n, at most `longest_pause_seconds` (full jitter).
    `limit_tries` is the lower count for LimitExceededException where it may mean a full quota. No try starts when
    `budget_seconds` have passed since the first.
    """

    tries: int = 12
    limit_tries: int = 4
    first_pause_seconds: float = 0.25
    longest_pause_seconds: float = 20.0
    budget_seconds: float = 180.0


_FILLS_A_QUOTA: Final = ("Create", "StartConfigurationPolicyAssociation", "TagResource")
_ONCE: Final = ("Create", "BatchEnableStandards", "EnableSecurityHub")


def may_fill_quota(operation: str) -> bool:
    """Whether LimitExceededException may mean that there is room for no more of what the operation makes."""
    return operation.startswith(_FILLS_A_QUOTA)


def is_repeatable(operation: str) -> bool:
    """Whether doing it twice is the same as once; enabling a standard again may re-enable its controls."""
    return not operation.startswith(_ONCE)


def pause_before_retry(
    failure: Failure,
    operation: str,
    *,
    tries: int,
    elapsed_seconds: float,
    patience: Patience,
    draw: Callable[[float, float], float] = random.uniform,
) -> float | None:
    """Seconds to wait before the next try after `tries` failed ones, or None to give up."""
    if failure.kind in (FailureKind.REFUSED, FailureKind.EXPIRED):
        return None
    if failure.kind.is_doubtful and not is_repeatable(operation):
        return None
    limited = failure.kind is FailureKind.LIMIT and may_fill_quota(operation)
    if tries >= (patience.limit_tries if limited else patience.tries):
        return None
    longest = min(patience.longest_pause_seconds, patience.first_pause_seconds * 2 ** (tries - 1))
    pause = draw(0.0, longest)
    return pause if elapsed_seconds + pause <= patience.budget_seconds else None
