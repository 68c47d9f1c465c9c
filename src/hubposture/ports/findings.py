"""Where findings come from: the API, the queue of events, files."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding, Rejected


class Priority(IntEnum):
    """Who goes first on the one budget of GetFindings: checks of our own writes, increments, the sweep."""

    CHECK = 0
    INCREMENT = 1
    SWEEP = 2


@dataclass(frozen=True, slots=True)
class Page:
    """What one call or one batch gave, in the order in which it came. `observed_at` is naive UTC."""

    findings: tuple[Finding, ...]
    rejected: tuple[Rejected, ...]
    observed_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Suppression:
    """Who set a finding to SUPPRESSED and when, from its history; `who` is '' where history no longer tells."""

    finding: str
    who: str
    at: dt.datetime | None


class FindingsReader(Protocol):
    """GetFindings in the administrator's home Region: members and linked Regions included."""

    def sweep(self, accounts: Sequence[str]) -> Iterator[Page]:
        """Every ACTIVE finding of at most 20 accounts, page by page. Raises RemoteError."""

    def increment(self, since: dt.datetime, *, archived_only: bool = False) -> Iterator[Page]:
        """Every finding with UpdatedAt at or after `since`, oldest first; ACTIVE ones too unless `archived_only`.

        Raises RemoteError.
        """

    def check(self, ids: Sequence[tuple[str, str]]) -> Iterator[Page]:
        """Findings by (ProductArn, Id), in calls of at most 20 ids. Raises RemoteError."""

    def suppressed(self) -> Iterator[Page]:
        """Every ACTIVE finding whose workflow status is SUPPRESSED. Raises RemoteError."""

    def is_consolidated(self) -> bool:
        """Whether consolidated control findings are on (ControlFindingGenerator of the administrator's hub)."""

    def suppressions(self, ids: Sequence[tuple[str, str]]) -> Iterator[Suppression | RemoteError]:
        """Who suppressed each finding, from GetFindingHistory, in the order given."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the queue: its receipt, its findings, and what of it is rejected (all of it, if poison)."""

    receipt: str
    findings: tuple[Finding, ...]
    rejected: tuple[Rejected, ...]


class FindingsQueue(Protocol):
    """The queue of `Security Hub Findings - Imported` events."""

    def receive(self, *, most: int, wait_seconds: int) -> Sequence[Message]:
        """At most `most` messages, waiting for the first one at most `wait_seconds`. Raises RemoteError."""

    def delete(self, receipts: Sequence[str]) -> Sequence[str]:
        """Delete messages; gives the receipts that could not be deleted, whose messages will come again."""


class FindingsFiles(Protocol):
    """Findings in files: one object, a list, `{"Findings": [...]}`, lines, gzip, folders, `s3://` prefixes."""

    def found(self, path: str) -> Sequence[Path]:
        """The files behind a path, sorted; objects of S3 are fetched first. Raises InputError, RemoteError."""

    def read(self, path: Path) -> Iterator[Page]:
        """A file's findings in pages of some thousands; a file that is no JSON at all gives one rejected record."""
