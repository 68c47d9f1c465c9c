"""Signing in at the OpenID provider, and out again: authorization code flow with PKCE, state and nonce."""

import datetime as dt
import hmac
import logging
import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Query, Request
from fastapi.responses import RedirectResponse, Response

from hubposture.access.sessions import Session
from hubposture.errors import HubpostureError
from hubposture.ports.people import SignIn
from hubposture.verbs.tokens import digest_of, new_secret
from hubposture.web.answers import answer, shown
from hubposture.web.caller import Caller, NotSignedIn, Way, bears_token, caller_of
from hubposture.web.door import SessionDoor
from hubposture.web.oidc_claims import Identity, NotBelieved, NotWelcome
from hubposture.web.oidc_provider import Asked, ProviderAway
from hubposture.web.posted import Posted
from hubposture.web.told import Absent, Route, desk_of

_LOG = logging.getLogger("hubposture.web.sign_in")
BACK = "/sign-in/back"
"""Where the provider leads back to: what is entered there as the redirect URI, behind web.url."""
_START = "/sign-in/start"
_MINUTES = 10
_LONGEST_PATH, _LONGEST_AGENT, _LONGEST_CODE = 2_000, 120, 4_000
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE = re.compile(r"[a-z_]{1,40}")
_REFUSED, _BAD, _AWAY, _SEE_OTHER = 403, 400, 503, 303
_SAID = {
    "access_denied": "It was cancelled, or the sign-in provider does not let you use hubposture. "
    "If you should be able to, ask whoever gives out access there.",
    "login_required": "The sign-in provider wants you to sign in there first.",
    "interaction_required": "The sign-in provider wants you to do something there first.",
    "consent_required": "The sign-in provider wants somebody to agree that hubposture learns who you are.",
    "temporarily_unavailable": "The sign-in provider is busy. Wait a moment, then sign in again.",
    "server_error": "The sign-in provider has a problem of its own. Wait a moment, then sign in again.",
    "invalid_scope": "The sign-in provider does not know what hubposture asks for: look at web.oidc.scopes.",
    "unauthorized_client": "The sign-in provider does not let hubposture ask: its client is set up for something else.",
}

Text = Annotated[str, Query(max_length=_LONGEST_CODE)]


def own_path(text: str) -> str:
    """A path of ours to go on at after the sign-in; '/' for anything that might lead elsewhere."""
    is_plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= _LONGEST_PATH
    if not is_plain or not text.startswith("/") or text.startswith(("//", "/sign-")):
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    return "/" if parts.scheme or parts.netloc else text


def session_door(request: Request) -> SessionDoor:
    """The door of a service that people sign in to. Raises Absent where nobody does."""
    door = request.app.state.door
    if not isinstance(door, SessionDoor):
        raise Absent("Nobody signs in here: these pages are for one person on this machine.")
    return door


def _door(request: Request) -> SessionDoor:
    """The same for pages that anybody may ask for, which counts for their address. Raises TooMany."""
    door = session_door(request)
    request.state.gate.signs_in(request.state.address)
    return door


def _sign_in(request: Request, next_: Annotated[str, Query(alias="next")] = "/", out: Text = "") -> Response:
    door, where = _door(request), own_path(next_)
    if (found := _signed_in(request)) is not None:
        return _page(
            request, "You are signed in", [f"You are {found.name}."], href=where, text="Go on", caller=found
        )  # fmt: skip
    outside = _sign_out_there(door) if out else ""
    host = door.provider.host
    return _page(
        request, "You are signed out" if out else "Sign in",
        ["Your session here has ended. You may still be signed in at the sign-in provider."] if out else
        ["These pages are for people whom the organization lets in. What you see and may do is decided by its access rules."],
        href=f"{_START}?next={quote(where, safe='')}", text=f"Sign in at {host}",
        notes=["Signing in sets cookies that keep you signed in, and no others."],
        outside=outside, outside_text=f"Sign out at {host} as well",
    )  # fmt: skip


def _start(request: Request, next_: Annotated[str, Query(alias="next")] = "/") -> Response:
    door = _door(request)
    browser = request.cookies.get(door.cookies.sign_in, "")
    if _SECRET.fullmatch(browser) is None:
        browser = new_secret()
    asked = _asked(new_secret(), browser)
    try:
        there = door.provider.leads_to(asked)
    except ProviderAway:
        return _away(request, door)
    ends = door.now() + dt.timedelta(minutes=_MINUTES)
    door.ledger.begin_sign_in(SignIn(digest_of(asked.state), digest_of(browser), own_path(next_), ends))
    leads = RedirectResponse(there, status_code=_SEE_OTHER, headers={"Cache-Control": "no-store"})
    door.cookies.put(leads, door.cookies.sign_in, browser, seconds=60 * _MINUTES)
    return leads


def _asked(state: str, browser: str) -> Asked:
    """What belongs to a state in this browser: made of what the browser keeps, so that it is kept nowhere else."""

    def made(what: str) -> str:
        return hmac.new(browser.encode(), f"{what} {state}".encode("utf-8", "replace"), sha256).hexdigest()

    return Asked(state, made("nonce"), made("verifier"))


def _back(request: Request, state: Text = "", code: Text = "", error: Text = "", iss: Text = "") -> Response:
    door = _door(request)
    browser = request.cookies.get(door.cookies.sign_in, "")
    begun = door.ledger.end_sign_in(digest_of(state), digest_of(browser)) if state and browser else None
    if begun is None:
        lines = ["This sign-in was not begun in this browser, was used already, or took too long.", "Nothing is lost: sign in again."]  # fmt: skip
        return _again(request, lines, _BAD)
    if error or not code:
        _LOG.warning("the sign-in provider refused a sign-in: %.60r", error)
        name = error if _CODE.fullmatch(error) else "without a reason"
        return _again(request, [_SAID.get(error, f"The sign-in provider did not sign you in ({name}).")], _REFUSED, begun.where)  # fmt: skip
    try:
        found = door.provider.identity(code, _asked(state, browser), issuer=iss)
    except ProviderAway:
        return _away(request, door, begun.where)
    except NotBelieved as refused:
        _LOG.warning("a sign-in was refused: %s", refused)
        if isinstance(refused, NotWelcome):
            door.ledger.refused("sign-in", who=refused.who, why=str(refused))
        return _again(request, [_sentence(refused)], _REFUSED, begun.where, outside=_sign_out_there(door))
    return _let_in(request, door, found, begun.where)


def _let_in(request: Request, door: SessionDoor, found: Identity, where: str) -> Response:
    """A new session in the place of the browser's old one; nobody can have known what it is known by."""
    secret, old, now = new_secret(), request.cookies.get(door.cookies.session, ""), door.now()
    length = dt.timedelta(hours=door.settings.session_hours)
    agent = request.headers.get("user-agent", "")[:_LONGEST_AGENT]
    session = Session(digest_of(secret), found.name, found.groups, agent, now, now, now + length)
    door.ledger.begin_session(session, instead_of=digest_of(old), address=request.state.address)
    leads = RedirectResponse(where, status_code=_SEE_OTHER, headers={"Cache-Control": "no-store"})
    door.cookies.put(leads, door.cookies.session, secret, seconds=int(length.total_seconds()))
    return leads


def _sign_out(request: Request, fields: Posted) -> Response:
    del fields
    door, caller = session_door(request), caller_of(request)
    if caller.way is Way.SESSION:
        door.ledger.end_sessions(by=caller.name, id_=caller.session, why="signed out")
    leads = RedirectResponse("/sign-in?out=yes", status_code=_SEE_OTHER)
    leads.headers["Clear-Site-Data"] = '"cache"'
    door.cookies.drop(leads, door.cookies.session)
    return leads


def _signed_in(request: Request) -> Caller | None:
    try:
        return None if bears_token(request) else caller_of(request)
    except NotSignedIn:
        return None


def _away(request: Request, door: SessionDoor, where: str = "/") -> Response:
    lines = [f"The sign-in provider {door.provider.host} cannot be used now. Wait a moment, then sign in again.", "Whoever runs hubposture finds more in its log."]  # fmt: skip
    return _again(request, lines, _AWAY, where)


def _sign_out_there(door: SessionDoor) -> str:
    return door.provider.sign_out_url(f"{door.settings.url}/sign-in")


def _again(request: Request, lines: Sequence[str], status: int, where: str = "/", *, outside: str = "") -> Response:
    """What went wrong, and a way to begin again; as somebody else, where they must sign out at the provider first."""
    return _page(
        request, "You are not signed in", lines, href=f"/sign-in?next={quote(where, safe='')}", text="Sign in again",
        tone="trouble", outside=outside, outside_text="Sign out at the sign-in provider, to be somebody else there", status=status,
    )  # fmt: skip


def _page(
    request: Request,
    title: str,
    lines: Sequence[str],
    *,
    href: str,
    text: str,
    notes: Sequence[str] = (),
    outside: str = "",
    outside_text: str = "",
    tone: str = "lead",
    status: int = 200,
    caller: Caller | None = None,
) -> Response:
    given = {
        "title": title, "place": "", "lines": lines, "href": href, "text": text, "notes": notes, "tone": tone,
        "outside": outside, "outside_text": outside_text,
    }  # fmt: skip
    found = answer(
        request, shown("sign_in.html", None, given, organization=desk_of(request).name, caller=caller), status=status
    )  # fmt: skip
    found.headers["Cache-Control"] = "no-store"
    return found


def _sentence(error: HubpostureError) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."


ROUTES: Sequence[Route] = (("/sign-in", _sign_in), (_START, _start), (BACK, _back))
ACTS: Sequence[Route] = (("/sign-out", _sign_out),)
