-- The state of every subject that has rows to write, from all rows it then has; and its transition where it moved.
-- ACTIVE rows count; a subject without one keeps what it was. `grade`s carry "is ACTIVE" above the rank, so that the
-- greatest is the worst ACTIVE one, and one of the archived ones only where there is nothing else (a first row).

CREATE OR REPLACE TEMP TABLE out_subjects AS
WITH lines AS (
    SELECT
        subject, finding, kind, record_state, archived_because, compliance, reason, severity, workflow, updated_at,
        first_observed_at, misses, is_fresh, moved_at, record_state = 'ACTIVE' AS is_active
    FROM out_findings
    UNION ALL
    SELECT
        h.subject, h.finding, h.kind, h.record_state, h.archived_because, h.compliance, h.reason, h.severity,
        h.workflow, h.updated_at, h.first_observed_at, h.misses, FALSE, NULL, h.record_state = 'ACTIVE'
    FROM held_findings h
    SEMI JOIN out_findings o ON o.subject = h.subject
    ANTI JOIN out_findings m ON m.finding = h.finding AND m.subject = h.subject
), graded AS (
    SELECT
        *,
        CAST(is_active AS INTEGER) * 8 AS above,
        compliance <> 'PASSED' AS is_open,
        CASE WHEN first_observed_at <= updated_at THEN first_observed_at ELSE updated_at END AS since
    FROM lines
), state AS (
    SELECT
        subject,
        count(*) FILTER (is_active) AS active,
        min(misses) FILTER (is_active) AS misses,
        bool_or(is_active AND is_fresh) AS is_fresh,
        max(above + fold_compliance(compliance)) AS grade,
        max(above + fold_compliance(compliance)) FILTER (workflow <> 'SUPPRESSED') AS aws_grade,
        max(above + fold_severity(severity)) FILTER (is_open) AS severity_grade,
        max(above + fold_workflow(workflow)) AS workflow_grade,
        max(above) FILTER (is_open OR kind = 'other') AS open_above,
        max(above) FILTER ((is_open OR kind = 'other') AND workflow <> 'SUPPRESSED') AS unsuppressed_above,
        min(since) FILTER (compliance = 'FAILED') AS archived_since,
        min(since) FILTER (compliance = 'FAILED' AND is_active) AS active_since,
        max(updated_at) FILTER (compliance = 'PASSED') AS archived_passed_at,
        max(updated_at) FILTER (compliance = 'PASSED' AND is_active) AS active_passed_at,
        max(row(above + fold_compliance(compliance), fold_severity(severity), updated_at, finding)) AS worst,
        max(epoch_us(updated_at) * 2 + CAST(
            fold_is_deleted(record_state, compliance, reason, archived_because) AS INTEGER
        )) % 2 = 1 AS is_deleted,
        bool_or(moved_at IS NOT NULL AND fold_is_switch(record_state, archived_because)) AS is_switching,
        max(moved_at) AS moved_at
    FROM graded
    GROUP BY subject
), earlier AS (
    SELECT
        h.subject,
        count(*) FILTER (h.record_state = 'ACTIVE') AS active,
        max(epoch_us(h.updated_at) * 2 + CAST(
            fold_is_deleted(h.record_state, h.compliance, h.reason, h.archived_because) AS INTEGER
        )) % 2 = 1 AS is_deleted,
        max(epoch_us(h.updated_at) * 2 + CAST(fold_is_switch(h.record_state, h.archived_because) AS INTEGER)) % 2 = 1
            AS is_switched
    FROM held_findings h SEMI JOIN out_findings o ON o.subject = h.subject
    GROUP BY h.subject
), named AS (
    SELECT subject, finding, kind, account, region, control, resource, resource_type, product, title, tagset
    FROM out_findings
    UNION ALL
    SELECT
        h.subject, h.finding, h.kind, h.account, h.region, h.control, h.resource, h.resource_type, h.product, h.title,
        h.tagset
    FROM held_findings h
    SEMI JOIN out_findings o ON o.subject = h.subject
    ANTI JOIN out_findings m ON m.finding = h.finding AND m.subject = h.subject
), judged AS (
    SELECT
        n.subject,
        n.kind,
        n.account,
        n.region,
        n.control,
        n.resource,
        p.subject IS NULL AS is_new,
        p.subject IS NOT NULL AND s.active = 0 AS is_frozen,
        coalesce(p.presence, '') AS from_presence,
        coalesce(p.status, '') AS from_status,
        coalesce(p.aws_status, '') AS from_aws_status,
        coalesce(p.suppressed, FALSE) AS from_suppressed,
        CASE
            WHEN s.active > 0 AND s.misses = 0 AND (s.is_fresh OR from_presence NOT IN ('off', 'lost')) THEN 'present'
            WHEN s.active = 0 AND s.is_deleted AND NOT CAST($frozen AS BOOLEAN) THEN 'gone'
            WHEN from_presence IN ('off', 'lost') THEN from_presence
            WHEN from_presence = 'gone' AND NOT coalesce(e.active = 0 AND e.is_deleted, FALSE) THEN 'gone'
            ELSE 'unsure'
        END AS to_presence,
        CASE WHEN is_frozen THEN p.status ELSE fold_compliance_of(s.grade % 8) END AS to_status,
        CASE
            WHEN is_frozen THEN p.aws_status
            WHEN s.aws_grade // 8 = CAST(s.active > 0 AS INTEGER) THEN fold_compliance_of(s.aws_grade % 8)
            ELSE ''
        END AS to_aws_status,
        CASE
            WHEN is_frozen THEN p.suppressed
            ELSE coalesce(s.open_above // 8 = CAST(s.active > 0 AS INTEGER), FALSE)
                AND coalesce(s.unsuppressed_above // 8 < CAST(s.active > 0 AS INTEGER), TRUE)
        END AS to_suppressed,
        CASE
            WHEN is_frozen THEN p.severity
            WHEN s.severity_grade // 8 = CAST(s.active > 0 AS INTEGER) THEN fold_severity_of(s.severity_grade % 8)
            ELSE 'INFORMATIONAL'
        END AS to_severity,
        CASE WHEN is_frozen THEN p.workflow ELSE fold_workflow_of(s.workflow_grade % 8) END AS to_workflow,
        CASE
            WHEN to_status <> 'FAILED' THEN NULL
            WHEN from_status = 'FAILED' THEN p.failing_since
            ELSE coalesce(s.active_since, s.archived_since)
        END AS to_failing_since,
        least(p.first_failed_at, to_failing_since) AS to_first_failed_at,
        CASE
            WHEN is_frozen OR to_status <> 'PASSED' THEN p.last_passed_at
            ELSE greatest(p.last_passed_at, coalesce(s.active_passed_at, s.archived_passed_at))
        END AS to_last_passed_at,
        coalesce(p.returns, 0) + CAST(
            to_status = 'FAILED' AND from_status <> 'FAILED' AND p.last_passed_at IS NOT NULL AS INTEGER
        ) AS to_returns,
        coalesce(p.first_seen_at, CAST($at AS TIMESTAMP)) AS to_first_seen_at,
        is_new OR to_presence <> from_presence OR to_status <> from_status OR to_suppressed <> from_suppressed AS is_changed,
        is_changed OR to_aws_status <> from_aws_status AS is_moved,
        CASE WHEN is_changed THEN CAST($at AS TIMESTAMP) ELSE p.changed_at END AS to_changed_at,
        s.active AS to_findings,
        least(s.moved_at, CAST($at AS TIMESTAMP)) AS happened_at,
        CASE
            WHEN s.is_switching THEN 'switch'
            WHEN s.active > 0 AND from_presence = 'unsure' AND e.active = 0 AND e.is_switched THEN 'switch'
            WHEN to_presence = from_presence THEN 'finding'
            WHEN s.active = 0 THEN 'archived'
            WHEN to_presence = 'unsure' THEN 'missed'
            ELSE 'finding'
        END AS cause,
        CASE WHEN is_frozen THEN p.resource_type ELSE n.resource_type END AS to_resource_type,
        CASE WHEN is_frozen THEN p.product ELSE string_split(n.product, '/')[-1] END AS to_product,
        CASE WHEN is_frozen THEN p.title ELSE n.title END AS to_title,
        CASE WHEN is_frozen THEN p.finding ELSE n.finding END AS to_finding,
        CASE WHEN is_frozen THEN p.tagset ELSE n.tagset END AS to_tagset,
        row(
            p.resource_type, p.product, p.title, p.severity, p.workflow, p.first_failed_at, p.failing_since,
            p.last_passed_at, p.findings, p.finding, p.tagset
        ) AS held_rest
    FROM state s
    JOIN named n ON n.subject = s.subject AND n.finding = s.worst[4]
    LEFT JOIN held_subjects p ON p.subject = s.subject
    LEFT JOIN earlier e ON e.subject = s.subject
)
SELECT
    subject, kind, account, region, control, resource, to_resource_type AS resource_type, to_product AS product,
    to_title AS title, to_presence AS presence, to_status AS status, to_aws_status AS aws_status,
    to_severity AS severity, to_workflow AS workflow, to_suppressed AS suppressed, to_first_seen_at AS first_seen_at,
    to_first_failed_at AS first_failed_at, to_failing_since AS failing_since, to_last_passed_at AS last_passed_at,
    CAST(to_returns AS BIGINT) AS returns, to_changed_at AS changed_at, to_findings AS findings,
    to_finding AS finding, to_tagset AS tagset,
    from_presence, from_status, from_aws_status, from_suppressed, is_moved, happened_at, cause
FROM judged
WHERE
    is_moved OR held_rest IS DISTINCT FROM row(
        to_resource_type, to_product, to_title, to_severity, to_workflow, to_first_failed_at, to_failing_since,
        to_last_passed_at, to_findings, to_finding, to_tagset
    );

CREATE OR REPLACE TEMP TABLE out_transitions AS
SELECT
    subject, CAST($version AS BIGINT) AS version, CAST($at AS TIMESTAMP) AS at, happened_at, cause, kind, account, region,
    control, resource, from_presence, from_status, from_aws_status, from_suppressed, presence AS to_presence,
    status AS to_status, aws_status AS to_aws_status, suppressed AS to_suppressed, failing_since
FROM out_subjects
WHERE is_moved;

ALTER TABLE out_subjects DROP COLUMN from_presence;
ALTER TABLE out_subjects DROP COLUMN from_status;
ALTER TABLE out_subjects DROP COLUMN from_aws_status;
ALTER TABLE out_subjects DROP COLUMN from_suppressed;
ALTER TABLE out_subjects DROP COLUMN is_moved;
ALTER TABLE out_subjects DROP COLUMN happened_at;
ALTER TABLE out_subjects DROP COLUMN cause;
ALTER TABLE out_findings DROP COLUMN is_fresh;
ALTER TABLE out_findings DROP COLUMN moved_at;
