"""Requests for approval: made once in the system of record, read back, and written into the repository as a commit."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import InputError, Refusal, RemoteError
from hubposture.ports.approvals import ApprovalRecords, Outcome
from hubposture.ports.ledger import Failure
from hubposture.ports.repository import Author, Repository
from hubposture.ports.waivers import Request, RequestState, WaiverLedger
from hubposture.verbs.waiver_book import set_name
from hubposture.waivers.digest import digest
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.subject_file import from_text, to_text
from hubposture.waivers.waiver import Approval, SubjectSet, SystemOfApproval, Waiver
from hubposture.waivers.write import with_approval

TRAILER = "Hubposture-Request"
"""The trailer of a commit that writes an approval; the request's id behind it makes the commit happen once."""

_STATES = {
    Verdict.APPROVED: RequestState.APPROVED,
    Verdict.REJECTED: RequestState.REJECTED,
    Verdict.CHANGES_REQUESTED: RequestState.CHANGES_REQUESTED,
    Verdict.WITHDRAWN: RequestState.WITHDRAWN,
}
_OPEN = (RequestState.SENDING, RequestState.ASKED)


@dataclass(frozen=True)
class Means:
    """What requests need.

    `path` gives the place of a file of waivers in the repository, `new_id` a ULID; `now` is naive UTC. `branch` gets the
    commits; `remote` is '' where nothing is pushed.
    """

    ledger: WaiverLedger
    records: ApprovalRecords
    repository: Repository
    path: Callable[[str], str]
    new_id: Callable[[], str]
    now: Callable[[], dt.datetime]
    branch: str
    author: Author
    remote: str = ""
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


def ask(means: Means, waiver: Waiver, subjects: SubjectSet, *, text: str, asked_by: str) -> Requested:
    """Ask for the approval of a waiver as it is, for these subjects; asking again gives the same record.

    Raises RemoteError: the request is then kept as being sent, and the next try finds what was made of it.
    """
    if not subjects.subjects:
        raise InputError(f"{waiver.source}: {waiver.id} matches nothing now, so there is nothing to approve")
    normal = to_text(subjects)
    wanted = digest(waiver, waiver.expires, normal)
    known = [one for one in means.ledger.requests(waiver=waiver.id) if one.digest == wanted]
    if standing := next((one for one in known if one.state not in _OPEN), None):
        return Requested(standing, is_new=False)
    request = next(iter(known), None) or Request(
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
    means.ledger.put_request(request)
    made = means.records.ask(waiver, request, text=text)
    request = replace(request, state=RequestState.ASKED, number=made.number, record=made.record)
    means.ledger.put_request(request)
    return Requested(request, tuple(sorted(made.lost.items())), is_new=not known)


def read(means: Means, waivers: Sequence[Waiver]) -> Read:
    """Read the outcome of every request: of open ones to act on it, of approved ones to confirm that it still holds.

    What cannot be read stays as it was: unknown is never withdrawn. Raises nothing remote.
    """
    by_id = {one.id: one for one in waivers}
    changed: list[Request] = []
    unwritten: list[Failure] = []
    failures: list[Failure] = []
    for request in means.ledger.requests():
        if request.system != means.system or request.state not in (*_OPEN, RequestState.APPROVED):
            continue
        try:
            outcome = means.records.outcome(request)
        except RemoteError as error:
            failures.append(Failure(f"{request.waiver} ({request.number or request.id})", str(error)))
            continue
        after = _settled(means, request, outcome)
        if after.state is RequestState.APPROVED and not after.commit:
            after, why = _written(means, after, by_id.get(request.waiver))
            unwritten += [Failure(request.waiver, why)] if why else []
        if after != request:
            means.ledger.put_request(after)
            changed.append(after)
    return Read(tuple(changed), tuple(unwritten), tuple(failures))


def _settled(means: Means, request: Request, outcome: Outcome | None) -> Request:
    """The request after its outcome, which is kept as a confirmation where anything was decided."""
    if outcome is None:
        if request.state is RequestState.SENDING:
            return request  # it never came to be; the next `ask` makes it
        outcome = Outcome(request.number, request.record, Verdict.WITHDRAWN, detail="the record is gone")
    if outcome.verdict is None:
        return replace(request, state=RequestState.ASKED, number=outcome.number, record=outcome.record)
    until = min(request.until, outcome.until) if outcome.until is not None else request.until
    means.ledger.put_confirmations(
        [
            Confirmation(
                waiver=request.waiver,
                digest=request.digest,
                system=means.system,
                number=outcome.number,
                by=outcome.by or request.decided_by,
                verdict=outcome.verdict,
                until=until,
                checked_at=means.now(),
            )
        ]
    )
    return replace(
        request,
        state=_STATES[outcome.verdict],
        number=outcome.number,
        record=outcome.record,
        decided_by=outcome.by or request.decided_by,
        decided_at=outcome.at or request.decided_at,
        until=until if outcome.verdict is Verdict.APPROVED else request.until,
        detail=outcome.detail,
    )


def _written(means: Means, request: Request, waiver: Waiver | None) -> tuple[Request, str]:
    """The request with the commit that carries its approval, or why there is none."""
    if waiver is None:
        return request, "approved, but the waiver is no longer in the baseline"
    if request.decided_by.casefold() == waiver.requested_by.casefold():
        return request, f"approved by {request.decided_by}, who asked for it; somebody else must approve"
    if digest(waiver, waiver.expires, request.subjects) != request.digest:
        return request, "changed in the baseline after it was asked for; ask anew with `hubposture waivers request`"
    held = means.repository.find_commit(means.branch, TRAILER, request.id)
    if held is None:
        try:
            held = _commit(means, request, waiver)
        except (Refusal, InputError) as error:
            return request, f"approved, but not written into the baseline: {error}"
    if means.remote:
        try:
            means.repository.push(means.branch, means.remote)
        except (Refusal, InputError, RemoteError) as error:
            return replace(request, commit=held), f"committed as {held[:12]}, but not pushed: {error}"
    return replace(request, commit=held), ""


def _commit(means: Means, request: Request, waiver: Waiver) -> str:
    """Write the approval and the approved set in one commit on the branch; gives its id."""
    approval = approval_of(request, means.system)
    raw = means.repository.read(waiver.file)
    files = {
        waiver.file: with_approval(raw, waiver.id, approval),
        means.path(set_name(waiver.id)): request.subjects.encode(),
    }
    message = f"Waiver {waiver.id}: approved by {request.decided_by} ({request.number})\n\n{TRAILER}: {request.id}\n"
    return means.repository.propose(means.branch, files=files, message=message, author=means.author).id


def approval_of(request: Request, system: SystemOfApproval) -> Approval:
    """The entry that an approved request becomes."""
    decided = request.decided_at or request.asked_at
    return Approval(
        system=system,
        number=request.number,
        by=request.decided_by,
        on=decided.date(),
        until=request.until,
        digest=request.digest,
        subjects=set_name(request.waiver),
    )


def subjects_of(request: Request) -> SubjectSet:
    """The set that a request asks approval for."""
    found, _ = from_text(request.subjects.encode(), request.waiver)
    return found
