"""Serves an emulated DefectDojo on loopback."""

import re
import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.defectdojo import DefectDojo
from hubposture.sandbox.remote.defectdojo_answers import Answer, Asked
from hubposture.sandbox.remote.loopback import Handler, Loopback

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_FIELD = re.compile(rb'name="([^"]*)"')


class DefectDojoServer(Loopback):
    """An instance that is served from a thread; a context manager that stops it at the end.

    `heard` keeps every exchange for tests that hold it against the contract: method, path, parameters, the body that was
    sent (of a form its fields), the status and the body that was answered.
    """

    def __init__(self, dojo: DefectDojo, *, port: int = 0) -> None:
        self.dojo = dojo
        self.heard: list[tuple[Asked, Answer | None]] = []
        self._lock = threading.Lock()
        super().__init__(self._handler(), name="defectdojo", port=port)

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> Answer | None:
        """Answer one request; None where the connection is to break."""
        parts = urlsplit(target)
        body, file = read_body(headers.get("content-type", ""), content)
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), body, file, base=self.url)
        with self._lock:
            found = self.dojo.answer(asked, headers.get("authorization", ""))
            self.heard.append((asked, found))
            return found

    def _handler(self) -> type[Handler]:
        server = self

        class Served(Handler):
            def _handle(self) -> None:
                content = self.content()
                found = server.answer(self.command, self.path, self.headers, content)
                if found is None:
                    self.cut()
                    return
                is_text = isinstance(found.body, str)
                body = b"" if found.body is None else found.body.encode() if is_text else orjson.dumps(found.body)
                kind = "text/html" if is_text else "application/json"
                self.write(found.status, {**found.headers, "content-type": kind}, body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - names that http.server asks for

        return Served


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
