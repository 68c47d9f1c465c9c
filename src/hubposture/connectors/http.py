"""Requests to other systems over HTTP: their tries, their bounds, and their errors in the project's words."""

import re
import ssl
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from hubposture.connectors.patience import Patience, pause_before_retry, told_pause
from hubposture.connectors.saying import Saying, Trouble
from hubposture.errors import RemoteRefused

_LARGEST_ANSWER: Final = 32 * 2**20
_MOST_PAGES: Final = 10_000
_MOST_REDIRECTS: Final = 3
_LINK: Final = re.compile(r"<([^<>]*)>([^<]*)")
_RELATION: Final = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: header names are in lower case, `body` is the parsed JSON or None where it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any
    text: str


@dataclass(frozen=True, slots=True)
class File:
    """A file that is sent: its name, its content, and its media type."""

    name: str
    content: bytes
    type: str = "application/json"


def next_by_link(reply: Reply) -> str | None:
    """The address of the next page by the Link header (RFC 8288, rel=next); None on the last one."""
    for address, parameters in _LINK.findall(reply.headers.get("link", "")):
        found = _RELATION.search(parameters)
        if found is not None and "next" in (found[1] or found[2]).casefold().split():
            return str(address)
    return None


class Http:
    """Speaks to one system, and to no other host.

    `headers` gives the headers of each try, credentials among them; `renew` is called after a 401, once a request,
    and says whether there are new credentials to try with. `clock` gives seconds and never goes back, `sleep` waits.
    `who` names the system in errors. Usable by several threads; close it, or use it in a `with`.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Callable[[], Mapping[str, str]],
        patience: Patience,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        who: str,
        renew: Callable[[], bool] | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.clock = clock
        self.sleep = sleep
        self.patience = patience
        self._origin = _origin(self.base_url)
        self._headers = headers
        self._renew = renew
        self._who = who
        is_here = urlsplit(self.base_url).hostname in ("127.0.0.1", "localhost", "::1")
        if not is_here and not self.base_url.startswith("https://"):
            raise RemoteRefused(f"{who} {self.base_url}: only https:// is spoken, for the credentials; correct the URL")
        self._client = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(patience.answer_seconds, connect=patience.connect_seconds),
            follow_redirects=False,
            # Without TLS no authorities are loaded: half of what a client takes to build. It would trust nobody.
            verify=True if self.base_url.startswith("https://") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            # Proxies and certificates of the environment count, but never on the way to this very machine.
            trust_env=not is_here,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def request(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        params: Mapping[str, str | int] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
        answers: Collection[int] = (),
    ) -> Reply:
        """Make a request and give its answer, of a status below 300 or one of `answers`.

        `path` starts with a slash and follows the base URL. With `files`, by the names of their fields, the form goes out
        as multipart/form-data. `repeatable` says that doing it twice is the same as once;
        what is not is tried again only where it was surely not done (429, no connection). Raises RemoteUnavailable
        when the tries are used up, its child AnswerLost when something not repeatable may have been done,
        RemoteRefused when another try will not help; `code` is the status, or a word.
        """
        url = f"{self.base_url}{path}"
        sent = {"params": dict(params) if params else None, "json": json, "data": dict(form) if form else None}
        if files:
            sent["files"] = {name: (one.name, one.content, one.type) for name, one in files.items()}
        return self._request(method, url, sent, repeatable=repeatable, answers=answers)

    def said(self, body: Any) -> str:
        """What an answer that was expected says of itself, on one line and without our credentials; ''."""
        saying = self._saying("", "")
        saying.never_say(dict(self._headers()), None)
        return saying.said(body)

    def pages(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        next_link: Callable[[Reply], str | None] = next_by_link,
        answers: Collection[int] = (),
    ) -> Iterator[Reply]:
        """Every page of a list, following next links on the same host; short and empty pages end nothing.

        Raises as `request`, and RemoteRefused where a next link leads to another host or round in a circle.
        """
        reply = self.request("GET", path, params=params, repeatable=True, answers=answers)
        url, seen = f"{self.base_url}{path}", set[str]()
        while True:
            yield reply
            link = next_link(reply)
            if link is None:
                return
            url = self._on_this_host(urljoin(url, link), self._saying("GET", path))
            if url in seen or len(seen) >= _MOST_PAGES:
                raise self._saying("GET", path).refused("the pages do not end", code="pages")
            seen.add(url)
            reply = self._request("GET", url, {}, repeatable=True, answers=answers)

    def _request(
        self, method: str, url: str, sent: dict[str, Any], *, repeatable: bool, answers: Collection[int]
    ) -> Reply:
        started, tries, may_renew = self.clock(), 0, self._renew is not None
        saying = self._saying(method, url)
        while True:
            tries += 1
            reply = self._try(method, url, sent, saying)
            if isinstance(reply, Reply):
                if reply.status in answers or reply.status < 300:  # noqa: PLR2004 - HTTP's border of success
                    return reply
                if reply.status == httpx.codes.UNAUTHORIZED and may_renew and self._renew is not None and self._renew():
                    may_renew, tries = False, tries - 1
                    continue
                reply = saying.trouble(reply.status, reply.headers, reply.body)
            if not (reply.is_passing and (repeatable or reply.was_surely_not_done)):
                raise saying.error(reply, tries=tries, repeatable=repeatable)
            pause = pause_before_retry(
                reply.told, tries=tries, elapsed_seconds=self.clock() - started, patience=self.patience
            )
            if pause is None:
                raise saying.error(reply, tries=tries, repeatable=repeatable)
            self.sleep(pause)

    def _try(self, method: str, url: str, sent: dict[str, Any], saying: Saying) -> Reply | Trouble:
        """One try, with redirects of reading requests within this host."""
        try:
            for _ in range(_MOST_REDIRECTS + 1):
                reply = self._send(method, url, sent, saying)
                where = reply.headers.get("location", "")
                if method != "GET" or not where or not 300 <= reply.status < 400:  # noqa: PLR2004 - HTTP's redirects
                    return reply
                url, sent = self._on_this_host(urljoin(url, where), saying), {}
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return saying.not_reached(error)
        except (httpx.LocalProtocolError, httpx.UnsupportedProtocol, httpx.InvalidURL, UnicodeEncodeError) as error:
            why = f"the URL or the credentials hold characters that cannot be sent ({type(error).__name__})"
            raise saying.refused(why, code="invalid") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            return saying.cut_off(error)
        raise saying.refused("it redirects again and again; correct the URL", code="redirect")

    def _send(self, method: str, url: str, sent: dict[str, Any], saying: Saying) -> Reply:
        headers = dict(self._headers())
        saying.never_say(headers, sent.get("data"))
        given = {"accept": "application/json", "user-agent": "hubposture", **headers}
        begun = self.clock()
        with self._client.stream(method, url, headers=given, **sent) as response:
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > _LARGEST_ANSWER:
                    raise saying.refused(f"the answer is larger than {_LARGEST_ANSWER // 2**20} MiB", code="too large")
                if self.clock() - begun > self.patience.answer_seconds:
                    raise httpx.ReadTimeout("the answer does not end")
        found = {name.lower(): value for name, value in response.headers.items()}
        text = content.decode(response.encoding or "utf-8", "replace")
        return Reply(response.status_code, found, _parsed(bytes(content)), text)

    def _on_this_host(self, url: str, saying: Saying) -> str:
        if _origin(url) != self._origin:
            host = urlsplit(url).hostname or "nowhere"
            raise saying.refused(f"it leads to another host ({host}), which is not followed", code="redirect")
        return url

    def _saying(self, method: str, url: str) -> Saying:
        return Saying(self._who, method, urlsplit(url).path)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def _parsed(content: bytes) -> Any:
    try:
        return orjson.loads(content) if content else None
    except orjson.JSONDecodeError:
        return None


__all__ = ["File", "Http", "Patience", "Reply", "next_by_link", "told_pause"]
