-- What changed subjects take away from the cube and add to it.

CREATE OR REPLACE TEMP TABLE out_cube AS
WITH sides AS (
    SELECT subject, kind, account, region, control, presence, status, aws_status, suppressed, failing_since, 1 AS sign
    FROM out_subjects
    UNION ALL
    SELECT h.subject, h.kind, h.account, h.region, h.control, h.presence, h.status, h.aws_status, h.suppressed,
        h.failing_since, -1
    FROM held_subjects h SEMI JOIN out_subjects o ON o.subject = h.subject
)
SELECT
    account, region, control, presence, status, aws_status, suppressed,
    subject IN (SELECT subject FROM waived) AS waived,
    CASE WHEN status = 'FAILED' THEN CAST(date_trunc('day', failing_since) AS TIMESTAMP) END AS failing_day,
    CAST(sum(sign) AS BIGINT) AS n
FROM sides
WHERE kind = 'control'
GROUP BY ALL
HAVING sum(sign) <> 0;
