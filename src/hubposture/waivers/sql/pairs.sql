-- Which rule speaks of which subject; `number` is that of the row in `match_subjects`.

-- Patterns on resources, for the rules that find their subjects so.
CREATE TEMP TABLE match_used AS
SELECT DISTINCT r.pattern FROM match_resources r JOIN match_ways w ON w.rule = r.rule WHERE w.is_by_text;

CREATE TEMP TABLE match_tries AS
SELECT p.pattern, CAST(unnest(range(s.first_text, s.last_text + 1)) AS INTEGER) AS text
FROM match_patterns p
SEMI JOIN match_used u ON u.pattern = p.pattern
JOIN match_slices s ON s.pattern = p.pattern
ANTI JOIN match_anchors a ON a.pattern = p.pattern
WHERE p.sort = 'like';

INSERT INTO match_tries
WITH anchors AS (
    SELECT a.piece, a.pattern FROM match_anchors a SEMI JOIN match_used u ON u.pattern = a.pattern
), sizes AS (
    SELECT DISTINCT length(piece) AS size FROM anchors
), cut AS (
    SELECT t.text, substr(t.resource, unnest(range(1, length(t.resource) - z.size + 2)), z.size) AS piece
    FROM match_texts t, sizes z
)
SELECT DISTINCT a.pattern, c.text FROM cut c JOIN anchors a ON a.piece = c.piece;

CREATE TEMP TABLE match_hits AS
SELECT p.pattern, t.text
FROM match_patterns p SEMI JOIN match_used u ON u.pattern = p.pattern JOIN match_texts t ON t.resource = p.starts
WHERE p.sort = 'exact'
UNION ALL
SELECT p.pattern, CAST(unnest(range(s.first_text, s.last_text + 1)) AS INTEGER)
FROM match_patterns p SEMI JOIN match_used u ON u.pattern = p.pattern JOIN match_slices s ON s.pattern = p.pattern
WHERE p.sort = 'prefix'
UNION ALL
SELECT p.pattern, t.text
FROM match_tries c
JOIN match_patterns p ON p.pattern = c.pattern
JOIN match_texts t ON t.text = c.text
WHERE t.resource LIKE p.likes ESCAPE '!';

CREATE TEMP TABLE match_candidates AS
WITH texts AS (
    SELECT DISTINCT r.rule, h.text
    FROM match_hits h JOIN match_resources r ON r.pattern = h.pattern JOIN match_ways w ON w.rule = r.rule
    WHERE w.is_by_text
)
SELECT t.rule, CAST(s.rowid AS INTEGER) AS number
FROM texts t
JOIN match_controls c ON c.rule = t.rule
JOIN match_subjects s ON s.text = t.text AND s.control = c.control;

INSERT INTO match_candidates
WITH ruled AS (
    SELECT r.rule, r.place, r.has_resources, c.control
    FROM match_rules r JOIN match_ways w ON w.rule = r.rule JOIN match_controls c ON c.rule = r.rule
    WHERE NOT w.is_by_text
), found AS (
    SELECT r.rule, r.has_resources, s.rowid AS number, s.text
    FROM ruled r
    JOIN match_places p ON p.place = r.place
    JOIN match_subjects s ON s.account = p.account AND s.control = r.control
    UNION ALL
    SELECT r.rule, r.has_resources, s.rowid, s.text
    FROM ruled r JOIN match_subjects s ON s.control = r.control
    WHERE r.place IS NULL
)
SELECT f.rule, CAST(f.number AS INTEGER) FROM found f WHERE NOT f.has_resources
UNION ALL
SELECT DISTINCT f.rule, CAST(f.number AS INTEGER)
FROM found f
JOIN match_resources r ON r.rule = f.rule
JOIN match_patterns p ON p.pattern = r.pattern
JOIN match_texts t ON t.text = f.text
WHERE f.has_resources AND t.resource LIKE p.likes ESCAPE '!';

-- What is left when accounts, Regions and tags are looked at; and how the subject stands to what was approved. Where a rule
-- has OUs, only the accounts to which they led at its approval are within it.
CREATE TEMP TABLE match_pairs AS
SELECT
    c.rule, c.number, s.is_asked,
    s.waivable = 0 OR (s.waivable > 0 AND r.days > s.waivable) AS is_barred,
    r.known IS NULL OR k.account IS NOT NULL AS is_known,
    a.number IS NOT NULL AS is_listed,
    coalesce(a.is_approved, FALSE) AS is_approved
FROM match_candidates c
JOIN match_rules r ON r.rule = c.rule
JOIN match_subjects s ON s.rowid = c.number
LEFT JOIN match_places p ON p.place = r.place AND p.account = s.account
LEFT JOIN match_known k ON k.known = r.known AND k.account = s.account
LEFT JOIN match_regions g ON g.rule = c.rule AND g.region = s.region
LEFT JOIN match_tagged n ON n.need = r.need AND n.tagset = s.tagset
LEFT JOIN match_listed a ON a.rule = c.rule AND a.number = c.number
WHERE
    (r.place IS NULL OR p.place IS NOT NULL)
    AND (NOT r.has_regions OR g.rule IS NOT NULL)
    AND (r.need IS NULL OR n.need IS NOT NULL);
