"""Runs the pages until it is stopped: in this process, or by several workers on one port."""

import hashlib
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors.multiprocess import Multiprocess

from hubposture.errors import InputError
from hubposture.ports.people import PeopleLedger
from hubposture.web.app import make_app
from hubposture.web.caller import Door, LocalDoor
from hubposture.web.desk import Desk
from hubposture.web.door import SessionDoor
from hubposture.web.log import log_as_json
from hubposture.web.oidc_provider import Provider
from hubposture.web.sign_in import BACK
from hubposture.wiring import Surroundings, Workplace, open_store, workplace
from hubposture.wiring.secrets import secret

_GRACE_SECONDS, _SILENT_SECONDS = 5, 60
"""A worker that starts on a busy machine, or loads a version, is not taken for dead."""
_VARIABLE = "HUBPOSTURE_SERVICE"


@dataclass(frozen=True, slots=True)
class Service:
    """One service: of which baseline and organization, for whom without a sign-in ('': the user of this machine).

    `secret` is of this run, and every worker's. `is_logged` says that each request becomes a line on standard error.
    """

    directory: str
    settings_from: str | None
    organization: str
    as_whom: str
    secret: str
    is_logged: bool = False


def run(
    service: Service, *, host: str, port: int, workers: int, around: Surroundings | None, say: Callable[[str], object]
) -> None:
    """Serve one organization; returns after Ctrl+C. Raises InputError where the port is taken.

    `around` are the surroundings of a rehearsal in this process, which several workers cannot share.
    """
    with closing(_listening(host, port)) as listening:
        where = f"[{host}]" if ":" in host else host
        say(f"The pages of {service.organization}: http://{where}:{listening.getsockname()[1]}/ (Ctrl+C ends it)")
        if workers > 1:
            os.environ[_VARIABLE] = json.dumps(asdict(service))
            config = _config("hubposture.web.server:application", workers=workers)
            Multiprocess(config, sockets=[listening]).run()
            return
        with _made(service, around) as app, suppress(KeyboardInterrupt):  # it ends by itself first, and raises it again
            uvicorn.Server(_config(app)).run(sockets=[listening])


def application() -> FastAPI:
    """The application of one worker, as the environment says; what it holds open ends with its process."""
    made = _made(Service(**json.loads(os.environ[_VARIABLE])), None)
    app = made.__enter__()  # it lasts as long as the process
    app.state.made = made
    return app


@contextmanager
def _made(service: Service, around: Surroundings | None) -> Iterator[FastAPI]:
    """The application over an open ledger and lake."""
    if service.is_logged:
        log_as_json()
    at = workplace(Path(service.directory), settings_from=service.settings_from, surroundings=around)
    with at.ledger() as ledger, open_store(at, service.organization, ledger) as store:
        desk = Desk(at, service.organization, store, start=hashlib.sha256(service.secret.encode()).hexdigest()[:8])
        yield make_app(desk, door=door_of(service, at, ledger))


def door_of(service: Service, at: Workplace, ledger: PeopleLedger) -> Door:
    """Who lets people in: the sign-in where the settings have one, else there is one person. Raises InputError."""
    web, around, people = at.settings.web, at.surroundings, at.settings.access.people
    if not web.signs_in:
        name = service.as_whom or at.who()
        return LocalDoor(name, people.named(name), service.secret, is_asked=bool(service.as_whom))
    provider = Provider(web.oidc, client_secret(at), f"{web.url}{BACK}", around.now)
    return SessionDoor(ledger, web, provider, people.named, around.now)


def client_secret(at: Workplace) -> str:
    """What hubposture shows the provider; '' for a public client. Raises InputError where it is not where it should be."""
    reference = at.settings.web.oidc.secret_reference
    return secret(reference, at.surroundings) if reference is not None else ""


def _config(app: FastAPI | str, *, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app, factory=isinstance(app, str), workers=workers, log_level="warning", access_log=False, server_header=False,
        proxy_headers=False, lifespan="off", timeout_graceful_shutdown=_GRACE_SECONDS, timeout_worker_healthcheck=_SILENT_SECONDS,
    )  # fmt: skip


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise InputError(f"--port {port}: {error.strerror}; give another one, or 0 for a free one") from error
    return found
