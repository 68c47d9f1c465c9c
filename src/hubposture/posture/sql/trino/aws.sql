-- Written by tools/portable.py from ../aws.sql; changes here are lost.
WITH views AS (
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
), profiles AS (
  SELECT DISTINCT
    v.dimension,
    v.key,
    t.enablement
  FROM views AS v
  JOIN targets AS t
    ON t.account = v.account
  WHERE
    t.enablement <> ''
), offered AS (
  SELECT
    p.dimension,
    p.key,
    e.standard,
    e.control,
    MAX(CASE WHEN e.is_on THEN 1 ELSE 0 END) AS is_on
  FROM profiles AS p
  JOIN enablement AS e
    ON e.enablement = p.enablement
  GROUP BY
    p.dimension,
    p.key,
    e.standard,
    e.control
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
    v.dimension,
    v.key,
    s.control,
    MAX(s.worst) AS worst
  FROM views AS v
  JOIN said AS s
    ON s.account = v.account
  GROUP BY
    v.dimension,
    v.key,
    s.control
), judged AS (
  SELECT
    o.dimension,
    o.key,
    o.standard,
    o.control,
    o.is_on,
    COALESCE(s.worst, 0) AS worst
  FROM (
    SELECT
      dimension,
      key,
      standard,
      control,
      is_on
    FROM offered
    UNION ALL
    SELECT
      dimension,
      key,
      '',
      control,
      MAX(is_on)
    FROM offered
    GROUP BY
      dimension,
      key,
      control
  ) AS o
  LEFT JOIN seen AS s
    ON s.dimension = o.dimension AND s.key = o.key AND s.control = o.control
), placed AS (
  SELECT
    dimension,
    key,
    standard,
    is_on,
    worst
  FROM judged
  UNION ALL
  SELECT
    'standard',
    standard,
    '',
    is_on,
    worst
  FROM judged
  WHERE
    dimension = 'organization' AND standard <> ''
  UNION ALL
  SELECT
    'control',
    control,
    '',
    is_on,
    worst
  FROM judged
  WHERE
    dimension = 'organization' AND standard = ''
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
  dimension,
  key,
  standard
