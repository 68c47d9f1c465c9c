"""`hubposture tokens` and `hubposture people`: what programs are let in by, and who is signed in."""

import click

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.errors import InputError
from hubposture.verbs.tokens import Wish, make_token
from hubposture.views import people as view
from hubposture.views.document import counted
from hubposture.wiring import Workplace, guard_administration, workplace

_ACTION = click.Choice([str(action) for action in Action])


@click.group()
def tokens() -> None:
    """Tokens by which programs ask the API, in the name of somebody and for some actions: see docs/sign-in.md."""


@tokens.command()
@click.option("--for", "person", required=True, metavar="NAME", help="In whose name: a person of access.users.")
@click.option(
    "--action", "actions", type=_ACTION, multiple=True, required=True, help="What it may do; may be repeated."
)
@click.option("--days", type=click.IntRange(min=1), default=30, show_default=True, help="For how many days it holds.")
@click.option("--label", required=True, metavar="TEXT", help="What it is for, so that it is known again.")
@format_option
@click.pass_obj
def create(context: Context, person: str, *, actions: tuple[str, ...], days: int, label: str, form: str) -> None:
    """Make a token and show it, once.

    It may do what the access rules let NAME do at the time, and of that only the actions that are given: one of view,
    export, request-waiver, approve-waiver, revoke-waiver, suppress, propose-control-change, apply-controls,
    manage-tickets, manage-connectors, administer. The most days are web.token_days.
    """
    at = _place(context)
    known = at.settings.access.people.named(person)
    if not known.groups:
        raise InputError(f"--for {person}: is in no group of access.users, so a token in this name could do nothing")
    now, most = at.surroundings.now(), at.settings.web.token_days
    with at.ledger() as ledger:
        wish = Wish(person, label, actions, days, at.who())
        token, shown = make_token(ledger, wish, most_days=most, now=now)
    show(view.made_token(token, shown, known, now=now), form)


@tokens.command("list")
@click.option("--for", "person", default="", metavar="NAME", help="Only those of one person.")
@format_option
@click.pass_obj
def list_tokens(context: Context, person: str, *, form: str) -> None:
    """Every token: whose it is, what it is for, when it was used last, when it ends."""
    at = _place(context)
    with at.ledger() as ledger:
        found = ledger.tokens(person)
    show(view.tokens(found, now=at.surroundings.now()), form)


@tokens.command()
@click.argument("id_", metavar="ID")
@click.pass_obj
def revoke(context: Context, id_: str) -> None:
    """End a token now; `hubposture tokens list` has the ids."""
    at = _place(context)
    with at.ledger() as ledger:
        found = ledger.revoke_token(id_, by=at.who())
    if found is None:
        raise InputError(f"{id_}: no token of this id holds; see `hubposture tokens list`")
    click.echo(f"{found.id} ({found.person}, {found.label}): revoked")


@click.group()
def people() -> None:
    """Who is signed in to the pages."""


@people.command()
@format_option
@click.pass_obj
def sessions(context: Context, form: str) -> None:
    """Everybody who is signed in, since when, and when they were last seen."""
    at = _place(context)
    with at.ledger() as ledger:
        found = ledger.sessions()
    show(view.sessions(found, now=at.surroundings.now()), form)


@people.command()
@click.argument("name")
@click.option("--tokens", "with_tokens", is_flag=True, help="Revoke their tokens as well.")
@click.pass_obj
def end(context: Context, name: str, *, with_tokens: bool) -> None:
    """End every session of NAME: they sign in again, with the groups that they then have."""
    at = _place(context)
    with at.ledger() as ledger:
        ended = ledger.end_sessions(by=at.who(), person=name, why="ended by an administrator")
        mine = ledger.tokens(name) if with_tokens else ()
        revoked = sum(ledger.revoke_token(one.id, by=at.who()) is not None for one in mine)
    told = f", {counted(revoked, 'token')} revoked" if with_tokens else ""
    click.echo(f"{name}: {counted(ended, 'session')} ended{told}")


def _place(context: Context) -> Workplace:
    """The baseline, for those who may administer. Raises NotAllowed."""
    at = workplace(context.directory, settings_from=context.settings_from)
    guard_administration(at, at.organization(context.organization), revision=context.settings_from)
    return at
