"""Tickets from the command line: the parts that `tickets`, `run`, `listen` and the demo share."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from hubposture.cli.enforced import planned_once
from hubposture.cli.output import progress
from hubposture.reconcile.plan import Plan
from hubposture.verbs.held import held
from hubposture.verbs.run import Done
from hubposture.verbs.ticket_notified import notified
from hubposture.verbs.ticket_wont_do import propose_waivers
from hubposture.verbs.tickets import Means, Synced, look, sync, with_guards
from hubposture.views.tickets_parts import DID, DOES
from hubposture.wiring import (
    Connection,
    Store,
    findings_updater,
    holder,
    open_store,
    ticket_means,
    trackers_set,
    wont_do_means,
)
from hubposture.work.action import Kind


@contextmanager
def ticket_store(connection: Connection) -> Iterator[tuple[Store, Means]]:
    """The lake, and what syncing tickets needs; opened and closed again."""
    at = connection.workplace
    with (
        at.ledger() as ledger,
        open_store(at, connection.name, ledger) as store,
        ticket_means(connection, store, planned=planned_once(connection)) as means,
    ):
        yield store, means


def synced_tickets(
    connection: Connection,
    *,
    reviewed: Plan | None = None,
    new: int | None = None,
    close_share: float | None = None,
    asked: frozenset[str] = frozenset(),
) -> Synced:
    """Everything once, under a lease: two processes that plan at once would ask for the same twice.

    A ticket for subjects that are `asked` for by a person waits neither until they settled nor for the team's other tickets.
    """
    with (
        ticket_store(connection) as (store, means),
        held(store.ledger, f"tickets/{connection.name}", holder(), what=f"syncing the tickets of {connection.name}"),
        progress("writing tickets") as told,
    ):
        asking = replace(means, policy=replace(means.policy, asked=asked))
        done = sync(with_guards(asking, new=new, close_share=close_share), reviewed=reviewed, progress=told)
        return _told_on(connection, store, means, done)


def _told_on(connection: Connection, store: Store, means: Means, done: Synced) -> Synced:
    """What a run means beyond the trackers: waivers that people ask for, and NOTIFIED where the settings want it."""
    proposed, failures = propose_waivers(wont_do_means(connection.workplace), done.answers, done.outlook.world)
    noted = 0
    if connection.workplace.settings.tickets.write_notified:
        tickets = means.ledger.tickets(connection.name)
        with store.reader.snapshot() as snapshot:
            noted, more = notified(findings_updater(connection), store.ledger, snapshot, tickets, who=means.who)
        failures = [*failures, *more]
    return replace(done, proposed=tuple(proposed), notified=noted, more=tuple(failures))


def tickets_done(connection: Connection, *, observe: bool) -> Done:
    """Tickets as a step of a run."""
    if not trackers_set(connection.workplace):
        return Done(line="no tracker is set")
    if observe:
        with ticket_store(connection) as (store, means), store.reader.snapshot() as snapshot:
            found = look(means, snapshot)
        return Done(
            {"planned": len(found.plan.actions)}, found.looked.failures, _listed(found.plan.counts, DOES, "to ")
        )
    done = synced_tickets(connection)
    counts = {kind: sum(one.kind is kind for one in done.written.done) for kind in Kind}
    failed = len(done.written.failed)
    line = _listed(counts, DID) + (f", {failed:,} failed" if failed else "")
    return Done({**{str(kind): number for kind, number in counts.items()}, "failed": failed}, done.failures, line)


def _listed(counts: Mapping[Kind, int], words: Mapping[Kind, str], before: str = "") -> str:
    said = ", ".join(f"{number:,} {before}{words[kind]}" for kind, number in counts.items() if number)
    return f"tickets: {said}" if said else "tickets: nothing to do"
