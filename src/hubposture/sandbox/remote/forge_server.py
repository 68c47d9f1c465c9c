"""Serves an emulated forge on loopback: GitHub under /api/v3 (as an Enterprise Server), GitLab under /api/v4."""

import threading
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

from hubposture.sandbox.remote import forge_github, forge_gitlab
from hubposture.sandbox.remote.forge import TOKEN, Forge
from hubposture.sandbox.remote.forge_answer import NOT_FOUND, Answer, Question
from hubposture.sandbox.remote.loopback import Handler, Loopback

_FACES = {"/api/v3/": forge_github.answer, "/api/v4/": forge_gitlab.answer}
_UNAUTHORIZED = 401


class ForgeServer(Loopback):
    """A forge that is served from a thread; a context manager that stops it at the end."""

    def __init__(self, forge: Forge, *, token: str = TOKEN) -> None:
        self.forge = forge
        self.token = token
        self._lock = threading.Lock()
        super().__init__(self._handler(), name="forge")

    @property
    def github(self) -> str:
        """The API's root as GitHub."""
        return f"{self.url}/api/v3"

    @property
    def gitlab(self) -> str:
        """The API's root as GitLab."""
        return f"{self.url}/api/v4"

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

    def _handler(self) -> type[Handler]:
        server = self

        class Served(Handler):
            def _handle(self) -> None:
                found = server.answer("GET", self.path, self.headers.get("authorization", ""))
                body = orjson.dumps(found.body)
                self.write(found.status, {"content-type": "application/json", **found.headers}, body)

            do_GET = _handle  # noqa: N815 - the name that http.server asks for

        return Served
