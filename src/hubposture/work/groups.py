"""Which ticket a subject belongs to: groups, the order in which subjects go in, and where a team's tickets are."""

import datetime as dt
from collections.abc import Iterable, Mapping

from hubposture.work.saying import GRAVEST
from hubposture.work.subject import Subject
from hubposture.work.ticket import By, Group, Route, Ticket

_RANKS = {severity: rank for rank, severity in enumerate(GRAVEST)}


def group_of(one: Subject, organization: str, by: By) -> Group:
    """The group of a subject: its control and owner, with its account or itself where tickets are made by them."""
    return Group(
        organization,
        by,
        one.control,
        one.owner,
        "" if by is By.CONTROL_OWNER else one.account,
        one.subject if by is By.SUBJECT else "",
    )


def belongs(one: Subject, group: Group) -> bool:
    """Whether a subject is of this group, by what the group is made by.

    A ticket that was made by another setting keeps what is in it: changing the setting closes nothing.
    """
    return (
        one.control == group.control
        and one.owner == group.owner
        and (not group.account or one.account == group.account)
        and (not group.subject or one.subject == group.subject)
    )


def rank(one: Subject) -> int:
    """0 for CRITICAL, 1 for HIGH and so on; what is none of them comes last."""
    return _RANKS.get(one.severity, len(_RANKS))


def since(one: Subject) -> dt.datetime:
    """Since when it fails; since its last change where that is not known."""
    return one.failing_since if one.failing_since is not None else one.changed_at


def turn(one: Subject) -> tuple[dt.datetime, int, str]:
    """The order in which subjects of a group go into tickets: what fails the longest first, then the gravest."""
    return (since(one), rank(one), one.subject)


def place_of(where: Route) -> tuple[str, str]:
    """The tracker, and the project or table in it."""
    return (where.tracker, where.place)


def recency(ticket: Ticket) -> tuple[dt.datetime, int, str]:
    """What sorts tickets by when they were made."""
    return (ticket.made_at, ticket.number, ticket.key)


def last_numbers(tickets: Iterable[Ticket]) -> Mapping[Group, int]:
    """The highest number of each group that has tickets."""
    found: dict[Group, int] = {}
    for one in tickets:
        found[one.group] = max(found.get(one.group, 0), one.number)
    return found
