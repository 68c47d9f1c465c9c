"""The contract of trackers, at the emulated Jiras, and at a real site where the environment names one.

HUBPOSTURE_JIRA_URL, _USER, _TOKEN and _PROJECT name a site and a project that tests may fill with tickets; _KIND is cloud or
data-center, _TYPE the type of issues (Task). The tickets stay there, closed.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import loopback
from connectors.jira.jira_place import LABEL, Place
from connectors.tracker_contract import Bench, TrackerContract
from contracts import validator
from hubposture.connectors.jira import JiraTracker, jira_http, jira_site
from hubposture.settings.jira import JiraKind, JiraSettings
from hubposture.work.ticket import Outcome, Route

_INDEX_SECONDS = 20


def _route(place: str) -> Route:
    return Route("shop", "acme", place)


class TestEmulated(TrackerContract):
    """Cloud and Data Center, in projects with the simplest and with the longest workflow."""

    @pytest.fixture(params=["SHOP", "DATA"])
    def bench(self, at: Place, request: pytest.FixtureRequest, shared_contracts: Path) -> Iterator[Bench]:
        def comments(id_: str) -> int:
            issue = at.jira.find(id_)
            return len(issue.comments) if issue else 0

        def settle() -> None:
            at.jira.advance(seconds=120)

        at.jira.index_lag_seconds = 60
        at.jira.advance(seconds=120)
        yield Bench(at.tracker, _route(request.param), comments, settle, label=LABEL)
        if at.kind == "cloud":
            unknown = at.traffic.check(validator(shared_contracts / "jira-cloud-v3.openapi.json"))
            assert set(unknown) <= {"GET /rest/api/3/issueLinkType", "GET /rest/api/3/mypermissions"}


class TestReal(TrackerContract):
    """A site of your own; without one this is not collected."""

    __test__ = "HUBPOSTURE_JIRA_URL" in os.environ

    @pytest.fixture
    def bench(self, socket_guard: loopback.Guard) -> Iterator[Bench]:
        given = {name: os.environ.get(f"HUBPOSTURE_JIRA_{name}", "") for name in ("URL", "USER", "TOKEN", "PROJECT")}
        if not (given["URL"] and given["TOKEN"] and given["PROJECT"]):
            pytest.skip("HUBPOSTURE_JIRA_URL, _USER, _TOKEN and _PROJECT name no site")
        socket_guard.allow(given["URL"])
        settings = JiraSettings(
            url=given["URL"],
            kind=JiraKind(os.environ.get("HUBPOSTURE_JIRA_KIND", "cloud")),
            user=given["USER"],
            token="env:HUBPOSTURE_JIRA_TOKEN",
            issue_type=os.environ.get("HUBPOSTURE_JIRA_TYPE", "Task"),
        )
        with jira_http(settings, lambda _: given["TOKEN"], clock=time.monotonic, sleep=time.sleep) as http:
            api = "/rest/api/3" if settings.kind is JiraKind.CLOUD else "/rest/api/2"

            def fresh() -> JiraTracker:
                return jira_site("acme", settings, http, label=LABEL)

            def comments(id_: str) -> int:
                return int(http.request("GET", f"{api}/issue/{id_}/comment", repeatable=True).body["total"])

            bench = Bench(fresh, _route(given["PROJECT"]), comments, lambda: time.sleep(_INDEX_SECONDS), label=LABEL)
            yield bench
            for seen in bench.made:
                fresh().close(seen.id, Outcome.GONE, bench.route)
