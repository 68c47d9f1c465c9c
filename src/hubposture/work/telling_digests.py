"""What the weekly digests say, and the announcement of what becomes an obligation."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from hubposture.work.body import Block, Body, Grid, Heading, Line, Link, Literal, Plain, paragraph, text
from hubposture.work.news import AccountDigest, Coming, OwnerDigest, Rules, TicketLink, WaiverNotice
from hubposture.work.saying import account_said, counted, day, one_line
from hubposture.work.subject import Subject
from hubposture.work.telling_words import (
    Group,
    Said,
    control_said,
    groups,
    notices_table,
    rank,
    tickets_said,
    where_all,
)

_RESOURCES = 3
"""How many resources a digest names of a control; its page names all up to `_ON_PAGE`."""
_ON_PAGE = 500
_PLACES = 5


def account_digest(one: AccountDigest, week: str, today: dt.date, rules: Rules) -> Said:
    """An account's obligations met, and the shortest way to all of them: the control with the fewest resources first."""
    title = one_line(f"{one.shown}: {_met(one.met, one.obligations)} ({week})")
    blocks: list[Block] = [*_level(one.met, one.obligations, one.failing, today)]
    if one.failing:
        found = shortest(one.failing)
        blocks.append(Heading("The shortest way to all of them"))
        blocks.append(_way(found, one.tickets, most=rules.top))
        blocks.append(paragraph(f"With these {_last(found, rules.top, one)}."))
    return title, Body(tuple(blocks))


def account_page(one: AccountDigest, week: str, today: dt.date) -> Body:
    """The same with every control and its resources, for a page."""
    blocks: list[Block] = [
        paragraph(f"Account {one.shown}, week {week}."),
        *_level(one.met, one.obligations, one.failing, today),
    ]
    left = _ON_PAGE
    for group in shortest(one.failing):
        shown = group.failing[: max(0, left)]
        left -= len(shown)
        title = f"{group.first.shown or group.control} {one_line(group.first.title)}".strip()
        blocks.append(Heading(f"{title}: {counted(len(group.failing), 'resource')}, {group.severity}"))
        if group.first.url:
            blocks.append(paragraph("How to fix it: ", Link(group.first.shown or group.control, group.first.url)))
        if tickets := tickets_said(group.failing, one.tickets, most=10):
            blocks.append(paragraph("Ticket: ", *tickets))
        rows = tuple(_resource(each) for each in shown)
        headings = ("Resource", "Region", "Failing since", "Due", "Owner")
        blocks.append(Grid(headings, rows, more=len(group.failing) - len(rows)))
    return Body(tuple(blocks))


def owner_digest(
    one: OwnerDigest,
    week: str,
    today: dt.date,
    rules: Rules,
    *,
    notices: Sequence[WaiverNotice] = (),
    coming: Sequence[Coming] = (),
) -> Said:
    """A team's obligations met, the shortest way to all of them, where most of it is, its waivers, and what begins."""
    title = one_line(f"{one.team}: {_met(one.met, one.obligations)} ({week})")
    blocks: list[Block] = [*_level(one.met, one.obligations, one.failing, today)]
    if one.failing:
        blocks.append(Heading("The shortest way to all of them"))
        blocks.append(_way(shortest(one.failing), one.tickets, most=rules.top))
        blocks += _accounts(one.failing)
        blocks.append(where_all(one.team, rules))
    if notices:
        ordered = sorted(notices, key=lambda each: (each.until, each.waiver, each.kind))
        blocks += [Heading("Waivers"), notices_table(ordered)]
    if coming:
        blocks += [Heading("Becomes an obligation"), _coming_table(coming)]
    return title, Body(tuple(blocks))


def shortest(failing: Sequence[Subject]) -> list[Group]:
    """Controls by how many resources are left, the fewest first; then the gravest."""
    return sorted(groups(failing), key=lambda group: (len(group.failing), rank(group.severity), group.control))


def _met(met: int, obligations: int) -> str:
    return f"{met:,} of {counted(obligations, 'obligation')} met"


def _level(met: int, obligations: int, failing: Sequence[Subject], today: dt.date) -> Iterator[Block]:
    if met == obligations:
        yield paragraph(Plain(f"{_met(met, obligations)}: all of them.", is_strong=True))
        return
    overdue = sum(one.due is not None and one.due < today for one in failing)
    grave = [f"{number:,} {severity}" for severity in ("CRITICAL", "HIGH") if (number := _of(failing, severity))]
    said = [f"{obligations - met:,} left", *grave, *([f"{overdue:,} overdue"] if overdue else ())]
    yield paragraph(Plain(f"{_met(met, obligations)}.", is_strong=True), f" {', '.join(said)}.")


def _of(failing: Sequence[Subject], severity: str) -> int:
    return sum(one.severity == severity for one in failing)


def _way(found: Sequence[Group], tickets: Mapping[str, TicketLink], *, most: int) -> Grid:
    rows = tuple(
        (
            control_said(group.first),
            text(f"{len(group.failing):,} left"),
            text(group.severity),
            _resources(group),
            tickets_said(group.failing, tickets),
        )
        for group in found[:most]
    )
    return Grid(("Control", "Resources", "Severity", "Which", "Ticket"), rows, more=len(found) - len(rows))


def _resources(group: Group) -> Line:
    line: list[Plain | Literal] = []
    for at, one in enumerate(group.failing[:_RESOURCES]):
        line += [Plain(", ")] if at else []
        line.append(Literal(one.resource))
    if len(group.failing) > _RESOURCES:
        line.append(Plain(f" and {len(group.failing) - _RESOURCES:,} more"))
    return tuple(line)


def _last(found: Sequence[Group], most: int, one: AccountDigest) -> str:
    done = sum(len(group.failing) for group in found[:most])
    if len(found) <= most:
        return f"all obligations of {one.shown} are met"
    return f"{counted(done, 'resource')} fixed, {one.met + done:,} of {one.obligations:,} are met"


def _resource(one: Subject) -> tuple[Line, ...]:
    due = one.due.isoformat() if one.due is not None else "-"
    return (Literal(one.resource),), text(one.region), text(day(one.failing_since)), text(due), text(one.owner or "-")


def _accounts(failing: Sequence[Subject]) -> Iterator[Block]:
    """The accounts with most of it, where there are several."""
    counts: dict[str, int] = {}
    for one in failing:
        counts[account_said(one)] = counts.get(account_said(one), 0) + 1
    if len(counts) > 1:
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        rows = tuple((text(account), text(f"{number:,}")) for account, number in ordered[:_PLACES])
        yield Heading("Where")
        yield Grid(("Account", "Failing"), rows, more=len(ordered) - len(rows))


# --- what begins -----------------------------------------------------------------------------------------------------


def announcement(team: str, begins: dt.date, coming: Sequence[Coming]) -> Said:
    """Controls that are enforced from a day on, for a team that fails them now."""
    resources = sum(one.failing for one in coming)
    title = one_line(f"{team}: {counted(len(coming), 'control')} enforced from {begins.isoformat()}")
    last = max(one.counts_from for one in coming)
    blocks: list[Block] = [
        paragraph(
            f"{counted(resources, 'resource')} of {team} {'fails' if resources == 1 else 'fail'} now what becomes an "
            f"obligation on {begins.isoformat()}"
            + (f"; until {last.isoformat()} nothing counts." if last > begins else ".")
        ),
        _coming_table(coming),
    ]
    return title, Body(tuple(blocks))


def _coming_table(coming: Sequence[Coming]) -> Grid:
    found = sorted(coming, key=lambda one: (one.begins, rank(one.severity), one.control))
    rows = tuple(
        (
            (
                Link(one.shown, one.url) if one.url else Plain(one.shown, is_strong=True),
                Plain(f" {one_line(one.title)}"),
            ),
            text(one.severity),
            text(one.begins.isoformat()),
            text(f"{one.failing:,} failing"),
            text(_where(one)),
        )
        for one in found[:25]
    )
    return Grid(("Control", "Severity", "From", "Now", "Where"), rows, more=len(found) - len(rows))


def _where(one: Coming) -> str:
    ordered = sorted(one.places, key=lambda pair: (-pair[1], pair[0]))
    said = ", ".join(f"{place}: {number:,}" for place, number in ordered[:_PLACES])
    return said + (f" and {counted(len(ordered) - _PLACES, 'more account')}" if len(ordered) > _PLACES else "")
