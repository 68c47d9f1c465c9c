"""A server on loopback that answers as it is told, and the clock by which its clients wait."""

import contextlib
import socket
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from hubposture.connectors.http import Http, Patience


@dataclass(frozen=True, slots=True)
class Say:
    """One answer. `cut`: the connection breaks instead. `drip_seconds`: the body comes byte by byte, so far apart."""

    status: int = 200
    body: bytes = b'{"ok": true}'
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    drip_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came in."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Clock:
    """Time that passes only where somebody waits; what was waited is kept."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waited: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.now += seconds


class ScriptedServer:
    """Answers with `script`, one after another, and with the last one for ever."""

    def __init__(self, *script: Say) -> None:
        self.script = list(script)
        self.heard: list[Heard] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _next(self) -> Say:
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def _handle(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.heard.append(Heard(self.command, self.path, headers, body))
                say = server._next()
                if say.cut:
                    self.close_connection = True
                    with contextlib.suppress(OSError):
                        self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.send_response_only(say.status)
                for name, value in {"content-length": str(len(say.body)), **say.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                with contextlib.suppress(OSError):
                    self._write(say)

            def _write(self, say: Say) -> None:
                if not say.drip_seconds:
                    self.wfile.write(say.body)
                    return
                for byte in say.body:
                    self.wfile.write(bytes([byte]))
                    time.sleep(say.drip_seconds)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - names that http.server asks for

            def log_message(self, *_details: Any) -> None:
                """Nothing is printed."""

        return Handler


def http(server: ScriptedServer, clock: Clock, *, path: str = "", **options: Any) -> Http:
    """A client of a server; it signs with a token that must never be seen in a message."""
    given = {"headers": lambda: {"authorization": "Bearer s3cret-t0ken"}, "patience": Patience(), **options}
    return Http(f"{server.url}{path}", clock=clock, sleep=clock.sleep, who="Acme", **given)
