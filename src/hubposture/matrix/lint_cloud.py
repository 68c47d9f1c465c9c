"""Lint rules that need the hub's definitions or the organization."""

from collections.abc import Iterable, Iterator

from hubposture.catalog import propose
from hubposture.matrix.decisions import Tie
from hubposture.matrix.lint_controls import shown
from hubposture.matrix.lint_finding import LintFinding, LintInput, error, note, warning
from hubposture.matrix.resolve import Resolution
from hubposture.matrix.rows import ScopeRow
from hubposture.matrix.scopes import Unresolved
from hubposture.matrix.standard_decisions import StandardTie
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target
from hubposture.texts.near import nearest

Ties = dict[Tie | StandardTie, list[Target]]


def new_controls(given: LintInput) -> Iterator[LintFinding]:
    """Controls of the hub that no row speaks of: the inbox."""
    if not given.is_live:
        return
    spoken = {row.control for row in given.matrix.controls}
    for control in given.catalog.controls.values():
        if control.id not in spoken and control.retiring is None:
            proposal = propose(control)
            message = f"{control.shown} ({control.severity}) has no row: {control.title}"
            yield note("new-control", f"{given.matrix.book}!Controls", message, f"proposed: {proposal.disposition}")


def unavailable(given: LintInput) -> Iterator[LintFinding]:
    """Controls that are to be on and are available in none of the Regions in use."""
    regions = set(given.regions)
    for row in given.matrix.controls:
        known = given.catalog.get(row.control)
        if known is None or known.regions is None or row.disposition is None or not row.disposition.is_on:
            continue
        if not known.regions or (regions and not regions & known.regions):
            message = f"{known.shown} is {row.disposition} and available in none of the Regions in use"
            yield warning("unavailable-control", row.at.at("disposition"), message, "it checks nothing here")


def unresolved(given: LintInput, resolution: Resolution) -> Iterator[LintFinding]:
    """Values of scopes that name nothing in the organization."""
    assert given.organization is not None
    organization = given.organization
    for each in resolution.unresolved:
        where = each.row.at.at(each.column)
        if each.found:
            message = f"{each.text} names {len(each.found)} accounts: {', '.join(each.found)}"
            yield error("ambiguous-account", where, message, "write the account id")
        elif _is_unit(each):
            paths = [unit.path for unit in organization.units.values()]
            yield error(
                "unknown-ou",
                where,
                f"organization {organization.name} has no OU {each.text}",
                nearest(each.text, paths),
            )
        elif each.text.isdecimal():
            message = f"account {each.text} is not in organization {organization.name}"
            yield warning("unknown-account", where, message, "take it out if it was closed or moved away")
        else:
            names = [
                name for account in organization.accounts.values() for name in (account.name, account.alias) if name
            ]
            yield error(
                "unknown-account",
                where,
                f"organization {organization.name} has no account {each.text}",
                nearest(each.text, names),
            )


def _is_unit(each: Unresolved) -> bool:
    return each.column == "ous" or (
        each.column == "excluding" and ("/" in each.text or each.text.startswith(("ou-", "r-")))
    )


def empty_scopes(given: LintInput, resolution: Resolution) -> Iterator[LintFinding]:
    """Scopes in use that hold at no target, and Regions that are not in use."""
    holding = {name for signature in _signatures(resolution) for name, _ in resolution.scopes_of(signature)}
    used = resolution.used_scopes
    for row in given.matrix.scopes:
        if row.scope in used and row.scope not in holding:
            yield warning(
                "empty-scope",
                row.at.at("scope"),
                f"the scope {row.scope} holds nowhere in {resolution.organization.name}",
            )
        yield from _regions(row, given.regions)


def _regions(row: ScopeRow, regions: Iterable[str]) -> Iterator[LintFinding]:
    unused = sorted(set(row.regions) - set(regions))
    if unused:
        yield warning("region-not-in-use", row.at.at("regions"), f"not among the linked Regions: {', '.join(unused)}")


def ties(given: LintInput, resolution: Resolution) -> Iterator[LintFinding]:
    """Rows of equal rank that disagree at targets of the organization as it is now."""
    found: Ties = {}
    by_signature = _signatures(resolution)
    for signature, targets in by_signature.items():
        for tie in resolution.ties(signature):
            found.setdefault(tie, []).extend(targets)
    for tie, targets in found.items():
        column = tie.column if isinstance(tie, Tie) else "enabled"
        name = given.catalog.shown(tie.control) if isinstance(tie, Tie) else tie.standard.key
        where = tie.rows[1].at.at(column)
        other = tie.rows[0].at.at(column)
        message = f"{name}: equal rank ({tie.rank}) with {other} at {len(targets)} targets, such as {min(targets)}"
        yield error("tie", where, message, "give one scope a Priority")


def undecided(given: LintInput, resolution: Resolution) -> Iterator[LintFinding]:
    """Controls that a row speaks of at a target where none says a disposition."""
    count: dict[ControlId, list[Target]] = {}
    for signature, targets in _signatures(resolution).items():
        for control, decision in resolution.decisions(signature).items():
            if decision.disposition is None:
                count.setdefault(control, []).extend(targets)
    for row in given.matrix.controls:
        targets = count.pop(row.control, [])
        if targets:
            message = f"{shown(given, row)} has no Disposition at {len(targets)} targets, such as {min(targets)}"
            yield error("no-disposition", row.at.at("disposition"), message, "write one, or a wider row")


def _signatures(resolution: Resolution) -> dict[int, list[Target]]:
    found: dict[int, list[Target]] = {}
    for target in resolution.targets:
        found.setdefault(resolution.signature(target), []).append(target)
    return found
