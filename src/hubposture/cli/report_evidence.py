"""`hubposture report evidence` and `report evidence-check`."""

import datetime as dt
from pathlib import Path

import click

from hubposture.access.actions import Action
from hubposture.access.things import Thing, Unit
from hubposture.catalog import find_standard
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, progress, show
from hubposture.cli.report_access import seen_by
from hubposture.errors import InputError
from hubposture.model.controls import Standard
from hubposture.verbs.evidence import Wanted, check_wanted, write_pack
from hubposture.verbs.evidence_check import check_pack
from hubposture.views.evidence import check as view
from hubposture.wiring import open_store, packaged_catalog, workplace
from hubposture.wiring.evidence import evidence_means, verify_here


@click.command()
@click.option("--standard", metavar="NAME", help="For this standard, such as cis-5.0.0.")
@click.option("--clauses", is_flag=True, help="For the organization's own standard, by the clauses of the workbook.")
@click.option("--from", "begin", metavar="DAY", required=True, help="The first day, such as 2026-07-01 (UTC).")
@click.option("--to", "end", metavar="DAY", required=True, help="The last day.")
@click.option("--ou", metavar="PATH", help="Only this OU and everything below it.")
@click.option("--account", metavar="ID|ALIAS", help="Only this account.")
@click.option("--every", type=click.Choice(["day", "week"]),
              help="How often statuses are told; every day up to 31 days, else the last day of every week.")  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The zip to write.")
@click.pass_obj
def evidence(
    context: Context,
    begin: str,
    end: str,
    out: Path,
    *,
    standard: str | None,
    clauses: bool,
    ou: str | None,
    account: str | None,
    every: str | None,
) -> None:
    """A pack of evidence for auditors: every control of a standard over a period.

    What was wanted and by which cell, approvals, statuses, waivers, changes with who, and what is not known. A zip that
    `sha256sum` checks, or `hubposture report evidence-check`. See docs/evidence.md.
    """
    if clauses == (standard is not None):
        raise InputError("--standard, --clauses: give one of them")
    wanted = Wanted(_standard(standard), _day("--from", begin), _day("--to", end), ou, account, every or "")
    at = workplace(context.directory, settings_from=context.settings_from)
    check_wanted(wanted, at.surroundings.now().date())
    name = at.organization(context.organization)
    things: list[Thing] = [] if ou or account else [Unit()]
    part = out.with_name(f"{out.name}.part")
    with at.ledger() as ledger, open_store(at, name, ledger) as store, progress("reading") as told:
        visible = seen_by(at, store, Action.EXPORT, things, revision=context.settings_from)
        try:
            with part.open("w+b") as file:
                digest = write_pack(evidence_means(at, store, visible=visible), wanted, file, progress=told)
            part.replace(out)
        finally:
            part.unlink(missing_ok=True)
    click.echo(f"{out}: {out.stat().st_size:,} bytes; digest over all {digest}", err=True)


def _standard(name: str | None) -> Standard | None:
    if name is None:
        return None
    found = find_standard(name)
    if found is None:
        known = ", ".join(one.key for one in packaged_catalog().standards)
        raise InputError(f"--standard {name}: not a standard that is known; known are {known}")
    return found


def _day(option: str, text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{option} {text}: write a day like 2026-07-01") from None


@click.command("evidence-check")
@click.argument("pack", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@format_option
@click.pass_obj
def evidence_check(context: Context, pack: Path, form: str) -> int:
    """Whether a pack of evidence is what was made: nothing in it changed, extra or missing.

    Where the organization's baseline is (`-C DIR`), its ledger says whether the audit trail still has the record that the
    pack names. Exit status: 0 it is, 2 something is wrong.
    """
    with pack.open("rb") as file, progress("checking"):
        found = check_pack(
            file, name=pack.name, verify=lambda organization: verify_here(context.directory, organization)
        )
    show(view.document(found), form)
    return EXIT_DIFFERS if found.faults else 0
