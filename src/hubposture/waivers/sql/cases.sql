-- Subjects that may need something, and the findings that they have; see `rule.Judged`.

CREATE TEMP TABLE match_cases AS
WITH wanted AS (
    SELECT subject FROM match_covers WHERE is_failing
    UNION
    SELECT subject
    FROM match_findings
    WHERE
        (workflow IN ('SUPPRESSED', 'RESOLVED') AND compliance <> 'PASSED')
        OR contains(user_fields, 'hubposture/')
    UNION
    SELECT subject FROM match_ours
)
SELECT
    s.subject, s.account, s.region, s.control, s.resource, s.resource_type, s.presence, s.status, s.severity,
    s.failing_since, s.first_seen_at, s.tagset, s.is_in_sight AND s.status <> 'PASSED' AS is_failing,
    c.fit, c.rule, coalesce(c.is_suppressed, FALSE) AS is_suppressed
FROM match_scope s
SEMI JOIN wanted w ON w.subject = s.subject
LEFT JOIN match_covers c ON c.subject = s.subject
WHERE s.is_asked AND (s.is_in_sight OR s.subject IN (SELECT subject FROM match_ours));

CREATE TEMP TABLE match_case_findings AS
SELECT f.*, c.is_suppressed
FROM match_findings f JOIN match_cases c ON c.subject = f.subject;

-- Of findings that speak of several subjects, how many of these no waiver covers that suppresses.
CREATE TEMP TABLE match_shared AS
SELECT f.finding, count(*) FILTER (NOT coalesce(c.is_suppressed, FALSE)) AS loose
FROM match_findings f
SEMI JOIN match_case_findings k ON k.finding = f.finding
LEFT JOIN match_covers c ON c.subject = f.subject
GROUP BY f.finding
HAVING count(*) > 1;
