"""Webhooks are believed when they are signed, and tell of issues alone, whatever they hold."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.connectors.jira import HookEvent, event_of, verify

SECRET = "a-webhook-secret"
BODY = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"id": "10003", "key": "SHOP-2"}}).encode()


def signed(body: bytes, secret: str = SECRET) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def test_a_body_that_is_signed_is_believed() -> None:
    assert verify(SECRET, BODY, signed(BODY))
    assert verify(SECRET, BODY, signed(BODY).upper().replace("SHA256", "sha256"))


@pytest.mark.parametrize(
    "signature",
    [
        "", "sha256=", "sha1=" + "0" * 40, signed(BODY)[:-1], signed(BODY) + "0", signed(BODY).removeprefix("sha256="),
        signed(BODY, "another"), signed(BODY + b" "), "sha256=" + "é" * 64, "JWT eyJhbGciOiJub25lIn0..", "sha256=" + "g" * 64,
    ],
)  # fmt: skip
def test_anything_else_is_not(signature: str) -> None:
    assert not verify(SECRET, BODY, signature)


def test_nothing_is_believed_without_a_secret() -> None:
    assert not verify("", BODY, signed(BODY, ""))


def test_the_issue_the_kind_and_the_delivery_are_told() -> None:
    headers = {"x-atlassian-webhook-identifier": "0b9c-1"}
    assert event_of(headers, BODY) == HookEvent("0b9c-1", "10003", "jira:issue_updated")


def test_each_try_of_a_delivery_is_the_same_one() -> None:
    first = event_of({"x-atlassian-webhook-identifier": "a", "x-atlassian-webhook-retry": "0"}, BODY)
    again = event_of({"x-atlassian-webhook-identifier": "a", "x-atlassian-webhook-retry": "3"}, BODY)
    assert first == again


@pytest.mark.parametrize("identifier", ["", "x" * 500, "a\nb", "\x00"])
def test_a_delivery_without_a_name_is_known_by_what_it_says(identifier: str) -> None:
    headers = {"x-atlassian-webhook-identifier": identifier} if identifier else {}
    found = event_of(headers, BODY)
    assert found is not None
    assert found.delivery == hashlib.sha256(BODY).hexdigest()


@pytest.mark.parametrize(
    "told",
    [
        {}, [], None, 7, "x", {"issue": None}, {"issue": {"id": None}, "webhookEvent": "jira:issue_updated"},
        {"issue": {"id": "../../x"}, "webhookEvent": "jira:issue_updated"}, {"issue": {"id": "1" * 99}, "webhookEvent": "a"},
        {"issue": {"id": "1"}, "webhookEvent": "<b>"}, {"issue": {"id": "1"}}, {"issue": {"id": "\uff11"}, "webhookEvent": "a"},
        {"issue": [{"id": "1"}], "webhookEvent": "a"}, {"webhookEvent": "comment_created", "comment": {"id": "1"}},
    ],
)  # fmt: skip
def test_what_speaks_of_no_issue_is_nothing(told: object) -> None:
    assert event_of({}, json.dumps(told).encode()) is None


def test_what_is_too_large_is_nothing() -> None:
    assert event_of({}, BODY[:-1] + b', "x": "' + b"x" * 2**20 + b'"}') is None


@given(st.binary(max_size=400), st.text(max_size=90))
def test_nothing_raises(body: bytes, text: str) -> None:
    event_of({"x-atlassian-webhook-identifier": text}, body)
    verify(text, body, text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["issue", "id", "webhookEvent"]), inner),
    )
)
def test_json_of_any_shape_raises_nothing(told: object) -> None:
    event_of({}, json.dumps(told).encode())
