"""How the audit trail is chained: what the ledger, a copy of the trail and whoever checks either compute alike."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from hubposture.ports.ledger import AuditHead, AuditRecord, Entry, Tampering

EMPTY = AuditHead(0, "0" * 64)
"""The head of a trail without records."""
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(value: Any) -> str:
    """One text for equal documents: sorted keys, no blanks, ASCII."""
    return _ENCODER.encode(value)


def digest(seq: int, at: datetime, entry: Entry, previous: str) -> str:
    """The SHA-256 (hex) that binds an entry to its number, its time and the record before it."""
    when = at.astimezone(UTC).isoformat(timespec="microseconds")
    said = [seq, when, entry.who, entry.what, entry.before, entry.after, entry.why, entry.run, previous]
    return hashlib.sha256(canonical(said).encode("ascii")).hexdigest()


def is_as_written(record: AuditRecord) -> bool:
    """Whether a record's contents match its digest."""
    return digest(record.seq, record.at, record.entry, record.previous) == record.digest


def broken_links(trail: Iterable[AuditRecord], expected: dict[int, str]) -> Iterator[Tampering]:
    """Compare each record with its own digest, its neighbour and the stored head (`expected`: number -> digest)."""
    before = EMPTY
    for record in trail:
        if record.seq != before.seq + 1:
            yield Tampering(before.seq + 1, f"records {before.seq + 1} to {record.seq - 1} are missing")
        elif record.previous != before.digest:
            yield Tampering(record.seq, "it does not follow from the record before it")
        if not is_as_written(record):
            yield Tampering(record.seq, "its contents do not match its digest")
        if expected.pop(record.seq, record.digest) != record.digest:
            yield Tampering(record.seq, "it is not the record that the trail's head names")
        before = AuditHead(record.seq, record.digest)
    for seq, said in expected.items():
        if (seq, said) != (EMPTY.seq, EMPTY.digest):
            yield Tampering(before.seq + 1, f"records from {before.seq + 1} to the trail's head {seq} are missing")
