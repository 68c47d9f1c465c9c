"""Reports that were frozen."""

from collections.abc import Sequence

from sqlalchemy import select

from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part, insert_if_absent
from hubposture.ledger.schema_work import REPORTS
from hubposture.ports.reports import Frozen

_NAMES = ("organization", "of", "key", "week", "frozen_at", "version", "body")


class Reports(Part):
    """Reports by organization, what they are of, and week: written once."""

    def freeze(self, report: Frozen) -> bool:
        """See `ports.reports`."""
        row: dict[str, object] = {name: getattr(report, name) for name in _NAMES}
        with writing(self._engine) as connection:
            return insert_if_absent(connection, REPORTS, row | {"body": dict(report.body)})

    def frozen(self, organization: str, *, of: str, key: str, week: str) -> Frozen | None:
        """See `ports.reports`."""
        table = REPORTS.c
        query = select(REPORTS).where(
            table.organization == organization, table.of == of, table.key == key, table.week == week
        )
        with reading(self._engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else Frozen(**{name: getattr(row, name) for name in _NAMES})

    def frozen_reports(self, organization: str) -> Sequence[Frozen]:
        """See `ports.reports`."""
        columns = [column for column in REPORTS.c if column.name != "body"]
        query = select(*columns).where(REPORTS.c.organization == organization)
        with reading(self._engine) as connection:
            rows = list(connection.execute(query))
        found = [Frozen(**{name: getattr(row, name) for name in _NAMES[:-1]}, body={}) for row in rows]
        return tuple(sorted(sorted(found, key=lambda one: (one.of, one.key)), key=lambda one: one.week, reverse=True))
