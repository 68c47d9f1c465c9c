"""What a section of a report is made of: sentences, and a table of typed values."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from hubposture.views.report.saying import signed
from hubposture.views.words import day

Value = str | int | float | date | None
"""A value of a table: a share is a float from 0 to 1; None where there is nothing to say."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    CHANGE = "change"
    SHARE = "share"
    DAY = "day"


class Picture(StrEnum):
    """The picture that a section can be shown with."""

    NONE = ""
    WATERFALL = "waterfall"
    TREND = "trend"
    BARS = "bars"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    heading: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True)
class Section:
    """One section: a key for file and sheet names, a title, sentences, and a table.

    `lists` has the filter behind each row, '' where there is none; it is empty where no row has one. `empty` is what is
    said where there are no rows; '' where the sentences say it.
    """

    key: str
    title: str
    says: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Value, ...], ...] = ()
    lists: tuple[str, ...] = ()
    empty: str = ""
    picture: Picture = Picture.NONE


def shown(value: Value, kind: Kind) -> str:
    """A value as people read it: `87.5 %`, `1,204`, `+12`, `24 Nov 2026`, `-` for nothing."""
    if value is None:
        return "-" if kind is not Kind.CHANGE else ""
    if isinstance(value, str):
        return value
    if isinstance(value, date):
        return day(value)
    if kind is Kind.SHARE:
        return f"{value * 100:.1f} %"
    return signed(int(value)) if kind is Kind.CHANGE else f"{value:,}"
