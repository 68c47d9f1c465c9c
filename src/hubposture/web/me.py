"""One's own page: who one is, where one is signed in, one's tokens."""

from collections.abc import Mapping, Sequence

from fastapi import Request
from fastapi.responses import Response
from markupsafe import Markup

from hubposture.access.actions import ABOUT, Action, Kind
from hubposture.access.people import Person
from hubposture.access.residual import NOTHING
from hubposture.access.things import ROOT, Unit
from hubposture.errors import HubpostureError, Refusal
from hubposture.filters import EVERYTHING, to_text
from hubposture.ports.access import Access
from hubposture.verbs.tokens import Wish, make_token, problems_of
from hubposture.views.pages import me
from hubposture.views.pages.me import Asked, Mine
from hubposture.views.pages.parts import Page
from hubposture.web.answers import answer, content, shown
from hubposture.web.caller import Caller, Way, caller_of
from hubposture.web.door import SessionDoor
from hubposture.web.posted import NOTICE, Posted, done, notice_of
from hubposture.web.sign_in import session_door
from hubposture.web.told import Route, desk_of
from hubposture.web.visit import visiting

_WRONG = 422


def _me(request: Request) -> Response:
    return _shown(request, me.page(_mine(request, caller_of(request))))


def _mine(request: Request, caller: Caller) -> Mine:
    door = request.app.state.door
    now = door.now() if isinstance(door, SessionDoor) else desk_of(request).at.surroundings.now()
    may, trouble = _may(request) if caller.is_asked else ({}, "")
    if caller.way is not Way.SESSION or not isinstance(door, SessionDoor):
        return Mine(
            caller.name, caller.person, now, is_signed_in=False, is_asked=caller.is_asked, may=may, trouble=trouble
        )
    sessions = door.ledger.sessions(caller.name)
    given = next((one.groups for one in sessions if one.id == caller.session), ())
    return Mine(
        caller.name, caller.person, now, is_signed_in=True, given=given, current=caller.session, sessions=sessions,
        tokens=door.ledger.tokens(caller.name), may=may, trouble=trouble, most_days=door.settings.token_days,
    )  # fmt: skip


def _may(request: Request) -> tuple[Mapping[Action, str], str]:
    """Where one may do what, or why that cannot be told now."""
    try:
        with visiting(request) as visit:
            rules, person = visit.rules, visit.caller.person
            return {} if rules is None else {action: _where(rules, person, action) for action in Action}, ""
    except HubpostureError as error:
        return {}, str(error)


def _where(rules: Access, person: Person, action: Action) -> str:
    kinds = ABOUT[action].kinds
    if Kind.SUBJECT in kinds:
        found = rules.visible(person, action)
        return {EVERYTHING: me.EVERYWHERE, NOTHING: me.NOWHERE}.get(found) or to_text(found)
    if Kind.UNIT in kinds and rules.allowed(person, action, Unit(ROOT)).is_allowed:
        return me.EVERYWHERE
    return me.NOWHERE if kinds == (Kind.UNIT,) else me.ASKED


def _sessions(request: Request, fields: Posted) -> Response:
    door, caller = _own_door(request)
    wanted = fields.get("session", "")
    mine = [one.id for one in door.ledger.sessions(caller.name) if one.id != caller.session]
    ended = sum(
        door.ledger.end_sessions(by=caller.name, person=caller.name, id_=one, why="ended by themselves")
        for one in mine
        if wanted in ("others", one)
    )
    return done(caller, "/me", "It has ended." if ended == 1 else f"{ended} sessions ended.")


def _make(request: Request, fields: Posted) -> Response:
    door, caller = _own_door(request)
    mine = _mine(request, caller)
    chosen = frozenset(action for action in Action if fields.get(f"action-{action}"))
    wish = _wish(fields, caller, mine, chosen)
    asked = {one.where: one.what for one in problems_of(wish, most_days=door.settings.token_days)}
    if refused := sorted(action for action in chosen if mine.may.get(action, me.EVERYWHERE) == me.NOWHERE):
        asked["actions"] = f"You may not {', '.join(refused)} anywhere, so a token cannot either."
    if asked:
        again = Asked(fields.get("label", ""), frozenset(map(str, chosen)), fields.get("days", ""), asked)
        return _shown(request, me.page(mine, again), status=_WRONG)
    token, secret = make_token(door.ledger, wish, most_days=door.settings.token_days, now=door.now())
    return _shown(request, me.token_page(secret, token))


def _wish(fields: Mapping[str, str], caller: Caller, mine: Mine, chosen: frozenset[Action]) -> Wish:
    days = fields.get("days", "").strip()
    return Wish(
        person=caller.name, label=fields.get("label", ""), actions=sorted(map(str, chosen)),
        days=int(days) if days.isascii() and days.isdecimal() and len(days) <= 4 else 0,  # noqa: PLR2004 (digits)
        by=caller.name, groups=tuple(mine.given),
    )  # fmt: skip


def _revoke(request: Request, fields: Posted) -> Response:
    door, caller = _own_door(request)
    found = door.ledger.revoke_token(fields.get("token", ""), by=caller.name, person=caller.name)
    said = (
        "There was no such token of yours that still held." if found is None else f"The token {found.label} is revoked."
    )
    return done(caller, "/me", said)


def _own_door(request: Request) -> tuple[SessionDoor, Caller]:
    """For what one does with one's own sessions and tokens. Raises Refusal for programs: a token makes no other."""
    door, caller = session_door(request), caller_of(request)
    if caller.way is not Way.SESSION:
        raise Refusal("sessions and tokens are managed by people who signed in, not by tokens")
    return door, caller


def _shown(request: Request, page: Page, *, status: int = 200) -> Response:
    caller = caller_of(request)
    notice = notice_of(request, caller)
    given = {"content": Markup(content(page, caller)), "title": page.title, "place": page.place}  # noqa: S704 (escaped)
    text = shown("page.html", None, given, organization=desk_of(request).name, caller=caller, notice=notice)
    found = answer(request, text, status=status)
    found.headers["Cache-Control"] = "no-store"
    if notice:
        found.delete_cookie(NOTICE, path="/")
    return found


ROUTES: Sequence[Route] = (("/me", _me),)
ACTS: Sequence[Route] = (("/me/sessions", _sessions), ("/me/tokens", _make), ("/me/tokens/revoke", _revoke))
