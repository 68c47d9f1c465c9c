"""Findings in files: found in folders and in S3, read in pages, whatever form they have."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from hubposture.errors import InputError
from hubposture.findings.finding import Finding, Rejected
from hubposture.findings.normal import normalize
from hubposture.lake.records import Record, read_records
from hubposture.ports.findings import Page

PAGE = 2_000
"""Findings in a page, about."""

Fetch = Callable[[str], Sequence[Path]]
"""Fetches the objects of an `s3://` prefix and says where they are now. Raises RemoteError."""


def utc_now() -> dt.datetime:
    """Now, naive UTC."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None)


class Files:
    """Findings in files, as `ports.findings.FindingsFiles`; `fetch` is None where S3 is not to be asked."""

    def __init__(self, fetch: Fetch | None = None, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._fetch = fetch
        self._clock = clock

    def found(self, path: str) -> Sequence[Path]:
        """The files behind a path, sorted; of folders all below but hidden ones. Raises InputError, RemoteError."""
        if path.startswith("s3://"):
            if self._fetch is None:
                raise InputError(f"{path}: S3 cannot be read here; copy the objects to a folder and name that")
            return _some(sorted(self._fetch(path)), path)
        place = Path(path)
        if place.is_dir():
            return _some(sorted(_below(place)), path)
        if not place.is_file():
            what = "is no regular file" if place.exists() else "does not exist"
            raise InputError(f"{path} {what}: name a file, a folder or an s3:// prefix with findings")
        return (place,)

    def read(self, path: Path) -> Iterator[Page]:
        """A file's findings in pages of about PAGE; a file that is no JSON at all gives one rejected record.

        Findings were observed now, or when the event around them was sent.
        """
        now = self._clock()
        findings: list[Finding] = []
        rejected: list[Rejected] = []
        for record in read_records(path):
            one = normal(record, now=now)
            if isinstance(one, Rejected):
                rejected.append(one)
            else:
                findings += one
            if len(findings) + len(rejected) >= PAGE:
                yield Page(tuple(findings), tuple(rejected), now)
                findings, rejected = [], []
        if findings or rejected:
            yield Page(tuple(findings), tuple(rejected), now)


def normal(record: Record | Rejected, *, now: dt.datetime) -> tuple[Finding, ...] | Rejected:
    """A record of a file in its normal form; observed `now` or, if that is earlier, when it was seen."""
    if isinstance(record, Rejected):
        return record
    seen_at = now if record.seen_at is None else min(now, record.seen_at)
    return normalize(record.record, observed_at=seen_at, where=record.where)


def _some(paths: Sequence[Path], path: str) -> Sequence[Path]:
    if not paths:
        raise InputError(f"{path}: there is no file in it (hidden ones do not count)")
    return tuple(paths)


def _below(folder: Path) -> Iterator[Path]:
    """Regular files below a folder; hidden files and folders are left out, links to folders are not followed."""
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        yield from (Path(at, name) for name in names if not name.startswith(".") and Path(at, name).is_file())
