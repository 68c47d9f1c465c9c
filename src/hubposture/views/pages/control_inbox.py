"""The inbox of new controls, as a page and as a document."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.pages import links
from hubposture.views.pages.parts import Column, Grid, Link, Page, PageCell
from hubposture.views.words import day, iso, severity

PLACE = "/controls/inbox"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A control without a row.

    `known_since` is None where it was there when the organization was first looked at; `settles` is when it is no longer
    left alone, None once that is past. `disposition` and `reason` are of the proposed row. `failing` of `subjects` would be
    open obligations if it were enforced. `targets` are those in which it is on now.
    """

    shown: str
    title: str
    severity: str
    known_since: dt.datetime | None
    settles: dt.datetime | None
    disposition: str
    reason: str
    failing: int
    subjects: int
    targets: int


def propose_href(one: Waiting) -> str:
    """The form, filled with the proposed row."""
    asked = {"scope": "", "disposition": one.disposition, "reason": one.reason}
    return f"{links.control(one.shown)}/propose?{urlencode(asked, quote_via=quote, errors='replace')}"


def page(found: Sequence[Waiting], *, may_propose: bool = True, trouble: Sequence[str] = ()) -> Page:
    """Every control that waits for a row, the newest first."""
    lead: list[Cell] = [
        f"{counted(len(found), 'control')} without a row: no ticket, no score, until somebody decides.",
        "What AWS has released lately is left alone until it has settled.",
    ]
    if trouble:
        lead += [Text(f"The workbook cannot be read: {one}", Tone.BAD) for one in trouble[:20]]
    columns = (
        Column("Control"), Column("Severity"), Column("New since"), Column("Proposed"), Column("Why", is_spare=True),
        Column("Failing", is_number=True), Column("Of", is_number=True, is_spare=True), Column("On in", is_number=True, is_spare=True),
        *((Column("Decide"),) if may_propose else ()),
    )  # fmt: skip
    rows = [list(_row(one, may_propose=may_propose)) for one in found]
    grid = Grid("Controls without a row", columns, rows, empty="Every control has a row.")
    return Page("Inbox of controls", [grid], place="/controls", trail=(Link("Controls", "/controls"),), lead=lead)


def _row(one: Waiting, *, may_propose: bool) -> Iterator[PageCell]:
    mine = links.term("control", one.shown)
    yield Link(one.shown, links.control(one.shown), more=one.title)
    yield severity(one.severity or "-")
    yield _since(one)
    yield one.disposition
    yield one.reason or "-"
    yield Link(f"{one.failing:,}", links.findings(mine, "status=FAILED"), Tone.STRONG) if one.failing else "0"
    yield f"{one.subjects:,}"
    yield f"{one.targets:,}"
    if may_propose:
        yield Link("Propose this row", propose_href(one))


def _since(one: Waiting) -> Cell:
    if one.known_since is None:
        return "always known"
    since = day(one.known_since)
    return Text(f"{since}, settling until {day(one.settles)}", Tone.WARN) if one.settles else since


def document(organization: str, found: Sequence[Waiting], *, most: int) -> Document:
    """The same for the command line."""
    rows: list[Sequence[Cell]] = [
        (one.shown, one.severity, _since(one), one.disposition, f"{one.failing:,}", f"{one.subjects:,}", one.title)
        for one in found
    ]
    headings = ("Control", "Severity", "New since", "Proposed", "Failing", "Of", "Title")
    blocks: list[Block] = [Lines([f"{counted(len(found), 'control')} without a row."])]
    if rows:
        blocks.append(
            Table(headings, rows[:most], numbers=frozenset({4, 5}), more=max(0, len(rows) - most), cut=frozenset({6}))
        )
        blocks.append(
            Lines(["`hubposture controls propose CONTROL` proposes a row; `hubposture refresh --add-new` adds all."])
        )
    data = {
        "controls": [
            {
                "control": one.shown, "title": one.title, "severity": one.severity, "known_since": iso(one.known_since),
                "settles": iso(one.settles), "disposition": one.disposition, "reason": one.reason, "failing": one.failing,
                "subjects": one.subjects, "targets": one.targets,
            }
            for one in found
        ]
    }  # fmt: skip
    return Document(f"Controls without a row in {organization}", blocks, data)
