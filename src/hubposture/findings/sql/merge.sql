-- Rows to write: new findings, and held ones that an incoming row changes. `checks` and `says` tell which group it wins.
-- Three columns more than the table has serve `state.sql` and are dropped there.

CREATE OR REPLACE TEMP TABLE out_findings AS
WITH arrived AS (
    SELECT
        i.finding, i.subject, i.kind, i.product, i.id, i.account, i.region, i.control, i.resource, i.resource_type,
        i.standard, i.title, i.compliance, i.reason, i.severity, i.record_state, i.archived_because, i.created_at,
        fold_clock(i.updated_at, i.observed_at, CAST($at AS TIMESTAMP)) AS updated_at, i.first_observed_at,
        i.last_observed_at, i.workflow, i.note, i.note_by, i.note_at, i.user_fields, i.observed_at, i.tagset,
        i.record_state = 'ACTIVE' AS is_seen
    FROM incoming i ANTI JOIN fold_repeated r ON i.finding = r.finding AND i.subject = r.subject
    UNION ALL
    SELECT
        finding, subject, kind, product, id, account, region, control, resource, resource_type, standard, title,
        compliance, reason, severity, record_state, archived_because, created_at, updated_at, first_observed_at,
        last_observed_at, workflow, note, note_by, note_at, user_fields, observed_at, tagset, is_seen
    FROM fold_collapsed
), paired AS (
    SELECT
        i.finding,
        i.subject,
        h.finding IS NULL AS is_new,
        i.is_seen,
        is_new OR i.updated_at > h.updated_at OR (i.updated_at = h.updated_at AND row(
            i.record_state = 'ARCHIVED', fold_compliance(i.compliance), i.reason, i.severity, i.archived_because,
            i.title, i.resource_type, i.standard, fold_time(i.created_at), fold_time(i.first_observed_at),
            fold_time(i.last_observed_at), i.tagset
        ) > row(
            h.record_state = 'ARCHIVED', fold_compliance(h.compliance), h.reason, h.severity, h.archived_because,
            h.title, h.resource_type, h.standard, fold_time(h.created_at), fold_time(h.first_observed_at),
            fold_time(h.last_observed_at), h.tagset
        )) AS checks,
        is_new OR i.observed_at > h.observed_at OR (i.observed_at = h.observed_at AND row(
            i.workflow, i.note, i.note_by, fold_time(i.note_at), i.user_fields
        ) > row(
            h.workflow, h.note, h.note_by, fold_time(h.note_at), h.user_fields
        )) AS says,
        checks AND row(
            i.resource_type, i.standard, i.title, i.compliance, i.reason, i.severity, i.record_state,
            i.archived_because, i.first_observed_at
        ) IS DISTINCT FROM row(
            h.resource_type, h.standard, h.title, h.compliance, h.reason, h.severity, h.record_state,
            h.archived_because, h.first_observed_at
        ) AS is_check_news,
        says AND row(
            i.workflow, i.note, i.note_by, i.note_at, i.user_fields
        ) IS DISTINCT FROM row(
            h.workflow, h.note, h.note_by, h.note_at, h.user_fields
        ) AS is_word_news,
        checks AND i.updated_at > h.updated_at AS is_later,
        checks AND i.updated_at > h.updated_at + to_hours(CAST($stale_hours AS INTEGER)) AS is_stale,
        CASE WHEN checks THEN i.kind ELSE h.kind END AS kind,
        CASE WHEN checks THEN i.product ELSE h.product END AS product,
        CASE WHEN checks THEN i.id ELSE h.id END AS id,
        CASE WHEN checks THEN i.account ELSE h.account END AS account,
        CASE WHEN checks THEN i.region ELSE h.region END AS region,
        CASE WHEN checks THEN i.control ELSE h.control END AS control,
        CASE WHEN checks THEN i.resource ELSE h.resource END AS resource,
        CASE WHEN checks THEN i.resource_type ELSE h.resource_type END AS resource_type,
        CASE WHEN checks THEN i.standard ELSE h.standard END AS standard,
        CASE WHEN checks THEN i.title ELSE h.title END AS title,
        CASE WHEN checks THEN i.compliance ELSE h.compliance END AS compliance,
        CASE WHEN checks THEN i.reason ELSE h.reason END AS reason,
        CASE WHEN checks THEN i.severity ELSE h.severity END AS severity,
        CASE WHEN checks THEN i.record_state ELSE h.record_state END AS record_state,
        CASE WHEN checks THEN i.archived_because ELSE h.archived_because END AS archived_because,
        CASE WHEN checks THEN i.created_at ELSE h.created_at END AS created_at,
        CASE WHEN checks THEN i.updated_at ELSE h.updated_at END AS updated_at,
        CASE WHEN checks THEN i.first_observed_at ELSE h.first_observed_at END AS first_observed_at,
        CASE WHEN checks THEN i.last_observed_at ELSE h.last_observed_at END AS last_observed_at,
        CASE WHEN says THEN i.workflow ELSE h.workflow END AS workflow,
        CASE WHEN says THEN i.note ELSE h.note END AS note,
        CASE WHEN says THEN i.note_by ELSE h.note_by END AS note_by,
        CASE WHEN says THEN i.note_at ELSE h.note_at END AS note_at,
        CASE WHEN says THEN i.user_fields ELSE h.user_fields END AS user_fields,
        CASE WHEN says THEN i.observed_at ELSE h.observed_at END AS observed_at,
        CASE WHEN i.tagset = '' THEN coalesce(h.tagset, '') WHEN checks OR h.tagset = '' THEN i.tagset ELSE h.tagset END
            AS tagset,
        CASE WHEN is_new OR i.is_seen THEN 0 ELSE h.misses END AS misses,
        coalesce(h.misses, 0) AS held_misses,
        coalesce(h.tagset, '') AS held_tagset
    FROM arrived i LEFT JOIN held_findings h ON i.finding = h.finding AND i.subject = h.subject
)
SELECT
    finding, subject, kind, product, id, account, region, control, resource, resource_type, standard, title,
    compliance, reason, severity, record_state, archived_because, created_at, updated_at, first_observed_at,
    last_observed_at, workflow, note, note_by, note_at, user_fields, observed_at, tagset, misses,
    is_new,
    is_new OR is_later OR misses < held_misses AS is_fresh,
    CASE WHEN is_word_news AND NOT is_new AND NOT is_check_news THEN observed_at ELSE updated_at END AS moved_at
FROM paired
WHERE
    is_new OR is_check_news OR is_word_news OR is_stale OR misses <> held_misses OR tagset <> held_tagset;
