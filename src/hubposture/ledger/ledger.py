"""The ledger over SQLAlchemy: one class for SQLite and PostgreSQL."""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from hubposture.ledger.acts import Acts
from hubposture.ledger.admissions import Admissions
from hubposture.ledger.approvals import Approvals
from hubposture.ledger.asking import Asking
from hubposture.ledger.audit import Audit
from hubposture.ledger.calls import CallBudgets
from hubposture.ledger.changes import Changes
from hubposture.ledger.controls import SeenControls
from hubposture.ledger.engine import build_engine, ledger_url
from hubposture.ledger.jobs import Jobs
from hubposture.ledger.leases import Leases
from hubposture.ledger.marks import Marks
from hubposture.ledger.migrate import upgrade
from hubposture.ledger.outbox import Outbox
from hubposture.ledger.part import Store
from hubposture.ledger.people import People
from hubposture.ledger.pins import Pins
from hubposture.ledger.proposals import Proposals
from hubposture.ledger.reports import Reports
from hubposture.ledger.run_changes import RunChanges
from hubposture.ledger.runs import Runs
from hubposture.ledger.saved import Saved
from hubposture.ledger.seen import Seen
from hubposture.ledger.sightings import Sightings
from hubposture.ledger.tokens import Tokens
from hubposture.ledger.told import Told
from hubposture.ledger.ulid import Ulids
from hubposture.ledger.versions import Versions
from hubposture.ledger.work import Work

_LOG = logging.getLogger("hubposture.ledger")


class SqlLedger(
    Runs,
    Changes,
    Audit,
    SeenControls,
    Leases,
    Versions,
    Pins,
    Outbox,
    CallBudgets,
    Marks,
    Sightings,
    Admissions,
    Approvals,
    Asking,
    Jobs,
    Work,
    Told,
    Reports,
    Saved,
    Acts,
    Proposals,
    RunChanges,
    Seen,
    People,
    Tokens,
):
    """Implements the ledger's ports.

    `Ledger`, `Versions`, `WaiverLedger`, `Jobs`, `WorkLedger`, `Reports`, `SavedFilters` and `KeptAnswers`. Safe in threads. Close it, or use it as a context manager.
    """

    @property
    def engine(self) -> Engine:
        """The database, for `move`."""
        return self._engine

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def utc_now() -> datetime:
    """The wall clock, aware and UTC."""
    return datetime.now(UTC)


def open_ledger(
    url: str,
    *,
    relative_to: Path,
    clock: Callable[[], datetime] = utc_now,
    entropy: Callable[[int], bytes] = os.urandom,
    warn: Callable[[str], None] = _LOG.warning,
    busy_seconds: float = 30.0,
) -> SqlLedger:
    """Open a ledger, making or upgrading its tables.

    `url` is `sqlite:///PATH` (relative to `relative_to`, the baseline's root) or `postgresql://...`. `warn` gets a
    sentence if a SQLite file is not on a local disk. `busy_seconds` is how long to wait for other writers.
    Raises InputError (bad URL, not a ledger), LedgerIsNewer, LedgerUnavailable.
    """
    engine = build_engine(ledger_url(url, relative_to=relative_to), warn=warn, busy_seconds=busy_seconds)
    try:
        upgrade(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlLedger(Store(engine, clock, Ulids(clock, entropy)))
