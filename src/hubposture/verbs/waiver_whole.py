"""One waiver of the baseline whole, with what it matches in a version."""

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from hubposture.catalog import Catalog
from hubposture.errors import InputError
from hubposture.filters.tree import EVERYTHING
from hubposture.ports.lake import Snapshot
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book, matching_rules
from hubposture.verbs.waiver_next import steps
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waiver_rows import Names, detail, waiver_rows
from hubposture.views.waivers_rows import WaiverDetail
from hubposture.waivers.calendar import unneeded
from hubposture.waivers.waiver import SystemOfApproval


def waiver_whole(
    snapshot: Snapshot,
    book: Book,
    waiver: str,
    *,
    ledger: WaiverLedger,
    organization: str,
    catalog: Catalog,
    record: SystemOfApproval,
    unneeded_days: int,
    now: dt.datetime,
    today: dt.date,
    teams: Collection[str] = (),
) -> WaiverDetail:
    """A waiver by its id.

    Of a snapshot with only some subjects in it, its numbers are of these alone; what is sent to people about all of them is
    left out. Such a waiver must match one of them, or be owned by one of `teams`.

    Raises InputError for one that the baseline does not have, or that has nothing there; InputErrors for files of it.
    """
    is_whole = snapshot.within == EVERYTHING
    if not is_whole and book.named(waiver) is None:
        raise hidden(waiver)
    (one,) = previews([waiver], snapshot, book, ledger=ledger, organization=organization)
    if not is_whole and not one.matches and one.waiver.owner not in teams:
        raise hidden(waiver)
    judged = snapshot.judge(matching_rules(book, ledger, organization), ours=())
    idle = unneeded(judged.tallies, now=now, days=unneeded_days)
    names = Names.of(snapshot, catalog)
    rows = waiver_rows(book, judged, names, [each.waiver for each in idle])
    row = next(each for each in rows if each.waiver == waiver)
    if not is_whole:  # what was approved elsewhere is not gone
        return detail(one, book, replace(row, missing=0), names, ())
    return detail(one, book, row, names, ledger.notices(organization), steps=steps(one, record=record, today=today))


def hidden(waiver: str) -> InputError:
    """What is said of a waiver that somebody may not see, which is what is said of one that there is not."""
    return InputError(f"{waiver}: there is no such waiver, or it has nothing that you may see")
