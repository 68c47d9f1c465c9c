"""`hubposture coverage`: requirement by requirement and clause by clause, gaps first."""

import click

from hubposture.catalog import find_standard
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.errors import InputError
from hubposture.matrix.coverage import coverage as cover
from hubposture.model.controls import Standard
from hubposture.views import coverage as view
from hubposture.wiring import packaged_catalog, workplace


@click.command()
@click.option("--standard", "names", multiple=True, metavar="NAME", help="Only this standard, such as cis-5.0.0.")
@format_option
@click.pass_obj
def coverage(context: Context, names: tuple[str, ...], form: str) -> None:
    """What covers each requirement and each clause of your own standard: controls, detections, measures, or a gap."""
    at = workplace(context.directory, settings_from=context.settings_from)
    wanted = [_standard(name) for name in names] or None
    show(view.document(cover(at.matrix(), packaged_catalog(), today=at.today, standards=wanted)), form)


def _standard(name: str) -> Standard:
    found = find_standard(name)
    if found is None:
        known = ", ".join(standard.key for standard in packaged_catalog().standards)
        raise InputError(f"--standard {name}: not a standard that is known; known are {known}")
    return found
