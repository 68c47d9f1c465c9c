"""What the access rules are asked about: the organization, and what a name on the command line means."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.access.actions import ABOUT, Action, Kind
from hubposture.access.things import ROOT, Account, ControlAt, Placed, Places, Subject, Thing, Unit
from hubposture.errors import InputError
from hubposture.filters import All, AnyOf, Comparison, Filter, Operator
from hubposture.owners.chain import Chain, Facts
from hubposture.owners.chain import Unit as OwnerUnit
from hubposture.ports.lake import Item, Snapshot

_ACCOUNTS = """
SELECT k.account, COALESCE(a.owner, '') AS owner
FROM (SELECT account FROM accounts UNION SELECT account FROM subjects) k
LEFT JOIN accounts a ON a.account = k.account ORDER BY k.account
"""
_UNITS = "SELECT account, ou_path, ou FROM units ORDER BY account, ou_path"
_NAMED = """
SELECT account FROM accounts
WHERE account = $text OR LOWER(alias) = LOWER($text) OR LOWER(name) = LOWER($text) ORDER BY account
"""
_CONTROL = "SELECT severity FROM controls WHERE control = $control"
_WISHED = """
SELECT DISTINCT w.severity FROM targets t JOIN wishes w ON w.wishes = t.wishes
WHERE t.account = $account AND w.control = $control ORDER BY w.severity
"""
_FEW = 5
MOST_SUBJECTS = 200
"""More subjects of one name are not decided one by one."""


def places_of(snapshot: Snapshot, chain: Chain) -> Places:
    """The organization as a version has it, with accounts that only findings name; those that left it are in no OU."""
    units: dict[str, set[tuple[str, str]]] = {}
    for account, path, id_ in snapshot.execute(_UNITS, {}):
        units.setdefault(account, set()).add((path, id_))
    found: dict[str, Placed] = {}
    for account, tag in snapshot.execute(_ACCOUNTS, {}):
        inside = frozenset(units.pop(account, ()))
        above = [OwnerUnit(path, id_) for path, id_ in sorted(inside)]
        owner = chain.of_account(Facts(account=account, account_owner=tag, units=above))
        found[account] = Placed(owner.name, inside)
    return Places(found)


def subject_of(item: Item) -> Subject:
    """A row of a list as the rules see it."""
    row: Mapping[str, Any] = item.fields
    return Subject(
        id=row["subject"], account=row["account"], region=row["region"], control=row["control"],
        severity=row["severity_shown"], resource=row["resource"], resource_type=row["resource_type"],
        product=row["product"], owner=row["owner"],
    )  # fmt: skip


def subjects_of(snapshot: Snapshot, wanted: Filter, *, most: int) -> Sequence[Subject]:
    """The subjects of a filter, worst first, `most` of them at most."""
    return [subject_of(item) for item in snapshot.page(wanted, limit=most)]


@dataclass(frozen=True, slots=True)
class Means:
    """What finding things needs: a version and the organization in it."""

    snapshot: Snapshot
    places: Places


def things_named(means: Means, action: Action, text: str) -> Sequence[Thing]:
    """What a name means for an action.

    An OU (path or id), an account (id, alias or name), a control in one of these (`S3.8@ACCOUNT`), or every check of a
    resource (its ARN, or how it ends; `S3.8@ARN` for one check).

    Raises InputError where nothing is called so, several things are, or the action is not done to such a thing.
    """
    control, at, place = text.partition("@")
    found = _found(means, text)
    if at and not found:
        found = _of_control(means, action, control.strip().lower(), place.strip())
    if not found:
        raise InputError(
            f"{text}: the last sync knows no resource, account and OU that is called so; write CONTROL@ACCOUNT for a control"
        )
    return _fitting(action, found, text)


def _found(means: Means, text: str) -> Sequence[Thing]:
    if (unit := _unit(means.places, text)) is not None:
        return [unit]
    accounts = [account for (account,) in means.snapshot.execute(_NAMED, {"text": text})]
    if len(accounts) > 1:
        raise InputError(f"{text}: several accounts are called so: {', '.join(accounts[:_FEW])}; write the id")
    return [Account(accounts[0])] if accounts else _subjects(means, text, ())


def _unit(places: Places, text: str) -> Unit | None:
    if text == ROOT or text in places.units:
        return Unit(text)
    paths = {path for placed in places.accounts.values() for path, id_ in placed.units if id_ and id_ == text}
    return Unit(paths.pop()) if len(paths) == 1 else None


def _subjects(means: Means, text: str, more: Sequence[Filter]) -> Sequence[Subject]:
    """The checks of the one resource that has this id or whose id ends so."""
    literal = text.replace("\\", "\\\\").replace("*", "\\*")
    ends = Comparison("resource", Operator.LIKE, (f"*/{literal}", f"*:{literal}"))
    for wanted in (Comparison("resource", Operator.EXACTLY, (text,)), ends):
        found = subjects_of(means.snapshot, All((wanted, *more)), most=MOST_SUBJECTS)
        if len({(one.resource, one.account) for one in found}) > 1:
            named = ", ".join(dict.fromkeys(f"{one.resource} in {one.account}" for one in found[:_FEW]))
            raise InputError(f"{text}: several resources are called so: {named}; write more of it")
        if found:
            return found
    return []


def _of_control(means: Means, action: Action, control: str, place: str) -> Sequence[Thing]:
    if not place:
        return []
    if Kind.CONTROL not in ABOUT[action].kinds or not (where := _found_place(means, place)):
        return _subjects(means, place, [Comparison("control", Operator.EXACTLY, (control,))])
    severities = [
        severity
        for sql, values in _severity_sql(control, where)
        for (severity,) in means.snapshot.execute(sql, values)
        if severity
    ]
    if not severities:
        raise InputError(f"{control}: Security Hub offers no such control, as of the last sync")
    return [ControlAt(control, severities[0], where)]


def _severity_sql(control: str, where: Unit | Account) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Our severity where the account's rows have one, else AWS's."""
    if isinstance(where, Account):
        yield _WISHED, {"account": where.id, "control": control}
    yield _CONTROL, {"control": control}


def _found_place(means: Means, place: str) -> Unit | Account | None:
    found = _found(means, place)
    return found[0] if found and isinstance(found[0], Unit | Account) else None


def _fitting(action: Action, found: Sequence[Thing], text: str) -> Sequence[Thing]:
    if found[0].kind in ABOUT[action].kinds:
        return found
    ways = {
        Kind.UNIT: "an OU's path (/ for the organization)",
        Kind.ACCOUNT: "an account",
        Kind.CONTROL: "CONTROL@ACCOUNT",
        Kind.SUBJECT: "a resource's ARN",
    }
    wanted = ", ".join(ways[kind] for kind in ABOUT[action].kinds)
    raise InputError(f"{text}: {action} is not done to {found[0]}; name {wanted}")


def any_of_subjects(ids: Sequence[str]) -> Filter:
    """The subjects with these ids, wherever they are and whatever became of them."""
    every = AnyOf(
        tuple(Comparison("presence", Operator.IS, (one,)) for one in ("present", "unsure", "gone", "off", "lost"))
    )
    return All((Comparison("subject", Operator.EXACTLY, tuple(ids)), every))
