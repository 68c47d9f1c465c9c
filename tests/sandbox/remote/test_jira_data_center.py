"""The emulated Jira Data Center speaks REST v2: wiki markup, names, offsets, personal access tokens, an epic link."""

from collections.abc import Iterator

import httpx
import pytest

from hubposture.sandbox.remote.jira import TOKEN, USER
from hubposture.sandbox.remote.jira_catalogue import EPIC_FIELD
from hubposture.sandbox.remote.jira_model import JiraKind
from hubposture.sandbox.remote.jira_webhooks import Webhook
from hubposture.sandbox.remote.jira_world import EPIC_LINK
from sandbox.remote.jira_desk import Desk, desk, details, doc

EPIC = EPIC_FIELD[JiraKind.DATA_CENTER]


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk(JiraKind.DATA_CENTER) as found:
        yield found


def test_a_personal_access_token_signs_in_and_a_password_only_where_allowed(at: Desk) -> None:
    url = f"{at.server.url}/rest/api/2/myself"
    at.jira.access.passwords[USER] = "secret"
    assert httpx.get(url, headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False).json()["name"] == USER
    assert httpx.get(url, headers={"authorization": "Bearer wrong"}, trust_env=False).status_code == 401
    assert httpx.get(url, trust_env=False).status_code == 401
    assert httpx.get(url, auth=(USER, "secret"), trust_env=False).status_code == 403
    at.jira.switches.is_basic_allowed = True
    assert httpx.get(url, auth=(USER, "secret"), trust_env=False).status_code == 200
    assert httpx.get(url, auth=(USER, "wrong"), trust_env=False).status_code == 401


def test_text_is_wiki_markup_and_a_document_is_refused(at: Desk) -> None:
    key = at.made(description="h2. Title\n* one", assignee={"name": "kim"})
    fields = at.read(key)
    assert (fields["description"], fields["assignee"]["name"]) == ("h2. Title\n* one", "kim")
    assert "accountId" not in fields["assignee"]
    assert at.ask("POST", "/issue", details(description=doc("x"))).status_code == 400
    assert at.ask("POST", f"/issue/{key}/comment", {"body": "*bold*"}).status_code == 201
    assert at.ask("POST", f"/issue/{key}/comment", {"body": doc("x")}).status_code == 400
    assert at.ask("POST", "/issue", details(description="x" * 32_768)).status_code == 400


def test_an_epic_is_linked_by_a_field_that_is_found_by_its_schema(at: Desk) -> None:
    found = [one["id"] for one in at.ask("GET", "/field").json() if one["schema"].get("custom") == EPIC_LINK]
    assert found == [EPIC]
    types = at.ask("GET", "/issue/createmeta/SHOP/issuetypes").json()
    task = next(one for one in types["values"] if one["name"] == "Task")
    meta = at.ask("GET", f"/issue/createmeta/SHOP/issuetypes/{task['id']}").json()
    assert EPIC in {one["fieldId"] for one in meta["values"]}
    assert not any("key" in one for one in meta["values"])
    key = at.made(**{EPIC: "SHOP-1"})
    assert at.read(key)[EPIC] == "SHOP-1"
    assert EPIC in at.ask("POST", "/issue", details(**{EPIC: key})).json()["errors"]
    assert "parent" in at.ask("POST", "/issue", details(parent={"key": "SHOP-1"})).json()["errors"]


def test_a_subtask_has_a_task_for_its_parent_and_goes_with_it(at: Desk) -> None:
    key = at.made()
    child = at.ask("POST", "/issue", details(kind="Sub-task", parent={"key": key})).json()["key"]
    assert at.ask("POST", "/issue", details(kind="Sub-task")).json()["errors"] == {"parent": "Parent is required."}
    assert at.ask("DELETE", f"/issue/{key}").status_code == 400
    assert at.ask("DELETE", f"/issue/{key}", deleteSubtasks="true").status_code == 204
    assert at.ask("GET", f"/issue/{child}").status_code == 404


def test_searches_are_paged_by_offset_and_know_their_total(at: Desk) -> None:
    made = [at.made(labels=["a"]) for _ in range(3)]
    body = {"jql": "labels = a order by key", "startAt": 1, "maxResults": 1, "fields": ["labels"]}
    page = at.ask("POST", "/search", body).json()
    assert (page["startAt"], page["maxResults"], page["total"]) == (1, 1, 3)
    assert [one["key"] for one in page["issues"]] == made[1:2]
    got = at.ask("GET", "/search", jql="labels = a order by key", startAt=1, maxResults=1, fields="labels").json()
    assert got == page
    everything = at.ask("GET", "/search").json()
    assert everything["total"] == 5
    assert "summary" in everything["issues"][0]["fields"]
    assert at.ask("POST", "/search", {"jql": "", "nextPageToken": "x"}).status_code == 400


def test_what_is_of_cloud_alone_is_not_there(at: Desk) -> None:
    assert at.ask("POST", "/search/jql", {"jql": "labels = a"}).status_code == 404
    assert at.ask("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-1"]}).status_code in (404, 405)
    assert at.ask("GET", "/priority/search").status_code == 404
    assert [one["name"] for one in at.ask("GET", "/priority").json()][:2] == ["Highest", "High"]
    cloud = httpx.get(
        f"{at.server.url}/rest/api/3/myself", headers={"authorization": f"Bearer {TOKEN}"}, trust_env=False
    )
    assert cloud.status_code == 404


def test_the_index_lags_there_too(at: Desk) -> None:
    at.jira.index_lag_seconds = 30
    at.made(labels=["a"])
    assert at.ask("GET", "/search", jql="labels = a").json()["total"] == 0
    at.jira.advance(seconds=30)
    assert at.ask("GET", "/search", jql="labels = a").json()["total"] == 1


def test_every_answer_tells_what_is_left_of_the_bucket(at: Desk) -> None:
    assert "X-RateLimit-Limit" not in at.ask("GET", "/myself").headers
    at.jira.limits.bucket, at.jira.limits.fill_rate, at.jira.limits.interval_seconds = 2, 1, 5
    replies = [at.ask("GET", "/myself") for _ in range(3)]
    assert [one.status_code for one in replies] == [200, 200, 429]
    assert [one.headers["X-RateLimit-Remaining"] for one in replies] == ["1", "0", "0"]
    assert (replies[-1].headers["retry-after"], replies[-1].headers["X-RateLimit-FillRate"]) == ("5", "1")
    at.jira.advance(seconds=5)
    assert at.ask("GET", "/myself").status_code == 200


def test_batches_transitions_links_and_properties_are_as_on_cloud(at: Desk) -> None:
    made = at.ask("POST", "/issue/bulk", {"issueUpdates": [details(), details("OLD"), details("DATA")]}).json()
    assert [one["failedElementNumber"] for one in made["errors"]] == [1]
    key, other = (one["key"] for one in made["issues"])
    assert at.walk(key, "31").status_code == 204
    link = {"type": {"name": "Relates"}, "inwardIssue": {"key": key}, "outwardIssue": {"key": other}}
    assert at.ask("POST", "/issueLink", link).status_code == 201
    assert at.ask("PUT", f"/issue/{key}/properties/x", {"n": 1}).status_code == 201
    remote = {"globalId": "g", "object": {"title": "t", "url": "http://x/"}}
    assert [at.ask("POST", f"/issue/{key}/remotelink", remote).status_code for _ in range(2)] == [201, 200]
    assert at.ask("GET", f"/issue/{key}").json()["self"].startswith(f"{at.server.url}/rest/api/2/issue/")


def test_a_screen_asks_for_a_resolution_there_too(at: Desk) -> None:
    key = at.made("PLAT")
    assert at.walk(key, "211").json()["errors"] == {"resolution": "Resolution is required."}
    assert at.walk(key, "211", fields={"resolution": {"name": "Won't Do"}}).status_code == 204


def test_users_are_found_by_name(at: Desk) -> None:
    (kim,) = at.ask("GET", "/user/search", username="kim").json()
    assert (kim["name"], kim["emailAddress"]) == ("kim", "kim@example.com")
    assert at.ask("POST", "/issue", details(assignee={"name": "max"})).status_code == 400


def test_a_webhook_is_tried_once(at: Desk) -> None:
    at.jira.webhooks.hooks.append(Webhook("http://127.0.0.1:9/hook"))
    at.made()
    assert set(at.jira.webhooks.send()) == {0}
    assert at.jira.webhooks.send() == []
