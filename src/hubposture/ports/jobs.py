"""The ledger's part of jobs: what is due by a schedule, and who has it in hand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from hubposture.ports.ledger import RunStatus


@dataclass(frozen=True, slots=True)
class Job:
    """One job of an organization. All times are aware and UTC.

    `schedule` has five fields as cron takes them, read in `zone` (a name of the IANA database); '' is never, and then
    `next_at` is None. A job whose `next_at` has passed is due. `holder` has it in hand until `until`, '' and None while
    nobody does; `token` grows with every holder. `attempts` counts tries since the last one that did not fail.
    `last_started` is of the newest try, the others of the newest try that ended: `last_status` is done, incomplete,
    failed or interrupted, None where none has ended.
    """

    organization: str
    name: str
    schedule: str
    zone: str
    next_at: datetime | None
    holder: str
    until: datetime | None
    token: int
    attempts: int
    last_started: datetime | None
    last_ended: datetime | None
    last_status: RunStatus | None
    last_detail: str

    @property
    def enabled(self) -> bool:
        """Whether it ever becomes due by itself."""
        return self.next_at is not None


class Jobs(Protocol):
    """Every method is one transaction, and the clock is the ledger's."""

    def plan_jobs(self, organization: str, wanted: Mapping[str, str], zone: ZoneInfo) -> tuple[Job, ...]:
        """Bring an organization's jobs in line with the settings (schedules by name); gives them by name.

        What is no longer wanted is removed; one that somebody has in hand is switched off, and removed by the next
        planning. What stays keeps its history, and what is due stays due. A new or changed schedule begins with its next
        tick. Raises ValueError for a schedule that is none and for a zone without a name.
        """

    def take_job(self, holder: str, *, ttl: timedelta, organizations: Collection[str] | None = None) -> Job | None:
        """Take the job that has been due for longest and that nobody has in hand; None where there is none.

        However many ticks were missed, it is due once. The holder must end its work before `until` by its own clock, or
        renew. A job whose holder let the time pass is taken over, and shows as interrupted. `holder` names one process.
        """

    def renew_job(self, job: Job, *, ttl: timedelta) -> Job | None:
        """Hold on for another `ttl` from now; None if it was lost to somebody else."""

    def finish_job(self, job: Job, *, status: RunStatus, detail: str = "") -> Job | None:
        """Give it back with how it ended; None if it was already lost, and then nothing changes.

        Done and incomplete: due again at the next tick of its schedule. Failed: after a pause that grows from a minute to
        an hour with every attempt, at the next tick at the latest. Interrupted: due at once, for somebody else.
        """

    def jobs(self, organization: str | None = None) -> tuple[Job, ...]:
        """Jobs of an organization or of all, by organization and name."""
