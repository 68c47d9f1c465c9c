"""The statements by which news are gathered. Owners are joined as lists join them: `Snapshot.owned` shows them before."""
# ruff: noqa: S608 - our own SQL; values are bound

from typing import Final

_OWNED: Final = """
    JOIN targets t ON t.account = s.account AND t.region = s.region
    JOIN wishes w ON w.wishes = t.wishes AND w.control = s.control
    LEFT JOIN owner_rows o_row ON o_row.name = w.owner
    LEFT JOIN owner_resources o_res ON o_res.resource = s.resource
    LEFT JOIN owner_tagsets o_tag ON o_tag.tagset = s.tagset
    LEFT JOIN owner_accounts o_acc ON o_acc.account = s.account
"""
_OWNER: Final = "COALESCE(o_row.owner, o_res.owner, o_tag.owner, o_acc.owner, '')"
_IS_TEAM: Final = "COALESCE(o_row.is_team, o_res.is_team, o_tag.is_team, o_acc.is_team, FALSE)"
_IS_WAIVED: Final = "s.subject IN (SELECT d.subject FROM decisions d)"
_WAS_FAILING: Final = "(x.from_status = 'FAILED' AND x.from_presence IN ('present', 'unsure'))"

MOVED: Final = f"""
    SELECT x.subject, {_WAS_FAILING}, x.from_suppressed
    FROM transitions x
    JOIN (
        SELECT y.subject, MIN(y.version) AS version FROM transitions y
        WHERE y.at > $since AND y.kind = 'control' GROUP BY y.subject
    ) f ON f.subject = x.subject AND f.version = x.version
    JOIN subjects s ON s.subject = x.subject
    JOIN targets t ON t.account = s.account AND t.region = s.region
    JOIN wishes w ON w.wishes = t.wishes AND w.control = s.control
    WHERE w.in_force AND (s.status = 'FAILED' OR {_WAS_FAILING})
    ORDER BY x.subject
"""
"""Obligations whose state changed since: (subject, whether it failed before, and was suppressed)."""

LEVELS: Final = f"""
    SELECT {_OWNER} AS owner, {_IS_TEAM} AS is_team, s.account, s.region,
        COUNT(*) FILTER (WHERE s.status = 'PASSED' OR {_IS_WAIVED}) AS met, COUNT(*) AS obligations
    FROM subjects s {_OWNED}
    WHERE s.kind = 'control' AND s.presence IN ('present', 'unsure') AND s.status IN ('PASSED', 'FAILED') AND w.in_force
    GROUP BY ALL
    ORDER BY ALL
"""
"""Obligations met by owner, account and Region."""

ACCOUNTS: Final = "SELECT account, shown FROM accounts ORDER BY account"
ACCOUNT_OWNERS: Final = "SELECT account, owner FROM owner_accounts WHERE is_team ORDER BY account"

COMING: Final = f"""
    SELECT {_OWNER} AS owner, s.account, COALESCE(a.shown, s.account) AS shown, s.region, s.control, w.severity, COUNT(*)
    FROM subjects s {_OWNED}
    LEFT JOIN accounts a ON a.account = s.account
    WHERE s.kind = 'control' AND s.presence IN ('present', 'unsure') AND s.status = 'FAILED' AND NOT ({_IS_WAIVED})
        AND w.disposition = 'enforce' AND NOT w.in_force AND {_IS_TEAM}
    GROUP BY ALL
    ORDER BY ALL
"""
"""What fails and is enforced without being an obligation yet, by owner, place and control."""
TITLES: Final = "SELECT control, shown, title, url FROM controls ORDER BY control"
