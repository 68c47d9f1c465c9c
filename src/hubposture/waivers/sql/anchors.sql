-- Patterns that begin with a sign, or with what many resources begin with, are found by a piece of what stands behind
-- their first sign: by the one that the fewest of some ten thousand resources have in them.

CREATE TEMP TABLE match_counts AS
WITH pieces AS (
    SELECT DISTINCT size, piece FROM match_pieces
), cut AS (
    SELECT substr(t.resource, unnest(range(1, length(t.resource) - z.size + 2)), z.size) AS piece
    FROM match_texts t, (SELECT DISTINCT size FROM pieces) z
    WHERE t.text % $step = 0
)
SELECT c.piece, count(*) AS n FROM cut c SEMI JOIN pieces p ON p.piece = c.piece GROUP BY c.piece;

CREATE TEMP TABLE match_anchors AS
SELECT w.pattern, arg_min(c.piece, row(coalesce(n.n, 0), c.piece)) AS piece, min(coalesce(n.n, 0)) * $step AS cost
FROM match_wide w
JOIN match_pieces c ON c.pattern = w.pattern
LEFT JOIN match_counts n ON n.piece = c.piece
GROUP BY w.pattern, w.cost
HAVING min(coalesce(n.n, 0)) * $step * 8 < w.cost;
