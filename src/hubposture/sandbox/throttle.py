"""Quotas as token buckets, at the rates that AWS documents, per account, Region and operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

Rate = tuple[float, float]
"""Calls a second, and how many at once."""

SECURITYHUB: Mapping[str, Rate] = {
    "GetFindings": (3, 6),
    "BatchEnableStandards": (1, 1),
    "UpdateStandardsControl": (1, 5),
}
SECURITYHUB_DEFAULT: Rate = (10, 30)

OTHERS: Mapping[tuple[str, str], Rate] = {
    ("cloudtrail", "LookupEvents"): (2, 2),
    ("organizations", "DescribeAccount"): (20, 30),
    ("organizations", "DescribeOrganization"): (1, 2),
    ("organizations", "DescribeOrganizationalUnit"): (2, 2),
    ("organizations", "DescribePolicy"): (2, 2),
    ("organizations", "ListAccounts"): (8, 12),
    ("organizations", "ListAccountsForParent"): (5, 8),
    ("organizations", "ListChildren"): (6, 10),
    ("organizations", "ListDelegatedAdministrators"): (5, 8),
    ("organizations", "ListOrganizationalUnitsForParent"): (5, 8),
    ("organizations", "ListParents"): (5, 8),
    ("organizations", "ListRoots"): (1, 2),
    ("organizations", "ListTagsForResource"): (10, 15),
}
"""Rates of other services; an operation that is not named here is not limited, as no rate of it is published."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class Quotas:
    """Token buckets, filled by the clock; `on` False lets everything through."""

    def __init__(self, *, on: bool = True) -> None:
        self.on = on
        self._buckets: dict[tuple[str, str, str, str], _Bucket] = {}

    def take(self, key: tuple[str, str, str, str], now: datetime) -> bool:
        """Take a token for (service, operation, account, Region); False if the quota is used up."""
        rate = rate_of(key[0], key[1])
        if not self.on or rate is None:
            return True
        bucket = self._buckets.setdefault(key, _Bucket(rate[1], now))
        bucket.tokens = min(rate[1], bucket.tokens + (now - bucket.at).total_seconds() * rate[0])
        bucket.at = now
        if bucket.tokens < 1:
            return False
        bucket.tokens -= 1
        return True

    def clear(self) -> None:
        """Fill every bucket."""
        self._buckets.clear()


def rate_of(service: str, operation: str) -> Rate | None:
    """Give an operation's rate, None where none is published."""
    if service == "securityhub":
        return SECURITYHUB.get(operation, SECURITYHUB_DEFAULT)
    return OTHERS.get((service, operation))
