"""Takes webhooks: a small HTTP server for one path, behind whatever ends TLS; it believes nothing by itself."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

PREFIX = "/hooks/"
"""What is behind it in the path is the name of the system that calls."""
LARGEST = 2**20
"""Bytes of a body; trackers send some kilobytes."""
_SLOWEST_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer with a body, as `kind` says."""

    status: int
    body: bytes = b""
    kind: str = "application/json"


Accept = Callable[[str, Mapping[str, str], bytes], int | Answer]
"""Takes the name of the system, the headers in lower case and the raw body, and gives what to answer: a status, or more."""


class HookServer:
    """Serves `/hooks/NAME` from a thread until it is left. `/health` answers 200."""

    def __init__(self, host: str, port: int, accept: Accept) -> None:
        self._accept = accept
        self._server = ThreadingHTTPServer((host, port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.2,), daemon=True, name="hooks")

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"http://{host!s}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        accept = self._accept

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            server_version, sys_version = "hubposture", ""
            timeout = _SLOWEST_SECONDS

            def do_GET(self) -> None:
                self._answer(HTTPStatus.OK if self.path == "/health" else HTTPStatus.NOT_FOUND)

            def do_POST(self) -> None:
                path = urlsplit(self.path).path
                length = self.headers.get("content-length", "")
                if not path.startswith(PREFIX):
                    self._answer(HTTPStatus.NOT_FOUND)
                elif not length.isascii() or not length.isdigit():
                    self._answer(HTTPStatus.LENGTH_REQUIRED)
                elif len(length) > len(str(LARGEST)) or int(length) > LARGEST:
                    self._answer(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                else:
                    self._take(unquote(path.removeprefix(PREFIX)), self.rfile.read(int(length)))

            def _take(self, name: str, body: bytes) -> None:
                headers = {key.lower(): value for key, value in self.headers.items()}
                given = _answered(accept, name, headers, body)
                self._answer(given.status, given.body, given.kind)

            def _answer(self, status: int, body: bytes = b"", kind: str = "") -> None:
                self.close_connection = True
                self.send_response(status)
                if body:
                    self.send_header("content-type", kind)
                self.send_header("content-length", str(len(body)))
                self.send_header("connection", "close")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_details: Any) -> None:
                """Nothing is printed: paths and headers are not ours."""

        return Handler


def _answered(accept: Accept, name: str, headers: Mapping[str, str], body: bytes) -> Answer:
    try:
        found = accept(name, headers, body)
    except Exception:  # noqa: BLE001 - whatever it is, the other side sends it again, and nobody is told why
        return Answer(HTTPStatus.INTERNAL_SERVER_ERROR)
    return found if isinstance(found, Answer) else Answer(found)
