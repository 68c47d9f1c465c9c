"""`hubposture owners of`, `check`, `schema`: whose something is, and what is wrong with teams.yaml."""

import json

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, progress, rendered, show
from hubposture.errors import InputErrors
from hubposture.matrix.lint import has_errors
from hubposture.matrix.rows import Matrix
from hubposture.owners.schema import schema as json_schema
from hubposture.ports.repository import FileMissing
from hubposture.verbs.owner_check import Systems, check_owners
from hubposture.verbs.owner_of import whose
from hubposture.views import checks, owner_of, owners_check
from hubposture.wiring import (
    Workplace,
    open_store,
    owner_chain,
    read_baseline_waivers,
    read_teams_file,
    seen_snapshot,
    workplace,
)


@click.command()
@click.argument("thing", metavar="RESOURCE|ACCOUNT")
@format_option
@click.pass_obj
def of(context: Context, thing: str, form: str) -> None:
    """Whose a resource (its ARN, or how it ends) or an account (id, alias or name) is, link by link of the chain."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with (
        at.ledger() as ledger,
        open_store(at, name, ledger) as store,
        progress("looking"),
        seen_snapshot(at, store, revision=context.settings_from) as snapshot,
    ):
        found = whose(snapshot, owner_chain(at), thing)
    show(owner_of.document(found), form)


@click.command()
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "github"]), default="text", show_default=True,
    help="How it is shown; `github` makes annotations in a workflow.",
)  # fmt: skip
@click.pass_obj
def check(context: Context, form: str) -> int:
    """Everything that is wrong or doubtful in teams.yaml, with file, line and column. Needs no cloud.

    Owners of the workbook's rows and of waivers that no team is called by are among it. Exit status: 0 no errors,
    2 errors.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    file = at.settings.files.teams
    read = read_teams_file(at)
    if read is None:
        raise FileMissing(f"{file}: there is none in {at.repository.root}; docs/owners.md says what stands in it")
    findings = check_owners(
        read, file=file, matrix=_matrix(at), waivers=read_baseline_waivers(at).waivers, systems=_systems(at)
    )
    if form == "github":
        click.echo(checks.annotations(findings), nl=False)
    else:
        document = owners_check.document(findings, teams=len(read.teams.teams), name=file)
        click.echo(rendered(document, form), nl=False)
    return EXIT_DIFFERS if has_errors(findings) else 0


def _systems(at: Workplace) -> Systems:
    settings = at.settings
    return Systems(tuple(settings.jira), bool(settings.servicenow.url), bool(settings.defectdojo.url))


def _matrix(at: Workplace) -> Matrix | None:
    """The rows as far as they can be read: what is wrong with the workbook is for `hubposture lint` to say."""
    try:
        return at.parsed().matrix
    except (FileMissing, InputErrors):
        return None


@click.command()
def schema() -> None:
    """The JSON schema of teams.yaml, for editors."""
    click.echo(json.dumps(json_schema(), indent=2))
