"""The statements of the weekly report, in the portable subset: each over one view ($dimension, $key) as scores have them."""
# ruff: noqa: S608 - our own SQL; values are bound

from typing import Final

_VIEW: Final = """
    views AS (
        SELECT account FROM {side}accounts WHERE $dimension = 'organization'
        UNION ALL
        SELECT account FROM {side}units WHERE $dimension = 'ou' AND ou_path = $key
        UNION ALL
        SELECT account FROM {side}accounts WHERE $dimension = 'owner' AND owner = $key
        UNION ALL
        SELECT account FROM {side}accounts WHERE $dimension = 'account' AND account = $key
    )
"""
_SWITCHED: Final = """
    switched AS (
        SELECT enablement, control, MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on
        FROM enablement
        GROUP BY enablement, control
    )
"""

OBLIGATIONS: Final = f"""
WITH {_VIEW.format(side="")}, {_SWITCHED}, alike AS (
    -- Targets that are alike count as one, before anything is looked up of them: there are millions of them by control.
    SELECT t.wishes, t.enablement, t.sight, c.control, c.status, c.waived, c.failing_day, SUM(c.n) AS n
    FROM cube c
    JOIN views v ON v.account = c.account
    JOIN targets t ON t.account = c.account AND t.region = c.region
    WHERE c.presence IN ('present', 'unsure')
    GROUP BY t.wishes, t.enablement, t.sight, c.control, c.status, c.waived, c.failing_day
), owed AS (
    SELECT
        a.control, w.severity, a.status, a.waived, a.failing_day, a.n,
        CASE WHEN a.failing_day < w.due_before THEN 1 ELSE 0 END AS is_late
    FROM alike a
    JOIN wishes w ON w.wishes = a.wishes AND w.control = a.control
    LEFT JOIN switched e ON e.enablement = a.enablement AND e.control = a.control
    WHERE w.in_force AND (e.is_on = 1 OR (a.sight = 'unreadable' AND a.enablement = ''))
)
SELECT
    o.control,
    o.severity,
    CAST(SUM(CASE WHEN o.status = 'PASSED' OR (o.status = 'FAILED' AND o.waived) THEN o.n ELSE 0 END) AS BIGINT) AS met,
    CAST(SUM(CASE WHEN o.status = 'FAILED' AND NOT o.waived THEN o.n ELSE 0 END) AS BIGINT) AS failing,
    CAST(SUM(CASE WHEN o.status = 'FAILED' AND o.waived THEN o.n ELSE 0 END) AS BIGINT) AS waived,
    CAST(SUM(CASE WHEN o.status = 'FAILED' AND NOT o.waived AND o.is_late = 1 THEN o.n ELSE 0 END) AS BIGINT) AS overdue,
    CAST(SUM(CASE WHEN o.status NOT IN ('PASSED', 'FAILED') THEN o.n ELSE 0 END) AS BIGINT) AS silent,
    MIN(CASE WHEN o.status = 'FAILED' AND NOT o.waived THEN o.failing_day END) AS oldest
FROM owed o
GROUP BY o.control, o.severity
ORDER BY o.control, o.severity
"""
"""Obligations by control and severity."""

MISSING: Final = f"""
WITH {_VIEW.format(side="")}, {_SWITCHED}, seen AS (
    SELECT t.account, t.region, t.wishes, t.enablement
    FROM targets t
    JOIN views v ON v.account = t.account
    WHERE t.sight = 'seen'
), many AS (
    SELECT wishes, COUNT(1) AS n FROM seen GROUP BY wishes
), expected AS (
    SELECT w.control, SUM(m.n) AS places
    FROM many m
    JOIN wishes w ON w.wishes = m.wishes
    WHERE w.in_force
    GROUP BY w.control
), told AS (
    SELECT s.wishes, s.enablement, c.account, c.region, c.control
    FROM cube c
    JOIN seen s ON s.account = c.account AND s.region = c.region
    WHERE c.presence IN ('present', 'unsure') AND c.status IN ('PASSED', 'FAILED')
    GROUP BY s.wishes, s.enablement, c.account, c.region, c.control
), alike AS (
    SELECT wishes, enablement, control, COUNT(1) AS n FROM told GROUP BY wishes, enablement, control
), answered AS (
    SELECT a.control, SUM(a.n) AS places
    FROM alike a
    JOIN wishes w ON w.wishes = a.wishes AND w.control = a.control
    JOIN switched e ON e.enablement = a.enablement AND e.control = a.control
    WHERE w.in_force AND e.is_on = 1
    GROUP BY a.control
)
SELECT x.control, CAST(x.places - COALESCE(y.places, 0) AS BIGINT) AS places
FROM expected x
LEFT JOIN answered y ON y.control = x.control
WHERE x.places > COALESCE(y.places, 0)
ORDER BY x.control
"""
"""In how many places a control in force has no result."""

PLACES: Final = f"""
WITH {_VIEW.format(side="")}
SELECT
    t.account, COALESCE(a.shown, t.account) AS shown, t.region, t.sight, t.because, COUNT(s.subject) AS n,
    MIN(s.changed_at) AS since
FROM targets t
JOIN views v ON v.account = t.account
LEFT JOIN accounts a ON a.account = t.account
LEFT JOIN subjects s
    ON s.account = t.account AND s.region = t.region AND s.presence = 'lost' AND s.kind = 'control'
WHERE t.sight IN ('lost', 'unreadable')
GROUP BY t.account, a.shown, t.region, t.sight, t.because
ORDER BY t.account, t.region
"""
"""Targets that were lost sight of, or cannot be read."""

ACCOUNTS: Final = f"""
WITH {_VIEW.format(side="")}
SELECT a.account, a.alias, a.name, a.shown, a.state, a.ou_path, a.owner
FROM accounts a
JOIN views v ON v.account = a.account
ORDER BY a.account
"""
"""The accounts of the view."""

UNITS: Final = f"""
WITH {_VIEW.format(side="")}
SELECT u.ou_path, u.account
FROM units u
JOIN views v ON v.account = u.account
ORDER BY u.ou_path, u.account
"""
"""Which of them lie under which OU."""

CONTROLS: Final = "SELECT control, shown, title, severity FROM controls ORDER BY control"
"""Every control by its id, as it is shown."""

WAIVERS: Final = f"""
WITH {_VIEW.format(side="")}, covered AS (
    SELECT d.waiver, COUNT(1) AS covers, SUM(CASE WHEN s.status <> 'PASSED' THEN 1 ELSE 0 END) AS failing
    FROM decisions d
    JOIN subjects s ON s.subject = d.subject
    JOIN views v ON v.account = s.account
    GROUP BY d.waiver
)
SELECT
    w.waiver, w.controls, w.owner, w.reason, w.until, CAST(COALESCE(c.covers, 0) AS BIGINT) AS covers,
    CAST(COALESCE(c.failing, 0) AS BIGINT) AS failing
FROM waivers w
LEFT JOIN covered c ON c.waiver = w.waiver
WHERE w.state IN ('holding', 'provisional') AND w.until > $begin AND w.until <= $end
    AND ($dimension = 'organization' OR c.covers > 0)
ORDER BY w.until, w.waiver
"""
"""Waivers that end between two moments and cover something in the view."""

LATE: Final = f"""
WITH {_VIEW.format(side="")}, failing AS (
    SELECT s.subject, s.control, s.failing_since, t.wishes
    FROM subjects s
    JOIN views v ON v.account = s.account
    JOIN targets t ON t.account = s.account AND t.region = s.region
    LEFT JOIN decisions d ON d.subject = s.subject
    WHERE s.kind = 'control' AND s.presence IN ('present', 'unsure') AND s.status = 'FAILED' AND d.subject IS NULL
    GROUP BY s.subject, s.control, s.failing_since, t.wishes
)
SELECT f.subject
FROM failing f
JOIN wishes w ON w.wishes = f.wishes AND w.control = f.control
WHERE w.in_force AND f.failing_since < w.due_before
ORDER BY f.subject
"""
"""Subjects that are overdue."""

SUBJECTS: Final = f"""
WITH {_VIEW.format(side="")}
SELECT s.subject
FROM subjects s
JOIN views v ON v.account = s.account
WHERE s.kind = 'control'
ORDER BY s.subject
"""
"""All subjects of controls in the view."""

SWITCHED: Final = f"""
WITH {_VIEW.format(side="to_")}, pairs AS (
    SELECT f.enablement AS old, t.enablement AS new, COUNT(1) AS places
    FROM from_targets f
    JOIN to_targets t ON t.account = f.account AND t.region = f.region
    JOIN views v ON v.account = t.account
    WHERE f.enablement <> '' AND t.enablement <> '' AND f.enablement <> t.enablement
    GROUP BY f.enablement, t.enablement
), before AS (
    SELECT
        p.old, p.new, e.control, MAX(CASE WHEN e.is_on THEN 1 ELSE 0 END) AS is_on, MAX(e.parameters) AS parameters
    FROM pairs p
    JOIN from_enablement e ON e.enablement = p.old
    GROUP BY p.old, p.new, e.control
), after AS (
    SELECT
        p.old, p.new, e.control, MAX(CASE WHEN e.is_on THEN 1 ELSE 0 END) AS is_on, MAX(e.parameters) AS parameters
    FROM pairs p
    JOIN to_enablement e ON e.enablement = p.new
    GROUP BY p.old, p.new, e.control
), sides AS (
    SELECT
        COALESCE(a.old, b.old) AS old, COALESCE(a.new, b.new) AS new, COALESCE(a.control, b.control) AS control,
        COALESCE(b.is_on, 0) AS was_on, COALESCE(a.is_on, 0) AS is_on,
        CASE WHEN a.is_on = 1 AND b.is_on = 1 AND a.parameters <> b.parameters THEN 1 ELSE 0 END AS is_set_anew
    FROM after a
    FULL JOIN before b ON b.old = a.old AND b.new = a.new AND b.control = a.control
), counted AS (
    SELECT
        x.control,
        CAST(SUM(CASE WHEN x.is_on = 1 AND x.was_on = 0 THEN p.places ELSE 0 END) AS BIGINT) AS switched_on,
        CAST(SUM(CASE WHEN x.is_on = 0 AND x.was_on = 1 THEN p.places ELSE 0 END) AS BIGINT) AS switched_off,
        CAST(SUM(CASE WHEN x.is_set_anew = 1 THEN p.places ELSE 0 END) AS BIGINT) AS set_anew
    FROM sides x
    JOIN pairs p ON p.old = x.old AND p.new = x.new
    GROUP BY x.control
)
SELECT c.control, c.switched_on, c.switched_off, c.set_anew
FROM counted c
WHERE c.switched_on + c.switched_off + c.set_anew > 0
ORDER BY c.control
"""
"""Controls that were switched or set anew in targets that were there at both moments."""
