"""What waivers match, subject by subject: for previews, and for the sets that are to be approved."""

from collections.abc import Collection, Sequence

from hubposture.waivers.match import Connection, judge
from hubposture.waivers.rule import Fit, Match, Rule
from hubposture.waivers.rule_tables import ranked

_MATCHES = """
    SELECT
        s.account, s.region, s.control, s.resource, s.resource_type, s.status, s.severity, s.failing_since,
        s.suppressed, f.is_within, f.is_barred, coalesce(b.rule, -1)
    FROM match_fits f
    JOIN match_subjects m ON m.rowid = f.number
    JOIN subjects s ON s.subject = m.subject
    LEFT JOIN (SELECT subject, rule FROM match_covers WHERE fit = 0) b ON b.subject = m.subject
    WHERE f.rule = $rule
    ORDER BY s.account, s.region, s.control, s.resource"""


def matches(
    connection: Connection, rules: Sequence[Rule], *, waivers: Collection[str], version: int
) -> dict[str, tuple[Match, ...]]:
    """Every subject that each of these waivers of the rules matches, sorted, with the other waiver that covers it already.

    The connection is used up, as by `match.judge`. Raises KeyError for a waiver that is none of the rules.
    """
    by_rank = ranked(rules)
    names = {one.number: one.rule.waiver for one in by_rank}
    numbers = {one.rule.waiver: one.number for one in by_rank}
    asked = {waiver: numbers[waiver] for waiver in waivers}
    judge(connection, rules, version=version, ours=())
    found: dict[str, tuple[Match, ...]] = {}
    for waiver, number in asked.items():
        rows = connection.execute(_MATCHES, {"rule": number}).fetchall()
        found[waiver] = tuple(
            Match._make((*row, _fit(is_within, is_barred), "" if best == number else names.get(best, "")))
            for *row, is_within, is_barred, best in rows
        )
    return found


def _fit(is_within: bool, is_barred: bool) -> Fit:
    if is_barred:
        return Fit.BARRED
    return Fit.COVERS if is_within else Fit.SURPLUS
