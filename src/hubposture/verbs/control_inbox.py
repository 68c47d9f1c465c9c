"""The inbox: controls that no row speaks of, since when, and what a row for each would be."""

import datetime as dt

from hubposture.catalog import Catalog, propose
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import natural_key
from hubposture.ports.lake import Snapshot
from hubposture.views.pages.control_inbox import Waiting

_CONTROLS = """
SELECT k.control, k.shown, k.title, k.severity, k.known_since,
    COALESCE(f.failing, 0) AS failing, COALESCE(f.subjects, 0) AS subjects, COALESCE(e.targets, 0) AS targets
FROM controls k
LEFT JOIN (
    SELECT c.control, SUM(CASE WHEN c.status = 'FAILED' THEN c.n ELSE 0 END) AS failing, SUM(c.n) AS subjects
    FROM cube c WHERE c.presence IN ('present', 'unsure') GROUP BY c.control
) f ON f.control = k.control
LEFT JOIN (
    SELECT x.control, COUNT(DISTINCT CONCAT(t.account, '/', t.region)) AS targets
    FROM targets t JOIN enablement x ON x.enablement = t.enablement AND x.is_on GROUP BY x.control
) e ON e.control = k.control
ORDER BY k.control
"""


def inbox(snapshot: Snapshot, matrix: Matrix, catalog: Catalog, *, settling_days: int) -> list[Waiting]:
    """Controls of a version without a row, with the proposed ones, the failing first; those that retire wait for nothing."""
    spoken = {row.control for row in matrix.controls}
    found = []
    for control, shown, title, severity, since, failing, subjects, targets in snapshot.execute(_CONTROLS, {}):
        known = catalog.controls.get(control)
        if control in spoken or known is None or known.retiring is not None:
            continue
        proposal = propose(known)
        until = since + dt.timedelta(days=settling_days) if since is not None else None
        found.append(
            Waiting(
                shown=shown, title=title, severity=severity, known_since=since,
                settles=until if until is not None and until > snapshot.at else None,
                disposition=str(proposal.disposition), reason=proposal.reason, failing=failing, subjects=subjects,
                targets=targets,
            )
        )  # fmt: skip
    return sorted(found, key=lambda one: (one.known_since is None, -one.failing, natural_key(one.shown)))
