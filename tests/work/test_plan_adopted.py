"""A ticket that people made before us: what it says once, and that its text stays theirs."""

from dataclasses import replace

from hubposture.work.action import Action, Kind
from hubposture.work.content import TicketWords
from hubposture.work.plan import plan_tickets
from hubposture.work.ticket import Ticket
from work.work_world import NOW, POLICY, only, subject, ticket, world

ADOPTED = replace(ticket("a"), is_adopted=True)


def first(*names: str, of: Ticket = ADOPTED) -> Action:
    """What is done with it in a world where these fail."""
    there = world(*(subject(one) for one in names), tickets=[of])
    return only(plan_tickets(there, POLICY, TicketWords(POLICY), now=NOW))


def test_its_people_are_told_once_what_we_would_have_written() -> None:
    taken = first("a")
    assert (taken.kind, taken.reason) == (Kind.UPDATE, "taken over")
    assert taken.draft is not None
    assert taken.draft.keeps_text
    assert taken.comment == taken.draft.body
    later = replace(taken.after, written="what was said before")
    assert first("a", of=later).comment is None
    settled = replace(taken.after, written=taken.draft.digest)
    assert plan_tickets(world(subject("a"), tickets=[settled]), POLICY, TicketWords(POLICY), now=NOW).actions == ()


def test_what_joins_it_at_once_is_told_with_it() -> None:
    taken = first("a", "b")
    assert taken.reason == "taken over; 1 resource joined"
    assert taken.comment is not None


def test_a_ticket_of_ours_is_told_nothing_when_its_text_changes() -> None:
    assert first("a", of=ticket("a")).comment is None
