"""`hubposture serve`: the pages of one organization, for one person on this machine or for those who sign in."""

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
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Where it listens; without a sign-in, this machine only.",
)
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=8000, show_default=True, help="The port; 0 takes a free one."
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer, on one port."
)
@click.option("--log", "is_logged", is_flag=True, help="Write a line of JSON about each request to standard error.")
@click.option(
    "--as", "as_whom", default="", help="Be this person, with the access rules asked; without it nothing is asked."
)
@click.pass_obj
def serve(called: Called, host: str, port: int, *, workers: int, is_logged: bool, as_whom: str) -> None:
    """The overview, findings, accounts, controls, waivers and tickets as web pages.

    With web.oidc in the settings people sign in, and it may listen anywhere: see docs/sign-in.md. Without it, it is for one
    person on this machine: it listens on a loopback address and nowhere else, and whoever can use this machine can use
    the pages. Ends with Ctrl+C.
    """
    if workers > 1 and called.surroundings is not None:
        raise InputError("--workers: a rehearsal lives in one process; leave it out")
    try:
        from hubposture.web.server import Service, client_secret, run  # noqa: PLC0415 (its packages are an extra)
    except ModuleNotFoundError as error:
        raise InputError(_MISSING) from error
    at = workplace(called.directory, settings_from=called.settings_from, surroundings=called.surroundings)
    if at.settings.web.signs_in:
        _nobody_else(as_whom)
        client_secret(at)  # what is missing is said here, and not by every worker
    else:
        _only_here(host)
    service = Service(
        directory=str(called.directory),
        settings_from=called.settings_from,
        organization=at.organization(called.organization),
        as_whom=as_whom,
        secret=token_hex(16),
        is_logged=is_logged,
    )
    run(service, host=host, port=port, workers=workers, around=called.surroundings, say=click.echo)


def _nobody_else(as_whom: str) -> None:
    """Raises InputError where somebody is named though people sign in."""
    if as_whom:
        raise InputError("--as: with web.oidc in the settings people sign in; leave it out, or take web.oidc out")


def _only_here(host: str) -> None:
    """Raises Refusal for any host but this machine's own."""
    try:
        is_here = host == _LOCAL or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise Refusal(
            f"--host {host}: without web.oidc in the settings nobody signs in, so the pages are shown on this machine only; "
            "set up the sign-in (docs/sign-in.md), or use 127.0.0.1 and a tunnel of your own (ssh -L)"
        )
