"""When waivers end, week by week and month by month, and what people were told."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_rows import NoticeRow, WaiverRow
from hubposture.views.waivers_words import notice_data, notices
from hubposture.views.words import day
from hubposture.waivers.standing import State

_WEEKS = 8
_SOON = 30
_NAMED = 8
"""Up to so many waivers of one period are named, and then so many of their owners; the data names all."""


def document(
    organization: str,
    rows: Sequence[WaiverRow],
    told: Sequence[NoticeRow] = (),
    *,
    today: dt.date,
    most: int = 50,
) -> Document:
    """The ends of waivers that hold, the next eight weeks by week and all by month; then notices, the newest first."""
    holding = sorted((row for row in rows if row.state.holds), key=lambda row: (row.until, row.waiver))
    weeks = _periods([row for row in holding if row.left_days(today) < 7 * _WEEKS], _monday)
    months = _periods(holding, _first)
    soon = [row for row in holding if row.left_days(today) <= _SOON]
    blocks: list[Block] = [Lines(list(_summary(holding, soon, today)))]
    if weeks:
        blocks += [Heading("By week"), _table("Week from", [(found[0].isoformat(), found[1]) for found in weeks], most)]
    if months:
        blocks += [Heading("By month"), _table("Month", [(f"{found[0]:%Y-%m}", found[1]) for found in months], most)]
    newest = sorted(told, key=lambda one: (one.at, one.waiver, one.kind), reverse=True)
    if newest:
        blocks += [Heading("What people were told"), notices(newest, most)]
    data = {
        "organization": organization,
        "today": today.isoformat(),
        "holding": len(holding),
        "next": holding[0].until.isoformat() if holding else None,
        "next_beside": sum(row.until == holding[0].until for row in holding) - 1 if holding else 0,
        "ending_soon": len(soon),
        "ending_soon_failing": sum(row.failing for row in soon),
        "soon_days": _SOON,
        "weeks": [_data("from", first.isoformat(), some) for first, some in weeks],
        "months": [_data("month", f"{first:%Y-%m}", some) for first, some in months],
        "notices": [notice_data(one) for one in newest],
    }
    return Document(f"Ends of waivers of {organization}, {day(today)}", blocks, data)


def _summary(holding: Sequence[WaiverRow], soon: Sequence[WaiverRow], today: dt.date) -> Iterator[Cell]:
    if not holding:
        yield "No waiver holds, so none ends."
        return
    first = holding[0]
    when = "today" if first.until == today else f"on {day(first.until)}"
    holds = "holds" if len(holding) == 1 else "hold"
    beside = sum(row.until == first.until for row in holding) - 1
    more = f" with {counted(beside, 'other')}" if beside else ""
    yield f"{counted(len(holding), 'waiver')} {holds}; the next to end is {first.waiver}{more}, {when}"
    if soon:
        failing = sum(row.failing for row in soon)
        yield Text(
            f"{len(soon):,} {'ends' if len(soon) == 1 else 'end'} within {_SOON} days; "
            f"{counted(failing, 'failing resource')} will be open again if nobody acts",
            Tone.WARN,
        )


def _monday(last: dt.date) -> dt.date:
    return last - dt.timedelta(days=last.weekday())


def _first(last: dt.date) -> dt.date:
    return last.replace(day=1)


_Period = tuple[dt.date, Sequence[WaiverRow]]


def _periods(rows: Sequence[WaiverRow], begin: Callable[[dt.date], dt.date]) -> list[_Period]:
    """Waivers by the first day of the period in which they end; periods in which none does are left out."""
    found: dict[dt.date, list[WaiverRow]] = {}
    for row in rows:
        found.setdefault(begin(row.until), []).append(row)
    return sorted(found.items())


def _table(period: str, rows: Sequence[tuple[str, Sequence[WaiverRow]]], most: int) -> Table:
    made: list[Sequence[Cell]] = [
        (
            label,
            f"{len(some):,}",
            f"{sum(row.failing for row in some):,}",
            f"{number:,}" if (number := sum(row.state is State.PROVISIONAL for row in some)) else "-",
            _named(some),
        )
        for label, some in rows
    ]
    headings = (period, "End", "Failing then", "Provisional", "Waivers")
    more = max(0, len(made) - most)
    return without_empty(Table(headings, made[:most], numbers=frozenset({1, 2, 3}), more=more))


def _named(rows: Sequence[WaiverRow]) -> str:
    """A few waivers by name, many by their owners, most first."""
    if len(rows) <= _NAMED:
        return ", ".join(f"{row.waiver} on the {row.until.day} ({row.owner})" for row in rows)
    owners = sorted(Counter(row.owner for row in rows).items(), key=lambda item: (-item[1], item[0]))
    said = ", ".join(f"{number:,} of {owner}" for owner, number in owners[:_NAMED])
    left = sum(number for _, number in owners[_NAMED:])
    return said + (f" and {left:,} of {counted(len(owners) - _NAMED, 'other')}" if left else "")


def _data(name: str, label: str, rows: Sequence[WaiverRow]) -> dict[str, Any]:
    return {
        name: label,
        "ends": len(rows),
        "failing": sum(row.failing for row in rows),
        "provisional": sum(row.state is State.PROVISIONAL for row in rows),
        "owners": dict(sorted(Counter(row.owner for row in rows).items())),
        "waivers": [
            {"waiver": row.waiver, "until": row.until.isoformat(), "owner": row.owner, "failing": row.failing}
            for row in rows
        ],
    }
