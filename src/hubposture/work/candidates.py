"""Which subjects should be in a ticket and are in none, and why some of them get none now."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from hubposture.work.action import Held
from hubposture.work.groups import belongs, place_of, recency, since
from hubposture.work.policy import Policy
from hubposture.work.saying import counted
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import State, Ticket
from hubposture.work.world import World


@dataclass
class Waiting:
    """Counts subjects that get no ticket now, by owner, control and why."""

    counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, one: Subject, why: str) -> None:
        """Count a subject."""
        self.count(one.owner, one.shown or one.control, why, 1)

    def count(self, owner: str, control: str, why: str, number: int) -> None:
        """Count so many subjects."""
        self.counts[(owner, control, why)] += number

    def add_all(self, some: Iterable[Subject], why: str) -> None:
        """Count subjects that wait for the same reason."""
        for one in some:
            self.add(one, why)

    @property
    def rows(self) -> tuple[Held, ...]:
        """The counts, sorted."""
        return tuple(sorted(Held(owner, control, why, number) for (owner, control, why), number in self.counts.items()))


def loose(world: World, homes: Mapping[str, str]) -> list[Subject]:
    """Everything that fails and is in no ticket."""
    return [one for key, one in world.subjects.items() if one.standing is Standing.FAILING and key not in homes]


def why_none(one: Subject, world: World, settled: dt.datetime, policy: Policy) -> str:
    """Why a subject that fails gets no ticket now; '' where it gets one. `settled` is the last moment of having begun."""
    if one.is_observed:
        return "its scope is only observed"
    route = world.routes.get(one.owner) if one.is_team else None
    if route is None:
        return world.unrouted.get(one.owner) or _unowned(one)
    if since(one) > settled and one.subject not in policy.asked:
        return f"not settled: it fails for less than {counted(policy.settle_hours, 'hour')}"
    if why := world.broken.get(place_of(route)):
        return f"{route.place}: {why}"
    return ""


def _unowned(one: Subject) -> str:
    if not one.owner:
        return "nobody owns it"
    return "no tracker is set for its team" if one.is_team else "its owner is no team"


def formers(tickets: Iterable[Ticket], subjects: Iterable[Subject]) -> Mapping[str, Ticket]:
    """The newest ticket that ended and once existed, of the same team, by the subjects of these that were in one."""
    wanted = {one.subject: one for one in subjects}
    found: dict[str, Ticket] = {}
    ended = [one for one in tickets if one.id and not one.state.is_live]
    for ticket in sorted(ended, key=recency):
        for member in ticket.members:
            one = wanted.get(member.subject)
            if one is not None and belongs(one, ticket.group):
                found[member.subject] = ticket
    return found


def is_recent(ticket: Ticket, policy: Policy, now: dt.datetime) -> bool:
    """Whether a ticket was closed by us, and not too long ago to be opened again."""
    if ticket.state is not State.CLOSED or ticket.closed_at is None:
        return False
    return now - ticket.closed_at <= dt.timedelta(days=policy.reopen_days)
