"""`hubposture waivers approve`, `extend`, `revoke`, `provisional`, `import`: the files of waivers are written."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import click

from hubposture.cli.context import Context
from hubposture.cli.enforced import waiver_store
from hubposture.cli.output import format_option, progress, show
from hubposture.errors import InputError, InputErrors
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_preview import Preview, previews
from hubposture.verbs.waiver_provisional import provisional_waivers
from hubposture.views import waivers_written as view
from hubposture.waivers.importing import import_waivers
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, Revocation, SystemOfApproval, Waiver, is_same_person
from hubposture.waivers.write import to_yaml, with_approval, with_expires, with_revocation
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
    written = approved(connection, found, by=by, number=number, on=on.date() if on is not None else None)
    said = f"{id_}: approved by {by} until {found.waiver.expires}, for {len(found.proposed.subjects):,} subjects"
    show(view.document(written, said), form)


def approved(
    connection: Connection, found: Preview, *, by: str, number: str = "", on: dt.date | None = None
) -> tuple[str, ...]:
    """Write an approval of what a preview found, and the approved set; gives the paths that changed."""
    at, waiver = connection.workplace, found.waiver
    if is_same_person(by, waiver.requested_by):
        raise InputError(f"{waiver.source}: {by} asked for {waiver.id}, so somebody else must approve it")
    if not found.proposed.subjects:
        raise InputError(f"{waiver.source}: {waiver.id} matches nothing now, so there is nothing to approve")
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
    waiver = _named(at, id_)
    raw = with_expires(at.repository.read(waiver.file), id_, until.date())
    later = until.date() > waiver.expires
    said = f"{id_}: until {until.date()} instead of {waiver.expires}" + (", once that is approved" if later else "")
    show(view.document(at.repository.write({waiver.file: raw}), said), form)


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
    revoked = Revocation(on.date() if on is not None else at.today, by or at.who(), reason)
    raw = with_revocation(at.repository.read(waiver.file), id_, revoked)
    said = f"{id_}: revoked from {revoked.on} on by {revoked.by}"
    show(view.document(at.repository.write({waiver.file: raw}), said), form)


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
    files, subjects = found_provisional(connect(at, name), days=days)
    said = f"{len(files) // 2:,} provisional waivers for {subjects:,} suppressed subjects"
    show(view.document(at.repository.create(files), said), form)


def found_provisional(connection: Connection, *, days: int | None) -> tuple[dict[str, bytes], int]:
    """The files of provisional waivers for what is suppressed now, by path, and for how many subjects they are."""
    at = connection.workplace
    allowed = at.settings.waivers.provisional_days
    with (
        waiver_store(connection, writes=False) as (store, means, book),
        progress("reading who suppressed"),
        store.reader.snapshot() as snapshot,
    ):
        found = provisional_waivers(means, book, snapshot, days=min(days or allowed, allowed))
    files: dict[str, bytes] = {}
    for one in found:
        head = ["Found at the start: to be justified, or it ends on its day."]
        text = to_yaml(one.waiver, head=head, shown=packaged_catalog().shown)
        files[waiver_path(at, f"{one.waiver.id}.yaml")] = text.encode()
        files[waiver_path(at, set_name(one.waiver.id))] = to_text(one.subjects).encode()
    return files, sum(len(one.subjects.subjects) for one in found)


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
        raise InputErrors(found.problems)
    shown = packaged_catalog().shown
    files = {
        waiver_path(at, f"{one.id}.yaml"): to_yaml(one, head=found.heads.get(one.id, ()), shown=shown).encode()
        for one in found.waivers
    }
    said = f"{len(found.waivers):,} waivers from {file.name}; none of them is approved yet"
    show(view.document(at.repository.create(files), said, notes=[str(one) for one in found.notes]), form)


def _pairs(option: str, texts: tuple[str, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise InputError(f"{option} {text}: write NAME=VALUE")
        found[name.strip()] = value.strip()
    return found
