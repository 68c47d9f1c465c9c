"""The plan of one proposed change of a control: what moves where, and what it means for obligations, tickets, waivers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.movement import Level
from hubposture.views.words import share

MOST_CELLS = 2_000
"""Cells that a plan keeps by name; all of them are counted."""
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Moved:
    """One thing that moves: the account (its id and what it is called), the Region, how it is governed, from what to what.

    `what` is the control in a standard (`cis-5.0.0 S3.8`) or its parameters; `source` the deciding cell.
    """

    account: str
    shown: str
    region: str
    way: str
    what: str
    current: str
    desired: str
    source: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A cell of the workbook that means something else: sheet, row by name, column, before, after, place."""

    sheet: str
    row: str
    column: str
    before: str
    after: str
    where: str


@dataclass(frozen=True, slots=True)
class Concerned:
    """A ticket or a waiver that has resources where something moves: what it is called, its key, and how many."""

    shown: str
    key: str
    resources: int


@dataclass(frozen=True, slots=True)
class ControlPlan:
    """What a change would do. `source` says what current states were taken from, and as of when.

    `cells` are the first MOST_CELLS of `moves`, in `targets` accounts and Regions; `already` of them differ today too.
    `settled` things differ today and do not afterwards. `scores` are of the whole organization. `coming_on` are targets where
    the control comes on; `last_failing` of `last_seen` resources failed there when it was last on. `unknown` are targets
    that cannot be read, `held` what is left as it is, `doubts` what lint says beside errors.
    """

    control: str
    title: str
    severity: str
    scope: str
    source: str
    matched: int
    moves: int
    targets: int
    accounts: int
    cells: Sequence[Moved]
    already: int
    settled: int
    central: int
    obligations: tuple[Level, Level]
    scores: tuple[Level, Level]
    coming_on: int
    last_failing: int
    last_seen: int
    tickets: Sequence[Concerned]
    waivers: Sequence[Concerned]
    unknown: Sequence[str]
    held: Sequence[str]
    rows: Sequence[Cells]
    doubts: Sequence[str]


def document(plan: ControlPlan, *, most: int = _SHOWN) -> Document:
    """The plan in words and tables."""
    return Document(f"Plan: {plan.control} in {plan.scope}", list(_blocks(plan, most)), to_data(plan))


def effects(plan: ControlPlan, *, most: int = _SHOWN) -> list[Block]:
    """The plan without the cells of the workbook, for where they stand already."""
    return [*_head(plan), *_effects(plan, most)]


def said(plan: ControlPlan) -> str:
    """`2 changes in 2 accounts and Regions (1 account)`, in one sentence."""
    if not plan.moves:
        return "Nothing is switched."
    where = f"{counted(plan.targets, 'target')} ({counted(plan.accounts, 'account')})"
    return f"{counted(plan.moves, 'change')} in {where}."


def _blocks(plan: ControlPlan, most: int) -> Iterator[Block]:
    yield from _head(plan)
    yield from _changed_cells(plan)
    yield from _effects(plan, most)


def _head(plan: ControlPlan) -> Iterator[Block]:
    lines: list[Cell] = [Text(said(plan), Tone.STRONG), f"Current states: {plan.source}."]
    if not plan.matched:
        lines.append(Text("The scope matches no account and Region that is known.", Tone.WARN))
    yield Lines([*lines, *_notes(plan)])


def _changed_cells(plan: ControlPlan) -> Iterator[Block]:
    yield Heading("Cells of the workbook")
    if plan.rows:
        cells: list[list[Cell]] = [
            [one.sheet, one.row, one.column, one.before or "(empty)", one.after or "(empty)", one.where]
            for one in plan.rows
        ]
        yield Table(("Sheet", "Row", "Column", "Before", "After", "Cell"), cells)
    else:
        yield Lines(["No cell changes."])


def _effects(plan: ControlPlan, most: int) -> Iterator[Block]:
    if plan.moves:
        yield Heading("By account and Region")
        yield _moves(plan, most)
    yield Heading("What it means")
    yield _numbers(plan)
    yield Lines(list(_concerned(plan)))
    more = [*plan.unknown, *plan.held, *plan.doubts]
    if more:
        yield Heading("To be looked at")
        yield Lines([Text(one, Tone.WARN) for one in more[:most]])


def _notes(plan: ControlPlan) -> Iterator[Cell]:
    if plan.central:
        yield f"{plan.central:,} of them by configuration policy: `hubposture plan` on the branch shows the policies."
    if plan.already:
        yield f"{plan.already:,} of them differ today too, without this change."
    if plan.settled:
        yield f"{counted(plan.settled, 'thing')} that differ today would be as they are wanted."


def _moves(plan: ControlPlan, most: int) -> Table:
    rows: list[list[Cell]] = [
        [one.shown, one.region, one.what, one.current, _state(one.desired), one.way, one.source]
        for one in plan.cells[:most]
    ]
    headings = ("Account", "Region", "What", "Now", "Wanted", "Governed", "By the cell")
    return Table(headings, rows, more=max(0, plan.moves - len(rows)), spare=(6, 5))


def _state(desired: str) -> Cell:
    return Text(desired, Tone.WARN) if desired == "off" else desired


def _numbers(plan: ControlPlan) -> Table:
    rows: list[list[Cell]] = [
        [words, _level(before), _level(after)]
        for words, (before, after) in (
            (f"Obligations of {plan.control} met", plan.obligations),
            ("Score of the organization", plan.scores),
        )
    ]
    return Table(("", "Before", "After"), rows)


def _level(level: Level) -> str:
    return f"{share(level.met, level.of)} ({level.met:,} of {level.of:,})" if level.of else "no obligation"


def _concerned(plan: ControlPlan) -> Iterator[Cell]:
    if plan.coming_on:
        seen = f"{plan.last_failing:,} of {counted(plan.last_seen, 'resource')} failed there when it was last on."
        what = f"It comes on in {counted(plan.coming_on, 'target')}: what it finds there is not in these numbers."
        yield f"{what} {seen}" if plan.last_seen else what
    yield _listed("ticket", plan.tickets)
    yield _listed("waiver", plan.waivers)


def _listed(what: str, found: Sequence[Concerned]) -> str:
    if not found:
        return f"No {what} has resources there."
    names = ", ".join(f"{one.shown} ({counted(one.resources, 'resource')})" for one in found[:20])
    more = f", and {len(found) - 20:,} more" if len(found) > 20 else ""  # noqa: PLR2004 (as many as are named)
    return f"{counted(len(found), what)} with resources there: {names}{more}."


def to_data(plan: ControlPlan) -> dict[str, Any]:
    """The plan as JSON, with nothing left out but cells beyond MOST_CELLS."""
    found = {name: getattr(plan, name) for name in plan.__slots__}
    for name in ("cells", "tickets", "waivers", "rows"):
        found[name] = [{key: getattr(one, key) for key in one.__slots__} for one in found[name]]
    for name in ("obligations", "scores"):
        found[name] = [{"met": one.met, "of": one.of} for one in found[name]]
    return {**found, **{name: list(found[name]) for name in ("unknown", "held", "doubts")}}


def from_data(data: Mapping[str, Any]) -> ControlPlan | None:
    """The plan that was kept as JSON; None where it cannot be read."""
    kinds = {"cells": Moved, "tickets": Concerned, "waivers": Concerned, "rows": Cells}
    try:
        made: dict[str, Any] = dict(data)
        for name, kind in kinds.items():
            made[name] = [kind(**one) for one in data[name]]
        for name in ("obligations", "scores"):
            before, after = (Level(met=one["met"], of=one["of"]) for one in data[name])
            made[name] = before, after
        return ControlPlan(**made)
    except (KeyError, TypeError, ValueError):
        return None
