"""`hubposture sandbox`: the emulated organization as a server, to rehearse a baseline or to try the AWS CLI on."""

import json
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from textwrap import indent

import click

from hubposture.cli.demo import baseline_in
from hubposture.errors import RemoteUnavailable
from hubposture.wiring import rehearsal_remotes, serve_sandbox

_PORT = 4599


@click.group()
def sandbox() -> None:
    """An emulated organization on 127.0.0.1. It is an emulation and not verified against AWS."""


@sandbox.command()
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0 takes a free one.")
@click.option("--accounts", type=click.IntRange(12, 2000), default=12, show_default=True, help="How large it is.")
@click.option("--central", is_flag=True, help="Configured centrally, with a foreign policy.")
@click.option(
    "--directory", type=click.Path(path_type=Path, file_okay=False), default=Path(".hubposture-sandbox"),
    show_default=True, help="Where its state is kept between runs.",
)  # fmt: skip
@click.option(
    "--quirk", "quirks", multiple=True, metavar="NAME=VALUE", help="An undocumented behaviour; docs/quirks.md."
)
@click.option(
    "--trackers", is_flag=True, help="An emulated Jira and Slack as well, on further ports; kept in memory only."
)
@click.option("--baseline", type=click.Path(path_type=Path, file_okay=False), help="Also make a baseline for it here.")
def up(
    port: int,
    accounts: int,
    directory: Path,
    *,
    baseline: Path | None,
    quirks: tuple[str, ...],
    central: bool,
    trackers: bool,
) -> None:
    """Serve it until Ctrl-C. Security Hub is emulated here, Organizations, STS and others too; moto serves the rest.

    The emulated Jira has pages for a browser, with buttons that people would press in it.
    """
    chosen = dict(quirk.partition("=")[::2] for quirk in quirks)
    with ExitStack() as stack:
        served = stack.enter_context(
            serve_sandbox(port=port, accounts=accounts, central=central, directory=directory, quirks=chosen)
        )
        remotes = (
            stack.enter_context(rehearsal_remotes(lambda: served.now, port=port + 1 if port else 0))
            if trackers
            else None
        )
        spec = served.spec
        click.echo(f"{served.label}\n\nServing {len(spec.accounts)} accounts at {served.url}. In another shell:\n")
        for name, value in {**served.environment, **(remotes.environ if remotes else {})}.items():
            click.echo(f"  export {name}={value}")
        click.echo(
            f"\n  Findings events wait in {served.queue}: findings_queue of the settings, hubposture sync --from events"
        )
        if baseline is not None:
            more = remotes.settings if remotes else ""
            baseline_in(baseline, administrator=spec.administrator, home=spec.home_region, now=served.now, more=more)
            if remotes:
                (baseline / "teams.yaml").write_text(remotes.teams, encoding="utf-8")
            click.echo(f"\n  hubposture -C {baseline} plan")
        elif remotes:
            click.echo(f"\n  The settings of the trackers, for hubposture.toml:\n{indent(remotes.settings, '    ')}")
        if remotes:
            click.echo(f"  Jira is at {remotes.url}, also for a browser; hubposture tickets plan")
            click.echo(f"  Slack is at {remotes.slack.url}; POST /hands/press there presses a button (docs/slack.md)")
        click.echo(
            f"  aws securityhub get-enabled-standards --endpoint-url {served.url}\n  hubposture sandbox tick --days 7"
        )
        served.wait()


@sandbox.command()
@click.option("--days", type=click.IntRange(1, 365), default=1, show_default=True, help="How many days pass.")
@click.option("--port", type=int, default=_PORT, show_default=True, help="Where the sandbox listens.")
def tick(days: int, port: int) -> None:
    """Let days pass: resources appear, vanish, get fixed and regress; findings follow."""
    click.echo(_post(port, "tick", {"days": days}))


@sandbox.command()
@click.option("--port", type=int, default=_PORT, show_default=True, help="Where the sandbox listens.")
def reset(port: int) -> None:
    """Back to how it began."""
    click.echo(_post(port, "reset", {}))


def _post(port: int, action: str, body: dict[str, int]) -> str:
    url = f"http://127.0.0.1:{port}/_sandbox/{action}"
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=300) as answer:  # noqa: S310 (loopback)
            return str(answer.read().decode())
    except OSError as error:
        raise RemoteUnavailable(
            f"no sandbox answers on port {port} ({getattr(error, 'reason', error)}); start one with `hubposture sandbox up`"
        ) from error
