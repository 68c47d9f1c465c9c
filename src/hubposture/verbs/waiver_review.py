"""Deciding on our pages about a waiver that somebody asked for: four eyes, and bound to what was shown."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.errors import HubpostureError, InputError, InputErrors, Problem, Refusal, RemoteError
from hubposture.ports.asking import Draft, Kind, Said, What
from hubposture.ports.ledger import Entry, Failure
from hubposture.ports.waivers import Request, RequestState
from hubposture.verbs.waiver_approve import not_to_approve
from hubposture.verbs.waiver_ask import SomebodyWasFaster, drafted, found, say
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_branch import author_of, why_failed
from hubposture.verbs.waiver_scope import Means, Scope, scope_of
from hubposture.waivers.standing import Confirmation, Verdict
from hubposture.waivers.subject_file import from_text, to_text
from hubposture.waivers.waiver import Approval, SubjectName, SubjectSet, SystemOfApproval, Waiver, is_same_person

_NAMED = 5


@dataclass(frozen=True)
class Review:
    """A request as who decides sees it: what it covers now (`scope`), beside what it covered when it was asked for.

    `digest` is that of what would be approved now. `why_not` are the reasons for which this person may not approve it; ().
    `added` and `gone` are how what it covers now differs.
    """

    request: Request
    draft: Draft
    waiver: Waiver
    scope: Scope
    asked: SubjectSet
    said: tuple[Said, ...]
    why_not: tuple[str, ...]

    @property
    def digest(self) -> str:
        """What an approval now would be bound to."""
        return self.scope.preview.digest

    @property
    def added(self) -> tuple[SubjectName, ...]:
        """What it covers now and did not when it was asked for."""
        return tuple(sorted(set(self.scope.preview.proposed.subjects) - set(self.asked.subjects)))

    @property
    def gone(self) -> tuple[SubjectName, ...]:
        """What it covered when it was asked for and does not now."""
        return tuple(sorted(set(self.asked.subjects) - set(self.scope.preview.proposed.subjects)))

    @property
    def is_here(self) -> bool:
        """Whether it is decided on our pages."""
        return self.request.system == SystemOfApproval.HUBPOSTURE

    @property
    def waits(self) -> bool:
        """Whether somebody may approve or reject it now."""
        return self.request.state in (RequestState.ASKED, RequestState.SENDING)


class NotAsShown(Refusal):
    """What is to be decided on is not what was shown any more; the message says what changed."""


def review(means: Means, id_: str) -> Review:
    """A request with what it covers now. Raises InputError for an unknown one."""
    request, draft = found(means, id_)
    waiver = waiver_now(means, draft)
    scope = scope_of(means, waiver)
    asked, _ = from_text(request.subjects.encode(), set_name(draft.waiver))
    said = tuple(means.ledger.said_of(id_))
    return Review(request, draft, waiver, scope, asked, said, why_not_approve(means, draft, scope))


def deciders_not(draft: Draft, waiver: Waiver) -> tuple[str, ...]:
    """Who may not decide: everybody who asked for it or edited it, also in the baseline."""
    return tuple(dict.fromkeys((*draft.people, waiver.requested_by)))


def waiver_now(means: Means, draft: Draft) -> Waiver:
    """The waiver of a draft; one of the baseline lies in its file there."""
    waiver = drafted(draft)
    if draft.kind is Kind.AGAIN and (standing := means.book().named(draft.waiver)) is not None:
        return replace(standing.waiver, expires=waiver.expires)
    return replace(waiver, file="", source="")


def why_not_approve(means: Means, draft: Draft, scope: Scope) -> tuple[str, ...]:
    """Why the person may not approve what a request covers now: four eyes, and the rules. () where they may."""
    people = deciders_not(draft, scope.preview.waiver)
    if any(is_same_person(one, means.who) for one in people):
        return (f"{means.who} asked for {draft.waiver} or edited it; somebody else must decide",)
    return means.rights.refusals(Action.APPROVE_WAIVER, scope.subjects, waiver=draft.waiver, requested_by=people)


def approve(
    means: Means, id_: str, *, revision: int, digest: str, until: dt.date | None = None, comment: str = ""
) -> tuple[Request, str]:
    """Approve what was shown with a digest; gives the request, and why it is not in the repository yet, ''.

    The decision is kept first, and then committed: what cannot be committed now is by `recheck`. Raises NotAllowed with the
    rules, NotAsShown with what changed, InputErrors where it would count for nothing, SomebodyWasFaster.
    """
    one = review(means, id_)
    _refuse_decided(one)
    if one.why_not:
        raise NotAllowed(". ".join(one.why_not[:3]))
    _refuse_changed(one, revision, digest)
    until = until or one.waiver.expires
    problems = [Problem(name or one.draft.waiver, why) for name, some in one.scope.problems.items() for why in some]
    problems += not_to_approve(
        one.scope.preview, by=means.who, on=means.today, today=means.today, max_days=means.rules.max_days, until=until
    )
    problems += _no_end(one.waiver, until, means.today)
    if problems:
        raise InputErrors(tuple(dict.fromkeys(problems)))
    decided = replace(
        one.request, state=RequestState.APPROVED, decided_by=means.who, decided_at=means.now(), number=id_, until=until,
        digest=one.digest, subjects=to_text(one.scope.preview.proposed),
    )  # fmt: skip
    said = say(means, id_, What.APPROVED, comment, one.digest)
    entry = Entry(means.who, f"waiver {one.draft.waiver}", str(one.request.state), f"approved until {until}", comment)
    draft = means.ledger.move_ask(
        decided, one.draft, said, confirmations=[_confirmation(means, decided)], entries=[entry]
    )
    if draft is None:
        raise SomebodyWasFaster(f"{one.draft.waiver} was decided on while you looked at it; look at it again")
    return written(means, decided, draft)


def decide(means: Means, id_: str, what: What, *, revision: int, comment: str = "") -> Request:
    """Ask for changes, reject, withdraw, or say something. Raises as `approve` does, InputErrors where a comment is needed."""
    demand_any(
        means, (Action.REQUEST_WAIVER,) if what is What.WITHDRAWN else (Action.REQUEST_WAIVER, Action.APPROVE_WAIVER)
    )
    one = review(means, id_)
    if what is not What.WITHDRAWN and not comment.strip():
        raise InputErrors((Problem("comment", "say why", "who asked reads it"),))
    if what is What.COMMENTED:
        return _moved(means, one, one.request, what, comment)
    if what is What.WITHDRAWN:
        return _withdrawn(means, one, comment)
    _refuse_decided(one)
    if one.why_not:
        raise NotAllowed(". ".join(one.why_not[:3]))
    if revision != one.draft.revision:
        raise NotAsShown(f"{one.draft.waiver} changed since you loaded its page; look at it again")
    state = RequestState.REJECTED if what is What.REJECTED else RequestState.CHANGES_REQUESTED
    after = replace(
        one.request, state=state, decided_by=means.who, decided_at=means.now(), detail=comment.strip(), number=id_
    )
    return _moved(means, one, after, what, comment)


def demand_any(means: Means, actions: Sequence[Action]) -> None:
    """Go on only if whoever asks came with something that is for one of these. Raises NotAllowed."""
    if not any(map(means.rights.is_for, actions)):
        raise NotAllowed(f"this token is for none of {', '.join(actions)}")


def _withdrawn(means: Means, one: Review, comment: str) -> Request:
    """Only who asked takes a request back, before it is decided."""
    is_open = one.request.state in (RequestState.ASKED, RequestState.CHANGES_REQUESTED)
    if not is_open or not one.is_here:
        raise Refusal(f"{one.draft.waiver} is {one.request.state}: it cannot be withdrawn here any more")
    if not is_same_person(one.request.asked_by, means.who):
        raise NotAllowed(f"only {one.request.asked_by}, who asked for {one.draft.waiver}, withdraws it")
    after = replace(one.request, state=RequestState.WITHDRAWN, detail=comment.strip())
    return _moved(means, one, after, What.WITHDRAWN, comment)


def _moved(means: Means, one: Review, after: Request, what: What, comment: str) -> Request:
    said = say(means, one.request.id, what, comment, one.request.digest)
    entry = Entry(means.who, f"waiver {one.draft.waiver}", str(one.request.state), str(after.state), comment.strip())
    entries = [] if what is What.COMMENTED else [entry]
    if means.ledger.move_ask(after, one.draft, said, entries=entries) is None:
        raise SomebodyWasFaster(f"{one.draft.waiver} changed while you looked at it; look at it again")
    return after


def _refuse_decided(one: Review) -> None:
    if not one.is_here:
        raise Refusal(f"{one.draft.waiver} is decided in {one.request.system}, and read back from there")
    if not one.waits:
        by = f" by {one.request.decided_by}" if one.request.decided_by else ""
        raise SomebodyWasFaster(f"{one.draft.waiver} is {one.request.state}{by} already")


def _refuse_changed(one: Review, revision: int, digest: str) -> None:
    """Raise NotAsShown where the request or what it matches is not what was on the page."""
    if revision == one.draft.revision and digest == one.digest:
        return
    what = [f"it was {said.what} by {said.who}" for said in one.said[-2:] if revision != one.draft.revision]
    if one.added:
        what.append(f"it covers {len(one.added):,} more than was asked for: {_names(one.added)}")
    if one.gone:
        what.append(f"{len(one.gone):,} of what was asked for are not there any more")
    said = "; ".join(what) or "what it covers changed and changed back meanwhile"
    raise NotAsShown(f"{one.draft.waiver} is not what your page showed: {said}. Look at it again")


def _names(subjects: tuple[SubjectName, ...]) -> str:
    more = f" and {len(subjects) - _NAMED:,} more" if len(subjects) > _NAMED else ""
    return ", ".join(f"{one.resource} in {one.account}" for one in subjects[:_NAMED]) + more


def _no_end(waiver: Waiver, until: dt.date, today: dt.date) -> Iterator[Problem]:
    if until > waiver.expires:
        yield Problem(
            "until", f"{until} is later than {waiver.expires}, which was asked for", "ask for changes instead"
        )
    elif until < max(today, waiver.valid_from):
        yield Problem("until", f"{until} lies before it begins to hold", "reject it instead")


# Into the repository


def approval_of(means: Means, request: Request) -> Approval:
    """The entry that an approved request becomes."""
    at = (request.decided_at or request.asked_at).replace(tzinfo=dt.UTC)
    return Approval(
        system=SystemOfApproval.HUBPOSTURE,
        number=request.id,
        by=request.decided_by,
        on=at.astimezone(means.zone).date(),
        until=request.until,
        digest=request.digest,
        subjects=set_name(request.waiver),
    )


def written(means: Means, request: Request, draft: Draft) -> tuple[Request, str]:
    """Commit the approval of a request onto the common branch in the name of who gave it, once, and read it back.

    Gives the request with its commit, or why there is none; the next try commits it.
    """
    waiver, approval = waiver_now(means, draft), approval_of(means, request)
    subjects, _ = from_text(request.subjects.encode(), set_name(draft.waiver))

    def files() -> dict[str, bytes]:
        if draft.kind is Kind.NEW:
            head = [f"Asked for by {request.asked_by}."]
            made = means.branch.new_files(waiver, subjects, head=head, shown=means.shown)
        else:
            made = means.branch.again_files(waiver, subjects)
        return means.branch.with_approval(made, waiver, approval, subjects)

    message = f"Waiver {draft.waiver}: approved by {request.decided_by} until {request.until}"
    try:
        commit = means.branch.decided(request.id, files, message=message, author=author_of(request.decided_by))
        means.branch.read_back(commit, waiver, approval)
    except (Refusal, InputError, RemoteError) as error:
        why = f"approved, but not in the repository yet: {why_failed(error)}"
        means.ledger.move_ask(request, replace(draft, trouble=why))
        return request, why
    done = replace(request, commit=commit)
    means.ledger.move_ask(done, replace(draft, trouble=""), say(means, request.id, What.WROTE, commit))
    return done, ""


# Again, every night


@dataclass(frozen=True, slots=True)
class Rechecked:
    """What came of looking at approvals again: how many stand, how many were taken back, and what could not be written."""

    confirmed: int = 0
    taken_back: int = 0
    written: tuple[Request, ...] = ()
    failures: tuple[Failure, ...] = ()


def recheck(means: Means) -> Rechecked:
    """Confirm the approvals that the ledger has, and write those that are not in the repository yet.

    One that its own requester or an editor gave, which nothing here lets happen, is taken back. Raises nothing remote.
    """
    confirmations, wrote, failures = [], [], []
    for request, draft in means.ledger.asked(means.organization):
        if request.system != SystemOfApproval.HUBPOSTURE or request.state is not RequestState.APPROVED:
            continue
        if request.until < means.today:
            continue
        is_own = any(is_same_person(one, request.decided_by) for one in draft.people)
        confirmations.append(_confirmation(means, request, Verdict.WITHDRAWN if is_own else Verdict.APPROVED))
        if request.commit or is_own:
            continue
        try:
            done, why = written(means, request, draft)
        except HubpostureError as error:
            done, why = request, why_failed(error)
        if why:
            failures.append(Failure(draft.waiver, why))
        else:
            wrote.append(done)
    means.ledger.put_confirmations(confirmations)
    good = sum(one.verdict is Verdict.APPROVED for one in confirmations)
    return Rechecked(good, len(confirmations) - good, tuple(wrote), tuple(failures))


def _confirmation(means: Means, request: Request, verdict: Verdict = Verdict.APPROVED) -> Confirmation:
    return Confirmation(
        waiver=request.waiver,
        digest=request.digest,
        system=SystemOfApproval.HUBPOSTURE,
        number=request.id,
        by=request.decided_by,
        verdict=verdict,
        until=request.until,
        checked_at=means.now(),
    )
