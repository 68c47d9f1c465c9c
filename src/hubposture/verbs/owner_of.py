"""Whose one resource or account is, link by link."""

from collections.abc import Sequence
from typing import Any

from hubposture.errors import InputError
from hubposture.owners.chain import Chain, Facts, Link, Unit
from hubposture.ports.lake import Snapshot
from hubposture.verbs.owners import work
from hubposture.views.owners_rows import RowOwner, Whose

_ACCOUNT = """
SELECT account, shown, ou_path, owner FROM accounts
WHERE account = $text OR LOWER(alias) = LOWER($text) OR LOWER(name) = LOWER($text) ORDER BY account
"""
_UNITS = "SELECT ou_path, ou FROM units WHERE account = $account ORDER BY ou_path"
_RESOURCE = """
SELECT DISTINCT s.resource, s.account FROM subjects s
WHERE s.kind = 'control' AND s.resource = $text ORDER BY s.account
"""
_ENDS = """
SELECT DISTINCT s.resource, s.account FROM subjects s
WHERE s.kind = 'control' AND (s.resource LIKE $slash ESCAPE '!' OR s.resource LIKE $colon ESCAPE '!')
ORDER BY s.resource, s.account LIMIT 6
"""
_TAGSETS = """
SELECT s.tagset, MAX(s.changed_at) AS newest FROM subjects s
WHERE s.resource = $resource AND s.account = $account AND s.tagset <> ''
GROUP BY s.tagset ORDER BY newest DESC, s.tagset
"""
_ROWS = """
SELECT DISTINCT COALESCE(c.shown, s.control) AS shown, w.row, w.owner
FROM subjects s
JOIN targets t ON t.account = s.account AND t.region = s.region
JOIN wishes w ON w.wishes = t.wishes AND w.control = s.control
LEFT JOIN controls c ON c.control = s.control
WHERE s.resource = $resource AND s.account = $account AND w.owner <> '' ORDER BY shown, w.row
"""
_OF_RESOURCES = (Link.ROW, Link.RESOURCE, Link.RESOURCE_TAG)
_FEW = 5


def whose(snapshot: Snapshot, chain: Chain, text: str) -> Whose:
    """Whose an account (id, alias or name) or a resource (its ARN, or how it ends) is.

    Raises InputError where nothing is called so, or several things are: it names them.
    """
    accounts = snapshot.execute(_ACCOUNT, {"text": text})
    if len(accounts) == 1:
        return _of_account(snapshot, chain, accounts[0])
    found = accounts or _resources(snapshot, text)
    if len(found) == 1:
        resource, account = found[0]
        return _of_resource(snapshot, chain, resource, account)
    if not found:
        raise InputError(f"{text}: the last sync knows no resource and no account that is called so")
    named = ", ".join(f"{row[0]} in {row[1]}" if row not in accounts else row[1] for row in found[:_FEW])
    more = " and more" if len(found) > _FEW else ""
    raise InputError(f"{text}: several are called so: {named}{more}; write more of it")


def _resources(snapshot: Snapshot, text: str) -> Sequence[tuple[Any, ...]]:
    """(resource, account) by the whole name, else by how it ends behind a slash or a colon."""
    exact = snapshot.execute(_RESOURCE, {"text": text})
    if exact:
        return exact
    literal = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return snapshot.execute(_ENDS, {"slash": f"%/{literal}", "colon": f"%:{literal}"})


def _facts(
    snapshot: Snapshot, account: str, tag: str, tags: Sequence[tuple[str, str]] = (), *, resource: str = ""
) -> Facts:
    units = [Unit(path, id_) for path, id_ in snapshot.execute(_UNITS, {"account": account})]
    return Facts(tags=tags, account=account, account_owner=tag, units=units, resource=resource)


def _of_account(snapshot: Snapshot, chain: Chain, row: tuple[Any, ...]) -> Whose:
    account, shown, path, tag = row
    inside = [one for one in snapshot.owned().places if one.account == account]
    others = [(one.owner, Link(one.link), work(one)) for one in inside]
    return Whose(
        thing=shown,
        account=shown,
        ou_path=path,
        steps=[one for one in chain.steps(_facts(snapshot, account, tag)) if one.link not in _OF_RESOURCES],
        others=sorted(others, key=lambda one: (one[2].gravity, one[0], one[1])),
        is_account=True,
    )


def _of_resource(snapshot: Snapshot, chain: Chain, resource: str, account: str) -> Whose:
    known = snapshot.execute(_ACCOUNT, {"text": account})
    _, shown, path, tag = known[0] if known else (account, account, "", "")
    where = {"resource": resource, "account": account}
    tagsets = snapshot.execute(_TAGSETS, where)
    tags = snapshot.tags_of(tagsets[0][0]) if tagsets else ()
    return Whose(
        thing=resource,
        account=shown,
        ou_path=path,
        steps=chain.steps(_facts(snapshot, account, tag, tags, resource=resource)),
        tags=tags,
        rows=[_row(chain, *row) for row in snapshot.execute(_ROWS, where)],
    )


def _row(chain: Chain, control: str, cell: str, said: str) -> RowOwner:
    owner = chain.named(said, Link.ROW)
    return RowOwner(control, cell, said, owner.name if owner else "", owner.is_team if owner else False)
