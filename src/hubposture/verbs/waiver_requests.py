"""Requests for approval: made once in the system of record, read back, and written into the repository as a commit."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import AnswerLost, InputError, RemoteError, RemoteUnavailable
from hubposture.ports.approvals import ApprovalRecords, Outcome
from hubposture.ports.ledger import Failure
from hubposture.ports.waivers import Request, RequestState, WaiverLedger
from hubposture.verbs.waiver_commits import Commits
from hubposture.waivers.digest import digest
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SubjectSet, SystemOfApproval, Waiver

UNANSWERED = "sent, and not answered yet"
"""The detail of a request while its record may exist although nobody knows: written before it is sent."""
PAUSE = dt.timedelta(minutes=10)
"""How long after a lost answer nothing is asked for again: a record may appear late."""

_STATES = {
    Verdict.APPROVED: RequestState.APPROVED,
    Verdict.REJECTED: RequestState.REJECTED,
    Verdict.CHANGES_REQUESTED: RequestState.CHANGES_REQUESTED,
    Verdict.WITHDRAWN: RequestState.WITHDRAWN,
}
_DECIDED = (RequestState.APPROVED, RequestState.REJECTED, RequestState.CHANGES_REQUESTED)
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Means:
    """What requests need. `new_id` gives a ULID; `now` is naive UTC; `commits` writes what was approved."""

    ledger: WaiverLedger
    records: ApprovalRecords
    commits: Commits
    new_id: Callable[[], str]
    now: Callable[[], dt.datetime]
    system: SystemOfApproval = SystemOfApproval.SERVICENOW


@dataclass(frozen=True, slots=True)
class Requested:
    """A request as it stands; `lost` are fields that the other system did not keep; `is_new` that it was made now."""

    request: Request
    lost: tuple[tuple[str, str], ...] = ()
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """What was read: requests whose state changed, approvals that could not be written and why, and failures."""

    changed: tuple[Request, ...] = ()
    unwritten: tuple[Failure, ...] = ()
    failures: tuple[Failure, ...] = ()


# Asking


def ask(means: Means, waiver: Waiver, subjects: SubjectSet, *, text: str, asked_by: str) -> Requested:
    """Ask for the approval of a waiver as it is, for these subjects; asking again gives the same record.

    Only one that was withdrawn is asked for anew. Raises RemoteError: the request is then kept as being sent, and a later
    try finds what was made of it. If its answer was lost nothing is sent for `PAUSE`: the record is only looked for.
    """
    if not subjects.subjects:
        raise InputError(f"{waiver.source}: {waiver.id} matches nothing now, so there is nothing to approve")
    normal = to_text(subjects)
    wanted = digest(waiver, waiver.expires, normal)
    known = _known(means, waiver, wanted)
    if known is not None and known.state in _DECIDED:
        return Requested(known, is_new=False)
    request = known or Request(
        id=means.new_id(),
        waiver=waiver.id,
        digest=wanted,
        system=str(means.system),
        state=RequestState.SENDING,
        asked_by=asked_by,
        asked_at=means.now(),
        until=waiver.expires,
        subjects=normal,
    )
    _refuse_too_soon(means, request)
    return replace(_sent(means, waiver, request, text=text), is_new=known is None)


def _known(means: Means, waiver: Waiver, wanted: str) -> Request | None:
    """The newest request of this digest, unless it was withdrawn."""
    found = [one for one in means.ledger.requests(waiver=waiver.id) if one.digest == wanted]
    ours = [one for one in found if one.system == means.system]
    return ours[-1] if ours and ours[-1].state is not RequestState.WITHDRAWN else None


def _refuse_too_soon(means: Means, request: Request) -> None:
    """Raise RemoteUnavailable where a record may exist that nobody can see yet."""
    until = request.asked_at + PAUSE
    if request.detail != UNANSWERED or means.now() >= until or means.records.outcome(request) is not None:
        return
    raise RemoteUnavailable(
        f"{request.waiver}: its record was sent at {request.asked_at:%H:%M} UTC, was not answered, and cannot be found; it "
        f"may still appear, so ask again after {until:%H:%M} UTC",
        code="no answer",
    )


def _sent(means: Means, waiver: Waiver, request: Request, *, text: str) -> Requested:
    request = replace(request, asked_at=means.now(), detail=UNANSWERED)
    means.ledger.put_request(request)
    try:
        made = means.records.ask(waiver, request, text=text)
    except AnswerLost:
        raise
    except RemoteError:
        means.ledger.put_request(replace(request, detail=""))  # surely nothing was made that cannot be found
        raise
    request = replace(request, state=RequestState.ASKED, number=made.number, record=made.record, detail="")
    means.ledger.put_request(request)
    return Requested(request, tuple(sorted(made.lost.items())))


# Reading


def read(means: Means, waivers: Sequence[Waiver]) -> Read:
    """Read the outcome of requests: of open ones to act on it, of decided ones to see whether it still stands.

    What cannot be read, or is said in a way that proves nothing, stays as it was and is a failure: unknown is never
    withdrawn. Raises nothing remote.
    """
    changed: list[Request] = []
    unwritten: list[Failure] = []
    failures: list[Failure] = []
    for request in _watched(means):
        where = f"{request.waiver} ({request.number or request.id})"
        try:
            outcome = means.records.outcome(request)
        except RemoteError as error:
            failures.append(Failure(where, str(error)))
            continue
        if outcome is not None and outcome.verdict is None and outcome.detail:
            failures.append(Failure(where, outcome.detail))
        after = _settled(means, request, outcome)
        if outcome is not None and outcome.verdict is Verdict.APPROVED and not after.commit:
            after, why = _written(means, after, waivers, is_news=request.state is not after.state)
            unwritten += [Failure(after.waiver, why)] if why else []
        if after != request:
            means.ledger.put_request(after)
            changed.append(after)
    return Read(tuple(changed), tuple(unwritten), tuple(failures))


def _watched(means: Means) -> list[Request]:
    """The requests that matter, oldest first: those not over that are the newest of their waiver, or stand in the baseline.

    Of several for one digest the newest counts: its word would otherwise be mixed with that of a withdrawn one.
    """
    found = [one for one in means.ledger.requests() if one.system == means.system]
    newest = {one.waiver: one.id for one in found}
    newest_of = {(one.waiver, one.digest): one.id for one in found}
    over = means.now().date() - _DAY  # wherever the organization's day ends
    return [
        one
        for one in found
        if one.until >= over
        and (newest[one.waiver] == one.id or (one.commit and newest_of[one.waiver, one.digest] == one.id))
    ]


def _settled(means: Means, request: Request, outcome: Outcome | None) -> Request:
    """The request after its outcome, which is kept as a confirmation where anything was decided."""
    if outcome is None:
        if request.state is RequestState.SENDING:
            return request  # it never came to be; the next `ask` makes it
        outcome = Outcome(request.number, request.record, Verdict.WITHDRAWN, detail="the record is gone")
    if outcome.verdict is None:
        return _undecided(means, request, outcome)
    until = min(request.until, outcome.until) if outcome.until is not None else request.until
    by, at = outcome.by or request.decided_by, outcome.at or request.decided_at
    _confirm(means, request, outcome.verdict, until=until, by=by, number=outcome.number)
    is_approved = outcome.verdict is Verdict.APPROVED
    detail = f"it ends on {until} now" if is_approved and until < request.until and request.commit else outcome.detail
    return replace(
        request,
        state=_STATES[outcome.verdict],
        number=outcome.number,
        record=outcome.record,
        decided_by=by,
        decided_at=at,
        # Once it is written the entry has its end; what is shortened later may be restored later.
        until=until if is_approved and not request.commit else request.until,
        detail=detail,
    )


def _undecided(means: Means, request: Request, outcome: Outcome) -> Request:
    """A record that decides nothing: it waits, its approval was taken back, or nobody can tell what it means."""
    named = replace(request, number=outcome.number, record=outcome.record)
    if outcome.detail:
        return replace(named, state=RequestState.ASKED) if request.state is RequestState.SENDING else named
    if request.state is not RequestState.APPROVED:
        detail = "" if request.state is not RequestState.ASKED or request.detail == UNANSWERED else request.detail
        return replace(named, state=RequestState.ASKED, detail=detail)
    _confirm(means, named, Verdict.WITHDRAWN, until=named.until, by=named.decided_by, number=named.number)
    return replace(named, state=RequestState.ASKED, detail="its approval was taken back; it waits to be approved again")


def _confirm(means: Means, request: Request, verdict: Verdict, *, until: dt.date, by: str, number: str) -> None:
    means.ledger.put_confirmations(
        [
            Confirmation(
                waiver=request.waiver,
                digest=request.digest,
                system=means.system,
                number=number,
                by=by,
                verdict=verdict,
                until=until,
                checked_at=means.now(),
            )
        ]
    )


def _written(means: Means, request: Request, waivers: Sequence[Waiver], *, is_news: bool) -> tuple[Request, str]:
    """The request with the commit that carries its approval, or why there is none.

    That its waiver is gone is said once: nothing can be done about it.
    """
    waiver = next((one for one in waivers if one.id == request.waiver), None)
    if waiver is None:
        return request, "approved, but the waiver is not in the baseline" if is_news else ""
    if why := means.commits.why_not(request, waiver):
        return request, why
    beside = [one for one in means.ledger.requests() if one.state is RequestState.APPROVED and one.commit]
    commit, why = means.commits.write(request, waiver, beside, waivers)
    return replace(request, commit=commit), why
