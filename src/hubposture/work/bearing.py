"""How the subjects of one ticket stand, as far as it matters for what becomes of the ticket."""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from hubposture.work.groups import belongs
from hubposture.work.policy import Policy
from hubposture.work.saying import counted, named, standing_said
from hubposture.work.stood import is_flapping
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Member, Outcome, Ticket


@dataclass(frozen=True, slots=True)
class Bearing:
    """A ticket's subjects, sorted by what they mean for it; each is in one of them, in the order of the members.

    `failing` belong here and fail. `over` are done. `restless` pass, but came back so often that they must pass for longer.
    `moved` fail and belong to another team or group now. `doubled` are in another live ticket. `unknown` counts those that
    cannot be seen: nothing is concluded from them.
    """

    failing: tuple[Subject, ...] = ()
    over: tuple[Subject, ...] = ()
    restless: tuple[Subject, ...] = ()
    moved: tuple[Subject, ...] = ()
    doubled: tuple[str, ...] = ()
    unknown: int = 0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do in it."""
        return not self.failing and not self.restless and not self.unknown

    @property
    def due(self) -> dt.date | None:
        """The earliest day on which something that fails in it is due; None where nothing is."""
        return min((one.due for one in self.failing if one.due is not None), default=None)

    @property
    def outcome(self) -> Outcome:
        """Why a ticket of these closes; meant for one that is over.

        Where the work goes on elsewhere it is no longer required here. Else a waiver counts most (somebody has to look at
        it again), then what passed, then what is gone; no longer required only where all of it is.
        """
        said = {one.standing for one in self.over}
        if self.moved or not said:
            return Outcome.NOT_REQUIRED
        for standing, outcome in _OUTCOMES:
            if standing in said:
                return outcome
        return Outcome.NOT_REQUIRED

    @property
    def said(self) -> str:
        """`2 passed and 1 moved to other teams`: what became of what is done in it."""
        parts = [
            f"{number:,} {standing_said(standing)}"
            for standing in Standing
            if (number := sum(one.standing is standing for one in self.over))
        ]
        if self.moved:
            parts.append(f"{len(self.moved):,} with another owner")
        if self.doubled:
            parts.append(f"{len(self.doubled):,} in another ticket")
        return named(parts) if parts else "nothing is in it"


_OUTCOMES = (
    (Standing.WAIVED, Outcome.WAIVED),
    (Standing.PASSED, Outcome.FIXED),
    (Standing.GONE, Outcome.GONE),
)


def bearing(
    ticket: Ticket, subjects: Mapping[str, Subject], policy: Policy, *, now: dt.datetime, doubled: Collection[str] = ()
) -> Bearing:
    """How a ticket's subjects stand. `doubled` are members of it that another live ticket has."""
    failing: list[Subject] = []
    over: list[Subject] = []
    restless: list[Subject] = []
    moved: list[Subject] = []
    unknown = 0
    for member in ticket.members:
        one = subjects.get(member.subject)
        if member.subject in doubled:
            continue
        if one is None or one.standing is Standing.UNKNOWN:
            unknown += 1
        elif one.standing is not Standing.FAILING:
            (restless if _is_restless(one, policy, now) else over).append(one)
        else:
            (failing if belongs(one, ticket.group) else moved).append(one)
    twice = tuple(member.subject for member in ticket.members if member.subject in doubled)
    return Bearing(tuple(failing), tuple(over), tuple(restless), tuple(moved), twice, unknown)


def _is_restless(one: Subject, policy: Policy, now: dt.datetime) -> bool:
    if one.standing is not Standing.PASSED or not is_flapping(one, policy):
        return False
    return now - one.changed_at < dt.timedelta(hours=policy.calm_hours)


def known(ticket: Ticket, subjects: Mapping[str, Subject]) -> Mapping[str, Subject]:
    """The subjects of a ticket that are known, by id."""
    return {member.subject: subjects[member.subject] for member in ticket.members if member.subject in subjects}


def without(ticket: Ticket, ids: Collection[str]) -> Ticket:
    """A ticket without these members."""
    if not ids:
        return ticket
    return replace(ticket, members=tuple(one for one in ticket.members if one.subject not in ids))


def refreshed(ticket: Ticket, subjects: Mapping[str, Subject]) -> Ticket:
    """A ticket whose members are written down as they stand now."""
    return replace(ticket, members=tuple(Member(one.subject, one.since, _now(one, subjects)) for one in ticket.members))


def _now(member: Member, subjects: Mapping[str, Subject]) -> Standing:
    one = subjects.get(member.subject)
    return Standing.UNKNOWN if one is None else one.standing


def changes_said(ticket: Ticket, after: Ticket) -> str:
    """`1 resource joined and 2 passed`: what is new in a ticket; `its text changed` where only words did."""
    before = {one.subject: one.standing for one in ticket.members}
    kept = {one.subject for one in after.members}
    joined = sum(one.subject not in before for one in after.members)
    left = sum(one.subject not in kept for one in ticket.members)
    turned = [one.standing for one in after.members if before.get(one.subject, one.standing) is not one.standing]
    parts = [f"{counted(joined, 'resource')} joined"] if joined else []
    parts += [f"{counted(left, 'resource')} with another owner or ticket"] if left else []
    parts += [f"{turned.count(one):,} {standing_said(one)}" for one in Standing if one in turned]
    return named(parts) if parts else "what it says changed"
