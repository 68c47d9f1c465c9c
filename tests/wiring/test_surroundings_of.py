"""The surroundings of a served sandbox: its time, which may be ahead of ours; and no other host."""

import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from hubposture.errors import InputError, RemoteUnavailable
from hubposture.wiring.surroundings import utc_now
from hubposture.wiring.workplace import SANDBOX_VARIABLE, surroundings_of


class Ahead(BaseHTTPRequestHandler):
    """Says that it is three days ahead, as `/_sandbox/` does."""

    def do_GET(self) -> None:
        body = b'{"ahead_seconds": 259200}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its name in the library)
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Ahead) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_served_sandbox_gives_its_time(url: str) -> None:
    ahead = surroundings_of({SANDBOX_VARIABLE: url}).now() - utc_now()
    assert abs(ahead - dt.timedelta(days=3)) < dt.timedelta(minutes=1)


def test_without_a_sandbox_it_is_the_clock_on_the_wall() -> None:
    assert abs(surroundings_of({}).now() - utc_now()) < dt.timedelta(minutes=1)


def test_a_sandbox_is_on_this_machine_or_it_is_refused() -> None:
    with pytest.raises(InputError, match="on this machine"):
        surroundings_of({SANDBOX_VARIABLE: "http://example.com:4599"})


def test_a_sandbox_that_does_not_answer_is_an_error_that_says_what_to_do() -> None:
    with HTTPServer(("127.0.0.1", 0), Ahead) as server:
        port = server.server_port
    with pytest.raises(RemoteUnavailable, match="unset the variable"):
        surroundings_of({SANDBOX_VARIABLE: f"http://127.0.0.1:{port}"})
