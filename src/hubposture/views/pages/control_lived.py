"""One control in the matrix and in every account and Region: its rows, what is on, by which way, what drifts."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubposture.views.document import Heading, Lines, Text, Tone, counted
from hubposture.views.pages import charts, links
from hubposture.views.pages.parts import Banner, Column, Facts, Figure, Grid, Link, Links, PageCell, Part
from hubposture.views.trend import Week
from hubposture.views.words import account_name, day, day_near, share

PAGE = 40
"""Targets on one page."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the organization's own standard; title and statement are '' where the workbook does not have it."""

    clause: str
    title: str
    statement: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """A row of the control: '' for the whole organization as `scope`, and for whatever its cells leave blank.

    `cell` is that of its disposition (`Controls!G12`), `decides` the number of targets at which it decides.
    """

    scope: str
    disposition: str
    cell: str
    reason: str
    evidence: str
    approved_by: str
    reference: str
    expires: dt.date | None
    parameters: str
    enforce_from: dt.date | None
    owner: str
    clauses: Sequence[Clause]
    decides: int


@dataclass(frozen=True, slots=True)
class Place:
    """The control in one account and Region.

    `wanted` is on, off, or '' where it is left as it is; `now` on, off, or why nobody knows; `cell` decides. `drift` is what
    a plan would change there, '' where it is as it is wanted.
    """

    account: str
    alias: str
    name: str
    region: str
    way: str
    disposition: str
    wanted: str
    cell: str
    now: str
    drift: str


@dataclass(frozen=True, slots=True)
class Lived:
    """What the workbook says of a control, and how it is followed; `places` are those of one page.

    `total` targets, of which `differing` drift and `unread` cannot be read. `trouble` is why the workbook cannot be read, with
    cells. `at` is as of when it is on or off.
    """

    control: str
    rows: Sequence[MatrixRow]
    places: Sequence[Place]
    total: int
    differing: int
    unread: int
    at: dt.datetime
    weeks: Sequence[Week] = ()
    trouble: Sequence[str] = ()
    offset: int = 0
    is_drift_only: bool = False
    may_propose: bool = True
    proposals: Sequence[Link] = field(default_factory=tuple)


def explain_href(control: str, account: str, region: str) -> str:
    """Where one target is explained."""
    return f"{links.control(control)}/explain?account={links.segment(account)}&region={links.segment(region)}"


def parts(found: Lived) -> Iterator[Part]:
    """The rows, the places and the trend."""
    if found.trouble:
        yield Banner(["The workbook cannot be read, so what it wants is not shown.", *found.trouble[:20]], Tone.BAD)
    yield Heading("In the matrix")
    if not found.rows and not found.trouble:
        yield Lines([Text("No row speaks of it: it makes no ticket and counts in no score.", Tone.WARN)])
    for row in found.rows:
        yield Facts(list(_row(row)))
    yield from _ways_on(found)
    yield Heading("On and off")
    yield from _on_and_off(found)
    yield Heading("Week by week")
    yield from _trend(found.weeks, found.at)


def _ways_on(found: Lived) -> Iterator[Part]:
    if found.may_propose and not found.trouble:
        where = Link("Propose a change of it", f"{links.control(found.control)}/propose")
        yield Links("Changes", (where, *found.proposals))
    elif found.proposals:
        yield Links("Changes", found.proposals)


def _row(row: MatrixRow) -> Iterator[tuple[str, PageCell]]:
    yield "Scope", Text(row.scope or "the whole organization", Tone.STRONG)
    yield "Disposition", f"{row.disposition or 'as wider rows say'} ({row.cell})"
    yield "Decides in", counted(row.decides, "target")
    yield "Reason", row.reason or "-"
    for one in row.clauses:
        said = ": ".join(text for text in (one.title, one.statement) if text)
        yield f"Clause {one.clause}", said or Text("the sheet Clauses does not have it", Tone.WARN)
    for words, text in (
        ("Evidence", row.evidence), ("Approved by", row.approved_by), ("Reference", row.reference),
        ("Expires", day(row.expires) if row.expires else ""), ("Parameters", row.parameters),
        ("Enforce from", day(row.enforce_from) if row.enforce_from else ""), ("Owner", row.owner),
    ):  # fmt: skip
        if text:
            yield words, text


def _on_and_off(found: Lived) -> Iterator[Part]:
    here = links.control(found.control)
    drift = f"{found.differing:,} of them not as wanted" if found.differing else "none of them other than wanted"
    unread = f", {found.unread:,} that nobody can read" if found.unread else ""
    yield Lines([
        Text(f"{counted(found.total, 'target')}, {drift}{unread}.", Tone.WARN if found.differing else Tone.PLAIN),
        f"As of the last sync, {found.at:%Y-%m-%d %H:%M} UTC; wanted is what the workbook says now.",
    ])  # fmt: skip
    shown = (Link("All", here), Link("Drift", f"{here}?show=drift"))
    yield Links("Show", shown, "Drift" if found.is_drift_only else "All")
    more = None
    listed = found.differing if found.is_drift_only else found.total
    if found.offset + len(found.places) < listed:
        asked = "show=drift&" if found.is_drift_only else ""
        more = Link("The next ones", f"{here}?{asked}from={found.offset + PAGE}")
    columns = (
        Column("Account"), Column("Region"), Column("Now"), Column("Wanted"), Column("Drift"),
        Column("Governed", is_spare=True), Column("By the cell", is_spare=True), Column("Why"),
    )  # fmt: skip
    rows = [list(_place(found.control, one)) for one in found.places]
    empty = "Nothing drifts." if found.is_drift_only else "No account and Region is known."
    yield Grid("The control in every account and Region, drift first", columns, rows, empty=empty, more=more)


def _place(control: str, one: Place) -> Iterator[PageCell]:
    yield Link(account_name(one.alias, one.name, one.account), links.account(one.account), more=one.account)
    yield one.region
    yield one.now if one.now in ("on", "off") else Text(one.now, Tone.DIM)
    yield f"{one.wanted} ({one.disposition})" if one.wanted else Text("left as it is", Tone.DIM)
    yield Text(one.drift, Tone.WARN) if one.drift else "-"
    yield one.way or "-"
    yield one.cell or "-"
    yield Link("Explain", explain_href(control, one.account, one.region))


def _trend(weeks: Sequence[Week], at: dt.datetime) -> Iterator[Part]:
    known = [one for one in weeks if one.as_is.of or one.nothing_off.of]
    if len(known) < 2:  # noqa: PLR2004 (a line has two ends)
        yield Lines(["The trend begins with the second week in which it is an obligation somewhere."])
        return
    named = (
        ("as is", "a", [one.as_is for one in known]),
        ("as if nothing were off or waived", "c", [one.nothing_off for one in known]),
    )
    percents = [
        (name, mark, [one.met * 1000 // one.of / 10 if one.of else None for one in levels])
        for name, mark, levels in named
    ]
    columns = (
        Column("Until"), Column("Met", is_number=True), Column("Open", is_number=True), Column("Of", is_number=True),
        Column("Overdue", is_number=True), Column("Nothing off or waived", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            day(one.day), share(one.as_is.met, one.as_is.of), f"{one.as_is.open:,}", f"{one.as_is.of:,}", f"{one.overdue:,}",
            share(one.nothing_off.met, one.nothing_off.of),
        )
        for one in reversed(known)
    ]  # fmt: skip
    picture = charts.trend([day_near(one.day, at.date()) for one in known], percents)
    yield Figure(
        "Share of its obligations met, week by week", picture, Grid("Week by week, the newest first", columns, rows)
    )
