"""The parts of which list SQL is made: what is in view, joins only where a filter needs them, the total order."""

from dataclasses import dataclass

from hubposture.filters import Filter, names, to_sql
from hubposture.lake.fields import COLUMNS, FAILING, JOINS

IN_SIGHT = "s.presence IN ('present', 'unsure')"


def ranked(column: str) -> str:
    """A severity as a number, 0 for INFORMATIONAL (or anything else) to 4 for CRITICAL."""
    return f"CASE {column} WHEN 'CRITICAL' THEN 4 WHEN 'HIGH' THEN 3 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 1 ELSE 0 END"


ORDER = (
    f"CASE WHEN {FAILING} THEN 0 ELSE 1 END, {ranked('s.severity')} DESC, s.failing_since DESC NULLS LAST, s.subject"
)
"""Failing first, then severe, then new: a total order over `subjects s`.

In a Parquet file that is written in this order, pages are found without reading the rest of it.
"""


@dataclass(frozen=True, slots=True)
class Band:
    """A part of the total order: a condition by which row groups can be skipped, and what orders its rows."""

    condition: str
    order: str
    is_failing: bool = False


BANDS = (
    Band(f"{FAILING} AND s.severity = 'CRITICAL'", "s.failing_since DESC NULLS LAST, s.subject", is_failing=True),
    Band(
        f"{FAILING} AND s.severity <> 'CRITICAL'",
        f"{ranked('s.severity')} DESC, s.failing_since DESC NULLS LAST, s.subject",
        is_failing=True,
    ),
    Band(
        f"NOT {FAILING} AND s.severity <> 'INFORMATIONAL'",
        f"{ranked('s.severity')} DESC, s.failing_since DESC NULLS LAST, s.subject",
    ),
    Band(f"NOT {FAILING} AND s.severity = 'INFORMATIONAL'", "s.subject"),
)
"""The parts of the total order, one behind the other; what is not failing has no `failing_since`."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a filter chooses: joins to be written behind `FROM subjects s`, a condition, and its parameters."""

    joins: str
    condition: str
    parameters: dict[str, object]

    def where(self, *more: str) -> str:
        """`FROM` and `WHERE`, with further conditions that must hold."""
        return f"FROM subjects s {self.joins} WHERE {' AND '.join((self.condition, *more))}"


def chosen(wanted: Filter) -> Chosen:
    """A filter over subjects; one that does not name presence chooses from what is in sight."""
    condition, parameters = to_sql(wanted, columns=COLUMNS)
    named = names(wanted)
    needed = {need for name in named for column in COLUMNS[name] for need in column.needs}
    joins = " ".join(JOINS[name] for name in JOINS if name in needed)
    if "presence" not in named:
        condition = f"{IN_SIGHT} AND {condition}"
    return Chosen(joins, condition, parameters)
