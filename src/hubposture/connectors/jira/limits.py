"""Requests to Jira at a pace it takes: its limits, each with its own answer to it.

Cloud says in RateLimit-Reason which limit was met. `jira-burst-based`: that endpoint is slowed down.
`jira-per-issue-on-write`: only that issue waits. `jira-quota-*`: nothing more is asked until the quota is there again.
Data Center has one budget for each user and says in X-RateLimit-Remaining how much of it is left.
"""

import datetime as dt
import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hubposture.connectors.http import Http, Reply, told_pause
from hubposture.connectors.patience import pause_before_retry
from hubposture.errors import AnswerLost, RemoteRefused, RemoteUnavailable

_TOO_MANY: Final = 429
_FAILED: Final = 300
"""From which status on an answer is no success."""
_LONGEST_ISSUE_SECONDS: Final = 40.0
"""How long one issue is waited for: a little more than the longest window of its limit."""
_QUOTA_SECONDS: Final = 3600.0
_FIRST_SPACING: Final = 0.05
_LONGEST_SPACING: Final = 2.0
_EVERYTHING: Final = "*"


@dataclass(slots=True)
class Pace:
    """When what may be asked next. Times are those of a clock that never goes back."""

    writes_per_second: float = 10.0
    free_at: dict[str, float] = field(default_factory=dict)
    spacing: dict[str, float] = field(default_factory=dict)
    next_write: float = 0.0
    stopped_until: float = 0.0
    stopped: str = ""

    def pause(self, endpoint: str, issue: str, now: float, *, is_paced: bool) -> float:
        """Seconds to wait before the next request of this kind, which is counted as made then. Writes are paced."""
        start = max(now, *(self.free_at.get(name, 0.0) for name in (_EVERYTHING, endpoint, issue)))
        if is_paced:
            start = max(start, self.next_write)
            self.next_write = start + 1.0 / self.writes_per_second
        if spacing := self.spacing.get(endpoint):
            self.free_at[endpoint] = start + spacing
        return start - now

    def slow(self, endpoint: str, until: float) -> None:
        """Ask an endpoint again only then, and more slowly from then on."""
        self.spacing[endpoint] = min(_LONGEST_SPACING, self.spacing.get(endpoint, _FIRST_SPACING / 2) * 2)
        self.free_at[endpoint] = max(until, self.free_at.get(endpoint, 0.0))

    def hold(self, name: str, until: float) -> None:
        """Let an issue, or everything, wait until then."""
        self.free_at[name] = max(until, self.free_at.get(name, 0.0))


class Calls:
    """Asks one site. `api` begins every path; what is asked is counted by method and a word of ours."""

    def __init__(self, http: Http, *, api: str, writes_per_second: float = 10.0) -> None:
        self.http = http
        self._api = api
        self._pace = Pace(writes_per_second)
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    @property
    def counts(self) -> Mapping[str, int]:
        """How many requests went out, by what was asked (`GET issue`)."""
        with self._lock:
            return dict(self._counts)

    def get(
        self, what: str, path: str, params: Mapping[str, str | int] | None = None, *, answers: Collection[int] = ()
    ) -> Reply:
        """Read something. Raises as `Http.request`, and RemoteUnavailable where a limit says to come back later."""
        return self._ask("GET", what, path, params=params, json=None, repeatable=True, is_write=False, answers=answers)

    def ask(self, what: str, path: str, body: Any, *, answers: Collection[int] = ()) -> Reply:
        """Read something that is asked for by POST."""
        return self._ask("POST", what, path, params=None, json=body, repeatable=True, is_write=False, answers=answers)

    def write(
        self,
        method: str,
        what: str,
        path: str,
        body: Any,
        *,
        repeatable: bool,
        issue: str = "",
        params: Mapping[str, str | int] | None = None,
        answers: Collection[int] = (),
    ) -> Reply:
        """Write something; `issue` is the id of the issue whose own limit it counts in. Raises AnswerLost as `Http.request`."""
        return self._ask(
            method, what, path, params=params, json=body, repeatable=repeatable, issue=issue, answers=answers
        )

    def _ask(
        self,
        method: str,
        what: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None,
        json: Any,
        repeatable: bool,
        answers: Collection[int],
        is_write: bool = True,
        issue: str = "",
    ) -> Reply:
        endpoint, name = f"{method} {what}", f"issue {issue}" if issue else ""
        started, tries = self.http.clock(), 0
        while True:
            self._wait(endpoint, name, is_write=is_write)
            reply = self.http.request(
                method,
                f"{self._api}{path}",
                params=params,
                json=json,
                repeatable=repeatable,
                answers={*answers, _TOO_MANY},
            )
            with self._lock:
                self._saw(reply)
            if reply.status != _TOO_MANY:
                _hold_to_sign_in(reply, endpoint)
                return self._answered(reply, endpoint, repeatable=repeatable)
            tries += 1
            with self._lock:
                self._throttled(endpoint, name, reply, tries=tries, started=started)

    def _answered(self, reply: Reply, endpoint: str, *, repeatable: bool) -> Reply:
        """An answer of the API: none that says something, in other words than JSON, and calls it a success.

        Such a page (maintenance, a sign-in of a proxy) says nothing of whether anything was done.
        """
        if reply.status >= _FAILED or reply.body is not None or not reply.text.strip():
            return reply
        why = (
            f"Jira: {endpoint}: what answers is not the API of Jira; the site may be in maintenance, or this is not its URL. "
            "Open it in a browser, then run it again"
        )
        raise (RemoteUnavailable if repeatable else AnswerLost)(why, code="no answer")

    def _wait(self, endpoint: str, issue: str, *, is_write: bool) -> None:
        with self._lock:
            now = self.http.clock()
            if now < self._pace.stopped_until:
                raise RemoteUnavailable(self._pace.stopped, code="429")
            pause = self._pace.pause(endpoint, issue, now, is_paced=is_write)
            self._counts[endpoint] += 1
        if pause > 0:
            self.http.sleep(pause)

    def _saw(self, reply: Reply) -> None:
        """Data Center: where the budget is used up, wait for the next filling instead of running into the limit."""
        if reply.headers.get("x-ratelimit-remaining", "").strip() == "0" and reply.status != _TOO_MANY:
            seconds = _number(reply.headers.get("x-ratelimit-interval-seconds", ""))
            if 0 < seconds <= self.http.patience.longest_told_seconds:
                self._pace.hold(_EVERYTHING, self.http.clock() + seconds)

    def _throttled(self, endpoint: str, issue: str, reply: Reply, *, tries: int, started: float) -> None:
        """Remember what a 429 asks for. Raises RemoteUnavailable where that is not waited for."""
        reason, told, now = (
            reply.headers.get("ratelimit-reason", "").strip().casefold(),
            told_pause(reply.headers),
            self.http.clock(),
        )
        if "quota" in reason:
            self._stop(reason, told if told is not None else _QUOTA_SECONDS, reply)
        pause = pause_before_retry(told, tries=tries, elapsed_seconds=now - started, patience=self.http.patience)
        if issue and "per-issue" in reason:
            self._pace.hold(issue, now + (told or 1.0))
            if pause is None or pause > _LONGEST_ISSUE_SECONDS:
                raise RemoteUnavailable(
                    f"Jira: {endpoint}: {issue} was written too often in a short time; run it again later", code="429"
                )
            return
        if pause is None:
            raise RemoteUnavailable(
                f"Jira: {endpoint}: HTTP 429 after {tries} tries; it asks for fewer requests; run it again later",
                code="429",
            )
        if reason:
            self._pace.slow(endpoint, now + pause)
        else:
            self._pace.hold(_EVERYTHING, now + pause)

    def _stop(self, reason: str, seconds: float, reply: Reply) -> None:
        self._pace.stopped_until = self.http.clock() + seconds
        self._pace.stopped = f"Jira: its quota of requests is used up ({_word(reason)}); it takes more {_when(seconds, reply)}; run it again then"
        raise RemoteUnavailable(self._pace.stopped, code="429")


def _hold_to_sign_in(reply: Reply, endpoint: str) -> None:
    """Raise where the site took us for nobody: it then answers with what anybody may see, which is often nothing."""
    reason = reply.headers.get("x-seraph-loginreason", "").upper()
    if "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason:
        raise RemoteRefused(
            f"Jira: {endpoint}: the site did not take the token and answered as to anybody; check user and token",
            code="401",
        )


def _when(seconds: float, reply: Reply) -> str:
    """When the quota is there again, by the answer's own clock where it tells it."""
    try:
        until = parsedate_to_datetime(reply.headers.get("date", "")).astimezone(dt.UTC) + dt.timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return f"in {seconds:.0f} seconds"
    return f"at {until:%Y-%m-%d %H:%M:%S} UTC"


def _word(reason: str) -> str:
    return "".join(one for one in reason if one.isascii() and (one.isalnum() or one in "-_"))[:60]


def _number(value: str) -> float:
    return float(value) if value.isascii() and value.isdigit() and len(value) <= 9 else 0.0  # noqa: PLR2004 - digits
