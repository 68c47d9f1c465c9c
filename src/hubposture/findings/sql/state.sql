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
), held AS (
    SELECT COLUMNS('(.*)') AS 'held_\1' FROM held_subjects
), known AS (
    SELECT
        s.*,
        n.* EXCLUDE (subject),
        p.*,
        CAST(s.active > 0 AS INTEGER) AS counted,
        p.held_subject IS NULL AS is_new,
        p.held_subject IS NOT NULL AND s.active = 0 AS is_frozen,
        coalesce(p.held_presence, '') AS from_presence,
        coalesce(p.held_status, '') AS from_status,
        coalesce(p.held_aws_status, '') AS from_aws_status,
        coalesce(p.held_suppressed, FALSE) AS from_suppressed,
        coalesce(e.active = 0 AND e.is_deleted, FALSE) AS was_deleted,
        coalesce(e.active = 0 AND e.is_switched, FALSE) AS was_switched,
        o.account IS NOT NULL AS is_out_of_sight
    FROM state s
    JOIN named n ON n.subject = s.subject AND n.finding = s.worst[4]
    LEFT JOIN held p ON p.held_subject = s.subject
    LEFT JOIN earlier e ON e.subject = s.subject
    LEFT JOIN out_of_sight o ON o.account = n.account AND o.region = n.region
), judged AS (
    SELECT
        *,
        CASE
            WHEN from_presence = 'lost' AND is_out_of_sight THEN 'lost'
            WHEN active > 0 AND misses = 0 AND (is_fresh OR from_presence NOT IN ('off', 'lost')) THEN 'present'
            WHEN active = 0 AND is_deleted AND NOT CAST($frozen AS BOOLEAN) THEN 'gone'
            WHEN from_presence IN ('off', 'lost') THEN from_presence
            WHEN from_presence = 'gone' AND NOT was_deleted THEN 'gone'
            ELSE 'unsure'
        END AS presence,
        CASE WHEN is_frozen THEN held_status ELSE fold_compliance_of(grade % 8) END AS status,
        CASE
            WHEN is_frozen THEN held_aws_status
            WHEN aws_grade // 8 = counted THEN fold_compliance_of(aws_grade % 8)
            ELSE ''
        END AS aws_status,
        CASE
            WHEN is_frozen THEN held_suppressed
            ELSE coalesce(open_above // 8 = counted, FALSE) AND coalesce(unsuppressed_above // 8 < counted, TRUE)
        END AS suppressed,
        CASE
            WHEN is_frozen THEN held_severity
            WHEN severity_grade // 8 = counted THEN fold_severity_of(severity_grade % 8)
            ELSE 'INFORMATIONAL'
        END AS severity,
        CASE WHEN is_frozen THEN held_workflow ELSE fold_workflow_of(workflow_grade % 8) END AS workflow
    FROM known
), dated AS (
    SELECT
        *,
        CASE
            WHEN status <> 'FAILED' THEN NULL
            WHEN from_status = 'FAILED' THEN held_failing_since
            ELSE coalesce(active_since, archived_since)
        END AS failing_since,
        CASE
            WHEN is_frozen OR status <> 'PASSED' THEN held_last_passed_at
            ELSE greatest(held_last_passed_at, coalesce(active_passed_at, archived_passed_at))
        END AS last_passed_at,
        status = 'FAILED' AND from_status <> 'FAILED' AND held_last_passed_at IS NOT NULL AS has_returned,
        is_new OR presence <> from_presence OR status <> from_status OR suppressed <> from_suppressed AS is_changed
    FROM judged
), shown AS (
    SELECT
        subject, kind, account, region, control, resource,
        CASE WHEN is_frozen THEN held_resource_type ELSE resource_type END AS resource_type,
        CASE WHEN is_frozen THEN held_product ELSE string_split(product, '/')[-1] END AS product,
        CASE WHEN is_frozen THEN held_title ELSE title END AS title,
        presence, status, aws_status, severity, workflow, suppressed,
        coalesce(held_first_seen_at, CAST($at AS TIMESTAMP)) AS first_seen_at,
        least(held_first_failed_at, failing_since) AS first_failed_at,
        failing_since, last_passed_at,
        coalesce(held_returns, 0) + CAST(has_returned AS BIGINT) AS returns,
        CASE WHEN is_changed THEN CAST($at AS TIMESTAMP) ELSE held_changed_at END AS changed_at,
        active AS findings,
        CASE WHEN is_frozen THEN held_finding ELSE finding END AS finding,
        CASE WHEN is_frozen THEN held_tagset ELSE tagset END AS tagset,
        from_presence, from_status, from_aws_status, from_suppressed,
        is_changed OR aws_status <> from_aws_status AS is_moved,
        least(moved_at, CAST($at AS TIMESTAMP)) AS happened_at,
        CASE
            WHEN is_switching OR (active > 0 AND from_presence = 'unsure' AND was_switched) THEN 'switch'
            WHEN presence = from_presence THEN 'finding'
            WHEN active = 0 THEN 'archived'
            WHEN presence = 'unsure' THEN 'missed'
            ELSE 'finding'
        END AS cause,
        row(
            held_resource_type, held_product, held_title, held_severity, held_workflow, held_first_failed_at,
            held_failing_since, held_last_passed_at, held_findings, held_finding, held_tagset
        ) AS held_rest
    FROM dated
)
SELECT * EXCLUDE (held_rest)
FROM shown
WHERE
    is_moved OR held_rest IS DISTINCT FROM row(
        resource_type, product, title, severity, workflow, first_failed_at, failing_since, last_passed_at, findings,
        finding, tagset
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
