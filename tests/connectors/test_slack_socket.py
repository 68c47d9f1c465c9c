import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from hubposture.connectors.http import Http, Patience
from hubposture.connectors.slack import headers
from hubposture.connectors.slack_socket import SocketMode, checked
from hubposture.errors import RemoteRefused, RemoteUnavailable
from hubposture.sandbox.remote.slack_server import SlackServer
from hubposture.sandbox.remote.slack_world import APP_TOKEN, TOKEN, Trouble, Workspace


class Kept:
    """What was taken; `breaks` is how often it cannot be kept."""

    def __init__(self, breaks: int = 0) -> None:
        self.payloads: list[Mapping[str, Any]] = []
        self.breaks = breaks
        self.slow = 0.0
        self.lock = threading.Lock()

    def __call__(self, payload: Mapping[str, Any]) -> Mapping[str, Any] | None:
        time.sleep(self.slow)
        with self.lock:
            if self.breaks:
                self.breaks -= 1
                raise RemoteUnavailable("the ledger is away")
            self.payloads.append(payload)
        return {"echo": payload["n"]} if payload.get("n") == 7 else None


@contextmanager
def listening(kept: Kept, *, token: str = APP_TOKEN, connections: int = 2) -> Iterator[tuple[SlackServer, list[str]]]:
    said: list[str] = []
    with (
        SlackServer(Workspace()) as server,
        Http(
            server.api, headers=lambda: headers(token), patience=Patience(tries=1), clock=time.monotonic,
            sleep=time.sleep, who="Slack",
        ) as http,
        SocketMode(http, kept, tell=said.append, connections=connections),
    ):  # fmt: skip
        yield server, said


def wait(is_so: Any) -> None:
    until = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_every_envelope_is_acknowledged_within_seconds_with_what_goes_back() -> None:
    kept = Kept()
    with listening(kept) as (server, said):
        wait(lambda: server.sockets.opened == 2)
        sent = [server.sockets.deliver({"n": number}) for number in range(20)]
        assert all(one.done.wait(5) for one in sent)
        assert max(one.took_seconds for one in sent) < 3
        assert [one.answer for one in sent if one.answer] == [{"echo": 7}]
    assert sorted(one["n"] for one in kept.payloads) == list(range(20))
    assert said == []


def test_what_is_delivered_twice_is_taken_once_and_acknowledged_again() -> None:
    kept = Kept()
    with listening(kept, connections=1) as (server, _):
        wait(lambda: server.sockets.is_listened_to)
        server.sockets.faults.doubled = 3
        assert all(server.sockets.deliver({"n": number}).done.wait(5) for number in range(3))
        time.sleep(0.1)
    assert len(kept.payloads) == 3


def test_what_is_acknowledged_late_comes_again_and_is_taken_once() -> None:
    kept = Kept()
    with listening(kept) as (server, _):
        wait(lambda: server.sockets.opened == 2)
        server.sockets.ack_seconds, kept.slow = 0.2, 0.7
        sent = server.sockets.deliver({"n": 1})
        assert sent.done.wait(5)
        assert sent.sent > 1
        time.sleep(0.3)
    assert kept.payloads == [{"n": 1}]


def test_what_cannot_be_written_down_is_not_acknowledged_and_comes_again() -> None:
    kept = Kept(breaks=1)
    with listening(kept, connections=1) as (server, said):
        wait(lambda: server.sockets.is_listened_to)
        sent = server.sockets.deliver({"n": 1})
        assert not sent.done.wait(0.3)
        server.sockets.disconnect()
        assert sent.done.wait(10)
    assert kept.payloads == [{"n": 1}]
    assert "the ledger is away" in said[0]


def test_a_connection_that_is_to_be_renewed_or_breaks_is_opened_again_and_nothing_is_lost() -> None:
    kept = Kept()
    with listening(kept) as (server, _):
        wait(lambda: server.sockets.opened == 2)
        server.sockets.faults.cut = 1
        sent = [server.sockets.deliver({"n": 1})]
        server.sockets.disconnect("warning")
        sent.append(server.sockets.deliver({"n": 2}))
        assert all(one.done.wait(10) for one in sent)
        wait(lambda: server.sockets.opened >= 4)
    assert sorted(one["n"] for one in kept.payloads) == [1, 2]


@pytest.mark.parametrize(("token", "what"), [(TOKEN, "may not post"), ("xapp-other", "the token is refused")])
def test_a_token_that_slack_refuses_is_said_once(token: str, what: str) -> None:
    with listening(Kept(), token=token, connections=1) as (server, said):
        wait(lambda: server.workspace.calls.count("apps.connections.open") >= 3)
    assert len(said) == 1
    assert what in said[0]
    assert token not in said[0]


def test_socket_mode_that_is_switched_off_is_said() -> None:
    with listening(Kept(), connections=1) as (server, said):
        wait(lambda: server.sockets.is_listened_to)
        server.sockets.disconnect("link_disabled")
        wait(lambda: said)
    assert "switched off" in said[0]


def test_slack_that_is_away_for_a_moment_is_asked_again() -> None:
    kept = Kept()
    with listening(kept, connections=1) as (server, _):
        server.workspace.troubles = [
            Trouble("apps.connections.open", status=503),
            Trouble("apps.connections.open", cut="before"),
        ]
        server.sockets.disconnect()
        sent = server.sockets.deliver({"n": 1})
        assert sent.done.wait(15)


@pytest.mark.parametrize("url", ["", "http://x", "ws://slack.com/link", "wss:", "ws://127.0.0.1.evil.example/"])
def test_only_addresses_with_tls_or_of_this_machine_are_opened(url: str) -> None:
    with pytest.raises(RemoteRefused, match="wss://"):
        checked(url)


def test_an_address_with_tls_is_opened_as_it_is() -> None:
    assert checked("wss://wss-primary.slack.com/link/?ticket=1") == "wss://wss-primary.slack.com/link/?ticket=1"
