-- What is looked at where some subjects are asked for (`match_only`): they, their ACTIVE findings, and the subjects that
-- these findings speak of besides, since a finding is suppressed for all of them or for none. All rows of a finding have
-- its account, Region and control, by which they are found without reading every finding.

CREATE TEMP TABLE match_scope AS
SELECT
    s.subject, s.account, s.region, s.control, s.resource, s.resource_type, s.presence, s.status, s.severity,
    s.failing_since, s.first_seen_at, s.changed_at, s.tagset, TRUE AS is_asked,
    s.presence IN ('present', 'unsure') AS is_in_sight
FROM subjects s SEMI JOIN match_only o ON o.subject = s.subject
WHERE s.kind = 'control';

CREATE TEMP TABLE match_near AS
SELECT f.subject, f.finding
FROM findings f SEMI JOIN match_scope s ON s.account = f.account AND s.region = f.region AND s.control = f.control
WHERE f.kind = 'control' AND f.record_state = 'ACTIVE';

CREATE TEMP TABLE match_rows AS
SELECT n.subject, n.finding
FROM match_near n SEMI JOIN (
    SELECT n.finding FROM match_near n SEMI JOIN match_scope s ON s.subject = n.subject
) o ON o.finding = n.finding;

INSERT INTO match_scope
SELECT
    s.subject, s.account, s.region, s.control, s.resource, s.resource_type, s.presence, s.status, s.severity,
    s.failing_since, s.first_seen_at, s.changed_at, s.tagset, FALSE, s.presence IN ('present', 'unsure')
FROM subjects s
SEMI JOIN (
    SELECT r.subject FROM match_rows r ANTI JOIN match_scope s ON s.subject = r.subject
) o ON o.subject = s.subject
WHERE s.kind = 'control';

CREATE TEMP TABLE match_findings AS
SELECT
    f.subject, f.finding, f.product, f.id, f.compliance, f.workflow, f.note, f.note_by, f.note_at, f.user_fields,
    f.severity, f.updated_at, f.observed_at
FROM findings f SEMI JOIN match_rows r ON r.subject = f.subject AND r.finding = f.finding
WHERE f.kind = 'control' AND f.record_state = 'ACTIVE';
