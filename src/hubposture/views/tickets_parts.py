"""Sections that the documents of tickets share: actions, what waits, answers, guards, and what could not be read."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.model.controls import natural_key
from hubposture.reconcile.guard import Exceeded
from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.tickets_rows import Failed
from hubposture.views.words import iso, moment
from hubposture.work.action import Action, Answer, Held, Kind, TicketPlan

DOES = {
    Kind.LOOK: "look for",
    Kind.ADOPT: "adopt",
    Kind.LINK: "link",
    Kind.CLOSE: "close",
    Kind.REOPEN: "reopen",
    Kind.UPDATE: "update",
    Kind.ESCALATE: "escalate",
    Kind.LEAVE: "leave",
    Kind.FORGET: "forget",
    Kind.CREATE: "make",
}
"""What is to be done, by kind."""
DID = {
    Kind.LOOK: "looked for",
    Kind.ADOPT: "adopted",
    Kind.LINK: "linked",
    Kind.CLOSE: "closed",
    Kind.REOPEN: "reopened",
    Kind.UPDATE: "updated",
    Kind.ESCALATE: "escalated",
    Kind.LEAVE: "left",
    Kind.FORGET: "forgotten",
    Kind.CREATE: "made",
}
"""What was done, by kind."""
_NAMED = 3
"""How many controls of what waits are named."""
_TONES = {Kind.CLOSE: Tone.GOOD, Kind.REOPEN: Tone.WARN, Kind.ESCALATE: Tone.WARN, Kind.LEAVE: Tone.WARN}


def control_of(action: Action) -> str:
    """The control as AWS writes it, as far as the draft says it."""
    control = action.after.group.control
    title = action.draft.title if action.draft is not None else ""
    written = title[: len(control)]
    return written if written.casefold() == control else _as_written(control)


def ticket_of(action: Action) -> str:
    """What people call the ticket of an action: `new` where there is none yet, its key where nobody does."""
    ticket = action.after
    if action.kind is Kind.CREATE and not ticket.shown:
        return "new"
    return ticket.shown or ticket.key


def place_of(action: Action) -> str:
    """The tracker and the place there."""
    return f"{action.after.route.tracker} {action.after.route.place}"


def actions_table(
    actions: Sequence[Action], most: int, *, whys: Sequence[str] | None = None, did: bool = False
) -> Table:
    """Actions with their reasons; `whys` stand in place of these."""
    rows: list[Sequence[Cell]] = [
        (
            Text((DID if did else DOES)[one.kind], _TONES.get(one.kind, Tone.PLAIN)),
            ticket_of(one),
            one.after.group.owner,
            place_of(one),
            control_of(one),
            f"{len(one.after.members):,}",
            one.reason if whys is None else whys[at],
        )
        for at, one in enumerate(actions[:most])
    ]
    headings = ("What", "Ticket", "Team", "Place", "Control", "Resources", "Why")
    return Table(headings, rows, numbers=frozenset({5}), more=max(0, len(actions) - most))


def by_kind(actions: Sequence[Action]) -> Iterator[Block]:
    """Counts by kind."""
    tickets, resources = Counter(one.kind for one in actions), _resources(actions)
    rows: list[Sequence[Cell]] = [
        (DOES[kind], f"{tickets[kind]:,}", f"{resources[kind]:,}") for kind in Kind if tickets[kind]
    ]
    if rows:
        yield Heading("By kind")
        yield Table(("What", "Tickets", "Resources in them"), rows, numbers=frozenset({1, 2}))


def _resources(actions: Sequence[Action]) -> Counter[Kind]:
    """How many resources are in the tickets of each kind of action."""
    found: Counter[Kind] = Counter()
    for one in actions:
        found[one.kind] += len(one.after.members)
    return found


def nothing_to_do(plan: TicketPlan) -> Text:
    """That a plan without actions has nothing to do, and whether that is because something waits."""
    if plan.unchanged:
        return Text("Nothing to do: every ticket is as it should be.", Tone.GOOD)
    if plan.held:
        return Text("Nothing to do: there are no tickets, and what fails waits for the reasons below.", Tone.WARN)
    return Text("Nothing to do: there are no tickets, and nothing that fails needs one.", Tone.GOOD)


def held(waiting: Sequence[Held], most: int) -> Iterator[Block]:
    """What should have a ticket and gets none now, by owner and why; the data has each control."""
    if waiting:
        groups: dict[tuple[str, str], list[Held]] = defaultdict(list)
        for one in waiting:
            groups[one.owner, one.why].append(one)
        rows: list[Sequence[Cell]] = [
            (owner or "-", _controls(some), f"{sum(one.subjects for one in some):,}", why)
            for (owner, why), some in groups.items()
        ]
        yield Heading(f"Waiting: {counted(sum(one.subjects for one in waiting), 'resource')}")
        headings, more = ("Owner", "Controls", "Resources", "Why"), max(0, len(rows) - most)
        yield without_empty(Table(headings, rows[:most], numbers=frozenset({2}), more=more))


def _waiting_for(waiting: Sequence[Held]) -> list[dict[str, Any]]:
    """How many controls and resources wait, by owner and why."""
    controls = Counter((one.owner, one.why) for one in waiting)
    resources: Counter[tuple[str, str]] = Counter()
    for one in waiting:
        resources[one.owner, one.why] += one.subjects
    return [
        {"owner": owner, "why": why, "controls": number, "resources": resources[owner, why]}
        for (owner, why), number in controls.items()
    ]


def _controls(some: Sequence[Held]) -> str:
    """`S3.8, EC2.2 and 12 more`: those with the most resources first."""
    ordered = sorted(some, key=lambda one: (-one.subjects, natural_key(one.control)))
    names = ", ".join(_as_written(one.control) for one in ordered[:_NAMED])
    return f"{names} and {len(some) - _NAMED:,} more" if len(some) > _NAMED else names


def _as_written(control: str) -> str:
    """A control as AWS writes it, as well as that is known of an id in lower case."""
    return control.upper() if control.islower() else control


def answers(found: Sequence[Answer], most: int, *, heading: str) -> Iterator[Block]:
    """What people said in tickets that somebody else must act on."""
    if found:
        rows: list[Sequence[Cell]] = [
            (one.kind, one.shown or one.ticket, one.owner, one.said, one.by or "-", moment(one.at))
            for one in found[:most]
        ]
        yield Heading(f"{heading}: {len(found):,}")
        headings, more = ("Answer", "Ticket", "Team", "Said by", "Who", "At (UTC)"), max(0, len(found) - most)
        yield without_empty(Table(headings, rows, more=more))


def guards(exceeded: Sequence[Exceeded]) -> Iterator[Block]:
    """Limits that are exceeded, with the options that override them."""
    if exceeded:
        yield Heading("Stopped by guards")
        yield Lines(
            [Text(f"{one.what}: {one.found}, limit {one.limit}; {one.option} allows it", Tone.BAD) for one in exceeded]
        )


def unread(failures: Sequence[Failed], most: int, *, heading: str = "Could not be read") -> Iterator[Block]:
    """What could not be read: nothing is concluded from it. Under another heading, what else went wrong."""
    if failures:
        rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what) for one in failures]
        yield Heading(heading)
        yield Table(("Where", "What"), rows[:most], more=max(0, len(rows) - most))


def plan_data(organization: str, plan: TicketPlan) -> dict[str, Any]:
    """A plan as JSON, with every action."""
    return {
        "organization": organization,
        "counts": {kind.value: number for kind, number in plan.counts.items()},
        "waiting_for": _waiting_for(plan.held),
        "resources": {kind.value: number for kind, number in _resources(plan.actions).items()},
        "planned": len(plan.actions),
        "unchanged": plan.unchanged,
        "waiting": sum(one.subjects for one in plan.held),
        "actions": [action_data(one) for one in plan.actions],
        "held": [held_data(one) for one in plan.held],
        "answers": [answer_data(one) for one in plan.answers],
    }


def action_data(one: Action) -> dict[str, Any]:
    """An action as JSON."""
    ticket, draft = one.after, one.draft
    return {
        "kind": one.kind,
        "ticket": ticket.shown,
        "key": ticket.key,
        "url": ticket.url,
        "team": ticket.group.owner,
        "tracker": ticket.route.tracker,
        "place": ticket.route.place,
        "control": control_of(one),
        "account": ticket.group.account,
        "subjects": [member.subject for member in ticket.members],
        "resources": len(ticket.members),
        "reason": one.reason,
        "outcome": one.outcome,
        "other": one.other,
        "state": ticket.state,
        "state_before": one.before.state if one.before is not None else None,
        "title": draft.title if draft is not None else None,
        "severity": draft.severity if draft is not None else None,
        "due": draft.due.isoformat() if draft is not None and draft.due is not None else None,
        "raised": draft.raised if draft is not None else None,
        "is_commented": one.comment is not None,
    }


def held_data(one: Held) -> dict[str, Any]:
    """Something that waits, as JSON."""
    return {"owner": one.owner, "control": _as_written(one.control), "why": one.why, "resources": one.subjects}


def answer_data(one: Answer) -> dict[str, Any]:
    """An answer as JSON."""
    return {
        "kind": one.kind, "ticket": one.ticket, "shown": one.shown, "team": one.owner, "said": one.said, "by": one.by, "at": iso(one.at),
    }  # fmt: skip


def guard_data(one: Exceeded) -> dict[str, str]:
    """A limit that is exceeded, as JSON."""
    return {"what": one.what, "limit": one.limit, "found": one.found, "option": one.option}


def failure_data(one: Failed) -> dict[str, str]:
    """What could not be read, as JSON."""
    return {"where": one.where, "what": one.what}
