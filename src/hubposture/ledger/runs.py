"""Runs in the ledger."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema import RUNS
from hubposture.ports.ledger import Failure, Run, RunStatus, UnknownRun

_APPLYING = ("apply", "run", "waivers enforce")
_ENDED = (RunStatus.DONE.value, RunStatus.INCOMPLETE.value)


class Runs(Part):
    """Opening, closing and showing runs."""

    def open_run(self, verb: str, *, organization: str = "", who: str, commit: str = "") -> Run:
        """See `ports.ledger`."""
        row = {
            "id": self._store.new_id(),
            "verb": verb,
            "organization": organization,
            "who": who,
            "commit": commit,
            "started": self._now(),
            "status": RunStatus.RUNNING.value,
            "counts": {},
            "calls": {},
            "failures": [],
        }
        with writing(self._engine) as connection:
            connection.execute(insert(RUNS).values(row))
            return find_run(connection, str(row["id"]))

    def close_run(
        self,
        run: str,
        *,
        status: RunStatus,
        counts: Mapping[str, int],
        calls: Mapping[str, int],
        failures: Sequence[Failure] = (),
    ) -> Run:
        """See `ports.ledger`."""
        values = {
            "status": status.value,
            "ended": self._now(),
            "counts": dict(counts),
            "calls": dict(calls),
            "failures": [[failure.where, failure.what] for failure in failures],
        }
        with writing(self._engine) as connection:
            connection.execute(update(RUNS).where(RUNS.c.id == run).values(values))
            return find_run(connection, run)

    def run(self, run: str) -> Run:
        """See `ports.ledger`."""
        with reading(self._engine) as connection:
            return find_run(connection, run)

    def runs(self, *, verb: str | None = None, status: RunStatus | None = None, limit: int = 20) -> tuple[Run, ...]:
        """See `ports.ledger`."""
        query = select(RUNS).order_by(RUNS.c.id.desc()).limit(limit)
        if verb is not None:
            query = query.where(RUNS.c.verb == verb)
        if status is not None:
            query = query.where(RUNS.c.status == status.value)
        with reading(self._engine) as connection:
            return tuple(_run(row) for row in connection.execute(query))

    def runs_between(self, begin: datetime, end: datetime) -> tuple[Run, ...]:
        """See `ports.ledger`."""
        is_there = or_(RUNS.c.ended.is_(None), RUNS.c.ended >= begin)
        query = select(RUNS).where(RUNS.c.started < end, is_there).order_by(RUNS.c.id)
        with reading(self._engine) as connection:
            return tuple(_run(row) for row in connection.execute(query))

    def applied(self, organization: str, *, limit: int = 10) -> tuple[str, ...]:
        """See `ports.ledger`."""
        query = (
            select(RUNS.c.commit)
            .where(
                RUNS.c.verb.in_(_APPLYING),
                RUNS.c.status.in_(_ENDED),
                RUNS.c.organization.in_([organization, ""]),
                RUNS.c.commit != "",
            )
            .group_by(RUNS.c.commit)
            .order_by(func.max(RUNS.c.id).desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            return tuple(connection.execute(query).scalars())


def find_run(connection: Connection, run: str) -> Run:
    """A run by id within a transaction. Raises UnknownRun."""
    row = connection.execute(select(RUNS).where(RUNS.c.id == run)).one_or_none()
    if row is None:
        raise UnknownRun(f"the ledger holds no run {run}; `runs` lists those it holds")
    return _run(row)


def _run(row: Row[Any]) -> Run:
    return Run(
        id=row.id,
        verb=row.verb,
        organization=row.organization,
        who=row.who,
        commit=row.commit,
        started=row.started,
        ended=row.ended,
        status=RunStatus(row.status),
        counts=row.counts,
        calls=row.calls,
        failures=tuple(Failure(where, what) for where, what in row.failures),
    )
