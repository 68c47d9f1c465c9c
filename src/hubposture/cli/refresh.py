"""`hubposture refresh`: write what hubposture owns in the workbook, and nothing else."""

import click

from hubposture.catalog import Catalog, propose
from hubposture.cli.context import Context
from hubposture.cli.output import progress
from hubposture.matrix.coverage import coverage
from hubposture.model.controls import ControlId
from hubposture.verbs.plan import live_catalog
from hubposture.verbs.refresh import wanted
from hubposture.views.document import counted
from hubposture.wiring import connect, controls_table, packaged_catalog, refresh_workbook, workplace


@click.command()
@click.option("--hub", is_flag=True, help="Take titles, severities and new controls from the live hub.")
@click.option("--add-new", is_flag=True, help="Add a proposed row for every control that has none.")
@click.pass_obj
def refresh(context: Context, *, hub: bool, add_new: bool) -> None:
    """Write Title, Service, Severity, Requirements, Coverage and Guide into the workbook.

    Only these are touched: formatting, formulas, comments and sheets of yours stay byte for byte. A formula of yours in
    one of these columns stays too, and is named.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    catalog = packaged_catalog()
    if hub:
        connection = connect(at, at.organization(context.organization))
        with progress("reading targets") as told:
            catalog = live_catalog(catalog, connection.survey(progress=told))
    matrix = at.matrix()
    spoken = {row.control for row in matrix.controls}
    missing = [one for one in catalog.controls if one not in spoken]
    new = proposals(missing, catalog) if add_new else []
    table = controls_table(at)
    done = refresh_workbook(
        at, wanted(table, catalog, coverage=coverage(matrix, catalog, today=at.today), new=new), table
    )
    name = at.settings.files.controls
    click.echo(f"{name}: refreshed" if done.changed else f"{name}: nothing to refresh")
    if new:
        click.echo(f"{counted(len(new), 'proposed row')} added at the end of Controls; review them, then lint")
    elif missing:
        shown = ", ".join(catalog.shown(one) for one in missing[:8])
        more = ", ..." if len(missing) > 8 else ""  # noqa: PLR2004 (as many as are named)
        click.echo(f"{counted(len(missing), 'control')} without a row ({shown}{more}); --add-new proposes rows")
    for problem in done.left_out:
        click.echo(f"left as it is: {problem}", err=True)


def proposals(missing: list[ControlId], catalog: Catalog) -> list[tuple[ControlId, str, str]]:
    """(control, disposition, reason) proposed for controls without a row; those that retire get none."""
    controls = [catalog.controls[one] for one in missing if catalog.controls[one].retiring is None]
    found = [propose(control) for control in controls]
    return [(one.control, str(one.disposition), one.reason) for one in found]
