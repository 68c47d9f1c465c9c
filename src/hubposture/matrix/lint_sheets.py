"""Lint rules over the other sheets: scopes, standards, detections, frameworks, and what is missing."""

import datetime as dt
import re
from collections.abc import Iterator

from hubposture.matrix.columns import SHEETS
from hubposture.matrix.freshness import Freshness, freshness
from hubposture.matrix.lint_finding import LintFinding, LintInput, Rule, error, note, warning
from hubposture.matrix.references import references
from hubposture.matrix.rows import ControlRow, StandardRow
from hubposture.matrix.scope_names import scope_key, scope_problems, sort_excluding
from hubposture.model.organization import REGION_PATTERN


def missing(given: LintInput) -> Iterator[LintFinding]:
    """Sheets and headings that are not there."""
    found = {table.spec.name: table for table in given.matrix.tables}
    for spec in (spec for spec in SHEETS if not spec.ours):
        table = found.get(spec.name)
        if table is None:
            if not spec.required:
                yield note("missing-sheet", given.matrix.book, f"there is no sheet {spec.name}", spec.help)
            continue
        for column in spec.columns:
            if column.key not in table.headings and not column.ours:
                make = error if (spec.name, column.key) in _NEEDED else note
                where = f"{given.matrix.book}!{table.title}"
                yield make("missing-heading", where, f"there is no column {column.heading}", column.help)


_NEEDED = frozenset({("Controls", "disposition"), ("Standards", "enabled")})


def scope_names(given: LintInput) -> Iterator[LintFinding]:
    """Names of scopes that cannot be resolved."""
    for problem in scope_problems(given.matrix):
        yield error("scope", problem.where, problem.what, problem.hint)


def scopes(given: LintInput) -> Iterator[LintFinding]:
    """Scopes that say nothing, that nothing uses, or that name no Region."""
    rows: tuple[ControlRow | StandardRow, ...] = (*given.matrix.controls, *given.matrix.standards)
    used = {scope_key(row.scope) for row in rows}
    names = [scope_key(row.scope) for row in given.matrix.scopes]
    used |= {scope_key(name) for row in given.matrix.scopes for name in sort_excluding(row, names).scopes}
    for row in given.matrix.scopes:
        if not (row.ous or row.accounts or row.account_tags or row.regions):
            message = f"the scope {row.scope} has no criteria: it is the whole organization" + (
                " but for what it excludes" if row.excluding else ""
            )
            make = note if row.excluding or row.priority is not None else warning
            yield make(
                "scope-without-criteria", row.at.at("scope"), message, "give it OUs, Accounts, Account tags or Regions"
            )
        if scope_key(row.scope) not in used:
            yield note("unused-scope", row.at.at("scope"), f"no row uses the scope {row.scope}")
        for region in row.regions:
            if not re.fullmatch(REGION_PATTERN, region):
                yield error(
                    "region", row.at.at("regions"), f"{region} is not a Region", "Regions look like eu-central-1"
                )


def standards(given: LintInput) -> Iterator[LintFinding]:
    """Standards that cannot be written, are not known, or are neither on nor off."""
    known = set(given.catalog.standards)
    for row in given.matrix.standards:
        if row.standard.is_service_managed:
            yield error(
                "service-managed",
                row.at.at("standard"),
                f"{row.standard.key} belongs to an AWS service and is read only",
                "remove the row",
            )
        elif row.standard not in known:
            yield warning(
                "unknown-standard",
                row.at.at("standard"),
                f"{row.standard.key} is not in the catalog",
                "lint with the hub to be sure",
            )
        if row.enabled is None:
            yield error(
                "standard-without-answer",
                row.at.at("enabled"),
                f"{row.standard.key} is neither on nor off",
                "write yes or no",
            )


def standards_off(given: LintInput) -> Iterator[LintFinding]:
    """Controls that are to be on although every standard that has them is off."""
    off = {row.standard for row in given.matrix.standards if row.enabled is False and not row.scope}
    off -= {row.standard for row in given.matrix.standards if row.enabled}
    for row in given.matrix.controls:
        known = given.catalog.get(row.control)
        if (
            known
            and row.disposition is not None
            and row.disposition.is_on
            and known.standards
            and off.issuperset(known.standards)
        ):
            names = ", ".join(standard.key for standard in known.standards)
            message = f"{known.shown} is {row.disposition}, but every standard that has it is off: {names}"
            yield warning(
                "no-standard", row.at.at("disposition"), message, "turn one of them on, or the control checks nothing"
            )


def detections(given: LintInput) -> Iterator[LintFinding]:
    """Detections that are gaps: off, stale, never tested, or covering nothing that exists."""
    for row in given.matrix.detections:
        state = freshness(row, given.today)
        if state is Freshness.OFF:
            yield warning("detection-off", row.at.at("enabled"), f"{row.detection} is not enabled: a gap in Coverage")
        elif state is Freshness.STALE and row.last_tested is not None:
            end = row.last_tested + dt.timedelta(days=row.max_age_days or 0)
            yield warning(
                "detection-stale",
                row.at.at("last_tested"),
                f"the last test of {row.detection} counted until {end}: a gap in Coverage",
                "test it again",
            )
        elif state is Freshness.UNTESTED:
            yield warning(
                "detection-untested",
                row.at.at("last_tested"),
                f"{row.detection} has not been tested: a gap in Coverage",
                "test it, and write the day and Max age days",
            )
        if row.last_tested is not None and row.last_tested > given.today:
            yield error(
                "date",
                row.at.at("last_tested"),
                f"{row.last_tested} is still to come: no test of {row.detection} was then",
            )
        covers = references(row.covers, given.matrix, given.catalog)
        if not row.covers:
            yield warning(
                "detection-covers",
                row.at.at("covers"),
                f"{row.detection} covers nothing",
                "name controls or requirements",
            )
        unknown = (*covers.unknown, *(each for each in covers.controls if given.catalog.get(each) is None))
        for text in unknown:
            yield warning(
                "detection-covers", row.at.at("covers"), f"{text} is no control, clause or requirement known here"
            )


def frameworks(given: LintInput) -> Iterator[LintFinding]:
    """Own requirements covered by nothing, or by what does not exist."""
    for row in given.matrix.frameworks:
        found = references(row.covered_by, given.matrix, given.catalog)
        if not row.covered_by:
            yield note(
                "framework-gap", row.at.at("covered_by"), f"{row.framework} {row.requirement} is covered by nothing"
            )
        for text in (*found.unknown, *(each for each in found.controls if given.catalog.get(each) is None)):
            yield warning(
                "framework-covers", row.at.at("covered_by"), f"{text} is no control, clause or detection known here"
            )


RULES: tuple[Rule, ...] = (missing, scope_names, scopes, standards, standards_off, detections, frameworks)
