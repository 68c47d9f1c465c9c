"""Sign-in, permissions, limits and faults of the emulated Jira Cloud."""

import time
from collections.abc import Iterator

import httpx
import pytest

from hubposture.sandbox.remote.jira import ADDRESS, SCOPED_TOKEN, SCOPES, TOKEN, USER, Call
from hubposture.sandbox.remote.jira_access import Token
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.sandbox.remote.jira_seed import IMPACT
from sandbox.remote.jira_desk import Desk, desk, details, doc

CREATE = "POST .*/issue$"


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as found:
        yield found


def myself(url: str, **more: object) -> int:
    return httpx.get(f"{url}/rest/api/3/myself", trust_env=False, **more).status_code  # type: ignore[arg-type]


def test_the_address_and_its_token_sign_in_at_the_site_and_nothing_else_does(at: Desk) -> None:
    url = at.server.url
    assert myself(url, auth=(ADDRESS, TOKEN)) == 200
    assert myself(url) == 401
    assert myself(url, auth=(ADDRESS, "wrong")) == 401
    assert myself(url, auth=("kim@example.com", TOKEN)) == 401
    assert myself(url, headers={"authorization": f"Bearer {TOKEN}"}) == 401
    assert myself(url, headers={"authorization": "Basic ==="}) == 401
    at.jira.users[USER].is_active = False
    assert myself(url, auth=(ADDRESS, TOKEN)) == 401


def test_a_scoped_token_is_taken_at_the_gateway_of_its_site_alone(at: Desk) -> None:
    assert myself(at.server.url, auth=(ADDRESS, SCOPED_TOKEN)) == 401
    assert myself(at.server.gateway_url, auth=(ADDRESS, SCOPED_TOKEN)) == 200
    assert myself(f"{at.server.url}/ex/jira/another", auth=(ADDRESS, SCOPED_TOKEN)) == 404


def test_a_scoped_token_does_no_more_than_its_scopes(at: Desk) -> None:
    at.jira.access.tokens["reads"] = Token(USER, SCOPES[:2])
    with httpx.Client(base_url=at.server.gateway_url, auth=(ADDRESS, "reads"), trust_env=False) as client:
        assert client.get("/rest/api/3/issue/SHOP-1").status_code == 200
        assert client.post("/rest/api/3/search/jql", json={"jql": "project = SHOP"}).status_code == 200
        assert client.post("/rest/api/3/issue", json=details()).status_code == 401
    assert len(at.jira.issues) == 2


def test_without_browsing_nothing_is_there_and_without_the_rest_it_is_forbidden(at: Desk) -> None:
    key = at.made()
    at.jira.deny(USER, "SHOP", Permission.EDIT, Permission.COMMENT, Permission.LINK, Permission.DELETE)
    edit = {"fields": {"summary": "x"}}
    link = {"object": {"title": "t", "url": "http://x/"}}
    tries = [
        ("PUT", f"/issue/{key}", edit),
        ("POST", f"/issue/{key}/comment", {"body": doc("x")}),
        ("POST", f"/issue/{key}/remotelink", link),
        ("PUT", f"/issue/{key}/properties/x", 1),
        ("DELETE", f"/issue/{key}", None),
    ]
    assert [at.ask(*one).status_code for one in tries] == [403] * 5
    at.jira.deny(USER, "SHOP", Permission.BROWSE)
    assert [at.ask(*one).status_code for one in tries] == [404] * 5
    assert at.ask("GET", "/project/SHOP").status_code == 404
    assert at.ask("GET", f"/issue/{key}").status_code == 404
    at.jira.allow(USER, "SHOP")
    assert at.ask(*tries[0]).status_code == 204


def test_who_may_not_move_an_issue_sees_no_way_and_is_refused(at: Desk) -> None:
    key = at.made()
    at.jira.deny(USER, "SHOP", Permission.TRANSITION)
    assert at.ask("GET", f"/issue/{key}/transitions").json()["transitions"] == []
    assert at.walk(key, "31").status_code == 400


def test_one_is_told_what_one_may(at: Desk) -> None:
    at.jira.deny(USER, "SHOP", Permission.TRANSITION)
    asked = {"permissions": "TRANSITION_ISSUES,EDIT_ISSUES"}
    for where in ({"issueId": "SHOP-1"}, {"projectKey": "SHOP"}):
        found = at.ask("GET", "/mypermissions", **where, **asked).json()["permissions"]
        assert {key: one["havePermission"] for key, one in found.items()} == {
            "EDIT_ISSUES": True,
            "TRANSITION_ISSUES": False,
        }
    assert at.ask("GET", "/mypermissions", projectKey="SHOP").status_code == 400
    assert at.ask("GET", "/mypermissions", projectKey="NOPE", **asked).status_code == 404
    assert at.ask("GET", "/mypermissions", projectKey="SHOP", permissions="FLY").status_code == 400


def test_who_may_not_create_is_told_so_and_sees_no_screens(at: Desk) -> None:
    assert at.ask("POST", "/issue", details("OLD")).status_code == 403
    assert at.ask("GET", "/issue/createmeta/OLD/issuetypes").status_code == 403


def test_a_deleted_project_takes_its_issues_with_it(at: Desk) -> None:
    key = at.made()
    at.jira.delete_project("SHOP")
    assert at.ask("GET", f"/issue/{key}").status_code == 404
    assert at.ask("GET", "/project/SHOP").status_code == 404
    assert at.ask("GET", "/issue/createmeta/SHOP/issuetypes").status_code == 404
    assert at.ask("POST", "/issue", details()).json()["errors"] == {"project": "valid project is required"}


def test_a_security_level_hides_an_issue_from_who_is_not_in_it(at: Desk) -> None:
    level = {"name": "Security team"}
    key = at.made("SEC", security=level, **{IMPACT: {"value": "Low"}})
    assert at.read(key)["security"]["name"] == "Security team"
    with pytest.raises(LookupError):
        at.jira.issue(key, user="kim")
    seers = at.jira.projects["SEC"].levels[0]
    at.jira.projects["SEC"].levels = ((seers[0], seers[1], frozenset({"lee"})),)
    assert at.ask("GET", f"/issue/{key}").status_code == 404


def test_a_burst_is_slowed_per_operation_and_says_why(at: Desk) -> None:
    at.jira.limits.is_burst_limited = True
    replies = [at.ask("GET", "/issue/SHOP-1") for _ in range(101)]
    assert [one.status_code for one in replies] == [200] * 100 + [429]
    assert replies[-1].headers["RateLimit-Reason"] == "jira-burst-based"
    assert replies[-1].headers["Retry-After"] == "1"
    assert at.ask("GET", "/myself").status_code == 200
    at.jira.advance(seconds=1)
    assert at.ask("GET", "/issue/SHOP-1").status_code == 200


def test_writes_to_one_issue_are_limited_and_writes_to_another_are_not(at: Desk) -> None:
    key, other = at.made(), at.made()
    at.jira.limits.is_issue_limited = True
    replies = [at.ask("PUT", f"/issue/{key}/properties/x", number) for number in range(21)]
    assert [one.status_code for one in replies[-2:]] == [200, 429]
    assert replies[-1].headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert at.ask("PUT", f"/issue/{other}/properties/x", 1).status_code == 201
    assert at.read(key)
    for _ in range(4):
        at.jira.advance(seconds=2)
        statuses = [at.ask("PUT", f"/issue/{key}/properties/x", number).status_code for number in range(20)]
    assert 429 not in statuses
    at.jira.advance(seconds=2)
    refused = at.ask("PUT", f"/issue/{key}/properties/x", 1)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "20")


def test_a_quota_that_is_used_up_stops_everything_until_it_is_reset(at: Desk) -> None:
    at.jira.limits.quota_left = 1
    replies = [at.ask("GET", "/myself") for _ in range(2)]
    assert [one.status_code for one in replies] == [200, 429]
    assert replies[-1].headers["RateLimit-Reason"].startswith("jira-quota-")
    at.jira.limits.quota_left = None
    assert at.ask("GET", "/myself").status_code == 200


def test_a_fault_comes_as_often_as_it_was_ordered_where_it_was_ordered(at: Desk) -> None:
    at.jira.faults.fail(503, on=CREATE, times=2, skip=1, headers={"Retry-After": "3"})
    replies = [at.ask("POST", "/issue", details()) for _ in range(4)]
    assert [one.status_code for one in replies] == [201, 503, 503, 201]
    assert replies[1].headers["Retry-After"] == "3"
    assert len(at.jira.issues) == 4


def test_an_answer_is_lost_before_or_after_the_work_or_the_work_comes_later(at: Desk) -> None:
    def count_after_cut() -> int:
        with pytest.raises(httpx.TransportError):
            at.ask("POST", "/issue", details())
        return len(at.jira.issues)

    at.jira.faults.cut_before(on=CREATE)
    assert count_after_cut() == 2
    at.jira.faults.cut_after(on=CREATE)
    assert count_after_cut() == 3
    at.jira.faults.cut_and_do_later(on=CREATE, rests=1)
    assert count_after_cut() == 3
    at.ask("GET", "/myself")
    assert len(at.jira.issues) == 3
    at.ask("GET", "/myself")
    assert len(at.jira.issues) == 4
    assert at.jira.calls[0] == Call("POST", "/rest/api/3/issue", 0)


def test_a_page_for_people_a_conflict_and_a_slow_answer_come_on_demand(at: Desk) -> None:
    key = at.made()
    at.jira.faults.html(on="GET")
    page = at.ask("GET", "/myself")
    assert page.headers["content-type"].startswith("text/html")
    at.jira.faults.conflict()
    assert [at.walk(key, "31").status_code for _ in range(2)] == [409, 204]
    at.jira.faults.slow(0.2, on="GET")
    began = time.monotonic()
    assert at.ask("GET", "/myself").status_code == 200
    assert time.monotonic() - began >= 0.2
    at.jira.faults.fail(500)
    at.jira.faults.clear()
    assert at.ask("GET", "/myself").status_code == 200


def test_the_date_of_an_answer_is_that_of_the_site(at: Desk) -> None:
    assert at.ask("GET", "/myself").headers["date"] == "Mon, 02 Nov 2026 09:00:00 GMT"


def test_what_is_no_json_and_what_is_no_operation_is_refused(at: Desk) -> None:
    assert at.client.post("/issue", content=b"{", headers={"content-type": "application/json"}).status_code == 400
    assert at.client.post("/issue", content=b"{}", headers={"content-type": "text/plain"}).status_code == 415
    assert at.ask("POST", "/issue", ["x"]).status_code == 400
    assert at.ask("POST", "/issue", details() | {"properties": [{"key": 1}]}).status_code == 400
    assert at.ask("PUT", "/issue/SHOP-1", {"update": {"comment": ["x"]}}).status_code == 400
    assert at.ask("PUT", "/issue/SHOP-1", {"fields": []}).status_code == 400
    assert at.ask("GET", "/nothing").status_code == 404
    assert at.ask("DELETE", "/myself").status_code == 405
    assert at.ask("GET", "/search/jql", maxResults="many", jql="project = SHOP").status_code == 400


def test_every_request_is_kept_with_its_status(at: Desk) -> None:
    at.made()
    at.ask("GET", "/issue/X-1", fields="status")
    assert at.jira.calls == [Call("POST", "/rest/api/3/issue", 201), Call("GET", "/rest/api/3/issue/X-1", 404)]
