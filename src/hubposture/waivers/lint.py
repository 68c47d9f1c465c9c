"""lint of waivers: everything that is wrong or doubtful in them, all at once, each finding with its place.

What files say by themselves is found while reading; here they are held against the day, the rules of approval, the
catalog, the organization and the matrix, as far as those are given.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from hubposture.catalog import Catalog, suggest
from hubposture.matrix.lint_finding import LintFinding, error, note, warning
from hubposture.matrix.rows import ControlRow, Matrix
from hubposture.model.controls import ControlId, natural_key
from hubposture.model.organization import Organization
from hubposture.waivers.read import SUBJECTS, ReadWaivers
from hubposture.waivers.standing import ApprovalRules, Standing, State, standing
from hubposture.waivers.waiver import Approval, SystemOfApproval, Waiver, is_same_person


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What waivers are held against; what is None is not looked at.

    `is_live` says that the catalog holds what the hub says. Rows of the matrix limit waivers (`Waivable`).
    """

    catalog: Catalog | None = None
    is_live: bool = False
    organization: Organization | None = None
    matrix: Matrix | None = None


def lint(
    found: ReadWaivers,
    *,
    today: dt.date,
    zone: ZoneInfo,
    rules: ApprovalRules,
    around: Surroundings = Surroundings(),
) -> tuple[LintFinding, ...]:
    """All findings, errors first, then by file and line; the problems of reading are among them (`file`).

    Entries of the files are judged as they are: whether a system of record confirms them is for `standing`. Where it is
    servicenow or hubposture, a waiver without an entry waits for approval, which is a warning; where it is git, the review
    of its merge is the approval.
    """
    findings = [error("file", problem.where, problem.what, problem.hint) for problem in found.problems]
    rows = _rows(around.matrix)
    for waiver in found.waivers:
        as_files = replace(rules, record=SystemOfApproval.FILE)
        at = standing(waiver, found.sets, today=today, zone=zone, rules=as_files)
        if at.state is State.REVOKED or waiver.expires < today:
            findings.append(note("over", waiver.source, f"{waiver.id} is over: {at.why}", "its file may be removed"))
            continue
        findings += _approval(at, found, rules)
        findings += _too_long(waiver, today, rules)
        findings += _wide(waiver)
        findings += _controls(waiver, around)
        findings += _places(at, around.organization)
        findings += _not_waivable(at, rows)
    findings += _unused(found)
    return tuple(sorted(set(findings), key=_order))


def _order(finding: LintFinding) -> tuple[object, ...]:
    return finding.key[0], natural_key(finding.where), finding.rule, finding.message


def _approval(at: Standing, found: ReadWaivers, rules: ApprovalRules) -> Iterator[LintFinding]:
    """What keeps a waiver from holding, as far as its files tell."""
    waiver = at.waiver
    for approval in waiver.approvals:
        if _is_own(approval, waiver):
            yield error(
                "own-approval",
                approval.source or waiver.source,
                f"{approval.by} approved {waiver.id}, and asked for it",
                "somebody else must approve",
            )
    if rules.record is SystemOfApproval.GIT:
        if f"{waiver.id}{SUBJECTS}" not in found.sets:
            message = f"{waiver.id} has no approved set, so that a review approves nothing"
            yield error("no-set", waiver.source, message, f"`hubposture waivers preview {waiver.id} --write` makes it")
    elif at.asked_until is not None and at.state.holds:
        message = f"{waiver.id} is approved until {at.until}, and asks for {at.asked_until}"
        yield warning("extension", waiver.source, message, _ask(waiver, rules))
    elif at.state is State.CHANGED:
        hint = "put it back as it was approved, or ask for approval anew"
        yield error("changed", waiver.source, f"{waiver.id} is not approved any more: {at.why}", hint)
    elif at.state in (State.UNAPPROVED, State.EXPIRED):
        make = warning if rules.record in _ASKED_ELSEWHERE else error
        yield make("unapproved", waiver.source, f"{waiver.id} excuses nothing: {at.why}", _ask(waiver, rules))


_ASKED_ELSEWHERE = (SystemOfApproval.SERVICENOW, SystemOfApproval.HUBPOSTURE)
"""Where an entry in the file comes only after somebody decided there."""


def _ask(waiver: Waiver, rules: ApprovalRules) -> str:
    """What leads to an approval where no review does."""
    if rules.record is SystemOfApproval.FILE:
        return f"`hubposture waivers approve {waiver.id} --by ADDRESS` writes an approval"
    return f"`hubposture waivers request {waiver.id}` asks for approval"


def _is_own(approval: Approval, waiver: Waiver) -> bool:
    is_given = approval.system is not SystemOfApproval.PROVISIONAL
    return is_given and is_same_person(approval.by, waiver.requested_by)


def _too_long(waiver: Waiver, today: dt.date, rules: ApprovalRules) -> Iterator[LintFinding]:
    """An end behind the longest time: from each approval on, and from its first day on where nothing is approved."""
    given = [one for one in waiver.approvals if one.system is not SystemOfApproval.PROVISIONAL]
    if not given and (days := (waiver.expires - waiver.valid_from).days) > rules.max_days:
        message = f"{waiver.id} runs for {days} days; {rules.max_days} are allowed"
        yield error("too-long", waiver.source, message, f"let it expire within {rules.max_days} days")
    for one in given:
        end = min(one.until, waiver.expires)
        if end >= today and (days := (end - one.on).days) > rules.max_days:
            message = f"an approval of {waiver.id} runs for {days} days; it counts for {rules.max_days}"
            yield error(
                "too-long", one.source or waiver.source, message, "let it end earlier, and approve it again then"
            )


def _wide(waiver: Waiver) -> Iterator[LintFinding]:
    """Patterns that are likely to mean something else, or much more than meant."""
    criteria = waiver.criteria
    for pattern in criteria.resources:
        if pattern != pattern.strip():
            message = f"a pattern of {waiver.id} begins or ends with a blank: {pattern!r}"
            yield warning("blank-pattern", waiver.source, message, "no ARN does")
        named = pattern.rpartition(":")[2].rpartition("/")[2].strip("*?")
        if not named and not criteria.accounts and not criteria.ous:
            message = f"{pattern} of {waiver.id} names no resource: all of that kind match, in every account"
            yield warning("wide-pattern", waiver.source, message, "write more of the ARN, or add accounts or ous")


def _controls(waiver: Waiver, around: Surroundings) -> Iterator[LintFinding]:
    catalog = around.catalog
    if catalog is None:
        return
    for control in waiver.criteria.controls:
        if catalog.get(control) is not None:
            continue
        suggestion = suggest(catalog, control)
        if suggestion.retired is not None:
            yield warning("retired-control", waiver.source, str(suggestion.retired), f"take it out of {waiver.id}")
        elif around.is_live or not _may_be_newer(catalog, control):
            yield error("unknown-control", waiver.source, f"there is no control {control}", str(suggestion))
        else:
            message = f"{control} is not in the packaged catalog; AWS may have released it since"
            yield warning("unknown-control", waiver.source, message, str(suggestion) or "check with the hub to be sure")


def _may_be_newer(catalog: Catalog, control: ControlId) -> bool:
    """Whether an id has a number above all known ones of its service."""
    service, _, number = control.rpartition(".")
    known = [int(each.rpartition(".")[2]) for each in catalog.controls if each.rpartition(".")[0] == service]
    return bool(known) and int(number) > max(known)


def _places(at: Standing, organization: Organization | None) -> Iterator[LintFinding]:
    """Accounts and OUs that are not there: wrong in a new waiver, and gone in one that was approved."""
    if organization is None:
        return
    waiver = at.waiver
    make = warning if at.state.holds else error
    for account in waiver.criteria.accounts:
        if account not in organization.accounts:
            message = f"{waiver.id} names the account {account}, which is not in {organization.name}"
            yield make("unknown-account", waiver.source, message, "take it out, or correct it")
    for ou in waiver.criteria.ous:
        if organization.unit_by(ou) is None:
            message = f"{waiver.id} names the OU {ou}, which is not in {organization.name}"
            yield make("unknown-ou", waiver.source, message, "write its id or path as it is now")


_Rows = Mapping[ControlId, Sequence[ControlRow]]


def _rows(matrix: Matrix | None) -> _Rows:
    """The rows of each control that say something of waivers."""
    found: dict[ControlId, list[ControlRow]] = {}
    for row in matrix.controls if matrix is not None else ():
        if row.waivable is not None:
            found.setdefault(row.control, []).append(row)
    return found


def _not_waivable(at: Standing, rows: _Rows) -> Iterator[LintFinding]:
    """Controls for which no row anywhere allows a waiver that long."""
    waiver = at.waiver
    start = at.approval.on if at.approval is not None else waiver.valid_from
    days = (at.until - start).days
    for control in waiver.criteria.controls:
        of_it = rows.get(control, ())
        if not any(row.scope == "" for row in of_it):
            continue  # where no row speaks of waivers they are allowed
        most = max((_most(row, days) for row in of_it), default=days)
        where = " and ".join(sorted(row.at.at("waivable") for row in of_it))
        if most == 0:
            message = f"{waiver.id} waives {control}, for which no waiver is allowed ({where})"
            yield error("not-waivable", waiver.source, message, "take the control out, or change the row")
        elif days > most:
            message = f"{waiver.id} waives {control} for {days} days; {most} are allowed at most ({where})"
            yield error("not-waivable", waiver.source, message, "let it end earlier, or change the row")


def _most(row: ControlRow, days: int) -> int:
    """For how many days a row allows a waiver; as many as asked for where it sets no limit."""
    waivable = row.waivable
    if waivable is None or not waivable.allowed:
        return 0
    return days if waivable.max_days is None else waivable.max_days


def _unused(found: ReadWaivers) -> Iterable[LintFinding]:
    """Approved sets that belong to no waiver."""
    named = {one.subjects for waiver in found.waivers for one in waiver.approvals}
    named |= {f"{waiver.id}{SUBJECTS}" for waiver in found.waivers}
    if found.problems:
        return  # what could not be read may name them
    for name in sorted(found.sets):
        if name not in named:
            yield warning("unused-set", name, "no approval names this approved set", "remove it, or correct the name")
