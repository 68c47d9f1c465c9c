"""What waivers took in beyond their approved sets, when they were decided on, and what people were told of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part, insert_absent, insert_if_absent, insert_into
from hubposture.ledger.schema import ADMITTED_SUBJECTS, DECIDED_WAIVERS, WAIVER_NOTICES
from hubposture.ports.waivers import Notice


class Admissions(Part):
    """Admissions, decisions and notices by organization and waiver."""

    def admitted(self, organization: str) -> Mapping[str, frozenset[str]]:
        """See `ports.waivers`."""
        table = ADMITTED_SUBJECTS.c
        query = select(table.waiver, table.subject).where(table.organization == organization)
        found: dict[str, set[str]] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(query):
                found.setdefault(row.waiver, set()).add(row.subject)
        return {waiver: frozenset(subjects) for waiver, subjects in sorted(found.items())}

    def admit(self, organization: str, waiver: str, subjects: Iterable[str], at: datetime) -> None:
        """See `ports.waivers`."""
        common = {"organization": organization, "waiver": waiver, "at": at}
        rows: list[dict[str, object]] = [{**common, "subject": subject} for subject in subjects]
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            insert_absent(connection, ADMITTED_SUBJECTS, rows)

    def decided_at(self, organization: str) -> Mapping[str, datetime]:
        """See `ports.waivers`."""
        table = DECIDED_WAIVERS.c
        query = select(table.waiver, table.at).where(table.organization == organization)
        with reading(self._engine) as connection:
            return {row.waiver: row.at for row in connection.execute(query)}

    def put_decided(self, organization: str, waivers: Iterable[str], at: datetime) -> None:
        """See `ports.waivers`."""
        rows = [{"organization": organization, "waiver": waiver, "at": at} for waiver in waivers]
        if not rows:
            return
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            statement = insert_into(connection, DECIDED_WAIVERS)
            # Never back, also when the clock goes back: what was there at the later time is no new subject.
            later = statement.on_conflict_do_update(
                index_elements=list(DECIDED_WAIVERS.primary_key),
                set_={"at": statement.excluded.at},
                where=statement.excluded.at > DECIDED_WAIVERS.c.at,
            )
            connection.execute(later, rows)

    def notices(self, organization: str, *, since: datetime | None = None) -> Sequence[Notice]:
        """See `ports.waivers`."""
        table = WAIVER_NOTICES.c
        query = select(WAIVER_NOTICES).where(table.organization == organization)
        if since is not None:
            query = query.where(table.at >= since)
        with reading(self._engine) as connection:
            found = [_notice(row) for row in connection.execute(query)]
        # Sorted here: databases differ in how they order text.
        return tuple(sorted(found, key=lambda one: (one.at, one.waiver, one.kind, one.until)))

    def notify(self, organization: str, found: Iterable[Notice]) -> Sequence[Notice]:
        """See `ports.waivers`."""
        with writing(self._engine) as connection:
            lock(connection, Lock.WAIVERS)
            return tuple(one for one in found if insert_if_absent(connection, WAIVER_NOTICES, _row(organization, one)))


def _row(organization: str, notice: Notice) -> dict[str, object]:
    return {
        "organization": organization,
        "waiver": notice.waiver,
        "kind": notice.kind,
        "until": notice.until,
        "at": notice.at,
        "body": dict(notice.body),
    }


def _notice(row: Row[Any]) -> Notice:
    return Notice(row.waiver, row.kind, row.until, row.at, row.body)
