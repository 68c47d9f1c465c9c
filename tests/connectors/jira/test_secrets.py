"""No secret is ever repeated, whatever a site answers."""

import base64
import datetime as dt
import json
from collections.abc import Callable

import pytest

from connectors.jira.jira_place import NOTE, draft
from connectors.scripted_server import Clock, Say, ScriptedServer
from hubposture.connectors.jira import JiraTracker, jira_http, jira_site
from hubposture.errors import HubpostureError
from hubposture.settings.jira import JiraSettings
from hubposture.work.ticket import Outcome, Route

TOKEN = "planted-t0ken-91c2"
PAIR = base64.b64encode(f"hub@example.com:{TOKEN}".encode()).decode()
ROUTE = Route("shop", "acme", "SHOP", parent="SHOP-1", assignee="kim@example.com")
ECHO = json.dumps(
    {
        "errorMessages": [f"Basic {PAIR} is not taken", TOKEN, f"Bearer {TOKEN}"],
        "errors": {TOKEN: f"hub@example.com:{TOKEN}", "summary": TOKEN},
        "message": TOKEN,
    }
).encode()
ISSUE = json.dumps(
    {"id": "7", "fields": {"status": {"id": "1", "name": "To Do"}, "comments": []}, "comments": []}
).encode()

ASKS: tuple[Callable[[JiraTracker], object], ...] = (
    lambda one: one.read(["7"]),
    lambda one: one.find([draft().key]),
    lambda one: one.changed(dt.datetime(2026, 11, 1)),
    lambda one: one.query("project = SHOP"),
    lambda one: one.create([draft()]),
    lambda one: one.update("7", draft(1, parent="SHOP-1")),
    lambda one: one.comment("7", NOTE, mark="m"),
    lambda one: one.close("7", Outcome.FIXED, ROUTE),
    lambda one: one.reopen("7", ROUTE),
    lambda one: one.link("7", "8", is_duplicate=True),
    lambda one: one.check([ROUTE]),
    lambda one: one.test_ticket(ROUTE),
)


def said(ask: Callable[[JiraTracker], object], tracker: JiraTracker) -> str:
    try:
        return repr(ask(tracker))
    except HubpostureError as error:
        return f"{error!r} {error.__context__!r} {error.__cause__!r}"


@pytest.mark.parametrize("kind", ["cloud", "data-center"])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 409, 429, 500])
def test_a_token_that_comes_back_in_an_answer_is_not_repeated(kind: str, status: int) -> None:
    for is_first_good in (False, True):
        script = ([Say(body=ISSUE)] if is_first_good else []) + [Say(status, ECHO)]
        for ask in ASKS:
            with ScriptedServer(*script) as server:
                given = {"url": server.url, "kind": kind, "user": "hub@example.com", "token": "env:JIRA"}
                settings, clock = JiraSettings.model_validate_json(json.dumps(given)), Clock()
                with jira_http(settings, lambda _: TOKEN, clock=clock, sleep=clock.sleep) as http:
                    found = said(ask, jira_site("acme", settings, http, label="security-hub"))
            assert TOKEN not in found
            assert kind != "cloud" or PAIR not in found


def test_another_host_is_never_followed() -> None:
    with ScriptedServer(Say(302, b"", {"location": "http://127.0.0.1:9/evil"})) as server:
        given = {"url": server.url, "user": "hub@example.com", "token": "env:JIRA"}
        settings, clock = JiraSettings.model_validate_json(json.dumps(given)), Clock()
        with jira_http(settings, lambda _: TOKEN, clock=clock, sleep=clock.sleep) as http:
            found = said(ASKS[-2], jira_site("acme", settings, http))
    assert "another host" in found
    assert TOKEN not in found


def test_a_page_for_people_in_place_of_an_answer_does_nothing_and_makes_no_issue_gone() -> None:
    page = b"<html><body>Maintenance in progress.</body></html>"
    for status in (200, 404):
        with ScriptedServer(Say(body=ISSUE), Say(status, page, {"content-type": "text/html"})) as server:
            given = {"url": server.url, "user": "hub@example.com", "token": "env:JIRA", "kind": "data-center"}
            settings, clock = JiraSettings.model_validate_json(json.dumps(given)), Clock()
            with jira_http(settings, lambda _: TOKEN, clock=clock, sleep=clock.sleep) as http:
                site = jira_site("acme", settings, http)
                assert site.comment("7", NOTE, mark="m").error
                assert site.update("7", draft()).error
                try:
                    found = site.read(["7"])
                except HubpostureError:
                    found = {}
                assert not found
