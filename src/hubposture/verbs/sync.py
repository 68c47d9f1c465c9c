"""Sync: findings come in from the API, the queue or files, and the dimensions beside them are renewed."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding, Rejected
from hubposture.ports.findings import FindingsFiles, FindingsQueue, FindingsReader, Page
from hubposture.ports.hub import Progress
from hubposture.ports.lake import Dimensions, Folded, LakeWriter
from hubposture.ports.ledger import Failure
from hubposture.ports.versions import Publication, Versions
from hubposture.reconcile.chunks import chunks

BATCH = 20_000
"""Findings that are folded at once: few enough to hold, enough to make a version worth its files."""
SHARD = 20
"""Accounts of one part of a sweep; GetFindings takes 20 values per attribute."""
OVERLAP = dt.timedelta(minutes=15)
"""How far an increment reaches back behind the newest finding it has seen: what comes late is not lost."""
RESUMABLE = dt.timedelta(hours=24)
"""A sweep that was begun longer ago begins anew, so that a part that cannot be read keeps no other from its turn."""
SOURCE = "api"


@dataclass(frozen=True, slots=True)
class FileRead:
    """One file: how many rows of control findings, of other findings, and which records were rejected."""

    path: str
    control: int
    other: int
    rejected: tuple[Rejected, ...]


@dataclass(frozen=True)
class Synced:
    """What a sync did. `complete` is False where something could not be read; `failures` say what."""

    source: str
    folded: Folded
    control: int = 0
    other: int = 0
    rejected: tuple[Rejected, ...] = ()
    files: tuple[FileRead, ...] = ()
    swept: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    settled: bool = False
    messages: int = 0

    @property
    def complete(self) -> bool:
        """Whether everything that was to be read was read."""
        return not self.failures


@dataclass
class _Tally:
    """Counts on the way."""

    folded: Folded = field(default_factory=lambda: Folded(0))
    control: int = 0
    other: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    swept: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def saw(self, findings: Sequence[Finding], rejected: Sequence[Rejected]) -> None:
        """Count what came."""
        control = sum(one.kind == "control" for one in findings)
        self.control += control
        self.other += len(findings) - control
        self.rejected += rejected

    def done(self, source: str, **more: Any) -> Synced:
        """The result."""
        return Synced(
            source, self.folded, self.control, self.other, tuple(self.rejected), swept=tuple(self.swept),
            failures=tuple(self.failures), **more,
        )  # fmt: skip


# --- the API ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApiCursor:
    """Where the API source stands; kept in the ledger with every version.

    `increment` is the newest UpdatedAt that was seen. `started` and `swept` are of a sweep under way: when it began and
    which accounts are done, with `newest` the newest UpdatedAt in it. `complete` is the start of the last complete sweep by account, `fresh` the newest UpdatedAt
    that a sweep saw in it. `switched` is when
    consolidated findings were last seen switched.
    """

    increment: dt.datetime | None = None
    started: dt.datetime | None = None
    swept: tuple[str, ...] = ()
    newest: dt.datetime | None = None
    complete: Mapping[str, dt.datetime] = field(default_factory=dict)
    fresh: Mapping[str, dt.datetime] = field(default_factory=dict)
    consolidated: bool | None = None
    switched: dt.datetime | None = None
    surveyed: dt.datetime | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "ApiCursor":
        """The cursor as the ledger kept it; an empty one where there is none."""
        return cls(
            increment=_time(kept.get("increment")),
            started=_time(kept.get("started")),
            swept=tuple(kept.get("swept", ())),
            newest=_time(kept.get("newest")),
            complete=_times(kept.get("complete")),
            fresh=_times(kept.get("fresh")),
            consolidated=kept.get("consolidated"),
            switched=_time(kept.get("switched")),
            surveyed=_time(kept.get("surveyed")),
        )

    def kept(self) -> dict[str, Any]:
        """What the ledger keeps."""
        return {
            "increment": _iso(self.increment),
            "started": _iso(self.started),
            "swept": list(self.swept),
            "newest": _iso(self.newest),
            "complete": {account: at.isoformat() for account, at in sorted(self.complete.items())},
            "fresh": {account: at.isoformat() for account, at in sorted(self.fresh.items())},
            "consolidated": self.consolidated,
            "switched": _iso(self.switched),
            "surveyed": _iso(self.surveyed),
        }

    def is_frozen(self, now: dt.datetime) -> bool:
        """Whether consolidated findings were switched less than 48 hours ago."""
        return self.switched is not None and now - self.switched < dt.timedelta(hours=48)

    def sweep_is_due(self, now: dt.datetime, every: dt.timedelta, accounts: Iterable[str]) -> bool:
        """Whether a sweep is under way, or some account's last one is too long ago."""
        return self.started is not None or any(is_due(self.complete.get(account), now, every) for account in accounts)


def is_due(last: dt.datetime | None, now: dt.datetime, every: dt.timedelta) -> bool:
    """Whether something was done too long ago; what lies ahead of the clock was done under a wrong one."""
    return last is None or not -OVERLAP <= now - last < every


def _times(kept: Mapping[str, str] | None) -> dict[str, dt.datetime]:
    return {account: dt.datetime.fromisoformat(at) for account, at in (kept or {}).items()}


def _time(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _iso(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


@dataclass(frozen=True)
class ApiMeans:
    """What the API source needs. `now` gives naive UTC."""

    lake: str
    reader: FindingsReader
    writer: LakeWriter
    versions: Versions
    now: Callable[[], dt.datetime]
    progress: Progress | None = None

    def cursor(self) -> ApiCursor:
        """Where the source stands."""
        return ApiCursor.of(self.versions.cursor(self.lake, SOURCE))


def sync_api(means: ApiMeans, accounts: Sequence[str], *, sweep: bool) -> Synced:
    """Read what is new since the last time, then, if `sweep`, everything that is ACTIVE, account by account.

    A sweep that was interrupted goes on where it stopped. What cannot be read is a failure; what was read before it
    stays. Raises nothing remote.
    """
    tally = _Tally()
    cursor = _with_consolidation(means, means.cursor(), tally)
    began = means.now()
    if cursor.increment is not None:
        # A sweep reads what is ACTIVE, so before it only the archived ones are new.
        cursor = _increment(means, cursor, tally, archived_only=sweep)
    if sweep:
        _sweep(means, cursor, accounts, tally, began)
    return tally.done(SOURCE)


def _with_consolidation(means: ApiMeans, cursor: ApiCursor, tally: _Tally) -> ApiCursor:
    try:
        now_on = means.reader.is_consolidated()
    except RemoteError as error:
        tally.failures.append(Failure("consolidated findings", str(error)))
        return cursor
    now = means.now()
    switched = now if cursor.consolidated not in (None, now_on) else cursor.switched
    if switched is not None and switched > now:
        switched = now  # noted under a wrong clock; nobody knows when it was, so the 48 hours begin anew
    return replace(cursor, consolidated=now_on, switched=switched)


def _increment(means: ApiMeans, cursor: ApiCursor, tally: _Tally, *, archived_only: bool) -> ApiCursor:
    assert cursor.increment is not None
    newest = cursor.increment
    pages = _until_failure(
        means.reader.increment(cursor.increment - OVERLAP, archived_only=archived_only), "increment", tally
    )
    for findings, rejected, at in _batches(pages):
        tally.saw(findings, rejected)
        newest = _newest(findings, newest, at)
        if not archived_only:
            cursor = replace(cursor, increment=newest)
        tally.folded += means.writer.fold(findings, rejected=rejected, also=_publication(cursor))
    return cursor


def _newest(findings: Sequence[Finding], before: dt.datetime, observed_at: dt.datetime) -> dt.datetime:
    """The newest UpdatedAt of AWS's own findings; other products' clocks, and times to come, move nothing."""
    times = (one.updated_at for one in findings if one.kind == "control" and one.updated_at <= observed_at)
    return max(times, default=before) if findings else before


def _sweep(means: ApiMeans, cursor: ApiCursor, accounts: Sequence[str], tally: _Tally, began: dt.datetime) -> None:
    if is_due(cursor.started, began, RESUMABLE):
        cursor = replace(cursor, started=began, swept=(), newest=None)
    left = [one for one in accounts if one not in cursor.swept]
    done = len(accounts) - len(left)
    for shard in chunks(left, SHARD):
        before = len(tally.failures)
        started, seen, newest, fresh = means.now(), set[str](), cursor.newest, dict(cursor.fresh)
        pages = _until_failure(means.reader.sweep(shard), f"sweep of {', '.join(shard)}", tally)
        for findings, rejected, at in _batches(pages):
            seen.update(one.finding for one in findings)
            newest = _newest(findings, newest or dt.datetime.min, at)  # noqa: DTZ901 - naive UTC like all of the lake
            fresh |= _freshest(findings, fresh)
            tally.saw(findings, rejected)
            tally.folded += means.writer.fold(findings, rejected=rejected)
        if len(tally.failures) > before:
            continue
        cursor = _swept(replace(cursor, newest=newest, fresh=fresh), shard, accounts, started)
        tally.folded += means.writer.missed(shard, seen, started=started, also=_publication(cursor))
        tally.swept += shard
        done += len(shard)
        if means.progress is not None:
            means.progress(done, len(accounts))


def _freshest(findings: Sequence[Finding], before: Mapping[str, dt.datetime]) -> dict[str, dt.datetime]:
    """The newest UpdatedAt of AWS's own findings by account."""
    found: dict[str, dt.datetime] = {}
    for one in findings:
        if one.kind == "control":
            held = found.get(one.account) or before.get(one.account)
            found[one.account] = max(one.updated_at, held) if held is not None else one.updated_at
    return found


def _swept(cursor: ApiCursor, shard: Sequence[str], accounts: Sequence[str], started: dt.datetime) -> ApiCursor:
    """The cursor after a shard. When all are done the next increment begins where the sweep began.

    It begins at the newest finding of the sweep if that is earlier: then our clock is ahead of AWS's.
    """
    cursor = replace(
        cursor, swept=(*cursor.swept, *shard), complete={**cursor.complete, **dict.fromkeys(shard, started)}
    )
    if not set(accounts) <= set(cursor.swept):
        return cursor
    assert cursor.started is not None
    reached = min(cursor.started, cursor.newest or cursor.started)
    increment = max(reached, cursor.increment) if cursor.increment is not None else reached
    return replace(cursor, started=None, swept=(), newest=None, increment=increment)


def _until_failure(pages: Iterator[Page], where: str, tally: _Tally) -> Iterator[Page]:
    """The pages up to the first failure, which is noted."""
    try:
        yield from pages
    except RemoteError as error:
        tally.failures.append(Failure(where, str(error)))


def _batches(pages: Iterable[Page]) -> Iterator[tuple[list[Finding], list[Rejected], dt.datetime]]:
    """Pages put together to batches of about BATCH findings, and when the last one was observed."""
    findings: list[Finding] = []
    rejected: list[Rejected] = []
    at: dt.datetime | None = None
    for page in pages:
        findings += page.findings
        rejected += page.rejected
        at = page.observed_at
        if len(findings) >= BATCH:
            yield findings, rejected, at
            findings, rejected = [], []
    if at is not None and (findings or rejected):
        yield findings, rejected, at


def _publication(cursor: ApiCursor) -> Publication:
    return Publication(cursors={SOURCE: cursor.kept()})


def settle(means: ApiMeans, found: Dimensions) -> Folded:
    """Write the dimensions of a survey that was just taken."""
    cursor = replace(means.cursor(), surveyed=means.now())
    return means.writer.settle(found, also=_publication(cursor))


# --- the queue -------------------------------------------------------------------------------------------------------


def sync_events(queue: FindingsQueue, writer: LakeWriter, *, most: int = 5_000, wait_seconds: int = 1) -> Synced:
    """Fold what waits in the queue, batch by batch, until it is empty; messages go only after their publication."""
    tally = _Tally()
    messages = 0
    while True:
        try:
            batch = queue.receive(most=most, wait_seconds=wait_seconds)
        except RemoteError as error:
            tally.failures.append(Failure("queue", str(error)))
            break
        if not batch:
            break
        findings = [one for message in batch for one in message.findings]
        rejected = [one for message in batch for one in message.rejected]
        tally.saw(findings, rejected)
        tally.folded += writer.fold(findings, rejected=rejected)
        messages += len(batch)
        _delete(queue, [message.receipt for message in batch], tally)
        if tally.failures:
            break
    return tally.done("events", messages=messages)


def _delete(queue: FindingsQueue, receipts: Sequence[str], tally: _Tally) -> None:
    """Delete what was published; what stays comes again, and then changes nothing."""
    try:
        stayed = queue.delete(receipts)
    except RemoteError as error:
        tally.failures.append(Failure("queue", f"published, but not deleted: {error}"))
        return
    if stayed:
        tally.failures.append(Failure("queue", f"{len(stayed)} messages were published and could not be deleted"))


# --- files -----------------------------------------------------------------------------------------------------------

_BULK_BYTES = 200_000_000
"""From this size on files are read by all cores at once, in one version."""


def sync_files(
    files: FindingsFiles, writer: LakeWriter, path: str, *, now: dt.datetime, progress: Progress | None = None
) -> Synced:
    """Fold the findings of a file, a folder or an S3 prefix; `now` is when they are taken as observed, naive UTC."""
    found = files.found(path)
    if sum(one.stat().st_size for one in found) >= _BULK_BYTES:
        return _bulk(writer, found, now, progress)
    tally = _Tally()
    read = []
    for number, one in enumerate(found, 1):
        read.append(_file(files, writer, one, tally))
        if progress is not None:
            progress(number, len(found))
    return tally.done("files", files=tuple(read))


def _bulk(writer: LakeWriter, found: Sequence[Path], now: dt.datetime, progress: Progress | None) -> Synced:
    """All files at once; with several of them nobody counts which one held what."""
    done = writer.load(found, observed_at=now, progress=progress)
    files = (FileRead(str(found[0]), done.control, done.other, done.rejected),) if len(found) == 1 else ()
    return Synced("files", done.folded, done.control, done.other, done.rejected, files=files)


def keep_in_order(writer: LakeWriter, *, keep_days: int) -> None:
    """Compact where reading suffers, and let old versions and files go; both may be interrupted at any time."""
    if writer.needs_compaction():
        writer.compact()
        writer.tidy(keep_days=keep_days)


def _file(files: FindingsFiles, writer: LakeWriter, path: Path, tally: _Tally) -> FileRead:
    mine = _Tally()
    for findings, rejected, _ in _batches(files.read(path)):
        mine.saw(findings, rejected)
        tally.folded += writer.fold(findings, rejected=rejected)
    tally.control += mine.control
    tally.other += mine.other
    tally.rejected += mine.rejected
    return FileRead(str(path), mine.control, mine.other, tuple(mine.rejected))
