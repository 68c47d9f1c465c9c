"""What every request must be and every answer carries: our own host, reading only, headers that keep browsers strict."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_READING = ("GET", "HEAD")
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
        if _named(Headers(scope=scope).getlist("host")) not in self._hosts:
            app = PlainTextResponse("This is not the address of this service.\n", status_code=421)
        elif scope["method"] not in _READING:
            app = PlainTextResponse(
                "These pages can only be read.\n", status_code=405, headers={"Allow": ", ".join(_READING)}
            )
        await app(scope, receive, _with_headers(send))


def _named(found: Sequence[str]) -> str:
    """The host without its port; '' where there is not exactly one."""
    if len(found) != 1:
        return ""
    host = found[0].lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


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
