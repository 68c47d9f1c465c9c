import hmac
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlencode

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubposture.connectors.slack_payload import heard_of
from hubposture.connectors.slack_signed import Signatures
from hubposture.work.offers import Doing

SECRET, NOW = "8f742231b10e", 1_795_000_000
FORM = "application/x-www-form-urlencoded"


class Time:
    def __init__(self) -> None:
        self.now = float(NOW)

    def __call__(self) -> float:
        return self.now


def body(payload: Mapping[str, object]) -> bytes:
    return urlencode({"payload": orjson.dumps(payload)}).encode()


def signed(data: bytes, *, at: int | str = NOW, secret: str = SECRET, kind: str = FORM) -> dict[str, str]:
    made = hmac.new(secret.encode(), f"v0:{at}:".encode() + data, sha256).hexdigest()
    return {"x-slack-request-timestamp": str(at), "x-slack-signature": f"v0={made}", "content-type": kind}


def test_a_request_that_slack_signed_is_read() -> None:
    found = Signatures(SECRET, now=Time()).read(signed(body({"type": "x"})), body({"type": "x"}))
    assert found is not None
    assert (found.payload, found.is_again) == ({"type": "x"}, False)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(body({}), secret="another"),
        signed(body({}), at=NOW - 301),
        signed(body({}), at=NOW + 301),
        signed(body({}), at="-5"),
        signed(body({}), at="1e9"),
        signed(body({}), at="9" * 40),
        signed(b"other"),
        signed(body({})) | {"x-slack-signature": "v0="},
        signed(body({})) | {"x-slack-signature": signed(body({}))["x-slack-signature"].removeprefix("v0=")},
        signed(body({})) | {"x-slack-signature": "v0=\xe4\u20ac"},
    ],
)
def test_what_is_unsigned_old_changed_or_signed_by_another_is_not_believed(headers: dict[str, str]) -> None:
    assert Signatures(SECRET, now=Time()).read(headers, body({})) is None


def test_an_empty_secret_believes_nobody() -> None:
    assert Signatures("", now=Time()).read(signed(body({}), secret=""), body({})) is None


def test_the_same_request_counts_once_for_ten_minutes_once_it_was_taken() -> None:
    time = Time()
    signatures = Signatures(SECRET, now=time)
    headers, data = signed(body({"a": 1}), at=NOW + 290), body({"a": 1})
    for is_again in (False, True, True):
        found = signatures.read(headers, data)
        assert found is not None
        assert found.is_again is is_again
        signatures.taken(headers)
        time.now += 120
    time.now = NOW + 589
    found = signatures.read(headers, data)
    assert found is not None
    assert found.is_again


def test_the_address_is_verified_by_its_challenge() -> None:
    data = orjson.dumps({"type": "url_verification", "challenge": "3eZbrw1a"})
    found = Signatures(SECRET, now=Time()).read(signed(data, kind="application/json"), data)
    assert found is not None
    assert found.challenge == "3eZbrw1a"


@pytest.mark.parametrize("data", [b"", b"payload=", b"payload=[1]", b"&" * 500, b"payload=%7B", b"\xff\xfe", b"a=1"])
def test_what_is_no_payload_asks_for_nothing(data: bytes) -> None:
    found = Signatures(SECRET, now=Time()).read(signed(data), data)
    assert found is not None
    assert heard_of(found.payload) is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(
    actions=JSON, container=JSON, user=JSON, view=JSON, kind=st.sampled_from(["block_actions", "view_submission", "x"])
)
def test_no_payload_breaks_the_reading(
    actions: object, container: object, user: object, view: object, kind: str
) -> None:
    payload = {"type": kind, "actions": actions, "container": container, "user": user, "view": view}
    found = heard_of(payload)
    assert found is None or found.doing in set(Doing)


def pressed(**more: object) -> dict[str, object]:
    action = {"action_id": "hubposture.acknowledge", "value": "-", "action_ts": "1.0"} | more
    return {
        "type": "block_actions",
        "user": {"id": "U1", "team_id": "T1"},
        "container": {"channel_id": "C1", "message_ts": "1.5"},
        "trigger_id": "t",
        "actions": [action],
    }


def test_a_press_has_an_id_of_its_own_and_the_same_press_the_same() -> None:
    one, same, other = (heard_of(pressed(action_ts=at)) for at in ("1.0", "1.0", "2.0"))
    assert one is not None
    assert same is not None
    assert other is not None
    assert one == same
    assert one.id != other.id
    assert (one.doing, one.where, one.thing, one.user, one.workspace) == (Doing.ACKNOWLEDGE, "C1 1.5", "", "U1", "T1")


def test_what_is_not_ours_asks_for_nothing() -> None:
    assert heard_of(pressed(action_id="other.button")) is None
    assert heard_of(pressed(action_id="hubposture.link")) is None
    assert heard_of({"type": "view_closed"}) is None
