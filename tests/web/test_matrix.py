"""Who gets what: every route, every shipped role, inside and outside of their scope."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from web.changes_world import FIRST, SECOND
from web.matrix_world import OUTSIDE, ROLES, SCOPED, World, matrix, subjects, text_of

#            reader, account-owner, analyst, ou-administrator, risk-approver, administrator
ALL = "200 200 200 200 200 200"
SEEN = "200 404 200 404 200 200"  # outside of the scope of two of them
TAKEN_OUT = "403 200 200 200 200 200"
WHOLE = "200 403 200 403 200 200"  # those who see the organization as a whole
PROPOSE = "403 200 200 200 403 200"
ADMINISTER = "403 403 403 403 403 200"
NOT_HERE = "404 404 404 404 404 404"  # of a service that people sign in to; tests/web/test_sign_in.py asks those
WRONG = "422 422 422 422 422 422"
DONE = "303 303 303 303 303 303"
ALFA, ZULU = subjects("alfa")[1], subjects("zulu")[1]


@dataclass(frozen=True)
class Line:
    """A route with what it is asked and answers: statuses in the order of ROLES, inside of everybody's scope, and outside; who has `-` is not asked.

    A page that is about no thing has no `outside`: then only what it says must be theirs.
    """

    route: str
    path: str
    inside: str
    outside: tuple[str, str] | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


LINES = (
    Line("GET /", "/", ALL),
    Line("GET /findings", "/findings?filter=s3.8&view=list", ALL, (f"/findings?filter=account%3D{SECOND}&view=list", ALL)),
    Line("GET /findings.csv", "/findings.csv", TAKEN_OUT),
    Line("GET /findings.xlsx", "/findings.xlsx", TAKEN_OUT),
    Line("GET /accounts", "/accounts", ALL),
    Line("GET /controls", "/controls", ALL),
    Line("GET /waivers", "/waivers", ALL),
    Line("GET /tickets", "/tickets", ALL),
    *(
        Line(f"GET /{name}.{kind}", f"/{name}.{kind}", TAKEN_OUT)
        for name in ("accounts", "ous", "controls", "waivers", "tickets")
        for kind in ("csv", "xlsx")
    ),
    Line("GET /filters", "/filters", ALL),
    Line("GET /controls/inbox", "/controls/inbox", ALL),
    Line("GET /controls/{control}/explain", f"/controls/s3.8/explain?account={FIRST}&region=eu-central-1", ALL,
         (f"/controls/s3.8/explain?account={SECOND}&region=eu-central-1", "200 400 200 400 200 200")),
    Line("GET /controls/{control}/propose", "/controls/s3.8/propose", ALL),
    Line("GET /controls/{control:path}", "/controls/s3.8", ALL, ("/controls/iam.6", ALL)),
    Line("GET /changes", "/changes", ALL),
    Line("GET /changes/runs", "/changes/runs", ALL),
    Line("GET /changes/runs/{run}", "/changes/runs/none", NOT_HERE),
    Line("GET /changes/{name}", "/changes/none", NOT_HERE),
    Line("GET /waivers/requests", "/waivers/requests", ALL),
    Line("GET /waivers/requests/{id_}", "/waivers/requests/none", NOT_HERE),
    Line("GET /waivers/requests/{id_}/edit", "/waivers/requests/none/edit", NOT_HERE),
    Line("GET /waivers/new", f"/waivers/new?subject={ALFA}", ALL, (f"/waivers/new?subject={ZULU}", ALL)),
    Line("GET /waivers/calendar", "/waivers/calendar", ALL),
    Line("GET /waivers/suppress", f"/waivers/suppress?subject={ALFA}", ALL, (f"/waivers/suppress?subject={ZULU}", SEEN)),
    Line("GET /waivers/{name:path}", "/waivers/W-alfa", ALL, ("/waivers/W-zulu", SEEN)),
    Line("GET /findings/{subject:path}", f"/findings/{ALFA}", ALL, (f"/findings/{ZULU}", SEEN)),
    Line("GET /accounts/{number:path}", f"/accounts/{FIRST}", ALL, (f"/accounts/{SECOND}", SEEN)),
    Line("GET /tickets/{key:path}", "/tickets/shub-alfa", ALL, ("/tickets/shub-zulu", SEEN)),
    Line("GET /health", "/health", ALL),
    Line("GET /ready", "/ready", ALL),
    Line("GET /metrics", "/metrics", ADMINISTER),
    Line("GET /ous", "/ous", ALL),
    Line("GET /ous/{path:path}", "/ous/Workloads", ALL, ("/ous/Data", SEEN)),
    Line("GET /outside", "/outside", ALL),
    Line("GET /audit", "/audit", ADMINISTER),
    Line("GET /audit.ndjson", "/audit.ndjson", ADMINISTER),
    Line("GET /audit.csv", "/audit.csv", ADMINISTER),
    Line("GET /reports", "/reports", ALL),
    Line("GET /reports/evidence/{name}.zip", "/reports/evidence/none.zip", "403 403 404 403 404 404"),
    Line("GET /reports/{week}/report.{kind}", "/reports/2026-W49/report.csv", TAKEN_OUT),
    Line("GET /reports/{week}", "/reports/2026-W49", ALL),
    *(Line(f"GET {path}", path, NOT_HERE) for path in ("/sign-in", "/sign-in/start", "/sign-in/back")),
    Line("GET /operations", "/operations", ALL),
    Line("POST /operations/check", "/operations/check", "403 403 403 403 403 200"),
    Line("GET /me", "/me", ALL),
    Line("GET /zone", "/zone", ALL),
    Line("GET /static/{name}", "/static/hubposture.css", ALL),
    Line("POST /waivers/requests/{id_}", "/waivers/requests/none", NOT_HERE),
    Line("POST /waivers/requests/{id_}/edit", "/waivers/requests/none/edit", NOT_HERE),
    Line("POST /waivers/new", "/waivers/new", ALL),
    Line("POST /waivers/suppress", "/waivers/suppress", "422 422 422 303 422 422", fields={"subject": ALFA, "days": "7", "reason": "Being mended"}),
    Line("POST /waivers/{name}/extend", "/waivers/W-alfa/extend", WRONG, ("/waivers/W-zulu/extend", "422 400 422 400 422 422")),
    Line("POST /waivers/{name}/revoke", "/waivers/W-alfa/revoke", WRONG, ("/waivers/W-zulu/revoke", "422 400 422 400 422 422")),
    Line("POST /findings/{subject:path}/history", "/findings/none/history", NOT_HERE,
         (f"/findings/{ZULU}/history", "- 404 - 404 - -")),
    Line("POST /filters/save", "/filters/save", WRONG),
    Line("POST /filters/delete", "/filters/delete", NOT_HERE),
    *(Line(f"POST {path}", path, NOT_HERE) for path in ("/sign-out", "/me/sessions", "/me/tokens", "/me/tokens/revoke")),
    Line("POST /zone", "/zone", DONE),
    Line("POST /controls/{control}/propose", "/controls/s3.8/propose", "403 403 200 403 403 200"),
    Line("POST /changes/{name}/withdraw", "/changes/none/withdraw", NOT_HERE),
    Line("POST /changes/{name}/push", "/changes/none/push", NOT_HERE),
    Line("POST /reports", "/reports", DONE, fields={"week": "2026-W49", "of": "account", "key": FIRST}),
    Line("POST /reports/evidence", "/reports/evidence", "403 403 422 403 422 422"),
    Line("GET /api", "/api", ALL),
    Line("GET /api/openapi.json", "/api/openapi.json", ALL),
    *(Line(f"GET /api/v1/{name}", f"/api/v1/{name}", ALL) for name in ("me", "posture", "movement", "trend", "filters")),
    Line("GET /api/v1/posture/{dimension}", "/api/v1/posture/account", ALL),
    Line("GET /api/v1/findings", "/api/v1/findings", ALL, (f"/api/v1/findings?filter=account%3D{SECOND}", ALL)),
    Line("GET /api/v1/findings/groups", "/api/v1/findings/groups", ALL),
    Line("GET /api/v1/findings/count", "/api/v1/findings/count", ALL),
    Line("GET /api/v1/findings/{subject}", f"/api/v1/findings/{ALFA}", ALL, (f"/api/v1/findings/{ZULU}", SEEN)),
    Line("POST /api/v1/filters", "/api/v1/filters", WRONG),
    Line("PUT /api/v1/filters/{name}", "/api/v1/filters/none", WRONG),
    Line("DELETE /api/v1/filters/{name}", "/api/v1/filters/none", NOT_HERE),
    Line("GET /api/v1/accounts", "/api/v1/accounts", ALL),
    Line("GET /api/v1/accounts/{number}", f"/api/v1/accounts/{FIRST}", ALL, (f"/api/v1/accounts/{SECOND}", SEEN)),
    Line("GET /api/v1/ous", "/api/v1/ous", ALL),
    Line("GET /api/v1/ous/{path:path}", "/api/v1/ous/Workloads", ALL, ("/api/v1/ous/Data", SEEN)),
    Line("GET /api/v1/controls", "/api/v1/controls", ALL),
    Line("GET /api/v1/controls/{control}", "/api/v1/controls/s3.8", ALL),
    Line("GET /api/v1/waivers", "/api/v1/waivers", ALL),
    Line("GET /api/v1/waivers/{name}", "/api/v1/waivers/W-alfa", ALL, ("/api/v1/waivers/W-zulu", SEEN)),
    Line("GET /api/v1/tickets", "/api/v1/tickets", ALL),
    Line("GET /api/v1/tickets/{key}", "/api/v1/tickets/shub-alfa", ALL, ("/api/v1/tickets/shub-zulu", SEEN)),
    Line("GET /api/v1/reports", "/api/v1/reports", WHOLE),
    *(Line(f"GET /api/v1/{name}", f"/api/v1/{name}", ADMINISTER) for name in ("runs", "jobs", "audit")),
    Line("GET /api/v1/controls/inbox", "/api/v1/controls/inbox", ALL),
    Line("GET /api/v1/controls/{control}/explanation", f"/api/v1/controls/s3.8/explanation?account={FIRST}&region=eu-central-1",
         ALL, (f"/api/v1/controls/s3.8/explanation?account={SECOND}&region=eu-central-1", "200 422 200 422 200 200")),
    Line("POST /api/v1/controls/{control}/proposals", "/api/v1/controls/s3.8/proposals", WRONG),
    Line("GET /api/v1/changes", "/api/v1/changes", ALL),
    Line("GET /api/v1/changes/{id}", "/api/v1/changes/none", NOT_HERE),
    Line("POST /api/v1/changes/{id}/withdrawal", "/api/v1/changes/none/withdrawal", NOT_HERE),
    Line("GET /api/v1/applies", "/api/v1/applies", ALL),
    Line("GET /api/v1/applies/{id}", "/api/v1/applies/none", NOT_HERE),
    Line("GET /api/v1/outside", "/api/v1/outside", ALL),
    Line("POST /api/v1/findings/{subject}/history", f"/api/v1/findings/{'0' * 32}/history", NOT_HERE,
         (f"/api/v1/findings/{ZULU}/history", "- 404 - 404 - -")),
    Line("GET /api/v1/tokens", "/api/v1/tokens", ALL),
    Line("GET /api/v1/waiver-requests", "/api/v1/waiver-requests", ALL),
    Line("POST /api/v1/waiver-requests", "/api/v1/waiver-requests", WRONG),
    Line("GET /api/v1/waiver-requests/{id}", "/api/v1/waiver-requests/none", NOT_HERE),
    Line("POST /api/v1/waiver-requests/{id}/decision", "/api/v1/waiver-requests/none/decision", WRONG),
    Line("POST /api/v1/waivers/{name}/extension", "/api/v1/waivers/W-alfa/extension", WRONG,
         ("/api/v1/waivers/W-zulu/extension", WRONG)),
    Line("POST /api/v1/waivers/{name}/revocation", "/api/v1/waivers/W-alfa/revocation", WRONG,
         ("/api/v1/waivers/W-zulu/revocation", WRONG)),
)  # fmt: skip
HOW = (
    'one line: Line("METHOD /route", "/what/is/asked", ALL), with a thing outside of their scope where it is about one'
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with matrix(tmp_path_factory.mktemp("matrix")) as made:
        yield made


def routes(app: FastAPI, prefix: str = "") -> Iterator[str]:
    """Every route of an application and of those that are mounted in it."""
    for one in app.routes:
        if isinstance(one, APIRoute):
            yield from (f"{method} {prefix}{one.path}" for method in sorted((one.methods or set()) - {"HEAD"}))
        else:
            assert isinstance(one, Mount), f"{one} is neither a route nor an application"
            assert isinstance(one.app, FastAPI)
            yield from routes(one.app, f"{prefix}{one.path}")


def told(line: Line, path: str, wanted: str, world: World) -> str:
    """The statuses of everybody's answers; none of those who have a scope may be told of anything outside of it."""
    found = []
    for role, status in zip(ROLES, wanted.split(), strict=True):
        if status == "-":
            found.append(status)
            continue
        method, _, route = line.route.partition(" ")
        answer = world.people[role].ask(method, path, line.fields, is_api=route.startswith("/api/"))
        found.append(str(answer.status_code))
        if role in SCOPED:
            unsaid(role, path, answer)
    return " ".join(found)


def unsaid(role: str, path: str, answer: Any) -> None:
    said = text_of(answer)
    for mark in OUTSIDE:
        known = mark in path or mark.strip("/") in path.split("/")  # what somebody wrote is said back to them
        assert known or mark not in said, f"{role} is told of {mark} by {path}: {around(said, mark)}"


def around(said: str, mark: str) -> str:
    at = said.index(mark)
    return said[max(0, at - 200) : at + 100]


def test_every_route_has_a_line_here(world: World) -> None:
    there, known = set(routes(world.app)), {line.route for line in LINES}
    assert sorted(there - known) == [], f"give each of these routes {HOW}"
    assert sorted(known - there) == [], "these routes are gone: take their lines away"


@pytest.mark.parametrize("line", LINES, ids=[line.route for line in LINES])
def test_everybody_gets_what_the_shipped_rules_give_them(line: Line, world: World) -> None:
    assert told(line, line.path, line.inside, world) == line.inside
    if line.outside is not None:
        path, statuses = line.outside
        assert told(line, path, statuses, world) == statuses


def test_what_is_refused_names_the_rule_or_that_none_permits_it(world: World) -> None:
    refused = [
        (line, role)
        for line in LINES
        for role, status in zip(ROLES, line.inside.split(), strict=True)
        if status == "403"
    ]
    for line, role in refused:
        method, _, route = line.route.partition(" ")
        said = text_of(world.people[role].ask(method, line.path, line.fields, is_api=route.startswith("/api/")))
        assert re.search(r"may not|are for those who", said), (line.route, role, said[-600:])


@pytest.mark.parametrize("path", ["/findings?view=list", "/tickets", "/waivers", "/accounts", "/ous", "/"])
def test_what_is_hidden_from_some_is_there_for_the_others(path: str, world: World) -> None:
    marks = {"/accounts": SECOND, "/ous": "/Data", "/": "/Data"}
    for role in ROLES:
        said = text_of(world.people[role].ask("GET", path, {}, is_api=False))
        assert (marks.get(path, "zulu") in said) == (role not in SCOPED), (role, path)
