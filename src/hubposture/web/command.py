"""`hubposture serve`: the pages of one organization, on this machine."""

import ipaddress
from pathlib import Path
from secrets import token_hex
from typing import Protocol

import click

from hubposture.errors import InputError, Refusal
from hubposture.wiring import Surroundings, workplace

_LOCAL = "localhost"
_MISSING = "the pages need more packages: pip install 'hubposture[web]'"


class Called(Protocol):
    """How the command line was called, as its context holds it."""

    @property
    def directory(self) -> Path: ...  # noqa: D102
    @property
    def organization(self) -> str | None: ...  # noqa: D102
    @property
    def settings_from(self) -> str | None: ...  # noqa: D102
    @property
    def surroundings(self) -> Surroundings | None: ...  # noqa: D102


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where it listens: this machine only.")
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--as", "as_whom", default="", help="Be this person, with the access rules asked; without it nothing is asked."
)
@click.pass_obj
def serve(called: Called, host: str, port: int, *, as_whom: str) -> None:
    """The overview, findings, accounts, controls, waivers and tickets as web pages, for one person on this machine.

    There is no sign-in, so it listens on a loopback address and nowhere else; whoever can use this machine can use the pages.
    Ends with Ctrl+C.
    """
    _only_here(host)
    try:
        from hubposture.web.caller import LocalDoor  # noqa: PLC0415 (its packages are an extra)
        from hubposture.web.server import run  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(_MISSING) from error
    at = workplace(called.directory, settings_from=called.settings_from, surroundings=called.surroundings)
    name = as_whom or at.who()
    door = LocalDoor(name, at.settings.access.people.named(name), token_hex(16), is_asked=bool(as_whom))
    run(at, at.organization(called.organization), door=door, host=host, port=port, say=click.echo)


def _only_here(host: str) -> None:
    """Raises Refusal for any host but this machine's own."""
    try:
        is_here = host == _LOCAL or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise Refusal(
            f"--host {host}: there is no sign-in yet, so the pages are shown on this machine only; "
            "use 127.0.0.1, and a tunnel of your own (ssh -L) to read them from elsewhere"
        )
