-- AWS's rule: the status of each control in a view, from findings that are neither archived nor suppressed, and how many
-- controls have which, by standard and (standard '') over the different controls of all enabled standards. Numbers
-- stand for views and for controls of standards on the way, because counting by numbers is faster.
WITH members AS (
    SELECT 'organization' AS dimension, '' AS key, account FROM accounts
    UNION ALL
    SELECT 'ou', ou_path, account FROM units
    UNION ALL
    SELECT 'owner', owner, account FROM accounts
    UNION ALL
    SELECT 'account', account, account FROM accounts
), views AS (
    SELECT dimension, key, ROW_NUMBER() OVER (ORDER BY dimension, key) AS number
    FROM (SELECT DISTINCT dimension, key FROM members) m
), numbered AS (
    SELECT v.number AS place, m.account
    FROM members m
    JOIN views v ON v.dimension = m.dimension AND v.key = m.key
), profiles AS (
    SELECT DISTINCT m.place, t.enablement
    FROM numbered m
    JOIN targets t ON t.account = m.account
    WHERE t.enablement <> ''
), switched AS (
    SELECT enablement, standard, control, CASE WHEN is_on THEN 1 ELSE 0 END AS is_on FROM enablement
    UNION ALL
    SELECT enablement, '', control, MAX(CASE WHEN is_on THEN 1 ELSE 0 END) FROM enablement GROUP BY enablement, control
), checks AS (
    SELECT control, ROW_NUMBER() OVER (ORDER BY control) AS number FROM (SELECT DISTINCT control FROM enablement) c
), families AS (
    SELECT standard, ROW_NUMBER() OVER (ORDER BY standard) AS number FROM (SELECT DISTINCT standard FROM switched) s
), pairs AS (
    SELECT
        s.standard, s.control, f.number AS family, c.number AS test,
        ROW_NUMBER() OVER (ORDER BY s.standard, s.control) AS number
    FROM (SELECT DISTINCT standard, control FROM switched) s
    JOIN families f ON f.standard = s.standard
    JOIN checks c ON c.control = s.control
), switches AS (
    SELECT s.enablement, i.number AS pair, MAX(s.is_on) AS is_on
    FROM switched s
    JOIN pairs i ON i.standard = s.standard AND i.control = s.control
    GROUP BY s.enablement, i.number
), offered AS (
    SELECT p.place, s.pair, MAX(s.is_on) AS is_on
    FROM profiles p
    JOIN switches s ON s.enablement = p.enablement
    GROUP BY p.place, s.pair
), said AS (
    SELECT
        account,
        control,
        MAX(CASE aws_status WHEN 'FAILED' THEN 3 WHEN 'WARNING' THEN 2 WHEN 'NOT_AVAILABLE' THEN 2 WHEN 'PASSED' THEN 1
            ELSE 0 END) AS worst
    FROM cube
    WHERE presence IN ('present', 'unsure')
    GROUP BY account, control
), seen AS (
    SELECT m.place, c.number AS test, MAX(s.worst) AS worst
    FROM said s
    JOIN checks c ON c.control = s.control
    JOIN numbered m ON m.account = s.account
    GROUP BY m.place, c.number
), counted AS (
    -- the organization's summary stays apart by control, for it serves that dimension too; elsewhere the control is 0
    SELECT
        o.place,
        i.family,
        CASE WHEN v.dimension = 'organization' AND i.standard = '' THEN i.test ELSE 0 END AS test,
        SUM(CASE WHEN o.is_on = 1 AND s.worst = 1 THEN 1 ELSE 0 END) AS passed,
        SUM(CASE WHEN o.is_on = 1 AND s.worst = 3 THEN 1 ELSE 0 END) AS failed,
        SUM(CASE WHEN o.is_on = 1 AND s.worst = 2 THEN 1 ELSE 0 END) AS unknown,
        SUM(CASE WHEN o.is_on = 1 AND COALESCE(s.worst, 0) = 0 THEN 1 ELSE 0 END) AS no_data,
        SUM(CASE WHEN o.is_on = 0 THEN 1 ELSE 0 END) AS disabled
    FROM offered o
    JOIN pairs i ON i.number = o.pair
    JOIN views v ON v.number = o.place
    LEFT JOIN seen s ON s.place = o.place AND s.test = i.test
    GROUP BY
        o.place, i.family, CASE WHEN v.dimension = 'organization' AND i.standard = '' THEN i.test ELSE 0 END
), placed AS (
    SELECT
        d.shown AS dimension,
        CASE d.shown WHEN 'standard' THEN f.standard WHEN 'control' THEN k.control ELSE v.key END AS key,
        CASE WHEN d.shown IN ('standard', 'control') THEN '' ELSE f.standard END AS standard,
        c.passed, c.failed, c.unknown, c.no_data, c.disabled
    FROM counted c
    JOIN families f ON f.number = c.family
    JOIN views v ON v.number = c.place
    LEFT JOIN checks k ON k.number = c.test
    JOIN (
        SELECT 'organization' AS dimension, 'organization' AS shown
        UNION ALL
        SELECT 'organization', 'standard'
        UNION ALL
        SELECT 'organization', 'control'
        UNION ALL
        SELECT 'ou', 'ou'
        UNION ALL
        SELECT 'owner', 'owner'
        UNION ALL
        SELECT 'account', 'account'
    ) d ON d.dimension = v.dimension
    WHERE d.shown NOT IN ('standard', 'control')
        OR (d.shown = 'standard' AND f.standard <> '')
        OR (d.shown = 'control' AND f.standard = '')
)
SELECT
    dimension,
    key,
    standard,
    CAST(SUM(passed) AS BIGINT) AS aws_passed,
    CAST(SUM(failed) AS BIGINT) AS aws_failed,
    CAST(SUM(unknown) AS BIGINT) AS aws_unknown,
    CAST(SUM(no_data) AS BIGINT) AS aws_no_data,
    CAST(SUM(disabled) AS BIGINT) AS aws_disabled
FROM placed
GROUP BY dimension, key, standard
ORDER BY dimension, key, standard
