"""What every request must be and every answer carries: our own host, our own pages, headers that keep browsers strict."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

from hubposture.web.api.problems import answer

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_READING = ("GET", "HEAD")
_ALLOWED = (*_READING, "POST")
_API = "/api/"
"""Below it every method gets through to the operations, which say themselves which they take."""
_HERE = ("same-origin", "none")
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
"""On every answer, errors included."""
_CACHE = "private, no-cache"
"""May be kept, and must be asked for again: an unchanged page costs an empty answer."""


class Guard:
    """Stands before the pages.

    A request under another host name than `hosts` is refused: a page of somebody else whose name was made to point here
    (DNS rebinding) carries its own name. The port plays no part.
    """

    def __init__(self, app: App, *, hosts: Sequence[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        app = self._app
        is_api = scope["path"].startswith(_API)
        if _named(Headers(scope=scope).getlist("host")) not in self._hosts:
            app = _refusal(421, "This is not the address of this service.", is_api=is_api)
        elif scope["method"] not in _ALLOWED and not is_api:
            headers = {"Allow": ", ".join(_ALLOWED)}
            app = PlainTextResponse("Nothing here answers to that.\n", status_code=405, headers=headers)
        elif scope["method"] not in _READING and not _from_here(Headers(scope=scope)):
            app = _refusal(403, "This was sent by the page of another site.", is_api=is_api)
        await app(scope, receive, _with_headers(send))


def _refusal(status: int, text: str, *, is_api: bool) -> Response:
    return answer(status, text) if is_api else PlainTextResponse(f"{text}\n", status_code=status)


def _named(found: Sequence[str]) -> str:
    """The host without its port; '' where there is not exactly one."""
    if len(found) != 1:
        return ""
    host = found[0].lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _from_here(headers: Headers) -> bool:
    """Whether a browser sent it from a page of ours; what is no browser sends neither header, and has no session either."""
    if (site := headers.get("sec-fetch-site")) is not None:
        return site in _HERE
    if (origin := headers.get("origin")) is None:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if "cache-control" not in headers:
                headers["Cache-Control"] = _CACHE
        await send(message)

    return sending
