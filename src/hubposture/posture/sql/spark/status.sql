-- Written by tools/portable.py from ../status.sql; changes here are lost.
WITH views AS (
  SELECT
    account
  FROM accounts
  WHERE
    :dimension = 'organization'
  UNION ALL
  SELECT
    account
  FROM units
  WHERE
    :dimension = 'ou' AND ou_path = :key
  UNION ALL
  SELECT
    account
  FROM accounts
  WHERE
    :dimension = 'owner' AND owner = :key
  UNION ALL
  SELECT
    account
  FROM accounts
  WHERE
    :dimension = 'account' AND account = :key
), profiles AS (
  SELECT DISTINCT
    t.enablement
  FROM views AS v
  JOIN targets AS t
    ON t.account = v.account
  WHERE
    t.enablement <> '' AND (
      :region = '' OR t.region = :region
    )
), offered AS (
  SELECT
    e.control,
    MAX(CASE WHEN e.is_on THEN 1 ELSE 0 END) AS is_on
  FROM profiles AS p
  JOIN enablement AS e
    ON e.enablement = p.enablement
  WHERE
    :standard = '' OR e.standard = :standard
  GROUP BY
    e.control
), said AS (
  SELECT
    c.control,
    MAX(
      CASE c.aws_status
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
  FROM cube AS c
  JOIN views AS v
    ON v.account = c.account
  WHERE
    c.presence IN ('present', 'unsure') AND (
      :region = '' OR c.region = :region
    )
  GROUP BY
    c.control
)
SELECT
  o.control,
  COALESCE(k.shown, o.control) AS shown,
  CASE
    WHEN o.is_on = 0
    THEN 'disabled'
    WHEN s.worst = 3
    THEN 'failed'
    WHEN s.worst = 2
    THEN 'unknown'
    WHEN s.worst = 1
    THEN 'passed'
    ELSE 'no-data'
  END AS status
FROM offered AS o
LEFT JOIN said AS s
  ON s.control = o.control
LEFT JOIN controls AS k
  ON k.control = o.control
ORDER BY
  o.control NULLS LAST
