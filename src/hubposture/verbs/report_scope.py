"""What a report is of: found in a version by an OU's path, an account's id or alias, or a team."""

from hubposture.errors import InputError
from hubposture.filters import EVERYTHING, All, Comparison, Filter, Operator, to_text
from hubposture.ports.lake import Snapshot
from hubposture.posture.scores import Dimension
from hubposture.views.report.model import Of, Scope

_UNITS = "SELECT DISTINCT ou_path FROM units ORDER BY ou_path"
_ACCOUNTS = "SELECT account, alias, name, shown, owner FROM accounts ORDER BY account"
_SHOWN = 10


def dimension_of(scope: Scope) -> Dimension:
    """The scores' word for it. What an owner has is not a set of accounts: their version holds nothing else (`within_of`)."""
    return Dimension.ORGANIZATION if scope.of is Of.OWNER else Dimension(scope.of.value)


def key_of(scope: Scope) -> str:
    """The key in that dimension."""
    return "" if scope.of is Of.OWNER else scope.key


def view_of(scope: Scope) -> dict[str, object]:
    """Both, as the statements of the report take them."""
    return {"dimension": dimension_of(scope).value, "key": key_of(scope)}


def within_of(owner: str | None, visible: Filter) -> Filter:
    """What of a version a report reads: what may be seen, and of an owner what is theirs by the chain of owners."""
    if owner is None:
        return visible
    theirs = Comparison("owner", Operator.EXACTLY, (owner,))
    return theirs if visible == EVERYTHING else All((theirs, visible))


def filtered(scope: Scope, *more: Comparison) -> Filter:
    """A filter over the scope, as it is computed: nothing in its key is a wildcard."""
    place: tuple[Comparison, ...] = ()
    match scope.of:
        case Of.OU:
            place = (Comparison("ou", Operator.EXACTLY, (scope.key,)),)
        case Of.ACCOUNT:
            place = (Comparison("account", Operator.EXACTLY, (scope.key,)),)
        case Of.OWNER:
            place = (Comparison("owner", Operator.EXACTLY, (scope.key,)),)
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
    known = sorted({one.owner for one in snapshot.owned().owners if one.owner})
    if asked_for not in known:
        raise InputError(f"--owner {asked_for}: nobody owns anything by that name; known are {_some(known)}")
    return Scope(Of.OWNER, asked_for, asked_for, asked("owner", asked_for))


def _some(known: list[str]) -> str:
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return ", ".join(known[:_SHOWN]) + more if known else "none"
