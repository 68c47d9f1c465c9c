"""Applies and their results: the list of them, and one with its changes."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hubposture.views.document import Cell, Heading, Lines, Text, Tone, counted
from hubposture.views.pages import changes, links
from hubposture.views.pages.parts import Column, Facts, Grid, Link, Links, Page, PageCell, Part, Tile, Tiles
from hubposture.views.words import moment

HREF = "/changes/runs"
PAGE = 100
_TONES = {
    "done": Tone.GOOD,
    "failed": Tone.BAD,
    "incomplete": Tone.WARN,
    "interrupted": Tone.WARN,
    "running": Tone.STRONG,
}
STATES = ("applied", "failed", "skipped", "sent", "intended")


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run; `open` changes have no result: they were meant, or sent and not answered. Times are naive UTC."""

    id: str
    verb: str
    who: str
    commit: str
    started: dt.datetime
    ended: dt.datetime | None
    status: str
    applied: int
    failed: int
    skipped: int
    open: int

    @property
    def planned(self) -> int:
        """All of them."""
        return self.applied + self.failed + self.skipped + self.open


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of a run in one target."""

    account: str
    shown: str
    region: str
    what: str
    before: str
    after: str
    state: str
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class OneRun:
    """A run with one page of its changes, in a state ('' for all), from `offset` on."""

    row: RunRow
    failures: Sequence[tuple[str, str]]
    changes: Sequence[ChangeRow]
    state: str = ""
    offset: int = 0
    has_more: bool = False
    is_part: bool = field(default=False)


def run_href(run: str) -> str:
    """One run."""
    return f"{HREF}/{links.segment(run)}"


def page(found: Sequence[RunRow], *, is_part: bool) -> Page:
    """The newest first."""
    lead: list[Cell] = ["Every apply: what was planned is what was applied, what failed and what was skipped."]
    if is_part:
        lead.append("Counts are of the accounts that you may see.")
    columns = (
        Column("Started"), Column("Verb"), Column("Status"), Column("By"), Column("Commit", is_spare=True),
        Column("Planned", is_number=True), Column("Applied", is_number=True), Column("Failed", is_number=True),
        Column("Skipped", is_number=True), Column("No result", is_number=True, is_spare=True),
    )  # fmt: skip
    rows = [list(_row(one)) for one in found]
    grid = Grid("Runs that apply, the newest first", columns, rows, empty="Nothing was ever applied.")
    return Page(
        "Runs", [changes.ways("Runs"), grid], place=changes.PLACE, trail=(Link("Changes", changes.PLACE),), lead=lead
    )


def _row(one: RunRow) -> Iterator[PageCell]:
    yield Link(moment(one.started), run_href(one.id))
    yield one.verb
    yield Text(one.status, _TONES.get(one.status, Tone.PLAIN))
    yield one.who
    yield one.commit[:12] or "-"
    yield f"{one.planned:,}"
    yield _number(one, "applied", one.applied, Tone.PLAIN)
    yield _number(one, "failed", one.failed, Tone.BAD)
    yield _number(one, "skipped", one.skipped, Tone.PLAIN)
    yield Text(f"{one.open:,}", Tone.WARN) if one.open else "-"


def _number(one: RunRow, state: str, number: int, tone: Tone) -> PageCell:
    return Link(f"{number:,}", f"{run_href(one.id)}?state={state}", tone) if number else "-"


def one_page(found: OneRun) -> Page:
    """One run: its figures, what failed where and why, and its changes."""
    one = found.row
    parts: list[Part] = [Tiles(list(_tiles(one))), Facts(list(_facts(one)))]
    if found.failures:
        rows: list[Sequence[PageCell]] = [[where, Text(what, Tone.BAD)] for where, what in found.failures[:PAGE]]
        parts += [Heading("What failed, and why"), Grid("Failures by target", (Column("Where"), Column("Why")), rows)]
        if len(found.failures) > PAGE:
            parts.append(Lines([f"and {len(found.failures) - PAGE:,} more"]))
    parts += [Heading("Changes"), _states(found), _changes(found)]
    trail = (Link("Changes", changes.PLACE), Link("Runs", HREF))
    lead: list[Cell] = ["Of the accounts that you may see."] if found.is_part else []
    return Page(f"{one.verb} of {moment(one.started)} UTC", parts, place=changes.PLACE, trail=trail, lead=lead)


def _tiles(one: RunRow) -> Iterator[Tile]:
    here = run_href(one.id)
    yield Tile("Planned", f"{one.planned:,}", "applied, failed and skipped", here)
    yield Tile("Applied", f"{one.applied:,}", "", f"{here}?state=applied", Tone.GOOD if one.applied else Tone.PLAIN)
    yield Tile("Failed", f"{one.failed:,}", "", f"{here}?state=failed", Tone.BAD if one.failed else Tone.PLAIN)
    yield Tile("Skipped", f"{one.skipped:,}", "", f"{here}?state=skipped")
    if one.open:
        yield Tile("No result", f"{one.open:,}", "meant, or sent and not answered", f"{here}?state=sent", Tone.WARN)


def _facts(one: RunRow) -> Iterator[tuple[str, PageCell]]:
    yield "Status", Text(one.status, _TONES.get(one.status, Tone.PLAIN))
    yield "By", one.who
    yield "Commit", one.commit or "-"
    yield "Began", moment(one.started)
    yield "Ended", moment(one.ended) if one.ended else "not yet"
    yield "Run", one.id


def _states(found: OneRun) -> Links:
    here = run_href(found.row.id)
    shown = (Link("all", here), *(Link(one, f"{here}?state={one}") for one in STATES))
    return Links("Show", shown, found.state or "all")


def _changes(found: OneRun) -> Grid:
    columns = (
        Column("Account"), Column("Region"), Column("What"), Column("Before"), Column("After"), Column("Result"),
        Column("Why"), Column("By the cell", is_spare=True),
    )  # fmt: skip
    rows: list[Sequence[PageCell]] = [
        (
            Link(one.shown, links.account(one.account)), one.region or "-", one.what, one.before, one.after,
            Text(one.state, {"failed": Tone.BAD, "applied": Tone.GOOD}.get(one.state, Tone.PLAIN)), one.why or "-", one.source or "-",
        )
        for one in found.changes
    ]  # fmt: skip
    more = None
    if found.has_more:
        asked = f"state={found.state}&" if found.state else ""
        more = Link("The next ones", f"{run_href(found.row.id)}?{asked}from={found.offset + PAGE}")
    empty = f"Nothing is {found.state}." if found.state else "It changed nothing."
    return Grid(f"Changes, {counted(len(rows), 'row')} on this page", columns, rows, empty=empty, more=more)
