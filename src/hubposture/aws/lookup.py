"""CloudTrail's event history: 90 days of management events, two calls a second in each account and Region."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from hubposture.aws.gaps import aware, gap_of
from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.session import Purpose
from hubposture.errors import InputError, RemoteError
from hubposture.ports.resource_history import HubRead, Told
from hubposture.timeline.facts import Gap, Source, Why, Write
from hubposture.timeline.outside import SECURITY_HUB, Span, left_of
from hubposture.timeline.resource import Resource
from hubposture.timeline.trail import write_of_event

KEPT: Final = dt.timedelta(days=90)
_PAGE: Final = 50


class AwsLookup:
    """Implements `ports.resource_history.WriteHistory` and `HubWrites` with the reader role of each account.

    At most `most_pages` pages of 50 events are read under one name of a resource.
    """

    def __init__(self, gateway: Gateway, *, most_pages: int = 5) -> None:
        self._gateway = gateway
        self._most = most_pages

    def writes(self, resource: Resource, *, since: dt.datetime, until: dt.datetime) -> Told:
        """See `ports.resource_history`."""
        first = max(since, until - KEPT)
        found: dict[str, Write] = {}
        gaps: list[Gap] = []
        for region in resource.trail_regions:
            for name in resource.trail_names:
                try:
                    gaps += self._of_name(
                        found, Seat(resource.account, region, Purpose.READER, "cloudtrail"), name, (first, until)
                    )
                except (RemoteError, InputError) as problem:
                    gaps.append(gap_of(Source.TRAIL, problem))
                    break
        if since < first:
            what = "CloudTrail: its event history goes back 90 days; [history] source says where longer ones are"
            gaps.append(Gap(Source.TRAIL, Why.TOO_OLD, what, first))
        return Told(tuple(sorted(found.values(), key=lambda one: (one.at, one.id))), tuple(dict.fromkeys(gaps)))

    def _of_name(self, found: dict[str, Write], seat: Seat, name: str, span: Span) -> Iterator[Gap]:
        """Take in the writes under one name; a gap where there are more than are read."""
        asked = _asked("ResourceName", name, span)
        for number, page in enumerate(self._pages(seat, asked), start=1):
            events = page.get("Events") or ()
            found.update((one.id, one) for one in _writes(events))
            if number == self._most and page.get("NextToken"):
                oldest = min((aware(one["EventTime"]) for one in events if one.get("EventTime")), default=span[1])
                what = f"CloudTrail: only the newest {number * _PAGE:,} events of {name} were read"
                yield Gap(Source.TRAIL, Why.CUT, what, oldest)
                return

    def hub_writes(self, account: str, region: str, spans: Sequence[Span], *, most_calls: int) -> HubRead:
        """See `ports.resource_history`. What is read-only costs calls as well: the event history knows one filter at a time."""
        seat = Seat(account, region, Purpose.READER, "cloudtrail")
        if account == self._gateway.roles.administrator_account:
            seat = Seat(account, region, Purpose.ADMINISTRATOR, "cloudtrail")
        found: dict[str, Write] = {}
        calls, done, reached = 0, 0, None
        try:
            for done, span in enumerate(spans):
                reached = None
                for page in self._pages(seat, _asked("EventSource", SECURITY_HUB, span)):
                    calls += 1
                    events = page.get("Events") or ()
                    found.update((one.id, one) for one in _writes(events))
                    # Events of one second may be parted by the end of a page: that second is read again.
                    times = [aware(one["EventTime"]) for one in events if one.get("EventTime")]
                    reached = min(times) + dt.timedelta(seconds=1) if times else reached
                    if calls >= most_calls and page.get("NextToken"):
                        return _read(found, left_of(spans, done=done, reached=reached), calls=calls)
                if calls >= most_calls:
                    return _read(found, left_of(spans, done=done + 1, reached=None), calls=calls)
        except RemoteError as problem:
            return _read(found, left_of(spans, done=done, reached=reached), calls=calls, trouble=str(problem))
        return _read(found, (), calls=calls)

    def _pages(self, seat: Seat, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        return self._gateway.pages(seat, "LookupEvents", asked)


def _read(found: Mapping[str, Write], left: Sequence[Span], *, calls: int, trouble: str = "") -> HubRead:
    return HubRead(tuple(sorted(found.values(), key=lambda one: (one.at, one.id))), left, trouble, calls)


def _asked(key: str, value: str, span: Span) -> dict[str, Any]:
    return {
        "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
        "StartTime": span[0],
        "EndTime": span[1],
        "MaxResults": _PAGE,
    }


def _writes(events: Sequence[Mapping[str, Any]]) -> Iterator[Write]:
    for one in events:
        if str(one.get("ReadOnly", "")).lower() != "true":
            found = write_of_event(one.get("CloudTrailEvent") or "")
            if found is not None:
                yield found
