"""The score week by week."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone
from hubposture.views.movement import Level
from hubposture.views.words import day, percent, share


@dataclass(frozen=True, slots=True)
class Week:
    """One day's score; `aws` is AWS's percentage over all standards, None without data."""

    day: dt.date
    as_is: Level
    without_waivers: Level
    nothing_off: Level
    accounts: Level
    overdue: int
    aws: int | None


def document(organization: str, weeks: Sequence[Week]) -> Document:
    """A line a week, the oldest first; the three lines of the score side by side."""
    blocks: list[Block] = []
    if weeks:
        rows: list[Sequence[Cell]] = [_row(one) for one in weeks]
        headings = (
            "Until", "Met", "Open", "Of", "Without waivers", "Nothing off", "All met", "Overdue", "AWS",
        )  # fmt: skip
        numbers = frozenset(range(1, len(headings)))
        blocks.append(Table(headings, rows, numbers=numbers, spare=(6, 8, 3)))
        blocks.append(
            Lines([Text("All met: accounts with all their obligations met. AWS: its score, by its rule.", Tone.DIM)])
        )
    else:
        blocks.append(Lines(["Nothing was ever synced."]))
    return Document(f"Posture of {organization}, week by week", blocks, {"weeks": [_data(one) for one in weeks]})


def _row(one: Week) -> Sequence[Cell]:
    return (
        day(one.day),
        Text(share(one.as_is.met, one.as_is.of), Tone.STRONG),
        f"{one.as_is.open:,}",
        f"{one.as_is.of:,}",
        share(one.without_waivers.met, one.without_waivers.of),
        share(one.nothing_off.met, one.nothing_off.of),
        f"{one.accounts.met:,} of {one.accounts.of:,}",
        f"{one.overdue:,}",
        "-" if one.aws is None else f"{one.aws} %",
    )


def _data(one: Week) -> dict[str, object]:
    return {
        "day": one.day.isoformat(),
        **{
            name: {"met": level.met, "of": level.of, "open": level.open, "percent": percent(level.met, level.of)}
            for name, level in (
                ("as_is", one.as_is),
                ("without_waivers", one.without_waivers),
                ("nothing_off_or_waived", one.nothing_off),
            )
        },
        "accounts": {"all_met": one.accounts.met, "of": one.accounts.of},
        "overdue": one.overdue,
        "aws": one.aws,
    }
