"""Serves an emulated Jira site on loopback."""

import contextlib
import time
from email.utils import format_datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from hubposture.sandbox.remote.jira import Jira, Request
from hubposture.sandbox.remote.jira_answers import Answer, failure
from hubposture.sandbox.remote.jira_pages import page_for
from hubposture.sandbox.remote.loopback import Handler, Loopback


class JiraServer(Loopback):
    """A site that is served from a thread; a context manager that stops it at the end.

    `url` is the site, `gateway_url` stands for `https://api.atlassian.com/ex/jira/{cloudId}`. The site's own address
    becomes `url`, as its links have it.
    """

    def __init__(self, jira: Jira, *, port: int = 0) -> None:
        self.jira = jira
        super().__init__(self._handler(), name="jira", port=port)
        self.gateway_url = f"{self.url}/ex/jira/{jira.cloud_id}"
        jira.base_url = self.url

    def answer(self, method: str, target: str, headers: Any, content: bytes) -> Answer | None:
        """Answer one request; None where the connection is to break."""
        parts = urlsplit(target)
        if (page := page_for(self.jira, method, unquote(parts.path), content)) is not None:
            return page
        is_json = "application/json" in (headers.get("content-type") or "")
        if content and not is_json:
            return failure(415, "The Content-Type must be application/json")
        try:
            body = orjson.loads(content) if content else None
        except orjson.JSONDecodeError:
            return failure(400, "Error parsing JSON")
        params = dict(parse_qsl(parts.query, keep_blank_values=True))
        request = Request(method, unquote(parts.path), params, body, headers.get("authorization", ""))
        found, seconds = self.jira.answer(request)
        if seconds:
            time.sleep(seconds)
        return found

    def _handler(self) -> type[Handler]:
        return type("Handler", (_Handler,), {"served": self})


class _Handler(Handler):
    """Reads requests and writes what the server makes of them."""

    served: ClassVar[JiraServer]

    def _handle(self) -> None:
        content = self.content()
        found = self.served.answer(self.command, self.path, self.headers, content)
        with contextlib.suppress(OSError):
            if found is None:
                self.cut()
            else:
                self._send(found)

    do_GET = do_POST = do_PUT = do_DELETE = _handle  # noqa: N815 - names that http.server asks for

    def _send(self, found: Answer) -> None:
        is_text = isinstance(found.body, str)
        body = found.body.encode() if isinstance(found.body, str) else orjson.dumps(found.body)
        if found.body is None:
            body = b""
        kind = "text/html; charset=utf-8" if is_text else "application/json;charset=UTF-8"
        self.write(found.status, {**found.headers, **({"content-type": kind} if body else {})}, body)

    def date_time_string(self, timestamp: float | None = None) -> str:  # noqa: ARG002 - as http.server has it
        """The Date of an answer, by the site's own clock."""
        return format_datetime(self.served.jira.now, usegmt=True)
