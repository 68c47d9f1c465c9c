"""Controls: all of them, and one of them as it is lived."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.document import Cell, Heading, Text, Tone, counted
from hubposture.views.movement import Level
from hubposture.views.pages import links
from hubposture.views.pages.parts import Bar, Column, Facts, Grid, Link, Links, Page, PageCell, Part, Tile, Tiles
from hubposture.views.posture_rows import ByRow
from hubposture.views.words import account_name, age, severity, share


@dataclass(frozen=True, slots=True)
class Requirement:
    """What a standard asks with a control: the standard's key, and the numbers as one text ('' where it has none)."""

    standard: str
    numbers: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is wanted in so many targets, by which cell of the matrix, and what is on there ('' where nobody knows).

    `disposition` is '' without a row; `due_days` -1 for never.
    """

    disposition: str
    in_force: bool
    cell: str
    severity: str
    due_days: int
    owner: str
    state: str
    targets: int
    accounts: int


@dataclass(frozen=True, slots=True)
class InAccount:
    """A control in one account: failing without a waiver, failing with one, all that is in sight."""

    account: str
    alias: str
    name: str
    failing: int
    waived: int
    subjects: int
    oldest: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Control:
    """One control; counts as in `posture.scores.Score`, levels None where nothing is known."""

    shown: str
    title: str
    service: str
    severity: str
    url: str
    level: Level | None
    without_waivers: Level | None
    overdue: int
    waived: int
    not_measured: int
    missing: int
    lost: int
    requirements: Sequence[Requirement]
    wanted: Sequence[Wanted]
    accounts: Sequence[InAccount]


_COLUMNS = (
    Column("Control"), Column("Severity"), Column("Met", is_number=True), Column("Open", is_number=True),
    Column("Of", is_number=True, is_spare=True), Column("Overdue", is_number=True), Column("Waived", is_number=True, is_spare=True),
    Column("Failing, were nothing off", is_number=True, is_spare=True),
)  # fmt: skip


def page(rows: Sequence[ByRow], total: Level, unwanted: Sequence[str]) -> Page:
    """Every control that something is known of, the most open first; `unwanted` are on without a row."""
    lead: list[Cell] = [
        f"{counted(len(rows), 'control')}; {total.met:,} of {counted(total.of, 'obligation')} met, {total.open:,} open."
    ]
    if unwanted:
        lead.append(
            Text(
                f"{counted(len(unwanted), 'control')} on without a row in the matrix: {', '.join(unwanted)}.", Tone.WARN
            )
        )
    grid = Grid(
        "Controls, the most open first", _COLUMNS, [list(_row(one)) for one in rows], empty="No control is known yet."
    )
    more = Links("More", (Link("Inbox of new controls", "/controls/inbox"), Link("Proposed changes", "/changes")))
    return Page("Controls", [more, grid], place="/controls", lead=lead)


def _row(one: ByRow) -> Iterator[PageCell]:
    mine = links.term("control", one.key)
    yield Link(one.key, links.control(one.key), more=one.more)
    yield severity(one.severity)
    yield Bar(one.level.met, one.level.of, share(one.level.met, one.level.of))
    yield Link(f"{one.level.open:,}", links.findings(mine, links.OPEN), Tone.STRONG) if one.level.open else "0"
    yield Link(f"{one.level.of:,}", links.findings(mine, links.REQUIRED)) if one.level.of else "0"
    yield Link(f"{one.overdue:,}", links.findings(mine, links.OVERDUE), Tone.BAD) if one.overdue else "-"
    yield Link(f"{one.waived:,}", links.findings(mine, links.WAIVED)) if one.waived else "-"
    yield Link(f"{one.failing:,}", links.findings(mine, links.NOTHING_OFF)) if one.failing else "-"


def one_page(found: Control, *, at: dt.datetime, lived: Iterable[Part] = ()) -> Page:
    """One control; `at` is the version's time, `lived` what the workbook says and where it is on."""
    parts: list[Part] = [Tiles(list(_tiles(found))), *lived, Heading("By account"), _accounts(found, at)]
    parts += [Heading("What is wanted, and what is on"), _wanted(found.wanted)]
    parts += [Heading("Requirements"), requirements(found.requirements)]
    parts += [Heading("About it"), Facts(list(_facts(found)))]
    return Page(
        f"{found.shown}: {found.title}" if found.title else found.shown, parts, place="/controls",
        trail=(Link("Controls", "/controls"),),
    )  # fmt: skip


def _tiles(found: Control) -> Iterator[Tile]:
    mine = links.term("control", found.shown)
    if found.level is None or not found.level.of:
        yield Tile("Obligations met", "-", "it is no obligation anywhere")
    else:
        met, of = found.level.met, found.level.of
        yield Tile("Obligations met", share(met, of), f"{met:,} of {of:,}", links.findings(mine, links.REQUIRED))
        tone = Tone.BAD if found.level.open else Tone.GOOD
        yield Tile("Open", f"{found.level.open:,}", "resources to fix", links.findings(mine, links.OPEN), tone)
        late = Tone.BAD if found.overdue else Tone.GOOD
        yield Tile(
            "Overdue", f"{found.overdue:,}", "open for longer than allowed", links.findings(mine, links.OVERDUE), late
        )
    yield Tile("Waived", f"{found.waived:,}", "failing, and excused", links.findings(mine, links.WAIVED))
    if found.not_measured or found.missing:
        note = f"{found.not_measured:,} said neither, {found.missing:,} without a result"
        where = links.findings(mine, links.UNMEASURED)
        yield Tile("Not measured", f"{found.not_measured + found.missing:,}", note, where, Tone.WARN)


def _accounts(found: Control, at: dt.datetime) -> Grid:
    mine = links.term("control", found.shown)
    columns = (
        Column("Account"), Column("Failing", is_number=True), Column("Of", is_number=True), Column("Waived", is_number=True),
        Column("Oldest", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = []
    for one in found.accounts:
        here = links.term("account", one.account)
        failing = links.findings(mine, here, "status=FAILED waived=no")
        rows.append((
            Link(account_name(one.alias, one.name, one.account), links.account(one.account), more=one.account),
            Link(f"{one.failing:,}", failing, Tone.STRONG) if one.failing else "0",
            Link(f"{one.subjects:,}", links.findings(mine, here)),
            Link(f"{one.waived:,}", links.findings(mine, here, "status=FAILED waived=yes")) if one.waived else "-",
            age(one.oldest, at),
        ))  # fmt: skip
    return Grid("By account, the most failing first", columns, rows, empty="Nothing that it judges is in sight.")


def _wanted(found: Sequence[Wanted]) -> Grid:
    columns = (
        Column("Disposition"), Column("By the cell"), Column("In force"), Column("Severity"), Column("Due"),
        Column("Now"), Column("Targets", is_number=True), Column("Accounts", is_number=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            one.disposition or Text("no row", Tone.WARN),
            one.cell or "-",
            "yes" if one.in_force else "no",
            severity(one.severity or "-"),
            counted(one.due_days, "day") if one.due_days >= 0 else "-",
            one.state or Text("not known", Tone.DIM),
            f"{one.targets:,}",
            f"{one.accounts:,}",
        )
        for one in found
    ]
    return Grid("What is wanted in accounts and Regions, and what is on there", columns, rows)


def requirements(found: Sequence[Requirement]) -> Grid:
    """What standards ask with a control."""
    rows: list[Sequence[PageCell]] = [(one.standard, one.numbers or "-") for one in found]
    return Grid("Requirements", (Column("Standard"), Column("Requirements")), rows, empty="No standard asks for it.")


def _facts(found: Control) -> Iterator[tuple[str, PageCell]]:
    mine = links.term("control", found.shown)
    yield "Service", found.service or "-"
    yield "AWS's severity", severity(found.severity or "-")
    if found.without_waivers is not None:
        yield "Met without waivers", share(found.without_waivers.met, found.without_waivers.of)
    if found.lost:
        yield "Lost sight", Link(counted(found.lost, "resource"), links.findings(mine, links.LOST))
    if help_ := links.outside(found.url):
        yield "How to fix it", Link("AWS's instructions", help_)
    yield "Everything it judges", Link("one by one", links.findings(mine))
