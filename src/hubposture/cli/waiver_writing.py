"""`hubposture waivers approve`, `extend`, `revoke`, `provisional`, `import`: the files of waivers are written."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.enforced import guarded, guarded_now, waiver_store
from hubposture.cli.output import format_option, progress, show
from hubposture.cli.waiver_files import is_list, new_files, put_new
from hubposture.errors import InputError, InputErrors, Problem
from hubposture.verbs.waiver_approve import not_to_approve
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_preview import Preview, previews
from hubposture.verbs.waiver_provisional import provisional_waivers
from hubposture.verbs.waiver_rows import Names
from hubposture.views import waivers_written as view
from hubposture.views.document import counted
from hubposture.waivers.importing import import_waivers
from hubposture.waivers.provisional import NOBODY, Provisional
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, Revocation, SystemOfApproval, Waiver
from hubposture.waivers.write import with_approval, with_expires, with_revocation
from hubposture.wiring import (
    Connection,
    Workplace,
    connect,
    packaged_catalog,
    read_baseline_waivers,
    read_list,
    waiver_path,
    workplace,
)

_DAY = click.DateTime(["%Y-%m-%d"])
_LOOK = "`hubposture waivers check` says what they lack, `hubposture waivers preview` what they would do."


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--by", required=True, metavar="ADDRESS", help="Who approves; never who asked.")
@click.option("--number", default="", metavar="TEXT", help="The number of the decision, where it has one.")
@click.option("--on", "on", type=_DAY, help="The day of the decision; today by default.")
@format_option
@click.pass_obj
def approve(context: Context, id_: str, by: str, number: str, form: str, *, on: dt.datetime | None) -> None:
    """Write an approval of a waiver as it is, for what it matches now, into its file and the approved set beside it.

    For baselines whose files are the record (waivers.record is file): the merge to the default branch makes it hold.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    if at.settings.waivers.system is not SystemOfApproval.FILE:
        raise InputError(
            f"waivers approve: the approval of record is {at.settings.waivers.system} (waivers.record); an entry in the "
            "file alone would count for nothing"
        )
    connection = connect(at, name)
    with (
        waiver_store(connection, writes=False, asks=False) as (store, _, book),
        progress("matching"),
        store.reader.snapshot() as snapshot,
    ):
        (found,) = previews([id_], snapshot, book, ledger=store.ledger, organization=name)
    guarded(connection, Action.APPROVE_WAIVER, found, revision=context.settings_from, by=by)
    written = approved(connection, found, by=by, number=number, on=on.date() if on is not None else None)
    number_of = counted(len(found.proposed.subjects), "resource")
    said = f"{id_}: approved by {by} until {found.waiver.expires}, for {number_of}"
    show(view.document(written, said), form)


def approved(
    connection: Connection, found: Preview, *, by: str, number: str = "", on: dt.date | None = None
) -> tuple[str, ...]:
    """Write an approval of what a preview found, and the approved set; gives the paths that changed.

    Raises InputErrors with everything for which the approval would count for nothing, or not for as long as it says.
    """
    at, waiver = connection.workplace, found.waiver
    most = at.settings.waivers.max_days
    if problems := tuple(not_to_approve(found, by=by, on=on or at.today, today=at.today, max_days=most)):
        raise InputErrors(problems)
    approval = Approval(
        system=SystemOfApproval.FILE,
        number=number,
        by=by,
        on=on or at.today,
        until=waiver.expires,
        digest=found.digest,
        subjects=set_name(waiver.id),
    )
    return at.repository.write(
        {
            waiver.file: with_approval(at.repository.read(waiver.file), waiver.id, approval),
            waiver_path(at, set_name(waiver.id)): to_text(found.proposed).encode(),
        }
    )


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--until", required=True, type=_DAY, help="The new last day.")
@format_option
@click.pass_obj
def extend(context: Context, id_: str, form: str, *, until: dt.datetime) -> None:
    """Move the last day of a waiver. A later one needs approval; until then it holds until the day that was approved."""
    at = workplace(context.directory, settings_from=context.settings_from)
    waiver, day = _named(at, id_), until.date()
    guarded_now(context, at, Action.REQUEST_WAIVER, waiver)
    if problems := tuple(_not_to_extend(at, waiver, day)):
        raise InputErrors(problems)
    raw = with_expires(at.repository.read(waiver.file), id_, day)
    is_later = day > waiver.expires
    said = f"{id_}: until {day} instead of {waiver.expires}" if day != waiver.expires else f"{id_}: until {day}"
    after = [f"It is to be approved anew: `{_ask(at, id_)}`; until then it holds as long as it was approved."]
    written = at.repository.write({waiver.file: raw})
    show(view.document(written, said + ", once that is approved" * is_later, after=after if is_later else ()), form)


def _not_to_extend(at: Workplace, waiver: Waiver, until: dt.date) -> Iterator[Problem]:
    allowed = at.settings.waivers.max_days
    if waiver.revoked is not None:
        what = f"{waiver.id} was revoked from {waiver.revoked.on} on by {waiver.revoked.by}"
        yield Problem(waiver.source, what, "take `revoked` out of its file first, or write a new waiver")
    if until < waiver.valid_from:
        what = f"{until} lies before {waiver.valid_from}, from which on {waiver.id} is valid"
        yield Problem("--until", what, f"`hubposture waivers revoke {waiver.id} --reason TEXT` ends it now")
    elif until > at.today + dt.timedelta(days=allowed):
        what = f"{until} is further ahead than the {allowed} days that waivers.max_days lets an approval run"
        yield Problem("--until", what, f"{at.today + dt.timedelta(days=allowed)} at the latest")


def _ask(at: Workplace, id_: str) -> str:
    """The command that leads to an approval."""
    match at.settings.waivers.system:
        case SystemOfApproval.FILE:
            return f"hubposture waivers approve {id_} --by ADDRESS"
        case SystemOfApproval.SERVICENOW | SystemOfApproval.HUBPOSTURE:
            return f"hubposture waivers request {id_}"
        case _:
            return "hubposture waivers approvals"


@click.command()
@click.argument("id_", metavar="ID")
@click.option("--reason", required=True, metavar="TEXT", help="Why.")
@click.option("--by", metavar="ADDRESS", help="Who ends it; you by default.")
@click.option("--on", "on", type=_DAY, help="From this day on; today by default.")
@format_option
@click.pass_obj
def revoke(context: Context, id_: str, reason: str, form: str, *, by: str | None, on: dt.datetime | None) -> None:
    """End a waiver before its day: what it excused is open again after the next run."""
    at = workplace(context.directory, settings_from=context.settings_from)
    waiver = _named(at, id_)
    guarded_now(context, at, Action.REVOKE_WAIVER, waiver)
    revoked = Revocation(on.date() if on is not None else at.today, by or at.who(), reason)
    raw = with_revocation(at.repository.read(waiver.file), id_, revoked)
    said = f"{id_}: revoked from {revoked.on} on by {revoked.by}"
    after = ["`hubposture waivers enforce` then opens again what it excused and still fails."]
    show(view.document(at.repository.write({waiver.file: raw}), said, after=after), form)


def _named(at: Workplace, id_: str) -> Waiver:
    found = read_baseline_waivers(at)
    named = next((one for one in found.waivers if one.id == id_), None)
    if named is not None:
        return named
    if found.problems:
        raise InputErrors(found.problems)
    raise InputError(f"no waiver is called {id_}; `hubposture waivers list` shows those there are")


@click.command()
@click.option("--days", type=click.IntRange(1, 3650), help="How long they hold; waivers.provisional_days by default.")
@format_option
@click.pass_obj
def provisional(context: Context, form: str, *, days: int | None) -> None:
    """Today's suppressions that no waiver covers become waivers, one for each control and account.

    With who suppressed them and when, as far as Security Hub still knows, and a guessed owner. Once they are merged nothing
    reopens; each must be justified, or ends on its day. Writes files only.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    allowed = at.settings.waivers.provisional_days
    if not allowed:
        raise InputError("waivers.provisional_days is 0: nothing holds provisionally; allow some days first")
    if days is not None and days > allowed:
        raise InputError(f"--days {days}: waivers.provisional_days lets them hold for {allowed} days at most")
    found, names = _provisional(connect(at, name), days=days or allowed)
    rows = [_provisional_row(one, names) for one in found]
    until = str(at.today + dt.timedelta(days=days or allowed))
    where = at.settings.files.waivers + (" and beside it" if is_list(at) else "/")
    written = put_new(at, _provisional_files(at, found))
    show(view.provisional(name, rows, written, until=until, where=where), form)


def found_provisional(connection: Connection, *, days: int | None) -> tuple[dict[str, bytes], int]:
    """The files of provisional waivers for what is suppressed now, by path, and for how many subjects they are."""
    at = connection.workplace
    found, _ = _provisional(connection, days=days or at.settings.waivers.provisional_days)
    return _provisional_files(at, found), sum(len(one.subjects.subjects) for one in found)


def _provisional(connection: Connection, *, days: int) -> tuple[tuple[Provisional, ...], Names]:
    with (
        waiver_store(connection, writes=False) as (store, means, book),
        progress("reading who suppressed"),
        store.reader.snapshot() as snapshot,
    ):
        found = provisional_waivers(means, book, snapshot, days=days)
        return found, Names.of(snapshot, packaged_catalog())


def _provisional_files(at: Workplace, found: Sequence[Provisional]) -> dict[str, bytes]:
    head = ["Found at the start: to be justified, or it ends on its day."]
    return new_files(
        at,
        [one.waiver for one in found],
        heads={one.waiver.id: head for one in found},
        sets={one.waiver.id: one.subjects for one in found},
    )


def _provisional_row(found: Provisional, names: Names) -> view.ProvisionalRow:
    waiver = found.waiver
    (account,) = waiver.criteria.accounts
    alias, name = names.accounts.get(account, ("", ""))
    return view.ProvisionalRow(
        waiver=waiver.id,
        control=", ".join(names.control(control) for control in waiver.criteria.controls),
        account=account,
        shown=alias or name or account,
        subjects=len(found.subjects.subjects),
        owner=waiver.owner,
        who=waiver.requested_by if waiver.requested_by != NOBODY else "",
    )


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--sheet", default="", help="The sheet; the one with the most known headings by default.")
@click.option(
    "--map", "mapped", multiple=True, metavar="HEADING=ENTRY", help="What a heading means; empty to leave it alone."
)
@click.option("--default", "defaults", multiple=True, metavar="ENTRY=TEXT", help="What blank cells say.")
@click.option("--prefix", default="W-IMPORT", show_default=True, help="Begins the ids of rows without one.")
@format_option
@click.pass_obj
def import_(
    context: Context,
    file: Path,
    sheet: str,
    *,
    mapped: tuple[str, ...],
    defaults: tuple[str, ...],
    prefix: str,
    form: str,
) -> None:
    """Waivers from a list kept in xlsx or csv: one file each, without their approvals, which must be given anew.

    Rows with the same id are one waiver. All errors are told at once with their cells, and then nothing is written.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    found = import_waivers(
        read_list(file), today=at.today, sheet=sheet, mapping=_pairs("--map", mapped),
        defaults=_pairs("--default", defaults), prefix=prefix,
    )  # fmt: skip
    if found.problems:
        click.echo(
            "`--map HEADING=ENTRY` says what a heading means, `--default ENTRY=TEXT` what blank cells say", err=True
        )
        raise InputErrors(found.problems)
    written = put_new(at, new_files(at, found.waivers, heads=found.heads))
    said = f"{counted(len(found.waivers), 'waiver')} from {file.name}; none is approved yet"
    notes = [str(one) for one in found.notes]
    show(view.document(written, said, notes=notes, after=[_LOOK], are_approved=False), form)


def _pairs(option: str, texts: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {text}: write NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
