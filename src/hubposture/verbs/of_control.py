"""One control as it is lived: what is wanted where and by which cell, what is on, what fails in which account."""

from collections.abc import Sequence

from hubposture.ports.lake import Snapshot
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.verbs.posture import level
from hubposture.views.pages.controls import Control, InAccount, Requirement, Wanted

_CONTROL = """
SELECT control, shown, title, service, severity, url FROM controls WHERE control = $control ORDER BY control
"""
_REQUIREMENTS = """
SELECT standard, requirements FROM standards WHERE control = $control ORDER BY standard
"""
_WANTED = """
SELECT COALESCE(w.disposition, '') AS disposition, COALESCE(w.in_force, FALSE) AS in_force, COALESCE(w.row, '') AS cell,
    COALESCE(w.severity, '') AS severity, COALESCE(w.due_days, -1) AS due_days, COALESCE(w.owner, '') AS owner,
    COALESCE(e.state, '') AS state, COUNT(*) AS targets, COUNT(DISTINCT t.account) AS accounts
FROM targets t
LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = $control
LEFT JOIN (
    SELECT x.enablement, CASE WHEN MAX(CASE WHEN x.is_on THEN 1 ELSE 0 END) = 1 THEN 'on' ELSE 'off' END AS state
    FROM enablement x WHERE x.control = $control GROUP BY x.enablement
) e ON e.enablement = t.enablement
WHERE t.sight <> 'closed'
GROUP BY w.disposition, w.in_force, w.row, w.severity, w.due_days, w.owner, e.state
ORDER BY targets DESC, disposition, cell, state
"""
_ACCOUNTS = """
SELECT c.account, COALESCE(a.alias, '') AS alias, COALESCE(a.name, '') AS name,
    SUM(CASE WHEN c.status = 'FAILED' AND NOT c.waived THEN c.n ELSE 0 END) AS failing,
    SUM(CASE WHEN c.status = 'FAILED' AND c.waived THEN c.n ELSE 0 END) AS waived,
    SUM(c.n) AS subjects, MIN(CASE WHEN c.status = 'FAILED' AND NOT c.waived THEN c.failing_day END) AS oldest
FROM cube c
LEFT JOIN accounts a ON a.account = c.account
WHERE c.control = $control AND c.presence IN ('present', 'unsure')
GROUP BY c.account, a.alias, a.name
ORDER BY failing DESC, c.account
"""


def of_control(snapshot: Snapshot, control: str) -> Control | None:
    """A control of a version by its id in lower case; None where neither the hub nor a finding names it."""
    rows = snapshot.execute(_CONTROL, {"control": control})
    if not rows:
        return None
    _, shown, title, service, severity, url = rows[0]
    score = rollup.score(snapshot.execute, Dimension.CONTROL, control)
    return Control(
        shown=shown,
        title=title,
        service=service,
        severity=severity,
        url=url,
        level=level(score.as_is) if score else None,
        without_waivers=level(score.without_waivers) if score else None,
        overdue=score.overdue.total if score else 0,
        waived=score.waived if score else 0,
        not_measured=score.not_measured if score else 0,
        missing=score.missing if score else 0,
        lost=score.lost if score else 0,
        requirements=requirements(snapshot, control),
        wanted=[Wanted(*row) for row in snapshot.execute(_WANTED, {"control": control})],
        accounts=[InAccount(*row) for row in snapshot.execute(_ACCOUNTS, {"control": control})],
    )


def requirements(snapshot: Snapshot, control: str) -> Sequence[Requirement]:
    """What standards ask with a control (its id in lower case)."""
    return [Requirement(*row) for row in snapshot.execute(_REQUIREMENTS, {"control": control})]
