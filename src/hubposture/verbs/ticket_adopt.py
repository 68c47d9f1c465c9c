"""Taking tickets that people made before: shown first, then remembered as ours; the next sync says so in them."""

from collections.abc import Sequence

from hubposture.errors import InputError
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Entry
from hubposture.ports.tracker import Tracker
from hubposture.reconcile.chunks import chunks
from hubposture.verbs.tickets import Means, look
from hubposture.work.adopt import Adopted, Row, adopt, rows_of_texts
from hubposture.work.ticket import Missing, Seen, Ticket

_MANY = 100


def by_list(means: Means, snapshot: Snapshot, rows: Sequence[Row], *, tracker: str) -> Adopted:
    """What the rows of a list come to. Raises RemoteError, and InputError for a tracker that is not set."""
    there = _tracker(means, tracker)
    names = sorted({row.ticket for row in rows})
    shown: dict[str, Seen | Missing] = {}
    for some in chunks(names, _MANY):
        shown |= there.read(some)
    seen = {name: one for name, one in shown.items() if isinstance(one, Seen)}
    world = look(means, snapshot).world
    return adopt(rows, seen, world, means.policy, tracker=tracker, now=means.now())


def by_query(means: Means, snapshot: Snapshot, text: str, *, tracker: str) -> tuple[Adopted, Sequence[Seen]]:
    """What tickets found by a query come to, by what they say; and those that name nothing that fails.

    Raises RemoteError, InputError.
    """
    found = _tracker(means, tracker).query(text)
    world = look(means, snapshot).world
    rows = rows_of_texts(found, world.subjects.values())
    named = {row.ticket for row in rows}
    adopted = adopt(rows, {one.shown: one for one in found}, world, means.policy, tracker=tracker, now=means.now())
    return adopted, [one for one in found if one.shown not in named]


def take(means: Means, tickets: Sequence[Ticket]) -> None:
    """Remember tickets as ours; their trackers are told by the next sync."""
    means.ledger.put_tickets(tickets)
    means.ledger.audit(
        Entry(means.who, f"ticket {one.shown}", None, one.key, f"adopted for {len(one.members)} subjects")
        for one in tickets
    )


def _tracker(means: Means, name: str) -> Tracker:
    found = means.trackers.get(name)
    if found is None:
        known = ", ".join(sorted(means.trackers)) or "none"
        raise InputError(f"{name}: no such tracker in the settings; there are: {known}")
    return found
