"""One control of a pack as a document: what was wanted, how it stood, what was waived, changed and not measured."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from hubposture.views.audit import when
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.evidence.model import About, Control, Counts, Done, Row, RowsAt
from hubposture.views.words import day

STATUS = (
    ("Passed", "passed"), ("Failed", "failed"), ("Waived", "waived"), ("Suppressed", "suppressed"),
    ("Not measured", "not_measured"), ("No result", "missing"), ("Lost sight", "lost"), ("Overdue", "overdue"),
    ("All passed", "seen_passed"), ("All failed", "seen_failed"), ("On in", "on"), ("Of places", "places"),
    ("Unknown in", "unknown"),
)  # fmt: skip
"""The numbers of a day: heading, and the field of `Counts`."""
_MOST_PLACES = 20
_COLUMNS = (
    "Resources, of obligations unless it says All; a waived one is not among the failed. On in: in how many accounts by Region "
    "it was switched on, of how many."
)
_ALONE = 10
"""So many of STATUS have a column of their own; the last three are one."""


def document(about: About, one: Control, *, failing: int, file: str) -> Document:
    """The control for people; `failing` resources stand in the CSV `file` of the pack ('' for none)."""
    title = f"{one.shown} {one.title}".strip()
    blocks: list[Block] = [Lines(list(_opening(about, one)))]
    blocks += [Heading("What it serves"), *_serves(one)]
    blocks += [Heading("What the workbook said"), *_rows(one)]
    blocks += [Heading("How it stood"), *_days(one, failing, file)]
    blocks += [Heading("Waivers"), *_waivers(one)]
    blocks += [Heading("Changes"), *_changes(one.done)]
    blocks += [Heading("Exceptions"), Lines(list(one.exceptions) or ["None."])]
    return Document(title, blocks, data(about, one, failing=failing, file=file))


def data(about: About, one: Control, *, failing: int, file: str) -> dict[str, Any]:
    """Everything, for JSON."""
    return {"about": asdict(about), **asdict(one), "failing": failing, "failing_file": file}


def _opening(about: About, one: Control) -> Iterator[Cell]:
    yield Text(f"{about.title}, {about.period}", Tone.DIM)
    yield f"Severity by AWS: {one.severity or 'not known'}"
    yield f"Disposition as it was last written: {one.disposition or 'none: the workbook has no row for it'}"
    if one.first is not None and one.last is not None:
        yield f"In the standard on the days that were looked at from {day(one.first)} to {day(one.last)}"


def _serves(one: Control) -> Iterator[Block]:
    if not one.texts:
        yield Lines(["No requirement and no clause is known by number."])
        return
    rows = [(text.number, text.title or "-", text.statement or "-") for text in one.texts]
    yield Table(("Number", "Title", "Statement"), rows)


def _rows(one: Control) -> Iterator[Block]:
    if not one.rows:
        yield Lines(["No version of the workbook could be read."])
    for at in one.rows:
        yield from _rows_at(at)


def _rows_at(at: RowsAt) -> Iterator[Block]:
    held = at.held
    since = f"Since {when(held.at)} UTC" if held.at else "As it was when this pack was made"
    by = f", commit {held.shown} by {held.author}: {held.subject}" if held.id else ", by the file as it lay there"
    yield Lines([Text(f"{since}{by}", Tone.STRONG)])
    if held.trouble:
        yield Lines([Text(f"Not known for certain: {held.trouble}", Tone.WARN)])
    if not at.rows and not held.trouble:
        yield Lines(["It has no row."])
    if at.rows:
        yield Table(("Cell", "Where", "What it says"), [list(_row(row)) for row in at.rows])


def _row(row: Row) -> Iterator[Cell]:
    yield row.cell
    yield row.scope or "whole organization"
    yield "; ".join(f"{heading}: {text}" for heading, text in row.cells if heading != "Scope") or "nothing"


def _days(one: Control, failing: int, file: str) -> Iterator[Block]:
    if not one.days:
        yield Lines(["Nothing is known of it on the days that were looked at."])
        return
    yield Lines([_COLUMNS])
    headings = ("Day", *(heading for heading, _ in STATUS[:_ALONE]), "On in")
    rows = [(each.day.isoformat(), *numbers(each.counts)) for each in one.days]
    yield Table(headings, rows, frozenset(range(1, len(headings))))
    if file:
        yield Lines([f"{counted(failing, 'resource')} did not pass at the end: {file}"])


def numbers(found: Counts) -> Sequence[str]:
    """The numbers of a day as text; where it was switched on comes last."""
    unknown = f", {found.unknown:,} unknown" if found.unknown else ""
    on = f"{found.on:,} of {found.places:,}{unknown}"
    return [*(f"{getattr(found, name):,}" for _, name in STATUS[:_ALONE]), on]


def _waivers(one: Control) -> Iterator[Block]:
    if not one.waivers:
        yield Lines(["No waiver covered anything of it on the days that were looked at."])
        return
    rows = [
        (each.waiver, each.first.isoformat(), each.last.isoformat(), f"{each.days:,}", f"{each.most:,}")
        for each in one.waivers
    ]
    headings = ("Waiver", "First seen", "Last seen", "Days seen", "Most resources")
    yield Table(headings, rows, frozenset({3, 4}))


def _changes(found: Sequence[Done]) -> Iterator[Block]:
    if not found:
        yield Lines(["The ledger has no change of it in the period."])
        return
    headings = ("When", "Who", "Run", "What", "Before", "After", "Why", "Outcome", "Where")
    yield Table(headings, [list(_change(one)) for one in found])


def _change(one: Done) -> Iterator[Cell]:
    yield when(one.at)
    yield one.who
    yield f"{one.verb} {one.run}" + (f" at {one.commit[:12]}" if one.commit else "")
    yield f"{one.kind} {one.key}".strip()
    yield one.before or "-"
    yield one.after or "-"
    yield f"{one.reason} ({one.source})" if one.source else one.reason or "-"
    yield f"{one.outcome}: {one.detail}" if one.detail else one.outcome
    yield places(one)


def places(one: Done) -> str:
    """`12 places: 111122223333 eu-central-1 us-east-1, ...`; all of them are in the JSON beside it."""
    said = [f"{account} {' '.join(regions)}" for account, regions in one.places[:_MOST_PLACES]]
    more = f" and {counted(len(one.places) - _MOST_PLACES, 'more account')}" if len(one.places) > _MOST_PLACES else ""
    return f"{counted(one.number, 'place')}: {', '.join(said)}{more}"


def sort_time(at: dt.datetime | None) -> str:
    """A moment for a CSV; '' for none."""
    return "" if at is None else at.isoformat(sep=" ", timespec="seconds")
