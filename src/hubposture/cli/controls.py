"""`hubposture controls`: the inbox of new controls, and changes of controls that are proposed on branches."""

import click

from hubposture.cli.lazy import LazyGroup

_COMMANDS = {
    "inbox": ("hubposture.cli.controls_inbox:inbox", "Controls without a row, and the row that each would get."),
    "propose": (
        "hubposture.cli.controls_propose:propose",
        "Propose a change of a control, on a branch, with its plan.",
    ),
    "proposals": ("hubposture.cli.controls_proposals:proposals", "What is proposed, and what became of it."),
    "withdraw": ("hubposture.cli.controls_proposals:withdraw", "Withdraw a proposal of your own."),
}


@click.group(cls=LazyGroup, lazily=_COMMANDS)
def controls() -> None:
    """Changes of controls as commits on branches: the same as on the pages, nothing is switched by any of it."""
