"""A waiver that is to be approved, an emulated instance on loopback, and records of ours in it."""

import contextlib
import datetime as dt
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from connectors.scripted_server import Clock
from hubposture.connectors.servicenow import (
    Basic,
    Meaning,
    RecordShape,
    ServiceNowRecords,
    SignIn,
    Value,
    servicenow_http,
)
from hubposture.connectors.servicenow.shape import catalog_item, change_request, policy_exception
from hubposture.model.controls import control_id
from hubposture.ports.waivers import Request, RequestState
from hubposture.sandbox.remote.servicenow import PASSWORD, USER, ServiceNow
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer
from hubposture.sandbox.remote.servicenow_world import Row
from hubposture.waivers.standing import Verdict
from hubposture.waivers.waiver import Criteria, Waiver, WaiverType

KIM, LEE, MAX = "kim@example.com", "lee@example.com", "max@example.com"
BERLIN = ZoneInfo("Europe/Berlin")
PREVIEW = "Excuses 2 findings of S3.2 and S3.8, both of them public web sites."
SUBJECTS = """# W-2026-014
accounts: 111122223333
111122223333 eu-central-1 s3.2 arn:aws:s3:::acme-public-site-a
111122223333 us-east-1 s3.8 arn:aws:s3:::acme-public-site-b
"""

WAIVER = Waiver(
    id="W-2026-014",
    criteria=Criteria(
        controls=(control_id("s3.2"), control_id("s3.8")),
        resources=("arn:aws:s3:::acme-public-site-*",),
        accounts=("111122223333",),
        tags=(("site", "public*"),),
    ),
    type=WaiverType.BY_DESIGN,
    reason="Static web site, public on purpose",
    owner="team-web",
    requested_by=KIM,
    valid_from=dt.date(2026, 11, 2),
    expires=dt.date(2027, 5, 1),
    risk_owner=LEE,
)
REQUEST = Request(
    id="01KAS4Y7ZQ3W5V8M2N6P9R1T4X",
    waiver=WAIVER.id,
    digest="sha256:" + "ab12" * 16,
    system="servicenow",
    state=RequestState.SENDING,
    asked_by=KIM,
    asked_at=dt.datetime(2026, 11, 2, 9),
    until=dt.date(2027, 5, 1),
    subjects=SUBJECTS,
)

OWN = RecordShape(
    table="u_waiver_request",
    fields={
        Value.REQUEST_ID: "u_key",
        Value.TITLE: "u_title",
        Value.PREVIEW: "u_text",
        Value.DIGEST: "u_digest",
        Value.UNTIL: "u_until",
    },
    meanings=(
        Meaning("u_state", "granted", Verdict.APPROVED),
        Meaning("u_state", "refused", Verdict.REJECTED),
        Meaning("u_state", "to be changed", Verdict.CHANGES_REQUESTED),
        Meaning("u_state", "taken back", Verdict.WITHDRAWN),
        Meaning("u_state", "asked", None),
    ),
    granted="u_until",
)
"""A table of the instance's own that is no task."""

KINDS = ("policy exception", "catalog item", "change request", "own table")


class Killed(BaseException):
    """The process dies."""


class _Way(httpx.BaseTransport):
    """A way to the instance."""

    def __init__(self) -> None:
        self._inner = httpx.HTTPTransport(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._inner.handle_request(request)
        response.read()
        return response

    def close(self) -> None:
        self._inner.close()


class Dying(_Way):
    """A way on which the process dies once so many requests were answered: before it hears the next answer."""

    def __init__(self, *, after: int) -> None:
        super().__init__()
        self._left = after

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        self._left -= 1
        if self._left < 0:
            raise Killed
        return response


class GoneAfterMaking(_Way):
    """A way that is cut for good by the first answer to a POST."""

    _is_gone = False

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._is_gone:
            raise httpx.ConnectError("gone")
        response = super().handle_request(request)
        self._is_gone = request.method == "POST"
        if self._is_gone:
            raise httpx.ReadError("gone")
        return response


@dataclass
class World:
    """An instance, and records of one shape in it. `clock` is that of the client and of the instance's tokens."""

    instance: ServiceNow
    server: ServiceNowServer
    shape: RecordShape
    clock: Clock = field(default_factory=Clock)
    sign_in: SignIn = field(default_factory=lambda: Basic(USER, PASSWORD))
    opened: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def records(self, transport: httpx.BaseTransport | None = None, **changes: Any) -> ServiceNowRecords:
        """Records of ours as a new process sees them: it remembers nothing. `changes` are those of the shape."""
        http = servicenow_http(
            self.server.url, self.sign_in, clock=self.clock, sleep=self.clock.sleep, transport=transport
        )
        self.opened.enter_context(http)
        return ServiceNowRecords(http, replace(self.shape, **changes))

    def rows(self) -> list[Row]:
        """The records that exist."""
        return self.instance.records(self.shape.table)

    def the_row(self) -> Mapping[str, str]:
        """The only record that exists."""
        (row,) = self.rows()
        return row

    def asked(self) -> Request:
        """The request once its record was made."""
        asked = self.records().ask(WAIVER, REQUEST, text=PREVIEW)
        return replace(REQUEST, state=RequestState.ASKED, number=asked.number, record=asked.record)


@contextlib.contextmanager
def world(kind: str) -> Iterator[World]:
    """An instance with three people, in which lee and max approve."""
    clock = Clock()
    instance = ServiceNow(seconds=clock)
    for email in (KIM, LEE, MAX):
        instance.flow.user(email)
    instance.flow.approvers += [LEE, MAX]
    with ServiceNowServer(instance) as server, contextlib.ExitStack() as opened:
        yield World(instance, server, shape_of(kind, instance), clock=clock, opened=opened)


def shape_of(kind: str, instance: ServiceNow) -> RecordShape:
    """The shape of a kind; for the catalog an item is made."""
    match kind:
        case "policy exception":
            return policy_exception()
        case "change request":
            return replace(change_request(), zone=BERLIN)
        case "own table":
            return OWN
        case _:
            variables = {value.value: value is Value.REASON for value in Value if value is not Value.TITLE}
            return catalog_item(instance.add_item("Security Hub waiver", variables))


def variables(place: World) -> dict[str, str]:
    """What an item was ordered with."""
    names = {row["sys_id"]: row["name"] for row in place.instance.records("item_option_new")}
    return {names[row["item_option_new"]]: row["value"] for row in place.instance.records("sc_item_option")}
