-- What changed subjects take away from the cube and add to it.

CREATE OR REPLACE TEMP TABLE out_cube AS
WITH sides AS (
    SELECT
        o.kind, o.account, o.region, o.control, o.presence, o.status, o.aws_status, o.suppressed, o.failing_since,
        w.effect, 1 AS sign
    FROM out_subjects o LEFT JOIN waived w ON w.subject = o.subject
    UNION ALL
    SELECT
        h.kind, h.account, h.region, h.control, h.presence, h.status, h.aws_status, h.suppressed, h.failing_since,
        w.effect, -1
    FROM held_subjects h SEMI JOIN out_subjects o ON o.subject = h.subject
    LEFT JOIN was_waived w ON w.subject = h.subject
)
SELECT
    account, region, control, presence, status, aws_status, suppressed,
    effect IS NOT NULL AS waived,
    coalesce(effect = 'visible', FALSE) AS visible,
    CASE WHEN status = 'FAILED' THEN CAST(date_trunc('day', failing_since) AS TIMESTAMP) END AS failing_day,
    CAST(sum(sign) AS BIGINT) AS n
FROM sides
WHERE kind = 'control'
GROUP BY ALL
HAVING sum(sign) <> 0;
