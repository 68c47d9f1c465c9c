-- How many resources a pattern has to be tried on, and so by which way a rule finds its subjects.

-- A pattern's literal prefix is a range of numbers: of all texts in order, those before it and those before its end.
CREATE TEMP TABLE match_slices AS
WITH line AS (
    SELECT p.pattern, FALSE AS is_end, p.starts AS text, 0 AS one FROM match_patterns p WHERE p.sort <> 'exact'
    UNION ALL
    SELECT p.pattern, TRUE, p.ends, 0 FROM match_patterns p WHERE p.sort <> 'exact' AND p.ends IS NOT NULL
    UNION ALL
    SELECT NULL, FALSE, t.resource, 1 FROM match_texts t
), counted AS (
    SELECT pattern, is_end, sum(one) OVER (ORDER BY text, one ROWS UNBOUNDED PRECEDING) AS before FROM line
)
SELECT
    pattern,
    CAST(max(before) FILTER (NOT is_end) AS INTEGER) + 1 AS first_text,
    CAST(coalesce(max(before) FILTER (is_end), (SELECT count(*) FROM match_texts)) AS INTEGER) AS last_text
FROM counted
WHERE pattern IS NOT NULL
GROUP BY pattern;

-- Patterns that begin with a sign, or with what all have, are found by a piece of what stands between the signs: the one
-- that the fewest of some ten thousand resources have in them.
CREATE TEMP TABLE match_step AS
SELECT CAST(1 + count(*) // 10000 AS INTEGER) AS step FROM match_texts;

CREATE TEMP TABLE match_wide AS
SELECT p.pattern, s.last_text - s.first_text + 1 AS size
FROM match_patterns p JOIN match_slices s ON s.pattern = p.pattern
WHERE p.sort = 'like' AND s.last_text - s.first_text >= $wide;

CREATE TEMP TABLE match_sizes AS
SELECT DISTINCT c.size FROM match_pieces c SEMI JOIN match_wide w ON w.pattern = c.pattern;

CREATE TEMP TABLE match_counts AS
WITH pieces AS (
    SELECT DISTINCT c.piece FROM match_pieces c SEMI JOIN match_wide w ON w.pattern = c.pattern
), cut AS (
    SELECT substr(t.resource, unnest(range(1, length(t.resource) - z.size + 2)), z.size) AS piece
    FROM match_texts t, match_sizes z, match_step p
    WHERE t.text % p.step = 0
)
SELECT c.piece, count(*) AS n FROM cut c SEMI JOIN pieces p ON p.piece = c.piece GROUP BY c.piece;

CREATE TEMP TABLE match_anchors AS
SELECT w.pattern, arg_min(c.piece, row(coalesce(n.n, 0), c.piece)) AS piece, min(coalesce(n.n, 0)) * p.step AS size
FROM match_wide w
JOIN match_pieces c ON c.pattern = w.pattern
LEFT JOIN match_counts n ON n.piece = c.piece
CROSS JOIN match_step p
GROUP BY w.pattern, w.size, p.step
HAVING min(coalesce(n.n, 0)) * p.step < w.size;

-- By its resources, or by its controls and accounts: whichever has fewer candidates.
CREATE TEMP TABLE match_ways AS
WITH costs AS (
    SELECT p.pattern, CASE WHEN p.sort = 'exact' THEN 1 ELSE coalesce(a.size, s.last_text - s.first_text + 1) END AS cost
    FROM match_patterns p
    LEFT JOIN match_slices s ON s.pattern = p.pattern
    LEFT JOIN match_anchors a ON a.pattern = p.pattern
), by_text AS (
    SELECT r.rule, sum(c.cost) * (SELECT 1 + count(*) // greatest(1, count(DISTINCT text)) FROM match_subjects) AS cost
    FROM match_resources r JOIN costs c ON c.pattern = r.pattern
    GROUP BY r.rule
), counted AS (
    SELECT account, control, count(*) AS n FROM match_subjects GROUP BY account, control
), asked AS (
    SELECT DISTINCT r.place, c.control FROM match_rules r JOIN match_controls c ON c.rule = r.rule
), placed AS (
    SELECT a.place, a.control, sum(n.n) AS n
    FROM asked a
    JOIN match_places p ON p.place = a.place
    JOIN counted n ON n.account = p.account AND n.control = a.control
    GROUP BY a.place, a.control
    UNION ALL
    SELECT a.place, a.control, sum(n.n)
    FROM asked a JOIN counted n ON n.control = a.control
    WHERE a.place IS NULL
    GROUP BY a.place, a.control
), by_place AS (
    SELECT r.rule, sum(p.n) AS cost
    FROM match_rules r
    JOIN match_controls c ON c.rule = r.rule
    JOIN placed p ON p.place IS NOT DISTINCT FROM r.place AND p.control = c.control
    GROUP BY r.rule
)
SELECT r.rule, coalesce(t.cost <= p.cost, FALSE) AS is_by_text
FROM match_rules r
JOIN by_place p ON p.rule = r.rule
LEFT JOIN by_text t ON t.rule = r.rule;
