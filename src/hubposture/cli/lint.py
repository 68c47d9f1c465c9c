"""`hubposture lint`: everything that is wrong with the baseline, at once."""

import click

from hubposture.catalog import Live
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import progress, rendered
from hubposture.matrix.lint import Level, LintFinding, has_errors
from hubposture.matrix.lint import lint as check
from hubposture.verbs.plan import live_of
from hubposture.verbs.survey import Survey
from hubposture.views import checks
from hubposture.views import lint as view
from hubposture.wiring import Workplace, access_findings, connect, packaged_catalog, read_access_file, workplace


@click.command()
@click.option(
    "--hub", is_flag=True, help="Ask the hub and the organization too: unknown, new and unavailable controls."
)
@click.option("--against", metavar="REV", help="Also name rows whose edit since this revision changes nothing.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "github"]), default="text", show_default=True,
    help="How it is shown; `github` makes annotations in a workflow.",
)  # fmt: skip
@click.pass_obj
def lint(context: Context, form: str, *, hub: bool, against: str | None) -> int:
    """Check the baseline: every cell that is wrong or doubtful, with what to do. Needs no cloud unless --hub.

    The access rules are checked as well: all of access.cedar, by line and column.

    Exit status: 0 no errors, 2 errors.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    for note in at.notes:
        click.echo(f"hubposture.toml: {note}", err=True)
    survey = _survey(at, context.organization) if hub else None
    live: Live | None = live_of(packaged_catalog(), survey) if survey is not None else None
    findings = check(
        at.parsed(),
        packaged_catalog(),
        today=at.today,
        approval_from=at.settings.controls.approval_from,
        live=live,
        organization=survey.organization if survey is not None else None,
        old=at.parsed(against).matrix if against else None,
    )
    name, access = at.settings.files.controls, _of_access(at)
    if form == "github":
        click.echo(view.annotations(findings, file=name) + checks.annotations(access), nl=False)
    else:
        click.echo(rendered(view.document(sorted((*findings, *access), key=_level), name=name), form), nl=False)
    return EXIT_DIFFERS if has_errors((*findings, *access)) else 0


def _of_access(at: Workplace) -> list[LintFinding]:
    """What is wrong with the access rules; that a baseline goes by the shipped ones is nothing to mend."""
    return [one for one in access_findings(at, read_access_file(at)) if one.rule != "access-shipped"]


def _level(finding: LintFinding) -> int:
    return list(Level).index(finding.level)


def _survey(at: Workplace, organization: str | None) -> Survey:
    connection = connect(at, at.organization(organization))
    with progress("reading targets") as told:
        return connection.survey(progress=told)
