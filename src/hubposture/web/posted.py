"""What forms send: read within limits, believed only with the session's token, answered by a redirect."""

import hmac
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse, Response

from hubposture.errors import Refusal
from hubposture.web.caller import Caller, caller_of

LONGEST = 256 << 10
"""Bytes of a form."""
_MOST_FIELDS = 200
TOKEN = "form_token"  # noqa: S105 (the name of a field)
NOTICE = "hubposture_notice"
_SEE_OTHER = 303
_LONGEST_NOTICE = 1_000


class NotFromHere(Refusal):
    """A form that does not carry the token of the session: it was sent by another site, or its page is old."""


async def _fields(request: Request) -> Mapping[str, str]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise NotFromHere("this page takes forms only")
    raw = bytearray()
    async for piece in request.stream():
        raw += piece
        if len(raw) > LONGEST:
            raise Refusal(f"the form is longer than {LONGEST >> 10:,} KiB; shorten its texts")
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, strict_parsing=False
        )
    except ValueError as error:
        raise Refusal("the form cannot be read") from error
    return {name: value.replace("\r\n", "\n") for name, value in pairs}


def _believed(request: Request, fields: Annotated[Mapping[str, str], Depends(_fields)]) -> Mapping[str, str]:
    caller = caller_of(request)
    if not hmac.compare_digest(fields.get(TOKEN, "").encode(), caller.form_token.encode()):
        raise NotFromHere("this page is too old or was not made by hubposture; load it again, and nothing is lost")
    return {name: value for name, value in fields.items() if name != TOKEN}


Posted = Annotated[Mapping[str, str], Depends(_believed)]
"""The fields of a form that this session sent, by name; the last of a name counts. Line ends are those of Unix."""


def done(caller: Caller, where: str, notice: str) -> Response:
    """Answer a form: `where` is shown next, a path of ours, with a sentence about what was done."""
    assert where.startswith("/"), where
    answer = RedirectResponse(where, status_code=_SEE_OTHER)
    text = notice[:_LONGEST_NOTICE]
    value = f"{caller.sealed('notice ' + text)}{text.encode('utf-8', 'replace').hex()}"
    answer.set_cookie(NOTICE, value, max_age=60, path="/", httponly=True, samesite="lax")
    return answer


def notice_of(request: Request, caller: Caller) -> str:
    """What was just done, '' for nothing: what this session did not seal is not shown."""
    value = request.cookies.get(NOTICE, "")
    seal, rest = value[:64], value[64:]
    try:
        text = bytes.fromhex(rest).decode("utf-8")
    except ValueError:
        return ""
    return text if text and hmac.compare_digest(seal.encode(), caller.sealed("notice " + text).encode()) else ""
