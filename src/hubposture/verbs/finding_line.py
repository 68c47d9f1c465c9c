"""The time line of a finding: what was kept of its resource's past, with what is ours."""

from collections.abc import Mapping, Sequence
from typing import Any

from hubposture.ports.lake import Snapshot
from hubposture.ports.seen import SeenLedger
from hubposture.timeline.facts import Past
from hubposture.timeline.line import Entry, time_line
from hubposture.timeline.resource import resource_of
from hubposture.verbs.resource_past import kept_past
from hubposture.views.timeline import ours
from hubposture.work.ticket import Ticket

Row = Mapping[str, Any]


def line_of(
    snapshot: Snapshot, row: Row, ledger: SeenLedger, *, organization: str, tickets: Sequence[Ticket]
) -> tuple[Past | None, Sequence[Entry]]:
    """What was said of a subject's resource when it was last asked, and its whole time line, newest first."""
    past = kept_past(ledger, organization, resource_of(row))
    subject = str(row["subject"])
    return past, time_line(past, ours(row, snapshot.history_of(subject), tickets))
