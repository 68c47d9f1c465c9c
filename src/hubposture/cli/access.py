"""`hubposture access`: who may do what, and why."""

import click

from hubposture.access.actions import Action
from hubposture.access.schema import schema as schema_text
from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, progress, rendered, show
from hubposture.matrix.lint import has_errors
from hubposture.verbs.access import things_named
from hubposture.views import access as view
from hubposture.views import checks
from hubposture.wiring import access_findings, open_access, read_access_file, workplace

_ACTION = click.Choice([str(action) for action in Action])


@click.group()
def access() -> None:
    """Who may do what, by the rules of access.cedar: see docs/access.md."""


@access.command()
@click.argument("user", metavar="USER")
@click.argument("action", metavar="ACTION", type=_ACTION)
@click.argument("resource", metavar="RESOURCE")
@click.option(
    "--group", "groups", multiple=True, metavar="NAME", help="A further group of the person; may be repeated."
)
@click.option("--requested-by", default="", metavar="ADDRESS", help="Who asked for the waiver that is to be approved.")
@format_option
@click.pass_obj
def explain(
    context: Context, user: str, action: str, resource: str, *, groups: tuple[str, ...], requested_by: str, form: str
) -> int:
    """Whether USER may do ACTION to RESOURCE, with every rule that spoke.

    RESOURCE is an OU (its path; / for the organization), an account (id, alias or name), a control in one of these
    (S3.8@ACCOUNT), or a resource (its ARN, or how it ends; S3.8@ARN for one check). Groups come from access.users and
    --group. ACTION is one of view, export, request-waiver, approve-waiver, revoke-waiver, suppress,
    propose-control-change, apply-controls, manage-tickets, manage-connectors, administer.

    Exit status: 0 allowed, 2 not, or not for all.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    person = at.settings.access.people.named(user, groups)
    wanted = Action(action)
    name = at.organization(context.organization)
    with progress("looking"), open_access(at, name, revision=context.settings_from) as found:
        things = things_named(found.means, wanted, resource)
        answers = [
            view.Answer(one, found.rules.explained(person, wanted, one, requested_by=requested_by)) for one in things
        ]
    show(view.explained(person, wanted, resource, answers), form)
    return 0 if all(one.explained.decision.is_allowed for one in answers) else EXIT_DIFFERS


@access.command()
@click.argument("action", metavar="ACTION", type=_ACTION)
@click.argument("resource", metavar="RESOURCE")
@click.option("--requested-by", default="", metavar="ADDRESS", help="Who asked for the waiver that is to be approved.")
@format_option
@click.pass_obj
def who(context: Context, action: str, resource: str, *, requested_by: str, form: str) -> None:
    """Who of the people in access.users may do ACTION to RESOURCE, both written as for `explain`."""
    at = workplace(context.directory, settings_from=context.settings_from)
    people, wanted = at.settings.access.people, Action(action)
    name = at.organization(context.organization)
    with progress("looking"), open_access(at, name, revision=context.settings_from) as found:
        things = things_named(found.means, wanted, resource)
        answers = [
            view.WhoMay(one, found.rules.all_allowed(one, wanted, things, requested_by=requested_by))
            for one in (people.named(user) for user in sorted(people.users))
        ]
    answers.sort(key=lambda one: (-one.allowed, one.person.name))
    show(view.who(wanted, resource, answers, of=len(things)), form)


@access.command()
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "markdown", "github"]), default="text", show_default=True,
    help="How it is shown; `github` makes annotations in a workflow.",
)  # fmt: skip
@click.pass_obj
def check(context: Context, form: str) -> int:
    """Everything that is wrong or doubtful in access.cedar, with file, line and column. Needs no cloud.

    OUs and accounts are held against the last sync, where there is one. Exit status: 0 no errors, 2 errors.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    found = read_access_file(at)
    findings = access_findings(at, found)
    if form == "github":
        click.echo(checks.annotations(findings), nl=False)
    else:
        document = view.check(findings, rules=len(found.rules.rules), name=at.settings.files.access)
        click.echo(rendered(document, form), nl=False)
    return EXIT_DIFFERS if has_errors(findings) else 0


@access.command()
def schema() -> None:
    """What rules may name, as a Cedar schema, for editors."""
    click.echo(schema_text(), nl=False)
