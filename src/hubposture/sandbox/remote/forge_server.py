"""Serves an emulated forge on loopback: GitHub under /api/v3 (as an Enterprise Server), GitLab under /api/v4."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from hubposture.sandbox.remote import forge_github, forge_gitlab
from hubposture.sandbox.remote.forge import TOKEN, Forge
from hubposture.sandbox.remote.forge_answer import NOT_FOUND, Answer, Question

_FACES = {"/api/v3/": forge_github.answer, "/api/v4/": forge_gitlab.answer}
_UNAUTHORIZED = 401


class ForgeServer:
    """A forge that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, forge: Forge, *, token: str = TOKEN) -> None:
        self.forge = forge
        self.token = token
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="forge")
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    @property
    def github(self) -> str:
        """The API's root as GitHub."""
        return f"{self.url}/api/v3"

    @property
    def gitlab(self) -> str:
        """The API's root as GitLab."""
        return f"{self.url}/api/v4"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, target: str, authorization: str) -> Answer:
        """Answer one request; what is asked is remembered in the forge's `calls`."""
        with self._lock:
            self.forge.calls.append(f"{method} {target}")
            if self.forge.troubles:
                return self._trouble()
            if authorization != f"Bearer {self.token}":
                return Answer(_UNAUTHORIZED, {"message": "401 Unauthorized"})
            parts = urlsplit(target)
            for prefix, face in _FACES.items():
                if parts.path.startswith(prefix) and method == "GET":
                    names = tuple(unquote(one) for one in parts.path.removeprefix(prefix).split("/"))
                    asked = Question(method, names, dict(parse_qsl(parts.query)), f"{self.url}{parts.path}")
                    return face(self.forge, asked)
            return Answer(NOT_FOUND, {"message": "Not Found"})

    def _trouble(self) -> Answer:
        trouble = self.forge.troubles[0]
        trouble.times -= 1
        if trouble.times <= 0:
            self.forge.troubles.pop(0)
        return Answer(trouble.status, {"message": trouble.message or "trouble"}, trouble.headers)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1  # an answer goes out in one piece: the other side would wait 40 ms for the second

            def do_GET(self) -> None:
                found = server.answer("GET", self.path, self.headers.get("authorization", ""))
                body = orjson.dumps(found.body)
                self.send_response_only(found.status)
                ordinary = {"content-type": "application/json", "date": self.date_time_string()}
                for name, value in {**ordinary, **found.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_details: Any) -> None:
                """Nothing is printed."""

        return Handler
