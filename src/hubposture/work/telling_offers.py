"""What messages let people do: to the tickets and controls that they name, and to nothing else."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from hubposture.work.news import AccountDigest, Escalated, OwnerDigest, OwnerNews, Pending, Rules, TicketLink
from hubposture.work.offers import Doing, Kind, Offer, Thing
from hubposture.work.saying import one_line
from hubposture.work.subject import Subject
from hubposture.work.telling_digests import shortest
from hubposture.work.telling_words import Group, begin_with


def of_run(news: OwnerNews, today: dt.date, rules: Rules) -> tuple[Offer, ...]:
    """What may be done from a message about a run: to the controls that it lists, and to their tickets."""
    return _of_groups(begin_with(news, today)[: rules.top], news.tickets, rules, team=news.team)


def of_digest(one: OwnerDigest | AccountDigest, rules: Rules) -> tuple[Offer, ...]:
    """The same from a digest; in an account's, what other teams own is theirs to act on."""
    account = one.account if isinstance(one, AccountDigest) else ""
    return _of_groups(shortest(one.failing)[: rules.top], one.tickets, rules, team=one.team, account=account)


def of_urgent(one: Subject, ticket: TicketLink | None, rules: Rules) -> tuple[Offer, ...]:
    """What may be done from a message about one resource."""
    if not rules.acts:
        return ()
    thing = Thing(Kind.SUBJECT, one.subject, one_line(f"{one.shown or one.control}: {one.resource}"), one.owner)
    tickets = [_ticket(ticket, one, one.owner)] if ticket is not None and ticket.key else []
    return tuple(_offers(tickets, [] if ticket is not None else [thing], [thing]))


def of_escalation(one: Escalated, rules: Rules) -> tuple[Offer, ...]:
    """What may be done from a message about an overdue ticket."""
    ticket = Thing(Kind.TICKET, one.key, one_line(f"{one.ticket.shown}: {one.control}"), one.team)
    return tuple(_offers([ticket], [], [])) if rules.acts else ()


def of_request(one: Pending, rules: Rules) -> tuple[Offer, ...]:
    """What may be done from a message about a waiver that waits: decide on it, in the form that the message speaks of."""
    thing = request_thing(one.request, one.waiver, revision=one.revision, digest=one.digest)
    return (Offer(Doing.APPROVE, (thing,)), Offer(Doing.REJECT, (thing,))) if rules.acts else ()


def request_thing(id_: str, waiver: str, *, revision: int, digest: str) -> Thing:
    """A request as a message speaks of it: as it is now, and in no other form."""
    return Thing(Kind.REQUEST, f"{id_} {revision} {digest}", waiver)


def _of_groups(
    found: Sequence[Group], tickets: Mapping[str, TicketLink], rules: Rules, *, team: str, account: str = ""
) -> tuple[Offer, ...]:
    if not rules.acts:
        return ()
    ours = [
        Group(group.control, subjects)
        for group in found
        if (subjects := tuple(one for one in group.failing if one.owner == team))
    ]
    made = [
        _ticket(ticket, one, team)
        for group in ours
        for one in group.failing
        if (ticket := tickets.get(one.subject)) and ticket.key
    ]
    without = [group for group in ours if any(one.subject not in tickets for one in group.failing)]
    controls = [_control(group, team, account) for group in ours]
    return tuple(_offers(made, [_control(group, team, account) for group in without], controls))


def _offers(tickets: Sequence[Thing], without: Sequence[Thing], waivable: Sequence[Thing]) -> Iterator[Offer]:
    """`tickets` may be somebody else's, `without` have no ticket, for `waivable` a waiver may be asked for."""
    about = tuple(dict.fromkeys([*tickets, *without, *waivable]))
    if about:
        yield Offer(Doing.ACKNOWLEDGE)
    for doing, things in ((Doing.NOT_MINE, tickets), (Doing.OPEN_TICKET, without)):
        if things:
            yield Offer(doing, tuple(dict.fromkeys(things)))
    if waivable:
        yield Offer(Doing.REQUEST_WAIVER, tuple(dict.fromkeys(waivable)))


def _ticket(ticket: TicketLink, one: Subject, team: str) -> Thing:
    return Thing(Kind.TICKET, ticket.key, one_line(f"{ticket.shown}: {one.shown or one.control}"), team)


def _control(group: Group, team: str, account: str) -> Thing:
    shown = one_line(f"{group.first.shown or group.control} {group.first.title}".strip())
    return Thing(Kind.CONTROL, group.control, shown, team, account)
