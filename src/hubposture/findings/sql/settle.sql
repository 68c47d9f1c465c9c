-- Presence as the dimensions say it: one pass over the subjects against small tables, then the findings of those few
-- whose presence needs their evidence.

CREATE OR REPLACE TEMP TABLE fold_scope AS
SELECT
    t.account, t.region, t.sight, t.enablement, t.swept_at,
    coalesce(a.state IN ('active', 'management'), FALSE) AND t.sight = 'seen' AND NOT CAST($frozen AS BOOLEAN)
        AS is_closing,
    EXISTS (SELECT 1 FROM recorded r WHERE r.account = t.account AND r.region = t.region) AS is_recorded
FROM targets t LEFT JOIN accounts a ON a.account = t.account;

CREATE OR REPLACE TEMP TABLE fold_on AS
SELECT DISTINCT enablement, control FROM enablement WHERE is_on;

CREATE OR REPLACE TEMP TABLE fold_asked AS
WITH judged AS (
    SELECT
        s.subject,
        s.presence,
        t.swept_at,
        CASE
            WHEN s.presence = 'gone' THEN 'gone'
            WHEN a.account IS NOT NULL OR t.sight = 'lost' THEN 'lost'
            WHEN t.account IS NULL THEN CASE WHEN s.kind = 'control' THEN 'lost' ELSE s.presence END
            WHEN t.sight <> 'seen' THEN s.presence
            WHEN s.kind = 'control' AND t.enablement <> '' AND o.control IS NULL THEN 'off'
            WHEN s.presence IN ('off', 'lost') THEN 'back?'
            WHEN s.presence = 'unsure' AND t.is_closing AND (t.is_recorded OR s.kind = 'other') THEN 'gone?'
            ELSE s.presence
        END AS wanted
    FROM subjects s
    LEFT JOIN fold_scope t ON t.account = s.account AND t.region = s.region
    LEFT JOIN fold_on o ON o.enablement = t.enablement AND o.control = s.control
    LEFT JOIN (SELECT account FROM accounts WHERE state IN ('suspended', 'closing', 'left')) a ON a.account = s.account
)
SELECT subject, presence, swept_at, wanted FROM judged WHERE wanted <> presence;

CREATE OR REPLACE TEMP TABLE fold_moves AS
WITH evidence AS (
    SELECT
        f.subject,
        count(*) FILTER (f.record_state = 'ACTIVE') AS active,
        count(*) FILTER (f.record_state = 'ACTIVE' AND f.misses = 0) AS seen,
        min(f.misses) FILTER (f.record_state = 'ACTIVE') AS misses,
        max(f.updated_at) AS updated_at,
        max(epoch_us(f.updated_at) * 2 + CAST(fold_is_broken(f.compliance, f.reason) AS INTEGER)) % 2 = 1 AS is_broken
    FROM findings f SEMI JOIN fold_asked a ON a.subject = f.subject AND a.wanted IN ('back?', 'gone?')
    GROUP BY f.subject
), answered AS (
    SELECT
        a.subject,
        a.presence,
        CASE
            WHEN a.wanted = 'back?' AND coalesce(e.seen, 0) > 0 THEN 'present'
            WHEN a.wanted = 'back?' AND a.presence = 'lost' THEN 'unsure'
            WHEN a.wanted = 'gone?' AND e.active > 0 AND e.misses >= 2 THEN 'gone'
            WHEN a.wanted = 'gone?' AND e.active = 0 AND a.swept_at > e.updated_at + to_days(
                CASE WHEN e.is_broken THEN 30 ELSE 0 END
            ) THEN 'gone'
            WHEN a.wanted IN ('back?', 'gone?') THEN a.presence
            ELSE a.wanted
        END AS wanted,
        CASE WHEN a.wanted = 'gone?' AND e.active > 0 THEN 'missed' ELSE 'facts' END AS cause
    FROM fold_asked a LEFT JOIN evidence e ON e.subject = a.subject
)
SELECT subject, wanted, cause FROM answered WHERE wanted <> presence;

CREATE OR REPLACE TEMP TABLE held_subjects AS
SELECT s.* FROM subjects s SEMI JOIN fold_moves m ON m.subject = s.subject;

CREATE OR REPLACE TEMP TABLE out_findings AS
SELECT * FROM findings LIMIT 0;

CREATE OR REPLACE TEMP TABLE out_subjects AS
SELECT s.* REPLACE (m.wanted AS presence, CAST($at AS TIMESTAMP) AS changed_at)
FROM held_subjects s JOIN fold_moves m ON m.subject = s.subject;

CREATE OR REPLACE TEMP TABLE out_transitions AS
SELECT
    s.subject, CAST($version AS BIGINT) AS version, CAST($at AS TIMESTAMP) AS at, CAST($at AS TIMESTAMP) AS happened_at,
    m.cause, s.kind, s.account, s.region, s.control, s.resource, s.presence AS from_presence, s.status AS from_status,
    s.aws_status AS from_aws_status, s.suppressed AS from_suppressed, m.wanted AS to_presence, s.status AS to_status,
    s.aws_status AS to_aws_status, s.suppressed AS to_suppressed, s.failing_since
FROM held_subjects s JOIN fold_moves m ON m.subject = s.subject;
