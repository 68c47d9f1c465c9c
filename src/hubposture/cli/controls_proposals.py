"""`hubposture controls proposals`, `withdraw`: what is proposed, and what became of it."""

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, limit_option, show
from hubposture.verbs.control_proposals import standings
from hubposture.verbs.control_proposals import withdraw as take_back
from hubposture.views import proposals as view
from hubposture.wiring import look_means, naive, workplace


@click.command()
@limit_option
@format_option
@click.pass_obj
def proposals(context: Context, limit: int, form: str) -> None:
    """Proposed changes of controls, the newest first, as git has them now: open, merged, deleted, withdrawn."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        found = standings(look_means(at), ledger.proposals(name, limit=limit))
    rows = [
        view.Listed(one.proposal.id, one.proposal.title, one.state, one.why, one.proposal.by, one.proposal.at, one.proposal.branch, one.commit)
        for one in found
    ]  # fmt: skip
    show(view.document(name, rows), form)


@click.command()
@click.argument("proposal")
@click.pass_obj
def withdraw(context: Context, proposal: str) -> None:
    """Withdraw PROPOSAL, one of your own: its branch is deleted here."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger:
        at_ = naive(at.surroundings.now())
        said = take_back(look_means(at), ledger, proposal, organization=name, by=at.who(), at=at_)
    click.echo(f"{proposal} is withdrawn. {said}")
