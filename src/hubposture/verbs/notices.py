"""Notices: what people should hear of a waiver, once for each end; messages are made of them elsewhere."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.ports.waivers import Notice
from hubposture.waivers.rule import Judged, Tally
from hubposture.waivers.standing import Standing, State

_ENDED = {State.EXPIRED: "expired", State.REVOKED: "revoked", State.WITHDRAWN: "withdrawn"}


@dataclass(frozen=True, slots=True)
class NoticeRules:
    """When people are warned: days before the end, largest first, and after how many passing days a waiver is unneeded."""

    warn_days: Sequence[int] = (30, 7, 1)
    unneeded_days: int = 30


def notices(
    standings: Sequence[Standing],
    judged: Judged,
    rules: NoticeRules,
    *,
    now: dt.datetime,
    today: dt.date,
    released: Mapping[str, int],
) -> Iterator[Notice]:
    """Everything that holds now; the ledger tells what of it is new. `released` counts subjects by waiver."""
    for one in standings:
        tally = judged.tallies.get(one.waiver.id, Tally(one.waiver.id))
        body = {
            "owner": one.waiver.owner,
            "controls": list(one.waiver.criteria.controls),
            "within": tally.within,
            "failing": tally.failing,
            "surplus": tally.surplus,
            "released": released.get(one.waiver.id, 0),
        }
        for kind in _kinds(one, tally, rules, now=now, today=today):
            yield Notice(one.waiver.id, kind, one.until, now, body)


def _kinds(one: Standing, tally: Tally, rules: NoticeRules, *, now: dt.datetime, today: dt.date) -> Iterator[str]:
    if one.state in _ENDED:
        yield _ENDED[one.state]
    if not one.state.holds:
        return
    if (due := warning(one, rules.warn_days, today)) is not None:
        yield f"expires-{due}"
    if one.approval is not None and one.until < min(one.approval.until, one.waiver.expires):
        yield "shortened"
    if tally.surplus:
        yield "surplus"
    if tally.passing_since is not None and now - tally.passing_since >= dt.timedelta(days=rules.unneeded_days):
        yield "unneeded"


def warning(one: Standing, warn_days: Sequence[int], today: dt.date) -> int | None:
    """The warning that is due: the smallest of the days that are left no more than; None before the first.

    A waiver that was granted for less than so many days is not warned of so early: its approval is news enough.
    """
    left = (one.until - today).days
    granted = (one.until - one.approval.on).days if one.approval is not None else left
    due = [days for days in warn_days if left <= days < granted]
    return min(due, default=None)
