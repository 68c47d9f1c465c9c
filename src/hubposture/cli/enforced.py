"""Enforcing waivers from the command line: the parts that `waivers enforce`, `run`, `listen` and the demo share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from hubposture.cli.output import progress
from hubposture.cli.plan import made
from hubposture.verbs.held import held
from hubposture.verbs.plan import Planned
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waivers import Enforced, Means, Options, enforce_waivers
from hubposture.wiring import Connection, Store, holder, open_store, read_book, waiver_means


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
