"""`hubposture waivers requests` and `decide`: what is asked for on our own pages, from a terminal, by the same rules."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from hubposture.cli.context import Context
from hubposture.cli.output import format_option, show
from hubposture.errors import InputError
from hubposture.ports.asking import What
from hubposture.ports.waivers import Request
from hubposture.verbs.waiver_ask import ask_again, found, named
from hubposture.verbs.waiver_inbox import decidable, inbox_rows, refuse_unseen
from hubposture.verbs.waiver_requests import Requested
from hubposture.verbs.waiver_review import approve, decide, review
from hubposture.verbs.waiver_rights import Rights
from hubposture.verbs.waiver_scope import Means
from hubposture.views import waivers_approvals as view
from hubposture.views import waivers_requests
from hubposture.wiring import access_over, is_enforced, open_store, read_access_file, workplace
from hubposture.wiring.asking import asking_means

_WHATS = {
    "request-changes": What.CHANGES_REQUESTED,
    "reject": What.REJECTED,
    "withdraw": What.WITHDRAWN,
    "comment": What.COMMENTED,
}


@contextmanager
def means_of(context: Context) -> Iterator[Means]:
    """Means of whoever runs this; the rules are asked where access is enforced, four eyes always."""
    at = workplace(context.directory, settings_from=context.settings_from)
    name = at.organization(context.organization)
    with at.ledger() as ledger, open_store(at, name, ledger) as store, store.reader.snapshot() as snapshot:
        rules = None
        if is_enforced(at):
            rules = access_over(at, read_access_file(at, context.settings_from), snapshot).rules
        rights = Rights(at.settings.access.people.named(at.who()), snapshot, rules)
        yield asking_means(at, name, ledger, snapshot=snapshot, rights=rights)


@click.command("requests")
@click.argument("id_", metavar="[ID]", required=False)
@format_option
@click.pass_obj
def requests_(context: Context, id_: str | None, form: str) -> None:
    """What is asked for on the pages, and what of it is for you to decide; or one request with what it covers now."""
    with means_of(context) as means:
        if id_ is None:
            document = waivers_requests.listed(means.organization, inbox_rows(means))
        else:
            refuse_unseen(means, id_)
            document = waivers_requests.detailed(decidable(means, review(means, id_)))
    show(document, form)


@click.command("decide")
@click.argument("id_", metavar="ID")
@click.argument("what", type=click.Choice(["approve", *_WHATS]))
@click.option("--comment", default="", metavar="TEXT", help="Why; needed to request changes and to reject.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="With approve: an earlier last day than was asked for."
)
@click.option(
    "--digest", default="", metavar="TEXT", help="Only if this is what would be approved, as `requests ID` shows it."
)
@format_option
@click.pass_obj
def decide_(
    context: Context, id_: str, what: str, form: str, *, comment: str, until: dt.datetime | None, digest: str
) -> None:
    """Decide on a request for a waiver: as on its page, by the same rules, and never on your own.

    An approval is committed onto the branch `waivers.branch` in your name.
    """
    if what != "approve" and (until is not None or digest):
        raise InputError("--until and --digest go with approve")
    with means_of(context) as means:
        refuse_unseen(means, id_)
        one = review(means, id_)
        revision = one.draft.revision
        if what == "approve":
            day = until.date() if until is not None else None
            _, why = approve(means, id_, revision=revision, digest=digest or one.digest, until=day, comment=comment)
            if why:
                click.echo(why, err=True)
        else:
            decide(means, id_, _WHATS[what], revision=revision, comment=comment)
        document = waivers_requests.detailed(decidable(means, review(means, id_)))
    show(document, form)


def request_here(context: Context, ids: Sequence[str], form: str) -> int:
    """Ask for waivers of the baseline, as they are, where our own pages are the record."""
    with means_of(context) as means:
        book = means.book()
        made = [ask_again(means, one, until=named(book, one).waiver.expires) for one in ids]
        rows = [request_row(found(means, one.id)[0], Requested(one)) for one in made]
    show(view.requested(means.organization, rows), form)
    return 0


def request_row(one: Request, made: Requested | None = None) -> view.RequestRow:
    """A request for its document."""
    return view.RequestRow(
        waiver=one.waiver,
        id=one.id,
        state=str(one.state),
        number=one.number or one.id,
        asked_by=one.asked_by,
        asked_at=one.asked_at,
        until=one.until,
        decided_by=one.decided_by,
        detail=one.detail,
        commit=one.commit,
        lost=made.lost if made is not None else (),
        is_new=made is not None and made.is_new,
    )
