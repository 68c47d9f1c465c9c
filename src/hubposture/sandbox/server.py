"""The sandbox over HTTP, on one port: Security Hub and its neighbours by the engine, other services by moto.

Usable by boto3 (AWS_ENDPOINT_URL) and by the `aws` program (--endpoint-url). Not verified against AWS.
"""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any, Self

from hubposture.errors import RemoteUnavailable
from hubposture.sandbox import models, wire
from hubposture.sandbox.admin import PREFIX, Admin
from hubposture.sandbox.answers import ConnectionLost, NoAnswerInTime, ServiceError
from hubposture.sandbox.engine import LABEL
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.wire import Reply, Request, Scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

OWNED = frozenset({"securityhub", "organizations", "account", "sts"})
"""Services that the engine answers alone: what it does not emulate of them is 501, not moto's idea of it."""

LONGEST_POLL_SECONDS = 20.0
_LOOK_SECONDS = 0.2

PATIENCE_SECONDS = 75.0
"""How long a request that is to time out is held: longer than botocore waits by default."""


class SandboxApp:
    """An ASGI application."""

    def __init__(self, admin: Admin, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.admin = admin
        self.patience_seconds = patience_seconds
        self._moto: Any = None

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one connection's event."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        body = await _body(receive)
        request = Request(
            method=scope["method"],
            path=(scope.get("raw_path") or scope["path"].encode()).decode("ascii").partition("?")[0],
            query=scope["query_string"].decode("ascii"),
            headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
            body=body,
        )
        if request.path.startswith(PREFIX):
            await _reply(send, self.admin.handle(request))
            return
        found = wire.scope_of(request)
        if found and not self._is_ours(found, request):
            await self._by_moto(found, request, scope, body, send)
            return
        if found and found.service == "sqs" and request.headers.get("x-amz-target") == "AmazonSQS.ReceiveMessage":
            await self._wait_for_messages(request)
        await self._by_engine(request, send)

    def _is_ours(self, found: Scope, request: Request) -> bool:
        if found.service in OWNED:
            return True
        try:
            operation, params = wire.read(models.service(found.service), request)
        except (KeyError, ServiceError, UnicodeDecodeError):
            return False
        if found.service == "sqs":
            return self.admin.sandbox.events.is_named(params)
        return self.admin.sandbox.emulates(found.service, operation.name)

    async def _wait_for_messages(self, request: Request) -> None:
        """Hold a ReceiveMessage on the queue of events until there is a message or its time is up."""
        _, params = wire.read(models.service("sqs"), request)
        waited = asyncio.get_running_loop().time
        until = waited() + min(LONGEST_POLL_SECONDS, float(params.get("WaitTimeSeconds") or 0))
        while not self._has_messages() and waited() < until:  # noqa: ASYNC110 - time alone may bring one, nobody tells
            await asyncio.sleep(_LOOK_SECONDS)

    def _has_messages(self) -> bool:
        sandbox = self.admin.sandbox
        with sandbox.lock:
            return sandbox.events.has_messages(sandbox.core.now())

    async def _by_engine(self, request: Request, send: Send) -> None:
        try:
            reply = self.admin.sandbox.handle(request)
        except NoAnswerInTime:
            await asyncio.sleep(self.patience_seconds)
            await _cut(send)
        except ConnectionLost:
            await _cut(send)
        else:
            await _reply(send, reply)

    async def _by_moto(self, found: Scope, request: Request, scope: Message, body: bytes, send: Send) -> None:
        token = request.headers.get("x-amz-security-token", "")
        try:
            principal = self.admin.sandbox.identities.resolve(found, token)
        except ServiceError as refused:
            await _reply(send, wire.refuse(_protocol(found.service), refused, 403))
            return
        if self._moto is None:
            self._moto = _moto_app()
        headers = [(name, value) for name, value in scope["headers"] if name.lower() != b"x-moto-account-id"]
        inner = {**scope, "headers": [*headers, (b"x-moto-account-id", principal.account.encode())]}
        await self._moto(inner, _once(body), send)


def _protocol(service: str) -> str:
    try:
        return models.service(service).protocol
    except KeyError:
        return "rest-json"


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _once(body: bytes) -> Receive:
    left = [body]

    async def receive() -> Message:
        return {"type": "http.request", "body": left.pop() if left else b"", "more_body": False}

    return receive


async def _reply(send: Send, reply: Reply) -> None:
    headers = {**reply.headers, "content-length": str(len(reply.body)), "x-hubposture-sandbox": LABEL}
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})


async def _cut(send: Send) -> None:
    """Break the connection without a word; ASGI has no way to, so uvicorn's own transport is asked."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionLost("cut by a fault")
    transport.abort()
    await asyncio.sleep(0)


def _moto_app() -> Any:
    import a2wsgi  # noqa: PLC0415 - an optional dependency, and half a second to import
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app  # noqa: PLC0415 - see above

    app: Any = DomainDispatcherApplication(create_backend_app)
    return a2wsgi.WSGIMiddleware(app)


class Server:
    """A sandbox that is being served from a thread; a context manager that stops it at the end."""

    def __init__(self, app: SandboxApp, *, host: str, port: int) -> None:
        import uvicorn  # noqa: PLC0415 - an optional dependency

        self.app = app
        # asyncio turns Nagle's algorithm off only for sockets that name their protocol: 40 ms a call otherwise.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind((host, port))
        self.host, self.port = self._socket.getsockname()[:2]
        config = uvicorn.Config(
            app, log_level="critical", access_log=False, lifespan="on", timeout_graceful_shutdown=1, date_header=False
        )
        self._uvicorn = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)

    @property
    def url(self) -> str:
        """Where clients find the sandbox."""
        return f"http://{self.host}:{self.port}"

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox that is served now; a reset makes another."""
        return self.app.admin.sandbox

    def _run(self) -> None:
        self._uvicorn.run(sockets=[self._socket])

    def start(self) -> "Server":
        """Begin to serve; returns when requests are taken."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(1000):
            if self._uvicorn.started:
                return self
            waited.wait(0.01)
        raise RemoteUnavailable(f"The sandbox did not start on {self.url} within 10 seconds")

    def wait(self) -> None:
        """Serve until the server is stopped."""
        self._thread.join()

    def stop(self) -> None:
        """Stop serving, and keep the state if a directory was given."""
        self._uvicorn.should_exit = True
        self._thread.join(10)
        self._socket.close()
        self.app.admin.keep()

    def __enter__(self) -> Self:
        if not self._thread.is_alive():
            self.start()
        return self

    def __exit__(self, *_details: object) -> None:
        self.stop()


def serve(
    sandbox: Sandbox,
    host: str = "127.0.0.1",
    *,
    port: int = 0,
    directory: Path | None = None,
    rebuild: Callable[[], Sandbox] | None = None,
    patience_seconds: float = PATIENCE_SECONDS,
) -> Server:
    """Serve a sandbox from a thread; port 0 takes a free one.

    `directory` is where the state is kept on ticks, resets, saves and at the end; `rebuild` makes the sandbox anew for
    a reset; `patience_seconds` is how long a request that is to time out is held.
    """
    app = SandboxApp(Admin(sandbox, rebuild=rebuild, directory=directory), patience_seconds=patience_seconds)
    return Server(app, host=host, port=port).start()
