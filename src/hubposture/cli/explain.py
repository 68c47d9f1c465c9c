"""`hubposture explain`: the deciding row and why it won, what is on now, since when, by which way."""

import datetime as dt
from dataclasses import replace

import click

from hubposture.cli.context import Context
from hubposture.cli.explain_found import with_findings
from hubposture.cli.output import format_option, show
from hubposture.cli.plan import made
from hubposture.controls.state import TargetState
from hubposture.model.targets import Way
from hubposture.verbs.explain import Explanation
from hubposture.verbs.explain import explain as ask
from hubposture.verbs.explain_words import facts
from hubposture.views import explain as view
from hubposture.wiring import Connection, census_reader, connect, workplace

_KEPT = dt.timedelta(days=90)


@click.command()
@click.argument("control")
@click.option("--account", required=True, help="A 12-digit id, an alias or a name.")
@click.option("--region", required=True, help="A Region, such as eu-central-1.")
@click.option("--who", is_flag=True, help="Also who changed it, from CloudTrail (two calls a second).")
@format_option
@click.pass_obj
def explain(context: Context, control: str, account: str, region: str, form: str, *, who: bool) -> None:
    """Why CONTROL is on or off in one account and Region, and what the plan would do about it."""
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    planned = made(connection)
    found = ask(planned, connection.hub, control=control, account=account, region=region)
    told = with_findings(facts(found, planned), connection, found)
    if who:
        rows = deeds(connection, found)
        told = replace(told, who=rows, data={**told.data, "who": [list(row) for row in rows]})
    show(view.document(told), form)


def deeds(connection: Connection, found: Explanation) -> list[tuple[str, str, str]]:
    """(when, who, by which call) of the recorded changes of a control in its target, newest first.

    In a centrally governed target these are the changes of policies. Raises RemoteError.
    """
    until = connection.workplace.surroundings.now()
    since, reader = until - _KEPT, census_reader(connection)
    governance = found.reading.governance if isinstance(found.reading, TargetState) else None
    if governance is not None and governance.way is Way.CENTRAL:
        events = reader.policy_deeds(connection.settings.home_region, since=since, until=until)
    else:
        events = reader.deeds(found.target, since=since, until=until, control=found.control)
    return [(f"{one.at:%Y-%m-%d %H:%M} UTC", one.who, one.operation) for one in events]
