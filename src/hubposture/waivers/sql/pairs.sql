-- Which rule speaks of which subject; `number` is that of the row in `match_subjects`.

-- Every candidate of a rule has one of its controls; by its resources, it is tried on each once, by its accounts on every
-- subject there, and once for each of its patterns.
CREATE TEMP TABLE match_ways AS
WITH by_text AS (
    SELECT r.rule, 2 * sum(coalesce(a.cost, s.last_text - s.first_text + 1)) AS cost, count(*) AS patterns
    FROM match_resources r
    LEFT JOIN match_slices s ON s.pattern = r.pattern
    LEFT JOIN match_anchors a ON a.pattern = r.pattern
    GROUP BY r.rule
), counted AS (
    SELECT control, count(*) AS n FROM match_subjects GROUP BY control
), by_control AS (
    SELECT c.rule, sum(n.n) AS n FROM match_controls c JOIN counted n ON n.control = c.control GROUP BY c.rule
), places AS (
    SELECT place, count(*) / (SELECT count(DISTINCT account) FROM match_subjects) AS share
    FROM match_places
    GROUP BY place
)
SELECT r.rule, t.rule IS NOT NULL AND coalesce(t.cost, 0) <= c.n * coalesce(p.share, 1) * (1 + t.patterns) AS is_by_text
FROM match_rules r
JOIN by_control c ON c.rule = r.rule
LEFT JOIN by_text t ON t.rule = r.rule
LEFT JOIN places p ON p.place = r.place;

-- A resource may come more than once: it is as often in it as its piece.
CREATE TEMP TABLE match_hits AS
WITH used AS (
    SELECT DISTINCT r.pattern FROM match_resources r JOIN match_ways w ON w.rule = r.rule WHERE w.is_by_text
), anchors AS (
    SELECT a.pattern, a.piece FROM match_anchors a SEMI JOIN used u ON u.pattern = a.pattern
), cut AS (
    SELECT t.text, substr(t.resource, unnest(range(1, length(t.resource) - z.size + 2)), z.size) AS piece
    FROM match_texts t, (SELECT DISTINCT length(piece) AS size FROM match_anchors) z
), tries AS (
    SELECT s.pattern, CAST(unnest(range(s.first_text, s.last_text + 1)) AS INTEGER) AS text
    FROM match_slices s
    SEMI JOIN used u ON u.pattern = s.pattern
    ANTI JOIN match_anchors a ON a.pattern = s.pattern
    UNION ALL
    SELECT a.pattern, c.text FROM cut c JOIN anchors a ON a.piece = c.piece
)
SELECT c.pattern, c.text
FROM tries c JOIN match_patterns p ON p.pattern = c.pattern JOIN match_texts t ON t.text = c.text
WHERE p.sort <> 'like' OR t.resource LIKE p.likes ESCAPE '!';

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

-- The rest by control and account, or by control alone; where they have resources, what these leave.
CREATE TEMP TABLE match_placed AS
WITH ruled AS (
    SELECT r.rule, r.place, r.has_resources, c.control
    FROM match_rules r JOIN match_ways w ON w.rule = r.rule JOIN match_controls c ON c.rule = r.rule
    WHERE NOT w.is_by_text
)
SELECT r.rule, r.has_resources, CAST(s.rowid AS INTEGER) AS number, s.text
FROM ruled r
JOIN match_places p ON p.place = r.place
JOIN match_subjects s ON s.account = p.account AND s.control = r.control
UNION ALL
SELECT r.rule, r.has_resources, CAST(s.rowid AS INTEGER), s.text
FROM ruled r JOIN match_subjects s ON s.control = r.control
WHERE r.place IS NULL;

INSERT INTO match_candidates
WITH near AS (
    SELECT m.rule, m.number, m.text, s.pattern, s.sort
    FROM match_placed m
    JOIN match_resources r ON r.rule = m.rule
    JOIN match_slices s ON s.pattern = r.pattern
    WHERE m.has_resources AND m.text BETWEEN s.first_text AND s.last_text
)
SELECT rule, number FROM match_placed WHERE NOT has_resources
UNION ALL
SELECT DISTINCT n.rule, n.number
FROM near n JOIN match_patterns p ON p.pattern = n.pattern JOIN match_texts t ON t.text = n.text
WHERE n.sort <> 'like' OR t.resource LIKE p.likes ESCAPE '!';

-- What is left when accounts, Regions and tags are looked at; and how the subject stands to what was approved. Where a
-- rule has OUs, only the accounts to which they led at its approval are within it.
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
