"""What matching found, read from its tables into values."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from hubposture.waivers.rule import Case, Cover, FindingFacts, Fit, Judged, Rule, Tally
from hubposture.waivers.rule_tables import Ranked, approved_of

_FITS = (Fit.COVERS, Fit.SURPLUS, Fit.BARRED, Fit.ENDED)
"""By their number in the statements."""
_ROWS = 20_000
"""Rows that are fetched at once."""
_TALLIES = """
    SELECT
        f.rule, count(*), count(*) FILTER (f.is_within), count(*) FILTER (f.is_within AND s.is_failing),
        count(*) FILTER (NOT f.is_within AND NOT f.is_barred),
        count(*) FILTER (NOT f.is_within AND NOT f.is_barred AND s.is_failing),
        count(*) FILTER (f.is_barred), count(*) FILTER (f.is_approved),
        CASE WHEN count(*) FILTER (f.is_within AND s.is_failing) = 0 THEN max(s.changed_at) FILTER (f.is_within) END
    FROM match_fits f JOIN match_subjects s ON s.rowid = f.number
    WHERE f.is_asked
    GROUP BY f.rule"""
_TAKEN = """
    SELECT t.rule, s.subject
    FROM match_taken t JOIN match_subjects s ON s.rowid = t.number
    ORDER BY t.rule, s.subject"""
_COVERED = "SELECT subject, rule FROM match_covers WHERE fit = 0 AND is_asked ORDER BY subject"
_FINDINGS = """
    SELECT
        f.subject, f.finding, f.product, f.id, f.compliance, f.workflow, f.note, f.note_by, f.note_at, f.user_fields,
        f.severity, f.updated_at, f.observed_at,
        coalesce(s.loose > CASE WHEN f.is_suppressed THEN 0 ELSE 1 END, FALSE) AS is_shared
    FROM match_case_findings f LEFT JOIN match_shared s ON s.finding = f.finding
    ORDER BY
        f.subject,
        CASE f.compliance WHEN 'FAILED' THEN 0 WHEN 'WARNING' THEN 1 WHEN 'NOT_AVAILABLE' THEN 2 WHEN 'PASSED' THEN 4
            ELSE 3 END,
        CASE f.severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END,
        f.updated_at DESC, f.finding"""
_CASES = """
    SELECT
        subject, account, region, control, resource, resource_type, presence, status, severity, failing_since,
        first_seen_at, tagset, fit, rule
    FROM match_cases
    ORDER BY subject"""
_TAGS = """
    SELECT g.tagset, g.tag, g.value
    FROM tags g WHERE g.tagset IN (SELECT tagset FROM match_cases)
    ORDER BY g.tagset, g.tag"""
_FAILING = """
    SELECT
        (SELECT count(*) FROM match_scope WHERE is_asked AND is_in_sight AND status <> 'PASSED'),
        (SELECT count(*) FROM match_cases WHERE is_failing)"""


class Connection(Protocol):
    """What is used of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run one statement; the result has `fetchall` and `fetchmany`."""


def read(
    connection: Connection,
    rules: Sequence[Rule],
    by_rank: Sequence[Ranked],
    *,
    version: int,
    only: Collection[str] | None,
) -> Judged:
    """What the statements of `match` left, as values; there is a tally of every rule, `by_rank` are those matched."""
    ((failing, of_cases),) = connection.execute(_FAILING).fetchall()
    return Judged(
        version=version,
        cases=_cases(connection, by_rank),
        tallies=_tallies(connection, rules, by_rank, only),
        covered=_covered(connection, by_rank),
        failing=failing,
        open=failing - of_cases,
    )


def _cases(connection: Connection, rules: Sequence[Ranked]) -> tuple[Case, ...]:
    once = _Once()
    findings, tags, covers = _findings(connection, once), _tags(connection), _covers(rules)
    found: list[Case] = []
    for columns in _columns(connection, _CASES):
        subjects, *texts, failing_since, first_seen_at, tagsets, fits, numbers = columns
        found += map(
            Case,
            subjects,
            *map(once, texts),
            failing_since,
            first_seen_at,
            [None if fit is None else covers[fit][number] for fit, number in zip(fits, numbers, strict=True)],
            [tuple(findings.pop(subject, ())) for subject in subjects],
            [tags.get(tagset, {}) for tagset in tagsets],
        )
    return tuple(found)


def _covers(rules: Sequence[Ranked]) -> list[list[Cover]]:
    """By the number of the fit and of the rule."""
    return [
        [Cover(one.rule.waiver, fit, one.rule.effect, one.rule.until, one.rule.why) for one in rules] for fit in _FITS
    ]


def _findings(connection: Connection, once: "_Once") -> dict[str, list[FindingFacts]]:
    """The findings of the cases by subject, worst first."""
    found: dict[str, list[FindingFacts]] = {}
    for columns in _columns(connection, _FINDINGS):
        subjects, findings, products, ids, *texts, note_at, user_fields, severity, updated, observed, shared = columns
        words = map(once, texts)
        facts = map(
            FindingFacts,
            findings, once(products), ids, *words, note_at, once(user_fields), once(severity), updated, observed, shared,
        )  # fmt: skip
        for subject, one in zip(subjects, facts, strict=True):
            found.setdefault(subject, []).append(one)
    return found


def _tags(connection: Connection) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for tagset, tag, value in connection.execute(_TAGS).fetchall():
        found.setdefault(tagset, {})[tag] = value
    return found


def _tallies(
    connection: Connection, rules: Sequence[Rule], by_rank: Sequence[Ranked], only: Collection[str] | None
) -> Mapping[str, Tally]:
    names = [one.rule.waiver for one in by_rank]
    counted = {names[row[0]]: row[1:] for row in connection.execute(_TALLIES).fetchall()}
    taken: dict[str, list[str]] = {}
    for number, subject in connection.execute(_TAKEN).fetchall():
        taken.setdefault(names[number], []).append(subject)
    return {
        rule.waiver: _tally(rule, counted.get(rule.waiver, _NOTHING), taken.get(rule.waiver, ()), only)
        for rule in sorted(rules, key=lambda rule: rule.waiver)
    }


def _tally(rule: Rule, counts: tuple[Any, ...], taken: Sequence[str], only: Collection[str] | None) -> Tally:
    matched, within, failing, surplus, surplus_failing, barred, approved, passing_since = counts
    asked = approved_of(rule) if only is None else approved_of(rule).intersection(only)
    return Tally(
        rule.waiver,
        matched=matched,
        within=within,
        failing=failing,
        surplus=surplus,
        surplus_failing=surplus_failing,
        barred=barred,
        missing=len(asked) - approved,
        admitted=tuple(taken),
        passing_since=passing_since,
    )


_NOTHING = (0,) * 7 + (None,)


def _covered(connection: Connection, rules: Sequence[Ranked]) -> tuple[tuple[object, ...], ...]:
    """Rows of DECISIONS."""
    tails = [(one.rule.waiver, one.rule.until, str(one.rule.effect)) for one in rules]
    found: list[tuple[object, ...]] = []
    for subjects, numbers in _columns(connection, _COVERED):
        found += [(subject, *tails[number]) for subject, number in zip(subjects, numbers, strict=True)]
    return tuple(found)


def _columns(connection: Connection, query: str) -> Iterator[Sequence[Sequence[Any]]]:
    """The columns of a query, some rows at a time: nothing else may be asked of the connection until the last."""
    result = connection.execute(query)
    while rows := result.fetchmany(_ROWS):
        yield tuple(zip(*rows, strict=True))


class _Once:
    """Equal texts as one object: of a hundred thousand cases most have the same."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def __call__(self, texts: Sequence[str]) -> list[str]:
        """The same texts, each the object that came first."""
        return list(map(self._held.setdefault, texts, texts))
