"""What somebody in a chat may act on: the thing as it is now, and the rules asked about all that is in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.access.actions import Action
from hubposture.access.people import People, Person
from hubposture.access.things import ROOT, Subject, Unit
from hubposture.access.things import Thing as RuleThing
from hubposture.filters import All, Comparison, Filter, Operator
from hubposture.ports.access import Access
from hubposture.ports.lake import Snapshot
from hubposture.ports.work import WorkLedger
from hubposture.verbs.access import MOST_SUBJECTS, any_of_subjects, subjects_of
from hubposture.work.offers import Kind, Thing
from hubposture.work.ticket import Ticket

_FEW = 2


@dataclass(frozen=True)
class Sight:
    """A version, the rules over it, and who is who."""

    snapshot: Snapshot
    rules: Access
    people: People


def ticket_named(ledger: WorkLedger, organization: str, thing: Thing) -> Ticket | None:
    """The ticket that a thing is, as long as people can work on it and it is still the team's."""
    if thing.kind is not Kind.TICKET:
        return None
    found = next(iter(ledger.tickets(organization, keys=[thing.id])), None)
    is_theirs = found is not None and found.state.is_live and found.group.owner == thing.owner
    return found if is_theirs else None


def subjects_in(sight: Sight, thing: Thing, ticket: Ticket | None = None) -> Sequence[Subject]:
    """Everything in a thing, the worst first: of a control what fails of it for the team now, of a ticket its members."""
    if thing.kind is Kind.TICKET:
        ids = [one.subject for one in ticket.members] if ticket is not None else []
        return _found(sight, any_of_subjects(ids)) if ids else ()
    if thing.kind is Kind.SUBJECT:
        return _found(sight, any_of_subjects([thing.id]))
    return _found(sight, failing_of(thing)) if thing.kind is Kind.CONTROL else ()


def failing_of(thing: Thing) -> Filter:
    """What fails of a control for a team, in one account where the thing names one."""
    wanted = [
        Comparison("control", Operator.EXACTLY, (thing.id,)),
        Comparison("owner", Operator.IS, (thing.owner,)),
        Comparison("status", Operator.IS, ("FAILED",)),
    ]
    if thing.account:
        wanted.append(Comparison("account", Operator.EXACTLY, (thing.account,)))
    return All(tuple(wanted))


def _found(sight: Sight, wanted: Filter) -> Sequence[Subject]:
    return subjects_of(sight.snapshot, wanted, most=MOST_SUBJECTS * 10)


def refusal(
    sight: Sight, person: Person, action: Action, subjects: Sequence[Subject], *, requested_by: str = ""
) -> str:
    """Why somebody may not do it to every one of these, naming the rules; '' where they may. For none the organization is asked."""
    things: Sequence[RuleThing] = subjects or [Unit(ROOT)]
    decided = sight.rules.all_allowed(person, action, things, requested_by=requested_by)
    refused = [(thing, one) for thing, one in zip(things, decided, strict=True) if not one.is_allowed]
    said = [one.sentence(person, action, thing) for thing, one in refused[:_FEW]]
    more = f" (and {len(refused) - _FEW:,} more)" if len(refused) > _FEW else ""
    return ". ".join(said) + more
