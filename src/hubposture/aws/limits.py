"""How fast we call: token buckets per account, Region and operation, at the rates that AWS documents."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from hubposture.errors import RemoteUnavailable


@dataclass(frozen=True, slots=True)
class Rate:
    """Calls a second, and how many may come at once."""

    per_second: float
    burst: float


_SECURITY_HUB: Final = Rate(10, 30)
_UNPUBLISHED: Final = Rate(10, 20)
RATES: Final[Mapping[tuple[str, str], Rate]] = MappingProxyType(
    {
        ("securityhub", "GetFindings"): Rate(3, 6),
        ("securityhub", "BatchEnableStandards"): Rate(1, 1),
        ("securityhub", "UpdateStandardsControl"): Rate(1, 5),
        ("cloudtrail", "LookupEvents"): Rate(2, 2),
        ("organizations", "DescribeOrganization"): Rate(1, 2),
        ("organizations", "DescribeEffectivePolicy"): Rate(2, 2),
        ("organizations", "ListAccountsForParent"): Rate(5, 8),
        ("organizations", "ListDelegatedAdministrators"): Rate(5, 8),
        ("organizations", "ListOrganizationalUnitsForParent"): Rate(5, 8),
        ("organizations", "ListPolicies"): Rate(2, 2),
        ("organizations", "ListRoots"): Rate(1, 2),
        ("organizations", "ListTagsForResource"): Rate(10, 15),
        ("organizations", "ListTargetsForPolicy"): Rate(2, 2),
        ("sqs", "DeleteMessageBatch"): Rate(200, 200),
        ("sqs", "ReceiveMessage"): Rate(200, 200),
        ("sts", "AssumeRole"): Rate(50, 100),
    }
)
"""Documented rates (Security Hub: service documentation; Organizations: its quotas page, per account; CloudTrail).

SQS: standard queues take "a nearly unlimited number" of calls; the rate is only there so that a fault cannot run wild.
Not published, so kept low: DescribeEffectivePolicy, ListPolicies, ListTargetsForPolicy (DescribePolicy's rate), sts.
"""


def rate_of(service: str, operation: str) -> Rate:
    """The rate of an operation: its own, Security Hub's for all its others, or a modest one where none is published."""
    default = _SECURITY_HUB if service == "securityhub" else _UNPUBLISHED
    return RATES.get((service, operation), default)


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limiter:
    """Makes callers wait for their turn; one bucket per (account, Region, service, operation).

    A turn is booked under the lock and waited for outside it, so threads queue in order and no call starts early.
    `clock` gives seconds, `sleep` waits; tests hand in a virtual pair.
    """

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        self._clock = clock
        self._sleep = sleep
        self._buckets: dict[tuple[str, str, str, str], _Bucket] = {}
        self._lock = threading.Lock()

    def wait(self, account: str, region: str, service: str, operation: str) -> None:
        """Return when one more call may go out."""
        delay = self._book((account, region, service, operation), rate_of(service, operation))
        if delay > 0:
            self._sleep(delay)

    def empty(self, account: str, region: str, service: str, operation: str) -> None:
        """Take what is left in a bucket: AWS said that somebody has used it up."""
        with self._lock:
            bucket = self._buckets.get((account, region, service, operation))
            if bucket is not None:
                bucket.tokens = min(bucket.tokens, 0.0)

    def _book(self, key: tuple[str, str, str, str], rate: Rate) -> float:
        with self._lock:
            now = self._clock()
            bucket = self._buckets.get(key)
            if bucket is None:
                bucket = self._buckets[key] = _Bucket(rate.burst, now)
            bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second) - 1
            bucket.at = now
            return max(0.0, -bucket.tokens / rate.per_second)


class CircuitOpen(RemoteUnavailable):
    """A place has failed so often in a row that it is left alone for a while."""


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    closed_until: float = 0.0


class Circuits:
    """Stops calling what is dead: after `limit` failures in a row nothing is sent there for `rest_seconds`.

    Then one call is let through; its success opens the way again. One success anywhere in the place resets its count.
    """

    def __init__(self, *, clock: Callable[[], float], limit: int = 12, rest_seconds: float = 30.0) -> None:
        self._clock = clock
        self._limit = limit
        self._rest = rest_seconds
        self._circuits: dict[str, _Circuit] = {}
        self._lock = threading.Lock()

    def check(self, place: str) -> None:
        """Raise `CircuitOpen` while a place rests."""
        circuit = self._circuits.get(place)
        if circuit is None or circuit.failures < self._limit:
            return
        with self._lock:
            now = self._clock()
            if now < circuit.closed_until:
                raise CircuitOpen(
                    f"{place}: failed {circuit.failures} times in a row and is left alone for "
                    f"{circuit.closed_until - now:.0f} s more; the first error says why, run again later",
                    code="CircuitOpen",
                )
            circuit.closed_until = now + self._rest

    def failed(self, place: str) -> None:
        """Count a failure that speaks of a dead place."""
        with self._lock:
            circuit = self._circuits.setdefault(place, _Circuit())
            circuit.failures += 1
            if circuit.failures >= self._limit:
                circuit.closed_until = self._clock() + self._rest

    def worked(self, place: str) -> None:
        """Forget the failures of a place."""
        if (circuit := self._circuits.get(place)) is not None:
            circuit.failures = 0
