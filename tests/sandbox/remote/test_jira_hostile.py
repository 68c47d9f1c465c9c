"""Whatever is asked, the emulated Jira answers with a status; and its index is always as old as it is said to be."""

import base64
import contextlib
import datetime as dt
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from hubposture.sandbox.remote import jira_adf, jira_jql
from hubposture.sandbox.remote.jira import ADDRESS, TOKEN, USER, Jira, Request
from hubposture.sandbox.remote.jira_answers import Refused
from hubposture.sandbox.remote.jira_catalogue import STANDARD_SCREEN
from hubposture.sandbox.remote.jira_model import JiraKind
from hubposture.sandbox.remote.jira_seed import IMPACT, acme
from sandbox.remote.jira_desk import NOW, details

BASIC = "Basic " + base64.b64encode(f"{ADDRESS}:{TOKEN}".encode()).decode()
NAMES = [*STANDARD_SCREEN, IMPACT, "project", "issuetype", "resolution", "comment", "customfield_10014"]

plain = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.floats(allow_nan=False) | st.text(max_size=12)
words = st.sampled_from(
    ["type", "content", "doc", "text", "attrs", "marks", "id", "key", "name", "value", "add", "set", "version", "body"]
)
json = st.recursive(plain | words, lambda one: st.lists(one, max_size=3) | st.dictionaries(words, one, max_size=3))
bodies = st.dictionaries(
    st.sampled_from(
        ["fields", "update", "transition", "properties", "body", "object", "globalId", "issueUpdates", "jql"]
    ),
    json | st.dictionaries(st.sampled_from(NAMES), json, max_size=3),
    max_size=4,
)
operations = st.sampled_from(
    [
        ("POST", "/issue"),
        ("POST", "/issue/bulk"),
        ("POST", "/issue/bulkfetch"),
        ("PUT", "/issue/SHOP-1"),
        ("PUT", "/issue/SHOP-1/assignee"),
        ("PUT", "/issue/SHOP-1/properties/x"),
        ("POST", "/issue/SHOP-1/transitions"),
        ("POST", "/issue/PLAT-1/transitions"),
        ("POST", "/issue/SHOP-1/comment"),
        ("POST", "/issue/SHOP-1/remotelink"),
        ("POST", "/issueLink"),
        ("POST", "/search/jql"),
        ("POST", "/search/approximate-count"),
        ("POST", "/search"),
    ]
)


def ask(jira: Jira, method: str, path: str, body: Any) -> int:
    root, sign_in = ("/rest/api/3", BASIC) if jira.kind is JiraKind.CLOUD else ("/rest/api/2", f"Bearer {TOKEN}")
    answer, _ = jira.answer(Request(method, root + path, {}, body, sign_in))
    assert answer is not None
    orjson.dumps(answer.body)
    return answer.status


@settings(max_examples=100, deadline=None)
@given(operation=operations, body=bodies | json, kind=st.sampled_from(JiraKind))
def test_any_body_is_answered(operation: tuple[str, str], body: Any, kind: JiraKind) -> None:
    jira = acme(kind, now=NOW)
    assert 200 <= ask(jira, *operation, body) < 500
    assert ask(jira, "GET", "/issue/SHOP-1", None) == 200
    assert ask(jira, "GET", "/issue/SHOP-1/comment", None) == 200


@settings(max_examples=100, deadline=None)
@given(
    name=st.sampled_from(NAMES), value=json, kind=st.sampled_from(JiraKind), verb=st.sampled_from(["", "set", "add"])
)
def test_any_value_of_a_field_is_stored_or_refused_and_the_issue_can_be_read(
    name: str, value: Any, kind: JiraKind, verb: str
) -> None:
    jira = acme(kind, now=NOW)
    body = {"update": {name: [{verb: value}]}} if verb else {"fields": {name: value}}
    assert ask(jira, "PUT", "/issue/SHOP-1", body) in (204, 400)
    made = details()
    made["fields"][name] = value
    assert ask(jira, "POST", "/issue", made) in (201, 400, 403)
    for id_ in jira.issues:
        assert ask(jira, "GET", f"/issue/{id_}", None) == 200


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=40)
    | st.lists(
        st.sampled_from(
            ["project", "labels", "=", "in", "(", ")", ",", "SHOP", "and", "or", "not", "is", "empty", '"', "a", ">="]
        ),
        max_size=12,
    ).map(" ".join)
)
def test_any_query_is_read_or_refused(text: str) -> None:
    jira = acme(now=NOW)
    with contextlib.suppress(Refused):
        jira_jql.read(text, world=jira, user=USER).run(list(jira.indexed()))


@settings(max_examples=100, deadline=None)
@given(json)
def test_any_document_is_judged(document: Any) -> None:
    jira_adf.faults({"type": "doc", "version": 1, "content": [document]})
    jira_adf.faults(document)


@settings(max_examples=100, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["a", "b", "c"])), min_size=1, max_size=12),
    lag=st.integers(0, 120),
)
def test_the_index_knows_an_issue_as_it_was_one_lag_ago(steps: list[tuple[int, str]], lag: int) -> None:
    jira = acme(now=NOW)
    jira.index_lag_seconds = lag
    past: list[tuple[dt.datetime, tuple[str, ...]]] = [(NOW - dt.timedelta(days=1), ())]
    for seconds, label in steps:
        jira.advance(seconds=seconds)
        jira.person("kim").label("SHOP-1", label)
        past.append((jira.now, (label,)))
        (seen,) = (one for one in jira.indexed() if one.key == "SHOP-1")
        due = [labels for moment, labels in past if moment <= jira.now - dt.timedelta(seconds=lag)]
        assert seen.fields.get("labels", ()) == due[-1]
