"""Waivers as risk acceptances: which are made, changed and deleted, and with which list of findings.

DefectDojo takes the list of a change for the whole list: what is not in it opens again, and without a list everything does.
An empty list is refused, so what would be empty is deleted. One that has ended stays as it is, as history, and where its
waiver holds again a new one is made.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from hubposture.work.dojo import AcceptanceChange, Current, Desired, Do, DojoAcceptance, WantedAcceptance

_Key = tuple[str, str]


@dataclass(frozen=True)
class Shares:
    """Findings that are to be accepted, by (waiver, product), and those of which nothing may change."""

    wanted: Mapping[_Key, frozenset[int]]
    kept: frozenset[int]


def acceptance_changes(
    current: Current, desired: Desired, shares: Shares
) -> tuple[tuple[AcceptanceChange, ...], tuple[AcceptanceChange, ...]]:
    """What is taken out before anything is uploaded, and what is made and brought in line once everything is there."""
    ours = [one for one in current.acceptances if one.is_ours and not one.is_expired]
    lifts: list[AcceptanceChange] = []
    after: list[AcceptanceChange] = []
    living: dict[_Key, DojoAcceptance] = {}
    for one in sorted(ours, key=lambda each: each.id):
        key = (one.name, one.product)
        left = _left(one, key, shares, is_second=key in living)
        if left:
            living.setdefault(key, one)
        if set(left) != set(one.findings):
            lifts.append(_lift(one, left, desired.acceptances.get(key)))
    for key in sorted({*desired.acceptances, *living}):
        change = _after(key, living.get(key), desired.acceptances.get(key), shares)
        if change is not None:
            after.append(change)
    return tuple(lifts), tuple(after)


def _left(one: DojoAcceptance, key: _Key, shares: Shares, *, is_second: bool) -> tuple[int, ...]:
    """Findings that stay in it. Of two for one waiver the older takes them all, but for what nothing is known of."""
    wanted = frozenset() if is_second else shares.wanted.get(key, frozenset())
    return tuple(sorted(number for number in set(one.findings) if number in wanted or number in shares.kept))


def _lift(one: DojoAcceptance, left: tuple[int, ...], wanted: WantedAcceptance | None) -> AcceptanceChange:
    why = "its waiver holds for fewer findings" if wanted is not None else "no waiver of this name holds for a finding"
    do = Do.UPDATE if left else Do.DELETE
    return AcceptanceChange(do, one.name, one.product, one.id, left, None, why)


def _after(
    key: _Key, one: DojoAcceptance | None, wanted: WantedAcceptance | None, shares: Shares
) -> AcceptanceChange | None:
    """What is to be done once every finding is there; None for nothing."""
    target = shares.wanted.get(key, frozenset())
    if one is None:
        if wanted is None or not target:
            return None
        return AcceptanceChange(Do.CREATE, *key, 0, tuple(sorted(target)), wanted, "a waiver holds")
    if wanted is None:
        return None
    whole = tuple(sorted(target | (shares.kept & set(one.findings))))
    reasons = [] if set(whole) <= set(one.findings) else ["its waiver holds for more findings"]
    reasons += _differences(one, wanted)
    if not reasons:
        return None
    return AcceptanceChange(Do.UPDATE, *key, one.id, whole, wanted, "; ".join(reasons))


def _differences(one: DojoAcceptance, wanted: WantedAcceptance) -> Collection[str]:
    ends = [] if one.expires == wanted.expires else ["it ends on another day"]
    if not wanted.is_told:
        return ends
    pairs = (
        ("its waiver is of another type", one.decision, wanted.decision),
        ("its waiver says something else", one.details, wanted.details),
        ("somebody else approved it", one.accepted_by, wanted.accepted_by),
    )
    return [*ends, *(why for why, has, wants in pairs if has != wants)]
