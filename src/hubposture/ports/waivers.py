"""The ledger's part of waivers: what is ours, people's notes, who was admitted, warnings, requests, confirmations."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from hubposture.ports.findings import Suppression
from hubposture.waivers.decision import Mark, PersonsNote
from hubposture.waivers.standing import Confirmation


class RequestState(StrEnum):
    """How a request for approval stands in the system it was made in.

    `sending` is written down before the record is created: it may exist, found by its key.
    """

    SENDING = "sending"
    ASKED = "asked"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes requested"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Request:
    """One request for the approval of a waiver as it is by its digest.

    `id` is a ULID and stands in the record and in the commit that writes the approval. `number` and `record` name the
    record there; '' until it exists. `subjects` is the text of the set that is to be approved. `commit` is the commit
    that carries the approval; ''.
    """

    id: str
    waiver: str
    digest: str
    system: str
    state: RequestState
    asked_by: str
    asked_at: dt.datetime
    until: dt.date
    subjects: str
    number: str = ""
    record: str = ""
    decided_by: str = ""
    decided_at: dt.datetime | None = None
    detail: str = ""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people should hear of a waiver.

    `kind` is expires-30, expires-7, expires-1, expired, withdrawn, shortened, surplus, unneeded; `until` the end it
    speaks of, so that an extended waiver is warned of anew.
    """

    waiver: str
    kind: str
    until: dt.date
    at: dt.datetime
    body: Mapping[str, Any] = field(default_factory=dict)


class WaiverLedger(Protocol):
    """Every method is one transaction. Times are naive UTC, as in the lake."""

    # What is ours

    def marks(self, organization: str, findings: Collection[str] | None = None) -> Mapping[str, Mark]:
        """What we wrote, by finding key; of these findings, or of all."""

    def put_marks(self, marks: Iterable[Mark], notes: Iterable[PersonsNote] = ()) -> None:
        """Remember marks (replacing those of the same finding) and people's notes, before anything is sent.

        A note that is known already (finding, text) is kept once, with its latest time. All or nothing.
        """

    def seen_marks(self, organization: str, seen: Mapping[str, dt.datetime]) -> int:
        """Note that what was written to these findings was seen, and when; gives how many were news.

        Seen before a mark was written is not seen.
        """

    def drop_marks(self, organization: str, findings: Collection[str]) -> int:
        """Forget marks of findings that no longer exist."""

    def persons_notes(self, findings: Collection[str]) -> Mapping[str, PersonsNote]:
        """The newest note of a person on each finding that was ever kept; one without a time is older than all."""

    # What was seen

    def resolved_since(
        self, organization: str, now_resolved: Collection[str], at: dt.datetime
    ) -> Mapping[str, dt.datetime]:
        """Remember findings that are RESOLVED and fail; those not named any more are forgotten. Gives since when."""

    def suppressors(self, organization: str, findings: Collection[str]) -> Mapping[str, Suppression]:
        """Who suppressed findings, as far as it was ever learned; AWS forgets it with the finding."""

    def put_suppressors(self, organization: str, found: Iterable[Suppression]) -> None:
        """Keep who suppressed findings; a name that was learned is not lost to one that is no longer known."""

    # Waivers

    def admitted(self, organization: str) -> Mapping[str, frozenset[str]]:
        """Subjects taken in under `covers_new`, by waiver."""

    def admit(self, organization: str, waiver: str, subjects: Iterable[str], at: dt.datetime) -> None:
        """Take subjects in; once in they stay in."""

    def decided_at(self, organization: str) -> Mapping[str, dt.datetime]:
        """When each waiver was last decided on, by waiver; what exists then and does not match is no new subject."""

    def put_decided(self, organization: str, waivers: Iterable[str], at: dt.datetime) -> None:
        """Note that these waivers were decided on; an earlier time than the one known changes nothing."""

    def notices(self, organization: str, *, since: dt.datetime | None = None) -> Sequence[Notice]:
        """Notices, oldest first, from a time on."""

    def notify(self, organization: str, found: Iterable[Notice]) -> Sequence[Notice]:
        """Keep notices, once for each (waiver, kind, until); gives those that are new."""

    # Approvals

    def requests(self, *, waiver: str | None = None) -> Sequence[Request]:
        """Requests, oldest first."""

    def put_request(self, request: Request) -> None:
        """Write a request down, or bring it up to date by its id."""

    def confirmations(self) -> Sequence[Confirmation]:
        """What systems of record last said."""

    def put_confirmations(self, found: Iterable[Confirmation]) -> None:
        """Keep what they said, replacing what was said before of the same (waiver, digest, system)."""
