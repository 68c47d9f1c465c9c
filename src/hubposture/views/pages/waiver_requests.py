"""Requests for waivers: the inbox, and one of them as who decides sees it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.forms import Ask, Button, Field, Form
from hubposture.views.pages.parts import Banner, Column, Facts, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.pages.waiver_scope import Covered, parts, rest_said
from hubposture.views.words import day, moment

_NAMED = 10
_TONES = {"approved": Tone.GOOD, "rejected": Tone.BAD, "withdrawn": Tone.DIM, "changes requested": Tone.WARN}
_WAITS = {"asked": "waits for a decision", "sending": "is being sent"}
TRAIL = (Link("Waivers", "/waivers"), Link("Requests", "/waivers/requests"))


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request in a list. `is_mine`: whoever looks asked for it or edited it; `is_for_me`: they may decide on it."""

    id: str
    waiver: str
    state: str
    system: str
    asked_by: str
    asked_at: dt.datetime
    until: dt.date
    covers: int
    decided_by: str = ""
    is_mine: bool = False
    is_for_me: bool = False
    trouble: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is not decided."""
        return self.state in ("asked", "sending", "changes requested")


def stands(state: str) -> Text:
    """The state of a request in words."""
    return Text(_WAITS.get(state, state), _TONES.get(state, Tone.WARN))


def inbox(rows: Sequence[RequestRow]) -> Page:
    """What waits for whoever looks, what they asked for, and what else they may see."""
    waits = [one for one in rows if one.is_for_me and one.is_open]
    mine = [one for one in rows if one.is_mine]
    others = [one for one in rows if one not in waits and not one.is_mine]
    made: list[Part] = [
        Links("Go to", [Link("Ask for a waiver", "/waivers/new"), Link("Calendar", "/waivers/calendar")]),
        Heading("For you to decide"),
        _grid("Requests that you may decide on", waits, "Nothing waits for you."),
        Heading("Yours"),
        _grid("Requests that you made", mine, "You have not asked for any waiver."),
    ]
    if others:
        made += [Heading("Of others"), _grid("Requests of others", others, "None.")]
    lead = f"{counted(sum(one.is_open for one in rows), 'request')} not decided yet."
    return Page("Requests for waivers", made, place="/waivers", trail=TRAIL[:1], lead=[lead])


def _grid(caption: str, rows: Sequence[RequestRow], empty: str) -> Grid:
    columns = (
        Column("Waiver"), Column("State"), Column("Asked by"), Column("Asked", is_spare=True), Column("Until"),
        Column("Covered then", is_number=True), Column("Decided by", is_spare=True),
    )  # fmt: skip
    return Grid(caption, columns, [list(_row(one)) for one in rows], empty=empty)


def _row(one: RequestRow) -> Iterator[PageCell]:
    yield Link(one.waiver, links.waiver_request(one.id), more="not in the repository yet" if one.trouble else "")
    yield stands(one.state)
    yield one.asked_by
    yield day(one.asked_at.date())
    yield day(one.until)
    yield f"{one.covers:,}"
    yield one.decided_by or "-"


# One request


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that was done about a request."""

    at: dt.datetime
    who: str
    what: str
    text: str = ""


@dataclass(frozen=True)
class Decidable:
    """A request as its page shows it.

    `facts` are what is asked for, `covered` what that covers now; `added` and `gone` are how that differs from when it was
    asked for, as far as whoever looks may see, `hidden_changes` how many others there are. `digest` and `revision` bind a
    decision to what is shown. `why_not` says why they may not approve, `can_edit`, `can_withdraw` and `waits` what may be done.
    """

    row: RequestRow
    facts: Sequence[tuple[str, PageCell]]
    covered: Covered
    added: Sequence[str]
    gone: Sequence[str]
    hidden_changes: int
    digest: str
    revision: int
    events: Sequence[Event]
    why_not: Sequence[str]
    today: dt.date
    branch: str = ""
    commit: str = ""
    is_here: bool = True
    waits: bool = False
    can_edit: bool = False
    can_withdraw: bool = False
    can_retry: bool = False
    comment: str = ""
    until: str = ""
    problems: Sequence[str] = ()
    where: str = ""


def one_page(found: Decidable) -> Page:
    """What is asked for and by whom, what it covers now, how that differs, what may be done, and what was said."""
    made: list[Part] = []
    if found.problems:
        made.append(Banner([Text(one, Tone.STRONG) for one in found.problems], Tone.BAD))
    made += [*_outcome(found), Facts(found.facts), Heading("What it covers now"), *parts(found.covered)]
    if said := rest_said(found.covered):
        made.append(Lines([said]))
    made += [*_difference(found), *_decision(found), Heading("What was said"), _events(found.events)]
    return Page(f"Request for {found.row.waiver}", made, place="/waivers", trail=TRAIL, lead=[stands(found.row.state)])


def _outcome(found: Decidable) -> Iterator[Part]:
    row = found.row
    if row.trouble:
        yield Banner([row.trouble], Tone.WARN)
    if row.state == "approved" and found.commit:
        lines = [
            f"Approved by {row.decided_by} until {day(row.until)}, committed as {found.commit[:12]} on {found.branch}.",
            "It holds as soon as that is merged and `hubposture waivers enforce` has run.",
        ]
        yield Banner(lines, Tone.GOOD)


def _difference(found: Decidable) -> Iterator[Part]:
    if not found.row.is_open:
        return
    yield Heading("Since it was asked for")
    if not found.added and not found.gone and not found.hidden_changes:
        yield Lines([f"It covers exactly what it covered then: {counted(found.row.covers, 'resource')}."])
        return
    for what, names in (
        ("It covers now and did not then", found.added),
        ("It covered then and does not now", found.gone),
    ):
        if names:
            more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
            yield Banner([f"{what}: {', '.join(names[:_NAMED])}{more}."], Tone.WARN)
    if found.hidden_changes:
        yield Lines([f"{counted(found.hidden_changes, 'change')} that you may not see."])


def _decision(found: Decidable) -> Iterator[Part]:
    row = found.row
    yield Heading("Decide")
    if not found.is_here and row.is_open:
        yield Lines([_elsewhere(found)])
    elif found.waits and found.why_not:
        yield Banner([Text("You may not decide on this one."), *found.why_not[:3]], Tone.PLAIN)
    elif found.waits:
        yield _decide_form(found)
    elif not row.is_open:
        yield Lines(
            [f"It is {row.state}{f' by {row.decided_by}' if row.decided_by else ''}; nothing is left to decide."]
        )
    if found.can_edit:
        yield Links("Or", [Link("Change what is asked for", f"{links.waiver_request(row.id)}/edit")])
    if found.can_withdraw:
        yield Form(
            "Withdraw the request", _where(found), _bound(found), [Button("Withdraw", "do", "withdraw", is_grave=True)]
        )
    if found.can_retry:
        yield Form("Try again", _where(found), _bound(found), [Button("Try again to write it", "do", "retry")])
    fields = [
        *_bound(found),
        Field("comment", "Comment", Ask.LINES, "", hint="Everybody who sees the request reads it."),
    ]
    yield Form("Say something", _where(found), fields, [Button("Comment", "do", "comment")])


def _elsewhere(found: Decidable) -> str:
    if found.row.system == "git":
        return f"It is decided by the review of the merge of {found.branch} in the forge."
    return f"It is decided in {found.row.system}; `hubposture waivers approvals` reads it back."


def _decide_form(found: Decidable) -> Form:
    fields = [
        *_bound(found),
        Field(
            "until", "An earlier last day", Ask.DATE, found.until,
            hint=f"Empty grants what was asked for: {day(found.row.until)}.",
        ),
        Field("comment", "Comment", Ask.LINES, found.comment, hint="Needed to ask for changes and to reject."),
    ]  # fmt: skip
    buttons = [
        Button(f"Approve for {counted(len(found.covered.allowed), 'resource')}", "do", "approve"),
        Button("Ask for changes", "do", "changes"),
        Button("Reject", "do", "reject", is_grave=True),
    ]
    return Form("Decide", _where(found), fields, buttons)


def _where(found: Decidable) -> str:
    return found.where or links.waiver_request(found.row.id)


def _bound(found: Decidable) -> list[Field]:
    """What ties a decision to what is shown."""
    return [
        Field("digest", "", Ask.HIDDEN, found.digest),
        Field("revision", "", Ask.HIDDEN, str(found.revision)),
    ]


def _events(found: Sequence[Event]) -> Grid:
    columns = (Column("Who"), Column("What"), Column("When"), Column("Said"))
    rows: list[Sequence[PageCell]] = [(one.who, one.what, moment(one.at), one.text or "-") for one in found]
    return Grid("What was done and said, oldest first", columns, rows, empty="Nothing yet.")
