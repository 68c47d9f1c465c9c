"""What waivers would do as things are now, for who approves them: as text, JSON, and one comment of a pull request."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_rows import PreviewRow, SubjectRow
from hubposture.views.waivers_subjects import (
    InAccount,
    accounts,
    by_account,
    by_account_data,
    by_severity,
    gravest,
    is_surplus,
    sample,
    severities_said,
    subject_data,
)
from hubposture.views.words import SEVERITIES, day, iso
from hubposture.waivers.rule import Fit
from hubposture.waivers.waiver import Effect

MARKER = "<!-- hubposture waivers -->"
"""The first line of the comment, by which the next run finds it and updates it in place."""

_LONGEST = 300
"""Characters of one text of a person's own; the data has all of it."""
_LONGEST_CELL = 80
_NAMED = 12
"""Entries of one criterion that are named."""
_MOST = 60
_SUMMED = 10
"""How many waivers are counted for each one that is shown whole."""


@dataclass(frozen=True)
class _Counted:
    """A waiver with what follows from its subjects, worked out once however often it is cut to size."""

    row: PreviewRow

    @cached_property
    def severities(self) -> dict[str, int]:
        return by_severity(one for one in self.row.subjects if one.fit is not Fit.BARRED)

    @cached_property
    def failing(self) -> int:
        return sum(self.severities.values())

    @cached_property
    def allowed(self) -> Sequence[SubjectRow]:
        return [one for one in self.row.subjects if one.fit is not Fit.BARRED]

    @cached_property
    def barred(self) -> Sequence[SubjectRow]:
        return [one for one in self.row.subjects if one.fit is Fit.BARRED]

    @cached_property
    def surplus(self) -> Sequence[SubjectRow]:
        return [one for one in self.allowed if is_surplus(one)]

    @cached_property
    def others(self) -> dict[str, int]:
        """What other waivers cover already, by waiver."""
        found: dict[str, int] = {}
        for one in self.allowed:
            if one.other:
                found[one.other] = found.get(one.other, 0) + 1
        return dict(sorted(found.items()))

    @cached_property
    def gravest(self) -> Sequence[SubjectRow]:
        return gravest(self.row.subjects)

    @cached_property
    def by_account(self) -> Sequence[InAccount]:
        return by_account(self.row.subjects)

    @cached_property
    def places(self) -> tuple[int, int]:
        """Accounts and Regions of what may be waived."""
        return len({one.account for one in self.allowed}), len({one.region for one in self.allowed})

    @cached_property
    def order(self) -> tuple[object, ...]:
        return (*(-self.severities.get(one, 0) for one in SEVERITIES), -len(self.allowed), self.row.waiver)


def document(
    organization: str, rows: Sequence[PreviewRow], *, at: dt.datetime, version: int, most: int = 20
) -> Document:
    """Previews, those that hide the gravest first; `at` is the version's time (naive UTC).

    At most `most` rows in each table, the data has all of them.
    """
    found = _ordered(rows)
    around = _Around(organization, version, at, _data_of(organization, found, at=at, version=version))
    return _cut(around, found, most)


def fitting(
    organization: str,
    rows: Sequence[PreviewRow],
    *,
    at: dt.datetime,
    version: int,
    limit: int,
    size: Callable[[Document], int],
) -> Document:
    """The document with as many rows and waivers as fit into `limit` by `size(document)`, at least one of each.

    The table at the top counts ten times as many waivers as are shown whole, and says how many more there are.
    """
    found = _ordered(rows)
    around = _Around(organization, version, at, _data_of(organization, found, at=at, version=version))
    most = _MOST
    while True:
        made = _cut(around, found, most, shown=most)
        if most == 1 or size(made) <= limit:
            return made
        most = most * 2 // 3


def comment(
    organization: str,
    rows: Sequence[PreviewRow],
    *,
    at: dt.datetime,
    version: int,
    limit: int,
    render: Callable[[Document], str],
) -> str:
    """One comment for a pull request, `MARKER` first, of at most `limit` characters; `render` makes markdown."""
    left = limit - len(MARKER) - 1
    made = fitting(organization, rows, at=at, version=version, limit=left, size=lambda found: len(render(found)))
    return f"{MARKER}\n{render(made)}"


def _ordered(rows: Sequence[PreviewRow]) -> list[_Counted]:
    return sorted((_Counted(row) for row in rows), key=lambda one: one.order)


@dataclass(frozen=True, slots=True)
class _Around:
    """What stays the same however much is shown."""

    organization: str
    version: int
    at: dt.datetime
    data: Mapping[str, Any]


def _cut(around: _Around, found: Sequence[_Counted], most: int, *, shown: int | None = None) -> Document:
    is_one = len(found) == 1
    blocks: list[Block] = []
    if not found:
        blocks.append(Lines(["No waiver asks for an approval; name one to look at it."]))
    if len(found) > 1:
        blocks += [Lines([_in_all(found)]), _overview(found, most if shown is None else _SUMMED * shown)]
    chosen = found if shown is None else found[:shown]
    for one in chosen:
        blocks += _whole(one, around.at, most, is_one=is_one)
    if left := len(found) - len(chosen):
        blocks.append(Lines([Text(f"and {counted(left, 'more waiver')}, counted at the top", Tone.WARN)]))
    name = found[0].row.waiver if is_one else counted(len(found), "waiver") if found else "waivers"
    title = f"Preview of {name} in {around.organization}, as of version {around.version}"
    return Document(title, blocks, around.data)


def _data_of(organization: str, found: Sequence[_Counted], *, at: dt.datetime, version: int) -> dict[str, Any]:
    return {
        "organization": organization,
        "version": version,
        "at": iso(at),
        "failing": sum(one.failing for one in found),
        "matched": sum(len(one.allowed) for one in found),
        "waivers": [_data(one) for one in found],
    }


def _in_all(found: Sequence[_Counted]) -> Cell:
    failing = sum(one.failing for one in found)
    return Text(
        f"{counted(len(found), 'waiver')} match {counted(sum(len(one.allowed) for one in found), 'resource')}, "
        f"{failing:,} of them failing; a resource counts with every waiver that matches it",
        Tone.STRONG,
    )


def _overview(found: Sequence[_Counted], most: int) -> Table:
    rows: list[Sequence[Cell]] = [
        (
            one.row.waiver,
            _short(", ".join(one.row.controls), _LONGEST_CELL),
            f"{len(one.allowed):,}",
            f"{one.failing:,}",
            Text(f"{number:,}", Tone.BAD) if (number := one.severities.get("CRITICAL", 0)) else "-",
            Text(f"{number:,}", Tone.WARN) if (number := one.severities.get("HIGH", 0)) else "-",
            f"{one.places[0]:,}",
            f"{len(one.surplus):,}" if one.surplus else "-",
            f"{len(one.barred):,}" if one.barred else "-",
            one.row.until.isoformat(),
            _short(one.row.owner, _LONGEST_CELL),
        )
        for one in found[:most]
    ]
    headings = (
        "Waiver", "Controls", "Matches", "Failing", "CRITICAL", "HIGH", "Accounts", "Not approved", "Barred", "Until", "Owner",
    )  # fmt: skip
    more = max(0, len(found) - most)
    numbers = frozenset({2, 3, 4, 5, 6, 7, 8})
    return without_empty(
        Table(headings, rows, numbers=numbers, more=more, spare=(10, 9, 8, 6, 7), cut=frozenset({1, 10}))
    )


def _whole(one: _Counted, at: dt.datetime, most: int, *, is_one: bool) -> Iterator[Block]:
    row = one.row
    if not is_one:
        yield Heading(f"{row.waiver}: {_short(', '.join(row.controls))}")
    yield Lines([*_does(one), *_asks(one, is_one=is_one)])
    yield from _deeper(accounts(one.by_account, most), is_one=is_one)
    yield from _deeper(sample(one.gravest, at, most), is_one=is_one)
    if row.steps:
        yield Code("\n".join(row.steps))


def _deeper(blocks: Iterator[Block], *, is_one: bool) -> Iterator[Block]:
    """Below a waiver's own heading the tables' headings are lines: there is one depth of headings."""
    for block in blocks:
        yield Lines([Text(block.text, Tone.STRONG)]) if isinstance(block, Heading) and not is_one else block


def _does(one: _Counted) -> Iterator[Cell]:
    row = one.row
    for problem in row.problems:
        yield Text(_short(problem), Tone.BAD)
    accounts_in, regions = one.places
    matches = f"Matches {counted(len(one.allowed), 'resource')}"
    where = f" in {counted(accounts_in, 'account')} and {counted(regions, 'Region')}" if one.allowed else ""
    if not one.allowed:
        yield Text(f"{matches}: it would excuse nothing", Tone.WARN)
    elif one.failing:
        grave = any(one.severities.get(label) for label in ("CRITICAL", "HIGH"))
        said = f"{matches}{where}, {one.failing:,} of them failing: {severities_said(one.severities)}"
        yield Text(said, Tone.BAD if grave else Tone.WARN)
    else:
        yield Text(f"{matches}{where}, none of them failing", Tone.GOOD)
    if row.effect is Effect.VISIBLE:
        yield "Nothing is suppressed: they are accepted and counted apart."
    if one.surplus:
        failing = sum(each.is_failing for each in one.surplus)
        yield Text(f"Not in its approved set: {len(one.surplus):,}, {failing:,} of them failing", Tone.BAD)
    if row.missing:
        yield f"In its approved set and not matched any more: {row.missing:,}"
    if one.barred:
        yield Text(
            f"Its rows of the matrix allow no such waiver for {len(one.barred):,} more; they are left out", Tone.WARN
        )
    if one.others:
        said = ", ".join(f"{number:,} by {name}" for name, number in list(one.others.items())[:_NAMED])
        more = f" and {counted(len(one.others) - _NAMED, 'more waiver')}" if len(one.others) > _NAMED else ""
        yield f"Covered by others already: {said}{more}"


def _asks(one: _Counted, *, is_one: bool) -> Iterator[Cell]:
    row = one.row
    yield f"{row.type}: {_short(row.reason)}"
    if row.compensating:
        yield f"Instead: {_short(row.compensating)}"
    yield (
        f"From {day(row.valid_from)} until {day(row.until)}, {counted((row.until - row.valid_from).days, 'day')}; "
        f"owner {_short(row.owner)}, asked for by {_short(row.requested_by) or 'nobody named'}"
    )
    if row.covers_new:
        yield Text(f"May take in {counted(row.covers_new, 'new resource')} beyond that by itself", Tone.WARN)
    if is_one:
        yield from (f"{name}: {_named(entries)}" for name, entries in row.criteria)
    yield f"In the baseline it stands as: {row.state}" if row.state is not None else "It is not in the baseline"
    if one.allowed:
        there = ", as it lies there" if row.is_current else ""
        yield (
            f"An approval now is for exactly {'this' if len(one.allowed) == 1 else f'these {len(one.allowed):,}'} "
            f"({row.set_file}, {_bytes(row.set_bytes)}{there}), and bound to"
        )
        yield Text(row.digest, Tone.DIM)


def _named(entries: Sequence[str]) -> str:
    said = _short(", ".join(entries[:_NAMED]))
    return said + (f" and {len(entries) - _NAMED:,} more" if len(entries) > _NAMED else "")


def _bytes(number: int) -> str:
    """`1,234 bytes`, `1.2 MB`."""
    million = 1_000_000
    return counted(number, "byte") if number < million else f"{number / million:.1f} MB"


def _short(text: str, longest: int = _LONGEST) -> str:
    return text if len(text) <= longest else text[: longest - 3].rstrip() + "..."


def _data(one: _Counted) -> dict[str, Any]:
    row = one.row
    return {
        "waiver": row.waiver, "controls": list(row.controls), "type": row.type, "effect": row.effect,
        "owner": row.owner, "requested_by": row.requested_by, "reason": row.reason, "compensating": row.compensating,
        "valid_from": row.valid_from.isoformat(), "until": row.until.isoformat(),
        "days": (row.until - row.valid_from).days, "state": row.state, "covers_new": row.covers_new,
        "criteria": {name: list(entries) for name, entries in row.criteria}, "problems": list(row.problems),
        "matched": len(one.allowed), "failing": one.failing, "severities": one.severities,
        "accounts_in_all": one.places[0], "regions_in_all": one.places[1], "surplus": len(one.surplus),
        "surplus_failing": sum(each.is_failing for each in one.surplus), "held": row.held, "missing": row.missing,
        "barred": len(one.barred), "covered_by_others": one.others, "digest": row.digest, "set_file": row.set_file,
        "set_bytes": row.set_bytes, "is_current": row.is_current, "steps": list(row.steps), "accounts": by_account_data(one.by_account),
        "subjects": [subject_data(each) for each in one.gravest],
    }  # fmt: skip
