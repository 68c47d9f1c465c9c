"""A ticket's subjects sorted by how they stand now."""

from collections.abc import Mapping
from dataclasses import dataclass

from hubposture.work.policy import Policy
from hubposture.work.saying import GRAVEST
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Ticket


@dataclass(frozen=True, slots=True)
class Stood:
    """The subjects of a ticket: `failing` the gravest and longest first, `done`, and `unknown` those that are known of.

    `unseen` counts unknown ones, with those of which nothing is known at all. `total` counts all.
    """

    failing: tuple[Subject, ...]
    done: tuple[Subject, ...]
    unknown: tuple[Subject, ...]
    unseen: int
    total: int

    @property
    def known(self) -> tuple[Subject, ...]:
        """Every subject of which anything is known."""
        return (*self.failing, *self.unknown, *self.done)


def stood(ticket: Ticket, subjects: Mapping[str, Subject]) -> Stood:
    """How a ticket's subjects stand; `subjects` are those that are known, by id."""
    known = [subjects[member.subject] for member in ticket.members if member.subject in subjects]
    failing = sorted((one for one in known if one.standing is Standing.FAILING), key=_gravity)
    done = sorted((one for one in known if one.standing.is_done), key=_gravity)
    unknown = sorted((one for one in known if one.standing is Standing.UNKNOWN), key=_gravity)
    unseen = len(ticket.members) - len(failing) - len(done)
    return Stood(tuple(failing), tuple(done), tuple(unknown), unseen, len(ticket.members))


def is_flapping(one: Subject, policy: Policy) -> bool:
    """Whether a subject came back so often that a short calm counts for nothing."""
    return policy.flapping_returns > 0 and one.returns >= policy.flapping_returns


def _gravity(one: Subject) -> tuple[int, str, str, str, str, str]:
    """The gravest first, then those that fail the longest."""
    rank = GRAVEST.index(one.severity) if one.severity in GRAVEST else len(GRAVEST)
    since = one.failing_since.isoformat() if one.failing_since is not None else "9"
    return (rank, since, one.account, one.region, one.resource, one.subject)
