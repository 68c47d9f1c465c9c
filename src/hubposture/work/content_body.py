"""The text of a ticket, section by section: what is wrong, where, how it is fixed, and when it is done."""

from collections import Counter
from collections.abc import Iterator, Sequence

from hubposture.work.body import Block, Bullets, Grid, Heading, Line, Link, Literal, Paragraph, Plain, paragraph, text
from hubposture.work.policy import Policy
from hubposture.work.saying import (
    account_said,
    counted,
    day,
    finder,
    finding_filter,
    last_day,
    named,
    severity_of,
    standing_said,
)
from hubposture.work.stood import Stood, is_flapping
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import By, Ticket

_CHECK_HOURS = 24
"""Within how many hours Security Hub looks at everything again."""


def wrong(ticket: Ticket, stood: Stood, shown: str, *, is_redacted: bool) -> Iterator[Block]:
    """What is wrong, how grave it is, whose it is, and until when."""
    title = next((one.title for one in stood.known if one.title), "")
    yield Heading("What is wrong")
    yield paragraph(Plain(shown, is_strong=True), f" ({title}) " if title else " ", _how_many(ticket, stood))
    yield Bullets(tuple(_facts(ticket, stood)))
    if stood.unseen:
        yield paragraph(_unseen(stood, is_redacted=is_redacted))


def _how_many(ticket: Ticket, stood: Stood) -> str:
    failing = len(stood.failing)
    if not failing:
        return "does not fail for anything in this ticket any more." if not stood.unseen else "was failing here."
    if ticket.group.by is By.SUBJECT:
        return "fails for this resource."
    if failing == stood.total:
        return f"fails for {counted(failing, 'resource')}."
    return f"fails for {failing:,} of the {counted(stood.total, 'resource')} in this ticket."


def _facts(ticket: Ticket, stood: Stood) -> Iterator[Line]:
    yield text(f"Severity: {severity_of(stood.failing or stood.known)}")
    yield text(f"Owner: {ticket.group.owner}")
    dues = [one.due for one in stood.failing if one.due is not None]
    if dues:
        which = "" if len(set(dues)) == 1 else ", the earliest of these resources"
        yield text(f"Due: {min(dues).isoformat()}{which}")


def _unseen(stood: Stood, *, is_redacted: bool) -> str:
    whys = sorted({one.why for one in stood.unknown if one.why}) if not is_redacted else []
    why = f" ({'; '.join(whys)})" if whys else ""
    seen = "it is" if stood.unseen == 1 else "they are"
    return (
        f"{counted(stood.unseen, 'resource')} cannot be seen now{why}. Nothing is concluded from that: this ticket stays "
        f"open until {seen} seen again."
    )


def still_failing(ticket: Ticket, stood: Stood, policy: Policy, shown: str, *, is_redacted: bool) -> Iterator[Block]:
    """The resources that fail, and where to find all of them."""
    if not stood.failing:
        return
    yield Heading(f"Still failing: {counted(len(stood.failing), 'resource')}")
    if not is_redacted:
        yield failing_table(stood.failing, policy)
    found = finding_filter(ticket.group, shown, one=stood.known[0], is_redacted=is_redacted)
    what = "Which ones is not told in this project" if is_redacted else "As it is now, with the history of each"
    yield Paragraph((Plain(f"{what}: "), *finder(found, link=policy.link)))
    flapping = sum(is_flapping(one, policy) for one in stood.failing)
    if flapping:
        yield paragraph(_flapping(flapping, policy))


def failing_table(failing: Sequence[Subject], policy: Policy) -> Grid:
    """The resources that fail, at most as many as the policy says."""
    rows = tuple(
        (
            (Literal(one.resource),),
            text(account_said(one)),
            text(one.region),
            text(day(one.failing_since)),
            text(_changed(one)),
            text(one.due.isoformat() if one.due is not None else "-"),
        )
        for one in failing[: policy.rows]
    )
    headings = ("Resource", "Account", "Region", "Failing since", "Last change", "Due")
    return Grid(headings, rows, more=len(failing) - len(rows))


def _changed(one: Subject) -> str:
    if not one.returns:
        return day(one.changed_at)
    return f"{day(one.changed_at)}, came back {counted(one.returns, 'time')}"


def _flapping(number: int, policy: Policy) -> str:
    comes = "comes and goes" if number == 1 else "come and go"
    calm = f" It counts as fixed only after it has passed for {counted(policy.calm_hours, 'hour')}."
    if number > 1:
        calm = f" Each counts as fixed only after it has passed for {counted(policy.calm_hours, 'hour')}."
    return (
        f"{number:,} of them {comes}: fixed and failing again {counted(policy.flapping_returns, 'time')} or more. Something "
        f"keeps setting it back, a template or a pipeline for example; fix it there.{calm}"
    )


def done(stood: Stood, *, is_redacted: bool) -> Iterator[Block]:
    """What is done, counted by why."""
    if stood.done:
        yield Heading(f"Done: {counted(len(stood.done), 'resource')}")
        yield Bullets(tuple(_done_lines(stood, is_redacted=is_redacted)))


def _done_lines(stood: Stood, *, is_redacted: bool) -> Iterator[Line]:
    said = Counter((one.standing, "" if is_redacted else _why_done(one)) for one in stood.done)
    order = list(Standing)
    for (standing, why), number in sorted(said.items(), key=lambda item: (order.index(item[0][0]), item[0][1])):
        yield text(f"{number:,} {standing_said(standing)}{f': {why}' if why else ''}")


def _why_done(one: Subject) -> str:
    if one.standing is Standing.WAIVED and one.waiver:
        return f"waiver {one.waiver}, until {last_day(one.until)}" if one.until is not None else f"waiver {one.waiver}"
    return one.why if one.standing is Standing.NOT_REQUIRED else ""


def fix(stood: Stood, shown: str) -> Iterator[Block]:
    """Where the way to fix it is written down."""
    url = next((one.url for one in stood.known if one.url), "")
    if url:
        yield Heading("How to fix it")
        yield paragraph(Link(f"What AWS says of fixing {shown}", url))


def when_done(policy: Policy) -> Iterator[Block]:
    """How it is verified, and by whom it is closed."""
    yield Heading("When it is done")
    yield paragraph(
        f"Security Hub checks again within {_CHECK_HOURS} hours or when the resource changes. hubposture closes this ticket "
        "when every resource passes, is covered by a waiver, is gone, or is no longer required. Closing it by hand does not: "
        f"{_by_hand(policy)}"
    )


def _by_hand(policy: Policy) -> str:
    wait = f" {counted(policy.refresh_hours, 'hour')} later" if policy.refresh_hours else ""
    return f"what still fails{wait} opens it again."


def otherwise(policy: Policy) -> Iterator[Block]:
    """How to ask for a waiver, and how to say that it is somebody else's."""
    yield Heading("If it cannot be fixed, or is not yours")
    yield Bullets((_waiver(policy), *_not_mine(policy)))


def _waiver(policy: Policy) -> Line:
    said: Line = (
        Plain("To leave it as it is for a time, ask for a waiver: write a file into "),
        Literal("waivers/"),
        Plain(" of the baseline repository. "),
        Literal("hubposture waivers check"),
        Plain(" says what is missing in it, "),
        Literal("hubposture waivers preview"),
        Plain(" what it would cover."),
    )
    if policy.wont_do:
        quoted = named(f'"{one}"' for one in policy.wont_do)
        said += (Plain(f" Closing this ticket as {quoted} asks for one as well; by itself it excuses nothing."),)
    return said


def _not_mine(policy: Policy) -> Iterator[Line]:
    if policy.not_mine:
        first, *others = policy.not_mine
        spans: Line = (Plain("Not yours? Put the label "), Literal(first), Plain(" on this ticket"))
        if others:
            spans += (Plain(f" (or {named(others)}, as a label or a resolution)"),)
        yield (
            *spans,
            Plain(" and say in a comment whose it is. It is then looked at, and goes to the team that owns it."),
        )


def end(ticket: Ticket) -> Iterator[Block]:
    """Who wrote this, and that people's words belong elsewhere; of an adopted ticket, that its text stays theirs."""
    said = (
        "hubposture follows this ticket from now on. Its title and its text stay as people wrote them, and this is said once; "
        "the link above has how things are at any time."
        if ticket.is_adopted
        else "This text is written by hubposture and changes with what the check says; what you write into it is lost, so write "
        "comments."
    )
    yield paragraph(f"{said} Its label is ", Literal(ticket.key), ".")
