"""Runs the pages until it is stopped."""

import socket
from collections.abc import Callable
from contextlib import closing, suppress

import uvicorn

from hubposture.errors import InputError
from hubposture.web.app import make_app
from hubposture.web.caller import Door
from hubposture.web.desk import Desk
from hubposture.wiring import Workplace, open_store

_GRACE_SECONDS = 5


def run(at: Workplace, name: str, *, door: Door, host: str, port: int, say: Callable[[str], object]) -> None:
    """Serve one organization; returns after Ctrl+C. Raises InputError where the port is taken."""
    with closing(_listening(host, port)) as listening, at.ledger() as ledger, open_store(at, name, ledger) as store:
        where = f"[{host}]" if ":" in host else host
        say(f"The pages of {name}: http://{where}:{listening.getsockname()[1]}/ (Ctrl+C ends it)")
        config = uvicorn.Config(
            make_app(Desk(at, name, store), door=door), log_level="warning", access_log=False, server_header=False, proxy_headers=False,
            lifespan="off", timeout_graceful_shutdown=_GRACE_SECONDS,
        )  # fmt: skip
        with suppress(KeyboardInterrupt):  # it ends by itself first, and raises it again
            uvicorn.Server(config).run(sockets=[listening])


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
