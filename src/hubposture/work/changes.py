"""Actions as changes and as a plan, as intents, saved plans and the audit trail have them."""

import hashlib

from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit, Value
from hubposture.reconcile.plan import Held, Plan, collect_edits
from hubposture.work.action import Action, Kind, TicketPlan
from hubposture.work.ticket import Ticket

KINDS = tuple(f"ticket.{kind}" for kind in Kind)
"""The kinds of edits of tickets."""
STAGE = 50
"""After waivers."""
_WEIGHED = (Kind.CREATE, Kind.CLOSE, Kind.REOPEN)


def change_of(action: Action, organization: str) -> Change:
    """The change of an action, at the organization as a whole; its source is the control and the team.

    `key` is the key of the ticket, with the id of the other one where two are tied. `current` is (state, id, members, hash
    of them and of how they stood) of the ticket in the ledger, None for a new one; `desired` is (state, tracker, place,
    outcome, other, step of the ladder, members, hash). Texts do not count. A ticket that is made, closed or opened again
    weighs as many as it has members.
    """
    ticket = action.after
    edit = Edit(
        stage=STAGE,
        kind=f"ticket.{action.kind}",
        key=(ticket.key, action.other) if action.kind is Kind.LINK else (ticket.key,),
        current=None if action.before is None else _current(action.before),
        desired=_desired(action),
        reason=action.reason,
        source=f"{ticket.group.control} of {ticket.group.owner}",
        weight=max(1, len(ticket.members)) if action.kind in _WEIGHED else 1,
    )
    return Change(Target(organization, "", ""), edit)


def _current(ticket: Ticket) -> Value:
    return (str(ticket.state), ticket.id, len(ticket.members), _members(ticket))


def _desired(action: Action) -> Value:
    ticket = action.after
    outcome = "" if action.outcome is None else str(action.outcome)
    return (
        str(ticket.state),
        ticket.route.tracker,
        ticket.route.place,
        outcome,
        action.other,
        ticket.rung,
        len(ticket.members),
        _members(ticket),
    )


def _members(ticket: Ticket) -> str:
    state = hashlib.sha256()
    for subject, standing in sorted((one.subject, str(one.standing)) for one in ticket.members):
        state.update(f"{subject}\x1f{standing}\x1e".encode("utf-8", "surrogatepass"))
    return state.hexdigest()[:16]


def planned(plan: TicketPlan, organization: str) -> Plan:
    """A plan of tickets as a plan of changes. Raises DuplicateEdit where two actions are the same."""
    here = Target(organization, "", "")
    edits = [change_of(one, organization).edit for one in plan.actions]
    held = (Held(here, (one.control, one.owner), f"{one.subjects:,}: {one.why}") for one in plan.held)
    return Plan(
        organization=organization,
        edits=collect_edits([(here, edits)]),
        places=1,
        cells=len(plan.actions) + plan.unchanged,
        held=tuple(sorted(held)),
    )
