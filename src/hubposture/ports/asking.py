"""Waivers that people ask for on our pages: what is asked for, everything that was said about it, and whose turn it is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from hubposture.ports.ledger import Entry
from hubposture.ports.waivers import Request
from hubposture.waivers.standing import Confirmation


class Kind(StrEnum):
    """What is asked for: a waiver that is not there yet, or one of the baseline again, usually with a later end."""

    NEW = "new"
    AGAIN = "again"


class What(StrEnum):
    """What somebody did about a request."""

    ASKED = "asked"
    EDITED = "edited"
    COMMENTED = "commented"
    APPROVED = "approved"
    CHANGES_REQUESTED = "requested changes"
    REJECTED = "rejected"
    WITHDRAWN = "withdrew"
    WROTE = "wrote"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a request asks for, beside the `Request` of the same id.

    `text` is the file of the one waiver, without an approval of this request. `people` asked for it or edited it: none of
    them approves it. `branch` and `commit` are where it lies in the repository for people to read, `trouble` why it does not,
    or was not pushed. `revision` grows with everything that is done to the request. Times are naive UTC.
    """

    request: str
    waiver: str
    organization: str
    kind: Kind
    text: str
    people: tuple[str, ...]
    edited_by: str
    edited_at: dt.datetime
    branch: str = ""
    commit: str = ""
    trouble: str = ""
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """One thing that was done or said about a request; `digest` is that of the waiver as it was then."""

    id: str
    request: str
    at: dt.datetime
    who: str
    what: What
    text: str = ""
    digest: str = ""


class AskingLedger(Protocol):
    """Every method is one transaction. `entries` go to the audit trail in it."""

    def begin_ask(self, request: Request, draft: Draft, said: Said, *, entries: Iterable[Entry] = ()) -> bool:
        """Keep a new request; False, and nothing is written, where a waiver of that id was ever asked for as new."""

    def move_ask(
        self,
        request: Request,
        draft: Draft,
        said: Said | None = None,
        *,
        confirmations: Iterable[Confirmation] = (),
        entries: Iterable[Entry] = (),
    ) -> Draft | None:
        """Write how a request stands now, if nothing was done to it since `draft` was read; gives it with its new revision.

        None, and nothing is written, where somebody was faster.
        """

    def asked(self, organization: str) -> Sequence[tuple[Request, Draft]]:
        """Every request of our pages, the newest first."""

    def asked_by_id(self, request: str) -> tuple[Request, Draft] | None:
        """One request by its id."""

    def said_of(self, request: str) -> Sequence[Said]:
        """Everything that was done about a request, oldest first."""
