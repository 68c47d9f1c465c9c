"""Comments on tickets, for people, only where they need to know: why it was closed or opened, and what is expected."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from hubposture.work.body import Block, Body, Grid, Literal, Plain, paragraph, text
from hubposture.work.content_body import failing_table
from hubposture.work.policy import Policy, Rung
from hubposture.work.saying import account_said, counted, day, last_day, moment, named, standing_said
from hubposture.work.stood import Stood
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Outcome, State, Ticket

_WHY = {
    Outcome.FIXED: "every resource in it that must pass does pass",
    Outcome.WAIVED: "what still fails in it is covered by a waiver",
    Outcome.GONE: "what it is about is gone",
    Outcome.NOT_REQUIRED: "what it asks for is no longer required",
}


def closing(outcome: Outcome, stood: Stood, policy: Policy, *, is_redacted: bool) -> Body:
    """Why a ticket is closed, with what was seen of each resource."""
    said = Counter(one.standing for one in stood.done)
    counts = named(f"{said[one]:,} {standing_said(one)}" for one in Standing if said[one]) if said else "nothing in it"
    blocks: list[Block] = [paragraph(f"Closed by hubposture: {_WHY[outcome]} ({counts}).")]
    if stood.done and not is_redacted:
        blocks.append(_evidence(stood.done, policy))
    elif stood.done:
        blocks.append(paragraph(f"The last of it changed on {moment(max(one.changed_at for one in stood.done))}."))
    blocks.append(paragraph("If something in it fails again, it is opened again, or a ticket follows it."))
    return Body(tuple(blocks))


def _evidence(seen: Sequence[Subject], policy: Policy) -> Grid:
    rows = tuple(
        (
            (Literal(one.resource),),
            text(account_said(one)),
            text(one.region),
            text(_what(one)),
            text(moment(one.changed_at)),
            text(moment(one.seen_at)),
        )
        for one in seen[: policy.rows]
    )
    headings = ("Resource", "Account", "Region", "What", "Since", "Last looked at")
    return Grid(headings, rows, more=len(seen) - len(rows))


def _what(one: Subject) -> str:
    if one.standing is Standing.WAIVED and one.waiver:
        until = f" until {last_day(one.until)}" if one.until is not None else ""
        return f"waived by {one.waiver}{until}"
    said = standing_said(one.standing)
    return f"{said}: {one.why}" if one.why else said


def reopening(stood: Stood, policy: Policy, *, closed_at: dt.datetime | None, is_redacted: bool) -> Body:
    """What fails again, or still; `closed_at` is when a person closed it, None where something came back."""
    number = len(stood.failing)
    fails = "fails" if number == 1 else "fail"
    if closed_at is None:
        said = f"Opened again: {counted(number, 'resource')} of this ticket {fails} again."
    else:
        said = (
            f"Opened again: this ticket was closed by hand on {moment(closed_at)}, and the check has looked again since: "
            f"{counted(number, 'resource')} still {fails}."
        )
    blocks: list[Block] = [paragraph(said)]
    if is_redacted:
        looked = [one.seen_at for one in stood.failing if one.seen_at is not None]
        blocks += [paragraph(f"Last looked at on {moment(max(looked))}.")] if looked else []
    elif stood.failing:
        blocks.append(_still(stood.failing, policy))
    blocks += _ways(policy) if closed_at is not None else []
    return Body(tuple(blocks))


def _still(failing: Sequence[Subject], policy: Policy) -> Grid:
    rows = tuple(
        (
            (Literal(one.resource),),
            text(account_said(one)),
            text(one.region),
            text(day(one.failing_since)),
            text(moment(one.seen_at)),
        )
        for one in failing[: policy.rows]
    )
    headings = ("Resource", "Account", "Region", "Failing since", "Last looked at")
    return Grid(headings, rows, more=len(failing) - len(rows))


def _ways(policy: Policy) -> Iterator[Block]:
    ways = "It closes by itself when the check passes. If it is to stay as it is, ask for a waiver"
    yield paragraph(ways, *_or_not_mine(policy), "; the text above says how.")


def _or_not_mine(policy: Policy) -> Iterator[Plain | Literal]:
    if policy.not_mine:
        yield Plain("; if it is not yours, put the label ")
        yield Literal(policy.not_mine[0])
        yield Plain(" on it")


def escalation(rung: Rung, stood: Stood, policy: Policy, *, due: dt.date, is_redacted: bool) -> Body:
    """What is overdue since when, who is named, and what happens to its priority."""
    number = len(stood.failing)
    fails = "fails" if number == 1 else "fail"
    after = f", {counted(rung.after_days, 'day')} ago or more" if rung.after_days else ""
    said = f"Overdue: this was due on {due.isoformat()}{after}, and {counted(number, 'resource')} still {fails}."
    if rung.raise_priority:
        said += f" Its priority goes up by {counted(rung.raise_priority, 'step')}."
    blocks: list[Block] = [paragraph(said)]
    if rung.mention:
        blocks.append(paragraph("For the attention of ", Plain(rung.mention, is_strong=True), "."))
    if stood.failing and not is_redacted:
        blocks.append(failing_table(stood.failing, policy))
    return Body(tuple(blocks))


def leaving(ticket: Ticket, stood: Stood, policy: Policy, *, is_redacted: bool) -> Body:
    """The last word on a ticket that people close again and again."""
    number = len(stood.failing)
    fails = "fails" if number == 1 else "fail"
    blocks: list[Block] = [
        paragraph(
            f"This ticket was closed by hand again while {counted(number, 'resource')} in it {fails}. hubposture does not open "
            f"it another time and makes no other one. What fails stays counted as open work of {ticket.group.owner} until "
            "the check passes or a waiver covers it."
        )
    ]
    if stood.failing and not is_redacted:
        blocks.append(_still(stood.failing, policy))
    return Body(tuple(blocks))


def moving(ticket: Ticket, owners: Sequence[str]) -> Body:
    """Where the work goes on that is not this team's any more."""
    whom = f"to {named(owners)}" if owners else "to nobody that is known"
    return Body(
        (
            paragraph(
                f"Everything in this ticket belongs {whom} now, and no longer to {ticket.group.owner}. This ticket is closed; "
                "what still fails gets a ticket there."
            ),
        )
    )


def following(ticket: Ticket, previous: Ticket, policy: Policy) -> Body:
    """Why a ticket has a successor, and by which label that one is found."""
    name = previous.shown or previous.key
    return Body(
        (
            paragraph(
                f"What {name} was about fails, and {_not_again(ticket, previous, policy)}. The work goes on in a ticket that follows it, with the label ",
                Literal(ticket.key),
                ".",
            ),
        )
    )


def _not_again(ticket: Ticket, previous: Ticket, policy: Policy) -> str:
    closed = previous.closed_at
    if ticket.route.place != previous.route.place:
        return f"tickets of {ticket.group.owner} go into {ticket.route.place}"
    if ticket.group.owner != previous.group.owner:
        return f"it is work of {ticket.group.owner} now"
    latest = ticket.made_at - dt.timedelta(days=policy.reopen_days)
    if previous.state is State.CLOSED and closed is not None and closed < latest:
        return f"it was closed on {day(closed)}, too long ago to be opened again"
    return "it cannot be opened again"
