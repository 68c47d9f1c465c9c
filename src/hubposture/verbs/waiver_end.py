"""Two decisions that need nobody's approval: a waiver is ended before its day, and one finding is suppressed for now."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

from hubposture.access.actions import Action
from hubposture.errors import InputError, InputErrors, Problem, Refusal, RemoteError
from hubposture.model.controls import ControlId
from hubposture.ports.asking import Draft, Kind, What
from hubposture.ports.ledger import Entry
from hubposture.ports.waivers import Request, RequestState
from hubposture.verbs.waiver_ask import drafted, named, say, text_of
from hubposture.verbs.waiver_branch import author_of, one_line_of
from hubposture.verbs.waiver_preview import preview
from hubposture.verbs.waiver_scope import Means, Scope, keys_of, scope_of
from hubposture.waivers.provisional import UNOWNED, for_now
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import Revocation, SubjectName, SubjectSet, SystemOfApproval, Waiver
from hubposture.waivers.write import with_revocation

_SUBJECT = "SELECT account, region, control, resource FROM subjects WHERE subject = $subject AND kind = 'control'"
_OWNER = "SELECT owner FROM accounts WHERE account = $account"


@dataclass(frozen=True, slots=True)
class Ended:
    """What was committed, and on which branch it waits to be merged."""

    waiver: str
    commit: str
    branch: str


# Revoking


def revoke(means: Means, name: str, reason: str) -> Ended:
    """End a waiver from today on: a commit that says who and why. What it excused is open again after it is merged.

    Raises InputErrors without a reason or where it is over, NotAllowed, and what the repository raises.
    """
    standing = named(means.book(), name)
    waiver = standing.waiver
    if not reason.strip():
        raise InputErrors((Problem("reason", "say why", "it stands in the file and in the audit trail"),))
    if waiver.revoked is not None or waiver.last_day < means.today:
        raise InputError(f"{name} is over: {standing.why or f'since {waiver.last_day}'}")
    matched = preview(waiver, means.snapshot, means.book(), ledger=means.ledger, organization=means.organization)
    means.rights.demand(Action.REVOKE_WAIVER, keys_of(matched.matches), waiver=name)
    revoked = Revocation(means.today, means.who, reason.strip())

    def files() -> dict[str, bytes]:
        return {waiver.file: with_revocation(means.branch.whole(waiver), name, revoked)}

    message = f"Waiver {name}: revoked by {means.who}\n\n{one_line_of(reason, 500)}"
    commit = means.branch.decided(means.new_id(), files, message=message, author=author_of(means.who))
    means.ledger.audit([Entry(means.who, f"waiver {name}", str(standing.state), "revoked", reason.strip())])
    return Ended(name, commit, means.branch.name)


# Suppressing for now


def why_not_suppress(means: Means, subject: str) -> tuple[str, ...]:
    """Why the person may not suppress one subject for now; () where they may."""
    found = _named(means, subject)
    if found is None:
        return (f"no check is called {subject}",)
    waiver = _provisional(means, found, "shown", _days(means), "P")
    return (*_troubles(means, found, scope_of(means, waiver)), *_refusals(means, subject))


def suppress_for_now(means: Means, subject: str, *, days: int, reason: str) -> Ended:
    """Suppress one subject for some days without an approval, as a provisional waiver that is committed.

    Raises InputErrors with everything that is wrong, NotAllowed with the rule, and what the repository raises.
    """
    found = _named(means, subject)
    if found is None:
        raise InputError(f"no check is called {subject}")
    means.rights.demand(Action.SUPPRESS, [subject], waiver=f"the finding of {found.control.upper()}")
    problems = [] if reason.strip() else [Problem("reason", "say why", "the finding's note says it")]
    if not 1 <= days <= _days(means):
        problems.append(Problem("days", f"{days} days cannot be", f"1 to {_days(means)} (waivers.suppress_days)"))
    waiver = _provisional(means, found, reason.strip() or "-", max(1, min(days, _days(means) or 1)), "P")
    problems += [Problem("", why) for why in _troubles(means, found, scope_of(means, waiver))]
    if problems:
        raise InputErrors(tuple(problems))
    return _suppressed(means, found, reason, days)


def longest_days(means: Means) -> int:
    """The longest that something may be suppressed for now; 0 for not at all."""
    return _days(means)


def _days(means: Means) -> int:
    return min(means.suppress_days, means.rules.provisional_days, means.rules.max_days)


def _suppressed(means: Means, subject: SubjectName, reason: str, days: int) -> Ended:
    id_ = means.new_id()
    base = f"P-{subject.account}-{means.shown(ControlId(subject.control))}"
    for name in _names(means, base):
        waiver = _provisional(means, subject, reason.strip(), days, name)
        entry = Entry(means.who, f"waiver {name}", "", f"suppressed for now until {waiver.expires}", reason.strip())
        request = _request(means, id_, waiver, subject)
        draft = Draft(
            id_, name, means.organization, Kind.NEW, text_of(means, replace(waiver, approvals=())), (means.who,),
            means.who, means.now(),
        )  # fmt: skip
        if means.ledger.begin_ask(request, draft, say(means, id_, What.ASKED, reason, request.digest), entries=[entry]):
            return _committed(means, request, draft, waiver, subject)
    raise AssertionError("names never end")


def _committed(means: Means, request: Request, draft: Draft, waiver: Waiver, subject: SubjectName) -> Ended:
    def files() -> dict[str, bytes]:
        head = [f"Suppressed for now by {means.who}: to be fixed, or to be asked for, or it ends on its day."]
        return means.branch.new_files(waiver, SubjectSet((subject,)), head=head, shown=means.shown)

    message = f"Waiver {waiver.id}: suppressed for now by {means.who} until {waiver.expires}"
    try:
        commit = means.branch.decided(request.id, files, message=message, author=author_of(means.who))
    except (Refusal, InputError, RemoteError) as error:
        withdrawn = replace(request, state=RequestState.WITHDRAWN, detail=str(error))
        means.ledger.move_ask(withdrawn, replace(draft, trouble=str(error)))
        raise
    means.ledger.move_ask(
        replace(request, commit=commit), replace(draft, branch=means.branch.name, commit=commit),
        say(means, request.id, What.WROTE, commit),
    )  # fmt: skip
    return Ended(waiver.id, commit, means.branch.name)


def _request(means: Means, id_: str, waiver: Waiver, subject: SubjectName) -> Request:
    return Request(
        id=id_, waiver=waiver.id, digest=waiver.approvals[0].digest, system=str(SystemOfApproval.PROVISIONAL),
        state=RequestState.APPROVED, asked_by=means.who, asked_at=means.now(), until=waiver.expires,
        subjects=to_text(SubjectSet((subject,))), decided_by=means.who, decided_at=means.now(), number=id_,
    )  # fmt: skip


def _names(means: Means, base: str) -> Iterator[str]:
    taken = {one.waiver.id.casefold() for one in means.book().standings}
    number = 1
    while True:
        name = base if number == 1 else f"{base}-{number}"
        if name.casefold() not in taken:
            yield name
        number += 1


def _named(means: Means, subject: str) -> SubjectName | None:
    rows = means.snapshot.execute(_SUBJECT, {"subject": subject})
    return SubjectName(*rows[0]) if rows else None


def _provisional(means: Means, subject: SubjectName, reason: str, days: int, id_: str) -> Waiver:
    owners = means.snapshot.execute(_OWNER, {"account": subject.account})
    owner = str(owners[0][0]) if owners and owners[0][0] else UNOWNED
    made = for_now(subject, id_=id_, by=means.who, reason=reason, owner=owner, today=means.today, days=days)
    return made.waiver


def _refusals(means: Means, subject: str) -> tuple[str, ...]:
    return means.rights.refusals(Action.SUPPRESS, [subject], waiver="the finding")


def _troubles(means: Means, subject: SubjectName, scope: Scope) -> tuple[str, ...]:
    """Why nothing of a subject is suppressed for now, whoever asks."""
    if not _days(means):
        return ("the settings let nothing be suppressed for now (waivers.suppress_days, waivers.provisional_days)",)
    rows = [
        one
        for one in scope.rows
        if (one.account, one.region, one.resource) == (subject.account, subject.region, subject.resource)
    ]
    if not rows:
        return ("it is not there any more, or its name cannot be written into a waiver",)
    if scope.barred or any("allowed" in why for some in scope.problems.values() for why in some):
        return (f"the workbook allows no waiver of {means.shown(ControlId(subject.control))} there (Waivable)",)
    if rows[0].other:
        return (f"{rows[0].other} covers it already",)
    if not rows[0].is_failing:
        return ("it passes: there is nothing to suppress",)
    before = _before(means, subject)
    return (f"it was suppressed for now already, until {before}: ask for a waiver",) if before is not None else ()


def _before(means: Means, subject: SubjectName) -> dt.date | None:
    """The end of an earlier time for which a subject was suppressed, if that is not long past."""
    text = to_text(SubjectSet((subject,)))
    since = means.today - dt.timedelta(days=max(means.rules.provisional_days, 1))
    ends = [
        drafted(draft).expires
        for request, draft in means.ledger.asked(means.organization)
        if request.system == SystemOfApproval.PROVISIONAL
        and request.state is RequestState.APPROVED
        and request.subjects == text
    ]
    return max((end for end in ends if end >= since), default=None)
