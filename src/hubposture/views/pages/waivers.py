"""The waivers of a version as a list, and one of them whole."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hubposture.views.document import Cell, Document, Heading, Lines, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.parts import Column, Facts, Grid, Link, Links, Page, PageCell, Part
from hubposture.views.words import day

SOON_DAYS = 30
_HOLDING = ("holding", "provisional")


@dataclass(frozen=True, slots=True)
class KeptWaiver:
    """A waiver as a version has it; columns as in the lake's table `waivers`, but `until` is its last day."""

    waiver: str
    state: str
    type: str
    effect: str
    controls: str
    owner: str
    risk_owner: str
    requested_by: str
    approved_by: str
    approval: str
    reason: str
    valid_from: dt.datetime
    until: dt.date
    within: int
    failing: int
    surplus: int
    passing_since: dt.datetime | None

    @property
    def holds(self) -> bool:
        """Whether it excuses anything now."""
        return self.state in _HOLDING

    def left_days(self, today: dt.date) -> int:
        """Days after `today` on which it still holds; negative once it is over."""
        return (self.until - today).days


_COLUMNS = (
    Column("Waiver"), Column("State"), Column("Controls"), Column("Ends"), Column("Owner"), Column("Type", is_spare=True),
    Column("Covers", is_number=True), Column("Failing", is_number=True), Column("Surplus", is_number=True),
)  # fmt: skip


def page(found: Sequence[KeptWaiver], *, today: dt.date) -> Page:
    """Every waiver, those that hold first, the first to end first."""
    holding = [one for one in found if one.holds]
    others = [one for one in found if not one.holds]
    soon = sum(0 <= one.left_days(today) <= SOON_DAYS for one in holding)
    lead: list[Cell] = [
        f"{counted(len(holding), 'waiver')} in force, {soon:,} of them ending within {SOON_DAYS} days.",
        "As they stood when findings were last held against them.",
    ]
    parts: list[Part] = [
        Links(
            "Go to",
            [
                Link("Ask for a waiver", links.asking()),
                Link("Requests", "/waivers/requests"),
                Link("Calendar", "/waivers/calendar"),
            ],
        ),
        Heading("In force"),
        grid("Waivers in force", holding, today=today, empty="No waiver is in force."),
    ]
    if others:
        parts += [Heading("Not in force"), grid("Waivers that are not in force", others, today=today, empty="None.")]
    return Page("Waivers", parts, place="/waivers", lead=lead)


def grid(caption: str, found: Sequence[KeptWaiver], *, today: dt.date, empty: str) -> Grid:
    """Waivers as a table."""
    return Grid(caption, _COLUMNS, [list(_row(one, today)) for one in found], empty=empty)


def _row(one: KeptWaiver, today: dt.date) -> Iterator[PageCell]:
    yield Link(one.waiver, links.waiver(one.waiver))
    yield _stands(one)
    yield one.controls
    yield ends(one, today)
    yield one.owner or "-"
    yield one.type
    yield _listed(one, f"{one.within:,}")
    yield _listed(one, f"{one.failing:,}", "status=FAILED,WARNING,NOT_AVAILABLE")
    yield Text(f"{one.surplus:,}", Tone.WARN) if one.surplus else "-"


def _stands(one: KeptWaiver) -> Text:
    """Its state; one that nobody approved holds, and is none to be content with."""
    return Text(one.state, Tone.GOOD if one.state == _HOLDING[0] else Tone.WARN)


def _listed(one: KeptWaiver, said: str, *terms: str) -> PageCell:
    """A number of subjects with their list: only what holds covers any that a filter finds, some of them gone since."""
    if not one.holds or said.startswith("0"):
        return said
    return Link(said, links.findings(links.term("waiver", one.waiver), links.ANYWHERE, *terms))


def ends(one: KeptWaiver, today: dt.date) -> Text:
    """Its last day, and how far that is."""
    left = one.left_days(today)
    if left < 0:
        return Text(f"{day(one.until)}, over", Tone.DIM)
    near = Tone.WARN if left <= SOON_DAYS else Tone.PLAIN
    when = f"in {counted(left, 'day')}" if left else "today"
    return Text(f"{day(one.until)}, {when}", near)


def one_page(kept: KeptWaiver | None, whole: Document | None, *, name: str, today: dt.date, trouble: str = "") -> Page:
    """One waiver: as the version has it, and as its file is now. `trouble` says why the file could not be read; ''."""
    parts: list[Part] = []
    if trouble:
        parts.append(Lines([Text(f"Its file cannot be read now: {trouble}", Tone.WARN)]))
    if kept is not None:
        parts += [Heading("As it was last decided on"), Facts(list(_facts(kept, today)))]
    if whole is not None:
        parts += [*whole.blocks]
    return Page(
        whole.title if whole is not None else name, parts, place="/waivers", trail=(Link("Waivers", "/waivers"),)
    )


def _facts(one: KeptWaiver, today: dt.date) -> Iterator[tuple[str, PageCell]]:
    yield "State", _stands(one)
    yield "Ends", ends(one, today)
    yield "Reason", one.reason or "-"
    yield "Controls", one.controls or "-"
    yield "Owner", one.owner or "-"
    if one.approved_by:
        yield "Approved by", f"{one.approved_by} ({one.approval})" if one.approval else one.approved_by
    yield ("Covers" if one.holds else "Matches"), _listed(one, counted(one.within, "resource"))
    yield "Failing", _listed(one, f"{one.failing:,}", "status=FAILED,WARNING,NOT_AVAILABLE")
    if one.surplus:
        yield "Surplus", Text(f"{counted(one.surplus, 'resource')} that nobody approved: not waived", Tone.WARN)
