"""Systems that approve: a record in ServiceNow, a review in a forge."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.errors import Problem
from hubposture.ports.waivers import Request
from hubposture.waivers.standing import Verdict
from hubposture.waivers.waiver import Waiver


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a record says now: None as the verdict while nothing is decided. `until` is the end it grants, None where
    the record names none. `by` and `at` are whose decision it is and when, naive UTC."""

    number: str
    record: str
    verdict: Verdict | None
    by: str = ""
    at: dt.datetime | None = None
    until: dt.date | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A record that exists: its number, its key (sys_id), and fields that did not persist, with what stands there."""

    number: str
    record: str
    lost: Mapping[str, str]


class ApprovalRecords(Protocol):
    """Records for approval in a ticket system, by the table and fields of the settings."""

    def check(self) -> Sequence[Problem]:
        """Validate table and fields against the instance: what is missing, read-only or too short. Raises RemoteError."""

    def ask(self, waiver: Waiver, request: Request, *, text: str) -> Asked:
        """Create the record, or find it by the request's id where an earlier try made it; then read back every field.

        `text` is the preview for the approver. Raises RemoteError.
        """

    def outcome(self, request: Request) -> Outcome | None:
        """What the record says now; None where the record does not exist (any more). Raises RemoteError."""


@dataclass(frozen=True, slots=True)
class Review:
    """A reviewed merge of a file as it is: who proposed it, who approved that very state, its number, when, and which
    commit. `url` is where it can be read."""

    number: str
    author: str
    approvers: tuple[str, ...]
    merged_at: dt.datetime
    commit: str
    url: str


class Forge(Protocol):
    """Pull requests (merge requests) of the baseline's repository."""

    def reviews(self, commit: str) -> Sequence[Review]:
        """Merged requests that brought a commit to the default branch, with approvals that were still standing at the
        merge and given to its last commit; empty where it was pushed directly. Raises RemoteError."""

    def email_of(self, login: str) -> str:
        """The address of a login where the forge shows it; ''. Raises RemoteError."""
