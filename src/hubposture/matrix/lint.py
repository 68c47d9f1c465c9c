"""lint: everything that is wrong or doubtful in a matrix, all at once, each finding with its cell."""

import datetime as dt
from collections.abc import Iterable, Iterator

from hubposture.catalog import Catalog, Live
from hubposture.matrix import lint_cloud, lint_controls, lint_pairs, lint_sheets
from hubposture.matrix.effects import without_effect
from hubposture.matrix.lint_finding import Level, LintFinding, LintInput, error, note
from hubposture.matrix.resolve import resolve
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.matrix.scope_names import scope_problems
from hubposture.model.controls import Severity
from hubposture.model.organization import Organization

__all__ = ["Level", "LintFinding", "has_errors", "lint"]


def lint(
    parsed: Parsed,
    catalog: Catalog,
    *,
    today: dt.date,
    approval_from: Severity = Severity.HIGH,
    soon_days: int = 30,
    live: Live | None = None,
    organization: Organization | None = None,
    regions: Iterable[str] = (),
    old: Matrix | None = None,
) -> tuple[LintFinding, ...]:
    """All findings, errors first, then by sheet, row and column; the problems of reading are among them (`cell`).

    `live` is what the hub says over the catalog; with it, and with `organization` (in `regions`, or its linked ones),
    rules that need them take part. `old` is the matrix before an edit: rows are named whose edit changes nothing.
    """
    given = LintInput(
        matrix=parsed.matrix,
        catalog=live.catalog if live else catalog,
        today=today,
        approval_from=approval_from,
        soon_days=soon_days,
        is_live=live is not None,
        organization=organization,
        regions=tuple(regions) or (organization.linked_regions if organization else ()),
        old=old,
    )
    found = [error("cell", problem.where, problem.what, problem.hint) for problem in parsed.problems]
    for rule in (*lint_controls.RULES, *lint_pairs.RULES, *lint_sheets.RULES):
        found.extend(rule(given))
    found.extend(lint_cloud.new_controls(given))
    found.extend(lint_cloud.unavailable(given))
    found.extend(_in_organization(given))
    return tuple(sorted(set(found), key=lambda finding: finding.key))


def has_errors(findings: Iterable[LintFinding]) -> bool:
    """Whether a plan must not be made."""
    return any(finding.level is Level.ERROR for finding in findings)


def _in_organization(given: LintInput) -> Iterator[LintFinding]:
    """The rules that look at targets; left out where scopes cannot be resolved, which is an error of its own."""
    if given.organization is None or scope_problems(given.matrix):
        return
    resolution = resolve(given.matrix, given.organization, given.regions, today=given.today)
    for rule in (lint_cloud.unresolved, lint_cloud.empty_scopes, lint_cloud.ties, lint_cloud.undecided):
        yield from rule(given, resolution)
    if given.old is not None and not scope_problems(given.old):
        before = resolve(given.old, given.organization, given.regions, today=given.today)
        for row in without_effect(before, resolution):
            message = f"the edit of {lint_controls.shown(given, row)} changes nothing at any target"
            yield note(
                "no-effect",
                row.at.at("control"),
                message,
                "a row of higher rank may decide, or it says what was so before",
            )
