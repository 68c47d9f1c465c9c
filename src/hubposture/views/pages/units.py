"""OUs: all of them, and one of them as the home of who runs it."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubposture.views.document import Cell, Heading, Lines, Text, Tone, counted
from hubposture.views.pages import accounts, links, overview, tickets
from hubposture.views.pages.overview import Overview
from hubposture.views.pages.parts import Bar, Column, Facts, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.posture_rows import ByRow
from hubposture.views.tickets_rows import TicketRow
from hubposture.views.words import share

_PLACE = "/accounts"
_TRAIL = (Link("Accounts", "/accounts"), Link("OUs", "/ous"))
_MOST = 12
_ROOT = "/"


@dataclass(frozen=True, slots=True)
class Unit:
    """One OU with everything below it; `overview` and all rows speak of that alone.

    `below` are the OUs right below it, `owners` the teams whose work is there, the most open first. `run_by` are the people
    and groups to whom the settings give it, or an OU above it; `above` are the paths of these OUs, outermost first.
    """

    path: str
    id: str
    overview: Overview
    accounts: Sequence[ByRow]
    below: Sequence[ByRow]
    owners: Sequence[ByRow]
    tickets: Sequence[TicketRow]
    run_by: Sequence[str] = field(default_factory=tuple)
    above: Sequence[str] = field(default_factory=tuple)

    @property
    def mine(self) -> str:
        """The filter's term for what is in it."""
        return links.term("ou", self.path)


def page(rows: Sequence[ByRow]) -> Page:
    """Every OU in its order, each with what is below it."""
    units = Links("See them", (Link("By account", "/accounts"), Link("By OU", "/ous")), "By OU")
    return Page("OUs", [units, _grid("OUs, each with what is below it", rows)], place=_PLACE, trail=_TRAIL[:1])


def _grid(caption: str, rows: Sequence[ByRow]) -> Grid:
    columns = (
        Column("OU"), Column("Met", is_number=True), Column("Open", is_number=True), Column("Overdue", is_number=True),
        Column("Waived", is_number=True, is_spare=True), Column("Accounts with all met", is_number=True, is_spare=True),
    )  # fmt: skip
    return Grid(caption, columns, [list(_row(one)) for one in rows], empty="No OU is known yet.")


def _row(one: ByRow) -> Iterator[PageCell]:
    mine = links.term("ou", one.key)
    yield Link(one.key, links.unit(one.key))
    yield Bar(one.level.met, one.level.of, share(one.level.met, one.level.of))
    yield Link(f"{one.level.open:,}", links.findings(mine, links.OPEN), Tone.STRONG) if one.level.open else "0"
    yield Link(f"{one.overdue:,}", links.findings(mine, links.OVERDUE), Tone.BAD) if one.overdue else "-"
    yield Link(f"{one.waived:,}", links.findings(mine, links.WAIVED)) if one.waived else "-"
    yield f"{one.accounts.met:,} of {one.accounts.of:,}" if one.accounts else "-"


def one_page(found: Unit, *, today: dt.date, offers: Sequence[Part] = ()) -> Page:
    """One OU: how it stands, what is left to do, who does it, and what it is made of; `offers` are what the reader can do."""
    level = found.overview.posture.accounts
    lead: list[Cell] = [f"{level.met:,} of {counted(level.of, 'account')} in it meet all their obligations."]
    if found.run_by:
        lead.append(f"Run by {', '.join(found.run_by)}.")
    parts: list[Part] = [*offers, *overview.standing(found.overview, mine=found.mine)]
    parts += [Heading("What is left to do, shortest first"), *_distance(found)]
    parts += [Heading("Open tickets"), _tickets(found)]
    parts += [Heading("Teams"), _owners(found)]
    parts += overview.where(found.overview, today=today, mine=found.mine)
    if found.below:
        parts += [Heading("OUs below it"), _grid("OUs right below it", found.below)]
    parts += [Heading("Accounts"), accounts.grid("Accounts in it, the most open first", found.accounts)]
    parts += [Heading("About it"), Facts(list(_facts(found)))]
    called = "The whole organization" if found.path == _ROOT else found.path
    return Page(called, parts, place=_PLACE, trail=(*_TRAIL, *_above(found)), lead=lead)


def _above(found: Unit) -> Iterator[Link]:
    begun = _ROOT
    for path in found.above:
        yield Link(path.removeprefix(begun).strip("/"), links.unit(path))
        begun = path


def _distance(found: Unit) -> Iterator[Part]:
    """Accounts by how little is left in them: what ends a whole account soonest comes first."""
    left = sorted((one for one in found.accounts if one.level.open), key=lambda one: (one.level.open, one.key))
    whole = found.overview.posture.accounts
    rows: list[Sequence[PageCell]] = []
    for done, one in enumerate(left[:_MOST], 1):
        mine = links.term("account", one.id)
        rows.append((
            Link(one.key, links.account(one.id), more=one.more),
            Link(counted(one.level.open, "resource"), links.findings(mine, links.OPEN)),
            Text(f"{one.overdue:,}", Tone.BAD) if one.overdue else "-",
            one.standing,
            f"{min(whole.met + done, whole.of):,} of {whole.of:,}",
        ))  # fmt: skip
    columns = (
        Column("Account"), Column("To fix", is_number=True), Column("Overdue", is_number=True),
        Column("Not all met, for", is_spare=True), Column("Accounts with all met then", is_number=True),
    )  # fmt: skip
    more = Link(f"and {counted(len(left) - _MOST, 'account')} more", links.findings(found.mine, links.OPEN))
    if left:
        yield Lines(
            ["The accounts nearest to all obligations met come first. Then whole: how many are, with these fixed."]
        )
    yield Grid(
        "Accounts by what is left to do in them", columns, rows, empty="Nothing is left to fix.",
        more=more if len(left) > _MOST else None,
    )  # fmt: skip


def _tickets(found: Unit) -> Grid:
    live = [one for one in found.tickets if one.is_live]
    more = Link(f"and {counted(len(live) - _MOST, 'ticket')} more", "/tickets") if len(live) > _MOST else None
    empty = "No ticket is open for anything in it."
    return tickets.grid("Open tickets with something of this OU", live[:_MOST], empty, more=more)


def _owners(found: Unit) -> Grid:
    columns = (
        Column("Team"), Column("Met", is_number=True), Column("Open", is_number=True), Column("Overdue", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            one.key, Bar(one.level.met, one.level.of, share(one.level.met, one.level.of)),
            f"{one.level.open:,}", Text(f"{one.overdue:,}", Tone.BAD) if one.overdue else "-",
        )
        for one in found.owners[:_MOST]
    ]  # fmt: skip
    return Grid("Teams by the owner of the account", columns, rows, empty="No team has anything in it.")


def _facts(found: Unit) -> Iterator[tuple[str, PageCell]]:
    yield "Path", found.path
    yield "Id", found.id or "-"
    yield "Everything found in it", Link("by control", links.findings(found.mine, one_by_one=False))
    yield "Weekly report", f"hubposture report weekly --ou {found.path}"
