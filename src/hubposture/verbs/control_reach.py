"""Whom a change of a control concerns: the OUs and accounts of its scope, for the rules and for who sees it."""

from collections.abc import Iterable, Sequence

from hubposture.access.things import ROOT, Account, ControlAt, Thing, Unit
from hubposture.catalog import Catalog
from hubposture.matrix.rows import Matrix, ScopeRow
from hubposture.matrix.scope_names import scope_key
from hubposture.model.controls import ControlId, Severity
from hubposture.model.organization import Organization

Place = tuple[str, str]
"""("ou", path) or ("account", id)."""
OU, ACCOUNT = "ou", "account"
_EVERYWHERE: Sequence[Place] = ((OU, ROOT),)


def reach(matrix: Matrix, scope: str, organization: Organization) -> Sequence[Place]:
    """The smallest OUs and accounts that hold all that a scope can ever match.

    A scope that names neither OUs nor accounts, or any that is not known, reaches everywhere.
    """
    row = next((one for one in matrix.scopes if scope_key(one.scope) == scope_key(scope)), None)
    if not scope or row is None:
        return _EVERYWHERE
    return _accounts(row, organization) if row.accounts else _units(row, organization) if row.ous else _EVERYWHERE


def _accounts(row: ScopeRow, organization: Organization) -> Sequence[Place]:
    found: dict[Place, None] = {}
    for text in row.accounts:
        meant = [one.id for one in organization.accounts.values() if text in (one.id, one.alias, one.name)]
        if not meant:
            return _EVERYWHERE
        found |= dict.fromkeys((ACCOUNT, one) for one in meant)
    return tuple(found)


def _units(row: ScopeRow, organization: Organization) -> Sequence[Place]:
    found = [organization.unit_by(text) for text in row.ous]
    if any(one is None for one in found):
        return _EVERYWHERE
    return tuple(dict.fromkeys((OU, one.path) for one in found if one is not None))


def severity_of(matrix: Matrix, catalog: Catalog, control: ControlId) -> Severity:
    """The highest of AWS's severity and what rows say: rules about severe controls hold for all of its rows."""
    known = catalog.controls.get(control)
    ours = [row.our_severity for row in matrix.controls if row.control == control and row.our_severity is not None]
    return max([known.severity if known is not None else Severity.HIGH, *ours], key=lambda one: one.rank)


def things(control: ControlId, severity: str, places: Iterable[Place]) -> list[Thing]:
    """The control at these places, as rules are asked about it."""
    return [ControlAt(control, severity, Unit(name) if kind == OU else Account(name)) for kind, name in places]
