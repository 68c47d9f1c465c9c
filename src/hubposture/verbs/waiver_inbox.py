"""Requests for waivers as whoever looks may see them: the list, and one of them whole."""

from collections.abc import Sequence

from hubposture.access.actions import Action
from hubposture.errors import HubpostureError, InputError
from hubposture.ports.asking import Draft, Kind
from hubposture.ports.waivers import Request, RequestState
from hubposture.verbs.waiver_ask import found
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_review import Review
from hubposture.verbs.waiver_scope import Means, Scope
from hubposture.views.document import counted
from hubposture.views.pages.parts import PageCell
from hubposture.views.pages.waiver_form import EFFECTS, TYPES
from hubposture.views.pages.waiver_requests import Decidable, Event, RequestRow
from hubposture.views.pages.waiver_scope import Covered
from hubposture.views.waivers_rows import SubjectRow
from hubposture.views.words import day
from hubposture.waivers.subject_file import from_text
from hubposture.waivers.waiver import SubjectName, SystemOfApproval, is_same_person

_MOST = 500


def inbox_rows(means: Means) -> list[RequestRow]:
    """The newest requests that they may see: their own, and those about something that they may view."""
    sees_all = means.rights.sees_all
    rows = []
    for request, draft in means.ledger.asked(means.organization)[:_MOST]:
        keys = [one.key for one in subjects_asked(request)]
        is_mine = _is_mine(means, draft)
        if is_mine or sees_all or means.rights.sees(keys[:200]):
            rows.append(row_of(means, request, draft, keys))
    return rows


def row_of(means: Means, request: Request, draft: Draft, keys: Sequence[str]) -> RequestRow:
    """One request in a list."""
    is_mine = _is_mine(means, draft)
    is_here = request.system == SystemOfApproval.HUBPOSTURE
    waits = is_here and not is_mine and request.state is RequestState.ASKED
    return RequestRow(
        id=request.id, waiver=draft.waiver, state=str(request.state), system=request.system, asked_by=request.asked_by,
        asked_at=request.asked_at, until=request.until, covers=len(keys), decided_by=request.decided_by, is_mine=is_mine,
        is_for_me=waits and means.rights.might(Action.APPROVE_WAIVER, keys, requested_by=draft.people),
        trouble=draft.trouble,
    )  # fmt: skip


def subjects_asked(request: Request) -> tuple[SubjectName, ...]:
    """What a request covered when it was asked for."""
    return from_text(request.subjects.encode(), set_name(request.waiver))[0].subjects


def refuse_unseen(means: Means, id_: str) -> None:
    """Go on only if they may see a request. Raises InputError as for one that is not there."""
    request, draft = found(means, id_)
    keys = [one.key for one in subjects_asked(request)]
    if not (_is_mine(means, draft) or means.rights.sees_all or means.rights.sees(keys[:2_000])):
        raise InputError(f"no request is called {id_}")


def decidable(means: Means, one: Review) -> Decidable:
    """A request for its page, with what whoever looks may see of it."""
    request, draft = one.request, one.draft
    keys = [each.key for each in subjects_asked(request)]
    row = row_of(means, request, draft, keys)
    changes = (*one.added, *one.gone)
    seen = means.rights.sees([each.key for each in changes])
    is_mine = _is_mine(means, draft)
    is_open = request.state in (RequestState.ASKED, RequestState.CHANGES_REQUESTED)
    return Decidable(
        row=row,
        facts=_facts(means, one),
        covered=covered(means, one.scope),
        added=[_said(each) for each in one.added if each.key in seen],
        gone=[_said(each) for each in one.gone if each.key in seen],
        hidden_changes=sum(each.key not in seen for each in changes),
        digest=one.digest,
        revision=draft.revision,
        events=[Event(each.at, each.who, str(each.what), each.text) for each in one.said],
        why_not=one.why_not,
        today=means.today,
        branch=means.branch.name if one.is_here else draft.branch,
        commit=request.commit,
        is_here=one.is_here,
        waits=one.waits and one.is_here,
        can_edit=one.is_here and is_open and draft.kind is Kind.NEW and _may_ask(means, one),
        can_withdraw=one.is_here and is_open and is_mine and is_same_person(request.asked_by, means.who),
        can_retry=_can_retry(means, one),
    )


def covered(means: Means, scope: Scope) -> Covered:
    """What a scope covers, with what whoever looks may see of it."""
    keys = {name.key for name in scope.preview.proposed.subjects} | {_key(row) for row in scope.barred}
    seen = means.rights.sees(sorted(keys)) if not means.rights.sees_all else keys
    rows = [row for row in scope.rows if _key(row) in seen]
    return Covered(rows, scope.rows, scope.of, means.snapshot.at, scope.cautions, scope.problems.get("", ()))


def _key(row: SubjectRow) -> str:
    return SubjectName(row.account, row.region, row.control.lower(), row.resource).key


def _can_retry(means: Means, one: Review) -> bool:
    """Whether something of it is not where it belongs, and another try may put it there."""
    if one.request.state is RequestState.SENDING:
        return means.ask_elsewhere is not None
    return one.is_here and one.request.state is RequestState.APPROVED and not one.request.commit


def _may_ask(means: Means, one: Review) -> bool:
    try:
        return _is_mine(means, one.draft) or not means.rights.refusals(
            Action.REQUEST_WAIVER, one.scope.subjects, waiver=one.draft.waiver
        )
    except HubpostureError:
        return False


def _is_mine(means: Means, draft: Draft) -> bool:
    return any(is_same_person(one, means.who) for one in draft.people)


def _said(one: SubjectName) -> str:
    return f"{one.resource} ({one.control.upper()}) in {one.account}"


def _facts(means: Means, one: Review) -> list[tuple[str, PageCell]]:
    waiver, criteria = one.waiver, one.waiver.criteria
    lists: list[tuple[str, Sequence[str]]] = [
        ("Controls", [means.shown(control) for control in criteria.controls]),
        ("Resources", criteria.resources), ("Accounts", criteria.accounts), ("OUs", criteria.ous), ("Regions", criteria.regions),
        ("Tags", [f"{name}={pattern}" for name, pattern in criteria.tags]),
    ]  # fmt: skip
    kind = f"{waiver.id}, which is in force, again" if one.draft.kind is Kind.AGAIN else "a new waiver"
    texts: list[tuple[str, str]] = [
        ("Asked for by", f"{one.request.asked_by}: {kind}"),
        ("Edited by", one.draft.edited_by if one.draft.edited_by != one.request.asked_by else ""),
        ("Why", f"{TYPES[waiver.type]}: {waiver.reason}"), ("Compensating measure", waiver.compensating),
        ("Owner", waiver.owner), ("Risk owner", waiver.risk_owner),
        ("Holds", f"from {day(waiver.valid_from)} through {day(waiver.expires)}, {(waiver.expires - means.today).days:,} days from today"),
        ("Effect", f"{EFFECTS[waiver.effect]}; {_new(waiver.covers_new)}"),
        ("Branch", one.draft.branch),
    ]  # fmt: skip
    made: list[tuple[str, PageCell]] = [(name, text) for name, text in texts if text]
    return [*made[:1], *((name, _short(some)) for name, some in lists if some), *made[1:]]


def _new(covers: int) -> str:
    return f"takes in {counted(covers, 'resource')} that come later" if covers else "takes in nothing that comes later"


def _short(entries: Sequence[str]) -> str:
    more = f" and {len(entries) - 12:,} more" if len(entries) > 12 else ""  # noqa: PLR2004 - what fits
    return ", ".join(entries[:12]) + more
