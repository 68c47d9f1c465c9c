"""What the weekly report is gathered from: the lake, the ledger's tickets, and the workbook."""

from collections.abc import Sequence

from hubposture.catalog import load
from hubposture.errors import HubpostureError, InputErrors
from hubposture.filters import EVERYTHING, Filter
from hubposture.matrix.coverage import coverage
from hubposture.verbs.report import Means
from hubposture.views.report.model import Covered
from hubposture.wiring.store import Store, naive
from hubposture.wiring.tickets import trackers_set
from hubposture.wiring.workplace import Workplace


def report_means(at: Workplace, store: Store, *, visible: Filter = EVERYTHING) -> Means:
    """The means of a report of an organization; `visible` is what who asks may take out."""
    tickets = store.ledger.tickets(store.name)
    return Means(
        organization=store.name,
        reader=store.reader,
        coverage=lambda: _covered(at),
        tickets=tickets if tickets or trackers_set(at) else None,
        now=naive(at.surroundings.now()),
        today=at.today,
        zone=at.settings.zone_info,
        visible=visible,
    )


def _covered(at: Workplace) -> Sequence[Covered] | str:
    """What the workbook covers, or why that cannot be told: a report is made all the same."""
    try:
        found = coverage(at.matrix(), load(), today=at.today)
    except InputErrors as error:
        return f"the workbook has {len(error.problems)} problems (`hubposture lint` names them)"
    except (HubpostureError, OSError) as error:
        return str(error)
    return [Covered(one.group, one.covered, one.partly, one.gaps) for one in found.counts]
