"""`hubposture report`: the weekly report, shown, written to a file, frozen."""

import click

from hubposture.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "weekly": ("hubposture.cli.report_weekly:weekly", "One week: where we stand, what moved it, what is open."),
    "list": ("hubposture.cli.report_weekly:list_", "The reports that were frozen."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS)
def report() -> None:
    """The weekly report of the organization, an OU, an account or an owner; frozen, it never changes."""
