-- Several rows of one finding in one batch become one, field group by field group; most batches have few of them.

CREATE OR REPLACE TEMP TABLE fold_repeated AS
SELECT finding, subject FROM incoming GROUP BY finding, subject HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE fold_collapsed AS
WITH timed AS (
    SELECT i.* REPLACE (fold_clock(i.updated_at, i.observed_at, CAST($at AS TIMESTAMP)) AS updated_at)
    FROM incoming i SEMI JOIN fold_repeated r ON i.finding = r.finding AND i.subject = r.subject
), placed AS (
    SELECT
        *,
        row_number() OVER (
            PARTITION BY finding, subject
            ORDER BY updated_at DESC,
                record_state = 'ARCHIVED' DESC, fold_compliance(compliance) DESC, reason DESC, severity DESC,
                archived_because DESC, title DESC, resource_type DESC, standard DESC, fold_time(created_at) DESC,
                fold_time(first_observed_at) DESC, fold_time(last_observed_at) DESC, tagset DESC
        ) AS checked,
        row_number() OVER (
            PARTITION BY finding, subject
            ORDER BY observed_at DESC,
                workflow DESC, note DESC, note_by DESC, fold_time(note_at) DESC, user_fields DESC
        ) AS said
    FROM timed
)
SELECT
    finding,
    subject,
    any_value(kind) FILTER (checked = 1) AS kind,
    any_value(product) FILTER (checked = 1) AS product,
    any_value(id) FILTER (checked = 1) AS id,
    any_value(account) FILTER (checked = 1) AS account,
    any_value(region) FILTER (checked = 1) AS region,
    any_value(control) FILTER (checked = 1) AS control,
    any_value(resource) FILTER (checked = 1) AS resource,
    any_value(resource_type) FILTER (checked = 1) AS resource_type,
    any_value(standard) FILTER (checked = 1) AS standard,
    any_value(title) FILTER (checked = 1) AS title,
    any_value(compliance) FILTER (checked = 1) AS compliance,
    any_value(reason) FILTER (checked = 1) AS reason,
    any_value(severity) FILTER (checked = 1) AS severity,
    any_value(record_state) FILTER (checked = 1) AS record_state,
    any_value(archived_because) FILTER (checked = 1) AS archived_because,
    any_value(created_at) FILTER (checked = 1) AS created_at,
    any_value(updated_at) FILTER (checked = 1) AS updated_at,
    any_value(first_observed_at) FILTER (checked = 1) AS first_observed_at,
    any_value(last_observed_at) FILTER (checked = 1) AS last_observed_at,
    any_value(workflow) FILTER (said = 1) AS workflow,
    any_value(note) FILTER (said = 1) AS note,
    any_value(note_by) FILTER (said = 1) AS note_by,
    any_value(note_at) FILTER (said = 1) AS note_at,
    any_value(user_fields) FILTER (said = 1) AS user_fields,
    any_value(observed_at) FILTER (said = 1) AS observed_at,
    coalesce(arg_min(tagset, checked) FILTER (tagset <> ''), '') AS tagset,
    bool_or(record_state = 'ACTIVE') AS is_seen
FROM placed
GROUP BY finding, subject;
