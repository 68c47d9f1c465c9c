"""`hubposture owners import`, `reassign`: teams.yaml is written."""

from pathlib import Path

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, pairs, show
from hubposture.errors import InputErrors
from hubposture.owners.team import Teams
from hubposture.owners.write import EMPTY, to_yaml, with_teams
from hubposture.verbs.owner_import import ImportedTeams, import_teams
from hubposture.verbs.owner_reassign import KINDS
from hubposture.verbs.owner_reassign import reassign as give
from hubposture.views import owners_written as view
from hubposture.wiring import Workplace, read_list, read_teams_file, reassign_means, workplace


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--sheet", default="", help="The sheet; the one with the most known headings by default.")
@click.option(
    "--map", "mapped", multiple=True, metavar="HEADING=COLUMN", help="What a heading means; empty to leave it alone."
)
@format_option
@click.pass_obj
def import_(context: Context, file: Path, sheet: str, *, mapped: tuple[str, ...], form: str) -> None:
    """Teams from a list kept in xlsx or csv (a CMDB, a spreadsheet): a row for each account, or for each team.

    New teams are added to teams.yaml and known ones get what they lack; what people wrote there, and what another team has,
    stays. All errors are told at once with their cells, and then nothing is written.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    name, read = at.settings.files.teams, read_teams_file(at)
    if read is not None and read.problems:
        raise InputErrors(read.problems)
    known = read.teams if read is not None else Teams()
    found = import_teams(read_list(file), known, sheet=sheet, mapping=pairs("--map", mapped))
    if found.problems:
        raise InputErrors(found.problems)
    written = at.repository.write({name: _made(at, found, is_there=read is not None)})
    document = view.imported(
        written,
        source=file.name,
        new=[team.name for team in found.new],
        more=[team.name for team in found.more],
        notes=[str(one) for one in found.notes],
    )
    show(document, form)


def _made(at: Workplace, found: ImportedTeams, *, is_there: bool) -> bytes:
    """The file with what was found."""
    if not is_there:
        return to_yaml(Teams(found.new)).encode() if found.new else EMPTY
    return with_teams(at.repository.read(at.settings.files.teams), found.new, found.more)


@click.command()
@click.argument("what", metavar="RESOURCE|ACCOUNT|OU|TAG|NAME")
@click.option("--to", required=True, metavar="TEAM", help="The team that gets it; teams.yaml must have it.")
@click.option("--reason", default="", metavar="TEXT", help="Why; stands in the commit.")
@format_option
@click.pass_obj
def reassign(context: Context, what: str, to: str, reason: str, form: str) -> None:
    """Give a resource (its ARN), an account (12 digits), an OU (/path or id), a tag (name=value) or a name to a team.

    The answer to "not mine": a commit on the branch `owners.branch` that changes teams.yaml and nothing else, for people
    to review and merge. The working tree is not touched. `hubposture owners of` says what decides.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    found = give(reassign_means(at), what, to, by=at.who(), reason=reason)
    document = view.reassigned(
        f"The {KINDS[found.thing]} {found.what}",
        found.to,
        before=found.before,
        branch=found.branch,
        commit=found.commit,
        pushed_to=at.settings.owners.remote if found.is_pushed else "",
        file=at.settings.files.teams,
        old=found.old,
        new=found.new,
    )
    show(document, form)
