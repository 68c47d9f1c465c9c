"""The audit trail: append-only, every record bound to the one before it."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hubposture.ledger.columns import clean, dump, load_value
from hubposture.ledger.engine import Lock, lock, reading, writing
from hubposture.ledger.part import Part
from hubposture.ledger.schema import AUDIT, AUDIT_HEAD
from hubposture.ports.ledger import AuditHead, AuditRecord, Entry, Tampering
from hubposture.reconcile.change import Value
from hubposture.reconcile.chunks import chunks

_PAGE = 5000
EMPTY = AuditHead(0, "0" * 64)
"""The head of a trail without records."""


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

    def trail(self, *, after: int = 0, limit: int | None = None) -> Iterator[AuditRecord]:
        """See `ports.ledger`."""
        left = limit
        while page := self._page(after, _PAGE if left is None else min(left, _PAGE)):
            yield from page
            after = page[-1].seq
            left = None if left is None else left - len(page)

    def _page(self, after: int, size: int) -> list[AuditRecord]:
        with reading(self._engine) as connection:
            return _read_page(connection, after, size)

    def verify(self, anchor: AuditHead | None = None) -> tuple[Tampering, ...]:
        """See `ports.ledger`."""
        # The head first: what is appended meanwhile lies behind it and is checked as well.
        head = self.head()
        expected = {head.seq: head.digest}
        found = list(_broken_links(self.trail(), expected))
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
    return tuple(_broken_links(_read_all(connection), {head.seq: head.digest}))


def _read_all(connection: Connection) -> Iterator[AuditRecord]:
    after = 0
    while page := _read_page(connection, after, _PAGE):
        yield from page
        after = page[-1].seq


def _read_page(connection: Connection, after: int, size: int) -> list[AuditRecord]:
    query = select(AUDIT).where(AUDIT.c.seq > after).order_by(AUDIT.c.seq).limit(size)
    return [_record(row) for row in connection.execute(query)]


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


def digest(seq: int, at: datetime, entry: Entry, previous: str) -> str:
    """The SHA-256 (hex) that binds an entry to its number, its time and the record before it."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [seq, when, entry.who, entry.what, entry.before, entry.after, entry.why, entry.run, previous]
    return hashlib.sha256(dump(said).encode("ascii")).hexdigest()


def _broken_links(trail: Iterable[AuditRecord], expected: dict[int, str]) -> Iterator[Tampering]:
    """Compare each record with its own digest, its neighbour and the stored head (`expected`: number -> digest)."""
    before = EMPTY
    for record in trail:
        if record.seq != before.seq + 1:
            yield Tampering(before.seq + 1, f"records {before.seq + 1} to {record.seq - 1} are missing")
        elif record.previous != before.digest:
            yield Tampering(record.seq, "it does not follow from the record before it")
        if digest(record.seq, record.at, record.entry, record.previous) != record.digest:
            yield Tampering(record.seq, "its contents do not match its digest")
        if expected.pop(record.seq, record.digest) != record.digest:
            yield Tampering(record.seq, "it is not the record that the trail's head names")
        before = AuditHead(record.seq, record.digest)
    for seq, said in expected.items():
        if (seq, said) != (EMPTY.seq, EMPTY.digest):
            yield Tampering(before.seq + 1, f"records from {before.seq + 1} to the trail's head {seq} are missing")


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
