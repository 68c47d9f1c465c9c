"""The waivers of a baseline on a day: where each stands, and what matching is to look for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from hubposture.errors import Problem
from hubposture.ports.waivers import WaiverLedger
from hubposture.waivers.digest import digest
from hubposture.waivers.read import ReadWaivers
from hubposture.waivers.rule import Rule
from hubposture.waivers.standing import ApprovalRules, Confirmation, Standing, Verdict, standing
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Approval, SubjectSet, SystemOfApproval, Waiver


@dataclass(frozen=True, slots=True)
class Book:
    """The waivers of a baseline, sorted by id, with where each stands, and what is wrong with their files.

    With problems nothing may be released: a waiver may be in what could not be read.
    """

    standings: tuple[Standing, ...]
    sets: Mapping[str, SubjectSet]
    problems: tuple[Problem, ...] = ()

    def named(self, waiver: str) -> Standing | None:
        """Where one waiver stands; None where there is none of that id."""
        return next((one for one in self.standings if one.waiver.id == waiver), None)


def book(
    found: ReadWaivers,
    *,
    today: dt.date,
    zone: ZoneInfo,
    rules: ApprovalRules,
    confirmations: Sequence[Confirmation] = (),
) -> Book:
    """Where every waiver stands on the organization's day `today`."""
    by_waiver: dict[str, list[Confirmation]] = {}
    for one in confirmations:
        by_waiver.setdefault(one.waiver, []).append(one)
    made = []
    for waiver in sorted(found.waivers, key=lambda one: one.id):
        said = by_waiver.get(waiver.id, [])
        whole = with_reviews(waiver, said, zone) if rules.record is SystemOfApproval.GIT else waiver
        made.append(standing(whole, found.sets, today=today, zone=zone, rules=rules, confirmations=said))
    return Book(tuple(made), found.sets, found.problems)


def set_name(waiver: str) -> str:
    """The name of the file of a waiver's approved set, beside its own."""
    return f"{waiver}.subjects"


def digest_now(waiver: Waiver, sets: Mapping[str, SubjectSet]) -> str:
    """The digest of a waiver as its file has it, with the set that lies beside it."""
    return digest(waiver, waiver.expires, to_text(sets.get(set_name(waiver.id), SubjectSet(()))))


def with_reviews(waiver: Waiver, said: Sequence[Confirmation], zone: dt.tzinfo) -> Waiver:
    """The waiver with an approval for each review of the forge: by git alone no entry in the file is needed.

    A review's `checked_at` is when it was merged; that is the day of the approval, in the organization's zone.
    """
    entries = tuple(
        Approval(
            system=SystemOfApproval.GIT,
            number=one.number,
            by=one.by,
            on=one.checked_at.replace(tzinfo=dt.UTC).astimezone(zone).date(),
            until=one.until,
            digest=one.digest,
            subjects=set_name(waiver.id),
            source=waiver.source,
        )
        for one in said
        if one.system is SystemOfApproval.GIT and one.verdict is Verdict.APPROVED
    )
    return replace(waiver, approvals=(*waiver.approvals, *entries))


def matching_rules(found: Book, ledger: WaiverLedger | None, organization: str) -> list[Rule]:
    """What matching looks for: every waiver, those that do not hold too, so that a decision can say why.

    Without a ledger (in CI) nothing was admitted yet and nothing decided.
    """
    admitted = ledger.admitted(organization) if ledger is not None else {}
    decided = ledger.decided_at(organization) if ledger is not None else {}
    return [
        rule_of(one, admitted.get(one.waiver.id, frozenset()), decided.get(one.waiver.id)) for one in found.standings
    ]


def rule_of(one: Standing, admitted: frozenset[str], decided_at: dt.datetime | None) -> Rule:
    """One waiver as matching takes it.

    What existed when the waiver was approved, or when it was last decided on, and did not match then, is no new subject:
    an edited tag or a moved account grants nothing.
    """
    waiver, approval = one.waiver, one.approval
    new_since = None
    if waiver.covers_new and approval is not None:
        approved_at = dt.datetime.combine(approval.on, dt.time())
        new_since = max(approved_at, decided_at) if decided_at is not None else approved_at
    return Rule(
        waiver=waiver.id,
        criteria=waiver.criteria,
        effect=waiver.effect,
        holds=one.state.holds,
        until=one.ends_at,
        days=(one.until - approval.on).days if approval is not None else 0,
        why=one.why,
        approved=frozenset(subject.key for subject in one.subjects.subjects),
        accounts=frozenset(one.subjects.accounts),
        admitted=admitted,
        covers_new=waiver.covers_new,
        new_since=new_since,
    )


def sentence(one: Standing) -> str:
    """What the note of a finding says of a waiver: why, and whose approval."""
    waiver, approval = one.waiver, one.approval
    if approval is None:
        return waiver.reason
    if approval.system is SystemOfApproval.PROVISIONAL:
        return f"{waiver.reason}. Provisional, to be justified by {waiver.owner}"
    number = f", {approval.number}" if approval.number else ""
    return f"{waiver.reason}. Approved by {approval.by}{number}"
