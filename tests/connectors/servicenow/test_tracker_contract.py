"""The contract of trackers, at the emulated instance, and at a real one where the environment names it.

docs/servicenow.md says which variables. Tickets that are made in a real instance stay there, closed.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

import loopback
from connectors.servicenow.test_contract import _PREFIX, _REAL, _given, _sign_in
from connectors.servicenow.ticket_world import KINDS, ticket_world
from connectors.tracker_contract import Bench, TrackerContract
from hubposture.connectors.http import Http
from hubposture.connectors.servicenow import ServiceNowTracker, TicketShape, servicenow_http, ticket_shape_of
from hubposture.connectors.servicenow.tables import Condition, Tables
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.work.ticket import Outcome, Route, Seen


class TestTickets(TrackerContract):
    """Incidents, tasks of a table of the instance's own, and a real instance where one is named."""

    @pytest.fixture(params=[*KINDS, *_REAL])
    def bench(self, request: pytest.FixtureRequest, socket_guard: loopback.Guard) -> Iterator[Bench]:
        if request.param == "a real instance":
            yield from _real(socket_guard)
            return
        with ticket_world(request.param) as desk:
            desk.switches.closed_is_final = False

            def comments(id_: str) -> int:
                (number,) = (row["number"] for row in desk.rows() if row["sys_id"] == id_)
                return len(desk.desk.said(number))

            http = servicenow_http(desk.server.url, desk.sign_in, clock=desk.clock, sleep=desk.clock.sleep)
            desk.opened.enter_context(http)
            double = _double(http, desk.shape, lambda: ServiceNowTracker(http, desk.shape))
            yield Bench(desk.tracker, desk.draft().route, comments, lambda: None, label="", double=double)


def _real(socket_guard: loopback.Guard) -> Iterator[Bench]:
    url = os.environ[f"{_PREFIX}URL"]
    socket_guard.allow(url)
    constants = tuple(one for one in _given("CONSTANTS").split(",") if one)
    shape = ticket_shape_of(TrackerServiceNow(table=_given("TABLE") or "incident", constants=constants), "servicenow")
    with servicenow_http(url, _sign_in(), clock=time.monotonic, sleep=time.sleep) as http:
        shape = replace(shape, url=url)

        def fresh() -> ServiceNowTracker:
            return ServiceNowTracker(http, shape)

        def comments(id_: str) -> int:
            by_id = (Condition("sys_id", (id_,)),)
            (row,) = Tables(http).rows(shape.table, by_id, (shape.comment,), journals=(shape.comment,))
            return row[shape.comment].count("(hubposture ")

        route = Route("web", "servicenow", shape.table, group=_given("GROUP"))
        bench = Bench(fresh, route, comments, lambda: None, label="", double=_double(http, shape, fresh))
        yield bench
        for seen in bench.made:
            fresh().close(seen.id, Outcome.GONE, route)


def _double(http: Http, shape: TicketShape, fresh: Callable[[], ServiceNowTracker]) -> Callable[[Seen], Seen]:
    """Makes a second record with the key of one, as somebody who copies it does; a moment later, as there are seconds."""

    def double(seen: Seen) -> Seen:
        http.sleep(1)
        row = Tables(http).create(shape.table, {**shape.constants, shape.key: seen.keys[0], shape.title: seen.title})
        found = fresh().read([row["sys_id"]])[row["sys_id"]]
        assert isinstance(found, Seen)
        return found

    return double
