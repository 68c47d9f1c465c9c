"""A world of pages that people sign in to, at a provider that does what a test tells it."""

import math
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import uvicorn

from hubposture.connectors.http import Patience
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.settings.access import AccessSettings
from hubposture.settings.web import LimitSettings, OidcSettings, WebSettings
from hubposture.web.app import make_app
from hubposture.web.desk import Desk
from hubposture.web.door import SessionDoor
from hubposture.web.oidc_provider import Provider
from hubposture.web.sign_in import BACK
from ledger_world import Clock
from web.fake_provider import CLIENT, SECRET, FakeProvider, provider
from web.web_world import NAME, Pages

MANY = LimitSettings(requests_per_minute=100_000, writes_per_minute=100_000, sign_ins_per_minute=100_000, refused_tokens_per_minute=100_000)  # fmt: skip
WHO_IS_WHO = AccessSettings(
    users={"root@example.com": ("administrator",), "robot": ("reader",)},
    groups={"Cloud Security": ("analyst",), "Readers": ("reader",)},
)
PATIENT = Patience(tries=2, first_pause_seconds=0.01, budget_seconds=2, connect_seconds=1, answer_seconds=0.5)


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies, and follows no redirect by itself."""

    client: httpx.Client
    idp: FakeProvider

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.client.get(path, headers=headers)

    def post(self, path: str, fields: Mapping[str, str], **headers: str) -> httpx.Response:
        return self.client.post(path, data=dict(fields), headers=headers)

    def send(self, path: str, **fields: str) -> httpx.Response:
        """A form of a page, with the token that the page gave."""
        return self.post(path, {"form_token": self.form_token(), **fields})

    def form_token(self) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]{64})"', self.get("/me").text)
        assert found is not None
        return found[1]

    def begin(self, where: str = "/me") -> tuple[str, str]:
        """Begin a sign-in, and agree at the provider: the state and the code that it gives back."""
        begun = self.client.get("/sign-in/start", params={"next": where})
        assert begun.status_code == 303, begun.text
        location = begun.headers["location"]
        return parse_qs(urlsplit(location).query)["state"][0], self.idp.grant(location)

    def back(self, state: str, code: str = "", **more: str) -> httpx.Response:
        return self.client.get(BACK, params={"state": state, **({"code": code} if code else {}), **more})

    def sign_in(self, where: str = "/me") -> httpx.Response:
        """All of it."""
        return self.back(*self.begin(where))

    @property
    def is_in(self) -> bool:
        return self.get("/me").status_code == 200


@dataclass
class SignInWorld:
    """The service and what is behind it; the clock is everybody's."""

    idp: FakeProvider
    ledger: SqlLedger
    clock: Clock
    door: SessionDoor
    desk: Desk
    base: str
    new: Callable[[], Browser]

    begun: int = 0

    def audit(self) -> list[tuple[str, str, str]]:
        """Who did what, and why, since this began or was made fresh."""
        return [(one.entry.who, one.entry.what, one.entry.why) for one in self.ledger.trail(after=self.begun)]

    def fresh(self) -> "SignInWorld":
        """Nobody is signed in, and the provider is honest and not yet known."""
        self.idp.reset()
        for one in self.ledger.sessions():
            self.ledger.end_sessions(by="test", id_=one.id)
        self.door.provider._doors = self.door.provider._keys = None
        self.door.provider._failed = (-math.inf, "")
        self.begun = self.ledger.head().seq
        return self


@contextmanager
def sign_in_world(
    there: Pages, folder: Path, *, oidc: Mapping[str, Any] | None = None, **web: Any
) -> Iterator[SignInWorld]:
    """`oidc` and `web` are settings beside those that it takes."""
    clock = Clock()
    with (
        provider(clock) as idp,
        closing(socket.create_server(("127.0.0.1", 0))) as listening,
        open_ledger(f"sqlite:///{folder / 'people.sqlite'}", relative_to=folder, clock=clock) as ledger,
    ):
        base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        client = OidcSettings(issuer=idp.issuer, client_id=CLIENT, client_secret="env:X", **(oidc or {}))
        settings = WebSettings(**{"url": base, "limits": MANY, **web, "oidc": client})
        at = replace(
            there.desk.at, settings=there.desk.at.settings.model_copy(update={"web": settings, "access": WHO_IS_WHO})
        )
        idp_client = Provider(client, SECRET, f"{settings.url}{BACK}", clock, patience=PATIENT)
        door = SessionDoor(ledger, settings, idp_client, WHO_IS_WHO.people.named, clock)
        desk = Desk(at, NAME, there.desk.store)
        app = make_app(desk, door=door)
        browsers: list[httpx.Client] = []

        def new() -> Browser:
            browsers.append(httpx.Client(base_url=base, trust_env=False))
            return Browser(browsers[-1], idp)

        with running(app, listening):
            yield SignInWorld(idp, ledger, clock, door, desk, base, new)
        for one in browsers:
            one.close()


@contextmanager
def running(app: Any, listening: socket.socket) -> Iterator[None]:
    """An application on a socket."""
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", proxy_headers=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
