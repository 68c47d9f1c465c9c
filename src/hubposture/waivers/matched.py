"""What matching found, read from its tables into values."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

from hubposture.waivers.rule import Case, Cover, FindingFacts, Fit, Judged, Tally
from hubposture.waivers.rule_tables import Ranked

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
        subject, finding, product, id, compliance, workflow, note, note_by, note_at, user_fields, severity, updated_at,
        observed_at, is_shared
    FROM match_case_findings
    ORDER BY
        subject,
        CASE compliance WHEN 'FAILED' THEN 0 WHEN 'WARNING' THEN 1 WHEN 'NOT_AVAILABLE' THEN 2 WHEN 'PASSED' THEN 4
            ELSE 3 END,
        CASE severity WHEN 'CRITICAL' THEN 0 WHEN 'HIGH' THEN 1 WHEN 'MEDIUM' THEN 2 WHEN 'LOW' THEN 3 ELSE 4 END,
        updated_at DESC, finding"""
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
_FAILING = "SELECT count(*) FROM match_scope WHERE is_asked AND is_in_sight AND status <> 'PASSED'"
_OF_CASES = "SELECT count(*) FROM match_cases WHERE is_failing"


class Connection(Protocol):
    """What is used of a DuckDB connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run one statement; the result has `fetchall` and `fetchmany`."""


def read(connection: Connection, rules: Sequence[Ranked], *, version: int, only: Collection[str] | None) -> Judged:
    """What the statements of `match` left, as values."""
    ((failing,),) = connection.execute(_FAILING).fetchall()
    ((of_cases,),) = connection.execute(_OF_CASES).fetchall()
    return Judged(
        version=version,
        cases=_cases(connection, rules),
        tallies=_tallies(connection, rules, only),
        covered=_covered(connection, rules),
        failing=failing,
        open=failing - of_cases,
    )


def _cases(connection: Connection, rules: Sequence[Ranked]) -> tuple[Case, ...]:
    once = _Texts()
    findings = _findings(connection, once)
    tags = _tags(connection)
    covers = [Cover(one.rule.waiver, Fit.COVERS, one.rule.effect, one.rule.until, one.rule.why) for one in rules]
    made: dict[tuple[int, int], Cover] = {}

    def case(row: tuple[Any, ...]) -> Case:
        subject, *texts, failing_since, first_seen_at, tagset, fit, rule = row
        cover = None
        if fit is not None:
            cover = made.get((fit, rule)) or made.setdefault((fit, rule), covers[rule]._replace(fit=_FITS[fit]))
        account, region, control, resource, resource_type, presence, status, severity = map(once, texts)
        return Case(
            subject,
            account,
            region,
            control,
            resource,
            resource_type,
            presence,
            status,
            severity,
            failing_since,
            first_seen_at,
            cover,
            tuple(findings.pop(subject, ())),
            tags.get(tagset, {}),
        )

    return tuple(case(row) for row in _rows(connection, _CASES))


def _findings(connection: Connection, once: "_Texts") -> dict[str, list[FindingFacts]]:
    """The findings of the cases by subject, worst first."""
    found: dict[str, list[FindingFacts]] = {}
    for subject, finding, product, id_, compliance, workflow, note, note_by, *rest in _rows(connection, _FINDINGS):
        note_at, user_fields, severity, updated_at, observed_at, is_shared = rest
        facts = FindingFacts(
            finding,
            once(product),
            id_,
            once(compliance),
            once(workflow),
            once(note),
            once(note_by),
            note_at,
            once(user_fields),
            once(severity),
            updated_at,
            observed_at,
            is_shared,
        )
        found.setdefault(subject, []).append(facts)
    return found


def _tags(connection: Connection) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for tagset, tag, value in connection.execute(_TAGS).fetchall():
        found.setdefault(tagset, {})[tag] = value
    return found


def _tallies(connection: Connection, rules: Sequence[Ranked], only: Collection[str] | None) -> Mapping[str, Tally]:
    counted = {row[0]: row[1:] for row in connection.execute(_TALLIES).fetchall()}
    taken: dict[int, list[str]] = {}
    for rule, subject in connection.execute(_TAKEN).fetchall():
        taken.setdefault(rule, []).append(subject)
    found = {}
    for one in sorted(rules, key=lambda one: one.rule.waiver):
        matched, within, failing, surplus, surplus_failing, barred, approved, since = counted.get(one.number, _NOTHING)
        asked = len(one.approved) if only is None else sum(key in one.approved for key in set(only))
        found[one.rule.waiver] = Tally(
            one.rule.waiver,
            matched,
            within,
            failing,
            surplus,
            surplus_failing,
            barred,
            asked - approved,
            tuple(taken.get(one.number, ())),
            since,
        )
    return found


_NOTHING = (0,) * 7 + (None,)


def _covered(connection: Connection, rules: Sequence[Ranked]) -> tuple[tuple[object, ...], ...]:
    """Rows of DECISIONS."""
    tails = [(one.rule.waiver, one.rule.until, str(one.rule.effect)) for one in rules]
    return tuple((subject, *tails[rule]) for subject, rule in _rows(connection, _COVERED))


def _rows(connection: Connection, query: str) -> Iterator[tuple[Any, ...]]:
    """The rows of a query, fetched in parts: nothing else may be asked of the connection until the last."""
    result = connection.execute(query)
    while rows := result.fetchmany(_ROWS):
        yield from rows


class _Texts:
    """Equal texts as one object: of a hundred thousand cases most have the same."""

    def __init__(self) -> None:
        self._held: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        return self._held.setdefault(text, text)
