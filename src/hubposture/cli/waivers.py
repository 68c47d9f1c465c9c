"""`hubposture waivers`: what is excused, for whom, until when; and what that does in Security Hub."""

import importlib
from typing import Any

import click

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
    "request": ("hubposture.cli.waiver_requesting:request", "Ask for approval in ServiceNow."),
    "approvals": ("hubposture.cli.waiver_requesting:approvals", "Read outcomes and reviews, and confirm approvals."),
    "schema": ("hubposture.cli.waiver_reading:schema", "The JSON schema of waivers, for editors."),
}


class _Lazy(click.Group):
    """Knows its commands by name and imports one only when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 (click's signature)
        """Every command, in the order of their use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 (click's signature)
        """The command, imported now; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: Any = getattr(importlib.import_module(module), name)
        found: click.Command = command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The commands with their short help, without importing one."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_Lazy)
def waivers() -> None:
    """Approved exceptions that expire: read, checked, previewed, approved, enforced. See docs/waivers.md."""
