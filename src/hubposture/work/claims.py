"""Which live ticket has which subject: no two have the same."""

from collections import Counter
from collections.abc import Iterator

from hubposture.work.course import vanished
from hubposture.work.groups import belongs, place_of, recency
from hubposture.work.subject import Standing
from hubposture.work.ticket import Member, Missing, State, Ticket
from hubposture.work.world import World


def claims(world: World) -> Iterator[tuple[Ticket, frozenset[str]]]:
    """The live tickets, by when they were made, each with those of its members that another one has before it.

    Tickets that cannot be changed now come first, since nothing can be taken out of them; then the older one has it.
    """
    live = sorted((one for one in world.tickets if one.state.is_live), key=recency)
    homes: dict[str, str] = {}
    for ticket in sorted(live, key=lambda one: is_changeable(one, world)):
        if not isinstance(world.seen.get(ticket.key), Missing):
            for member in ticket.members:
                if not is_changeable(ticket, world) or not _is_moved(member, ticket, world):
                    homes.setdefault(member.subject, ticket.key)
    for ticket in live:
        others = (one.subject for one in ticket.members if homes.get(one.subject, ticket.key) != ticket.key)
        yield ticket, frozenset(others)


def is_changeable(ticket: Ticket, world: World) -> bool:
    """Whether something may be written to a ticket now."""
    return ticket.state is not State.SENDING and ticket.key in world.seen and place_of(ticket.route) not in world.broken


def _is_moved(member: Member, ticket: Ticket, world: World) -> bool:
    one = world.subjects.get(member.subject)
    return one is not None and one.standing is Standing.FAILING and not belongs(one, ticket.group)


def vanished_places(world: World) -> dict[tuple[str, str], str]:
    """Places whose tickets are all gone at once, with why nothing is done there."""
    missing: Counter[tuple[str, str]] = Counter()
    there: Counter[tuple[str, str]] = Counter()
    for ticket in world.tickets:
        seen = world.seen.get(ticket.key)
        if ticket.state.is_live and seen is not None:
            (missing if isinstance(seen, Missing) else there)[place_of(ticket.route)] += 1
    return vanished(missing, there)
