"""`hubposture init`: a baseline repository from the catalog, from the hub as it is, or from a workbook."""

from collections.abc import Mapping
from pathlib import Path

import click

from hubposture.cli.output import progress
from hubposture.verbs.adopt import Adopted, from_foreign
from hubposture.verbs.init import FromHub, Rows, from_catalog, from_hub
from hubposture.verbs.plan import live_catalog
from hubposture.views.document import counted
from hubposture.wiring import (
    begin_baseline,
    connect,
    packaged_catalog,
    put_workbook,
    read_workbook,
    set_global_rule,
    workplace,
)


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--from-catalog", "source", flag_value="catalog", default="catalog", help="CIS 5.0 and FSBP (default).")
@click.option("--from-hub", "source", flag_value="hub", help="What is on now, so that nothing changes at first.")
@click.option(
    "--import", "foreign", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="A workbook you keep."
)
@click.option("--map", "mapped", multiple=True, metavar="THEIRS=OURS", help="A heading or sheet of the imported file.")
@click.option("--name", default="main", show_default=True, help="Your name for the organization.")
@click.option("--administrator", required=True, metavar="ACCOUNT", help="Security Hub's delegated administrator.")
@click.option("--home-region", required=True, metavar="REGION", help="The aggregation Region.")
@click.option("--as-administrator", is_flag=True, help="You run as the administrator's role already; none is assumed.")
@click.option(
    "--external-id", default="", metavar="REF", help="Where the roles' ExternalId is kept: env:NAME or file:/PATH."
)
def init(
    directory: Path,
    *,
    as_administrator: bool,
    external_id: str,
    source: str,
    foreign: Path | None,
    mapped: tuple[str, ...],
    name: str,
    administrator: str,
    home_region: str,
) -> None:
    """Make a baseline repository in DIRECTORY: settings, workbook, workflow, git attributes.

    What is in DIRECTORY already is kept, so after a failure it can be run again; a workbook is never overwritten.
    """
    values = {"organization": name, "administrator": administrator, "home_region": home_region}
    values["global_controls"] = "everywhere" if source == "hub" and foreign is None else "home"
    values["external_id"] = external_id
    if as_administrator:
        values |= {"administrator_reader_role": "", "administrator_writer_role": ""}
    rows, told = _chosen(source, foreign, mapped)
    written = begin_baseline(directory, values)
    if rows is None:
        rows, told = _from_hub(directory, name)
    put_workbook(directory, rows)
    for path in written:
        click.echo(f"  {path}")
    click.echo("  controls.xlsx")
    click.echo(told)
    click.echo(
        f"\nNext:\n  cd {directory}\n  git init && git add . && git commit -m 'Baseline'\n  hubposture setup-git\n  hubposture lint\n  hubposture plan"
    )


def _chosen(source: str, foreign: Path | None, mapped: tuple[str, ...]) -> tuple[Rows | None, str]:
    """The rows that need no hub, before anything is written: a bad file leaves nothing behind."""
    if foreign is not None:
        adopted = from_foreign(read_workbook(foreign), packaged_catalog(), mapping=_mapping(mapped))
        return adopted.rows, told_adopted(adopted, foreign.name)
    if source == "hub":
        return None, ""
    rows = from_catalog(packaged_catalog())
    return rows, f"{counted(len(rows['Controls']), 'control')} with a first disposition each; make them your own."


def _mapping(mapped: tuple[str, ...]) -> Mapping[str, str]:
    pairs = [one.partition("=") for one in mapped]
    for theirs, equals, _ in pairs:
        if not equals or not theirs.strip():
            raise click.BadParameter(f"{theirs!r} is not THEIRS=OURS", param_hint="--map")
    return {theirs.strip(): ours.strip() for theirs, _, ours in pairs}


def _from_hub(directory: Path, name: str) -> tuple[Rows, str]:
    connection = connect(workplace(directory), name)
    with progress("reading targets") as told:
        found = connection.survey(progress=told)
    made = from_hub(found, connection.hub, live_catalog(packaged_catalog(), found))
    set_global_rule(directory, str(made.global_rule))
    return made.rows, told_from_hub(made)


def told_adopted(adopted: Adopted, name: str) -> str:
    """What became of a foreign workbook, in words."""
    lines = [f"{counted(adopted.taken, 'row')} of {name} taken over, {adopted.proposed:,} with a proposed disposition."]
    if adopted.retired:
        lines.append(f"Left out, retired by AWS: {', '.join(adopted.retired)}")
    if adopted.unknown:
        lines.append(f"Left out, unknown to Security Hub: {', '.join(adopted.unknown)}")
    lines += [
        f"Left out, {counted(one.cells, 'cell')} under {one.heading} that cannot be read here, first {one.first}"
        for one in adopted.unfit
    ]
    if adopted.ignored:
        lines.append(f"Headings that mean nothing here: {', '.join(adopted.ignored)}; map them with --map THEIRS=OURS")
    return "\n".join(lines)


def told_from_hub(made: FromHub) -> str:
    """What was found on the hub, in words."""
    rows, scopes = len(made.rows["Controls"]), len(made.rows["Scopes"])
    said = f"{counted(rows, 'row')} and {counted(scopes, 'scope')} say what is on now"
    lines = [f"{said}; {counted(made.unread, 'target')} could not be read or is governed elsewhere."]
    if made.mixed:
        lines.append(f"On in one standard and off in another, so left as they are: {', '.join(made.mixed)}")
    if made.unsaid:
        lines.append(f"Parameters whose value does not fit into a cell, so left as they are: {', '.join(made.unsaid)}")
    return "\n".join(lines)
