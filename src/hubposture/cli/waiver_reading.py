"""`hubposture waivers list`, `check`, `preview`, `calendar`, `schema`: what is, what is wrong, what would be."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from hubposture.cli.context import Context
from hubposture.cli.enforced import waiver_store
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, progress, rendered, show
from hubposture.errors import InputError, InputErrors, Problem
from hubposture.matrix.lint import has_errors
from hubposture.ports.lake import Snapshot
from hubposture.render import markdown
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.survey import Survey
from hubposture.verbs.waiver_book import Book, matching_rules, set_name
from hubposture.verbs.waiver_next import steps, waiting
from hubposture.verbs.waiver_preview import Preview, preview, previews
from hubposture.verbs.waiver_rows import Names, detail, notice_row, preview_row, waiver_rows
from hubposture.verbs.waivers import Means
from hubposture.views import waivers as view
from hubposture.views import waivers_calendar as calendar_view
from hubposture.views import waivers_check as check_view
from hubposture.views import waivers_preview as preview_view
from hubposture.views.document import Document
from hubposture.views.waivers_rows import WaiverRow
from hubposture.waivers.calendar import unneeded
from hubposture.waivers.lint import Surroundings, lint
from hubposture.waivers.read import read_waivers
from hubposture.waivers.schema import schema as json_schema
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SystemOfApproval, Waiver
from hubposture.wiring import (
    Workplace,
    approval_rules,
    connect,
    demand_everything,
    packaged_catalog,
    read_baseline_waivers,
    seen_snapshot,
    waiver_path,
    workplace,
)


@click.command("list")
@click.argument("id_", metavar="[ID]", required=False)
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Rows of each table.")
@format_option
@click.pass_obj
def list_(context: Context, id_: str | None, limit: int, form: str) -> None:
    """Every waiver with where it stands, its end, what it covers now, surplus and what is unneeded; or one in full.

    By the last sync; asks nothing of AWS.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        waiver_store(connect(at, name), writes=False, asks=False) as (store, means, book),
        progress("matching"),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        rows = rows_of(means, book, snapshot)
        if id_ is None:
            problems = [str(one) for one in book.problems]
            found = view.listed(name, rows, today=at.today, problems=problems, most=limit)
        else:
            (one,) = previews([id_], snapshot, book, ledger=store.ledger, organization=name)
            row = next(row for row in rows if row.waiver == id_)
            names = Names.of(snapshot, packaged_catalog())
            next_ = steps(one, record=at.settings.waivers.system, today=at.today)
            whole = detail(one, book, row, names, store.ledger.notices(name), steps=next_)
            found = view.detailed(name, whole, today=at.today, at=snapshot.at, most=min(limit, 50))
    show(found, form)


def rows_of(means: Means, book: Book, snapshot: Snapshot) -> list[WaiverRow]:
    """Every waiver as it stands by a version."""
    judged = snapshot.judge(matching_rules(book, means.ledger, means.organization), ours=())
    idle = unneeded(judged.tallies, now=means.now(), days=means.policy.notices.unneeded_days)
    return waiver_rows(book, judged, Names.of(snapshot, packaged_catalog()), [one.waiver for one in idle])


@click.command()
@click.option("--hub", is_flag=True, help="Ask the hub and the organization too: unknown controls, accounts, OUs.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "github"]), default="text", show_default=True,
    help="How it is shown; `github` makes annotations in a workflow.",
)  # fmt: skip
@click.pass_obj
def check(context: Context, form: str, *, hub: bool) -> int:
    """Everything that is wrong or doubtful in the waivers' files, each with file, line and column. Needs no cloud.

    Exit status: 0 no errors, 2 errors.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    survey = _survey(at, context.organization) if hub else None
    catalog = live_catalog(packaged_catalog(), survey) if survey is not None else packaged_catalog()
    read = read_baseline_waivers(at)
    found = lint(
        read,
        today=at.today,
        zone=at.settings.zone_info,
        rules=approval_rules(at),
        around=Surroundings(
            catalog=catalog,
            is_live=survey is not None,
            organization=survey.organization if survey is not None else None,
            matrix=at.matrix(),
        ),
    )
    name = at.settings.files.waivers
    if form == "github":
        click.echo(check_view.annotations(found), nl=False)
    else:
        click.echo(rendered(check_view.document(found, waivers=len(read.waivers), name=name), form), nl=False)
    return EXIT_DIFFERS if has_errors(found) else 0


def _survey(at: Workplace, organization: str | None) -> Survey:
    connection = connect(at, at.organization(organization))
    with progress("reading targets") as told:
        return connection.survey(progress=told)


@click.command("preview")
@click.argument("ids", nargs=-1, metavar="[ID|FILE]...")
@click.option("--write", is_flag=True, help="Write the set that is to be approved beside each waiver's file.")
@click.option(
    "--comment", type=click.Path(path_type=Path, dir_okay=False),
    help="Write it here as markdown that fits into one comment of a pull request.",
)  # fmt: skip
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows of each table.")
@format_option
@click.pass_obj
def preview_(
    context: Context, ids: tuple[str, ...], comment: Path | None, limit: int, form: str, *, write: bool
) -> None:
    """What waivers would do as things are now: how many subjects, where, how grave, what is surplus, what is barred.

    Of waivers by id, of files that need not be in the baseline, or of all that ask for an approval: not approved as they
    are, asked to hold longer, or matching more than was approved. By the last sync; asks nothing of AWS and writes
    nothing to it.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        waiver_store(connect(at, name), writes=False, asks=False) as (store, means, book),
        progress("matching"),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        found = _previews(ids, snapshot, book, means)
        if write or comment is not None:
            demand_everything(at, store, "What is approved", revision=context.settings_from)
        if write:
            for path in _written(at, found):
                click.echo(f"wrote {path}", err=True)
            found = [replace(one, held=one.proposed) for one in found]
        names = Names.of(snapshot, packaged_catalog())
        system = at.settings.waivers.system
        rows = [preview_row(one, names, steps=steps(one, record=system, today=at.today)) for one in found]
        if comment is not None:
            text = preview_view.comment(
                name, rows, at=snapshot.at, version=snapshot.number, limit=markdown.COMMENT_LIMIT, render=_markdown
            )
            comment.write_text(text, encoding="utf-8")
        show(preview_view.document(name, rows, at=snapshot.at, version=snapshot.number, most=limit), form)


def _written(at: Workplace, found: Sequence[Preview]) -> Sequence[str]:
    """Write the sets; gives the paths that changed.

    Raises InputErrors for sets on which a waiver stands, unless it is the review of the merge that approves.
    """
    record = at.settings.waivers.system
    if record is not SystemOfApproval.GIT:
        stands = [_stands(at, one) for one in found if one.holds and not one.is_current]
        if stands:
            raise InputErrors(tuple(stands))
    return at.repository.write(
        {waiver_path(at, set_name(one.waiver.id)): to_text(one.proposed).encode() for one in found}
    )


def _stands(at: Workplace, found: Preview) -> Problem:
    command = next(iter(steps(found, record=at.settings.waivers.system, today=at.today)), "hubposture waivers approve")
    return Problem(
        found.waiver.source,
        f"{found.waiver.id} stands on the approved set that lies there, and would end with another one",
        f"`{command}` leads to a new approval together with its set",
    )


def _markdown(document: Document) -> str:
    return rendered(document, "markdown")


def _previews(ids: tuple[str, ...], snapshot: Snapshot, book: Book, means: Means) -> list[Preview]:
    files = [one for one in ids if one.endswith((".yaml", ".yml"))]
    named = [one for one in ids if one not in files]
    ledger, name = means.ledger, means.organization
    if not ids:
        tallies = snapshot.judge(matching_rules(book, ledger, name), ours=()).tallies
        surplus = {one.waiver: one.surplus for one in tallies.values()}
        named = waiting(book.standings, today=means.today, surplus=surplus)
    found = previews(named, snapshot, book, ledger=ledger, organization=name) if named else []
    of_files = (waiver for file in files for waiver in _of_file(Path(file)))
    return [*found, *(preview(waiver, snapshot, book, ledger=ledger, organization=name) for waiver in of_files)]


def _of_file(path: Path) -> tuple[Waiver, ...]:
    """The waivers of a file anywhere. Raises InputErrors with everything that is wrong with it."""
    if not path.is_file():
        raise InputError(f"{path}: there is no such file")
    found = read_waivers({path.as_posix(): path.read_bytes()})
    if found.problems:
        raise InputErrors(found.problems)
    return found.waivers


@click.command()
@format_option
@click.pass_obj
def calendar(context: Context, form: str) -> None:
    """What ends in which week and month, what people were told, and which waivers are unneeded."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        waiver_store(connect(at, name), writes=False, asks=False) as (store, means, book),
        progress("matching"),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        rows = rows_of(means, book, snapshot)
        notices = [notice_row(one) for one in store.ledger.notices(name)]
    show(calendar_view.document(name, rows, notices, today=at.today), form)


@click.command()
def schema() -> None:
    """The JSON schema of waivers, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))
