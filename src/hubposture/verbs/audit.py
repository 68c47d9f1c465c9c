"""The audit trail, asked, copied out, and checked: here against its own chain, or as a copy without any ledger."""

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hubposture.errors import InputError, InputErrors, Problem
from hubposture.ports.chain import EMPTY, canonical, is_as_written
from hubposture.ports.ledger import ALL_RECORDS, AuditHead, AuditRecord, Entry, Ledger, Sought, Tampering
from hubposture.reconcile.change import Value
from hubposture.views.audit import Checked, Record, Wrong

FORMAT = 1
"""The format of a copy; it grows when one can no longer be read as another."""
COLUMNS = ("seq", "at", "who", "what", "before", "after", "why", "run", "previous", "digest")
"""What a copy has of each record."""
_KIND = "audit trail"
_LONGEST = 16 << 20
_DIGEST = 64
_MOST_FAULTS = 1_000
_ANCHOR = "write NUMBER:DIGEST as `hubposture audit anchor` prints it, 64 hexadecimal signs behind the colon"


def sought_of(given: Mapping[str, str]) -> Sought:
    """What is asked by `since`, `until`, `who`, `what`, `run` as people write them; a day counts as a whole, in UTC.

    Raises InputErrors that name every field that cannot be read.
    """
    problems: list[Problem] = []

    def time_of(name: str, *, is_end: bool) -> dt.datetime | None:
        text = given.get(name, "").strip()
        try:
            return _moment(text, is_end=is_end) if text else None
        except (ValueError, OverflowError):
            problems.append(
                Problem(name, f"{text!r} is no time", "write a day (2026-09-30) or a time (2026-09-30T12:00)")
            )
            return None

    found = Sought(
        time_of("since", is_end=False), time_of("until", is_end=True),
        *(given.get(name, "").strip() for name in ("who", "what", "run")),
    )  # fmt: skip
    if problems:
        raise InputErrors(problems)
    return found


def _moment(text: str, *, is_end: bool) -> dt.datetime:
    """A moment in UTC; of a day its begin, or the begin of the next one."""
    found = dt.datetime.fromisoformat(text)
    is_day = len(text) <= len("2026-09-30")
    at = found.replace(tzinfo=dt.UTC) if found.tzinfo is None else found.astimezone(dt.UTC)
    return at + dt.timedelta(days=1) if is_day and is_end else at


def anchor_of(text: str) -> AuditHead:
    """A head that was kept elsewhere, `1042:9f86d0...`. Raises InputError."""
    seq, colon, digest = text.strip().partition(":")
    is_one = colon and seq.isascii() and seq.isdecimal() and len(seq) < 19  # noqa: PLR2004 (digits of a 64-bit number)
    if not is_one or len(digest) != _DIGEST or set(digest) - set("0123456789abcdef"):
        raise InputError(f"--anchor {text[:100]}: {_ANCHOR}")
    return AuditHead(int(seq), digest)


def row_of(record: AuditRecord) -> Record:
    """A record as the views take it."""
    entry = record.entry
    return Record(
        record.seq, record.at, entry.who, entry.what, entry.before, entry.after, entry.why, entry.run, record.previous,
        record.digest,
    )  # fmt: skip


def newest(ledger: Ledger, sought: Sought, *, limit: int, before: int | None = None) -> tuple[Sequence[Record], bool]:
    """The newest records that are asked for, and whether there are older ones."""
    found = ledger.newest(sought, before=before, limit=limit + 1)
    return [row_of(one) for one in found[:limit]], len(found) > limit


def checked(ledger: Ledger, anchor: AuditHead | None = None) -> Checked:
    """The trail of the ledger, computed again from its first record on."""
    faults = ledger.verify(anchor)
    head = ledger.head()
    if anchor is None:
        said = (
            "Nothing was compared with a head kept elsewhere: who can rewrite all of the ledger can rewrite this too."
        )
    else:
        said = f"Compared with the head kept elsewhere, record {anchor.seq:,}."
    wrong = [Wrong(one.seq, one.what) for one in faults]
    return Checked("Audit trail", head.seq, head.seq, head.digest, wrong, [said])


# Copies


def copied(ledger: Ledger, sought: Sought) -> Iterator[str]:
    """A copy of the trail, or of what is asked of it, line by line as JSON: what it is, then a record a line, in order."""
    head = ledger.head()
    yield canonical(
        {
            "hubposture": _KIND, "format": FORMAT, "head": {"seq": head.seq, "digest": head.digest},
            "is_whole": sought == ALL_RECORDS, "sought": _told(sought),
        }
    )  # fmt: skip
    for record in up_to(ledger.trail(sought=sought), head):
        yield canonical(dict(zip(COLUMNS, cells(record), strict=True)))


def up_to(trail: Iterable[AuditRecord], head: AuditHead) -> Iterator[AuditRecord]:
    """The records up to a head: what comes in while they are read is left to the next copy."""
    for record in trail:
        if record.seq > head.seq:
            return
        yield record


def cells(record: AuditRecord) -> Sequence[Value]:
    """A record in the order of COLUMNS; its time as the digest has it."""
    entry = record.entry
    at = record.at.astimezone(dt.UTC).isoformat(timespec="microseconds")
    return (
        record.seq, at, entry.who, entry.what, entry.before, entry.after, entry.why, entry.run, record.previous,
        record.digest,
    )  # fmt: skip


def _told(sought: Sought) -> dict[str, str]:
    times = {name: at.isoformat() for name, at in (("since", sought.since), ("until", sought.until)) if at is not None}
    return times | {name: text for name in ("who", "what", "run") if (text := getattr(sought, name))}


@dataclass
class _Copy:
    """A copy that is being read."""

    anchor: AuditHead | None
    head: AuditHead = EMPTY
    is_whole: bool = True
    records: int = 0
    gaps: int = 0
    left_out: int = 0
    last: AuditHead = EMPTY
    is_anchored: bool = False
    faults: list[Tampering] = field(default_factory=list)

    def wrong(self, seq: int, what: str) -> None:
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(Tampering(seq, what))

    def take(self, record: AuditRecord) -> None:
        """The next record."""
        self.records += 1
        missing = record.seq - self.last.seq - 1
        if missing < 0:
            self.wrong(record.seq, "it stands behind a later record, or twice")
        elif missing == 0 and record.previous != self.last.digest:
            self.wrong(record.seq, "it does not follow from the record before it")
        elif missing > 0:
            self.gaps += 1
            self.left_out += missing
            if self.is_whole:
                self.wrong(self.last.seq + 1, f"records {self.last.seq + 1} to {record.seq - 1} are missing")
        if not is_as_written(record):
            self.wrong(record.seq, "its contents do not match its digest")
        for kept, what in ((self.head, "the head of the copy names"), (self.anchor, "was kept elsewhere")):
            if kept is not None and kept.seq == record.seq and kept.digest != record.digest:
                self.wrong(record.seq, f"it is not the record that {what}")
        self.is_anchored |= self.anchor is not None and self.anchor.seq == record.seq
        self.last = AuditHead(record.seq, record.digest)

    def end(self) -> None:
        """After the last record."""
        if self.last.seq > self.head.seq:
            self.wrong(self.last.seq, f"it stands behind the copy's head, {self.head.seq}")
        if self.is_whole and self.last.seq < self.head.seq:
            self.wrong(
                self.last.seq + 1, f"records from {self.last.seq + 1} to the copy's head {self.head.seq} are missing"
            )
        if self.anchor not in (None, EMPTY) and self.is_whole and not self.is_anchored:
            assert self.anchor is not None
            self.wrong(self.anchor.seq, "the record kept elsewhere as the trail's end is not in the copy")


def lines_of(file: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, none longer than a record can be: a longer one comes in pieces, which are no records."""
    yield from iter(lambda: file.readline(_LONGEST), b"")


def checked_copy(lines: Iterable[bytes], *, anchor: AuditHead | None = None, name: str = "copy") -> Checked:
    """A copy that `copied` wrote, computed again without the ledger. Raises InputError for a file that is none."""
    copy, number = _Copy(anchor), 0
    for number, raw in enumerate(lines, start=1):
        if number == 1:
            copy.head, copy.is_whole = _header(raw, name)
            continue
        record = _record(raw)
        if record is None:
            copy.wrong(copy.last.seq + 1, f"line {number} is no record of an audit trail")
        else:
            copy.take(record)
    if number == 0:
        raise InputError(f"{name}: it is empty")
    copy.end()
    wrong = [Wrong(one.seq, one.what) for one in copy.faults]
    return Checked(name, copy.records, copy.head.seq, copy.head.digest, wrong, list(_says(copy)))


def _says(copy: _Copy) -> Iterator[str]:
    if copy.is_whole:
        yield "The copy says that it is the whole trail."
    elif copy.left_out:
        yield f"The copy was asked for in part: {copy.left_out:,} records before its last one are not in it, and whether they were is not checked."
    if copy.anchor is None:
        yield "Nothing was compared with a head kept elsewhere: who made the copy could have made up all of it."
    elif copy.is_anchored:
        yield f"Compared with the head kept elsewhere, record {copy.anchor.seq:,}."
    elif not copy.is_whole:
        yield f"Record {copy.anchor.seq:,}, kept elsewhere, is not in this copy, so nothing was compared with it."


def _header(raw: bytes, name: str) -> tuple[AuditHead, bool]:
    found = _json(raw)
    if not isinstance(found, dict) or found.get("hubposture") != _KIND:
        raise InputError(f"{name}: this is no copy of an audit trail; `hubposture audit export` writes one")
    if found.get("format") != FORMAT:
        raise InputError(f"{name}: format {found.get('format')!r}, this hubposture reads {FORMAT}; update hubposture")
    head, is_whole = found.get("head"), found.get("is_whole")
    if not isinstance(head, dict) or not isinstance(is_whole, bool):
        raise InputError(f"{name}: its first line is damaged")
    seq, digest = head.get("seq"), head.get("digest")
    if not isinstance(seq, int) or not isinstance(digest, str):
        raise InputError(f"{name}: its first line is damaged")
    return AuditHead(seq, digest), is_whole


def _record(raw: bytes) -> AuditRecord | None:
    """A record of a copy; None for what is none."""
    found = _json(raw)
    if not isinstance(found, dict) or set(found) != set(COLUMNS):
        return None
    texts = ("at", "who", "what", "why", "run", "previous", "digest")
    if not all(isinstance(found[one], str) for one in texts) or not isinstance(found["seq"], int):
        return None
    try:
        at = dt.datetime.fromisoformat(found["at"])
        if at.tzinfo is None:
            return None
        entry = Entry(
            found["who"], found["what"], _value(found["before"]), _value(found["after"]), found["why"], found["run"]
        )
        record = AuditRecord(found["seq"], at, entry, found["previous"], found["digest"])
        canonical(cells(record))
    except (ValueError, OverflowError, RecursionError, TypeError):
        return None
    return record


def _json(raw: bytes) -> Any:
    if len(raw) > _LONGEST:
        return None
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _value(found: Any) -> Value:
    if isinstance(found, list):
        return tuple(_value(one) for one in found)
    if found is None or isinstance(found, str | int | float | bool):
        return found
    raise TypeError(type(found).__name__)
