-- Written by tools/portable.py from ../movement.sql; changes here are lost.
WITH from_switched AS (
  SELECT
    enablement,
    control,
    MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on,
    MAX(parameters) AS parameters
  FROM from_enablement
  GROUP BY
    enablement,
    control
), to_switched AS (
  SELECT
    enablement,
    control,
    MAX(CASE WHEN is_on THEN 1 ELSE 0 END) AS is_on,
    MAX(parameters) AS parameters
  FROM to_enablement
  GROUP BY
    enablement,
    control
), from_view AS (
  SELECT
    account,
    state
  FROM from_accounts
  WHERE
    :dimension = 'organization'
  UNION ALL
  SELECT
    a.account,
    a.state
  FROM from_accounts AS a
  JOIN from_units AS u
    ON u.account = a.account
  WHERE
    :dimension = 'ou' AND u.ou_path = :key
  UNION ALL
  SELECT
    account,
    state
  FROM from_accounts
  WHERE
    :dimension = 'owner' AND owner = :key
  UNION ALL
  SELECT
    account,
    state
  FROM from_accounts
  WHERE
    :dimension = 'account' AND account = :key
), to_view AS (
  SELECT
    account,
    state
  FROM to_accounts
  WHERE
    :dimension = 'organization'
  UNION ALL
  SELECT
    a.account,
    a.state
  FROM to_accounts AS a
  JOIN to_units AS u
    ON u.account = a.account
  WHERE
    :dimension = 'ou' AND u.ou_path = :key
  UNION ALL
  SELECT
    account,
    state
  FROM to_accounts
  WHERE
    :dimension = 'owner' AND owner = :key
  UNION ALL
  SELECT
    account,
    state
  FROM to_accounts
  WHERE
    :dimension = 'account' AND account = :key
), pairs AS (
  SELECT
    COALESCE(f.subject, t.subject) AS subject,
    COALESCE(f.account, t.account) AS account,
    COALESCE(f.region, t.region) AS region,
    COALESCE(f.control, t.control) AS control,
    COALESCE(f.resource, t.resource) AS resource,
    COALESCE(f.presence, '') AS from_presence,
    COALESCE(f.status, '') AS from_status,
    COALESCE(t.presence, '') AS to_presence,
    COALESCE(t.status, '') AS to_status
  FROM (
    SELECT
      subject,
      account,
      region,
      control,
      resource,
      presence,
      status
    FROM state_from
    WHERE
      kind = 'control'
  ) AS f
  FULL JOIN (
    SELECT
      subject,
      account,
      region,
      control,
      resource,
      presence,
      status
    FROM state_to
    WHERE
      kind = 'control'
  ) AS t
    ON t.subject = f.subject
), looked AS (
  SELECT
    p.subject,
    p.account,
    p.region,
    p.control,
    p.resource,
    p.from_presence,
    p.from_status,
    p.to_presence,
    p.to_status,
    COALESCE(fv.state, '') AS from_state,
    COALESCE(tv.state, '') AS to_state,
    COALESCE(ft.sight, '') AS from_sight,
    COALESCE(tt.sight, '') AS to_sight,
    CASE WHEN fw.in_force THEN 1 ELSE 0 END AS from_force,
    CASE WHEN tw.in_force THEN 1 ELSE 0 END AS to_force,
    CASE
      WHEN fe.is_on = 1
      THEN 1
      WHEN ft.sight = 'unreadable' AND ft.enablement = ''
      THEN 1
      ELSE 0
    END AS from_on,
    CASE
      WHEN te.is_on = 1
      THEN 1
      WHEN tt.sight = 'unreadable' AND tt.enablement = ''
      THEN 1
      ELSE 0
    END AS to_on,
    CASE WHEN fd.subject IS NULL THEN 0 ELSE 1 END AS from_waived,
    CASE WHEN td.subject IS NULL THEN 0 ELSE 1 END AS to_waived,
    CASE
      WHEN fe.is_on = 1 AND te.is_on = 1 AND fe.parameters <> te.parameters
      THEN 1
      ELSE 0
    END AS is_set_anew,
    CASE WHEN k.known_since > :from_at THEN 1 ELSE 0 END AS is_new_control,
    CASE COALESCE(tw.severity, fw.severity, k.severity, '')
      WHEN 'CRITICAL'
      THEN 4
      WHEN 'HIGH'
      THEN 3
      WHEN 'MEDIUM'
      THEN 2
      WHEN 'LOW'
      THEN 1
      ELSE 0
    END AS grade
  FROM pairs AS p
  LEFT JOIN from_view AS fv
    ON fv.account = p.account
  LEFT JOIN to_view AS tv
    ON tv.account = p.account
  LEFT JOIN from_targets AS ft
    ON ft.account = p.account AND ft.region = p.region
  LEFT JOIN to_targets AS tt
    ON tt.account = p.account AND tt.region = p.region
  LEFT JOIN from_wishes AS fw
    ON fw.wishes = ft.wishes AND fw.control = p.control
  LEFT JOIN to_wishes AS tw
    ON tw.wishes = tt.wishes AND tw.control = p.control
  LEFT JOIN from_switched AS fe
    ON fe.enablement = ft.enablement AND fe.control = p.control
  LEFT JOIN to_switched AS te
    ON te.enablement = tt.enablement AND te.control = p.control
  LEFT JOIN from_decisions AS fd
    ON fd.subject = p.subject
  LEFT JOIN to_decisions AS td
    ON td.subject = p.subject
  LEFT JOIN controls AS k
    ON k.control = p.control
  WHERE
    COALESCE(fv.state, tv.state, '') <> ''
), judged AS (
  SELECT
    subject,
    account,
    region,
    control,
    resource,
    from_presence,
    from_status,
    to_presence,
    to_status,
    from_state,
    to_state,
    from_force,
    to_force,
    from_on,
    to_on,
    is_set_anew,
    is_new_control,
    grade,
    CASE
      WHEN from_state = ''
      OR NOT from_presence IN ('present', 'unsure')
      OR from_force = 0
      OR from_on = 0
      THEN 'none'
      WHEN from_status = 'PASSED'
      THEN 'passed'
      WHEN from_status = 'FAILED' AND from_waived = 1
      THEN 'waived'
      WHEN from_status = 'FAILED'
      THEN 'failing'
      ELSE 'none'
    END AS from_standing,
    CASE
      WHEN to_state = ''
      OR NOT to_presence IN ('present', 'unsure')
      OR to_force = 0
      OR to_on = 0
      THEN 'none'
      WHEN to_status = 'PASSED'
      THEN 'passed'
      WHEN to_status = 'FAILED' AND to_waived = 1
      THEN 'waived'
      WHEN to_status = 'FAILED'
      THEN 'failing'
      ELSE 'none'
    END AS to_standing,
    CASE
      WHEN from_state IN ('active', 'management')
      AND to_state IN ('active', 'management')
      AND from_sight IN ('seen', 'unreadable')
      AND to_sight IN ('seen', 'unreadable')
      AND from_force = 1
      AND to_force = 1
      AND from_on = 1
      AND to_on = 1
      THEN 1
      ELSE 0
    END AS is_alike
  FROM looked
), moved AS (
  SELECT
    subject,
    account,
    region,
    control,
    resource,
    from_standing,
    to_standing,
    is_alike,
    grade,
    CASE
      WHEN from_standing = to_standing
      THEN ''
      WHEN from_standing = 'none'
      THEN CASE
        WHEN from_state IN ('', 'left')
        THEN 'account-in'
        WHEN from_presence = 'lost'
        THEN 'back-in-sight'
        WHEN is_new_control = 1
        THEN 'new-control'
        WHEN from_on = 0 OR from_presence = 'off'
        THEN 'switched-on'
        WHEN from_force = 0
        THEN 'required'
        WHEN from_presence IN ('', 'gone') AND to_standing = 'failing'
        THEN 'new'
        WHEN from_presence IN ('', 'gone')
        THEN 'appeared'
        ELSE 'measured'
      END
      WHEN to_standing = 'none'
      THEN CASE
        WHEN to_state IN ('', 'left')
        THEN 'account-out'
        WHEN to_presence = 'lost'
        THEN 'lost-sight'
        WHEN to_presence IN ('', 'gone')
        THEN 'gone'
        WHEN to_on = 0 OR to_presence = 'off'
        THEN 'switched-off'
        WHEN to_force = 0
        THEN 'not-required'
        ELSE 'not-measured'
      END
      WHEN from_standing = 'failing' AND to_standing = 'waived'
      THEN 'waived'
      WHEN from_standing = 'waived' AND to_standing = 'failing'
      THEN 'lifted'
      WHEN is_set_anew = 1
      THEN 'parameters'
      WHEN to_standing = 'passed'
      THEN 'fixed'
      ELSE 'regressed'
    END AS cause
  FROM judged
), shown AS (
  SELECT
    cause,
    control,
    subject,
    account,
    region,
    resource,
    from_standing,
    to_standing,
    ROW_NUMBER() OVER (PARTITION BY cause ORDER BY grade DESC, subject) AS place
  FROM moved
  WHERE
    cause <> ''
)
SELECT
  cause,
  control,
  CAST(0 AS BIGINT) AS place,
  '' AS subject,
  '' AS account,
  '' AS region,
  '' AS resource,
  '' AS from_standing,
  '' AS to_standing,
  CAST(COUNT(1) AS BIGINT) AS subjects,
  CAST(SUM(CASE WHEN from_standing IN ('passed', 'waived') THEN 1 ELSE 0 END) AS BIGINT) AS from_met,
  CAST(SUM(CASE WHEN from_standing = 'failing' THEN 1 ELSE 0 END) AS BIGINT) AS from_failing,
  CAST(SUM(CASE WHEN from_standing = 'waived' THEN 1 ELSE 0 END) AS BIGINT) AS from_waived,
  CAST(SUM(CASE WHEN to_standing IN ('passed', 'waived') THEN 1 ELSE 0 END) AS BIGINT) AS to_met,
  CAST(SUM(CASE WHEN to_standing = 'failing' THEN 1 ELSE 0 END) AS BIGINT) AS to_failing,
  CAST(SUM(CASE WHEN to_standing = 'waived' THEN 1 ELSE 0 END) AS BIGINT) AS to_waived,
  CAST(SUM(
    CASE WHEN is_alike = 1 AND from_standing IN ('passed', 'waived') THEN 1 ELSE 0 END
  ) AS BIGINT) AS alike_from_met,
  CAST(SUM(CASE WHEN is_alike = 1 AND from_standing = 'failing' THEN 1 ELSE 0 END) AS BIGINT) AS alike_from_failing,
  CAST(SUM(CASE WHEN is_alike = 1 AND to_standing IN ('passed', 'waived') THEN 1 ELSE 0 END) AS BIGINT) AS alike_to_met,
  CAST(SUM(CASE WHEN is_alike = 1 AND to_standing = 'failing' THEN 1 ELSE 0 END) AS BIGINT) AS alike_to_failing
FROM moved
WHERE
  from_standing <> 'none' OR to_standing <> 'none'
GROUP BY
  cause,
  control
UNION ALL
SELECT
  cause,
  control,
  CAST(place AS BIGINT),
  subject,
  account,
  region,
  resource,
  from_standing,
  to_standing,
  CAST(1 AS BIGINT),
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
FROM shown
WHERE
  place <= :most
ORDER BY
  cause,
  place,
  control,
  subject
