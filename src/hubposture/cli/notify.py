"""`hubposture notify`: tell the teams what is new, what is due and what begins, each once."""

from collections.abc import Collection
from contextlib import nullcontext
from dataclasses import replace

import click

from hubposture.cli.context import Context
from hubposture.cli.enforced import planned_once
from hubposture.cli.main import EXIT_DIFFERS, EXIT_FAILED
from hubposture.cli.output import format_option, progress, show
from hubposture.render.mail import page
from hubposture.verbs.held import held
from hubposture.verbs.news import Gathered, gather, remember
from hubposture.verbs.notify import notify as tell
from hubposture.verbs.notify import told_keys
from hubposture.views import notify as view
from hubposture.views.notify_rows import Fate, Told
from hubposture.wiring import Connection, connect, holder, open_store, workplace
from hubposture.wiring.messages import message_means, news_means
from hubposture.wiring.slack import settled_requests
from hubposture.work.message import Subject
from hubposture.work.telling import Telling, plan_messages

_WITH_BEGINNINGS = frozenset({Subject.DIGEST, Subject.ANNOUNCEMENT})
"""The kinds of messages that speak of what will be enforced."""


@click.command()
@click.option("--preview", is_flag=True, help="Say who would be told what, and by which way; nothing is sent or noted.")
@click.option(
    "--only",
    type=click.Choice([one.value for one in Subject]),
    multiple=True,
    help="Only messages of this kind; may be repeated.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Rows of each table.")
@format_option
@click.pass_obj
def notify(context: Context, only: tuple[str, ...], limit: int, form: str, *, preview: bool) -> int:
    """Tell the teams by Slack and mail what is new by the last sync; each message once, runs brought up to date.

    See docs/messages.md. Exit status: 0 all told, 1 something failed, could not be read or may have been sent; with
    --preview 2 where something would be sent.
    """
    at = workplace(context.directory, settings_from=context.settings_from)
    connection = connect(at, at.organization(context.organization))
    done = told(connection, [Subject(one) for one in only], preview=preview)
    show(view.document(connection.name, done, most=limit), form)
    if not done.is_complete:
        return EXIT_FAILED
    return EXIT_DIFFERS if any(row.fate in (Fate.WOULD_SEND, Fate.WOULD_UPDATE) for row in done.rows) else 0


def told(connection: Connection, only: Collection[Subject] = (), *, preview: bool = False) -> Told:
    """Gather, plan and tell, under a lease; what was told is remembered unless news of the day are left out."""
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        what = f"telling the teams of {connection.name}"
        lease = nullcontext() if preview else held(ledger, f"notify/{connection.name}", holder(), what=what)
        with lease, message_means(at, connection.name, ledger, preview=preview) as means, progress("telling"):
            gathering = news_means(connection, ledger, planned=planned_once(connection))
            if only and not _WITH_BEGINNINGS & set(only):
                gathering = replace(gathering, begins=lambda: ())  # it may ask AWS
            with store.reader.snapshot() as snapshot:
                gathered = gather(gathering, snapshot)
            telling = plan_messages(gathered.news, gathering.rules, told=told_keys(means), page=page)
            done = tell(means, chosen(telling, only), preview=preview)
            if not preview:
                settled_requests(at, connection.name, ledger)
            if not preview and (not only or Subject.RUN in only):
                remember(ledger, connection.name, gathered)
    return with_failures(done, gathered)


def chosen(telling: Telling, only: Collection[Subject]) -> Telling:
    """The messages of some kinds; all of them for none."""
    if not only:
        return telling
    messages = tuple(one for one in telling.messages if one.about in only)
    keys = {one.key for one in messages}
    return Telling(messages, {key: more for key, more in telling.covered.items() if key in keys}, telling.unreached)


def with_failures(done: Told, gathered: Gathered) -> Told:
    """What was told, with what could not be gathered."""
    return Told(
        done.rows,
        done.is_preview,
        done.unreached,
        done.counted,
        (*done.failures, *((one.where, one.what) for one in gathered.failures)),
    )
