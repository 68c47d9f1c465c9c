"""What every request must be and every answer carries: our own host, our own pages, headers that keep browsers strict."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from hubposture.web.api.problems import answer
from hubposture.web.home import Home
from hubposture.web.limits import Gate

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_READING = ("GET", "HEAD")
_ALLOWED = (*_READING, "POST")
_API = "/api/"
"""Below it every method gets through to the operations, which say themselves which they take."""
_OWN_SITES = ("same-origin", "none")
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
_NOT_KEPT = "no-store"
"""For whoever signed in: after the sign-out the browser's back button shows nothing."""
_HTTPS_ALONE = "max-age=31536000"
_BY_ANY_NAME = ("/health", "/ready")
"""What a load balancer asks by address, where people sign in; it says nothing of anybody."""
_HERE = Home()


class Guard:
    """Stands before the pages.

    A request under another host name than `hosts` is refused: a page of somebody else whose name was made to point here
    (DNS rebinding) carries its own name. The port plays no part. `gate` counts what those ask who sign in.
    """

    def __init__(self, app: App, *, hosts: Sequence[str], home: Home = _HERE, gate: Gate | None = None) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._home = home
        self._gate = gate

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers, client = Headers(scope=scope), (scope.get("client") or ("",))[0]
        state = scope.setdefault("state", {})
        state["address"], state["gate"] = self._home.address(client, headers), self._gate
        await self._answering(scope, headers, client)(scope, receive, _with_headers(send, scope, self._home))

    def _answering(self, scope: Scope, headers: Headers, client: str) -> App:
        """Who answers a request: the pages, or a refusal."""
        method, path = scope["method"], scope["path"]
        is_api, is_for_all = path.startswith(_API), self._gate is not None and path in _BY_ANY_NAME
        if _named(headers.getlist("host")) not in self._hosts and not is_for_all:
            return _refusal(421, "This is not the address of this service.", is_api=is_api)
        if method not in _ALLOWED and not is_api:
            told = {"Allow": ", ".join(_ALLOWED)}
            return PlainTextResponse("Nothing here answers to that.\n", status_code=405, headers=told)
        if self._home.is_plain(client, headers) and not is_for_all:
            return _to_https(self._home.url, scope, is_api=is_api)
        if method not in _READING and not _from_here(headers):
            return _refusal(403, "This was sent by the page of another site.", is_api=is_api)
        return self._app


def _to_https(url: str, scope: Scope, *, is_api: bool) -> Response:
    """A page is asked for again with https; everything else may have been seen by others on its way, and is refused."""
    if scope["method"] not in _READING or is_api:
        return _refusal(403, "This was sent without https.", is_api=is_api)
    query = scope.get("query_string", b"").decode("latin-1")
    return RedirectResponse(f"{url}{scope['path']}{'?' if query else ''}{query}", status_code=308)


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
        return site in _OWN_SITES
    if (origin := headers.get("origin")) is None:
        return True
    return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _with_headers(send: Send, scope: Scope, home: Home) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            caller = scope["state"].get("caller")
            if caller is not None and caller.way == "session":
                headers["Cache-Control"] = _NOT_KEPT
            elif "cache-control" not in headers:
                headers["Cache-Control"] = _CACHE
            if home.is_https:
                headers["Strict-Transport-Security"] = _HTTPS_ALONE
                _only_https(message)
        await send(message)

    return sending


def _only_https(message: Message) -> None:
    """Every cookie is for https alone."""
    message["headers"] = [
        (name, value + b"; Secure" if name == b"set-cookie" and b"; secure" not in value.lower() else value)
        for name, value in message["headers"]
    ]
