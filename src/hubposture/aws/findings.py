"""Findings by GetFindings, as the administrator sees them in the home Region: members and linked Regions included."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.history import suppressions
from hubposture.aws.pool import Pool
from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.normal import normalize
from hubposture.ports.findings import Page, Priority, Suppression
from hubposture.reconcile.chunks import chunks

Budget = Callable[[Priority], None]
"""Returns when one more call of GetFindings may go out; shared by all processes."""

_PAGE: Final = 100
_IDS: Final = 20
_END: Final = dt.timedelta(days=3650)
"""A filter by time needs an end; far enough that no clock, ours or AWS's, hides what is new."""
_TICK: Final = dt.timedelta(milliseconds=1)
"""Whether a filter's Start takes in the time itself is not documented, nor are finer parts of a second."""
_STABLE: Final = [{"Field": "CreatedAt", "SortOrder": "asc"}]
"""CreatedAt never changes, so an update while pages are read does not move a finding to a page that was read."""
_BY_UPDATE: Final = [{"Field": "UpdatedAt", "SortOrder": "asc"}]


class AwsFindings:
    """Implements `ports.findings.FindingsReader` with the administrator's reader role.

    `now` gives aware UTC. `budget` is asked before every page; without one only our own limiter holds.
    """

    def __init__(
        self, gateway: Gateway, pool: Pool, *, home: str, now: Callable[[], dt.datetime], budget: Budget | None = None
    ) -> None:
        self._gateway = gateway
        self._pool = pool
        self._seat = gateway.administrator(region=home)
        self._now = now
        self._budget = budget

    def sweep(self, accounts: Sequence[str]) -> Iterator[Page]:
        """See `ports.findings`. No accounts, no pages: to AWS an empty filter means everybody."""
        if not accounts:
            return iter(())
        filters = {"AwsAccountId": _any_of(accounts), "RecordState": _any_of(["ACTIVE"])}
        return self._pages(filters, _STABLE, Priority.SWEEP)

    def increment(self, since: dt.datetime, *, archived_only: bool = False) -> Iterator[Page]:
        """See `ports.findings`. `since` is naive UTC.

        A finding that is updated while pages are read moves to the end, and what follows it moves up by one, past the
        page that is read next. So each page is asked for by the time of the last finding read, and only where a whole
        page shares one time by its token. Some findings come twice, none is passed over. Raises RemoteRefused for a
        token that repeats.
        """
        more = {"RecordState": _any_of(["ARCHIVED"])} if archived_only else {}
        until = _stamp(self._now().astimezone(dt.UTC) + _END)
        number = 0
        while True:
            filters = {"UpdatedAt": [{"Start": _stamp(since), "End": until}], **more}
            reached = since
            for reply in self._replies(filters, _BY_UPDATE, Priority.INCREMENT):
                number += 1
                yield page_of(reply, number, seat=self._seat, now=self._now())
                reached = _reached(reply) or since
                if reached > since and reply.get("NextToken"):
                    break
            else:
                return
            since = reached

    def check(self, ids: Sequence[tuple[str, str]]) -> Iterator[Page]:
        """See `ports.findings`. Findings of other products with the same id are left out."""
        wanted = set(ids)
        for chunk in chunks(sorted({id_ for _, id_ in wanted}), _IDS):
            for page in self._pages({"Id": _any_of(chunk)}, _STABLE, Priority.CHECK):
                found = tuple(one for one in page.findings if (one.product, one.id) in wanted)
                yield Page(found, page.rejected, page.observed_at)

    def suppressed(self) -> Iterator[Page]:
        """See `ports.findings`."""
        filters = {"WorkflowStatus": _any_of(["SUPPRESSED"]), "RecordState": _any_of(["ACTIVE"])}
        return self._pages(filters, _STABLE, Priority.INCREMENT)

    def is_consolidated(self) -> bool:
        """See `ports.findings`. Raises RemoteError."""
        return self._gateway.call(self._seat, "DescribeHub").get("ControlFindingGenerator") == "SECURITY_CONTROL"

    def suppressions(self, ids: Sequence[tuple[str, str]]) -> Iterator[Suppression | RemoteError]:
        """See `ports.findings`."""
        return suppressions(self._gateway, self._pool, self._seat, ids)

    def _pages(self, filters: Mapping[str, Any], order: Sequence[Any], priority: Priority) -> Iterator[Page]:
        for number, reply in enumerate(self._replies(filters, order, priority), 1):
            yield page_of(reply, number, seat=self._seat, now=self._now())

    def _replies(
        self, filters: Mapping[str, Any], order: Sequence[Any], priority: Priority
    ) -> Iterator[Mapping[str, Any]]:
        """Every answer of one listing, each after its turn in the budget."""
        asked = {"Filters": filters, "SortCriteria": order, "MaxResults": _PAGE}
        self._wait(priority)
        for reply in self._gateway.pages(self._seat, "GetFindings", asked):
            yield reply
            if reply.get("NextToken"):
                self._wait(priority)

    def _wait(self, priority: Priority) -> None:
        if self._budget is not None:
            self._budget(priority)


def page_of(reply: Mapping[str, Any], number: int, *, seat: Seat, now: dt.datetime) -> Page:
    """One answer in the normal form; records that are no findings are rejected with their place."""
    observed_at = observed(reply, now)
    findings: list[Finding] = []
    rejected: list[Rejected] = []
    for at, record in enumerate(reply.get("Findings") or ()):
        found = normalize(record, observed_at=observed_at, where=f"GetFindings {seat.region}, page {number}[{at}]")
        if isinstance(found, Rejected):
            rejected.append(found)
        else:
            findings += found
    return Page(tuple(findings), tuple(rejected), observed_at)


def observed(reply: Mapping[str, Any], now: dt.datetime) -> dt.datetime:
    """When AWS answered, by its own Date header; by our clock only where that is missing. Naive UTC."""
    ours = _utc(now)
    text = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        return _utc(parsedate_to_datetime(text))
    except (TypeError, ValueError, OverflowError):
        return ours


def _reached(reply: Mapping[str, Any]) -> dt.datetime | None:
    """A little before the UpdatedAt of a page's last finding, naive UTC: nothing of that very time is passed over."""
    last = (reply.get("Findings") or [None])[-1]
    try:
        return _utc(dt.datetime.fromisoformat(last["UpdatedAt"])) - _TICK
    except (TypeError, KeyError, ValueError, OverflowError):
        return None


def _utc(at: dt.datetime) -> dt.datetime:
    """A time as naive UTC; one that names no offset is taken as UTC."""
    return at if at.tzinfo is None else at.astimezone(dt.UTC).replace(tzinfo=None)


def _any_of(values: Sequence[str]) -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": "EQUALS"} for value in values]


def _stamp(at: dt.datetime) -> str:
    return f"{_utc(at).isoformat(timespec='milliseconds')}Z"
