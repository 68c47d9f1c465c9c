"""Webhooks over real HTTP: what is taken, what is refused, and that nothing is told to who sends it."""

import http.client
from collections.abc import Mapping

import httpx
import pytest

from hubposture.connectors.hooks import LARGEST, HookServer


def test_a_hook_is_taken_by_name_with_its_headers_and_its_raw_body() -> None:
    taken: list[tuple[str, Mapping[str, str], bytes]] = []

    def accept(name: str, headers: Mapping[str, str], body: bytes) -> int:
        taken.append((name, headers, body))
        return 204

    with HookServer("127.0.0.1", 0, accept) as server:
        answer = httpx.post(f"{server.url}/hooks/main?x=1", content=b'{"a": 1}\n', headers={"X-Hub-Signature": "s"})
    assert answer.status_code == 204
    assert [(name, headers["x-hub-signature"], body) for name, headers, body in taken] == [("main", "s", b'{"a": 1}\n')]


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/other/main", {}, 404),
        ("/hooks/main", {"content-length": str(LARGEST + 1)}, 413),
        ("/hooks/main", {"content-length": "1" * 30}, 413),
        ("/hooks/main", {"content-length": "-1"}, 411),
    ],
)
def test_what_is_no_hook_is_refused_before_it_is_read(path: str, headers: dict[str, str], status: int) -> None:
    with HookServer("127.0.0.1", 0, lambda *_: 204) as server:
        connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)
        connection.putrequest("POST", path)
        for name, value in (headers or {"content-length": "0"}).items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


def test_a_defect_answers_500_without_a_word() -> None:
    def accept(_name: str, _headers: Mapping[str, str], _body: bytes) -> int:
        raise ValueError("a secret")

    with HookServer("127.0.0.1", 0, accept) as server:
        answer = httpx.post(f"{server.url}/hooks/main", content=b"{}")
        assert (answer.status_code, answer.text) == (500, "")
        assert httpx.get(f"{server.url}/health").status_code == 200
        assert httpx.get(f"{server.url}/hooks/main").status_code == 404
