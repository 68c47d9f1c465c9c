"""Jobs: one row each, taken by whoever comes first when they are due."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from hubposture.ledger.bucket import SKEW
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_absent
from hubposture.ledger.schema import JOBS
from hubposture.ledger.ticks import next_tick, pause
from hubposture.ports.jobs import Job
from hubposture.ports.ledger import RunStatus

_PAST = datetime(1970, 1, 1, tzinfo=UTC)
_ORDER = (JOBS.c.next_at, JOBS.c.organization, JOBS.c.name)


class Jobs(Part):
    """Planning, taking and giving back.

    Nobody who takes, renews or finishes waits for a second row, so nobody deadlocks with the one who plans. Limit: hosts
    whose clocks differ by more than the time for which jobs are taken take them from one another; the tokens tell them.
    """

    def plan_jobs(self, organization: str, wanted: Mapping[str, str], zone: ZoneInfo) -> tuple[Job, ...]:
        """See `ports.jobs`."""
        if not zone.key:
            raise ValueError("the zone of jobs must have a name, for it is kept with them")
        query = select(JOBS).where(JOBS.c.organization == organization).with_for_update()
        with writing(self._engine) as connection:
            lock(connection, Lock.JOBS)
            now = self._now()
            fresh = [_fresh(organization, name, wanted[name], zone, now) for name in sorted(wanted)]
            for row in connection.execute(query).all():
                _bring_in_line(connection, row, wanted.get(row.name), zone, now)
            insert_absent(connection, JOBS, fresh)
        return self.jobs(organization)

    def take_job(self, holder: str, *, ttl: timedelta, organizations: Collection[str] | None = None) -> Job | None:
        """See `ports.jobs`."""
        with writing(self._engine) as connection:
            now = self._now()
            _mend(connection, now)
            due = select(JOBS).where(JOBS.c.next_at <= now, JOBS.c.until <= now)
            if organizations is not None:
                due = due.where(JOBS.c.organization.in_(sorted(organizations)))
            # Others may be taking at this moment: what they hold is skipped, never waited for.
            first = due.order_by(*_ORDER).limit(1).with_for_update(skip_locked=True)
            row = connection.execute(first).one_or_none()
            if row is None:
                return None
            return _job(_set(connection, row, _taken(row, holder, now, ttl)))

    def renew_job(self, job: Job, *, ttl: timedelta) -> Job | None:
        """See `ports.jobs`."""
        with writing(self._engine) as connection:
            now = self._now()
            mine = update(JOBS).where(*_mine(job)).values(until=now + ttl, set_at=now)
            # What ended but was not taken over is still ours: the token says so.
            return replace(job, until=now + ttl) if connection.execute(mine).rowcount == 1 else None

    def finish_job(self, job: Job, *, status: RunStatus, detail: str = "") -> Job | None:
        """See `ports.jobs`."""
        if status is RunStatus.RUNNING:
            raise ValueError(f"{job.name} of {job.organization} cannot end as running")
        with writing(self._engine) as connection:
            row = connection.execute(select(JOBS).where(*_mine(job)).with_for_update()).one_or_none()
            if row is None:
                return None
            return _job(_set(connection, row, _ended(row, status, detail, self._now())))

    def jobs(self, organization: str | None = None) -> tuple[Job, ...]:
        """See `ports.jobs`."""
        query = select(JOBS) if organization is None else select(JOBS).where(JOBS.c.organization == organization)
        with reading(self._engine) as connection:
            found = [_job(dict(row._mapping)) for row in connection.execute(query)]  # noqa: SLF001 - its public name
        # Sorted here: databases differ in how they order text.
        return tuple(sorted(found, key=lambda job: (job.organization, job.name)))


def _fresh(organization: str, name: str, schedule: str, zone: ZoneInfo, now: datetime) -> dict[str, object]:
    return {
        "organization": organization,
        "name": name,
        "schedule": schedule,
        "zone": zone.key,
        "next_at": next_tick(schedule, zone, now),
        "holder": "",
        "until": _PAST,
        "token": 0,
        "set_at": now,
        "attempts": 0,
        "last_started": None,
        "last_ended": None,
        "last_status": "",
        "last_detail": "",
    }


def _bring_in_line(connection: Connection, row: Row[Any], schedule: str | None, zone: ZoneInfo, now: datetime) -> None:
    """Remove, switch off or schedule anew what is there; what is wanted as it is stays as it is."""
    is_held = row.until > now
    if schedule is None and not is_held:
        connection.execute(delete(JOBS).where(*_place(row)))
    elif schedule is None:
        _set(connection, row, {"schedule": "", "next_at": None})
    elif (row.schedule, row.zone) != (schedule, zone.key):
        values: dict[str, object] = {"schedule": schedule, "zone": zone.key}
        if not is_held:
            values["set_at"] = now
        # What is in hand stays due until it ended, should its holder not live to end it.
        if not (is_held and schedule and row.next_at):
            values["next_at"] = next_tick(schedule, zone, now)
        _set(connection, row, values)


def _mend(connection: Connection, now: datetime) -> None:
    """After the clock went back: plan anew by the right time, and give holders their time from now on.

    Else a job that was planned while the clock was a year ahead would wait for a year.
    """
    ahead = select(JOBS).where(JOBS.c.set_at > now + SKEW).with_for_update(skip_locked=True)
    for row in connection.execute(ahead).all():
        if row.holder:
            due = row.next_at and min(row.next_at, now)
            values = {"until": now + (row.until - row.set_at), "next_at": due}
        else:
            values = {"next_at": next_tick(row.schedule, ZoneInfo(row.zone), now)}
        _set(connection, row, {**values, "set_at": now})


def _taken(row: Row[Any], holder: str, now: datetime, ttl: timedelta) -> dict[str, object]:
    values: dict[str, object] = {
        "holder": holder,
        "until": now + ttl,
        "token": row.token + 1,
        "set_at": now,
        "attempts": row.attempts + 1,
        "last_started": now,
    }
    if row.holder:
        said = f"{row.holder} neither finished nor renewed it in time"
        values |= {"last_ended": row.until, "last_status": RunStatus.INTERRUPTED.value, "last_detail": said}
    return values


def _ended(row: Row[Any], status: RunStatus, detail: str, now: datetime) -> dict[str, object]:
    is_over = status in (RunStatus.DONE, RunStatus.INCOMPLETE)
    return {
        "holder": "",
        "until": _PAST,
        "set_at": now,
        "next_at": _due_again(row, status, now),
        "attempts": 0 if is_over else row.attempts,
        "last_ended": now,
        "last_status": status.value,
        "last_detail": detail,
    }


def _due_again(row: Row[Any], status: RunStatus, now: datetime) -> datetime | None:
    if row.next_at is None:
        return None
    due: datetime = row.next_at
    if status is RunStatus.INTERRUPTED:
        return min(due, now)
    # A clock that was set back by seconds must not bring the same tick again.
    after = due if now < due <= now + SKEW else now
    tick = next_tick(row.schedule, ZoneInfo(row.zone), after)
    if status is RunStatus.FAILED and tick is not None:
        return min(tick, now + pause(row.attempts))
    return tick


def _place(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    return JOBS.c.organization == row.organization, JOBS.c.name == row.name


def _mine(job: Job) -> tuple[ColumnElement[bool], ...]:
    place = (JOBS.c.organization == job.organization, JOBS.c.name == job.name)
    return (*place, JOBS.c.holder == job.holder, JOBS.c.token == job.token)


def _set(connection: Connection, row: Row[Any], values: Mapping[str, object]) -> dict[str, Any]:
    """Change a row, which this transaction has locked; gives it as it is then."""
    connection.execute(update(JOBS).where(*_place(row)).values(values))
    return {**row._mapping, **values}  # noqa: SLF001 - its public name


def _job(values: Mapping[str, Any]) -> Job:
    """A job from a row's values; what nobody has in hand is held until a time that is past for every clock."""
    kept = {name: value for name, value in values.items() if name != "set_at"}
    status = RunStatus(kept["last_status"]) if kept["last_status"] else None
    until = kept["until"] if kept["holder"] else None
    return Job(**kept | {"last_status": status, "until": until})
