"""Saved filters as a list: what each asks, whose it is, and which cannot be read any more."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from hubposture.errors import Problem
from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone
from hubposture.views.words import day, iso


class Saved(Protocol):
    """A filter under a name, of a person, maybe shared."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102
    @property
    def owner(self) -> str: ...  # noqa: D102
    @property
    def is_shared(self) -> bool: ...  # noqa: D102
    @property
    def made_at(self) -> dt.datetime: ...  # noqa: D102


class Kept(Protocol):
    """A filter as whoever asks sees it."""

    @property
    def saved(self) -> Saved: ...  # noqa: D102
    @property
    def is_mine(self) -> bool: ...  # noqa: D102
    @property
    def problems(self) -> Sequence[Problem]: ...  # noqa: D102


def document(organization: str, found: Sequence[Kept]) -> Document:
    """Filters in the order given."""
    data = {"filters": [_data(one) for one in found]}
    if not found:
        return Document(
            f"Saved filters of {organization}",
            [Lines(["None; `hubposture filters save NAME FILTER` keeps one."])],
            data,
        )
    rows: list[Sequence[Cell]] = [
        (one.saved.name, one.saved.text, said_of(one), day(one.saved.made_at), _trouble(one)) for one in found
    ]
    blocks: list[Block] = [Table(("Name", "Filter", "Whose", "Since", "Problem"), rows, cut=frozenset({1, 4}))]
    return Document(f"Saved filters of {organization}", blocks, data)


def said_of(one: Kept) -> str:
    """Whose it is and who sees it."""
    if one.is_mine:
        return "yours, shared" if one.saved.is_shared else "yours"
    return f"shared by {one.saved.owner}"


def _trouble(one: Kept) -> Cell:
    return Text("; ".join(problem.what for problem in one.problems), Tone.WARN) if one.problems else ""


def _data(one: Kept) -> dict[str, Any]:
    return {
        "name": one.saved.name,
        "filter": one.saved.text,
        "owner": one.saved.owner,
        "is_shared": one.saved.is_shared,
        "is_mine": one.is_mine,
        "made_at": iso(one.saved.made_at),
        "problems": [{"where": each.where, "what": each.what, "hint": each.hint} for each in one.problems],
    }
