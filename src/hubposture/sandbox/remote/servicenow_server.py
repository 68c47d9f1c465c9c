"""Serves an emulated ServiceNow instance on loopback."""

import contextlib
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.servicenow import ServiceNow
from hubposture.sandbox.remote.servicenow_answers import Answer, Asked


class ServiceNowServer:
    """An instance that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, instance: ServiceNow, *, port: int = 0) -> None:
        self.instance = instance
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="servicenow")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> Answer | None:
        """Answer one request; None where the connection is to break."""
        parts = urlsplit(target)
        is_form = "form-urlencoded" in headers.get("content-type", "")
        body = dict(parse_qsl(content.decode())) if is_form else _json(content)
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), body, self.url)
        with self._lock:
            return self.instance.answer(asked, headers.get("authorization", ""))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def _handle(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                found = server.answer(self.command, self.path, self.headers, content)
                if found is None:
                    self._cut()
                    return
                is_text = isinstance(found.body, str)
                body = found.body.encode() if isinstance(found.body, str) else orjson.dumps(found.body)
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "text/html" if is_text else "application/json;charset=UTF-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - names that http.server asks for

            def _cut(self) -> None:
                """Break the connection without an answer."""
                self.close_connection = True
                with contextlib.suppress(OSError):
                    self.connection.shutdown(socket.SHUT_RDWR)

            def log_message(self, *_details: Any) -> None:
                """Nothing is printed."""

        return Handler


def _json(content: bytes) -> Any:
    try:
        found = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
