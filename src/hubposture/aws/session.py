"""Clients: one per service and Region, shared by all accounts; every call is signed with the credentials it was given.

A client per account would cost 22 ms and a third of a megabyte each. So clients are shared, and the credentials of a
call travel in a context variable to botocore's `before-sign` event. Three things keep a call from being signed as
somebody else: clients are built with keys that no account has, so a call outside `acting_as` cannot borrow any; the
event refuses to sign when the variable is empty; and `before-send` compares the finished signature with the variable.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib import metadata
from typing import Any, Protocol

from hubposture.aws.parse import register_fast_parsing
from hubposture.errors import HubpostureError, InputError


class Purpose(StrEnum):
    """What a role is for; the policies shipped with hubposture are written per purpose."""

    BASE = "base"
    READER = "reader"
    WRITER = "writer"
    ADMINISTRATOR = "administrator"
    ADMINISTRATOR_WRITER = "administrator-writer"


class Credentials(Protocol):
    """Keys that may renew themselves; botocore's own credentials have this shape."""

    def get_frozen_credentials(self) -> Any:
        """Give keys (access_key, secret_key, token) that do not change while one request is signed."""


@dataclass(frozen=True, slots=True)
class Keys:
    """Temporary keys of one role session."""

    access_key: str
    secret_key: str
    token: str | None

    def get_frozen_credentials(self) -> "Keys":
        """Give itself: these keys never change."""
        return self

    def __repr__(self) -> str:
        return f"Keys({self.access_key[:4]}...)"


@dataclass(frozen=True, slots=True)
class Acting:
    """Who a call is made as: the account acted in, the purpose of its role, and the keys."""

    account: str
    purpose: Purpose
    credentials: Credentials


class NobodyActs(HubpostureError):
    """A request was about to be signed while nobody was acting, or as somebody else than who acts: a defect here."""


Sent = Callable[[Acting, str, str], None]
"""Called with (who, service, operation) for every request that goes out, tries included; from any thread."""

Attach = Callable[[Any], None]
"""Called once with every client that is built: the sandbox's in-process transport, or a test's."""

_NO_KEY = "HUBPOSTURENOACCOUNT0"
_acting: ContextVar[Acting | None] = ContextVar("hubposture_acting", default=None)


@contextmanager
def acting_as(acting: Acting) -> Iterator[None]:
    """Sign every request made inside with these credentials, frozen now; nests, and is its own in every thread."""
    frozen = acting.credentials.get_frozen_credentials()
    keys = frozen if isinstance(frozen, Keys) else Keys(frozen.access_key, frozen.secret_key, frozen.token)
    token = _acting.set(acting if keys is acting.credentials else replace(acting, credentials=keys))
    try:
        yield
    finally:
        _acting.reset(token)


def who_acts() -> Acting:
    """Who acts now; raises `NobodyActs` outside `acting_as`."""
    acting = _acting.get()
    if acting is None:
        raise NobodyActs("an AWS request was made outside acting_as(): it was not signed and not sent")
    return acting


def use_acting_credentials(request: Any, **_: Any) -> None:
    """Botocore's `before-sign`: hand the signer the credentials of who acts."""
    request.context.setdefault("signing", {})["request_credentials"] = who_acts().credentials


def refuse_other_signature(request: Any, **_: Any) -> None:
    """Botocore's `before-send`: refuse a request that is not signed as who acts, whatever the reason."""
    acting = who_acts()
    if signing_key(request.headers) != acting.credentials.get_frozen_credentials().access_key:
        raise NobodyActs(
            f"a request for account {acting.account or '(ours)'} was signed with other keys than its "
            f"{acting.purpose} role's: it was not sent. Report this, with the version of botocore"
        )


def signing_key(headers: Any) -> str:
    """The access key id in a signed request's Authorization header, '' where there is none."""
    header = headers.get("Authorization", "")
    text = header.decode() if isinstance(header, bytes) else str(header)
    return text.partition("Credential=")[2].partition("/")[0]


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """How clients are built. Times in seconds; `connections` is the size of each client's connection pool.

    `profile` '' means what AWS_PROFILE says. `endpoint` '' means what AWS_ENDPOINT_URL and its like say.
    """

    profile: str = ""
    endpoint: str = ""
    connect_timeout_seconds: float = 5.0
    read_timeout_seconds: float = 60.0
    connections: int = 16


@cache
def _models(data_path: str) -> Any:
    """The service models, read once for all organizations of a process: 13 MB and 0.2 s each otherwise."""
    from botocore.loaders import create_loader  # noqa: PLC0415 - comes with boto3

    return create_loader(data_path or None)


class Clients:
    """All clients of a process, built on first use; safe to use from any thread.

    `attach` sees every client that is built; `sent` every request that goes out.
    """

    def __init__(
        self, settings: ClientSettings | None = None, *, attach: Attach | None = None, sent: Sent | None = None
    ) -> None:
        self._settings = settings or ClientSettings()
        self._attach = attach
        self._sent = sent
        self._clients: dict[tuple[str, str], Any] = {}
        self._building = threading.Lock()
        self._session: Any = None

    def get(self, service: str, region: str) -> Any:
        """The client of a service in a Region."""
        client = self._clients.get((service, region))
        if client is None:
            with self._building:
                client = self._clients.get((service, region))
                if client is None:
                    client = self._clients[service, region] = self._build(service, region)
        return client

    def base(self) -> Acting:
        """Who we are without any role: the standard AWS variables, profiles and instance roles; account ''.

        Raises InputError when there are no credentials at all.
        """
        with self._building:
            credentials = self._boto().get_credentials()
        if credentials is None:
            raise InputError(
                "no AWS credentials were found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
                "or run where a role is attached"
            )
        return Acting("", Purpose.BASE, credentials)

    def regions_of(self, service: str, partition: str) -> frozenset[str]:
        """The Regions in which botocore knows the service, of one partition."""
        with self._building:
            return frozenset(self._boto().get_available_regions(service, partition_name=partition))

    def partition_of(self, region: str) -> str:
        """The partition (`aws`, `aws-us-gov`, `aws-cn`) of a Region."""
        with self._building:
            return str(self._boto().get_partition_for_region(region))

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    def _boto(self) -> Any:
        if self._session is None:
            import boto3  # noqa: PLC0415 - costs 140 ms, and no help text needs it
            import botocore.session  # noqa: PLC0415 - comes with boto3

            inner = botocore.session.get_session()
            inner.register_component("data_loader", _models(inner.get_config_variable("data_path") or ""))
            self._session = boto3.Session(botocore_session=inner, profile_name=self._settings.profile or None)
        return self._session

    def _build(self, service: str, region: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415 - comes with boto3

        config = Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            connect_timeout=self._settings.connect_timeout_seconds,
            read_timeout=self._settings.read_timeout_seconds,
            max_pool_connections=self._settings.connections,
            user_agent_extra=f"hubposture/{metadata.version('hubposture')}",
            tcp_keepalive=True,
        )
        client = self._boto().client(
            service,
            region_name=region,
            config=config,
            endpoint_url=self._settings.endpoint or None,
            aws_access_key_id=_NO_KEY,
            aws_secret_access_key=_NO_KEY,
        )
        self._hook(client, service)
        return client

    def _hook(self, client: Any, service: str) -> None:
        events = client.meta.events
        events.register_first("before-sign", use_acting_credentials)
        events.register_first("before-send", refuse_other_signature)
        if (sent := self._sent) is not None:
            events.register(
                "before-send", lambda event_name, **_: sent(who_acts(), service, event_name.rpartition(".")[2])
            )
        if service == "securityhub":
            register_fast_parsing(events)
        if self._attach is not None:
            self._attach(client)
