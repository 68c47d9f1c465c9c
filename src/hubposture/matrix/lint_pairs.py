"""Lint rules over rows together: the same row twice, equal ranks, rows without a disposition."""

from collections.abc import Iterable, Iterator
from itertools import combinations

from hubposture.matrix.columns import CLAUSES, CONTROLS, DETECTIONS, FRAMEWORKS, STANDARDS, SheetSpec
from hubposture.matrix.decisions import Candidate, Tie, decide
from hubposture.matrix.lint_controls import shown
from hubposture.matrix.lint_finding import LintFinding, LintInput, Rule, error, warning
from hubposture.matrix.overlaps import Overlap, overlap
from hubposture.matrix.ranks import WHOLE
from hubposture.matrix.rows import ControlRow, Origin
from hubposture.matrix.scope_names import scope_key
from hubposture.model.controls import ControlId


def by_control(rows: Iterable[ControlRow]) -> dict[ControlId, list[ControlRow]]:
    """The rows of each control."""
    found: dict[ControlId, list[ControlRow]] = {}
    for row in rows:
        found.setdefault(row.control, []).append(row)
    return found


def twice(given: LintInput) -> Iterator[LintFinding]:
    """Rows of the Controls sheet for the same control and scope."""
    for rows in by_control(given.matrix.controls).values():
        first: dict[str, ControlRow] = {}
        for row in rows:
            other = first.setdefault(scope_key(row.scope), row)
            if other is not row:
                message = f"{shown(given, row)} has two rows for {row.scope or 'the whole organization'}, also {other.at.at('control')}"
                yield error("duplicate-row", row.at.at("control"), message, "make them one row")


def named_twice(given: LintInput) -> Iterator[LintFinding]:
    """Clauses, detections, own requirements and standards given twice."""
    matrix = given.matrix
    sheets: tuple[tuple[SheetSpec, list[tuple[str, Origin]]], ...] = (
        (CLAUSES, [(row.clause, row.at) for row in matrix.clauses]),
        (DETECTIONS, [(row.detection, row.at) for row in matrix.detections]),
        (FRAMEWORKS, [(f"{row.framework} {row.requirement}", row.at) for row in matrix.frameworks]),
        (STANDARDS, [(f"{row.standard.key} {row.scope}".strip(), row.at) for row in matrix.standards]),
    )
    for spec, names in sheets:
        first: dict[str, Origin] = {}
        for name, at in names:
            other = first.setdefault(name.casefold(), at)
            if other is not at:
                key = spec.columns[0].key
                yield error(
                    "duplicate-row", at.at(key), f"{name} is given twice, also in {other.at(key)}", "make them one row"
                )


def equal_rank(given: LintInput) -> Iterator[LintFinding]:
    """Rows of one control that disagree where their scopes can hold together with equal rank.

    Where the organization is known, only what is certain is said here; what ties in it today is said by the rule over
    its targets.
    """
    scopes = {scope_key(row.scope): row for row in given.matrix.scopes}
    for rows in by_control(given.matrix.controls).values():
        for one, other in combinations(rows, 2):
            keys = scope_key(one.scope), scope_key(other.scope)
            if keys[0] == keys[1] or any(key and key not in scopes for key in keys):
                continue
            found = overlap(scopes.get(keys[0]), scopes.get(keys[1]))
            tie = decide(one.control, (Candidate(one, WHOLE), Candidate(other, WHOLE)))
            if found is Overlap.NEVER or not isinstance(tie, Tie):
                continue
            if found is Overlap.CERTAIN:
                yield error("equal-rank", tie.rows[1].at.at(tie.column), *_told(given, tie, "meet with equal rank"))
            elif given.organization is None:
                yield warning(
                    "equal-rank", tie.rows[1].at.at(tie.column), *_told(given, tie, "can meet with equal rank")
                )


def _told(given: LintInput, tie: Tie, how: str) -> tuple[str, str]:
    one, other = tie.rows[:2]
    scopes = " and ".join(row.scope or "the whole organization" for row in (one, other))
    return f"{shown(given, one)}: {scopes} {how} and disagree, see {one.at.at(tie.column)}", "give one scope a Priority"


def no_disposition(given: LintInput) -> Iterator[LintFinding]:
    """Controls for which no row, or perhaps no row, says a disposition; a sheet without the column has one finding."""
    if any(table.spec is CONTROLS and "disposition" not in table.headings for table in given.matrix.tables):
        return
    for rows in by_control(given.matrix.controls).values():
        saying = [row for row in rows if row.disposition is not None]
        if not saying:
            message = f"no row of {shown(given, rows[0])} has a Disposition"
            yield error("no-disposition", rows[0].at.at("disposition"), message, "write one")
        elif given.organization is None and not any(not row.scope for row in saying):
            for row in (row for row in rows if row.disposition is None):
                message = (
                    f"{shown(given, row)} has no Disposition here, and no row for the whole organization gives one"
                )
                yield warning("no-disposition", row.at.at("disposition"), message, "write one, or a wider row")


def dropped_parameters(given: LintInput) -> Iterator[LintFinding]:
    """Narrower Parameters cells that leave out a name the row for the whole organization sets."""
    for rows in by_control(given.matrix.controls).values():
        wide = next((row for row in rows if not row.scope and row.parameters), None)
        for row in rows:
            if wide is None or not row.scope or not row.parameters:
                continue
            left_out = sorted({name for name, _ in wide.parameters} - {name for name, _ in row.parameters})
            if left_out and row.parameters[0][0] != "*":
                message = f"{shown(given, row)}: {', '.join(left_out)} is set in {wide.at.at('parameters')} and left as it is here"
                yield warning(
                    "parameter-dropped",
                    row.at.at("parameters"),
                    message,
                    "a filled cell replaces the wider one as a whole: name it here too",
                )


RULES: tuple[Rule, ...] = (twice, named_twice, equal_rank, no_disposition, dropped_parameters)
