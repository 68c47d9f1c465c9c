"""Accounts: all of them, and one of them with what is left to do, shortest first."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.document import Cell, Heading, Lines, Text, Tone, counted
from hubposture.views.movement import Level
from hubposture.views.pages import links
from hubposture.views.pages.parts import Bar, Column, Facts, Grid, Link, Links, Page, PageCell, Part, Tile, Tiles
from hubposture.views.posture_rows import ByRow
from hubposture.views.words import account_name, age, moment, severity, share


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do in an account: a control with so many failing obligations; `help` is AWS's page on it; ''."""

    control: str
    title: str
    severity: str
    resources: int
    overdue: int
    oldest: dt.datetime | None
    help: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A Region of an account: whether it is seen and why not, how it is governed, when it was last swept."""

    region: str
    sight: str
    because: str
    way: str
    swept_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Account:
    """One account; counts as in `posture.scores.Score`, levels None where nothing is known. Tasks shortest first."""

    number: str
    alias: str
    name: str
    state: str
    ou_path: str
    owner: str
    level: Level | None
    without_waivers: Level | None
    overdue: int
    waived: int
    not_measured: int
    missing: int
    lost: int
    why: str
    tasks: Sequence[Task]
    places: Sequence[Place]

    @property
    def called(self) -> str:
        """What people call it."""
        return account_name(self.alias, self.name, self.number)


_COLUMNS = (
    Column("Account"), Column("Id", is_spare=True), Column("Met", is_number=True), Column("Open", is_number=True),
    Column("Overdue", is_number=True), Column("Waived", is_number=True, is_spare=True), Column("Not all met, for"),
)  # fmt: skip


def page(rows: Sequence[ByRow], accounts: Level) -> Page:
    """Every account, the most open first; `accounts` are those with all met."""
    lead = f"{accounts.met:,} of {counted(accounts.of, 'account')} meet all their obligations."
    units = Links("See them", (Link("By account", "/accounts"), Link("By OU", "/ous")), "By account")
    return Page("Accounts", [units, grid("Accounts, the most open first", rows)], place="/accounts", lead=[lead])


def grid(caption: str, rows: Sequence[ByRow]) -> Grid:
    """Accounts as a table, in the order given."""
    return Grid(caption, _COLUMNS, [list(_row(one)) for one in rows], empty="No account is known yet.")


def _row(one: ByRow) -> Iterator[PageCell]:
    mine = links.term("account", one.id)
    yield Link(one.key, links.account(one.id), more=one.more)
    yield one.id
    yield Bar(one.level.met, one.level.of, share(one.level.met, one.level.of))
    yield Link(f"{one.level.open:,}", links.findings(mine, links.OPEN), Tone.STRONG) if one.level.open else "0"
    yield Link(f"{one.overdue:,}", links.findings(mine, links.OVERDUE), Tone.BAD) if one.overdue else "-"
    yield Link(f"{one.waived:,}", links.findings(mine, links.WAIVED)) if one.waived else "-"
    yield one.standing or Text("all met", Tone.GOOD)


def one_page(found: Account, *, at: dt.datetime, offers: Sequence[Part] = ()) -> Page:
    """One account; `at` is the version's time, `offers` what the reader can do about it."""
    parts: list[Part] = [
        *offers,
        Tiles(list(_tiles(found))),
        Heading("What is left to do, shortest first"),
        *_distance(found, at),
    ]
    if found.places:
        parts += [Heading("Regions"), _places(found.places)]
    parts += [Heading("About it"), Facts(list(_facts(found)))]
    more = [name for name in (found.name if found.alias else "", found.number) if name and name != found.called]
    lead: list[Cell] = [", ".join((*more, found.ou_path or "in no OU"))]
    if found.why:
        lead.append(Text(f"Not all is met: {found.why}.", Tone.WARN))
    elif found.level is not None:
        lead.append(Text("All obligations are met.", Tone.GOOD))
    return Page(found.called, parts, place="/accounts", trail=(Link("Accounts", "/accounts"),), lead=lead)


def _tiles(found: Account) -> Iterator[Tile]:
    mine = links.term("account", found.number)
    if found.level is None:
        yield Tile("Obligations met", "-", "nothing is known of it", tone=Tone.WARN)
        return
    met, of = found.level.met, found.level.of
    yield Tile("Obligations met", share(met, of), f"{met:,} of {of:,}", links.findings(mine, links.REQUIRED))
    tone = Tone.BAD if found.level.open else Tone.GOOD
    yield Tile("Open", f"{found.level.open:,}", "resources to fix", links.findings(mine, links.OPEN), tone)
    late = Tone.BAD if found.overdue else Tone.GOOD
    yield Tile(
        "Overdue", f"{found.overdue:,}", "open for longer than allowed", links.findings(mine, links.OVERDUE), late
    )
    yield Tile("Waived", f"{found.waived:,}", "failing, and excused", links.findings(mine, links.WAIVED))


def _distance(found: Account, at: dt.datetime) -> Iterator[Part]:
    mine, open_ = links.term("account", found.number), sum(one.resources for one in found.tasks)
    if found.tasks:
        things = counted(len(found.tasks), "control")
        yield Lines([f"{counted(open_, 'resource')} to fix in {things}. The first ones end whole lines soonest."])
    columns = (
        Column("To fix", is_number=True), Column("Control"), Column("Severity"), Column("Overdue", is_number=True),
        Column("Oldest", is_number=True), Column("How"),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            Link(counted(one.resources, "resource"), _failing(mine, one.control)),
            Link(one.control, links.control(one.control), more=one.title),
            severity(one.severity),
            Text(f"{one.overdue:,}", Tone.BAD) if one.overdue else "-",
            age(one.oldest, at),
            Link("AWS's instructions", one.help) if one.help else "-",
        )
        for one in found.tasks
    ]
    yield Grid("What is left to do", columns, rows, empty="Nothing is left to fix.", named=1)
    if also := list(_unmeasured(found, mine)):
        yield Lines(also)
        if found.not_measured:
            yield Grid(
                "Not measured", (Column("List"),),
                [[Link("Checks that said neither passed nor failed", links.findings(mine, links.UNMEASURED))]],
            )  # fmt: skip


def _failing(mine: str, control: str) -> str:
    return links.findings(mine, links.term("control", control), links.OPEN)


def _unmeasured(found: Account, mine: str) -> Iterator[Cell]:
    del mine
    if found.not_measured:
        yield Text(
            f"{counted(found.not_measured, 'check')} said neither passed nor failed: see what keeps them from it.",
            Tone.WARN,
        )
    if found.missing:
        where = counted(found.missing, "place")
        yield Text(f"In {where} a control is in force without any result yet.", Tone.WARN)
    if found.lost:
        yield Text(f"We lost sight of {counted(found.lost, 'resource')}.", Tone.WARN)


def _places(found: Sequence[Place]) -> Grid:
    columns = (Column("Region"), Column("Sight"), Column("Governed"), Column("Last read whole (UTC)"), Column("Why"))
    rows: list[Sequence[PageCell]] = [
        (
            one.region,
            Text(one.sight, Tone.GOOD if one.sight == "seen" else Tone.WARN),
            one.way or "-",
            moment(one.swept_at) if one.swept_at else "never",
            one.because or "-",
        )
        for one in found
    ]
    return Grid("Regions of the account", columns, rows)


def _facts(found: Account) -> Iterator[tuple[str, PageCell]]:
    yield "Id", found.number
    yield "Alias", found.alias or "-"
    yield "Name", found.name or "-"
    yield "State", found.state or "-"
    yield (
        "OU",
        Link(found.ou_path, links.unit(found.ou_path)) if found.ou_path else "-",
    )
    yield "Owner by its tag", found.owner or "-"
    if found.without_waivers is not None:
        yield "Met without waivers", share(found.without_waivers.met, found.without_waivers.of)
    yield (
        "Everything found in it",
        Link("by control", links.findings(links.term("account", found.number), one_by_one=False)),
    )
