-- The other subjects that the findings speak of, which are not asked for.

INSERT INTO match_scope
SELECT
    s.subject, s.account, s.region, s.control, s.resource, s.resource_type, s.presence, s.status, s.severity,
    s.failing_since, s.first_seen_at, s.changed_at, s.tagset, FALSE, s.presence IN ('present', 'unsure')
FROM subjects s SEMI JOIN match_others o ON o.subject = s.subject
WHERE s.kind = 'control';
