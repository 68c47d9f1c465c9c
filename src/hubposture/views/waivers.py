"""Waivers for their readers: what must be looked at first, then what holds, then what is over."""

import datetime as dt
from collections.abc import Iterator, Sequence
from enum import StrEnum

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_detail import detailed
from hubposture.views.waivers_rows import WaiverRow
from hubposture.views.waivers_words import ENDED, left, row_data, stands
from hubposture.views.words import day
from hubposture.waivers.standing import State
from hubposture.waivers.waiver import Effect

__all__ = ["Rank", "detailed", "listed", "rank"]


class Rank(StrEnum):
    """Under which heading a waiver stands, worst first."""

    SURPLUS = "Match more than was approved"
    EXPIRING = "End soon"
    PROVISIONAL = "Provisional: nobody approved them"
    WAITS = "Wait"
    HOLDING = "Hold"
    ENDED = "Ended"


_HEADINGS = (
    "Waiver", "Controls", "Surplus", "Failing", "Covers", "Left", "Until", "Owner", "Gone", "Approved by", "Type", "Remark",
)  # fmt: skip
_NUMBERS = frozenset({2, 3, 4, 5, 8})
_SPARE = (10, 8, 9, 6, 7)
_CUT = frozenset({1, 7, 11})


def rank(row: WaiverRow, today: dt.date, *, soon_days: int = 30) -> Rank:
    """The heading of a waiver on the organization's day `today`; one that holds and matches too much comes first."""
    if row.state in ENDED:
        return Rank.ENDED
    if not row.state.holds:
        return Rank.WAITS
    if row.surplus:
        return Rank.SURPLUS
    if row.left_days(today) <= soon_days:
        return Rank.EXPIRING
    return Rank.PROVISIONAL if row.state is State.PROVISIONAL else Rank.HOLDING


def listed(
    organization: str,
    rows: Sequence[WaiverRow],
    *,
    today: dt.date,
    soon_days: int = 30,
    problems: Sequence[str] = (),
    most: int = 100,
) -> Document:
    """Every waiver; at most `most` rows under a heading, the data has all.

    `problems` are what is wrong with their files, for which nothing is released.
    """
    steps = ["hubposture waivers check"] if problems else []
    steps += ["hubposture waivers preview"] if any(_asks(row, today) for row in rows) else []
    ranked = {one: [row for row in rows if rank(row, today, soon_days=soon_days) is one] for one in Rank}
    soon = sum(row.state.holds and row.left_days(today) <= soon_days for row in rows)
    blocks: list[Block] = [Lines(list(_summary(rows, len(ranked[Rank.WAITS]), (soon, soon_days), problems)))]
    for one, found in ranked.items():
        if found:
            found.sort(key=lambda row: _order(one, row))
            blocks.append(Heading(f"{one} ({len(found):,})"))
            blocks.append(_table([_row(row, today) for row in found], most))
    data = {
        "organization": organization,
        "today": today.isoformat(),
        "soon_days": soon_days,
        "ending_soon": soon,
        "counts": {one.name.lower(): len(found) for one, found in ranked.items()},
        "over": len(ranked[Rank.ENDED]),
        **_sums(rows),
        "problems": list(problems),
        "waivers": [
            row_data(row, today) | {"rank": one.name.lower()} for one, found in ranked.items() for row in found
        ],
    }
    if steps:
        blocks.append(Code("\n".join(steps)))
    return Document(f"Waivers of {organization}, {day(today)}", blocks, data)


def _asks(row: WaiverRow, today: dt.date) -> bool:
    """Whether an approval would change something; a provisional one holds until it ends."""
    if row.state.holds:
        return row.surplus > 0 or row.asked_until is not None
    return rank(row, today) is Rank.WAITS and row.state is not State.NOT_YET


def _order(under: Rank, row: WaiverRow) -> tuple[object, ...]:
    if under is Rank.SURPLUS:
        return (-row.surplus_failing, -row.surplus, row.waiver)
    if under is Rank.ENDED:
        return (-row.until.toordinal(), row.waiver)
    return (row.until, row.waiver)


def _sums(rows: Sequence[WaiverRow]) -> dict[str, int]:
    holding = [row for row in rows if row.state.holds]
    return {
        "waivers_in_all": len(rows),
        "holding": len(holding),
        "provisional": sum(row.state is State.PROVISIONAL for row in holding),
        "within": sum(row.within for row in holding),
        "failing": sum(row.failing for row in holding),
        "surplus": sum(row.surplus for row in holding),
        "surplus_failing": sum(row.surplus_failing for row in holding),
        "unneeded": sum(row.is_unneeded for row in holding),
    }


def _summary(rows: Sequence[WaiverRow], waiting: int, soon: tuple[int, int], problems: Sequence[str]) -> Iterator[Cell]:
    sums = _sums(rows)
    if problems:
        said = f"{counted(len(problems), 'error')} in files of waivers, so nothing is released"
        yield Text(f"{said}: {problems[0]}", Tone.BAD)
    if not rows:
        yield "No waivers yet: one is a file in the baseline (docs/waivers.md); what is suppressed today becomes some with"
        yield "`hubposture waivers provisional`"
        return
    verb = "holds" if sums["holding"] == 1 else "hold"
    how_many = "all" if sums["provisional"] == sums["holding"] else f"{sums['provisional']:,}"
    some = f" ({how_many} of them provisionally)" if sums["provisional"] else ""
    waits = f", {waiting:,} {'waits' if waiting == 1 else 'wait'}" if waiting else ""
    over = len(rows) - sums["holding"] - waiting
    ended = f", {over:,} {'is' if over == 1 else 'are'} over" if over else ""
    yield f"{counted(len(rows), 'waiver')}: {sums['holding']:,} {verb}{some}{waits}{ended}"
    if sums["holding"]:
        cover = "It covers" if sums["holding"] == 1 else "They cover"
        yield f"{cover} {counted(sums['within'], 'resource')}, {sums['failing']:,} of them failing"
    if sums["surplus"]:
        match = "It matches" if sums["holding"] == 1 else "They match"
        yield Text(
            f"{match} {sums['surplus']:,} more that nobody approved, {sums['surplus_failing']:,} of them failing; "
            "those are not waived",
            Tone.BAD,
        )
    if soon[0]:
        yield Text(f"{soon[0]:,} {'ends' if soon[0] == 1 else 'end'} within {soon[1]} days", Tone.WARN)
    if sums["unneeded"]:
        is_one = sums["unneeded"] == 1
        what = "is unneeded: all it covers has" if is_one else "are unneeded: all they cover has"
        yield f"{sums['unneeded']:,} {what} passed for long"


def _table(rows: Sequence[Sequence[Cell]], most: int) -> Table:
    more = max(0, len(rows) - most)
    return without_empty(Table(_HEADINGS, rows[:most], numbers=_NUMBERS, more=more, spare=_SPARE, cut=_CUT))


def _row(row: WaiverRow, today: dt.date) -> Sequence[Cell]:
    holds = row.state.holds
    return (
        row.waiver,
        ", ".join(row.controls),
        Text(f"{row.surplus:,}", Tone.BAD) if row.surplus and holds else "-",
        f"{row.failing:,}" if holds else "-",
        f"{row.within:,}" if holds else "-",
        left(row, today),
        row.until.isoformat(),
        row.owner,
        f"{row.missing:,}" if row.missing and holds else "-",
        row.approved_by or "-",
        row.type.value,
        _remark(row),
    )


def _remark(row: WaiverRow) -> Cell:
    """What is to be known of it in a few words."""
    if not row.state.holds:
        return Text(stands(row), Tone.WARN)
    said = []
    if row.asked_until is not None:
        said.append(f"longer until {row.asked_until} is not approved")
    if row.is_unneeded and row.passing_since is not None:
        said.append(f"unneeded: all pass since {day(row.passing_since)}")
    if row.effect is Effect.VISIBLE:
        said.append("stays visible")
    return "; ".join(said) or "-"
