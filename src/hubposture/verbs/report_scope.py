"""What a report is of: found in a version by an OU's path, an account's id or alias, or a team."""

from hubposture.errors import InputError
from hubposture.filters import Comparison, Operator, to_text
from hubposture.filters.tree import All, Filter
from hubposture.ports.lake import Snapshot
from hubposture.posture.scores import Dimension
from hubposture.views.report.model import Of, Scope

_UNITS = "SELECT DISTINCT ou_path FROM units ORDER BY ou_path"
_ACCOUNTS = "SELECT account, alias, name, shown, owner FROM accounts ORDER BY account"
_SHOWN = 10


def dimension_of(scope: Scope) -> Dimension:
    """The scores' word for it."""
    return Dimension(scope.of.value)


def filtered(scope: Scope, *more: Comparison) -> Filter:
    """A filter over the scope, as it is computed: nothing in its key is a wildcard."""
    place: tuple[Comparison, ...] = ()
    match scope.of:
        case Of.OU:
            place = (Comparison("ou", Operator.EXACTLY, (scope.key,)),)
        case Of.ACCOUNT:
            place = (Comparison("account", Operator.EXACTLY, (scope.key,)),)
        case Of.OWNER:
            accounts = tuple(scope.list.removeprefix("account=").split(","))
            place = (Comparison("account", Operator.EXACTLY, accounts),)
        case Of.ORGANIZATION:
            pass
    return All((*place, *more))


def listed(scope: Scope, *more: str) -> str:
    """The same as people write it, to be opened as a list."""
    return " ".join(part for part in (scope.list, *more) if part)


def asked(name: str, value: str) -> str:
    """`control=S3.8`, quoted where the language asks for it."""
    return to_text(Comparison(name, Operator.IS, (value,)))


def find_scope(
    snapshot: Snapshot, *, ou: str | None = None, account: str | None = None, owner: str | None = None
) -> Scope:
    """The scope that is meant; without any the organization. Raises InputError for what the version does not know."""
    if ou is not None:
        return _unit(snapshot, ou)
    if account is not None:
        return _account(snapshot, account)
    if owner is not None:
        return _owner(snapshot, owner)
    return Scope()


def _unit(snapshot: Snapshot, asked_for: str) -> Scope:
    path = "/" + asked_for.strip().strip("/")
    known = [str(row[0]) for row in snapshot.execute(_UNITS, {})]
    if path not in known:
        raise InputError(f"--ou {asked_for}: no such OU; known are {_some(known)}")
    return Scope(Of.OU, path, path, asked("ou", path))


def _account(snapshot: Snapshot, asked_for: str) -> Scope:
    rows = snapshot.execute(_ACCOUNTS, {})
    found = [row for row in rows if row[0] == asked_for] or [row for row in rows if asked_for in (row[1], row[2])]
    if len(found) == 1:
        return Scope(Of.ACCOUNT, str(found[0][0]), str(found[0][3]), f"account={found[0][0]}")
    if found:
        raise InputError(f"--account {asked_for}: several are called so: {_some([str(row[0]) for row in found])}")
    raise InputError(
        f"--account {asked_for}: no such account; give its id or alias (`hubposture posture --by account`)"
    )


def _owner(snapshot: Snapshot, asked_for: str) -> Scope:
    rows = snapshot.execute(_ACCOUNTS, {})
    accounts = [str(row[0]) for row in rows if row[4] == asked_for]
    if not accounts or not asked_for:
        known = sorted({str(row[4]) for row in rows if row[4]})
        raise InputError(f"--owner {asked_for}: no account's tag names it; known are {_some(known)}")
    return Scope(Of.OWNER, asked_for, asked_for, f"account={','.join(accounts)}")


def _some(known: list[str]) -> str:
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more if known else "none"
