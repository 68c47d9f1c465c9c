"""Asking for a waiver on our pages: a new one, one of the baseline again, and an edit of what was asked for."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from hubposture.access.actions import Action
from hubposture.errors import HubpostureError, InputError, InputErrors, Problem, Refusal, RemoteError
from hubposture.ports.asking import Draft, Kind, Said, What
from hubposture.ports.ledger import Entry
from hubposture.ports.repository import NoGit
from hubposture.ports.waivers import Request, RequestState
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_branch import author_of, one_line_of, why_failed
from hubposture.verbs.waiver_scope import Means, Scope, scope_of
from hubposture.waivers.asked import LISTS, TEXTS, mended, read_answers
from hubposture.waivers.read import read_waivers
from hubposture.waivers.standing import Standing
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import SystemOfApproval, Waiver
from hubposture.waivers.write import to_yaml

PENDING = "W-0000-000"
"""The id of a waiver that has none yet."""
_OPEN = (RequestState.SENDING, RequestState.ASKED, RequestState.CHANGES_REQUESTED)


class NotSoAsked(InputErrors):
    """What was asked for cannot be; `by_answer` says why, by entry, '' for the whole."""

    def __init__(self, by_answer: Mapping[str, list[str]]) -> None:
        self.by_answer = by_answer
        super().__init__(tuple(Problem(name or "waiver", why) for name, some in by_answer.items() for why in some))


class SomebodyWasFaster(Refusal):
    """The request moved since it was looked at."""


@dataclass(frozen=True)
class Looked:
    """What a form's answers ask for; `scope` is None where they cannot be read. `problems` are everything, by answer."""

    scope: Scope | None
    problems: Mapping[str, list[str]]


def look_at(means: Means, answers: Mapping[str, str], *, id_: str = PENDING, asked_by: str = "") -> Looked:
    """What answers would cover now, with everything that is wrong with them. Writes nothing.

    What is wrong with a reason or an end does not keep anybody from seeing what the rest covers.
    """
    who = asked_by or means.who
    read = read_answers(answers, id_=id_, requested_by=who, valid_from=means.today)
    problems = {name: list(some) for name, some in read.problems.items()}
    waiver = read.waiver
    if waiver is None and (rest := mended(answers, problems, valid_from=means.today)) is not None:
        waiver = read_answers(rest, id_=id_, requested_by=who, valid_from=means.today).waiver
    if waiver is None:
        return Looked(None, problems)
    scope = scope_of(means, waiver)
    wrong = set(problems)
    for name, some in scope.problems.items():
        if name not in wrong:
            problems[name] = list(some)
    return Looked(scope, problems)


def ask(means: Means, answers: Mapping[str, str]) -> Request:
    """Ask for a new waiver: it gets an id that nobody has, lies on a branch, and waits for who may decide.

    Raises NotSoAsked with everything that is wrong, NotAllowed where the person may not ask for every subject of it.
    """
    scope = _fine(means, look_at(means, answers))
    return _begin(means, scope, comment=answers.get("comment", ""))


def ask_again(means: Means, name: str, *, until: dt.date, comment: str = "") -> Request:
    """Ask that a waiver of the baseline holds until a day, for what it matches now; until then it holds as it does.

    Raises InputErrors, NotAllowed, Refusal where it is being asked for already.
    """
    book = means.book()
    standing = named(book, name)
    _refuse_again(means, standing, until)
    waiver = replace(standing.waiver, expires=until)
    scope = scope_of(means, waiver, book)
    if scope.problems:
        raise NotSoAsked({field: list(some) for field, some in scope.problems.items()})
    held = standing.until >= until and standing.state.holds
    if held and not scope.preview.beyond:
        raise InputError(
            f"{name} is approved until {standing.until} for all that it matches: there is nothing to ask for"
        )
    means.rights.demand(Action.REQUEST_WAIVER, scope.subjects, waiver=name)
    return _begin(means, scope, kind=Kind.AGAIN, comment=comment)


def edit(means: Means, id_: str, revision: int, answers: Mapping[str, str]) -> Request:
    """Change what a request asks for, as long as it is not decided; it waits anew then.

    Raises NotSoAsked, NotAllowed, SomebodyWasFaster, Refusal for one that is decided or asked in another system.
    """
    request, draft = found(means, id_)
    if request.system != SystemOfApproval.HUBPOSTURE or request.state not in _OPEN or draft.kind is not Kind.NEW:
        raise Refusal(f"{draft.waiver} is {request.state}: it cannot be changed any more; ask for another waiver")
    if revision != draft.revision:
        raise SomebodyWasFaster(f"{draft.waiver} changed since you loaded its page; look at it again")
    scope = _fine(means, look_at(means, answers, id_=draft.waiver, asked_by=request.asked_by), waiver=draft.waiver)
    new = replace(
        draft,
        text=text_of(means, scope.preview.waiver),
        people=tuple(dict.fromkeys((*draft.people, means.who))),
        edited_by=means.who,
        edited_at=means.now(),
    )
    moved = _asked(means, request, scope)
    return _moved(means, moved, _on_branch(means, new, scope), What.EDITED, answers.get("comment", ""))


def found(means: Means, id_: str) -> tuple[Request, Draft]:
    """A request with its draft. Raises InputError where there is none here."""
    known = means.ledger.asked_by_id(id_)
    if known is None or known[1].organization != means.organization:
        raise InputError(f"no request is called {id_}")
    return known


def drafted(draft: Draft) -> Waiver:
    """The waiver of a draft."""
    (waiver,) = read_waivers({"draft.yaml": draft.text.encode()}).waivers
    return waiver


def text_of(means: Means, waiver: Waiver) -> str:
    """A waiver as a draft keeps it."""
    return to_yaml(waiver, shown=means.shown)


def named(book: Book, name: str) -> Standing:
    """Where a waiver of the baseline stands. Raises InputErrors where it may be in a file that cannot be read."""
    standing = book.named(name)
    if standing is None and book.problems:
        raise InputErrors(book.problems)
    if standing is None:
        raise InputError(f"no waiver of the baseline is called {name}")
    return standing


def say(means: Means, request: str, what: What, text: str = "", digest: str = "") -> Said:
    """Something said by whoever asks, now."""
    return Said(means.new_id(), request, means.now(), means.who, what, text.strip(), digest)


# Parts


def _fine(means: Means, looked: Looked, *, waiver: str = "") -> Scope:
    """The scope of what may be asked for by this person."""
    if looked.scope is None or looked.problems:
        raise NotSoAsked(looked.problems)
    means.rights.demand(Action.REQUEST_WAIVER, looked.scope.subjects, waiver=waiver or "what you ask for")
    return looked.scope


def _begin(means: Means, scope: Scope, *, kind: Kind = Kind.NEW, comment: str) -> Request:
    id_ = means.new_id()
    while True:
        waiver = scope.preview.waiver
        if kind is Kind.NEW:
            waiver = replace(waiver, id=_next_id(means), file="", source="")
        named_ = scope if waiver.id == scope.preview.waiver.id else scope_of(means, waiver)
        request = _asked(means, _blank(means, id_, waiver), named_)
        draft = Draft(
            id_, waiver.id, means.organization, kind, text_of(means, waiver), (means.who,), means.who, means.now()
        )
        said = say(means, id_, What.ASKED, comment, request.digest)
        entry = Entry(
            means.who, f"waiver {waiver.id}", "", "asked for", comment.strip() or one_line_of(waiver.reason, 200)
        )
        if means.ledger.begin_ask(request, draft, said, entries=[entry]):
            return _elsewhere(means, request, _kept(means, request, _on_branch(means, draft, named_)), named_)


def _blank(means: Means, id_: str, waiver: Waiver) -> Request:
    return Request(
        id=id_, waiver=waiver.id, digest="", system=str(means.system), state=RequestState.ASKED, asked_by=means.who,
        asked_at=means.now(), until=waiver.expires, subjects="",
    )  # fmt: skip


def _asked(means: Means, request: Request, scope: Scope) -> Request:
    """A request for what a scope covers now; it waits to be decided."""
    state = RequestState.SENDING if means.ask_elsewhere is not None else RequestState.ASKED
    one = scope.preview
    return replace(
        request, digest=one.digest, subjects=to_text(one.proposed), until=one.waiver.expires, state=state, detail=""
    )


def _next_id(means: Means) -> str:
    """`W-2026-015`: the first number of the year that no file and no request has."""
    prefix = f"W-{means.today.year}-"
    taken = {one.waiver.id for one in means.book().standings}
    taken |= {draft.waiver for _, draft in means.ledger.asked(means.organization)}
    taken |= {one.waiver for one in means.ledger.requests()}
    numbers = [int(rest) for one in taken if one.startswith(prefix) and (rest := one.removeprefix(prefix)).isdecimal()]
    return f"{prefix}{max(numbers, default=0) + 1:03d}"


def _on_branch(means: Means, draft: Draft, scope: Scope) -> Draft:
    """The draft with the commit in which it lies for people to read, or with why there is none."""
    waiver, subjects = scope.preview.waiver, scope.preview.proposed
    branch = means.branch.of_request(draft.waiver)
    head = [f"Asked for by {draft.people[0]}; nobody has approved it."]
    try:
        if draft.kind is Kind.NEW:
            files = means.branch.new_files(waiver, subjects, head=head, shown=means.shown)
        else:
            files = means.branch.again_files(waiver, subjects)
        message = f"Waiver {draft.waiver}: asked for by {draft.edited_by}\n\n{one_line_of(waiver.reason, 500)}\n"
        commit = means.branch.put(branch, files, message=message, author=author_of(draft.edited_by))
    except (Refusal, InputError, RemoteError, NoGit) as error:
        return replace(draft, branch=branch, trouble=why_failed(error))
    return replace(draft, branch=branch, commit=commit, trouble="")


def _kept(means: Means, request: Request, draft: Draft) -> Draft:
    """Write down where a draft lies; somebody who was faster has it right, too."""
    return means.ledger.move_ask(request, draft) or draft


def _elsewhere(means: Means, request: Request, draft: Draft, scope: Scope) -> Request:
    """Ask the system of record where that is another one; what fails there is asked again later."""
    if means.ask_elsewhere is None:
        return request
    try:
        means.ask_elsewhere(scope.preview)
    except HubpostureError as error:
        newest, _ = found(means, request.id)
        means.ledger.move_ask(newest, replace(draft, trouble=why_failed(error)))
    return found(means, request.id)[0]


def ask_elsewhere_again(means: Means, id_: str) -> Request:
    """Ask the other system once more for a request that it does not have yet."""
    request, draft = found(means, id_)
    if request.state is not RequestState.SENDING or means.ask_elsewhere is None:
        raise Refusal(f"{draft.waiver} is {request.state}: there is nothing to ask again")
    return _elsewhere(means, request, draft, scope_of(means, drafted(draft)))


def _moved(means: Means, request: Request, draft: Draft, what: What, comment: str) -> Request:
    said = say(means, request.id, what, comment, request.digest)
    entry = Entry(means.who, f"waiver {draft.waiver}", str(RequestState.ASKED), str(what), comment.strip())
    if means.ledger.move_ask(request, draft, said, entries=[entry]) is None:
        raise SomebodyWasFaster(f"{draft.waiver} changed while you worked on it; look at it again")
    return request


def _refuse_again(means: Means, standing: Standing, until: dt.date) -> None:
    waiver = standing.waiver
    if waiver.revoked is not None:
        raise InputError(f"{waiver.id} is revoked from {waiver.revoked.on} on; ask for a new waiver")
    latest = means.today + dt.timedelta(days=means.rules.max_days)
    if not means.today <= until <= latest:
        raise InputErrors((Problem("until", f"{until} cannot be its end", f"a day until {latest}"),))
    for request, draft in means.ledger.asked(means.organization):
        if draft.waiver == waiver.id and request.state in _OPEN:
            raise Refusal(f"{waiver.id} is being asked for already, by {request.asked_by}: {request.id}")


def answers_of(waiver: Waiver, shown: Mapping[str, str] | None = None) -> dict[str, str]:
    """A waiver as the answers of a form; `shown` gives controls as they are written."""
    criteria = waiver.criteria
    lists = {
        "controls": [(shown or {}).get(one, one) for one in criteria.controls],
        "resources": criteria.resources,
        "accounts": criteria.accounts,
        "ous": criteria.ous,
        "regions": criteria.regions,
        "tags": [f"{name}={pattern}" for name, pattern in criteria.tags],
    }
    texts = {
        "type": waiver.type.value, "reason": waiver.reason, "compensating": waiver.compensating, "owner": waiver.owner,
        "risk_owner": waiver.risk_owner, "expires": waiver.expires.isoformat(), "covers_new": str(waiver.covers_new),
        "effect": waiver.effect.value,
    }  # fmt: skip
    assert set(lists) == set(LISTS)
    assert set(texts) == set(TEXTS)
    return {name: "\n".join(some) for name, some in lists.items()} | texts
