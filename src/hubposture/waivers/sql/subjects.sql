-- The subjects that a rule may speak of, each distinct resource once: patterns are tried on resources, not on subjects.
-- Resources are numbered in their order, so that those with a prefix are a range of numbers.

CREATE TEMP TABLE match_texts AS
SELECT CAST(row_number() OVER (ORDER BY resource) AS INTEGER) AS text, resource
FROM (
    SELECT DISTINCT s.resource
    FROM match_scope s SEMI JOIN match_controls c ON c.control = s.control
    WHERE s.is_in_sight
);

CREATE TEMP TABLE match_subjects AS
SELECT
    s.subject, t.text, s.account, s.region, s.control, s.tagset, s.is_asked, s.status <> 'PASSED' AS is_failing,
    s.first_seen_at, s.changed_at, coalesce(w.waivable, -1) AS waivable
FROM match_scope s
JOIN match_texts t ON t.resource = s.resource
SEMI JOIN match_controls c ON c.control = s.control
LEFT JOIN targets g ON g.account = s.account AND g.region = s.region
LEFT JOIN wishes w ON w.wishes = g.wishes AND w.control = s.control
WHERE s.is_in_sight;

-- The accounts of every place: those that are named, those under an OU (by its path or its id, at any depth), or both.
CREATE TEMP TABLE match_places AS
WITH under AS (
    SELECT o.place, u.account FROM match_ous o JOIN units u ON u.ou_path = o.ou
    UNION
    SELECT o.place, u.account FROM match_ous o JOIN units u ON u.ou = o.ou
)
SELECT n.place, n.account FROM match_named n ANTI JOIN match_ous o ON o.place = n.place
UNION ALL
SELECT u.place, u.account FROM under u ANTI JOIN match_named n ON n.place = u.place
UNION ALL
SELECT u.place, u.account FROM under u JOIN match_named n ON n.place = u.place AND n.account = u.account;

-- Sets of tags that are what a rule needs: of every name that it gives, one of the values.
CREATE TEMP TABLE match_tagged AS
SELECT n.need, g.tagset
FROM match_needs n
JOIN (SELECT * FROM tags WHERE tagset IN (SELECT tagset FROM match_subjects)) g
    ON g.tag = n.tag AND g.value LIKE n.likes ESCAPE '!'
GROUP BY n.need, g.tagset, n.names
HAVING count(DISTINCT g.tag) = n.names;
