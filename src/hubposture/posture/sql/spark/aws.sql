-- Written by tools/portable.py from ../aws.sql; changes here are lost.
WITH members AS (
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
), views AS (
  SELECT
    dimension,
    key,
    ROW_NUMBER() OVER (ORDER BY dimension NULLS LAST, key NULLS LAST) AS number
  FROM (
    SELECT DISTINCT
      dimension,
      key
    FROM members
  ) AS m
), numbered AS (
  SELECT
    v.number AS place,
    m.account
  FROM members AS m
  JOIN views AS v
    ON v.dimension = m.dimension AND v.key = m.key
), profiles AS (
  SELECT DISTINCT
    m.place,
    t.enablement
  FROM numbered AS m
  JOIN targets AS t
    ON t.account = m.account
  WHERE
    t.enablement <> ''
), switched AS (
  SELECT
    enablement,
    standard,
    control,
    CASE WHEN is_on THEN 1 ELSE 0 END AS is_on
  FROM enablement
  UNION ALL
  SELECT
    enablement,
    '',
    control,
    MAX(CASE WHEN is_on THEN 1 ELSE 0 END)
  FROM enablement
  GROUP BY
    enablement,
    control
), pairs AS (
  SELECT
    standard,
    control,
    ROW_NUMBER() OVER (ORDER BY standard NULLS LAST, control NULLS LAST) AS number
  FROM (
    SELECT DISTINCT
      standard,
      control
    FROM switched
  ) AS s
), switches AS (
  SELECT
    s.enablement,
    i.number AS pair,
    MAX(s.is_on) AS is_on
  FROM switched AS s
  JOIN pairs AS i
    ON i.standard = s.standard AND i.control = s.control
  GROUP BY
    s.enablement,
    i.number
), offered AS (
  SELECT
    p.place,
    s.pair,
    MAX(s.is_on) AS is_on
  FROM profiles AS p
  JOIN switches AS s
    ON s.enablement = p.enablement
  GROUP BY
    p.place,
    s.pair
), said AS (
  SELECT
    account,
    control,
    MAX(
      CASE aws_status
        WHEN 'FAILED'
        THEN 3
        WHEN 'WARNING'
        THEN 2
        WHEN 'NOT_AVAILABLE'
        THEN 2
        WHEN 'PASSED'
        THEN 1
        ELSE 0
      END
    ) AS worst
  FROM cube
  WHERE
    presence IN ('present', 'unsure')
  GROUP BY
    account,
    control
), seen AS (
  SELECT
    m.place,
    s.control,
    MAX(s.worst) AS worst
  FROM numbered AS m
  JOIN said AS s
    ON s.account = m.account
  GROUP BY
    m.place,
    s.control
), judged AS (
  SELECT
    o.place,
    i.standard,
    i.control,
    o.is_on,
    COALESCE(s.worst, 0) AS worst
  FROM offered AS o
  JOIN pairs AS i
    ON i.number = o.pair
  LEFT JOIN seen AS s
    ON s.place = o.place AND s.control = i.control
), placed AS (
  SELECT
    d.shown AS dimension,
    CASE d.shown
      WHEN 'standard'
      THEN j.standard
      WHEN 'control'
      THEN j.control
      ELSE v.key
    END AS key,
    CASE WHEN d.shown IN ('standard', 'control') THEN '' ELSE j.standard END AS standard,
    j.is_on,
    j.worst
  FROM judged AS j
  JOIN views AS v
    ON v.number = j.place
  JOIN (
    SELECT
      'organization' AS dimension,
      'organization' AS shown
    UNION ALL
    SELECT
      'organization',
      'standard'
    UNION ALL
    SELECT
      'organization',
      'control'
    UNION ALL
    SELECT
      'ou',
      'ou'
    UNION ALL
    SELECT
      'owner',
      'owner'
    UNION ALL
    SELECT
      'account',
      'account'
  ) AS d
    ON d.dimension = v.dimension
  WHERE
    NOT d.shown IN ('standard', 'control')
    OR (
      d.shown = 'standard' AND j.standard <> ''
    )
    OR (
      d.shown = 'control' AND j.standard = ''
    )
)
SELECT
  dimension,
  key,
  standard,
  CAST(SUM(CASE WHEN is_on = 1 AND worst = 1 THEN 1 ELSE 0 END) AS BIGINT) AS aws_passed,
  CAST(SUM(CASE WHEN is_on = 1 AND worst = 3 THEN 1 ELSE 0 END) AS BIGINT) AS aws_failed,
  CAST(SUM(CASE WHEN is_on = 1 AND worst = 2 THEN 1 ELSE 0 END) AS BIGINT) AS aws_unknown,
  CAST(SUM(CASE WHEN is_on = 1 AND worst = 0 THEN 1 ELSE 0 END) AS BIGINT) AS aws_no_data,
  CAST(SUM(CASE WHEN is_on = 0 THEN 1 ELSE 0 END) AS BIGINT) AS aws_disabled
FROM placed
GROUP BY
  dimension,
  key,
  standard
ORDER BY
  dimension NULLS LAST,
  key NULLS LAST,
  standard NULLS LAST
