import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.connectors.servicenow.webhook import HookEvent, event_of, verify

SYS_ID = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "headers",
    [{"authorization": "Bearer s3cret"}, {"authorization": "bearer s3cret"}, {"x-hubposture-secret": "s3cret"}],
)
def test_what_carries_the_secret_is_believed(headers: dict[str, str]) -> None:
    assert verify("s3cret", headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "s3cret"},
        {"authorization": "Basic s3cret"},
        {"authorization": "Bearer s3cre"},
        {"authorization": "Bearer wrong", "x-hubposture-secret": "s3cret"},
        {"x-hubposture-secret": "S3CRET"},
        {"x-hubposture-secret": "s3cret\ud800"},
    ],
)
def test_nothing_else_is_believed_and_nothing_at_all_without_a_secret(headers: dict[str, str]) -> None:
    assert not verify("s3cret", headers)
    assert not verify("", headers)
    assert not verify("", {"authorization": "Bearer ", "x-hubposture-secret": ""})


def test_a_hook_names_a_record_and_its_change() -> None:
    body = json.dumps({"sys_id": SYS_ID, "at": 7, "state": "6"}).encode()
    assert event_of(body, fresh="new") == HookEvent(f"{SYS_ID}@7", SYS_ID)
    body = json.dumps({"sys_id": SYS_ID, "at": "2026-11-24 10:00:00"}).encode()
    assert event_of(body, fresh="new") == HookEvent(f"{SYS_ID}@2026-11-24 10:00:00", SYS_ID)


@pytest.mark.parametrize("at", [None, "", "x" * 65, "a\nb", 1.5, ["x"], {}])
def test_a_hook_that_names_no_change_is_a_new_one_each_time(at: object) -> None:
    body = json.dumps({"sys_id": SYS_ID, "at": at}).encode()
    assert event_of(body, fresh="new") == HookEvent("new", SYS_ID)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b"{", b'{"sys_id": 7}', b'{"sys_id": "INC0010001"}', b'{"id": "' + SYS_ID.encode() + b'"}'],
)
def test_a_hook_that_names_no_record_tells_nothing(body: bytes) -> None:
    assert event_of(body, fresh="new") is None


def test_a_body_that_is_too_long_is_not_looked_at() -> None:
    assert event_of(json.dumps({"sys_id": SYS_ID, "x": "y" * 5000}).encode(), fresh="new") is None


@given(st.binary(max_size=5000))
def test_whatever_comes_in_nothing_is_raised(body: bytes) -> None:
    event_of(body, fresh="new")
