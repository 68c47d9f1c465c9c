-- What is looked at where everything is asked for: all subjects of controls and their ACTIVE findings.

CREATE TEMP VIEW match_scope AS
SELECT
    subject, account, region, control, resource, resource_type, presence, status, severity, failing_since,
    first_seen_at, changed_at, tagset, TRUE AS is_asked, presence IN ('present', 'unsure') AS is_in_sight
FROM subjects
WHERE kind = 'control';

CREATE TEMP VIEW match_findings AS
SELECT
    subject, finding, product, id, compliance, workflow, note, note_by, note_at, user_fields, severity, updated_at,
    observed_at
FROM findings
WHERE kind = 'control' AND record_state = 'ACTIVE';
