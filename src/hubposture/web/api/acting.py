"""Operations that act: believed only from whoever is meant, and done once however often they are sent."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from hubposture.access.people import person_key
from hubposture.ports.saved import Asked
from hubposture.web.api.kinds import OfVersion
from hubposture.web.caller import Caller, Way, caller_of
from hubposture.web.posted import NotFromHere
from hubposture.web.visit import Visit, visiting

_KEY = r"^[\x21-\x7e]{1,128}$"


@dataclass(frozen=True, slots=True)
class Sent:
    """What may be sent twice: its key ('' for none), and a digest of all that it asks."""

    key: str
    digest: str


async def _believed(
    request: Request,
    form_token: Annotated[
        str,
        Header(alias="X-Form-Token", max_length=128, description="With a session's cookie: the token of its forms."),
    ] = "",
    key: Annotated[
        str,
        Header(
            alias="Idempotency-Key",
            pattern=_KEY,
            max_length=128,
            description="The same key and body within a day is answered the same, and done once.",
        ),
    ] = "",
) -> Sent:
    caller = await run_in_threadpool(caller_of, request)  # it may ask the ledger
    if _needs_token(request, caller) and not hmac.compare_digest(form_token.encode(), caller.form_token.encode()):
        raise NotFromHere("with a session's cookie, X-Form-Token must carry the token of its forms")
    if caller.way is Way.SESSION and request.headers.get("sec-fetch-site") != "same-origin":
        raise NotFromHere("with a session's cookie, only pages of this service may ask for this")
    digest = hashlib.sha256(await request.body())
    digest.update(f" {request.method} {request.url.path}".encode("utf-8", "replace"))
    return Sent(key, digest.hexdigest())


def _needs_token(request: Request, caller: Caller) -> bool:
    """Whether a browser may have been made to send this: it says so itself on this machine, where nobody signs in."""
    is_browser = "sec-fetch-site" in request.headers or "origin" in request.headers
    return caller.way is Way.SESSION or (caller.way is Way.LOCAL and is_browser)


Believed = Annotated[Sent, Depends(_believed)]
"""What was sent by whoever it says. Raises NotSignedIn, NotFromHere."""


def done(request: Request, sent: Sent, make: Callable[[Visit], OfVersion], *, status: int = 200) -> Response:
    """Do it, once for a key, and say what was done."""
    with visiting(request) as visit:
        if not sent.key:
            return _json(make(visit).model_dump_json(), status)
        asked = Asked(visit.desk.name, person_key(visit.caller.person.name), sent.key, sent.digest)
        ledger = visit.desk.store.ledger
        kept = ledger.begin_answer(asked)
        if kept is not None:
            return _json(str(kept["body"]), int(kept["status"]))
        try:
            body = make(visit).model_dump_json()
        except BaseException:
            ledger.drop_answer(asked)
            raise
        ledger.keep_answer(asked, {"status": status, "body": body})
        return _json(body, status)


def _json(body: str, status: int) -> Response:
    return Response(body, status_code=status, media_type="application/json", headers={"Cache-Control": "no-store"})
