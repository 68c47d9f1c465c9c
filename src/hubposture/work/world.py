"""Everything that planning tickets looks at, and what writes their words."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from hubposture.work.body import Body
from hubposture.work.policy import Rung
from hubposture.work.subject import Subject
from hubposture.work.ticket import Draft, Missing, Outcome, Route, Seen, Ticket


@dataclass(frozen=True)
class World:
    """The state of the world at one moment.

    `subjects` are all obligations that fail and all subjects of tickets, by id: one of a ticket that is not among them is
    unknown. `routes` are those of teams that have tickets made by us, by team; `unrouted` says for other teams and names,
    in a few words, why they get none. `seen` is what trackers show, by key of the ticket: what is not there could not be
    read and is unknown. `found` is what a look-up by label found, by key, oldest first; keys that were not looked up are
    not there. `broken` says why nothing can be written to a place now, by (tracker, place).
    """

    organization: str
    subjects: Mapping[str, Subject]
    tickets: Sequence[Ticket] = ()
    routes: Mapping[str, Route] = field(default_factory=dict)
    unrouted: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, Seen | Missing] = field(default_factory=dict)
    found: Mapping[str, Sequence[Seen]] = field(default_factory=dict)
    broken: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Words(Protocol):
    """What tickets say. `subjects` are those of the ticket that are known, by id. Nothing in it goes stale by the hour."""

    def draft(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Draft:
        """Title, text, due date and labels of a ticket whose members stand as they do now."""

    def closing(self, ticket: Ticket, outcome: Outcome, subjects: Mapping[str, Subject]) -> Body:
        """The comment of a closing: why, by which evidence."""

    def reopening(self, ticket: Ticket, subjects: Mapping[str, Subject], *, closed_at: dt.datetime | None) -> Body:
        """The comment of a reopening: what fails again, or still, with when it was last looked at.

        `closed_at` is when a person closed it; None where we did, and something came back.
        """

    def escalation(self, ticket: Ticket, rung: Rung, subjects: Mapping[str, Subject], *, due: dt.date) -> Body:
        """The comment of a step of the ladder."""

    def leaving(self, ticket: Ticket, subjects: Mapping[str, Subject]) -> Body:
        """The comment of the last word: closed by hand again while the check fails; it is counted and left so."""

    def moving(self, ticket: Ticket, owners: Sequence[str]) -> Body:
        """The comment where everything in it belongs to other teams now."""

    def following(self, ticket: Ticket, previous: Ticket) -> Body:
        """The comment on a ticket that has a successor, and why there is one."""
