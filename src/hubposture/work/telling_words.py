"""What messages say of a run, of a new CRITICAL, of waivers and of tickets that are overdue."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from hubposture.filters import All, Comparison, Operator, to_text
from hubposture.work.body import (
    Block,
    Body,
    Bullets,
    Grid,
    Heading,
    Line,
    Link,
    Literal,
    Paragraph,
    Plain,
    paragraph,
    text,
)
from hubposture.work.news import Escalated, OwnerNews, Pending, Rules, TicketLink, WaiverNotice
from hubposture.work.saying import GRAVEST, account_said, counted, day, finder, one_line
from hubposture.work.subject import Subject

Said = tuple[str, Body]
"""A title on one line, and the text."""

_NAMED = 3
_REASON = 500
_LISTED = 25
"""How many waivers or controls one message names."""


@dataclass(frozen=True)
class Group:
    """What fails of one control."""

    control: str
    failing: tuple[Subject, ...]

    @property
    def first(self) -> Subject:
        """One of them, for what they have in common."""
        return self.failing[0]

    @property
    def severity(self) -> str:
        """The gravest severity."""
        return min((one.severity for one in self.failing), key=rank)

    @property
    def since(self) -> dt.datetime | None:
        """Since when the first of them fails."""
        return min((one.failing_since for one in self.failing if one.failing_since is not None), default=None)

    def overdue(self, today: dt.date) -> int:
        """How many are overdue."""
        return sum(one.due is not None and one.due < today for one in self.failing)


def rank(severity: str) -> int:
    """0 for CRITICAL and up; what is not known is last."""
    return GRAVEST.index(severity) if severity in GRAVEST else len(GRAVEST)


def groups(failing: Iterable[Subject]) -> list[Group]:
    """What fails by control, by the control's name; within it the oldest first."""
    found: dict[str, list[Subject]] = {}
    for one in failing:
        found.setdefault(one.control, []).append(one)
    return [Group(control, tuple(sorted(found[control], key=_oldest))) for control in sorted(found)]


def _oldest(one: Subject) -> tuple[bool, str, str]:
    since = one.failing_since
    return since is None, since.isoformat() if since is not None else "", one.subject


# --- a run -----------------------------------------------------------------------------------------------------------


def run(news: OwnerNews, today: dt.date, rules: Rules) -> Said:
    """What is new and fixed for a team, and what to do first."""
    overdue = sum(one.due is not None and one.due < today for one in news.failing)
    title = one_line(f"{news.team}: {_moved(news, short=True)} ({today.isoformat()})")
    failing = f"{counted(len(news.failing), 'obligation')} of {news.team} {_verb(len(news.failing), 'fails', 'fail')}"
    blocks: list[Block] = [
        paragraph(Plain(_moved(news), is_strong=True), " since the last day that was reported."),
        paragraph(f"{failing}, {overdue:,} overdue." if overdue else f"{failing}, none overdue."),
    ]
    if news.failing:
        blocks += _first(news, today, rules)
    return title, Body(tuple(blocks))


def _moved(news: OwnerNews, *, short: bool = False) -> str:
    pairs = ((len(news.new), "new"), (news.fixed, "fixed"), (news.waived, "waived"), (news.gone, "gone"))
    said = [f"{number:,} {word}" for number, word in pairs if number or (word in ("new", "fixed") and not short)]
    return ", ".join(said) or "nothing new"


def begin_with(news: OwnerNews, today: dt.date) -> list[Group]:
    """The controls to begin with: grave ones, overdue ones, new ones, then large ones."""

    def order(group: Group) -> tuple[int, int, int, int, str]:
        new = sum(one.subject in news.new for one in group.failing)
        return rank(group.severity), -group.overdue(today), -new, -len(group.failing), group.control

    return sorted(groups(news.failing), key=order)


def _first(news: OwnerNews, today: dt.date, rules: Rules) -> Iterator[Block]:
    found = begin_with(news, today)
    rows = []
    for group in found[: rules.top]:
        new, overdue = sum(one.subject in news.new for one in group.failing), group.overdue(today)
        counts = [f"{len(group.failing):,} failing", *([f"{new:,} new"] if new else ())]
        counts += [f"{overdue:,} overdue"] if overdue else []
        rows.append(
            (
                control_said(group.first),
                text(group.severity),
                text(", ".join(counts)),
                text(day(group.since)),
                tickets_said(group.failing, news.tickets),
            )
        )
    yield Heading("Begin with")
    yield Grid(("Control", "Severity", "Resources", "Since", "Ticket"), tuple(rows), more=len(found) - len(rows))
    yield where_all(news.team, rules)


def where_all(team: str, rules: Rules) -> Paragraph:
    """Where everything that fails of a team is listed."""
    wanted = to_text(All((Comparison("owner", Operator.IS, (team,)), Comparison("status", Operator.IS, ("FAILED",)))))
    return Paragraph((Plain("All of it: "), *finder(wanted, link=rules.link)))


def control_said(one: Subject) -> Line:
    """A control with its title."""
    title = f" {one_line(one.title)}" if one.title else ""
    return (Plain(one.shown or one.control, is_strong=True), Plain(title))


def tickets_said(failing: Iterable[Subject], tickets: Mapping[str, TicketLink], *, most: int = _NAMED) -> Line:
    """The tickets of some subjects as links; () for none."""
    found = sorted({tickets[one.subject] for one in failing if one.subject in tickets})
    line: list[Plain | Link] = []
    for at, ticket in enumerate(found[:most]):
        line += [Plain(", ")] if at else []
        line.append(Link(ticket.shown, ticket.url) if ticket.url else Plain(ticket.shown))
    if len(found) > most:
        line.append(Plain(f" and {len(found) - most:,} more"))
    return tuple(line)


# --- a new CRITICAL --------------------------------------------------------------------------------------------------


def urgent(one: Subject, ticket: TicketLink | None, more: Sequence[Subject], rules: Rules) -> Said:
    """One resource that fails and is CRITICAL; `more` are counted with it."""
    title = one_line(f"New CRITICAL for {one.owner}: {one.shown or one.control} {one.title}".strip())
    facts: list[Line] = [
        (Plain("Resource: "), Literal(one.resource)),
        text(f"Account: {account_said(one)}, {one.region}"),
        text(f"Failing since: {day(one.failing_since)}"),
    ]
    if one.due is not None:
        facts.append(text(f"Due: {one.due.isoformat()}"))
    if ticket is not None:
        facts.append((Plain("Ticket: "), Link(ticket.shown, ticket.url) if ticket.url else Plain(ticket.shown)))
    if one.url:
        facts.append((Plain("How to fix it: "), Link(one.shown or one.control, one.url)))
    fails = f" fails: {one_line(one.title)}" if one.title else " fails."
    blocks: list[Block] = [paragraph(Plain(one.shown or one.control, is_strong=True), fails), Bullets(tuple(facts))]
    if more:
        blocks += _more(one.owner, more, rules)
    return title, Body(tuple(blocks))


def _more(owner: str, more: Sequence[Subject], rules: Rules) -> Iterator[Block]:
    found = sorted(groups(more), key=lambda group: (-len(group.failing), group.control))
    lines = [(*control_said(group.first), Plain(f": {len(group.failing):,}")) for group in found[:_LISTED]]
    yield Heading(f"And {len(more):,} more that are new and CRITICAL")
    yield Bullets(
        (*lines, *([text(f"... and {counted(len(found) - _LISTED, 'more control')}")] if len(found) > _LISTED else ()))
    )
    yield where_all(owner, rules)


# --- waivers ---------------------------------------------------------------------------------------------------------


def expiry(team: str, notices: Sequence[WaiverNotice]) -> Said:
    """Waivers of a team that want its attention, the nearest end first."""
    found = sorted(notices, key=lambda one: (one.until, one.waiver, one.kind))
    waivers = len({one.waiver for one in found})
    title = f"{team}: {counted(waivers, 'waiver')} {_verb(waivers, 'wants', 'want')} attention"
    blocks: list[Block] = [notices_table(found)]
    if any(one.kind.startswith("expires-") for one in found):
        blocks.append(
            paragraph(
                "What a waiver covers counts as failing again once it has ended. Fix it before, or ask for an extension."
            )
        )
    return one_line(title), Body(tuple(blocks))


def notices_table(found: Sequence[WaiverNotice]) -> Grid:
    """Notices of waivers as a table."""
    rows = tuple(
        (
            (Literal(one.waiver),),
            text(notice_said(one)),
            text(_some(one.controls)),
            text(f"{one.within:,}, {one.failing:,} not passing"),
        )
        for one in found[:_LISTED]
    )
    return Grid(("Waiver", "What", "Controls", "Covers"), rows, more=len(found) - len(rows))


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def notice_said(one: WaiverNotice) -> str:
    """What a notice says, in words."""
    until = one.until.isoformat()
    if one.kind.startswith("expires-"):
        return f"ends after {until}"
    words = {
        "expired": f"ended after {until}" + (f"; {counted(one.released, 'resource')} counts again" if one.released == 1 else
                    f"; {one.released:,} resources count again" if one.released else ""),
        "revoked": "was revoked",
        "withdrawn": "was withdrawn",
        "shortened": f"was granted only until {until}",
        "surplus": f"matches {counted(one.surplus, 'resource')} that nobody approved",
        "unneeded": "is not needed any more: all that it covers has been passing; it can be closed",
    }  # fmt: skip
    return words.get(one.kind, one.kind)


def request(one: Pending, rules: Rules) -> Said:
    """A waiver that waits for a decision."""
    title = one_line(f"{one.waiver} waits for a decision: {_some(one.controls)}")
    facts: list[Line] = [
        text(f"Asked for by: {one.by}, {day(one.at)}"),
        text(f"Covers: {counted(one.resources, 'resource')} of {one.owner}"),
        text(f"Kind: {one.type}"),
        text(f"Until: {one.until.isoformat()}"),
    ]
    if rules.link:
        facts.append(
            (
                Plain("All of it: "),
                Link(one.waiver, f"{rules.link.rstrip('/')}/waivers/requests/{quote(one.request, safe='')}"),
            )
        )
    reason = one_line(one.reason)
    said = reason if len(reason) <= _REASON else f"{reason[: _REASON - 3]}..."
    return title, Body((paragraph(said), Bullets(tuple(facts))))


# --- tickets ---------------------------------------------------------------------------------------------------------


def escalation(one: Escalated) -> Said:
    """A ticket that is overdue by a step of the ladder."""
    title = one_line(f"Overdue for more than {counted(one.after_days, 'day')}: {one.control} of {one.team}")
    ticket = Link(one.ticket.shown, one.ticket.url) if one.ticket.url else Plain(one.ticket.shown)
    facts: list[Line] = [
        (Plain("Ticket: "), ticket),
        text(f"Owner: {one.team}"),
        text(f"Resources that fail: {one.failing:,}"),
        text(f"Open since: {day(one.since)}"),
    ]
    if one.due is not None:
        facts.append(text(f"Due since: {one.due.isoformat()}"))
    named = f"{one.control} {one_line(one.title)}".strip()
    return title, Body((paragraph(Plain(named, is_strong=True), " was not fixed in time."), Bullets(tuple(facts))))


def _verb(number: int, one: str, many: str) -> str:
    return one if number == 1 else many
