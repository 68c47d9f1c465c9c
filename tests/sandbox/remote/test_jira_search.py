"""Searches of the emulated Jira Cloud: bounded, by token, by an index that lags behind."""

import datetime as dt
from collections.abc import Iterator

import pytest

from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from sandbox.remote.jira_desk import NOW, Desk, desk


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as found:
        yield found


def keys(at: Desk, jql: str) -> list[str]:
    reply = at.ask("POST", "/search/jql", {"jql": jql, "fields": ["summary"]})
    assert reply.status_code == 200, reply.text
    return [one["key"] for one in reply.json()["issues"]]


def message(at: Desk, jql: str) -> str:
    reply = at.ask("POST", "/search/jql", {"jql": jql})
    assert reply.status_code == 400, reply.text
    (found,) = reply.json()["errorMessages"]
    return str(found)


def test_without_fields_only_ids_are_told(at: Desk) -> None:
    at.made(labels=["a"])
    assert at.ask("POST", "/search/jql", {"jql": "labels = a"}).json() == {"issues": [{"id": "10003"}], "isLast": True}


def test_a_search_needs_a_restriction(at: Desk) -> None:
    assert "Unbounded" in message(at, "order by created")
    assert "Unbounded" in message(at, "")


def test_properties_that_are_not_known_are_refused(at: Desk) -> None:
    assert at.ask("POST", "/search/jql", {"jql": "project = SHOP", "startAt": 0}).status_code == 400
    assert at.ask("POST", "/search", {"jql": "project = SHOP"}).status_code == 410


def test_pages_are_walked_by_token_and_a_token_of_another_query_is_refused(at: Desk) -> None:
    made = [at.made(labels=["a"]) for _ in range(5)]
    body, found = {"jql": "labels = a order by key", "maxResults": 2, "fields": ["labels"]}, []
    page = at.ask("POST", "/search/jql", body).json()
    while True:
        found += [one["key"] for one in page["issues"]]
        if page["isLast"]:
            break
        page = at.ask("POST", "/search/jql", body | {"nextPageToken": page["nextPageToken"]}).json()
        token = page.get("nextPageToken")
    assert found == made
    assert token is None
    first = at.ask("POST", "/search/jql", body).json()["nextPageToken"]
    assert at.ask("POST", "/search/jql", {"jql": "labels = b", "nextPageToken": first}).status_code == 400


def test_a_page_may_be_shorter_than_asked_for(at: Desk) -> None:
    for _ in range(3):
        at.made(labels=["a"])
    at.jira.switches.page_most = 2
    page = at.ask("POST", "/search/jql", {"jql": "labels = a", "maxResults": 100}).json()
    assert (len(page["issues"]), page["isLast"]) == (2, False)


def test_the_index_lags_behind_creation_and_change_while_reading_does_not(at: Desk) -> None:
    at.jira.index_lag_seconds = 60
    key = at.made(labels=["a"])
    id_ = at.ask("GET", f"/issue/{key}").json()["id"]
    assert at.found("labels = a") == []
    assert at.ask("POST", "/search/approximate-count", {"jql": "labels = a"}).json() == {"count": 0}
    assert at.found("labels = a", reconcileIssues=[int(id_)]) == [id_]
    at.jira.advance(seconds=60)
    assert at.found("labels = a") == [id_]
    at.ask("PUT", f"/issue/{key}", {"fields": {"labels": ["b"]}})
    assert (at.found("labels = a"), at.found("labels = b")) == ([id_], [])
    assert at.read(key)["labels"] == ["b"]
    assert at.found("labels = b", reconcileIssues=[int(id_)]) == [id_]
    at.jira.advance(seconds=60)
    assert (at.found("labels = a"), at.found("labels = b")) == ([], [id_])


def test_what_is_told_of_an_issue_is_as_old_as_the_index(at: Desk) -> None:
    at.jira.index_lag_seconds = 60
    key = at.made(labels=["a"])
    at.jira.advance(seconds=90)
    at.walk(key, "31")
    body = {"jql": "labels = a", "fields": ["status"]}
    (stale,) = at.ask("POST", "/search/jql", body).json()["issues"]
    assert stale["fields"]["status"]["name"] == "To Do"
    (read,) = at.ask("POST", "/search/jql", body | {"reconcileIssues": [int(stale["id"])]}).json()["issues"]
    assert read["fields"]["status"]["name"] == "Done"


def test_no_more_than_fifty_are_read_through(at: Desk) -> None:
    body = {"jql": "project = SHOP", "reconcileIssues": list(range(51))}
    assert at.ask("POST", "/search/jql", body).status_code == 400
    assert at.ask("POST", "/search/jql", body | {"reconcileIssues": ["1"]}).status_code == 400


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = SHOP", ["SHOP-3", "SHOP-2", "SHOP-1"]),
        ("project in (SHOP, 'Data platform') order by key", ["DATA-1", "SHOP-1", "SHOP-2", "SHOP-3"]),
        ("labels = a", ["SHOP-2"]),
        ("labels in (a, b) and project = SHOP order by key asc", ["SHOP-2", "SHOP-3"]),
        ("labels not in (a) order by key", ["DATA-1", "SHOP-3"]),
        ("project = SHOP and not labels = a order by key", ["SHOP-1", "SHOP-3"]),
        ("labels is EMPTY and project = SHOP", ["SHOP-1"]),
        ("labels is not empty and project = SHOP order by key desc", ["SHOP-3", "SHOP-2"]),
        ("key in (SHOP-2, DATA-1) order by key", ["DATA-1", "SHOP-2"]),
        ("id = 10003", ["SHOP-2"]),
        ("project = SHOP and statusCategory = Done", ["SHOP-3"]),
        ('project = SHOP and statusCategory != "Done" order by key', ["SHOP-1", "SHOP-2"]),
        ("issuetype = Epic and project = SHOP", ["SHOP-1"]),
        ("status = 'To Do' and (labels = a or issuetype = Epic) order by key", ["SHOP-1", "SHOP-2"]),
        ("parent = SHOP-1", ["SHOP-2"]),
        ("assignee = kim", ["SHOP-3"]),
        ("resolution is not EMPTY", ["SHOP-3"]),
    ],
)
def test_a_query_finds_what_it_says(at: Desk, jql: str, found: list[str]) -> None:
    at.made(labels=["a"], parent={"key": "SHOP-1"})
    done = at.made(labels=["b"], assignee={"accountId": "kim"})
    at.walk(done, "31")
    at.made("DATA", labels=["b", "c"])
    assert keys(at, jql) == found


def test_moments_are_relative_or_in_the_time_zone_of_who_asks(at: Desk) -> None:
    at.made(labels=["a"])
    at.jira.advance(seconds=20 * 60)
    assert keys(at, 'labels = a and updated >= "-15m"') == []
    assert keys(at, "labels = a and updated >= -1h") == ["SHOP-2"]
    assert keys(at, 'labels = a and updated >= "2026-11-02 09:00"') == ["SHOP-2"]
    assert keys(at, 'labels = a and updated >= "2026-11-02 09:01"') == []
    at.jira.users[USER].time_zone = "Europe/Berlin"
    assert keys(at, 'labels = a and updated >= "2026-11-02 10:00"') == ["SHOP-2"]
    assert keys(at, 'labels = a and updated >= "2026-11-02 10:01"') == []
    assert keys(at, 'labels = a and created < "2026/11/03"') == ["SHOP-2"]


@pytest.mark.parametrize(
    ("jql", "said"),
    [
        ("colour = red", "colour"),
        ("project = NOPE", "NOPE"),
        ("labels ~ a", "operator"),
        ("updated = 2026-11-02", "operator"),
        ('updated >= "2026-11-02T09:00:00Z"', "Valid formats"),
        ("labels = a labels = b", "Expecting"),
        ("labels = a and", "Unexpected end"),
        ("(labels = a", "Expecting ')'"),
        ("labels in a", "Expecting '('"),
        ("labels = a order by colour", "sort"),
        ('labels = "a', "reserved"),
        ("key = SHOP-99", "SHOP-99"),
    ],
)
def test_what_is_not_understood_is_refused_with_a_sentence(at: Desk, jql: str, said: str) -> None:
    assert said in message(at, jql)


def test_a_key_that_nothing_has_spoils_a_query_where_the_site_is_so(at: Desk) -> None:
    at.jira.switches.unknown_keys_in_jql_are_errors = False
    assert keys(at, "key in (SHOP-1, SHOP-99)") == ["SHOP-1"]


def test_a_quoted_word_is_no_keyword_and_escapes_are_read(at: Desk) -> None:
    at.made(labels=['a"b', "order"])
    assert keys(at, 'labels = "a\\"b" and labels in ("order")') == ["SHOP-2"]


def test_what_the_asker_may_not_see_is_not_found(at: Desk) -> None:
    at.made(labels=["a"])
    at.made("DATA", labels=["a"])
    at.jira.deny(USER, "DATA", Permission.BROWSE)
    assert keys(at, "labels = a") == ["SHOP-2"]
    assert "DATA" in message(at, "project = DATA")


def test_a_moved_issue_is_found_by_its_old_key_and_a_deleted_one_is_not_found_at_all(at: Desk) -> None:
    moved, deleted = at.made(labels=["a"]), at.made(labels=["a"])
    at.jira.index_lag_seconds = 60
    new = at.jira.person("kim").move(moved, "DATA")
    at.jira.person("kim").delete(deleted)
    at.jira.now = NOW + dt.timedelta(seconds=60)
    assert keys(at, "labels = a") == [new]
    assert keys(at, f"key = {moved}") == [new]
