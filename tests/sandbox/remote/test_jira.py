"""Issues of the emulated Jira Cloud are made, read, changed and moved as the facts and the contract say."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from hubposture.sandbox.remote import jira_adf
from hubposture.sandbox.remote.jira import USER
from hubposture.sandbox.remote.jira_model import Permission
from hubposture.sandbox.remote.jira_seed import IMPACT
from sandbox.remote.jira_desk import Desk, desk, details, doc


@pytest.fixture
def at() -> Iterator[Desk]:
    with desk() as found:
        yield found


def errors(at: Desk, project: str = "SHOP", **fields: Any) -> dict[str, str]:
    reply = at.ask("POST", "/issue", details(project, **fields))
    assert reply.status_code == 400, reply.text
    found: dict[str, str] = reply.json()["errors"]
    return found


def test_an_issue_is_made_and_read_by_key_and_by_id(at: Desk) -> None:
    body = details(labels=["shub-0123456789ab"], description=doc("a", "b"), priority={"name": "High"})
    made = at.ask("POST", "/issue", body | {"properties": [{"key": "hubposture", "value": {"subjects": 2}}]}).json()
    assert made["key"] == "SHOP-2"
    by_key, by_id = (
        at.ask("GET", f"/issue/{one}", properties="hubposture").json() for one in (made["key"], made["id"])
    )
    assert by_key == by_id
    fields = by_key["fields"]
    assert fields["labels"] == ["shub-0123456789ab"]
    assert fields["description"] == doc("a", "b")
    assert fields["priority"]["name"] == "High"
    assert fields["status"]["statusCategory"]["key"] == "new"
    assert fields["resolution"] is None
    assert by_key["properties"] == {"hubposture": {"subjects": 2}}


def test_links_to_itself_lead_to_the_gateway_and_not_to_the_site(at: Desk) -> None:
    key = at.made()
    assert at.ask("GET", f"/issue/{key}").json()["self"].startswith("https://api.atlassian.com/ex/jira/")
    at.jira.switches.self_links_to_gateway = False
    assert at.ask("GET", f"/issue/{key}").json()["self"].startswith(at.server.url)


@pytest.mark.parametrize(
    ("fields", "name", "said"),
    [
        ({"summary": "x" * 256}, "summary", "255"),
        ({"summary": "a\nb"}, "summary", "newline"),
        ({"summary": " "}, "summary", "must specify"),
        ({"labels": ["a b"]}, "labels", "spaces"),
        ({"labels": ["a\tb"]}, "labels", "spaces"),
        ({"description": "a text"}, "description", "Atlassian Document"),
        ({"description": doc("x" * 32_768)}, "description", "32,767"),
        ({"description": {**doc("x"), "version": 2}}, "description", "INVALID_INPUT"),
        ({"priority": {"name": "Urgent"}}, "priority", "not valid"),
        ({"duedate": "02.11.2026"}, "duedate", "date"),
        ({"assignee": {"name": "kim"}}, "assignee", "accountId"),
        ({"assignee": {"accountId": "max"}}, "assignee", "cannot be assigned"),
        ({"assignee": {"accountId": "gone"}}, "assignee", "does not exist"),
        ({"parent": {"key": "NO-1"}}, "parent", "Could not find"),
        ({"resolution": {"name": "Done"}}, "resolution", "not on the appropriate screen"),
        ({"customfield_10014": "SHOP-1"}, "customfield_10014", "not on the appropriate screen"),
        ({"customfield_1": "x"}, "customfield_1", "not on the appropriate screen"),
        ({"security": {"name": "Security team"}}, "security", "not valid"),
        ({"issuetype": {"name": "Incident"}}, "issuetype", "valid issue type"),
        ({"project": {"key": "NOPE"}}, "project", "valid project"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_field_and_makes_nothing(
    at: Desk, fields: dict[str, Any], name: str, said: str
) -> None:
    before = len(at.jira.issues)
    assert said in errors(at, **fields)[name]
    assert len(at.jira.issues) == before


def test_all_errors_of_an_issue_are_told_at_once(at: Desk) -> None:
    assert set(errors(at, "SEC", summary="a\nb", labels=["a b"])) == {"summary", "labels", IMPACT}


def test_the_document_at_its_limit_is_taken_unless_the_site_counts_its_markup(at: Desk) -> None:
    assert at.made(description=doc("x" * 32_766))
    at.jira.switches.longest_counts_markup = True
    assert "32,767" in errors(at, description=doc("x" * 32_766))["description"]


def test_an_epic_is_the_parent_of_tasks_and_a_task_is_not(at: Desk) -> None:
    key = at.made(parent={"key": "SHOP-1"})
    assert at.read(key)["parent"]["key"] == "SHOP-1"
    assert "hierarchy" in errors(at, parent={"key": key})["parent"]


def test_screens_say_what_a_type_takes_and_requires(at: Desk) -> None:
    types = at.ask("GET", "/issue/createmeta/SEC/issuetypes").json()["issueTypes"]
    task = next(one for one in types if one["name"] == "Task")
    page = at.ask("GET", f"/issue/createmeta/SEC/issuetypes/{task['id']}", maxResults=200).json()
    required = {one["fieldId"] for one in page["fields"] if one["required"]}
    assert required == {"project", "issuetype", "summary", IMPACT}
    impact = next(one for one in page["fields"] if one["fieldId"] == IMPACT)
    assert [one["value"] for one in impact["allowedValues"]] == ["Low", "Medium", "High"]
    assert at.made("SEC", **{IMPACT: {"value": "High"}}) == "SEC-1"
    assert at.read("SEC-1")[IMPACT]["value"] == "High"


def test_screens_come_in_pages(at: Desk) -> None:
    page = at.ask("GET", "/issue/createmeta/SEC/issuetypes/10030", startAt=2, maxResults=3).json()
    assert (page["startAt"], page["maxResults"], len(page["fields"]), page["total"]) == (2, 3, 3, 11)


def test_a_batch_is_made_as_far_as_it_can_be_and_says_which_failed(at: Desk) -> None:
    batch = [details(), details("SEC"), details("OLD"), details("DATA"), details("SHOP", summary="")]
    reply = at.ask("POST", "/issue/bulk", {"issueUpdates": batch})
    assert reply.status_code == 201
    body = reply.json()
    assert [one["key"] for one in body["issues"]] == ["SHOP-2", "DATA-1"]
    assert [(one["failedElementNumber"], one["status"]) for one in body["errors"]] == [(1, 400), (2, 403), (4, 400)]
    assert IMPACT in body["errors"][0]["elementErrors"]["errors"]


def test_the_errors_of_a_batch_need_not_come_in_order(at: Desk) -> None:
    at.jira.switches.notes_bulk_in_order = False
    body = at.ask("POST", "/issue/bulk", {"issueUpdates": [details("SEC"), details(), details("OLD")]}).json()
    assert [one["failedElementNumber"] for one in body["errors"]] == [2, 0]


def test_many_at_the_same_time_get_keys_of_their_own(at: Desk) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: at.made(), range(40)))
    assert len(set(made)) == 40


def test_a_batch_of_which_all_fail_is_refused_with_the_same_words(at: Desk) -> None:
    reply = at.ask("POST", "/issue/bulk", {"issueUpdates": [details("SEC"), details("OLD")]})
    assert reply.status_code == 400
    assert [one["failedElementNumber"] for one in reply.json()["errors"]] == [0, 1]


def test_no_more_than_fifty_are_made_at_once(at: Desk) -> None:
    assert at.ask("POST", "/issue/bulk", {"issueUpdates": [details()] * 51}).status_code == 400
    assert len(at.jira.issues) == 2
    assert at.ask("POST", "/issue/bulk", {"issueUpdates": [details()] * 50}).status_code == 201
    assert at.ask("POST", "/issue/bulk", {"issues": [details()]}).status_code == 400


def test_many_are_read_at_once_in_the_order_of_their_ids_with_a_word_on_each_that_is_missing(at: Desk) -> None:
    keys = [at.made() for _ in range(3)]
    at.jira.person("kim").delete(keys[1])
    body = {"issueIdsOrKeys": [*reversed(keys), "X-1"], "fields": ["status"]}
    found = at.ask("POST", "/issue/bulkfetch", body).json()
    assert [one["key"] for one in found["issues"]] == [keys[0], keys[2]]
    assert {one["id"] for one in found["issueErrors"]} == {keys[1], "X-1"}
    assert at.ask("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["1"] * 101}).status_code == 400


def test_an_edit_changes_what_it_names_and_leaves_the_rest(at: Desk) -> None:
    key = at.made(labels=["theirs", "ours"], description=doc("old"))
    at.jira.advance(seconds=60)
    body = {"fields": {"description": doc("new")}, "update": {"labels": [{"add": "more"}, {"remove": "ours"}]}}
    assert at.ask("PUT", f"/issue/{key}", body).status_code == 204
    fields = at.read(key)
    assert fields["description"] == doc("new")
    assert fields["labels"] == ["theirs", "more"]
    assert fields["updated"] == "2026-11-02T09:01:00.000+0000"
    both = {"fields": {"labels": []}, "update": {"labels": [{"add": "x"}]}}
    assert at.ask("PUT", f"/issue/{key}", both).status_code == 400


def test_an_edit_that_fails_changes_nothing_of_it(at: Desk) -> None:
    key = at.made(summary="old")
    body = {"fields": {"summary": "new", "labels": ["a b"]}}
    assert at.ask("PUT", f"/issue/{key}", body).status_code == 400
    assert at.read(key)["summary"] == "old"


def test_an_edit_that_changes_nothing_is_no_news(at: Desk) -> None:
    key = at.made(labels=["a"])
    at.jira.advance(seconds=60)
    assert at.ask("PUT", f"/issue/{key}", {"fields": {"labels": ["a"]}}).status_code == 204
    assert at.read(key)["updated"] == "2026-11-02T09:00:00.000+0000"


def test_the_long_workflow_is_walked_hop_by_hop_and_asks_for_a_resolution_at_the_end(at: Desk) -> None:
    key = at.made("DATA")
    assert at.walk(key, "141").status_code == 400
    for number in ("111", "121", "131"):
        assert at.walk(key, number).status_code == 204
    ways = at.ask("GET", f"/issue/{key}/transitions", expand="transitions.fields").json()["transitions"]
    finish = next(one for one in ways if one["name"] == "Finish")
    assert finish["fields"]["resolution"]["required"] is True
    refused = at.walk(key, "141")
    assert (refused.status_code, refused.json()["errors"]) == (400, {"resolution": "Resolution is required."})
    told = {"comment": [{"add": {"body": doc("verified")}}]}
    assert at.walk(key, "141", fields={"resolution": {"name": "Done"}}, update=told).status_code == 204
    fields = at.read(key)
    assert (fields["status"]["statusCategory"]["key"], fields["resolution"]["name"]) == ("done", "Done")
    assert fields["comment"]["comments"][0]["body"] == doc("verified")


def test_a_field_that_is_not_on_the_screen_of_a_transition_is_refused(at: Desk) -> None:
    key = at.made("DATA")
    reply = at.walk(key, "111", fields={"resolution": {"name": "Done"}})
    assert "appropriate screen" in reply.json()["errors"]["resolution"]
    assert at.walk(key, 111).status_code == 400  # type: ignore[arg-type]


def test_a_terminal_status_has_no_way_back(at: Desk) -> None:
    key = at.made("PLAT")
    assert at.walk(key, "241").status_code == 204
    assert at.read(key)["resolution"]["name"] == "Won't Do"
    assert at.ask("GET", f"/issue/{key}/transitions").json()["transitions"] == []


def test_a_way_may_be_there_for_others_alone_or_refuse_whoever_takes_it(at: Desk) -> None:
    project = at.jira.projects["SHOP"]
    ways = {one.id: one for one in project.workflow.transitions}
    changed = (replace(ways["21"], only_for=("kim",)), replace(ways["31"], refuses="Link the change first."))
    project.workflow = replace(project.workflow, transitions=(ways["11"], *changed))
    key = at.made()
    assert [one["id"] for one in at.ask("GET", f"/issue/{key}/transitions").json()["transitions"]] == ["11", "31"]
    assert at.walk(key, "21").status_code == 400
    assert at.walk(key, "31").json()["errorMessages"] == ["Link the change first."]
    at.jira.person("kim").close(key)
    assert at.read(key)["status"]["name"] == "Done"


def test_reopening_takes_the_resolution_away_and_the_history_says_who_did_what(at: Desk) -> None:
    key = at.made()
    at.walk(key, "31")
    at.jira.person("kim").reopen(key)
    assert at.read(key)["resolution"] is None
    newest, oldest = at.ask("GET", f"/issue/{key}", expand="changelog").json()["changelog"]["histories"]
    assert (oldest["author"]["accountId"], newest["author"]["accountId"]) == (USER, "kim")
    assert [(one["field"], one["toString"]) for one in oldest["items"]] == [("status", "Done"), ("resolution", "Done")]


def test_a_comment_has_a_document_and_may_have_properties(at: Desk) -> None:
    key = at.made()
    assert at.ask("POST", f"/issue/{key}/comment", {"body": "a text"}).json()["errors"] == {
        "comment": "Comment body is not valid!"
    }
    mark = [{"key": "hubposture", "value": {"mark": "m-1"}}]
    assert at.ask("POST", f"/issue/{key}/comment", {"body": doc("told"), "properties": mark}).status_code == 201
    page = at.ask("GET", f"/issue/{key}/comment", expand="properties").json()
    assert (page["total"], page["comments"][0]["properties"]) == (1, mark)


def test_a_remote_link_with_a_global_id_is_made_once_and_then_replaced(at: Desk) -> None:
    key = at.made()
    body = {"globalId": "hubposture=1", "relationship": "is seen in", "object": {"title": "a", "url": "http://x/"}}
    first = at.ask("POST", f"/issue/{key}/remotelink", body)
    again = at.ask("POST", f"/issue/{key}/remotelink", {**body, "object": {"title": "b", "url": "http://x/"}})
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 200, again.json()["id"])
    (link,) = at.ask("GET", f"/issue/{key}/remotelink").json()
    assert link["object"]["title"] == "b"
    assert at.ask("POST", f"/issue/{key}/remotelink", {"object": {"title": "a"}}).status_code == 400


def test_a_link_made_twice_is_there_once_and_both_ends_show_it(at: Desk) -> None:
    one, other = at.made(), at.made()
    body = {"type": {"name": "Duplicate"}, "inwardIssue": {"key": one}, "outwardIssue": {"key": other}}
    assert [at.ask("POST", "/issueLink", body).status_code for _ in range(2)] == [201, 201]
    (link,) = at.read(one)["issuelinks"]
    assert link["outwardIssue"]["key"] == other
    assert at.read(other)["issuelinks"][0]["inwardIssue"]["key"] == one
    assert at.ask("POST", "/issueLink", {**body, "type": {"name": "Nothing"}}).status_code == 404
    assert at.ask("POST", "/issueLink", {**body, "outwardIssue": {"key": "X-1"}}).status_code == 404


def test_a_property_is_made_changed_and_read(at: Desk) -> None:
    path = f"/issue/{at.made()}/properties/hubposture"
    assert at.ask("GET", path).status_code == 404
    assert [at.ask("PUT", path, {"n": number}).status_code for number in (1, 2)] == [201, 200]
    assert at.ask("GET", path).json() == {"key": "hubposture", "value": {"n": 2}}


def test_a_deleted_issue_is_not_there_and_a_moved_one_is_found_by_its_old_key(at: Desk) -> None:
    moved, deleted = at.made(), at.made()
    id_ = at.ask("GET", f"/issue/{moved}").json()["id"]
    new = at.jira.person("lee").move(moved, "DATA")
    at.jira.person("lee").delete(deleted)
    found = at.ask("GET", f"/issue/{moved}").json()
    assert (found["id"], found["key"], found["fields"]["status"]["name"]) == (id_, new, "Backlog")
    assert at.ask("GET", f"/issue/{deleted}").status_code == 404
    assert at.made() == "SHOP-4"


def test_users_are_found_by_address_even_where_it_is_hidden_and_who_left_is_not_found(at: Desk) -> None:
    at.jira.switches.hides_addresses = True
    (kim,) = at.ask("GET", "/user/search", query="kim@example.com").json()
    assert (kim["accountId"], kim.get("emailAddress")) == ("kim", None)
    assert at.ask("GET", "/user/search", query="max@example.com").json() == []
    assert at.ask("GET", "/user/search", username="kim").status_code == 400
    at.jira.deny("kim", "SHOP", Permission.ASSIGNABLE)
    assert at.ask("GET", "/user/assignable/search", project="SHOP", query="kim").json() == []


@pytest.mark.parametrize(
    "node",
    [
        {"type": "paragraph", "content": [{"type": "text", "text": ""}]},
        {"type": "paragraph", "content": [{"type": "text", "text": "x", "marks": [{"type": "blink"}]}]},
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "x", "marks": [{"type": "code"}, {"type": "strong"}]}],
        },
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "x", "marks": [{"type": "link", "attrs": {"href": "javascript:1"}}]}],
        },
        {"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "kim"}}]},
        {"type": "heading", "attrs": {"level": 7}, "content": [{"type": "text", "text": "x"}]},
        {"type": "bulletList", "content": []},
        {"type": "bulletList", "content": [{"type": "listItem", "content": []}]},
        {"type": "bulletList", "content": [{"type": "paragraph"}]},
        {"type": "table", "content": [{"type": "tableRow", "content": [{"type": "tableCell", "content": []}]}]},
        {"type": "panel", "content": [{"type": "paragraph"}]},
        {"type": "panel", "attrs": {"panelType": "loud"}, "content": [{"type": "paragraph"}]},
        {"type": "codeBlock", "content": [{"type": "text", "text": "x", "marks": [{"type": "strong"}]}]},
        {"type": "rule", "content": []},
        {"type": "text", "text": "x"},
        "text",
    ],
)
def test_a_document_with_a_wrong_node_is_not_one(node: Any) -> None:
    assert jira_adf.faults({"type": "doc", "version": 1, "content": [node]})


def test_a_document_of_all_kinds_of_nodes_is_one() -> None:
    link = {"type": "link", "attrs": {"href": "https://example.com/?a=b"}}
    text = {"type": "text", "text": "x", "marks": [{"type": "code"}, link]}
    line = {"type": "paragraph", "content": [text, {"type": "hardBreak"}, {"type": "text", "text": "y"}]}
    cells = [{"type": "tableHeader", "attrs": {}, "content": [line]}, {"type": "tableCell", "content": [line]}]
    nodes = [
        line,
        {"type": "paragraph"},
        {"type": "heading", "attrs": {"level": 2}, "content": [text]},
        {"type": "bulletList", "content": [{"type": "listItem", "content": [line]}]},
        {"type": "table", "content": [{"type": "tableRow", "content": cells}]},
        {"type": "rule"},
        {"type": "codeBlock", "attrs": {"language": "text"}, "content": [{"type": "text", "text": "a\nb"}]},
        {"type": "panel", "attrs": {"panelType": "info"}, "content": [line]},
    ]
    assert jira_adf.faults({"type": "doc", "version": 1, "content": nodes}) == []
    assert jira_adf.text({"type": "doc", "version": 1, "content": [line]}) == "x\ny\n"
