"""Filters that people keep under a name: one's own and those that others share, saved, found and taken away."""

import datetime as dt
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubposture.errors import InputError, InputErrors, Problem
from hubposture.filters import Filter
from hubposture.ports.saved import SavedFilter, SavedFilters

LONGEST_NAME = 80
LONGEST_TEXT = 4_000
MOST = 200
"""Filters of one person."""
_UNPRINTED = ("C", "Zl", "Zp")
"""Categories of what no name holds: control and format signs, and line ends."""

Parse = Callable[[str], Filter]
"""The filter of a text. Raises InputErrors."""


class NoSuchFilter(InputError):
    """Nobody keeps a filter under that name for whoever asks."""


@dataclass(frozen=True, slots=True)
class KeptFilter:
    """A filter as whoever asks sees it: whether it is theirs, and why it cannot be read any more; () as a rule."""

    saved: SavedFilter
    is_mine: bool
    problems: Sequence[Problem] = ()


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where the filters of an organization are kept, for one person (`person_key`)."""

    ledger: SavedFilters
    organization: str
    person: str

    def all(self, parse: Parse) -> Sequence[KeptFilter]:
        """Their own by name, then those that others share."""
        found = self.ledger.saved_filters(self.organization)
        seen = [one for one in found if one.owner == self.person or one.is_shared]
        ordered = sorted(seen, key=lambda one: one.owner != self.person)
        return [KeptFilter(one, one.owner == self.person, _problems(one.text, parse)) for one in ordered]

    def named(self, name: str) -> SavedFilter:
        """The one of a name: their own, else the one that is shared. Raises NoSuchFilter."""
        found = [one for one in self.ledger.saved_filters(self.organization) if one.name == name]
        for one in sorted(found, key=lambda one: one.owner != self.person):
            if one.owner == self.person or one.is_shared:
                return one
        raise NoSuchFilter(
            f"no filter is saved under the name {plain(name)!r}; `hubposture filters list` has those there are"
        )

    def save(self, name: str, text: str, *, is_shared: bool, parse: Parse, now: dt.datetime) -> bool:
        """Keep a filter, or put it in the place of their own of that name; True where it is new.

        Raises InputErrors with all that is wrong with name and text, NameTaken.
        """
        name, text = name.strip(), text.strip()
        problems = [*_of_name(name), *_of_text(text, parse)]
        if not problems and self._is_full(name):
            what = f"{MOST} filters are kept already"
            problems.append(Problem("name", what, "delete one that is not needed any more"))
        if problems:
            raise InputErrors(problems)
        return self.ledger.save_filter(SavedFilter(self.organization, name, text, self.person, is_shared, now))

    def delete(self, name: str) -> None:
        """Take their own away. Raises NoSuchFilter."""
        if not self.ledger.delete_filter(self.organization, self.person, name):
            raise NoSuchFilter(
                f"{self.person} keeps no filter under the name {plain(name)!r}; only one's own can be deleted"
            )

    def _is_full(self, name: str) -> bool:
        mine = {one.name for one in self.ledger.saved_filters(self.organization) if one.owner == self.person}
        return len(mine) >= MOST and name not in mine


def plain(text: str) -> str:
    """A name in a sentence: no signs that are not shown, and cut where it is long."""
    short = text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME]}..."
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in short)


def _problems(text: str, parse: Parse) -> Sequence[Problem]:
    try:
        parse(text)
    except InputErrors as error:
        return error.problems
    return ()


def _of_name(name: str) -> list[Problem]:
    if not name:
        return [Problem("name", "there is none", "say under which name it is kept")]
    found = []
    if len(name) > LONGEST_NAME:
        found.append(Problem("name", f"it is longer than {LONGEST_NAME} characters"))
    if any(unicodedata.category(sign).startswith(_UNPRINTED) for sign in name):
        found.append(Problem("name", "it has signs that are not shown", "use letters, digits, blanks and punctuation"))
    return found


def _of_text(text: str, parse: Parse) -> list[Problem]:
    if not text:
        return [Problem("filter", "there is none", "an empty filter needs no name")]
    if len(text) > LONGEST_TEXT:
        return [Problem("filter", f"it is longer than {LONGEST_TEXT:,} characters")]
    return [Problem(f"filter, {one.where}", one.what, one.hint) for one in _problems(text, parse)]
