"""Every waiver of the baseline as it stands by a version, for whoever may see it."""

import datetime as dt
from collections.abc import Collection

from hubposture.catalog import Catalog
from hubposture.filters.tree import EVERYTHING
from hubposture.ports.lake import Snapshot
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book, matching_rules
from hubposture.verbs.waiver_rows import Names, waiver_rows
from hubposture.views.waivers_rows import WaiverRow
from hubposture.waivers.calendar import unneeded


def rows_now(
    snapshot: Snapshot,
    book: Book,
    *,
    ledger: WaiverLedger,
    organization: str,
    catalog: Catalog,
    unneeded_days: int,
    now: dt.datetime,
    teams: Collection[str] = (),
) -> list[WaiverRow]:
    """The waivers that match something in the snapshot, or are owned by one of `teams`; all of them of a whole version."""
    judged = snapshot.judge(matching_rules(book, ledger, organization), ours=())
    idle = unneeded(judged.tallies, now=now, days=unneeded_days)
    rows = waiver_rows(book, judged, Names.of(snapshot, catalog), [one.waiver for one in idle])
    if snapshot.within == EVERYTHING:
        return rows
    return [row for row in rows if row.matched or row.owner in teams]
