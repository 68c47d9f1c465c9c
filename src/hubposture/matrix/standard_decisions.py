"""Whether a standard is on where certain rows hold."""

from collections.abc import Iterable
from dataclasses import dataclass

from hubposture.matrix.ranks import Rank
from hubposture.matrix.rows import StandardRow
from hubposture.model.controls import Standard


@dataclass(frozen=True, slots=True)
class StandardDecision:
    """Whether a standard is on, and the row that says so, with its rank."""

    standard: Standard
    enabled: bool
    row: StandardRow
    rank: Rank


@dataclass(frozen=True, slots=True)
class StandardTie:
    """Rows of equal rank of which one turns a standard on and another turns it off; sorted by place."""

    standard: Standard
    rank: Rank
    rows: tuple[StandardRow, ...]

    def __str__(self) -> str:
        cells = " and ".join(f"{row.at.at('enabled')} ({row.scope or 'whole organization'})" for row in self.rows)
        return f"{cells} have equal rank here ({self.rank}); give one scope a Priority"


def decide_standard(
    standard: Standard, found: Iterable[tuple[StandardRow, Rank]]
) -> StandardDecision | StandardTie | None:
    """What the rows that hold together say of a standard; None where none of them says anything."""
    speaking = [(row, rank) for row, rank in found if row.enabled is not None]
    if not speaking:
        return None
    top = max(rank for _, rank in speaking)
    rows = tuple(
        sorted((row for row, rank in speaking if rank == top), key=lambda row: (row.scope.casefold(), row.at.row))
    )
    if len({row.enabled for row in rows}) > 1:
        return StandardTie(standard, top, tuple(sorted(rows, key=lambda row: row.at.row)))
    return StandardDecision(standard, rows[0].enabled is True, rows[0], top)
