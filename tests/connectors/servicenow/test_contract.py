"""What must hold of any instance: the emulated one, and a real one that is named by environment variables.

docs/servicenow.md says which. Records that are made in a real instance stay there, in the state in which they began.
"""

import datetime as dt
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest

import loopback
from connectors.servicenow.servicenow_world import KINDS, PREVIEW, REQUEST, WAIVER, world
from hubposture.connectors.servicenow import (
    Basic,
    Bearer,
    ClientCredentials,
    RecordShape,
    ServiceNowRecords,
    SignIn,
    servicenow_http,
)
from hubposture.connectors.servicenow.shape import catalog_item, change_request, policy_exception
from hubposture.ledger.ulid import Ulids
from hubposture.ports.approvals import ApprovalRecords
from hubposture.ports.waivers import Request
from hubposture.waivers.waiver import Waiver

_PREFIX = "HUBPOSTURE_TEST_SERVICENOW_"


@dataclass(frozen=True)
class Place:
    """Records as a new process sees them, and something to ask for that was never asked for before."""

    records: Callable[[], ApprovalRecords]
    waiver: Waiver
    request: Request


_REAL = ["a real instance"] if os.environ.get(f"{_PREFIX}URL") else []
"""An instance is somebody's own, so nothing may demand one: where none is named there is nothing to skip."""


@pytest.fixture(params=[*KINDS, *_REAL])
def place(request: pytest.FixtureRequest, socket_guard: loopback.Guard) -> Iterator[Place]:
    if request.param != "a real instance":
        with world(request.param) as found:
            yield Place(found.records, WAIVER, REQUEST)
        return
    url = os.environ[f"{_PREFIX}URL"]
    socket_guard.allow(url)
    with servicenow_http(url, _sign_in(), clock=time.monotonic, sleep=time.sleep) as http:
        now = dt.datetime.now(dt.UTC)
        fresh = replace(REQUEST, id=Ulids(lambda: now, os.urandom)(), asked_at=now.replace(tzinfo=None))
        waiver = replace(WAIVER, requested_by=_given("REQUESTER"), risk_owner="")
        yield Place(lambda: ServiceNowRecords(http, _shape()), waiver, fresh)


def _given(name: str) -> str:
    return os.environ.get(f"{_PREFIX}{name}", "")


def _sign_in() -> SignIn:
    if _given("CLIENT_ID"):
        return ClientCredentials(_given("CLIENT_ID"), _given("CLIENT_SECRET"))
    return Bearer(_given("TOKEN")) if _given("TOKEN") else Basic(_given("USER"), _given("PASSWORD"))


def _shape() -> RecordShape:
    match _given("PRESET"):
        case "policy-exception":
            return policy_exception()
        case "catalog-item":
            return catalog_item(_given("ITEM"))
        case _:
            return replace(change_request(), zone=ZoneInfo("UTC"))


def test_the_instance_has_what_the_preset_names(place: Place) -> None:
    assert [str(problem) for problem in place.records().check()] == []


def test_what_nobody_asked_for_has_no_outcome(place: Place) -> None:
    assert place.records().outcome(place.request) is None


def test_a_record_is_made_once_keeps_everything_and_waits(place: Place) -> None:
    asked = place.records().ask(place.waiver, place.request, text=PREVIEW)
    again = place.records().ask(place.waiver, place.request, text=PREVIEW)
    assert (again.number, again.record) == (asked.number, asked.record)
    assert (asked.lost, again.lost) == ({}, {})
    assert asked.number
    known = replace(place.request, number=asked.number, record=asked.record)
    for request in (known, place.request):
        found = place.records().outcome(request)
        assert found is not None
        assert (found.number, found.record, found.verdict) == (asked.number, asked.record, None)
