"""What people said in tickets that is for somebody else to act on."""

from collections.abc import Iterator, Mapping, Sequence

from hubposture.work.action import Answer
from hubposture.work.policy import Policy
from hubposture.work.ticket import Missing, Seen, State, Ticket

NOT_MINE = "not mine"
WONT_DO = "won't do"


def answers(tickets: Sequence[Ticket], seen: Mapping[str, Seen | Missing], policy: Policy) -> tuple[Answer, ...]:
    """Answers in tickets that are work, sorted by ticket, kind and words.

    A label or a resolution may say that another team is meant; a resolution may say that it will not be done. A resolution
    counts only while the ticket is done there.
    """
    found: list[Answer] = []
    for ticket, there in _heard(tickets, seen):
        found += [_answer(kind, said, ticket, there) for kind, said in _said(there, policy)]
    return tuple(sorted(found, key=lambda one: (one.ticket, one.kind, one.said)))


def heard(tickets: Sequence[Ticket], seen: Mapping[str, Seen | Missing]) -> tuple[str, ...]:
    """The keys of the tickets in which `answers` looks, sorted."""
    return tuple(sorted(ticket.key for ticket, _ in _heard(tickets, seen)))


def _heard(tickets: Sequence[Ticket], seen: Mapping[str, Seen | Missing]) -> Iterator[tuple[Ticket, Seen]]:
    for ticket in tickets:
        there = seen.get(ticket.key)
        if ticket.state in (State.OPEN, State.LEFT) and isinstance(there, Seen):
            yield ticket, there


def _said(there: Seen, policy: Policy) -> Iterator[tuple[str, str]]:
    resolution = there.resolution if there.is_done else ""
    not_mine = {one.casefold() for one in policy.not_mine}
    wont_do = {one.casefold() for one in policy.wont_do}
    for said in sorted({*there.labels, resolution} - {""}):
        if said.casefold() in not_mine:
            yield NOT_MINE, said
    if resolution and resolution.casefold() in wont_do:
        yield WONT_DO, resolution


def _answer(kind: str, said: str, ticket: Ticket, there: Seen) -> Answer:
    at = there.done_at if there.is_done and there.done_at is not None else there.updated
    return Answer(kind, ticket.key, ticket.group.owner, said, there.by, at, ticket.shown)
