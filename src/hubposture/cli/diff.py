"""`hubposture diff`: the workbook's changes by meaning; `--textconv` is what git calls for its own diff."""

from pathlib import Path

import click

from hubposture.cli.context import Context
from hubposture.cli.main import EXIT_DIFFERS
from hubposture.cli.output import format_option, show
from hubposture.matrix.diff import diff as compare
from hubposture.matrix.textconv import textconv as as_text
from hubposture.views import diff as view
from hubposture.wiring import packaged_catalog, read_workbook, workplace


@click.command()
@click.argument("revision", default="HEAD")
@click.option(
    "--textconv",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Print a workbook as text, for git.",
)
@format_option
@click.pass_obj
def diff(context: Context, revision: str, form: str, textconv: Path | None) -> int:
    """What changed in the workbook since REVISION (HEAD), by meaning: control, scope, cell.

    Exit status: 0 no difference, 2 differs.
    """
    if textconv is not None:
        click.echo(as_text(read_workbook(textconv)), nl=False)
        return 0
    at = workplace(context.directory, settings_from=context.settings_from)
    found = compare(at.parsed(revision).matrix, at.parsed().matrix, packaged_catalog())
    show(view.document(found, old=revision, new="working tree"), form)
    return EXIT_DIFFERS if found.rows else 0
