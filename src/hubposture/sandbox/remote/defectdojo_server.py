"""Serves an emulated DefectDojo on loopback."""

import contextlib
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.defectdojo import DefectDojo
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_FIELD = re.compile(rb'name="([^"]*)"')


class DefectDojoServer:
    """An instance that is served from a thread; a context manager that stops it at the end.

    `heard` keeps every exchange for tests that hold it against the contract: method, path, parameters, the body that was
    sent (of a form its fields), the status and the body that was answered.
    """

    def __init__(self, dojo: DefectDojo, *, port: int = 0) -> None:
        self.dojo = dojo
        self.heard: list[tuple[Asked, Answer | None]] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", port), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True, name="defectdojo")
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
        body, file = read_body(headers.get("content-type", ""), content)
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), body, file, base=self.url)
        with self._lock:
            found = self.dojo.answer(asked, headers.get("authorization", ""))
            self.heard.append((asked, found))
            return found

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
                body = b"" if found.body is None else found.body.encode() if is_text else orjson.dumps(found.body)
                self.send_response(found.status)
                for name, value in found.headers.items():
                    self.send_header(name, value)
                self.send_header("content-type", "text/html" if is_text else "application/json")
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


def read_body(kind: str, content: bytes) -> tuple[dict[str, Any], bytes | None]:
    """The fields of a body, and the content of its file."""
    if kind.startswith("multipart/form-data") and (found := _BOUNDARY.search(kind)):
        return _parts(content, found[1].encode())
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(content.decode())), None
    try:
        body = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        return {}, None
    return (body, None) if isinstance(body, dict) else ({}, None)


def _parts(content: bytes, boundary: bytes) -> tuple[dict[str, Any], bytes | None]:
    fields: dict[str, Any] = {}
    file = None
    for part in content.split(b"--" + boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        value = body.removesuffix(b"\r\n")
        name = _FIELD.search(head)
        if name is None:
            continue
        if b"filename=" in head:
            file = value
        else:
            fields[name[1].decode()] = value.decode()
    return fields, file
