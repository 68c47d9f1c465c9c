-- Written by tools/portable.py from ../scores.sql; changes here are lost.
WITH people AS (
  SELECT
    account,
    state,
    ROW_NUMBER() OVER (ORDER BY account) AS number
  FROM accounts
), checks AS (
  SELECT
    c.control,
    CASE k.severity
      WHEN 'CRITICAL'
      THEN -6
      WHEN 'HIGH'
      THEN -5
      WHEN 'MEDIUM'
      THEN -4
      WHEN 'LOW'
      THEN -3
      WHEN 'INFORMATIONAL'
      THEN -2
      ELSE -1
    END AS severity,
    ROW_NUMBER() OVER (ORDER BY c.control) AS number
  FROM (
    SELECT
      control
    FROM cube
    UNION
    SELECT
      control
    FROM wishes
    WHERE
      in_force
  ) AS c
  LEFT JOIN controls AS k
    ON k.control = c.control
), names AS (
  SELECT
    part,
    name,
    ROW_NUMBER() OVER (ORDER BY part, name) AS number
  FROM (
    SELECT
      'control' AS part,
      control AS name
    FROM checks
    UNION
    SELECT
      'standard',
      standard
    FROM standards
  ) AS n
  UNION ALL
  SELECT
    '',
    '',
    0
  UNION ALL
  SELECT
    'severity',
    name,
    CASE name
      WHEN 'CRITICAL'
      THEN -6
      WHEN 'HIGH'
      THEN -5
      WHEN 'MEDIUM'
      THEN -4
      WHEN 'LOW'
      THEN -3
      WHEN 'INFORMATIONAL'
      THEN -2
      ELSE -1
    END
  FROM (
    SELECT
      severity AS name
    FROM wishes
    UNION
    SELECT
      severity
    FROM controls
    UNION
    SELECT
      ''
  ) AS s
  WHERE
    name IN ('CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL', '')
), mixes AS (
  SELECT
    sight,
    enablement,
    wishes,
    ROW_NUMBER() OVER (ORDER BY sight, enablement, wishes) AS number
  FROM (
    SELECT DISTINCT
      sight,
      enablement,
      wishes
    FROM targets
  ) AS t
), places AS (
  SELECT
    t.account,
    t.region,
    m.number AS mix,
    ROW_NUMBER() OVER (ORDER BY t.account, t.region) AS number
  FROM targets AS t
  JOIN mixes AS m
    ON m.sight = t.sight AND m.enablement = t.enablement AND m.wishes = t.wishes
), switched AS (
  SELECT
    enablement,
    control,
    MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on
  FROM enablement
  GROUP BY
    enablement,
    control
), rules AS (
  SELECT
    m.number AS mix,
    i.number AS control,
    CASE COALESCE(w.severity, '')
      WHEN 'CRITICAL'
      THEN -6
      WHEN 'HIGH'
      THEN -5
      WHEN 'MEDIUM'
      THEN -4
      WHEN 'LOW'
      THEN -3
      WHEN 'INFORMATIONAL'
      THEN -2
      ELSE -1
    END AS severity,
    CASE WHEN w.control IS NULL THEN 0 ELSE 1 END AS is_wanted,
    CASE WHEN m.sight = 'seen' THEN 1 ELSE 0 END AS is_seen,
    CASE WHEN w.in_force THEN 1 ELSE 0 END AS is_in_force,
    CASE
      WHEN NOT COALESCE(w.in_force, FALSE)
      THEN 0
      WHEN e.is_on = 1
      THEN 1
      WHEN m.sight = 'unreadable' AND m.enablement = ''
      THEN 1
      ELSE 0
    END AS is_owed,
    CASE WHEN m.wishes = '' OR w.in_force THEN 1 ELSE 0 END AS is_missed,
    w.due_before
  FROM mixes AS m
  CROSS JOIN checks AS i
  LEFT JOIN wishes AS w
    ON w.wishes = m.wishes AND w.control = i.control
  LEFT JOIN switched AS e
    ON e.enablement = m.enablement AND e.control = i.control
), counted AS (
  SELECT
    a.number AS account,
    COALESCE(t.number, 0) AS place,
    i.number AS control,
    CASE WHEN r.is_wanted = 1 THEN r.severity ELSE i.severity END AS severity,
    COALESCE(r.is_seen, 0) AS is_seen,
    c.presence,
    c.status,
    c.suppressed,
    c.waived,
    c.visible,
    CASE WHEN c.presence IN ('present', 'unsure') THEN COALESCE(r.is_owed, 0) ELSE 0 END AS is_owed,
    CASE WHEN c.failing_day < r.due_before THEN 1 ELSE 0 END AS is_late,
    COALESCE(r.is_missed, 1) AS is_missed,
    c.n
  FROM cube AS c
  JOIN people AS a
    ON a.account = c.account
  JOIN checks AS i
    ON i.control = c.control
  LEFT JOIN places AS t
    ON t.account = c.account AND t.region = c.region
  LEFT JOIN rules AS r
    ON r.mix = t.mix AND r.control = i.number
), cells AS (
  SELECT
    account,
    control,
    MAX(severity) AS severity,
    MAX(is_seen) AS is_seen,
    SUM(CASE WHEN is_owed = 1 AND status = 'PASSED' THEN n ELSE 0 END) AS passed,
    SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND waived THEN n ELSE 0 END) AS waived,
    SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND visible THEN n ELSE 0 END) AS visible,
    SUM(CASE WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived THEN n ELSE 0 END) AS failing,
    SUM(
      CASE
        WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived AND suppressed
        THEN n
        ELSE 0
      END
    ) AS suppressed,
    SUM(
      CASE
        WHEN is_owed = 1 AND status = 'FAILED' AND NOT waived AND is_late = 1
        THEN n
        ELSE 0
      END
    ) AS overdue,
    SUM(CASE WHEN is_owed = 1 AND NOT status IN ('PASSED', 'FAILED') THEN n ELSE 0 END) AS not_measured,
    SUM(CASE WHEN presence = 'lost' AND is_missed = 1 THEN n ELSE 0 END) AS lost,
    SUM(
      CASE
        WHEN presence IN ('present', 'unsure', 'off') AND status = 'PASSED'
        THEN n
        ELSE 0
      END
    ) AS any_met,
    SUM(
      CASE
        WHEN presence IN ('present', 'unsure', 'off') AND status = 'FAILED'
        THEN n
        ELSE 0
      END
    ) AS any_failing
  FROM counted
  GROUP BY
    account,
    place,
    control
), expected AS (
  SELECT
    l.account,
    r.control,
    r.severity,
    SUM(l.targets) AS targets
  FROM (
    SELECT
      a.number AS account,
      t.mix,
      COUNT(1) AS targets
    FROM places AS t
    JOIN people AS a
      ON a.account = t.account
    GROUP BY
      a.number,
      t.mix
  ) AS l
  JOIN rules AS r
    ON r.mix = l.mix
  WHERE
    r.is_seen = 1 AND r.is_in_force = 1
  GROUP BY
    l.account,
    r.control,
    r.severity
), facts AS (
  SELECT
    account,
    control,
    severity,
    passed,
    waived,
    visible,
    failing,
    suppressed,
    overdue,
    not_measured,
    lost,
    any_met,
    any_failing,
    CASE WHEN is_seen = 1 AND passed + waived + failing > 0 THEN -1 ELSE 0 END AS missing
  FROM cells
  UNION ALL
  SELECT
    account,
    control,
    severity,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    targets
  FROM expected
), by_control AS (
  SELECT
    account,
    control,
    severity,
    CAST(SUM(passed) AS BIGINT) AS passed,
    CAST(SUM(waived) AS BIGINT) AS waived,
    CAST(SUM(visible) AS BIGINT) AS visible,
    CAST(SUM(failing) AS BIGINT) AS failing,
    CAST(SUM(suppressed) AS BIGINT) AS suppressed,
    CAST(SUM(overdue) AS BIGINT) AS overdue,
    CAST(SUM(not_measured) AS BIGINT) AS not_measured,
    CAST(SUM(lost) AS BIGINT) AS lost,
    CAST(SUM(any_met) AS BIGINT) AS any_met,
    CAST(SUM(any_failing) AS BIGINT) AS any_failing,
    CAST(SUM(missing) AS BIGINT) AS missing
  FROM facts
  GROUP BY
    account,
    control,
    severity
), standing AS (
  SELECT
    a.account AS id,
    a.number AS account,
    CASE
      WHEN NOT a.state IN ('active', 'management')
      THEN a.state
      WHEN MAX(CASE WHEN t.sight <> 'closed' THEN 1 ELSE 0 END) = 0
      THEN 'no-hub'
      WHEN MAX(CASE WHEN t.sight = 'lost' THEN 1 ELSE 0 END) = 1
      THEN 'lost'
      WHEN MAX(CASE WHEN t.sight = 'unreadable' THEN 1 ELSE 0 END) = 1
      THEN 'unreadable'
      ELSE ''
    END AS why,
    CASE WHEN a.state IN ('active', 'management') THEN 1 ELSE 0 END AS is_live,
    MAX(CASE WHEN t.sight = 'seen' THEN 1 ELSE 0 END) AS is_seen
  FROM people AS a
  LEFT JOIN targets AS t
    ON t.account = a.account
  GROUP BY
    a.account,
    a.number,
    a.state
), parts AS (
  SELECT
    i.number AS control,
    0 AS name
  FROM checks AS i
  UNION ALL
  SELECT
    i.number,
    -1
  FROM checks AS i
  UNION ALL
  SELECT
    i.number,
    n.number
  FROM checks AS i
  JOIN names AS n
    ON n.part = 'control' AND n.name = i.control
  UNION ALL
  SELECT
    i.number,
    n.number
  FROM standards AS s
  JOIN checks AS i
    ON i.control = s.control
  JOIN names AS n
    ON n.part = 'standard' AND n.name = s.standard
), pieces AS (
  SELECT
    CASE WHEN p.name = -1 THEN b.severity ELSE p.name END AS name,
    b.account,
    b.severity,
    b.passed,
    b.waived,
    b.visible,
    b.failing,
    b.suppressed,
    b.overdue,
    b.not_measured,
    b.lost,
    b.any_met,
    b.any_failing,
    b.missing
  FROM by_control AS b
  JOIN parts AS p
    ON p.control = b.control
  UNION ALL
  SELECT
    n.number,
    s.account,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0
  FROM standing AS s
  CROSS JOIN names AS n
  WHERE
    n.number = 0 OR (
      s.is_live = 1 AND s.is_seen = 0
    )
), by_account AS (
  SELECT
    name,
    account,
    SUM(passed) AS passed,
    SUM(waived) AS waived,
    SUM(visible) AS visible,
    SUM(failing) AS failing,
    SUM(suppressed) AS suppressed,
    SUM(overdue) AS overdue,
    SUM(CASE WHEN severity = -6 THEN overdue ELSE 0 END) AS overdue_critical,
    SUM(CASE WHEN severity = -5 THEN overdue ELSE 0 END) AS overdue_high,
    SUM(CASE WHEN severity = -4 THEN overdue ELSE 0 END) AS overdue_medium,
    SUM(CASE WHEN severity = -3 THEN overdue ELSE 0 END) AS overdue_low,
    SUM(not_measured) AS not_measured,
    SUM(missing) AS missing,
    SUM(lost) AS lost,
    SUM(any_met) AS any_met,
    SUM(any_met) + SUM(any_failing) AS any_total
  FROM pieces
  GROUP BY
    name,
    account
), told AS (
  SELECT
    n.part,
    n.name,
    s.id,
    b.passed,
    b.waived,
    b.visible,
    b.failing,
    b.suppressed,
    b.overdue,
    b.overdue_critical,
    b.overdue_high,
    b.overdue_medium,
    b.overdue_low,
    b.not_measured,
    b.missing,
    b.lost,
    b.any_met,
    b.any_total,
    CASE
      WHEN s.is_live = 0
      THEN 0
      WHEN n.part = '' OR s.is_seen = 0
      THEN 1
      WHEN b.passed + b.waived + b.failing + b.not_measured + b.missing > 0
      THEN 1
      ELSE 0
    END AS is_asked,
    CASE
      WHEN s.why <> ''
      THEN s.why
      WHEN b.failing > 0
      THEN 'failing'
      WHEN b.passed + b.waived = 0
      THEN 'nothing-measured'
      WHEN b.not_measured > 0
      THEN 'not-measured'
      WHEN b.missing > 0
      THEN 'missing'
      ELSE ''
    END AS why
  FROM by_account AS b
  JOIN standing AS s
    ON s.account = b.account
  JOIN names AS n
    ON n.number = b.name
), views AS (
  SELECT
    p.part,
    v.dimension,
    v.key,
    v.account
  FROM (
    SELECT
      'organization' AS dimension,
      '' AS key,
      account
    FROM accounts
    UNION ALL
    SELECT
      'ou',
      ou_path,
      account
    FROM units
    UNION ALL
    SELECT
      'owner',
      owner,
      account
    FROM accounts
    UNION ALL
    SELECT
      'account',
      account,
      account
    FROM accounts
  ) AS v
  CROSS JOIN (
    SELECT
      '' AS part
    UNION ALL
    SELECT
      'standard'
  ) AS p
  UNION ALL
  SELECT
    p.part,
    p.part,
    '',
    a.account
  FROM accounts AS a
  CROSS JOIN (
    SELECT
      'standard' AS part
    UNION ALL
    SELECT
      'control'
    UNION ALL
    SELECT
      'severity'
  ) AS p
), placed AS (
  SELECT
    v.dimension,
    CASE WHEN v.dimension = v.part THEN t.name ELSE v.key END AS key,
    CASE WHEN v.dimension = v.part THEN '' ELSE t.name END AS standard,
    t.passed,
    t.waived,
    t.visible,
    t.failing,
    t.suppressed,
    t.overdue,
    t.overdue_critical,
    t.overdue_high,
    t.overdue_medium,
    t.overdue_low,
    t.not_measured,
    t.missing,
    t.lost,
    t.any_met,
    t.any_total,
    t.is_asked,
    t.why
  FROM told AS t
  JOIN views AS v
    ON v.part = t.part AND v.account = t.id
), summed AS (
  SELECT
    dimension,
    key,
    standard,
    SUM(passed) + SUM(waived) AS met,
    SUM(failing) AS failing,
    SUM(waived) AS waived,
    SUM(visible) AS visible,
    SUM(suppressed) AS suppressed,
    SUM(overdue) AS overdue,
    SUM(overdue_critical) AS overdue_critical,
    SUM(overdue_high) AS overdue_high,
    SUM(overdue_medium) AS overdue_medium,
    SUM(overdue_low) AS overdue_low,
    SUM(not_measured) AS not_measured,
    SUM(missing) AS missing,
    SUM(lost) AS lost,
    SUM(any_met) AS any_met,
    SUM(any_total) AS any_total,
    SUM(CASE WHEN why = '' THEN is_asked ELSE 0 END) AS accounts_all_met,
    SUM(is_asked) AS accounts,
    MAX(CASE WHEN dimension = 'account' THEN why ELSE '' END) AS why
  FROM placed
  GROUP BY
    dimension,
    key,
    standard
)
SELECT
  s.dimension,
  s.key,
  s.standard,
  CASE s.dimension
    WHEN 'account'
    THEN COALESCE(a.shown, s.key)
    WHEN 'control'
    THEN COALESCE(k.shown, s.key)
    ELSE s.key
  END AS shown,
  CAST(s.met AS BIGINT) AS met,
  CAST(s.failing AS BIGINT) AS failing,
  CAST(s.waived AS BIGINT) AS waived,
  CAST(s.visible AS BIGINT) AS visible,
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
FROM summed AS s
LEFT JOIN accounts AS a
  ON s.dimension = 'account' AND a.account = s.key
LEFT JOIN controls AS k
  ON s.dimension = 'control' AND k.control = s.key
ORDER BY
  s.dimension,
  s.key,
  s.standard
