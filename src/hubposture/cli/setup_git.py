"""`hubposture setup-git`: tell git in this clone how to show and merge the workbook."""

import click

from hubposture.cli.context import Context
from hubposture.wiring import workplace


@click.command("setup-git")
@click.pass_obj
def setup_git(context: Context) -> None:
    """Tell git in this clone how to show and merge the workbook.

    .gitattributes names the drivers; git asks each clone to say once which program they are. Run it after cloning.
    """
    for command in workplace(context.directory, settings_from=context.settings_from).repository.configure_git():
        click.echo(command)
