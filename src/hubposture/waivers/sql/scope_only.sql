-- What is looked at where some subjects are asked for (`match_only`): they, and all rows of their ACTIVE findings, of
-- other subjects too: a finding is suppressed for all that it speaks of or for none.

CREATE TEMP TABLE match_scope AS
SELECT
    s.subject, s.account, s.region, s.control, s.resource, s.resource_type, s.presence, s.status, s.severity,
    s.failing_since, s.first_seen_at, s.changed_at, s.tagset, TRUE AS is_asked,
    s.presence IN ('present', 'unsure') AS is_in_sight
FROM subjects s SEMI JOIN match_only o ON o.subject = s.subject
WHERE s.kind = 'control';

CREATE TEMP TABLE match_own AS
SELECT f.finding
FROM findings f SEMI JOIN match_scope s ON s.subject = f.subject
WHERE f.kind = 'control' AND f.record_state = 'ACTIVE';

-- Rows lie by subject: looking for findings reads two columns of them all, and for their subjects then little.
CREATE TEMP TABLE match_rows AS
SELECT f.subject, f.finding FROM findings f SEMI JOIN match_own o ON o.finding = f.finding;

CREATE TEMP TABLE match_findings AS
SELECT
    f.subject, f.finding, f.product, f.id, f.compliance, f.workflow, f.note, f.note_by, f.note_at, f.user_fields,
    f.severity, f.updated_at, f.observed_at
FROM findings f SEMI JOIN match_rows r ON r.subject = f.subject AND r.finding = f.finding
WHERE f.kind = 'control' AND f.record_state = 'ACTIVE';

CREATE TEMP TABLE match_others AS
SELECT DISTINCT f.subject FROM match_findings f ANTI JOIN match_scope s ON s.subject = f.subject;
