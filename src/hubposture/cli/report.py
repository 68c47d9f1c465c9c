"""`hubposture report`: the weekly report, and evidence for auditors."""

import click

from hubposture.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "weekly": ("hubposture.cli.report_weekly:weekly", "One week: where we stand, what moved it, what is open."),
    "evidence": ("hubposture.cli.report_evidence:evidence", "Evidence for auditors: a standard over a period."),
    "evidence-check": ("hubposture.cli.report_evidence:evidence_check", "Whether a pack of evidence is what was made."),
    "list": ("hubposture.cli.report_weekly:list_", "The reports that were frozen."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS)
def report() -> None:
    """The weekly report of the organization, an OU, an account or an owner; evidence for auditors."""
