"""Socket Mode: Slack's deliveries over WebSockets that we open, so that nothing of ours has to be reachable.

Follows apps.connections.open and the envelopes of Socket Mode: `hello`, `disconnect`, `interactive`. Every envelope is
acknowledged once what it asks for is written down; one that could not be written down is not, and Slack delivers it again.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

import orjson

from hubposture.connectors.http import Http
from hubposture.connectors.slack_errors import said
from hubposture.errors import HubpostureError, RemoteRefused, RemoteUnavailable

Accept = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""Takes the payload of an envelope and gives what goes back with the acknowledgement; raises where it could not be kept."""

_LARGEST: Final = 2**20
_LOOK_SECONDS: Final = 1.0
"""How often a connection that is silent looks whether it should end."""
_OPEN_SECONDS: Final = 10.0
_SHORTEST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 60.0
_LASTING_SECONDS: Final = 10.0
"""A connection that lasts longer was a good one: the next is opened at once."""
_REMEMBERED: Final = 10_000
_SWITCHED_OFF: Final = "Slack: Socket Mode is switched off for the app; switch it on in the app's settings"


class Connection(Protocol):
    """A WebSocket as it is used here."""

    def recv(self, timeout: float | None = None) -> str | bytes:
        """The next message. Raises TimeoutError, and another error once it is closed."""

    def send(self, message: str) -> None:
        """Send a text."""


class SocketMode:
    """Keeps connections to Slack open, each in a thread, until it is left.

    `http` speaks with the app's token (xapp-...). Several connections are open at once, so that one may be renewed while
    another listens; Slack delivers each envelope to one of them, and what it delivers twice counts once. `tell` is told in
    a line what goes wrong, the same only once in a row.
    """

    def __init__(
        self,
        http: Http,
        accept: Accept,
        *,
        tell: Callable[[str], None],
        connections: int = 2,
        connect: Callable[[str], AbstractContextManager[Connection]] | None = None,
    ) -> None:
        self._http = http
        self._accept = accept
        self._tell = tell
        self._connect = connect or _connect
        self._stopped = threading.Event()
        self._seen: OrderedDict[str, Mapping[str, Any] | None] = OrderedDict()
        self._taking: set[str] = set()
        self._lock = threading.Lock()
        self._said = ""
        names = [f"slack-{number}" for number in range(connections)]
        self._threads = [threading.Thread(target=self._keep, daemon=True, name=name) for name in names]

    def __enter__(self) -> Self:
        for one in self._threads:
            one.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stopped.set()
        for one in self._threads:
            one.join(timeout=5 * _LOOK_SECONDS)

    # --- one connection after another --------------------------------------------------------------------------------

    def _keep(self) -> None:
        """Open a connection again and again; after failures ever later."""
        failures = 0
        while not self._stopped.is_set():
            began = self._http.clock()
            try:
                with self._connect(self._address()) as connection:
                    self._serve(connection)
            except HubpostureError as error:
                self._say(str(error))
            except Exception as error:  # noqa: BLE001 - whatever breaks a connection, the next one is opened
                self._say(f"Slack: the connection broke ({type(error).__name__}); it is opened again")
            failures = 0 if self._http.clock() - began > _LASTING_SECONDS else failures + 1
            if failures:
                self._stopped.wait(min(_SHORTEST_PAUSE * 2.0 ** (failures - 1), _LONGEST_PAUSE))

    def _address(self) -> str:
        """Where a new connection goes. Raises RemoteError where Slack gives no address, or none that may be used."""
        reply = self._http.request("POST", "/apps.connections.open", repeatable=True, json={})
        answer = reply.body if isinstance(reply.body, Mapping) else {}
        if answer.get("ok") is not True:
            raise RemoteUnavailable(said("apps.connections.open", str(answer.get("error", ""))))
        url = answer.get("url")
        return checked(url if isinstance(url, str) else "")

    def _serve(self, connection: Connection) -> None:
        """Read a connection to its end. Raises RemoteRefused where Socket Mode is switched off."""
        while not self._stopped.is_set():
            try:
                message = _read(connection.recv(timeout=_LOOK_SECONDS))
            except TimeoutError:
                continue
            kind = message.get("type")
            if kind == "hello":
                self._said = ""
            if kind == "disconnect" and message.get("reason") == "link_disabled":
                raise RemoteRefused(_SWITCHED_OFF)
            if kind == "disconnect":
                return  # a warning, or a refresh: another one is opened, and the others go on meanwhile
            if isinstance(message.get("envelope_id"), str):
                self._answer(connection, message)

    def _answer(self, connection: Connection, message: Mapping[str, Any]) -> None:
        """Take an envelope and acknowledge it; one that cannot be kept is left for Slack to deliver again."""
        envelope = str(message["envelope_id"])
        with self._lock:
            is_known, back = envelope in self._seen, self._seen.get(envelope)
            if envelope in self._taking:
                return  # another connection is at it, and acknowledges it
            if not is_known:
                self._taking.add(envelope)
        if not is_known:
            try:
                back = self._taken(envelope, message)
            except HubpostureError as error:
                self._say(f"Slack: a press could not be written down and is waited for again: {error}")
                return
            finally:
                with self._lock:
                    self._taking.discard(envelope)
        given = {"envelope_id": envelope, **({"payload": back} if back is not None else {})}
        connection.send(orjson.dumps(given).decode())

    def _taken(self, envelope: str, message: Mapping[str, Any]) -> Mapping[str, Any] | None:
        payload = message.get("payload")
        back = self._accept(payload if isinstance(payload, Mapping) else {})
        with self._lock:
            self._seen[envelope] = back
            while len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        return back

    def _say(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._tell(text)


def checked(url: str) -> str:
    """The address of a WebSocket if it may be used: over TLS, or on this machine. Raises RemoteRefused."""
    try:
        parts = urlsplit(url)
        is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        parts, is_here = urlsplit(""), False
    if not parts.hostname or (parts.scheme != "wss" and not (parts.scheme == "ws" and is_here)):
        raise RemoteRefused(
            "Slack apps.connections.open: it gives no address that begins with wss://; nothing was opened"
        )
    return url


def _read(data: str | bytes) -> Mapping[str, Any]:
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _connect(url: str) -> AbstractContextManager[Connection]:
    from websockets.sync.client import connect  # noqa: PLC0415 - slow to import, and few listen to Slack

    is_here = urlsplit(url).scheme == "ws"
    more: dict[str, Any] = {"proxy": None} if is_here else {}
    found: AbstractContextManager[Connection] = connect(
        url, open_timeout=_OPEN_SECONDS, close_timeout=2, max_size=_LARGEST, **more
    )
    return found
