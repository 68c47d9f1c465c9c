"""What one approval of a waiver is worth on a day."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.waivers.changed import approved_until, what_changed
from hubposture.waivers.states import ApprovalRules, Confirmation, State, Verdict
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, SubjectSet, SystemOfApproval, Waiver, is_same_person

_LAST_DAY = dt.date(9998, 12, 31)
_VERDICTS = {
    Verdict.REJECTED: State.REJECTED,
    Verdict.WITHDRAWN: State.WITHDRAWN,
    Verdict.CHANGES_REQUESTED: State.UNAPPROVED,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """What an approval is worth: `state` is holding or provisional where it counts, else `why` it does not.

    `until` is its last day, `asked` the `expires` for which it was given, `is_cut` whether the longest time that the
    settings allow ends it earlier.
    """

    approval: Approval
    state: State
    why: str = ""
    until: dt.date = dt.date.min
    asked: dt.date = dt.date.min
    is_cut: bool = False

    @property
    def is_provisional(self) -> bool:
        """Whether it is nobody's approval."""
        return self.approval.system is SystemOfApproval.PROVISIONAL


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the approvals of one waiver on a day."""

    waiver: Waiver
    sets: Mapping[str, SubjectSet]
    today: dt.date
    rules: ApprovalRules
    confirmations: Sequence[Confirmation] = ()

    def entry(self, approval: Approval) -> Entry:
        """What an approval is worth."""
        if approval.on > self.today:
            return Entry(approval, State.UNAPPROVED, f"its approval is dated {approval.on}, which is still to come")
        approved = self.sets.get(approval.subjects)
        if approved is None:
            return Entry(approval, State.CHANGED, f"its approved set {approval.subjects} is missing or cannot be read")
        asked = approved_until(self.waiver, approval, to_text(approved))
        if asked is None:
            return Entry(approval, State.CHANGED, what_changed(self.waiver, approval, approved))
        if approval.system is SystemOfApproval.PROVISIONAL:
            return self._provisional(approval, asked)
        if self.rules.record is SystemOfApproval.FILE:
            return self._given(approval, asked)
        return self._confirmed(approval, asked)

    def _provisional(self, approval: Approval, asked: dt.date) -> Entry:
        days = min(self.rules.provisional_days, self.rules.max_days)
        if not days:
            return Entry(
                approval, State.UNAPPROVED, "it is provisional, and the settings let nothing hold provisionally"
            )
        until = min(approval.until, asked, self.waiver.last_day, later(approval.on, days))
        return Entry(approval, State.PROVISIONAL, until=until, asked=asked)

    def _given(self, approval: Approval, asked: dt.date) -> Entry:
        """An approval that somebody gave, if it is not the requester."""
        if not approval.by.strip():
            return Entry(approval, State.UNAPPROVED, "its approval names nobody")
        if is_same_person(approval.by, self.waiver.requested_by):
            why = f"{approval.by} approved what {self.waiver.requested_by} asked for; somebody else must approve"
            return Entry(approval, State.UNAPPROVED, why)
        latest = later(approval.on, self.rules.max_days)
        until = min(approval.until, asked, self.waiver.last_day)
        return Entry(approval, State.HOLDING, until=min(until, latest), asked=asked, is_cut=latest < until)

    def _confirmed(self, approval: Approval, asked: dt.date) -> Entry:
        """An entry by the word of the system of record, which may name the approver and an earlier end."""
        said = self._said(approval)
        if said is None:
            named = approval.number or f"its approval of {approval.on}"
            return Entry(approval, State.UNCONFIRMED, f"{self.rules.record} has not confirmed {named} yet")
        number = said.number or approval.number
        if said.verdict is not Verdict.APPROVED:
            why = f"{said.verdict} by {said.by or 'somebody'} in {self.rules.record} {number}".rstrip()
            return Entry(approval, _VERDICTS[said.verdict], why)
        until = min(approval.until, said.until)
        return self._given(replace(approval, number=number, by=said.by or approval.by, until=until), asked)

    def _said(self, approval: Approval) -> Confirmation | None:
        """What the system of record last said of an entry."""
        wanted = (self.waiver.id, approval.digest, self.rules.record)
        of_it = [one for one in self.confirmations if (one.waiver, one.digest, one.system) == wanted]
        return max(of_it, key=lambda one: one.checked_at, default=None)


def later(day: dt.date, days: int) -> dt.date:
    """A number of days behind a day, within what dates can say."""
    return day + dt.timedelta(days=min(days, (_LAST_DAY - day).days))
