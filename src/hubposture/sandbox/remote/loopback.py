"""What every emulated system beside AWS has in common: HTTP on loopback, served from a thread."""

import contextlib
import socket
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self


class Handler(BaseHTTPRequestHandler):
    """Keeps connections open, writes an answer in one piece (else the other side waits 40 ms for the second), says nothing."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def content(self) -> bytes:
        """The body that was sent."""
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def cut(self) -> None:
        """Break the connection without an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def write(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send an answer; one that is 204 has no length."""
        self.send_response_only(status)
        length = {} if status == HTTPStatus.NO_CONTENT else {"content-length": str(len(body))}
        for name, value in {"date": self.date_time_string(), **headers, **length}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_details: Any) -> None:
        """Nothing is printed."""


class Loopback:
    """A server that runs while it is entered; `url` is where it listens."""

    def __init__(self, handler: type[Handler], *, name: str, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name=name)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
