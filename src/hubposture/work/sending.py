"""Tickets that were asked for without an answer, and tickets that exist twice: what a look-up by their key settles.

Taking a ticket that is there writes nothing in it: its text is brought in line by the next plan, which has read it.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hubposture.work.action import Kind
from hubposture.work.bearing import Bearing
from hubposture.work.course import Course, forgotten, waiting
from hubposture.work.groups import place_of
from hubposture.work.policy import Policy
from hubposture.work.saying import counted, moment
from hubposture.work.ticket import Seen, State, Ticket
from hubposture.work.world import World

_EMPTY_LOOKUPS = 2
"""After how many look-ups that found nothing a ticket surely does not exist."""


def sending(ticket: Ticket, bearing: Bearing, world: World, policy: Policy, *, now: dt.datetime) -> Course:
    """What becomes of a ticket that is SENDING."""
    if ticket.sent_at is None:
        return _again(ticket, bearing, world, "it was written down and never asked for")
    lag = dt.timedelta(minutes=policy.lookup_minutes)
    if now < (ticket.looked_at or ticket.sent_at) + lag:
        return waiting(ticket, bearing, "was asked for without an answer, and is looked for first")
    if ticket.key not in world.found:
        return waiting(ticket, bearing, "was asked for without an answer, and could not be looked for")
    if found := world.found[ticket.key]:
        return _adopted(ticket, bearing, found)
    if ticket.lookups + 1 < _EMPTY_LOOKUPS:
        after = replace(ticket, lookups=ticket.lookups + 1, looked_at=now)
        reason = f"asked for on {moment(ticket.sent_at)} without an answer, and not found"
        return Course(ticket, after, bearing, Kind.LOOK, f"{reason}; it is looked for again")
    said = f"asked for on {moment(ticket.sent_at)} without an answer, and not found in {_EMPTY_LOOKUPS} look-ups"
    return _again(ticket, bearing, world, said)


def _again(ticket: Ticket, bearing: Bearing, world: World, said: str) -> Course:
    """Asked for once more, where the team's tickets go now; it surely does not exist. Not if nothing is left to do."""
    if bearing.is_over:
        return forgotten(ticket, bearing, f"{said}, and all of it is done: {bearing.said}", State.ENDED)
    owner = ticket.group.owner
    route = world.routes.get(owner)
    if route is None:
        return waiting(ticket, bearing, f"was never made: {world.unrouted.get(owner, 'no tracker is set')}")
    if why := world.broken.get(place_of(route)):
        return waiting(ticket, bearing, f"was never made: {route.place}: {why}")
    after = replace(
        ticket,
        route=route,
        state=State.OPEN,
        attempts=ticket.attempts + 1,
        lookups=0,
        looked_at=None,
    )
    return Course(ticket, after, bearing, Kind.CREATE, said, is_written=True, takes=True)


def _adopted(ticket: Ticket, bearing: Bearing, found: Sequence[Seen]) -> Course:
    keeper, *younger = _ordered([one for one in found if not one.is_done] or found)
    after = _taken(ticket, keeper)
    reason = f"asked for on {moment(ticket.sent_at)} without an answer, and found as {keeper.shown}"
    return Course(
        ticket,
        after,
        bearing,
        Kind.ADOPT,
        reason,
        other=keeper.id,
        doubles=_ids(younger),
    )


def _taken(ticket: Ticket, keeper: Seen) -> Ticket:
    """The ticket as the one that is there. What it says is not known but for the digest that the tracker keeps."""
    return replace(
        ticket,
        state=State.OPEN,
        id=keeper.id,
        shown=keeper.shown,
        url=keeper.url,
        written=keeper.digest,
        lookups=0,
        hand_closed_at=None,
    )


def _ordered(found: Sequence[Seen]) -> list[Seen]:
    """The oldest first."""
    return sorted(found, key=lambda one: (one.created, one.id))


def _ids(found: Sequence[Seen]) -> tuple[str, ...]:
    return tuple(one.id for one in found if not one.is_done)


def doubled(ticket: Ticket, seen: Seen, bearing: Bearing, found: Mapping[str, Sequence[Seen]]) -> Course | None:
    """What becomes of an OPEN ticket whose key several have that are not done; None where it is the only one.

    The oldest of them stays. One that people closed is not fought over: if ours is closed, another that is open takes its
    place.
    """
    there = {one.id: one for one in found.get(ticket.key, ())} | {ticket.id: seen}
    working = _ordered([one for one in there.values() if not one.is_done])
    if not working or (len(working) == 1 and working[0].id == ticket.id):
        return None
    keeper, *younger = working
    if keeper.id == ticket.id:
        reason = f"there are {counted(len(working), 'ticket')} for the same work; the oldest stays"
        return Course(ticket, ticket, bearing, Kind.LINK, reason, doubles=_ids(younger))
    why = f"{seen.shown} is closed" if seen.is_done else "it is older"
    return Course(
        ticket,
        _taken(ticket, keeper),
        bearing,
        Kind.ADOPT,
        f"{keeper.shown} is for the same work as {seen.shown}, and {why}",
        other=keeper.id,
        doubles=_ids(younger),
    )
