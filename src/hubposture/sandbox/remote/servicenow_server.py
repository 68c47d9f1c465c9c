"""Serves an emulated ServiceNow instance on loopback."""

import threading
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.loopback import Handler, Loopback
from hubposture.sandbox.remote.servicenow import ServiceNow
from hubposture.sandbox.remote.servicenow_answers import Answer, Asked


class ServiceNowServer(Loopback):
    """An instance that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, instance: ServiceNow, *, port: int = 0) -> None:
        self.instance = instance
        self._lock = threading.Lock()
        super().__init__(self._handler(), name="servicenow", port=port)

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> Answer | None:
        """Answer one request; None where the connection is to break."""
        parts = urlsplit(target)
        is_form = "form-urlencoded" in headers.get("content-type", "")
        body = dict(parse_qsl(content.decode())) if is_form else _json(content)
        asked = Asked(method, parts.path, dict(parse_qsl(parts.query)), body, self.url)
        with self._lock:
            return self.instance.answer(asked, headers.get("authorization", ""))

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
                body = found.body.encode() if isinstance(found.body, str) else orjson.dumps(found.body)
                kind = "text/html" if is_text else "application/json;charset=UTF-8"
                self.write(found.status, {**found.headers, "content-type": kind}, body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _handle  # noqa: N815 - names that http.server asks for

        return Served


def _json(content: bytes) -> Any:
    try:
        found = orjson.loads(content) if content else {}
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}
