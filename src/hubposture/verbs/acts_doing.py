"""What can be done from a message: acknowledge it, say that a ticket is somebody else's, have a ticket made."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubposture.access.actions import Action
from hubposture.access.things import Subject
from hubposture.ports.acts import ActState
from hubposture.verbs.acts import Asked, Books, End, notes_of
from hubposture.verbs.acts_rules import refusal, subjects_in, ticket_named
from hubposture.work.action import Answer
from hubposture.work.answers import NOT_MINE
from hubposture.work.offers import Doing, Kind, Thing
from hubposture.work.ticket import Ticket

SAID = "Not mine, pressed in Slack"
"""What an answer from a button says, as the ledger keeps it beside labels and resolutions of trackers."""
_NAMED = 5
_TICKET_GONE = "the ticket is closed, or belongs to another team by now"


def _refused(why: str) -> End:
    return End(ActState.REFUSED, why)


@dataclass(frozen=True)
class Acknowledge:
    """Somebody has seen a message and takes care: who was first stays."""

    organization: str
    ledger: Books

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        subjects = list(
            dict.fromkeys(
                one
                for thing in asked.message.things
                for one in subjects_in(asked.sight, thing, ticket_named(self.ledger, self.organization, thing))
            )
        )
        person = asked.sight.people.named(asked.profile.mail)
        if why := refusal(asked.sight, person, Action.VIEW, subjects):
            return _refused(why)
        notes = notes_of(self.ledger.acts(self.organization, messages=[asked.message.key]))
        first = next((one for one in notes.get(asked.message.key, ()) if one.doing is Doing.ACKNOWLEDGE), None)
        if first is not None:
            return _refused(f"{first.by} acknowledged it before, at {first.at:%Y-%m-%d %H:%M} UTC")
        return End(ActState.DONE, "")


@dataclass(frozen=True)
class NotMine:
    """A ticket is somebody else's: an answer as in the tracker, which `hubposture owners answers` lists."""

    organization: str
    ledger: Books
    now: Callable[[], dt.datetime]

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        thing = asked.thing
        ticket = ticket_named(self.ledger, self.organization, thing) if thing is not None else None
        if thing is None or ticket is None:
            return _refused(_TICKET_GONE)
        person = asked.sight.people.named(asked.profile.mail)
        if why := refusal(asked.sight, person, Action.VIEW, subjects_in(asked.sight, thing, ticket)):
            return _refused(why)
        return self._kept(asked, ticket)

    def _kept(self, asked: Asked, ticket: Ticket) -> End:
        by, shown = asked.profile.mail, ticket.shown or ticket.key
        answer = Answer(NOT_MINE, ticket.key, ticket.group.owner, SAID, by, self.now(), ticket.shown)
        if self.ledger.keep_answers(self.organization, [answer]):
            return End(ActState.DONE, shown)
        before = [
            one
            for one in self.ledger.answers(self.organization)
            if (one.answer.ticket, one.answer.kind, one.answer.said) == (ticket.key, NOT_MINE, SAID)
        ]
        last = before[-1] if before else None
        if last is None or (last.answer.by == by and last.state == "open"):
            return End(ActState.DONE, shown)  # kept by a try of this very press that was killed, or by an earlier one
        what = "said so before" if last.state == "open" else f"said so before, and {last.decided_by} {last.state} it"
        return _refused(f"{shown}: {last.answer.by} {what}")


@dataclass(frozen=True)
class OpenTicket:
    """A ticket for what fails and has none, made now.

    `sync` syncs the tickets and does not let these subjects wait; it gives what stood in the way, ''. None where no tracker
    is set.
    """

    organization: str
    ledger: Books
    sync: Callable[[frozenset[str]], str] | None

    def __call__(self, asked: Asked) -> End:
        """See `verbs.acts.Do`."""
        thing = asked.thing
        if thing is None or thing.kind not in (Kind.CONTROL, Kind.SUBJECT):
            return _refused("a ticket is made for a control or a resource")
        subjects = subjects_in(asked.sight, thing)
        if not subjects:
            return _refused(f"{thing.shown}: nothing of it fails any more")
        if moved := sorted({one.owner or "nobody" for one in subjects if one.owner != thing.owner}):
            return _refused(f"{thing.shown} is {moved[0]}'s by now")
        person = asked.sight.people.named(asked.profile.mail)
        if why := refusal(asked.sight, person, Action.MANAGE_TICKETS, subjects):
            return _refused(why)
        return self._made(thing, subjects)

    def _made(self, thing: Thing, subjects: Sequence[Subject]) -> End:
        ids = frozenset(one.id for one in subjects)
        there, without = self._tickets(ids)
        if not without:
            return End(ActState.DONE, ", ".join(there))
        if self.sync is None:
            return _refused("no tracker is set, so no ticket can be made (docs/tickets.md)")
        why = self.sync(without)
        there, without = self._tickets(ids)
        if without or not there:
            return End(
                ActState.FAILED, f"{thing.shown}: {why or 'no ticket was made; `hubposture tickets plan` says why'}"
            )
        return End(ActState.DONE, ", ".join(there))

    def _tickets(self, ids: frozenset[str]) -> tuple[Sequence[str], frozenset[str]]:
        """The tickets that people can open of these subjects, and those without one."""
        found = [one for one in self.ledger.tickets(self.organization) if one.state.is_live and one.shown]
        inside = {member.subject: one for one in found for member in one.members if member.subject in ids}
        named = sorted({one.shown for one in inside.values()})
        more = [f"and {len(named) - _NAMED:,} more"] if len(named) > _NAMED else []
        return [*named[:_NAMED], *more], ids - inside.keys()
