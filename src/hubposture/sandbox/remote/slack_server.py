"""Serves an emulated Slack workspace on loopback: the Web API under /api, webhooks under /services."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.slack import Answer, Slack, refusal
from hubposture.sandbox.remote.slack_world import Trouble, Workspace


class SlackServer:
    """A workspace that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, workspace: Workspace, *, clock: Callable[[], float] = time.time) -> None:
        self.workspace = workspace
        self._slack = Slack(workspace, clock=clock)
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="slack")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def api(self) -> str:
        """The root of the Web API."""
        return f"{self.url}/api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, target: str, given: Mapping[str, Any], authorization: str) -> Answer | None:
        """The answer to a request, None where the connection breaks; what is asked is kept in the workspace's `calls`."""
        with self._lock:
            parts = urlsplit(target)
            name = parts.path.removeprefix("/api/") if parts.path.startswith("/api/") else "webhook"
            self.workspace.calls.append(name)
            trouble = self._trouble(name)
            if trouble is None:
                return self._done(parts.path, name, given, authorization)
            if trouble.cut == "after":
                self._done(parts.path, name, given, authorization)
            if trouble.cut:
                return None
            body = trouble.error if name == "webhook" else {"ok": False, "error": trouble.error}
            return Answer(trouble.status, body, trouble.headers)

    def _trouble(self, name: str) -> Trouble | None:
        for trouble in self.workspace.troubles:
            if trouble.on in name:
                trouble.times -= 1
                if trouble.times <= 0:
                    self.workspace.troubles.remove(trouble)
                return trouble
        return None

    def _done(self, path: str, name: str, given: Mapping[str, Any], authorization: str) -> Answer:
        if path.startswith("/services/"):
            return self._slack.hooked(path, given)
        return self._slack.answer(name, given, authorization) if path.startswith("/api/") else refusal("unknown_method")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # an answer goes out in one piece

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                given = dict(parse_qsl(urlsplit(self.path).query)) | _read(body)
                found = server.answer(self.path, given, self.headers.get("authorization", ""))
                if found is None:
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                data = found.body.encode() if isinstance(found.body, str) else orjson.dumps(found.body)
                self.send_response_only(found.status)
                kind = "text/html" if isinstance(found.body, str) else "application/json; charset=utf-8"
                ordinary = {"content-type": kind, "date": self.date_time_string(), "content-length": str(len(data))}
                for name, value in {**ordinary, **found.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = _handle  # noqa: N815 - names that http.server asks for

            def log_message(self, *_details: Any) -> None:
                """Nothing is printed."""

        return Handler


def _read(body: bytes) -> dict[str, Any]:
    """What a body holds: JSON, or a form."""
    try:
        found = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        found = dict(parse_qsl(body.decode("utf-8", "replace")))
    return found if isinstance(found, dict) else {}
