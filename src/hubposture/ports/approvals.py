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
    """What a record says now; the verdict is None while nothing is decided.

    `until` is the end it grants, None where the record names none. `by` and `at` are whose decision it is and when, naive UTC.
    """

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
    """A request that was merged: who proposed it, who approved the state that was merged, its number, when, which commit.

    `number` is as the forge writes it (`#12`, `!12`), `approvers` are logins, sorted, and may be empty; `merged_at` is
    naive UTC. `commit` is the one that was asked about, `url` where the request can be read.
    """

    number: str
    author: str
    approvers: tuple[str, ...]
    merged_at: dt.datetime
    commit: str
    url: str


class Forge(Protocol):
    """Pull requests (merge requests) of the baseline's repository."""

    def reviews(self, commit: str, path: str = "") -> Sequence[Review]:
        """Merged requests that brought a commit to the default branch, the first one first; empty where none did.

        `approvers` are those whose approval was given to the request's last commit, before it was merged, and was not
        taken back since; never who proposed it or has a commit in it, never a bot. With a `path` (from the top of the
        repository) they approve only if the file is the same in the commit and in the request's last commit: a merge
        that somebody made at home may hold more than anybody reviewed. What cannot be told is no approval.
        Raises RemoteError.
        """

    def email_of(self, login: str) -> str:
        """The address of a login where the forge shows it; ''. Raises RemoteError."""
