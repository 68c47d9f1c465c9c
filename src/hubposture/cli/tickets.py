"""`hubposture tickets`: the work of the teams, in the trackers that they use."""

import click

from hubposture.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "plan": (
        "hubposture.cli.ticket_reading:plan",
        "Which tickets would be made, changed, reopened and closed, and why.",
    ),
    "sync": ("hubposture.cli.ticket_writing:sync", "Make it so, within the guards."),
    "list": (
        "hubposture.cli.ticket_reading:list_",
        "The tickets there are: whose, what is open in them, when they are due.",
    ),
    "verify": ("hubposture.cli.ticket_reading:verify", "What the trackers say against what the checks say."),
    "check": (
        "hubposture.cli.ticket_reading:check",
        "Everything that would fail, before the first ticket; reads only.",
    ),
    "test": (
        "hubposture.cli.ticket_writing:test",
        "Make a marked test ticket, walk it to its end and back, and say how.",
    ),
    "defectdojo": ("hubposture.cli.dojo:defectdojo", "The same for teams that work in DefectDojo."),
    "adopt": ("hubposture.cli.ticket_writing:adopt", "Take tickets that were there before, by a list or a query."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS)
def tickets() -> None:
    """Failing obligations as tickets of the team that owns them, closed by the check and not by a click."""
