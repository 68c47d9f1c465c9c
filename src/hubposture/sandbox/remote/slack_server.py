"""Serves an emulated Slack workspace on loopback: the Web API under /api, webhooks under /services, hands under /hands.

`POST /hands/press` with `channel`, `action`, `by` (and `choice`) presses a button as that person, `POST /hands/send` with
`view` and `values` sends a form: for rehearsals, where nobody has Slack before them.
"""

import threading
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

from hubposture.sandbox.remote.loopback import Handler, Loopback
from hubposture.sandbox.remote.slack import Answer, Slack, refusal
from hubposture.sandbox.remote.slack_hands import Hands, NothingThere
from hubposture.sandbox.remote.slack_socket import Sockets
from hubposture.sandbox.remote.slack_world import Trouble, Workspace


class SlackServer(Loopback):
    """A workspace that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, workspace: Workspace, *, clock: Callable[[], float] = time.time) -> None:
        self.workspace = workspace
        self.sockets = Sockets()
        self.hands = Hands(workspace, self.sockets, clock=clock)
        self._slack = Slack(workspace, clock=clock, socket=self.sockets.url)
        self._lock = threading.Lock()
        super().__init__(self._handler(), name="slack")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.sockets.close()
        super().__exit__(kind, error, at)

    @property
    def api(self) -> str:
        """The root of the Web API."""
        return f"{self.url}/api"

    def answer(self, target: str, given: Mapping[str, Any], authorization: str) -> Answer | None:
        """The answer to a request, None where the connection breaks; what is asked is kept in the workspace's `calls`."""
        if target.startswith("/hands/"):
            return self._handled(target, given)
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

    def _handled(self, target: str, given: Mapping[str, Any]) -> Answer:
        """What somebody does; it is delivered while others may ask."""
        try:
            if target.endswith("/press"):
                named = {name: str(given.get(name, "")) for name in ("channel", "action", "by", "choice")}
                done = self.hands.press(named["channel"], named["action"], named["by"], choice=named["choice"])
            else:
                values = given.get("values")
                done = self.hands.send(str(given.get("view", "")), values if isinstance(values, dict) else {})
        except NothingThere as error:
            return Answer(404, {"ok": False, "error": str(error)})
        return Answer(200, {"ok": done.is_taken, "answer": done.answer})

    def _handler(self) -> type[Handler]:
        server = self

        class Served(Handler):
            def _handle(self) -> None:
                body = self.content()
                given = dict(parse_qsl(urlsplit(self.path).query)) | _read(body)
                found = server.answer(self.path, given, self.headers.get("authorization", ""))
                if found is None:
                    self.cut()
                    return
                data = found.body.encode() if isinstance(found.body, str) else orjson.dumps(found.body)
                kind = "text/html" if isinstance(found.body, str) else "application/json; charset=utf-8"
                self.write(found.status, {"content-type": kind, **found.headers}, data)

            do_GET = do_POST = _handle  # noqa: N815 - names that http.server asks for

        return Served


def _read(body: bytes) -> dict[str, Any]:
    """What a body holds: JSON, or a form."""
    try:
        found = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        found = dict(parse_qsl(body.decode("utf-8", "replace")))
    return found if isinstance(found, dict) else {}
