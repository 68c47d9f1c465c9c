"""Limits of an emulated Jira, each off until it is switched on."""

import datetime as dt
import math
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from hubposture.sandbox.remote.jira_answers import Answer, failure

_READS = 100
_CHANGES = 50
_PER_ISSUE = ((20, 2.0), (100, 30.0))


@dataclass(slots=True)
class JiraLimits:
    """Switches of the limits.

    Cloud: `is_burst_limited` (GET and POST 100 a second for each operation, PUT and DELETE
    50), `is_issue_limited` (20 writes to an issue in 2 s, 100 in 30 s), `quota_left` (requests until the quota is used
    up, None for none; `quota_seconds` until it is full again). Data Center: `bucket` requests, filled up by
    `fill_rate` every `interval_seconds`; None for none.
    """

    is_burst_limited: bool = False
    is_issue_limited: bool = False
    quota_left: int | None = None
    quota_seconds: int = 3600
    bucket: int | None = None
    fill_rate: int = 10
    interval_seconds: int = 1
    refused: int = 0
    _told: dict[tuple[str, ...], deque[dt.datetime]] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, dt.datetime]] = field(default_factory=dict)

    def strike(self, now: dt.datetime, *, method: str, path: str, issue: str) -> Answer | None:
        """Count a request to an operation of Cloud; its refusal where a limit is met. `issue` is the one written to, or ''."""
        if self.quota_left is not None:
            self.quota_left -= 1
            if self.quota_left < 0:
                return self._refuse("jira-quota-global-based", self.quota_seconds, 0)
        most = _READS if method in ("GET", "POST") else _CHANGES
        if self.is_burst_limited and (wait := self._wait(now, ("burst", method, path), most, 1.0)):
            return self._refuse("jira-burst-based", wait, most)
        for most, seconds in _PER_ISSUE if self.is_issue_limited and issue else ():
            if wait := self._wait(now, ("issue", issue, str(most)), most, seconds):
                return self._refuse("jira-per-issue-on-write", wait, most)
        return None

    def draw(self, now: dt.datetime, user: str) -> tuple[Answer | None, Mapping[str, str]]:
        """Take from a user's bucket on Data Center: the refusal, and the headers of every answer."""
        if self.bucket is None:
            return None, {}
        left, since = self._tokens.get(user, (float(self.bucket), now))
        fills = (now - since).total_seconds() // self.interval_seconds
        left, since = (
            min(float(self.bucket), left + fills * self.fill_rate),
            since + dt.timedelta(seconds=fills * self.interval_seconds),
        )
        is_allowed = left >= 1
        left -= 1 if is_allowed else 0
        self._tokens[user] = (left, since)
        headers = {
            "X-RateLimit-Limit": str(self.bucket),
            "X-RateLimit-Remaining": str(int(left)),
            "X-RateLimit-FillRate": str(self.fill_rate),
            "X-RateLimit-Interval-Seconds": str(self.interval_seconds),
            "retry-after": "0" if is_allowed else str(self.interval_seconds),
        }
        if is_allowed:
            return None, headers
        self.refused += 1
        return failure(429, "Rate limit exceeded."), headers

    def _wait(self, now: dt.datetime, key: tuple[str, ...], most: int, seconds: float) -> int:
        """Count one; 0 where it is within the limit, else the seconds until the next may come."""
        told = self._told.setdefault(key, deque())
        while told and (now - told[0]).total_seconds() >= seconds:
            told.popleft()
        if len(told) < most:
            told.append(now)
            return 0
        return max(1, math.ceil(seconds - (now - told[0]).total_seconds()))

    def _refuse(self, reason: str, wait: int, most: int) -> Answer:
        self.refused += 1
        headers = {"Retry-After": str(wait), "RateLimit-Reason": reason}
        headers |= {"X-RateLimit-Limit": str(most), "X-RateLimit-Remaining": "0"}
        return failure(429, "Rate limit exceeded.", headers=headers)
