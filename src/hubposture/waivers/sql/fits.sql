-- How every rule stands to every subject that it speaks of, and which rule is a subject's best.
-- Rules are numbered so that the smaller number wins where they fit equally; see `rule.Cover`.

CREATE TEMP TABLE match_taken AS
SELECT rule, number
FROM (
    SELECT
        p.rule, p.number, r.room,
        row_number() OVER (PARTITION BY p.rule ORDER BY s.first_seen_at, s.subject) AS turn
    FROM match_pairs p
    JOIN match_rules r ON r.rule = p.rule
    JOIN match_subjects s ON s.rowid = p.number
    WHERE
        r.holds AND r.room > 0 AND s.first_seen_at > r.new_since AND p.is_known AND p.is_asked
        AND NOT p.is_listed AND NOT p.is_barred
) AS beyond
WHERE turn <= room;

CREATE TEMP TABLE match_fits AS
SELECT
    p.rule, p.number, p.is_asked, p.is_approved, p.is_barred,
    NOT p.is_barred AND p.is_known AND (p.is_listed OR t.number IS NOT NULL) AS is_within
FROM match_pairs p LEFT JOIN match_taken t ON t.rule = p.rule AND t.number = p.number;

-- Subjects, once each, with their best rule. Fits in the order of `rule.Fit`: covers 0, surplus 1, barred 2, ended 3.
CREATE TEMP TABLE match_covers AS
WITH ranked AS (
    SELECT
        f.number,
        min(CASE
            WHEN NOT r.holds THEN 3
            WHEN f.is_barred THEN 2
            WHEN f.is_within THEN 0
            ELSE 1
        END * CAST(1000000000 AS BIGINT) + f.rule) AS best
    FROM match_fits f JOIN match_rules r ON r.rule = f.rule
    GROUP BY f.number
), fitted AS (
    SELECT number, best // 1000000000 AS fit, best % 1000000000 AS rule FROM ranked
)
SELECT s.subject, s.is_asked, s.is_failing, b.fit, b.rule, b.fit = 0 AND r.is_suppressing AS is_suppressed
FROM fitted b JOIN match_subjects s ON s.rowid = b.number JOIN match_rules r ON r.rule = b.rule;
