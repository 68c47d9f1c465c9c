"""What the emulated Jira Cloud takes and answers is what Atlassian's published contract says."""

from pathlib import Path
from typing import Any

import pytest

from contracts import Contract, ContractBroken, Traffic, validator
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.sandbox.remote.jira_seed import IMPACT
from sandbox.remote.jira_desk import Desk, desk, details, doc

UNKNOWN = ["GET /rest/api/3/issueLinkType", "GET /rest/api/3/priority", "GET /rest/api/3/resolution"]
"""Operations that the excerpt of the contract does not hold."""


@pytest.fixture(scope="module")
def contract(shared_contracts: Path) -> Contract:
    return validator(shared_contracts / "jira-cloud-v3.openapi.json")


def look_around(at: Desk) -> None:
    for path in (
        "/myself",
        "/serverInfo",
        "/project/SHOP",
        "/project/search",
        "/issue/createmeta/SEC/issuetypes",
        "/issue/createmeta/SEC/issuetypes/10030",
        "/priority",
        "/priority/search",
        "/field",
        "/status",
        "/resolution",
        "/issueLinkType",
        "/user/search?query=kim",
        "/user/assignable/search?project=SHOP&query=kim",
        "/project/NOPE",
        "/issue/createmeta/NOPE/issuetypes",
        "/issue/NOPE-1",
    ):
        at.client.get(path)


def make(at: Desk) -> None:
    full = details(
        labels=["shub-1"],
        description=doc("x"),
        parent={"key": "SHOP-1"},
        duedate="2026-12-01",
        priority={"name": "High"},
    )
    properties = [{"key": "hubposture", "value": {"a": [1, None]}}]
    at.ask("POST", "/issue", full | {"properties": properties, "transition": {"id": "21"}})
    at.ask("POST", "/issue", details(transition={"id": "999"}))
    secret = details("SEC", security={"name": "Everybody"})
    secret["fields"][IMPACT] = {"value": "Low"}
    at.ask("POST", "/issue/bulk", {"issueUpdates": [details(), secret, details("OLD"), details("SEC")]})
    at.ask("POST", "/issue/bulk", {"issueUpdates": [details("OLD")]})


def change(at: Desk) -> None:
    at.ask("PUT", "/issue/SHOP-2", {"update": {"labels": [{"add": "b"}]}, "fields": {"summary": "new"}})
    at.ask("PUT", "/issue/SHOP-2", {"fields": {"summary": "newer"}}, returnIssue="true")
    at.ask("PUT", "/issue/SHOP-2/assignee", {"accountId": "kim"})
    at.ask("POST", "/issue/SHOP-2/comment", {"body": doc("x"), "properties": [{"key": "m", "value": 1}]})
    at.ask("GET", "/issue/SHOP-2/comment", expand="properties", orderBy="-created")
    at.ask("PUT", "/issue/SHOP-2/comment/10001", {"body": doc("y")})
    at.ask("GET", "/issue/SHOP-2/comment/10001")
    at.ask("GET", "/issue/SHOP-2/transitions", expand="transitions.fields")
    at.ask("GET", "/issue/PLAT-1/transitions", expand="transitions.fields")
    at.walk("SHOP-2", "31")
    at.walk("SHOP-2", "999")
    at.walk("PLAT-1", "211", fields={"resolution": {"name": "Done"}})
    for value in ({"a": 1}, ["b"]):
        at.ask("PUT", "/issue/SHOP-2/properties/other", value)
    at.ask("GET", "/issue/SHOP-2/properties")
    at.ask("GET", "/issue/SHOP-2/properties/other")
    remote = {"globalId": "g", "relationship": "seen in", "object": {"title": "t", "url": "http://x/", "summary": "s"}}
    for _ in range(2):
        at.ask("POST", "/issue/SHOP-2/remotelink", remote | {"application": {"name": "hubposture"}})
    at.ask("GET", "/issue/SHOP-2/remotelink")
    at.ask("GET", "/issue/SHOP-2/remotelink", globalId="g")
    link = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": "SHOP-2"}, "outwardIssue": {"key": "SHOP-3"}}
    at.ask("POST", "/issueLink", link)


def read(at: Desk) -> None:
    at.ask("GET", "/issue/SHOP-2", expand="changelog", properties="hubposture")
    at.ask("GET", "/issue/SHOP-2", fields="summary,-status")
    at.ask(
        "POST",
        "/issue/bulkfetch",
        {"issueIdsOrKeys": ["SHOP-2", "NOPE-1"], "fields": ["*all"], "expand": ["changelog"]},
    )
    search: dict[str, Any] = {"jql": "project = SHOP", "maxResults": 1}
    page = at.ask("POST", "/search/jql", search | {"fields": ["*all"], "properties": ["hubposture"]}).json()
    at.ask("POST", "/search/jql", search | {"nextPageToken": page["nextPageToken"], "reconcileIssues": [10003]})
    at.ask("GET", "/search/jql", jql="project = SHOP", fields="summary", maxResults=2)
    at.ask("POST", "/search/jql", {"jql": "colour = red"})
    at.ask("POST", "/search/approximate-count", {"jql": "project = SHOP"})


def refuse(at: Desk) -> None:
    at.jira.deny(USER, "SHOP", Permission.EDIT, Permission.LINK, Permission.DELETE, Permission.COMMENT)
    at.ask("PUT", "/issue/SHOP-2", {"fields": {"summary": "x"}})
    at.ask("DELETE", "/issue/SHOP-2")
    at.ask("POST", "/issue/SHOP-2/comment", {"body": doc("x")})
    at.ask("POST", "/issue/SHOP-2/remotelink", {"object": {"title": "t", "url": "http://x/"}})
    at.jira.limits.quota_left = 0
    at.ask("GET", "/myself")
    at.jira.limits.quota_left = None
    at.client.get("/myself", auth=("kim@example.com", "wrong"))
    at.jira.allow(USER, "SHOP")
    at.ask("DELETE", "/issue/SHOP-2/comment/10001")
    at.ask("DELETE", "/issue/SHOP-2/remotelink", globalId="g")
    at.ask("DELETE", "/issue/SHOP-2/properties/other")
    at.ask("DELETE", "/issue/SHOP-2")


def test_all_that_is_asked_and_answered_keeps_the_contract(contract: Contract) -> None:
    traffic = Traffic()
    with desk() as at:
        at.jira.watchers.append(traffic.saw)
        for part in (look_around, make, change, read, refuse):
            part(at)
    assert traffic.check(contract) == UNKNOWN
    successes = {(method, path.partition("?")[0]) for method, path, _, status, _ in traffic.seen if status < 300}
    assert len(successes) > 35


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/search/jql", {"jql": "project = SHOP", "startAt": 0}),
        ("POST", "/issue/SHOP-1/transitions", {"transition": {"id": 31}}),
        ("POST", "/issueLink", {"type": {"name": "Relates"}, "inwardIssue": {"key": "SHOP-1"}}),
        ("POST", "/issue/SHOP-1/remotelink", {"globalId": "g"}),
        ("POST", "/issue/bulkfetch", {"fields": ["*all"]}),
    ],
)
def test_what_breaks_the_contract_is_refused_by_the_site_too(
    contract: Contract, method: str, path: str, body: dict[str, Any]
) -> None:
    with pytest.raises(ContractBroken):
        contract.check_request(method, f"/rest/api/3{path}", body)
    with desk() as at:
        assert 400 <= at.ask(method, path, body).status_code < 500


def test_an_answer_that_breaks_the_contract_is_told_with_its_place(contract: Contract) -> None:
    with pytest.raises(ContractBroken, match=r"\$\.issues\[0\]\.id"):
        contract.check_response("POST", "/rest/api/3/issue/bulk", 201, {"issues": [{"id": 1}]})
    with pytest.raises(ContractBroken, match="no parameter"):
        contract.check_request("GET", "/rest/api/3/search/jql?startAt=1")
    with pytest.raises(ContractBroken, match="knows no such operation"):
        contract.check_request("GET", "/rest/api/3/nothing")
    with pytest.raises(ContractBroken, match="answers"):
        contract.check_response("GET", "/rest/api/3/myself", 202, {})
