"""`hubposture waivers`: what is excused, for whom, until when; and what that does in Security Hub."""

import click

from hubposture.cli.lazy import LazyGroup

COMMANDS: dict[str, tuple[str, str]] = {
    "list": (
        "hubposture.cli.waiver_reading:list_",
        "Every waiver with its state, end, cover and surplus; or one in full.",
    ),
    "check": (
        "hubposture.cli.waiver_reading:check",
        "Everything that is wrong with the waivers' files, at once; for CI.",
    ),
    "preview": ("hubposture.cli.waiver_reading:preview_", "What waivers would do as things are now."),
    "calendar": ("hubposture.cli.waiver_reading:calendar", "What ends when, warnings, what is unneeded."),
    "enforce": ("hubposture.cli.waiver_enforce:enforce", "Decide, and write to Security Hub within the guards."),
    "approve": ("hubposture.cli.waiver_writing:approve", "Write an approval and the approved set into the files."),
    "extend": ("hubposture.cli.waiver_writing:extend", "Move the last day of a waiver."),
    "revoke": ("hubposture.cli.waiver_writing:revoke", "End a waiver before its day."),
    "provisional": (
        "hubposture.cli.waiver_writing:provisional",
        "Today's suppressions as waivers of some weeks, so that nothing reopens on the first day.",
    ),
    "import": ("hubposture.cli.waiver_writing:import_", "Waivers from a list kept in xlsx or csv."),
    "request": ("hubposture.cli.waiver_requesting:request", "Ask for approval, in ServiceNow or on our own pages."),
    "requests": (
        "hubposture.cli.waiver_deciding:requests_",
        "What is asked for on the pages, and what you may decide.",
    ),
    "decide": ("hubposture.cli.waiver_deciding:decide_", "Approve, request changes, reject, withdraw or comment."),
    "approvals": ("hubposture.cli.waiver_requesting:approvals", "Read outcomes and reviews, and confirm approvals."),
    "schema": ("hubposture.cli.waiver_reading:schema", "The JSON schema of waivers, for editors."),
}


@click.group(cls=LazyGroup, lazily=COMMANDS)
def waivers() -> None:
    """Approved exceptions that expire: read, checked, previewed, approved, enforced. See docs/waivers.md."""
