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
    s.failing_since, s.first_seen_at, s.tagset, c.fit, c.rule, s.is_in_sight AND s.status <> 'PASSED' AS is_failing
FROM match_scope s
SEMI JOIN wanted w ON w.subject = s.subject
LEFT JOIN match_covers c ON c.subject = s.subject
WHERE s.is_asked AND (s.is_in_sight OR s.subject IN (SELECT subject FROM match_ours));

-- A finding is shared where another subject that it speaks of is not covered by a waiver that suppresses.
CREATE TEMP TABLE match_case_findings AS
WITH touched AS (
    SELECT DISTINCT f.finding FROM match_findings f SEMI JOIN match_cases c ON c.subject = f.subject
), ends AS (
    SELECT f.finding, f.subject, coalesce(c.is_suppressed, FALSE) AS is_suppressed
    FROM match_findings f
    SEMI JOIN touched t ON t.finding = f.finding
    LEFT JOIN match_covers c ON c.subject = f.subject
), shared AS (
    SELECT finding, count(*) FILTER (NOT is_suppressed) AS loose FROM ends GROUP BY finding HAVING count(*) > 1
)
SELECT
    f.*,
    coalesce(s.loose > CASE WHEN coalesce(c.is_suppressed, FALSE) THEN 0 ELSE 1 END, FALSE) AS is_shared
FROM match_findings f
SEMI JOIN match_cases k ON k.subject = f.subject
LEFT JOIN match_covers c ON c.subject = f.subject
LEFT JOIN shared s ON s.finding = f.finding;
