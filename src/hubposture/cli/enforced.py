"""Enforcing waivers from the command line: the parts that `waivers enforce`, `run`, `listen` and the demo share.

And asking the access rules, where they are enforced, before somebody decides on a waiver.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubposture.access.actions import Action
from hubposture.cli.context import Context
from hubposture.cli.output import progress
from hubposture.cli.plan import made
from hubposture.findings.finding import subject_key
from hubposture.verbs.held import held
from hubposture.verbs.plan import Planned
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_preview import Preview, previews
from hubposture.verbs.waivers import Enforced, Means, Options, enforce_waivers
from hubposture.waivers.waiver import Waiver
from hubposture.wiring import (
    Connection,
    Store,
    Workplace,
    connect,
    guard_waiver,
    holder,
    is_enforced,
    open_store,
    read_book,
    waiver_means,
)


@contextmanager
def waiver_store(
    connection: Connection, *, writes: bool = True, asks: bool = True
) -> Iterator[tuple[Store, Means, Book]]:
    """The lake, what enforcing needs, and the waivers as they stand; opened and closed again."""
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, connection.name, ledger) as store:
        means = waiver_means(connection, store, planned=planned_once(connection), writes=writes, asks=asks)
        yield store, means, read_book(at, ledger)


def planned_once(connection: Connection) -> Callable[[], Planned]:
    """Survey and plan when it is first asked for."""
    found: list[Planned] = []

    def planned() -> Planned:
        if not found:
            found.append(made(connection))
        return found[0]

    return planned


def enforced(connection: Connection, options: Options) -> Enforced:
    """Everything once, under a lease: two processes that decide at once would write the same twice."""
    with (
        waiver_store(connection, writes=not options.observe) as (store, means, book),
        held(store.ledger, f"waivers/{connection.name}", holder(), what=f"enforcing the waivers of {connection.name}"),
        progress("writing to findings") as told,
    ):
        return enforce_waivers(means, book, options, progress=told)


def guarded(
    connection: Connection, action: Action, found: Preview, *, revision: str | None, by: str | None = None
) -> None:
    """Go on only if whoever runs this, and `by`, may do it to everything that a waiver matches. Raises NotAllowed."""
    subjects = [subject_key(one.account, one.region, one.control, one.resource) for one in found.matches]
    guard_waiver(
        connection,
        action,
        subjects,
        waiver=found.waiver.id,
        requested_by=found.waiver.requested_by,
        by=by,
        revision=revision,
    )


def guarded_now(context: Context, at: Workplace, action: Action, waiver: Waiver) -> None:
    """The same where nothing was previewed yet; without enforcement nothing is read."""
    if not is_enforced(at):
        return
    connection = connect(at, at.organization(context.organization))
    with waiver_store(connection, writes=False, asks=False) as (store, _, book), store.reader.snapshot() as snapshot:
        (found,) = previews([waiver.id], snapshot, book, ledger=store.ledger, organization=connection.name)
    guarded(connection, action, found, revision=context.settings_from)
