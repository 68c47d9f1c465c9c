-- Obligations and accounts, counted for every dimension: organization, ou, owner, account (each whole, and standard by
-- standard), and standard, control, severity over the whole organization.
--
-- A subject is an obligation where its control is in force by the matrix and switched on, as far as it is in sight and
-- was measured. Where the target cannot be read, what findings say is believed.
WITH switched AS (
    SELECT enablement, control, MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on
    FROM enablement
    GROUP BY enablement, control
), counted AS (
    SELECT
        c.account,
        c.region,
        c.control,
        COALESCE(w.severity, k.severity, '') AS severity,
        CASE WHEN t.sight = 'seen' THEN 1 ELSE 0 END AS is_seen,
        c.presence,
        c.status,
        c.suppressed,
        c.waived,
        CASE
            WHEN c.presence NOT IN ('present', 'unsure') THEN 0
            WHEN NOT COALESCE(w.in_force, FALSE) THEN 0
            WHEN COALESCE(e.is_on, 0) = 1 THEN 1
            WHEN t.sight = 'unreadable' AND t.enablement = '' THEN 1
            ELSE 0
        END AS is_owed,
        CASE WHEN c.failing_day < w.due_before THEN 1 ELSE 0 END AS is_late,
        CASE WHEN COALESCE(t.wishes, '') = '' OR w.in_force THEN 1 ELSE 0 END AS is_missed,
        c.n
    FROM cube c
    JOIN accounts a ON a.account = c.account
    LEFT JOIN targets t ON t.account = c.account AND t.region = c.region
    LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = c.control
    LEFT JOIN switched e ON e.enablement = t.enablement AND e.control = c.control
    LEFT JOIN controls k ON k.control = c.control
), cells AS (
    SELECT
        account,
        region,
        control,
        MAX(severity) AS severity,
        MAX(is_seen) AS is_seen,
        SUM(CASE WHEN is_owed = 1 AND status = 'PASSED' THEN n ELSE 0 END) AS passed,
        SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND waived THEN n ELSE 0 END) AS waived,
        SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived THEN n ELSE 0 END) AS failing,
        SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived AND suppressed THEN n ELSE 0 END) AS suppressed,
        SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived AND is_late = 1 THEN n ELSE 0 END) AS overdue,
        SUM(CASE WHEN is_owed = 1 AND status NOT IN ('PASSED', 'FAILED') THEN n ELSE 0 END) AS not_measured,
        SUM(CASE WHEN presence = 'lost' AND is_missed = 1 THEN n ELSE 0 END) AS lost,
        SUM(CASE WHEN presence IN ('present', 'unsure', 'off') AND status = 'PASSED' THEN n ELSE 0 END) AS any_met,
        SUM(CASE WHEN presence IN ('present', 'unsure', 'off') AND status = 'FAILED' THEN n ELSE 0 END) AS any_failing
    FROM counted
    GROUP BY account, region, control
), looked AS (
    SELECT account, wishes, COUNT(1) AS targets
    FROM targets
    WHERE sight = 'seen'
    GROUP BY account, wishes
), facts AS (
    SELECT
        account, control, severity, passed, waived, failing, suppressed, overdue, not_measured, lost, any_met,
        any_failing, CASE WHEN is_seen = 1 AND passed + waived + failing > 0 THEN -1 ELSE 0 END AS missing
    FROM cells
    UNION ALL
    SELECT l.account, w.control, w.severity, 0, 0, 0, 0, 0, 0, 0, 0, 0, l.targets
    FROM looked l
    JOIN wishes w ON w.wishes = l.wishes
    JOIN accounts a ON a.account = l.account
    WHERE w.in_force
), by_control AS (
    SELECT
        account,
        control,
        severity,
        CAST(SUM(passed) AS BIGINT) AS passed,
        CAST(SUM(waived) AS BIGINT) AS waived,
        CAST(SUM(failing) AS BIGINT) AS failing,
        CAST(SUM(suppressed) AS BIGINT) AS suppressed,
        CAST(SUM(overdue) AS BIGINT) AS overdue,
        CAST(SUM(not_measured) AS BIGINT) AS not_measured,
        CAST(SUM(lost) AS BIGINT) AS lost,
        CAST(SUM(any_met) AS BIGINT) AS any_met,
        CAST(SUM(any_failing) AS BIGINT) AS any_failing,
        CAST(SUM(missing) AS BIGINT) AS missing
    FROM facts
    GROUP BY account, control, severity
), standing AS (
    SELECT
        a.account,
        CASE
            WHEN a.state NOT IN ('active', 'management') THEN a.state
            WHEN MAX(CASE WHEN t.sight <> 'closed' THEN 1 ELSE 0 END) = 0 THEN 'no-hub'
            WHEN MAX(CASE WHEN t.sight = 'lost' THEN 1 ELSE 0 END) = 1 THEN 'lost'
            WHEN MAX(CASE WHEN t.sight = 'unreadable' THEN 1 ELSE 0 END) = 1 THEN 'unreadable'
            ELSE ''
        END AS why,
        CASE WHEN a.state IN ('active', 'management') THEN 1 ELSE 0 END AS is_live,
        MAX(CASE WHEN t.sight = 'seen' THEN 1 ELSE 0 END) AS is_seen
    FROM accounts a
    LEFT JOIN targets t ON t.account = a.account
    GROUP BY a.account, a.state
), parts AS (
    SELECT DISTINCT '' AS part, '' AS name, control FROM by_control
    UNION ALL
    SELECT DISTINCT 'control', control, control FROM by_control
    UNION ALL
    SELECT DISTINCT 'severity', severity, control FROM by_control
    UNION ALL
    SELECT DISTINCT 'standard', standard, control FROM standards
), pieces AS (
    SELECT
        p.part, p.name, b.account, b.severity, b.passed, b.waived, b.failing, b.suppressed, b.overdue, b.not_measured,
        b.lost, b.any_met, b.any_failing, b.missing
    FROM by_control b
    JOIN parts p ON p.control = b.control AND (p.part <> 'severity' OR p.name = b.severity)
    UNION ALL
    SELECT '', '', account, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM standing
    UNION ALL
    SELECT p.part, p.name, s.account, '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (SELECT DISTINCT part, name FROM parts WHERE part <> '') p
    CROSS JOIN (SELECT account FROM standing WHERE is_live = 1 AND is_seen = 0) s
), by_account AS (
    SELECT
        part, name, account, SUM(passed) AS passed, SUM(waived) AS waived, SUM(failing) AS failing,
        SUM(suppressed) AS suppressed, SUM(overdue) AS overdue,
        SUM(CASE WHEN severity = 'CRITICAL' THEN overdue ELSE 0 END) AS overdue_critical,
        SUM(CASE WHEN severity = 'HIGH' THEN overdue ELSE 0 END) AS overdue_high,
        SUM(CASE WHEN severity = 'MEDIUM' THEN overdue ELSE 0 END) AS overdue_medium,
        SUM(CASE WHEN severity = 'LOW' THEN overdue ELSE 0 END) AS overdue_low,
        SUM(not_measured) AS not_measured, SUM(missing) AS missing, SUM(lost) AS lost, SUM(any_met) AS any_met,
        SUM(any_met) + SUM(any_failing) AS any_total
    FROM pieces
    GROUP BY part, name, account
), told AS (
    SELECT
        b.part, b.name, b.account, b.passed, b.waived, b.failing, b.suppressed, b.overdue, b.overdue_critical,
        b.overdue_high, b.overdue_medium, b.overdue_low, b.not_measured, b.missing, b.lost, b.any_met, b.any_total,
        CASE
            WHEN s.is_live = 0 THEN 0
            WHEN b.part = '' OR s.is_seen = 0 THEN 1
            WHEN b.passed + b.waived + b.failing + b.not_measured + b.missing > 0 THEN 1
            ELSE 0
        END AS is_asked,
        CASE
            WHEN s.why <> '' THEN s.why
            WHEN b.failing > 0 THEN 'failing'
            WHEN b.passed + b.waived = 0 THEN 'nothing-measured'
            WHEN b.not_measured > 0 THEN 'not-measured'
            WHEN b.missing > 0 THEN 'missing'
            ELSE ''
        END AS why
    FROM by_account b
    JOIN standing s ON s.account = b.account
), views AS (
    SELECT 'organization' AS dimension, '' AS key, account FROM accounts
    UNION ALL
    SELECT 'ou', ou_path, account FROM units
    UNION ALL
    SELECT 'owner', owner, account FROM accounts
    UNION ALL
    SELECT 'account', account, account FROM accounts
), placed AS (
    SELECT
        v.dimension, v.key, t.name AS standard, t.passed, t.waived, t.failing, t.suppressed, t.overdue,
        t.overdue_critical, t.overdue_high, t.overdue_medium, t.overdue_low, t.not_measured, t.missing, t.lost,
        t.any_met, t.any_total, t.is_asked, t.why
    FROM told t
    JOIN views v ON v.account = t.account
    WHERE t.part IN ('', 'standard')
    UNION ALL
    SELECT
        part, name, '', passed, waived, failing, suppressed, overdue, overdue_critical, overdue_high, overdue_medium,
        overdue_low, not_measured, missing, lost, any_met, any_total, is_asked, why
    FROM told
    WHERE part <> ''
), summed AS (
    SELECT
        dimension, key, standard, SUM(passed) + SUM(waived) AS met, SUM(failing) AS failing, SUM(waived) AS waived,
        SUM(suppressed) AS suppressed, SUM(overdue) AS overdue, SUM(overdue_critical) AS overdue_critical,
        SUM(overdue_high) AS overdue_high, SUM(overdue_medium) AS overdue_medium, SUM(overdue_low) AS overdue_low,
        SUM(not_measured) AS not_measured, SUM(missing) AS missing, SUM(lost) AS lost, SUM(any_met) AS any_met,
        SUM(any_total) AS any_total, SUM(CASE WHEN why = '' THEN is_asked ELSE 0 END) AS accounts_all_met,
        SUM(is_asked) AS accounts, MAX(CASE WHEN dimension = 'account' THEN why ELSE '' END) AS why
    FROM placed
    GROUP BY dimension, key, standard
)
SELECT
    s.dimension,
    s.key,
    s.standard,
    CASE s.dimension
        WHEN 'account' THEN COALESCE(a.shown, s.key)
        WHEN 'control' THEN COALESCE(k.shown, s.key)
        ELSE s.key
    END AS shown,
    CAST(s.met AS BIGINT) AS met,
    CAST(s.failing AS BIGINT) AS failing,
    CAST(s.waived AS BIGINT) AS waived,
    CAST(s.suppressed AS BIGINT) AS suppressed,
    CAST(s.overdue AS BIGINT) AS overdue,
    CAST(s.overdue_critical AS BIGINT) AS overdue_critical,
    CAST(s.overdue_high AS BIGINT) AS overdue_high,
    CAST(s.overdue_medium AS BIGINT) AS overdue_medium,
    CAST(s.overdue_low AS BIGINT) AS overdue_low,
    CAST(s.not_measured AS BIGINT) AS not_measured,
    CAST(s.missing AS BIGINT) AS missing,
    CAST(s.lost AS BIGINT) AS lost,
    CAST(s.any_met AS BIGINT) AS any_met,
    CAST(s.any_total AS BIGINT) AS any_total,
    CAST(s.accounts_all_met AS BIGINT) AS accounts_all_met,
    CAST(s.accounts AS BIGINT) AS accounts,
    s.why
FROM summed s
LEFT JOIN accounts a ON s.dimension = 'account' AND a.account = s.key
LEFT JOIN controls k ON s.dimension = 'control' AND k.control = s.key
ORDER BY s.dimension, s.key, s.standard
