"""`hubposture report weekly` and `report list`."""

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, limit_option, progress, show
from hubposture.cli.report_access import seen_by
from hubposture.cli.report_files import BINARY, FORMATS, written
from hubposture.errors import InputError
from hubposture.verbs.report import Wanted
from hubposture.verbs.report_kept import frozen_report, shown_report
from hubposture.views.report import listing
from hubposture.views.report.model import Report
from hubposture.views.report.week import last_full
from hubposture.wiring import open_store, workplace
from hubposture.wiring.report import report_means


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where it goes: the format, how many rows of each table are shown as text, and the file."""

    form: str
    limit: int
    out: Path | None


@click.command()
@click.option(
    "--format", "form", type=click.Choice(FORMATS), default="text", show_default=True, help="How it is written."
)
@click.option("--week", metavar="WEEK", help="A week of the calendar like 2026-W48; without it the last full one.")
@click.option("--ou", metavar="PATH", help="Only this OU and everything below it.")
@click.option("--account", metavar="ID|ALIAS", help="Only this account.")
@click.option("--owner", metavar="TEAM", help="Only what this team owns, by the chain of owners.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file.")
@click.option("--freeze", is_flag=True, help="Keep it as it is: from then on this week shows what was kept.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True,
              help="Rows of each table, as text and markdown.")  # fmt: skip
@click.pass_obj
def weekly(
    context: Context,
    form: str,
    limit: int,
    *,
    week: str | None,
    ou: str | None,
    account: str | None,
    owner: str | None,
    out: Path | None,
    freeze: bool,
) -> None:
    """One week by the last sync in it, beside the week before: obligations, accounts, overdue work, what moved, and why.

    A week that was frozen is shown as it was kept. csv is a zip with one file a section. See docs/report.md.
    """
    if sum(one is not None for one in (ou, account, owner)) > 1:
        raise InputError("--ou, --account, --owner: a report is of one of them; give one")
    if form in BINARY and out is None and sys.stdout.isatty():
        raise InputError(f"--format {form}: name a file with --out")
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    wanted = Wanted(week or last_full(at.today), ou, account, owner)
    with at.ledger() as ledger, open_store(at, name, ledger) as store, progress("reading"):
        visible = seen_by(at, store, Action.EXPORT, (), revision=context.settings_from)
        means = report_means(at, store, visible=visible)
        if freeze:
            found, is_new = frozen_report(means, ledger, wanted)
            said = "frozen" if is_new else f"it was frozen before ({found.frozen_at:%Y-%m-%d %H:%M} UTC), and stays so"
            click.echo(f"{found.week} of {found.name}: {said}", err=True)
        else:
            found = shown_report(means, ledger, wanted)
    _put(found, _Asked(form, limit, out))


def _put(found: Report, asked: _Asked) -> None:
    content = written(found, asked.form, limit=asked.limit)
    if asked.out is not None:
        asked.out.write_bytes(content)
        click.echo(f"{asked.out}: {found.week} of {found.name}, {len(content):,} bytes", err=True)
    elif asked.form in BINARY:
        sys.stdout.buffer.write(content)
    else:
        click.echo(content.decode(), nl=False)


@click.command("list")
@limit_option
@format_option
@click.pass_obj
def list_(context: Context, limit: int, form: str) -> None:
    """The reports that were frozen, the newest week first."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        found = ledger.frozen_reports(name)
    kept = [listing.Kept(one.week, one.of, one.key, one.frozen_at, one.version) for one in found]
    show(listing.document(name, kept, most=limit), form)
