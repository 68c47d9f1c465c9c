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
), held AS (
    SELECT COLUMNS('(.*)') AS 'held_\1' FROM held_findings
), ordered AS (
    SELECT
        *,
        held_finding IS NULL AS is_new,
        held_finding IS NULL OR updated_at > held_updated_at OR (updated_at = held_updated_at AND row(
            record_state = 'ARCHIVED', fold_compliance(compliance), reason, severity, archived_because, title,
            resource_type, standard, fold_time(created_at), fold_time(first_observed_at),
            fold_time(last_observed_at), tagset
        ) > row(
            held_record_state = 'ARCHIVED', fold_compliance(held_compliance), held_reason, held_severity,
            held_archived_because, held_title, held_resource_type, held_standard, fold_time(held_created_at),
            fold_time(held_first_observed_at), fold_time(held_last_observed_at), held_tagset
        )) AS checks,
        held_finding IS NULL OR observed_at > held_observed_at OR (observed_at = held_observed_at AND row(
            workflow, note, note_by, fold_time(note_at), user_fields
        ) > row(
            held_workflow, held_note, held_note_by, fold_time(held_note_at), held_user_fields
        )) AS says
    FROM arrived LEFT JOIN held ON finding = held_finding AND subject = held_subject
), compared AS (
    SELECT
        *,
        checks AND row(
            resource_type, standard, title, compliance, reason, severity, record_state, archived_because,
            first_observed_at
        ) IS DISTINCT FROM row(
            held_resource_type, held_standard, held_title, held_compliance, held_reason, held_severity,
            held_record_state, held_archived_because, held_first_observed_at
        ) AS is_check_news,
        says AND row(
            workflow, note, note_by, note_at, user_fields
        ) IS DISTINCT FROM row(
            held_workflow, held_note, held_note_by, held_note_at, held_user_fields
        ) AS is_word_news,
        CASE
            WHEN is_new THEN tagset
            WHEN tagset = '' OR NOT (checks OR held_tagset = '') THEN held_tagset
            ELSE tagset
        END AS merged_tagset,
        CASE WHEN is_new OR is_seen THEN 0 ELSE held_misses END AS merged_misses
    FROM ordered
)
SELECT
    finding,
    subject,
    CASE WHEN checks THEN kind ELSE held_kind END AS kind,
    CASE WHEN checks THEN product ELSE held_product END AS product,
    CASE WHEN checks THEN id ELSE held_id END AS id,
    CASE WHEN checks THEN account ELSE held_account END AS account,
    CASE WHEN checks THEN region ELSE held_region END AS region,
    CASE WHEN checks THEN control ELSE held_control END AS control,
    CASE WHEN checks THEN resource ELSE held_resource END AS resource,
    CASE WHEN checks THEN resource_type ELSE held_resource_type END AS resource_type,
    CASE WHEN checks THEN standard ELSE held_standard END AS standard,
    CASE WHEN checks THEN title ELSE held_title END AS title,
    CASE WHEN checks THEN compliance ELSE held_compliance END AS compliance,
    CASE WHEN checks THEN reason ELSE held_reason END AS reason,
    CASE WHEN checks THEN severity ELSE held_severity END AS severity,
    CASE WHEN checks THEN record_state ELSE held_record_state END AS record_state,
    CASE WHEN checks THEN archived_because ELSE held_archived_because END AS archived_because,
    CASE WHEN checks THEN created_at ELSE held_created_at END AS created_at,
    CASE WHEN checks THEN updated_at ELSE held_updated_at END AS updated_at,
    CASE WHEN checks THEN first_observed_at ELSE held_first_observed_at END AS first_observed_at,
    CASE WHEN checks THEN last_observed_at ELSE held_last_observed_at END AS last_observed_at,
    CASE WHEN says THEN workflow ELSE held_workflow END AS workflow,
    CASE WHEN says THEN note ELSE held_note END AS note,
    CASE WHEN says THEN note_by ELSE held_note_by END AS note_by,
    CASE WHEN says THEN note_at ELSE held_note_at END AS note_at,
    CASE WHEN says THEN user_fields ELSE held_user_fields END AS user_fields,
    CASE WHEN says THEN observed_at ELSE held_observed_at END AS observed_at,
    merged_tagset AS tagset,
    CAST(merged_misses AS BIGINT) AS misses,
    is_new,
    is_new OR updated_at > held_updated_at OR merged_misses < held_misses AS is_fresh,
    CASE WHEN is_new THEN updated_at WHEN is_word_news AND NOT is_check_news THEN observed_at WHEN checks THEN updated_at
        ELSE held_updated_at END AS moved_at
FROM compared
WHERE
    is_new OR is_check_news OR is_word_news OR merged_tagset <> held_tagset OR merged_misses <> held_misses
    OR updated_at > held_updated_at + to_hours(CAST($stale_hours AS INTEGER));
