"""Publishing: a lease, a step computed on the head, files first, then one transaction; again where the head moved."""

import datetime as dt
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from hubposture.lake.manifest import Manifest, from_json, to_json
from hubposture.lake.output import Output
from hubposture.lake.storage import Storage
from hubposture.ports.lake import Folded, LakeBusy
from hubposture.ports.ledger import Lease, LedgerUnavailable
from hubposture.ports.versions import HeadMoved, LeaseLost, Publication, VersionRow, Versions

TTL = dt.timedelta(seconds=60)
_TRIES = 8
_PATIENCE_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.5


class Books(Versions, Protocol):
    """What is used of the ledger: versions and leases (see `ports.ledger`)."""

    def take_lease(self, name: str, holder: str, *, ttl: dt.timedelta) -> Lease | None:
        """Take a lease that nobody holds."""

    def renew_lease(self, lease: Lease, *, ttl: dt.timedelta) -> Lease | None:
        """Hold on for another `ttl`."""

    def release_lease(self, lease: Lease) -> bool:
        """Give it back."""


@dataclass(frozen=True, slots=True)
class Head:
    """The version a step builds on; number 0 and nothing in it where nothing was ever published."""

    number: int
    at: dt.datetime
    manifest: Manifest


@dataclass(frozen=True, slots=True)
class Draft:
    """What a step made: the next manifest, or None where nothing was news; `folded` has the version's number."""

    manifest: Manifest | None
    folded: Folded


Step = Callable[[Head, Output], Draft]
"""Computes the next version from a head. Run again on another head if that one has moved: it must not remember."""


@dataclass(frozen=True)
class Place:
    """One organization's lake: its name, the ledger, the files, a clock (aware), and a source of ULIDs."""

    lake: str
    books: Books
    storage: Storage
    now: Callable[[], dt.datetime]
    new_id: Callable[[], str]

    def head(self) -> Head:
        """The newest version; its time is at least that of the clock's, so that the next one's is known."""
        row = self.books.head_version(self.lake)
        if row is None:
            return Head(0, self.now(), Manifest())
        return head_of(row)

    def output(self) -> Output:
        """Somewhere to write files."""
        return Output(self.storage, self.new_id)


def head_of(row: VersionRow) -> Head:
    """A version with its manifest read."""
    return Head(row.number, row.at, from_json(row.manifest))


def publish(place: Place, step: Step, *, also: Publication, holder: str) -> Draft:
    """Run a step under the lake's lease and publish what it made. Raises LakeBusy, LeaseLost, HeadMoved, LakeDamaged."""
    with _lease(place, holder) as lease:
        for left in reversed(range(_TRIES)):
            head, output = place.head(), place.output()
            draft = output.certainly(partial(step, head, output))
            if draft.manifest is None:
                place.books.advance(place.lake, also=also, lease=lease)
                return draft
            try:
                kept = to_json(draft.manifest)
                place.books.publish(place.lake, parent=head.number, manifest=kept, also=also, lease=lease)
            except HeadMoved:
                output.take_back()
                if not left:
                    raise
            except LeaseLost:
                output.take_back()
                raise
            else:
                return draft
    raise AssertionError("the last try returns or raises")


@contextmanager
def _lease(place: Place, holder: str) -> Iterator[Lease]:
    """Hold the right to fold, renewed for as long as it takes. Raises LakeBusy."""
    name = f"lake/{place.lake}"
    lease = _take(place, name, holder)
    done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(place, lease, done), name=name, daemon=True)
    renewing.start()
    try:
        yield lease
    finally:
        done.set()
        renewing.join()
        place.books.release_lease(lease)


def _take(place: Place, name: str, holder: str) -> Lease:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    pause = _FIRST_PAUSE
    while (lease := place.books.take_lease(name, holder, ttl=TTL)) is None:
        if time.monotonic() > deadline:
            raise LakeBusy(
                f"lake {place.lake}: somebody else has been writing for {_PATIENCE_SECONDS:.0f} s (lease {name}); "
                "try again when that is done"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_PAUSE)
    return lease


def _renew(place: Place, lease: Lease, done: threading.Event) -> None:
    """Renew until done. Whether it is still ours is judged when publishing, so a failure here decides nothing."""
    while not done.wait(TTL.total_seconds() / 3):
        try:
            if place.books.renew_lease(lease, ttl=TTL) is None:
                return
        except LedgerUnavailable:
            continue
