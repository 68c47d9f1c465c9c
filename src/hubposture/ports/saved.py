"""Filters that people keep under a name, and answers that are given again to who asks twice."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hubposture.errors import Refusal


class NameTaken(Refusal):
    """Somebody else shares a filter under that name already."""


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A filter under a name, which is of one filter of a person and of one shared filter of an organization.

    `owner` is the person (`person_key`) who keeps it; `made_at` is when it became what it is, aware and UTC.
    """

    organization: str
    name: str
    text: str
    owner: str
    is_shared: bool
    made_at: dt.datetime


class SavedFilters(Protocol):
    """Every method is one transaction."""

    def save_filter(self, saved: SavedFilter) -> bool:
        """Keep a filter; True where it is new, False where it took the place of the same person's of that name.

        Raises NameTaken.
        """

    def saved_filters(self, organization: str) -> Sequence[SavedFilter]:
        """Everybody's, by name and owner."""

    def delete_filter(self, organization: str, owner: str, name: str) -> bool:
        """Take one away; False where there is none."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that may be sent twice: by whom (`person_key`), under which key of theirs, and a digest of what it asks."""

    organization: str
    who: str
    key: str
    digest: str


class AskedForOther(Refusal):
    """The same key was used for something else within a day."""


class StillAsked(Refusal):
    """The same was asked before and has no answer yet: it is being done, or it is not known whether it was."""


class KeptAnswers(Protocol):
    """Answers are kept for a day. Every method is one transaction."""

    def begin_answer(self, asked: Asked) -> Mapping[str, Any] | None:
        """The answer that was given before; None for the first to ask, who must keep or drop it.

        Raises AskedForOther, StillAsked.
        """

    def keep_answer(self, asked: Asked, answer: Mapping[str, Any]) -> None:
        """What is answered to whoever asks the same again."""

    def drop_answer(self, asked: Asked) -> None:
        """Nothing was done: it may be asked again."""
