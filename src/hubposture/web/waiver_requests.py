"""Pages of requests for waivers: the inbox, one of them to decide on, and changing what is asked for."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from fastapi import Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.errors import InputError, InputErrors, Problem, Refusal
from hubposture.ports.asking import What
from hubposture.verbs.waiver_ask import NotSoAsked, answers_of, ask_elsewhere_again, edit, found, look_at
from hubposture.verbs.waiver_inbox import decidable, inbox_rows, refuse_unseen
from hubposture.verbs.waiver_review import approve, decide, demand_any, review, waiver_now, written
from hubposture.verbs.waiver_scope import Means
from hubposture.views.pages import links, waiver_form, waiver_requests
from hubposture.views.pages.parts import Page
from hubposture.views.pages.waiver_form import Asking
from hubposture.web import waivers
from hubposture.web.asking import asking
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting

_WRONG = 422
_WHATS = {
    "changes": What.CHANGES_REQUESTED,
    "reject": What.REJECTED,
    "withdraw": What.WITHDRAWN,
    "comment": What.COMMENTED,
}
_SAID = {
    What.CHANGES_REQUESTED: "You asked for changes.", What.REJECTED: "You rejected it.", What.WITHDRAWN: "You withdrew it.",
    What.COMMENTED: "Your comment is there.",
}  # fmt: skip


def _inbox(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        with asking(visit) as means:
            return waiver_requests.inbox(inbox_rows(means))

    return page_of_now(request, make)


def _one(request: Request, id_: str) -> Response:
    def make(visit: Visit) -> Page:
        with asking(visit) as means:
            there(means, id_)
            return waiver_requests.one_page(decidable(means, review(means, id_)))

    return page_of_now(request, make)


def there(means: Means, id_: str) -> None:
    """Go on only with a request that whoever asks may see. Raises Absent."""
    try:
        refuse_unseen(means, id_)
    except InputError as error:
        raise Absent(f"No request is called {id_}, or it is not for you to see.") from error


def _act(request: Request, id_: str, fields: Posted) -> Response:
    with visiting(request) as visit, asking(visit) as means:
        there(means, id_)
        try:
            said = decided(means, id_, fields)
        except (InputError, Refusal) as error:
            shown = replace(
                decidable(means, review(means, id_)), problems=waivers.said_of(error),
                comment=fields.get("comment", ""), until=fields.get("until", ""),
            )  # fmt: skip
            return shown_page(request, visit, waiver_requests.one_page(shown), status=_WRONG)
        return done(visit.caller, links.waiver_request(id_), said)


def decided(means: Means, id_: str, fields: Mapping[str, str]) -> str:
    """Do what a button says; gives a sentence about it."""
    what, comment = fields.get("do", ""), fields.get("comment", "")
    if what == "retry":
        return _retried(means, id_)
    if what == "approve":
        _, why = approve(
            means, id_, revision=_number(fields.get("revision", "")), digest=fields.get("digest", ""),
            until=_until(fields.get("until", "")), comment=comment,
        )  # fmt: skip
        return f"Approved. {why}" if why else "Approved and committed."
    if what not in _WHATS:
        raise InputError("the form does not say what is to be done")
    decide(means, id_, _WHATS[what], revision=_number(fields.get("revision", "")), comment=comment)
    return _SAID[_WHATS[what]]


def _retried(means: Means, id_: str) -> str:
    demand_any(means, (Action.REQUEST_WAIVER, Action.APPROVE_WAIVER))
    request, draft = found(means, id_)
    if request.state == "sending":
        return f"It is {ask_elsewhere_again(means, id_).state} now."
    if request.state != "approved" or request.commit:
        raise InputError("nothing is left to be written")
    _, why = written(means, request, draft)
    return why or "It is in the repository now."


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004


def _until(text: str) -> dt.date | None:
    if not text.strip():
        return None
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputErrors((Problem("until", f"{text!r} is no date", "2027-05-01"),)) from error


# Changing it


def _edit(request: Request, id_: str) -> Response:
    def make(visit: Visit) -> Page:
        with asking(visit) as means:
            there(means, id_)
            asked, draft = found(means, id_)
            waiver = waiver_now(means, draft)
            shown: dict[str, str] = {one: means.shown(one) for one in waiver.criteria.controls}
            answers = answers_of(waiver, shown)
            looked = look_at(means, answers, id_=draft.waiver, asked_by=asked.asked_by)
            return waiver_form.page(_form(means, id_, waivers.form_of(means, answers, looked)))

    return page_of_now(request, make)


def _form(means: Means, id_: str, form: Asking, *, revision: int = 0) -> Asking:
    """The form that changes a request."""
    _, draft = found(means, id_)
    where = f"{links.waiver_request(id_)}/edit"
    return replace(form, where=where, waiver=draft.waiver, revision=revision or draft.revision)


def _edited(request: Request, id_: str, fields: Posted) -> Response:
    with visiting(request) as visit, asking(visit) as means:
        there(means, id_)
        answers, revision = waivers.answers_of(fields, means), _number(fields.get("revision", ""))
        asked, draft = found(means, id_)
        looked = look_at(means, answers, id_=draft.waiver, asked_by=asked.asked_by)
        if fields.get("do") != "ask":
            form = _form(means, id_, waivers.form_of(means, answers, looked), revision=revision)
            return shown_page(request, visit, waiver_form.page(form))
        try:
            edit(means, id_, revision, answers)
        except (NotSoAsked, NotAllowed, Refusal) as error:
            refused = [] if isinstance(error, NotSoAsked) else [str(error)]
            form = _form(means, id_, waivers.form_of(means, answers, looked, refused=refused), revision=revision)
            return shown_page(request, visit, waiver_form.page(form), status=_WRONG)
        return done(visit.caller, links.waiver_request(id_), "Your changes are there; somebody else decides.")


ROUTES: Sequence[Route] = (
    ("/waivers/requests", _inbox),
    ("/waivers/requests/{id_}", _one),
    ("/waivers/requests/{id_}/edit", _edit),
)
ACTS: Sequence[Route] = (("/waivers/requests/{id_}", _act), ("/waivers/requests/{id_}/edit", _edited))
