"""What tickets cost in calls: made, changed, closed and opened again, beside the least that each tracker's API allows."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from math import ceil

from hubposture.connectors.http import Patience
from hubposture.connectors.jira.configured import dialect_of, jira_http, shape_of
from hubposture.connectors.jira.site import JiraTracker
from hubposture.connectors.servicenow import Basic, ServiceNowTracker, servicenow_http, ticket_shape_of
from hubposture.ports.tracker import Tracker
from hubposture.sandbox.remote import jira as emulated
from hubposture.sandbox.remote import servicenow as emulated_servicenow
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.sandbox.remote.servicenow import ServiceNow
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer
from hubposture.settings.jira import JiraKind, JiraSettings
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.work.body import Body, paragraph
from hubposture.work.ticket import Draft, Outcome, Route

_TICKETS, _CHANGED, _CLOSED, _OPENED = 200, 50, 50, 20
_AT_ONCE, _READ_AT_ONCE = 50, 100
_NOTE = Body((paragraph("It passes."),))


@dataclass
class _Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def calls(kind: str) -> str:
    """Calls of 200 tickets: all made, 50 changed, 50 commented and closed, 20 opened again, all read and looked up."""
    with _tracker(kind) as (tracker, route):
        drafts = [_draft(number, route) for number in range(_TICKETS)]
        steps: dict[str, tuple[int, int]] = {}
        for what, least, do in _work(tracker, drafts, kind):
            before = sum(tracker.calls.values())
            do()
            steps[what] = (sum(tracker.calls.values()) - before, least)
    used, least = (sum(pair[place] for pair in steps.values()) for place in (0, 1))
    told = ", ".join(f"{what} {made} (at least {few})" for what, (made, few) in steps.items())
    return f"{used / least:.2f} x: {used} calls (at least {least}): {told}"


def _work(tracker: Tracker, drafts: list[Draft], kind: str) -> Iterator[tuple[str, int, Callable[[], None]]]:
    """What is done, the fewest calls with which the API lets it be done, and the doing.

    The fewest are those of the changes alone, by who knows everything and never fails. Ours are more on purpose: a comment
    is looked for before it is written, a ticket is looked at before it is walked, and what ServiceNow says to have written
    is read.
    """
    is_bulk = kind != "servicenow"
    ids: list[str] = []

    def make() -> None:
        made = tracker.create(drafts)
        ids.extend(one.seen.id for one in made.values() if one.seen is not None)
        assert len(ids) == len(drafts)

    def every(some: Iterable[int], do: Callable[[int], str]) -> None:
        for number in some:
            wrong = do(number)
            assert not wrong, wrong

    changed = [replace(one, title=f"{one.title}, and more") for one in drafts]
    route = drafts[0].route
    closed = range(_CHANGED, _CHANGED + _CLOSED)
    reads = ceil(_TICKETS / _READ_AT_ONCE) if is_bulk else ceil(_TICKETS / _AT_ONCE)
    bulk = ceil(_TICKETS / _AT_ONCE)
    yield "made", bulk if is_bulk else _TICKETS, make
    yield "changed", _CHANGED, lambda: every(range(_CHANGED), lambda at: tracker.update(ids[at], changed[at]).error)
    yield (
        "commented", _CLOSED, lambda: every(closed, lambda at: tracker.comment(ids[at], _NOTE, mark="closed").error)
    )  # fmt: skip
    yield "closed", _CLOSED, lambda: every(closed, lambda at: tracker.close(ids[at], Outcome.FIXED, route).error)
    again = list(closed)[:_OPENED]
    yield "opened again", _OPENED, lambda: every(again, lambda at: tracker.reopen(ids[at], route).error)
    yield "read", reads, lambda: _all(tracker.read(ids))
    yield "looked up", bulk, lambda: _all(tracker.find([one.key for one in drafts]))


def _all(found: Mapping[str, object]) -> None:
    assert len(found) == _TICKETS


def _draft(number: int, route: Route) -> Draft:
    text = Body((paragraph(f"Bucket {number} is public."),))
    return Draft(f"shub-{number:012x}", route, f"S3.8 fails for {number}", text, "HIGH", dt.date(2026, 12, 1))


@contextmanager
def _tracker(kind: str) -> Iterator[tuple[Tracker, Route]]:
    clock, patience = _Clock(), Patience()
    with ExitStack() as stack:
        if kind == "servicenow":
            instance = ServiceNow()
            instance.desk.group("Web platform")
            other = instance.tables.insert("incident", {"short_description": "A printer has no paper."})
            instance.desk.say(other["number"], "kim@example.com", "It has some now.")
            url = stack.enter_context(ServiceNowServer(instance)).url
            sign_in = Basic(emulated_servicenow.USER, emulated_servicenow.PASSWORD)
            http = stack.enter_context(servicenow_http(url, sign_in, clock=clock, sleep=clock.sleep, patience=patience))
            shape = replace(ticket_shape_of(TrackerServiceNow(), "servicenow"), url=url)
            yield ServiceNowTracker(http, shape), Route("web", "servicenow", "incident", group="Web platform")
            return
        server = stack.enter_context(JiraServer(acme(kind)))
        settings = JiraSettings(url=server.url, kind=JiraKind(kind), user=emulated.ADDRESS, token="env:JIRA")
        secret = emulated.TOKEN
        http = stack.enter_context(
            jira_http(settings, lambda _: secret, clock=clock, sleep=clock.sleep, patience=patience)
        )
        yield (
            JiraTracker(http, shape_of("acme", settings), dialect_of(settings), places=["SHOP"]),
            Route("shop", "acme", "SHOP"),
        )
