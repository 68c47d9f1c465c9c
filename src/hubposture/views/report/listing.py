"""The reports that were frozen, as a list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hubposture.views.document import Block, Cell, Document, Lines, Table
from hubposture.views.words import iso, moment


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that was frozen: which week, of what (its kind and key), when (naive UTC), by which version."""

    week: str
    of: str
    key: str
    frozen_at: datetime
    version: int


def document(organization: str, kept: Sequence[Kept], *, most: int) -> Document:
    """A line a report, the newest week first."""
    rows: list[Sequence[Cell]] = [
        (one.week, one.of, one.key or "-", f"{moment(one.frozen_at)} UTC", f"{one.version:,}") for one in kept[:most]
    ]
    blocks: list[Block] = [
        Table(("Week", "Of", "Which", "Frozen", "Version"), rows, frozenset({4}), max(0, len(kept) - most))
        if kept
        else Lines(["None yet: `hubposture report weekly --freeze` keeps one, and the job `report` does every week."])
    ]
    data = [
        {"week": one.week, "of": one.of, "key": one.key, "frozen_at": iso(one.frozen_at), "version": one.version}
        for one in kept
    ]
    return Document(f"Frozen reports of {organization}", blocks, {"organization": organization, "reports": data})
