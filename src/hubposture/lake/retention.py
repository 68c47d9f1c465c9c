"""Which versions and files are kept."""

import datetime as dt
from collections.abc import Collection, Sequence

from hubposture.lake.engine import naive
from hubposture.lake.manifest import File, from_json, is_ours, written_at
from hubposture.lake.past import is_old
from hubposture.lake.publish import Place
from hubposture.lake.storage import Stored
from hubposture.ports.versions import VersionRow

_LATELY = dt.timedelta(hours=1)
_YOUNG = dt.timedelta(hours=24)


def tidy(place: Place, *, keep_days: int, full_days: int) -> tuple[int, int]:
    """Retire versions and delete files that no version needs: (versions, files). Any number may do it at once.

    Kept are the head, what is pinned, what is younger than an hour, and of each of the last `keep_days` the last
    version. Of versions older than `full_days` only the head and pinned ones keep their findings. A file goes when it
    has a name of ours and is older than 24 hours by the storage's clock and by the clock of who wrote it. Where the
    ledger knows no version at all nothing is deleted: it may be the wrong ledger.
    """
    now = place.now()
    rows = place.books.versions(place.lake)
    if not rows:
        return 0, 0
    retired = place.books.retire(place.lake, going(rows, now=now, keep_days=keep_days))
    names = {file.name for files in needed(place, full_days=full_days).values() for file in files}
    gone = [one.name for one in orphans(list(place.storage.listed()), names, now=now)]
    place.storage.delete(gone)
    return retired, len(gone)


def going(rows: Sequence[VersionRow], *, now: dt.datetime, keep_days: int) -> list[int]:
    """The versions that nothing but a pin keeps; `rows` are newest first."""
    first = naive(now).date() - dt.timedelta(days=keep_days)
    last_of_day: dict[dt.date, int] = {}
    for row in rows:
        last_of_day.setdefault(naive(row.at).date(), row.number)
    kept = {number for day, number in last_of_day.items() if day > first}
    return [row.number for row in rows[1:] if row.number not in kept and row.at < now - _LATELY]


def needed(place: Place, *, full_days: int) -> dict[int, tuple[File, ...]]:
    """The files that every version must have, by number, newest first: the head, pinned and young ones all of theirs.

    Raises InputError for a manifest of a newer format.
    """
    now = place.now()
    rows = place.books.versions(place.lake)
    pinned = {pin.number for pin in place.books.pins(place.lake)}
    found = {}
    for row in rows:
        manifest = from_json(row.manifest)
        is_full = row is rows[0] or row.number in pinned or not is_old(row.at, now=now, full_days=full_days)
        found[row.number] = tuple(manifest.files() if is_full else manifest.slim_files())
    return found


def orphans(stored: Sequence[Stored], names: Collection[str], *, now: dt.datetime) -> list[Stored]:
    """The files that are not needed and are old by both clocks; what carries no time of ours is judged by one.

    The storage's clock is read from the newest file, so that a clock of ours that jumps ahead makes nothing old.
    """
    before = now - _YOUNG
    newest = max((one.modified for one in stored), default=now)
    written_before = min(before, newest - _YOUNG)
    return [
        one
        for one in stored
        if is_ours(one.name)
        and one.name not in names
        and one.modified < written_before
        and (written_at(one.name) or one.modified) < before
    ]
