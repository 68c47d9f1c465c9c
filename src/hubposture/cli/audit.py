"""`hubposture audit`: who did what, copied out for others, and checked."""

import click

from hubposture.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("hubposture.cli.audit_reading:list_", "Who did what, the newest first."),
    "export": ("hubposture.cli.audit_reading:export", "A copy of the trail that can be checked without the ledger."),
    "verify": ("hubposture.cli.audit_reading:verify", "Whether the trail, or a copy of it, is what was written."),
    "anchor": ("hubposture.cli.audit_reading:anchor", "The trail's end, to be kept elsewhere."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS)
def audit() -> None:
    """The audit trail: everything that was changed outside and every decision, each record bound to the one before it."""
