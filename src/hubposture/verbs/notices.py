"""Notices: what people should hear of a waiver, once for each end; messages are made of them elsewhere."""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.ports.waivers import Notice
from hubposture.waivers.calendar import unneeded, warnings
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
    due = {one.waiver: one.kind for one in warnings(standings, today=today, days=rules.warn_days)}
    idle = {one.waiver for one in unneeded(judged.tallies, now=now, days=rules.unneeded_days)}
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
        for kind in _kinds(one, tally, due, idle):
            yield Notice(one.waiver.id, kind, one.until, now, body)


def _kinds(one: Standing, tally: Tally, due: Mapping[str, str], idle: Collection[str]) -> Iterator[str]:
    waiver = one.waiver.id
    if one.state in _ENDED:
        yield _ENDED[one.state]
    if not one.state.holds:
        return
    if waiver in due:
        yield due[waiver]
    if one.until < one.waiver.expires and one.asked_until is None:
        yield "shortened"  # less was granted than its file says; an extension that waits is something else
    if tally.surplus:
        yield "surplus"
    if waiver in idle:
        yield "unneeded"
