"""One waiver of the baseline whole, with what it matches in a version."""

import datetime as dt

from hubposture.catalog import Catalog
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
) -> WaiverDetail:
    """A waiver by its id. Raises InputError for one that the baseline does not have, InputErrors for files of it."""
    (one,) = previews([waiver], snapshot, book, ledger=ledger, organization=organization)
    judged = snapshot.judge(matching_rules(book, ledger, organization), ours=())
    idle = unneeded(judged.tallies, now=now, days=unneeded_days)
    names = Names.of(snapshot, catalog)
    rows = waiver_rows(book, judged, names, [each.waiver for each in idle])
    row = next(each for each in rows if each.waiver == waiver)
    return detail(one, book, row, names, ledger.notices(organization), steps=steps(one, record=record, today=today))
