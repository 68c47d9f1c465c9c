"""Whether a waiver holds on a day: its approvals, its dates, its revocation."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from hubposture.waivers.entries import Entry, Judge, later
from hubposture.waivers.states import ApprovalRules, Confirmation, State, Verdict
from hubposture.waivers.waiver import Approval, SubjectSet, Waiver

__all__ = ["ApprovalRules", "Confirmation", "Standing", "State", "Verdict", "end_of", "standing"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A waiver on a day. `ends_at` is the first moment (naive UTC) at which it no longer holds, by the best approval.

    `approval` and `subjects` are those it stands on, also where it is not valid yet or has expired; None and an empty
    set without. `until` is the last day by them. `asked_until` is a later `expires` that nobody has approved yet. `why`
    says in a sentence why it does not hold; ''.
    """

    waiver: Waiver
    state: State
    why: str
    approval: Approval | None
    subjects: SubjectSet
    until: dt.date
    ends_at: dt.datetime
    asked_until: dt.date | None = None


def standing(
    waiver: Waiver,
    sets: Mapping[str, SubjectSet],
    *,
    today: dt.date,
    zone: ZoneInfo,
    rules: ApprovalRules,
    confirmations: Sequence[Confirmation] = (),
) -> Standing:
    """Where a waiver stands on the organization's day `today`. `sets` are the approved sets by file name.

    An approval holds for exactly what was approved: where only `expires` was moved it goes on to its own `until`; an
    earlier `expires` always counts. The requester's own approval counts for nothing. Of several that count the one with
    the latest end is taken, of equals the last in the file; a provisional one only where no other holds.
    """
    judge = Judge(waiver, sets, today, rules, confirmations)
    entries = [judge.entry(one) for one in waiver.approvals]
    best = _best(entries, today)
    state, why = _over(waiver, today) or _by_entries(waiver, entries, best, today, rules)
    if best is None or state not in _STANDING:
        return _without(waiver, state, why, rules, zone)
    return Standing(
        waiver=waiver,
        state=state,
        why=why,
        approval=best.approval,
        subjects=sets[best.approval.subjects],
        until=best.until,
        ends_at=end_of(best.until, zone),
        asked_until=waiver.expires if waiver.expires > best.asked else None,
    )


def end_of(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first moment after a day of the organization's zone, as naive UTC."""
    start = dt.datetime.combine(later(day, 1), dt.time(), tzinfo=zone)
    return start.astimezone(dt.UTC).replace(tzinfo=None)


_STANDING = (State.HOLDING, State.PROVISIONAL, State.NOT_YET, State.EXPIRED)


def _best(entries: Sequence[Entry], today: dt.date) -> Entry | None:
    """The entry to stand on; where none runs today, the one that ran longest."""
    counting = [one for one in entries if one.state.holds]
    # Of equals max takes the first, and the last in the file is the newest.
    return max(
        reversed(counting),
        key=lambda one: (one.until >= today, not one.is_provisional, one.until),
        default=None,
    )


def _over(waiver: Waiver, today: dt.date) -> tuple[State, str] | None:
    """Where a waiver stands that is over whatever was approved."""
    revoked = waiver.revoked
    if revoked is not None and revoked.on <= today:
        return State.REVOKED, f"revoked on {revoked.on} by {revoked.by}: {revoked.reason}"
    if waiver.expires < today:
        return State.EXPIRED, f"it expired on {waiver.expires}"
    return None


def _by_entries(
    waiver: Waiver, entries: Sequence[Entry], best: Entry | None, today: dt.date, rules: ApprovalRules
) -> tuple[State, str]:
    if best is not None and best.until >= today:
        early = waiver.valid_from > today
        return (State.NOT_YET, f"it is valid from {waiver.valid_from} on") if early else (best.state, "")
    if not entries:
        return State.UNAPPROVED, "nobody has approved it"
    # The newest says most, and one that somebody was asked for more than a provisional one.
    told = next((one for one in reversed(entries) if not one.is_provisional), entries[-1])
    return (State.EXPIRED, _ended(told, waiver, rules)) if told.state.holds else (told.state, told.why)


def _ended(entry: Entry, waiver: Waiver, rules: ApprovalRules) -> str:
    if entry.is_provisional:
        return f"it held provisionally until {entry.until}, and nobody has approved it"
    if entry.is_cut:
        return f"the longest it may hold, {rules.max_days} days from its approval on {entry.approval.on}, is over"
    return f"its approval ended on {entry.until}; {waiver.expires} is not approved"


def _without(waiver: Waiver, state: State, why: str, rules: ApprovalRules, zone: ZoneInfo) -> Standing:
    """A waiver that stands on no approval; its end is the one that it asks for."""
    until = min(waiver.last_day, later(waiver.valid_from, rules.max_days))
    return Standing(waiver, state, why, None, SubjectSet(()), until, end_of(until, zone))
