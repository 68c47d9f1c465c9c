-- ACTIVE findings of the swept accounts: one miss more where the sweep did not see them, none where it did. Two misses
-- say enough and are not counted on, nor is anything missed that is known to be gone: a sweep writes what is news.

CREATE OR REPLACE TEMP TABLE out_findings AS
WITH looked AS (
    SELECT
        f.* REPLACE (
            CASE WHEN f.finding IN (SELECT finding FROM seen) THEN 0 ELSE least(f.misses + 1, 2) END AS misses
        ),
        FALSE AS is_new,
        f.finding IN (SELECT finding FROM seen) AS is_fresh,
        CAST($started AS TIMESTAMP) AS moved_at,
        f.misses AS held_misses,
        coalesce(s.presence, '') AS presence
    FROM held_findings f LEFT JOIN held_subjects s ON s.subject = f.subject
    WHERE f.record_state = 'ACTIVE' AND f.account IN (SELECT account FROM swept)
)
SELECT * EXCLUDE (held_misses, presence)
FROM looked
WHERE
    misses <> held_misses
    AND (is_fresh OR (updated_at < CAST($started AS TIMESTAMP) AND presence <> 'gone'));
