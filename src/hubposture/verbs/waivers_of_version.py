"""The waivers of the baseline as a version has them: as they stood when they were last decided on."""

import datetime as dt
from collections.abc import Sequence

from hubposture.ports.lake import Snapshot
from hubposture.views.pages.waivers import KeptWaiver
from hubposture.views.words import last_day

_WAIVERS = """
SELECT waiver, state, type, effect, controls, owner, risk_owner, requested_by, approved_by, approval, reason,
    valid_from, until, within, failing, surplus, passing_since
FROM waivers ORDER BY until, waiver
"""


def waivers_of(snapshot: Snapshot, *, zone: dt.tzinfo) -> Sequence[KeptWaiver]:
    """Every waiver, the first to end first; the last day is one of `zone`."""
    rows = snapshot.execute(_WAIVERS, {})
    return [KeptWaiver(*(*row[:12], last_day(row[12], zone), *row[13:])) for row in rows]
