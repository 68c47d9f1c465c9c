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
_SKEW: Final = dt.timedelta(days=1)
"""A Date header further away than this from our own clock is not believed."""
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
        """See `ports.findings`."""
        filters = {"AwsAccountId": _any_of(accounts), "RecordState": _any_of(["ACTIVE"])}
        return self._pages(filters, _STABLE, Priority.SWEEP)

    def increment(self, since: dt.datetime, *, archived_only: bool = False) -> Iterator[Page]:
        """See `ports.findings`. `since` is naive UTC."""
        until = self._now().astimezone(dt.UTC) + _SKEW
        filters: dict[str, Any] = {"UpdatedAt": [{"Start": _stamp(since), "End": _stamp(until)}]}
        if archived_only:
            filters["RecordState"] = _any_of(["ARCHIVED"])
        return self._pages(filters, _BY_UPDATE, Priority.INCREMENT)

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
        asked = {"Filters": filters, "SortCriteria": order, "MaxResults": _PAGE}
        if self._budget is not None:
            self._budget(priority)
        for number, reply in enumerate(self._gateway.pages(self._seat, "GetFindings", asked), 1):
            yield page_of(reply, number, seat=self._seat, now=self._now())
            if self._budget is not None and reply.get("NextToken"):
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
    """When AWS answered, by its own Date header; by our clock where that is missing or far off. Naive UTC."""
    ours = now.astimezone(dt.UTC).replace(tzinfo=None)
    text = reply.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date", "")
    try:
        theirs = parsedate_to_datetime(text).astimezone(dt.UTC).replace(tzinfo=None)
    except (TypeError, ValueError):
        return ours
    return theirs if abs(theirs - ours) <= _SKEW else ours


def _any_of(values: Sequence[str]) -> list[dict[str, str]]:
    return [{"Value": value, "Comparison": "EQUALS"} for value in values]


def _stamp(at: dt.datetime) -> str:
    naive = at if at.tzinfo is None else at.astimezone(dt.UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='milliseconds')}Z"
