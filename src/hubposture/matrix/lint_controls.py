"""Lint rules over single rows of the Controls sheet."""

import datetime as dt
from collections.abc import Iterator

from hubposture.catalog import suggest
from hubposture.matrix.lint_finding import LintFinding, LintInput, Rule, error, note, warning
from hubposture.matrix.parameters import typed_parameters
from hubposture.matrix.references import known_detections_of
from hubposture.matrix.resolve import is_expired
from hubposture.matrix.rows import ControlRow
from hubposture.model.controls import ControlId, Disposition, Severity
from hubposture.texts.near import nearest

_APPROVAL = (("approved_by", "Approved by"), ("reference", "Reference"), ("expires", "Expires"), ("reason", "Reason"))


def known_control(given: LintInput) -> Iterator[LintFinding]:
    """Controls that do not exist, no longer, or are about to go."""
    for row in given.matrix.controls:
        where = row.at.at("control")
        known = given.catalog.get(row.control)
        suggestion = suggest(given.catalog, row.control)
        if known is not None:
            if known.retiring is not None:
                yield note("retiring-control", where, f"AWS will retire {known.shown}", "plan for a row less")
        elif suggestion.retired is not None:
            yield warning("retired-control", where, str(suggestion.retired), "remove the row")
        elif not given.is_live and _may_be_newer(given, row.control):
            hint = str(suggestion) or "lint with the hub to be sure"
            yield warning(
                "unknown-control",
                where,
                f"{row.control} is not in the packaged catalog; AWS may have released it since",
                hint,
            )
        else:
            yield error("unknown-control", where, f"there is no control {row.control}", str(suggestion))


def _may_be_newer(given: LintInput, control: ControlId) -> bool:
    """Whether an id has a number above all known ones of its service."""
    service, _, number = control.rpartition(".")
    numbers = [int(each.rpartition(".")[2]) for each in given.catalog.controls if each.rpartition(".")[0] == service]
    return bool(numbers) and int(number) > max(numbers)


def approved(given: LintInput) -> Iterator[LintFinding]:
    """Rows that switch a control off without what that needs."""
    for row in given.matrix.controls:
        if row.disposition is None or row.disposition.is_on:
            continue
        severity = severity_of(given, row)
        missing = [(key, heading) for key, heading in _APPROVAL if not _has(given, row, key)]
        if missing and severity.rank >= given.approval_from.rank:
            names = ", ".join(heading for _, heading in missing)
            message = f"{shown(given, row)} ({severity}) is switched off without {names}"
            yield error(
                "approval",
                row.at.at(missing[0][0]),
                message,
                f"needed from {given.approval_from} upwards, like a waiver",
            )
        elif not _has(given, row, "reason"):
            yield warning(
                "no-reason",
                row.at.at("reason"),
                f"{shown(given, row)} is switched off without a Reason",
                "auditors will ask",
            )


def _has(given: LintInput, row: ControlRow, key: str) -> bool:
    """Whether a cell is filled, here or in the row for the whole organization with the same disposition."""
    wide = [
        other
        for other in given.matrix.controls
        if row.scope and not other.scope and other.control == row.control and other.disposition is row.disposition
    ]
    return any(getattr(each, key) for each in (row, *wide))


def severity_of(given: LintInput, row: ControlRow) -> Severity:
    """The severity that counts for approvals: the higher of Security Hub's and ours; HIGH for an unknown control."""
    known = given.catalog.get(row.control)
    theirs = known.severity if known else Severity.HIGH
    return max(theirs, row.our_severity or theirs, key=lambda severity: severity.rank)


def shown(given: LintInput, row: ControlRow) -> str:
    """The control of a row as AWS writes it."""
    return given.catalog.shown(row.control)


def dates(given: LintInput) -> Iterator[LintFinding]:
    """Ends that are past or near, and dates without an effect."""
    soon = given.today + dt.timedelta(days=given.soon_days)
    for row in given.matrix.controls:
        name, on = shown(given, row), row.disposition is not None and row.disposition.is_on
        if is_expired(row, given.today):
            message = (
                f"{name} is switched off by a row that expired on {row.expires}; it stays off until the row is changed"
            )
            yield error("expired", row.at.at("expires"), message, "renew the approval, or set enforce or monitor")
        elif row.expires is not None and on:
            yield note("expires-unused", row.at.at("expires"), f"Expires has no effect on a row that keeps {name} on")
        elif row.expires is not None and row.expires <= soon:
            yield warning(
                "expires-soon",
                row.at.at("expires"),
                f"switching off {name} expires on {row.expires}",
                "renew it in time",
            )
        if row.review_by is not None and row.review_by < given.today:
            yield warning(
                "review-past",
                row.at.at("review_by"),
                f"{name} was to be reviewed by {row.review_by}",
                "review it and set a new date",
            )
        if row.enforce_from is not None and row.disposition not in (None, Disposition.ENFORCE):
            message = f"Enforce from has no effect: {name} is {row.disposition}"
            yield warning("enforce-from-unused", row.at.at("enforce_from"), message, "set enforce, or clear the date")


def parameters(given: LintInput) -> Iterator[LintFinding]:
    """Parameters that a control does not take, or not so."""
    for row in given.matrix.controls:
        known = given.catalog.get(row.control)
        if not row.parameters or known is None:
            continue
        where = row.at.at("parameters")
        if row.disposition is not None and not row.disposition.is_on:
            yield warning(
                "parameter-unused",
                where,
                f"parameters have no effect: {known.shown} is {row.disposition}",
                "clear the cell",
            )
        if known.customizable and not known.parameters:
            yield note(
                "parameter-unchecked", where, f"the parameters of {known.shown} are not known here", "lint with the hub"
            )
            continue
        for misfit in typed_parameters(row.parameters, known.parameters)[1]:
            yield error("parameter", where, f"{known.shown}: {misfit.what}", misfit.hint)


def clauses(given: LintInput) -> Iterator[LintFinding]:
    """Clauses that the Clauses sheet does not have."""
    known = {clause.clause for clause in given.matrix.clauses}
    for row in given.matrix.controls:
        for clause in row.clauses:
            if clause not in known:
                hint = nearest(clause, known) or "add it to Clauses; a number like 2.10 must be text, or it becomes 2.1"
                yield error("unknown-clause", row.at.at("clauses"), f"there is no clause {clause}", hint)


def measures(given: LintInput) -> Iterator[LintFinding]:
    """Controls that are off here with nothing to show for it elsewhere."""
    covered = known_detections_of(given.matrix, given.catalog)
    for row in given.matrix.controls:
        if row.disposition is Disposition.SIEM and row.control not in covered:
            message = f"{shown(given, row)} is left to the SIEM, and no row of Detections covers it"
            yield warning("siem-without-detection", row.at.at("disposition"), message, "add the rule to Detections")
        if row.disposition is Disposition.COMPENSATED and not _has(given, row, "evidence"):
            message = f"{shown(given, row)} is compensated without Evidence"
            make = error if severity_of(given, row).rank >= given.approval_from.rank else warning
            yield make(
                "compensated-without-evidence", row.at.at("evidence"), message, "say where the measure can be seen"
            )


RULES: tuple[Rule, ...] = (known_control, approved, dates, parameters, clauses, measures)
