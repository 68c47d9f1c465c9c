-- Patterns that would have to be tried on many resources.

CREATE TEMP TABLE match_wide AS
SELECT s.pattern, s.last_text - s.first_text + 1 AS cost
FROM match_slices s
WHERE s.sort = 'like' AND s.last_text - s.first_text + 1 > $wide;
