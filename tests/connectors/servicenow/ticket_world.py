"""Tickets, an emulated instance on loopback, and records of ours in it."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import httpx

from connectors.scripted_server import Clock
from hubposture.connectors.http import Patience
from hubposture.connectors.servicenow import (
    Basic,
    ServiceNowTracker,
    SignIn,
    TicketShape,
    servicenow_http,
    ticket_shape_of,
)
from hubposture.ports.tracker import Made, Wrote
from hubposture.sandbox.remote.servicenow import PASSWORD, USER, ServiceNow
from hubposture.sandbox.remote.servicenow_desk import Desk
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer
from hubposture.sandbox.remote.servicenow_switches import Switches
from hubposture.sandbox.remote.servicenow_world import Row
from hubposture.settings.tracker_servicenow import TrackerFields, TrackerServiceNow, TrackerStates
from hubposture.work.body import Body, Bullets, Heading, paragraph, text
from hubposture.work.ticket import Draft, Route, Seen

KIM, LEE = "kim@example.com", "lee@example.com"
KEY, OTHER = "shub-0123456789ab", "shub-ba9876543210"
GROUP = "Web platform"
DONE = Wrote()

BODY = Body((Heading("What is wrong"), paragraph("Two buckets are public."), Bullets((text("acme-a"), text("acme-b")))))
NOTE = Body((paragraph("It passes since this morning."),))

KINDS = ("incident", "own table")

INCIDENT = TrackerServiceNow()
OWN = TrackerServiceNow(
    table="u_security_task",
    fields=TrackerFields(key="u_key", due="u_end"),
    states=TrackerStates(
        done=("state=3", "state=4", "state=7"),
        fixed=("state=3", "u_outcome=fixed"),
        waived=("state=4", "u_outcome=accepted"),
        gone=("state=7", "u_outcome=gone"),
        not_required=("state=7", "u_outcome=moved"),
    ),
)
"""A task table of the instance's own: other states, another field for the key, a due day that is a day."""


@dataclass
class TicketWorld:
    """An instance, and tickets in one table of it."""

    instance: ServiceNow
    server: ServiceNowServer
    shape: TicketShape
    clock: Clock = field(default_factory=Clock)
    sign_in: SignIn = field(default_factory=lambda: Basic(USER, PASSWORD))
    patience: Patience = field(default_factory=Patience)
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def tracker(self, transport: httpx.BaseTransport | None = None, **changes: Any) -> ServiceNowTracker:
        """The tracker as a new process sees it: it remembers nothing. `changes` are those of the shape."""
        http = servicenow_http(
            self.server.url,
            self.sign_in,
            clock=self.clock,
            sleep=self.clock.sleep,
            transport=transport,
            patience=self.patience,
        )
        self.opened.enter_context(http)
        return ServiceNowTracker(http, replace(self.shape, **changes))

    def draft(self, key: str = KEY, **changes: Any) -> Draft:
        """A draft for this table."""
        route = Route("web", "servicenow", self.shape.table, group=GROUP, assignee=KIM)
        draft = Draft(key, route, "S3.8 fails for 2 buckets", BODY, "HIGH", dt.date(2026, 12, 1))
        return replace(draft, **changes)

    def made(self, key: str = KEY, **changes: Any) -> Seen:
        """A ticket that was made without trouble."""
        draft = self.draft(key, **changes)
        seen = ok(self.tracker().create([draft])[key])
        self.instance.calls.clear()
        return seen

    @property
    def desk(self) -> Desk:
        """People at their desks."""
        return self.instance.desk

    @property
    def switches(self) -> Switches:
        """How the instance behaves."""
        return self.instance.switches

    def rows(self) -> list[Row]:
        """The records that exist."""
        return self.instance.records(self.shape.table)

    def the_row(self) -> Mapping[str, str]:
        """The only record that exists."""
        (row,) = self.rows()
        return row

    def close_by_hand(self, number: str) -> None:
        """A person closes a ticket for good."""
        self.desk.close(number, LEE)

    def writes(self) -> list[str]:
        """The requests that write, since calls were last cleared."""
        return [one.partition(" ")[0] for one in self.instance.calls if not one.startswith("GET ")]


@contextlib.contextmanager
def ticket_world(kind: str) -> Iterator[TicketWorld]:
    """An instance with two people and a group."""
    clock = Clock()
    instance = ServiceNow(seconds=clock)
    for email in (KIM, LEE):
        instance.flow.user(email)
    instance.desk.group(GROUP)
    settings = INCIDENT if kind == "incident" else OWN
    with ServiceNowServer(instance) as server, contextlib.ExitStack() as opened:
        shape = replace(ticket_shape_of(settings, "servicenow"), url=server.url)
        yield TicketWorld(instance, server, shape, clock=clock, opened=opened)


def ok(made: Made) -> Seen:
    """The ticket that was made, and nothing was wrong with it."""
    assert made.wrote == DONE, made.wrote.error
    assert made.seen is not None
    return made.seen
