"""Answers of operations that read: JSON with a tag, and nothing to whoever has it."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from hubposture.web.answers import is_known, tag_of, unchanged
from hubposture.web.api.kinds import Asked, OfVersion
from hubposture.web.visit import Visit, visiting

Act = Callable[..., Response]


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: how it is asked, what answers, and what it answers with.

    `asks` says whether it takes questions behind the ?; `refuses` are problems besides those of every operation.
    """

    method: str
    path: str
    act: Act
    answers: type[OfVersion] | None
    summary: str
    tag: str
    status: int = 200
    asks: bool = False
    refuses: tuple[int, ...] = ()


class Nothing(Asked):
    """No question at all."""


def of_version(request: Request, make: Callable[[Visit], OfVersion]) -> Response:
    """What a version and who asks alone decide: whoever has it gets an empty answer, before anything is read."""
    with visiting(request) as visit:
        tag = tag_of(visit)
        if is_known(request, tag):
            return unchanged(tag)
        return _json(make(visit), tag)


def of_now(request: Request, make: Callable[[Visit], OfVersion]) -> Response:
    """What also tells of the ledger, of files or of the day."""
    with visiting(request) as visit:
        found = make(visit)
    raw = found.model_dump_json().encode()
    tag = f'"v{found.version}-{hashlib.sha256(raw).hexdigest()[:16]}"'
    return unchanged(tag) if is_known(request, tag) else _json(found, tag)


def _json(found: OfVersion, tag: str) -> Response:
    return Response(found.model_dump_json(), media_type="application/json", headers={"ETag": tag})
