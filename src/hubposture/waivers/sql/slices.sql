-- On which resources, and on how many, a pattern has to be tried.

-- The resources that a pattern may match are a range of numbers: of all texts in order, those between its literal prefix
-- and what is the first text behind it. Of an exact pattern the range is the resource itself.
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
SELECT p.pattern, p.sort, t.text AS first_text, t.text AS last_text
FROM match_patterns p JOIN match_texts t ON t.resource = p.starts
WHERE p.sort = 'exact'
UNION ALL
SELECT
    p.pattern, p.sort,
    CAST(max(c.before) FILTER (NOT c.is_end) AS INTEGER) + 1,
    CAST(coalesce(max(c.before) FILTER (c.is_end), (SELECT count(*) FROM match_texts)) AS INTEGER)
FROM counted c JOIN match_patterns p ON p.pattern = c.pattern
GROUP BY p.pattern, p.sort;
