"""Requests to an emulated DefectDojo and its answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

HTML = "<!doctype html><html><head><title>DefectDojo</title></head><body>Log in to continue.</body></html>"
"""A page for people: what a proxy or a wrong address answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` begins after `/api/v2/`; `body` is JSON or a form; `file` the content of the form's file."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any]
    file: bytes | None = None
    base: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is JSON, a text as it is, or None for no body."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """A request that is not done, with its answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        super().__init__(answer.status)


def detail(status: int, text: str) -> Answer:
    """An error as Django REST framework writes it."""
    return Answer(status, {"detail": text})


def not_found() -> Refused:
    """What does not exist, and what may not be seen."""
    return Refused(detail(404, "No object matches the given query."))


def forbidden(text: str = "You do not have permission to perform this action.") -> Refused:
    """What is not permitted."""
    return Refused(detail(403, text))


def invalid(**fields: str) -> Refused:
    """Fields that are not taken."""
    return Refused(Answer(400, {name: [text] for name, text in fields.items()}))


def page(asked: Asked, rows: Sequence[Any]) -> Answer:
    """A page of rows by `limit` and `offset`, 25 at a time unless told."""
    limit = _whole(asked.params.get("limit"), 25) or 25
    offset = _whole(asked.params.get("offset"), 0)
    kept = {name: value for name, value in asked.params.items() if name not in ("limit", "offset")}
    query = "".join(f"&{name}={value}" for name, value in sorted(kept.items()))

    def link(at: int) -> str:
        return f"{asked.base}/api/v2/{asked.path}?limit={limit}&offset={at}{query}".replace(" ", "+")

    body: dict[str, Any] = {
        "count": len(rows),
        "next": link(offset + limit) if offset + limit < len(rows) else None,
        "previous": link(max(0, offset - limit)) if offset else None,
        "results": list(rows[offset : offset + limit]),
        "prefetch": {},
    }
    return Answer(200, body)


def _whole(value: str | None, otherwise: int) -> int:
    return int(value) if value is not None and value.isdecimal() else otherwise
