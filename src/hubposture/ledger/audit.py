"""The audit trail: append-only, every record bound to the one before it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from hubposture.ledger.columns import clean, dump, load_value
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema import AUDIT, AUDIT_HEAD
from hubposture.ports.chain import EMPTY, broken_links, digest
from hubposture.ports.ledger import ALL_RECORDS, AuditHead, AuditRecord, Entry, Sought, Tampering
from hubposture.reconcile.change import Value
from hubposture.reconcile.chunks import chunks

__all__ = ["EMPTY", "Audit", "append", "faults", "stored_head"]

_PAGE = 5000


class Audit(Part):
    """Appending to, reading and checking the trail."""

    def audit(self, entries: Iterable[Entry]) -> AuditHead:
        """See `ports.ledger`."""
        with writing(self._engine) as connection:
            return append(connection, entries, at=self._now())

    def head(self) -> AuditHead:
        """See `ports.ledger`."""
        with reading(self._engine) as connection:
            return stored_head(connection)

    def trail(self, *, after: int = 0, limit: int | None = None, sought: Sought = ALL_RECORDS) -> Iterator[AuditRecord]:
        """See `ports.ledger`."""
        left = limit
        while page := self._page(after, _PAGE if left is None else min(left, _PAGE), sought):
            yield from page
            after = page[-1].seq
            left = None if left is None else left - len(page)

    def _page(self, after: int, size: int, sought: Sought) -> list[AuditRecord]:
        with reading(self._engine) as connection:
            return _read_page(connection, after, size, sought)

    def newest(
        self, sought: Sought = ALL_RECORDS, *, before: int | None = None, limit: int = 100
    ) -> Sequence[AuditRecord]:
        """See `ports.ledger`."""
        query = select(AUDIT).where(*_conditions(sought)).order_by(AUDIT.c.seq.desc()).limit(limit)
        if before is not None:
            query = query.where(AUDIT.c.seq < before)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def verify(self, anchor: AuditHead | None = None) -> tuple[Tampering, ...]:
        """See `ports.ledger`."""
        # The head first: what is appended meanwhile lies behind it and is checked as well.
        head = self.head()
        expected = {head.seq: head.digest}
        found = list(broken_links(self.trail(), expected))
        if anchor is not None and anchor != EMPTY:
            kept = next(self.trail(after=anchor.seq - 1, limit=1), None)
            if kept is None or (kept.seq, kept.digest) != (anchor.seq, anchor.digest):
                found.append(Tampering(anchor.seq, "the record kept elsewhere as the trail's end is not in the trail"))
        return tuple(sorted(found, key=lambda one: one.seq))


def append(connection: Connection, entries: Iterable[Entry], *, at: datetime) -> AuditHead:
    """Append entries within a transaction that holds from here on the audit lock; gives the new head."""
    lock(connection, Lock.AUDIT)
    head = stored_head(connection)
    for chunk in chunks(entries, _PAGE):
        rows = []
        for entry in chunk:
            record = _link(head, entry, at)
            head = AuditHead(record.seq, record.digest)
            rows.append(_row(record))
        connection.execute(insert(AUDIT), rows)
    connection.execute(update(AUDIT_HEAD).where(AUDIT_HEAD.c.id == 1).values(seq=head.seq, digest=head.digest))
    return head


def stored_head(connection: Connection) -> AuditHead:
    """The end of the trail as a transaction sees it."""
    row = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.digest).where(AUDIT_HEAD.c.id == 1)).one()
    return AuditHead(row.seq, row.digest)


def faults(connection: Connection) -> tuple[Tampering, ...]:
    """What is wrong with the trail as a transaction sees it; empty means it is what was written."""
    head = stored_head(connection)
    return tuple(broken_links(_read_all(connection), {head.seq: head.digest}))


def _read_all(connection: Connection) -> Iterator[AuditRecord]:
    after = 0
    while page := _read_page(connection, after, _PAGE):
        yield from page
        after = page[-1].seq


def _read_page(connection: Connection, after: int, size: int, sought: Sought = ALL_RECORDS) -> list[AuditRecord]:
    query = select(AUDIT).where(AUDIT.c.seq > after, *_conditions(sought)).order_by(AUDIT.c.seq).limit(size)
    return [_record(row) for row in connection.execute(query)]


def _conditions(sought: Sought) -> Iterator[ColumnElement[bool]]:
    if sought.since is not None:
        yield AUDIT.c.at >= sought.since
    if sought.until is not None:
        yield AUDIT.c.at < sought.until
    if sought.run:
        yield AUDIT.c.run == clean(sought.run)
    for column, text in ((AUDIT.c.who, sought.who), (AUDIT.c.what, sought.what)):
        if text:
            wanted = clean(text)
            # SQLite's own lower() knows letters of ASCII alone.
            is_in = func.lower(column).contains(wanted.lower(), autoescape=True)
            yield or_(is_in, column.contains(wanted, autoescape=True))


def _link(head: AuditHead, entry: Entry, at: datetime) -> AuditRecord:
    stored = Entry(
        who=clean(entry.who),
        what=clean(entry.what),
        before=entry.before,
        after=entry.after,
        why=clean(entry.why),
        run=clean(entry.run),
    )
    seq = head.seq + 1
    return AuditRecord(seq, at, stored, head.digest, digest(seq, at, stored, head.digest))


def _record(row: Row[Any]) -> AuditRecord:
    before, after = _value(row.before), _value(row.after)
    entry = Entry(who=row.who, what=row.what, before=before, after=after, why=row.why, run=row.run)
    return AuditRecord(row.seq, row.at, entry, row.previous, row.digest)


def _value(text: str) -> Value:
    try:
        return load_value(text)
    except ValueError:
        return text  # not what was written: the digest will not match, and that is what is to be reported


def _row(record: AuditRecord) -> dict[str, object]:
    entry = record.entry
    return {
        "seq": record.seq,
        "at": record.at,
        "who": entry.who,
        "what": entry.what,
        "before": dump(entry.before),
        "after": dump(entry.after),
        "why": entry.why,
        "run": entry.run,
        "previous": record.previous,
        "digest": record.digest,
    }
