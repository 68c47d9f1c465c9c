"""What both faces of the emulated forge share: questions, answers, pages."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Question:
    """A request: `path` without the face's prefix, its parts unquoted; `address` is the whole one without the query."""

    method: str
    parts: tuple[str, ...]
    query: Mapping[str, str]
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def paged(found: Sequence[Any], asked: Question, *, most: int, ordinary: int) -> Answer:
    """One page of a list with a Link header; a page may be shorter than asked for."""
    size = min(most, int(asked.query.get("per_page", ordinary)), 100)
    page = int(asked.query.get("page", 1))
    headers = {}
    if page * size < len(found):
        following = urlencode({**asked.query, "page": page + 1})
        headers["link"] = f'<{asked.address}?{following}>; rel="next", <{asked.address}?page=1>; rel="first"'
    return Answer(200, list(found[(page - 1) * size : page * size]), headers)


def stamp(at: dt.datetime | None, *, millis: bool = False) -> str | None:
    """A moment as the forges write it."""
    if at is None:
        return None
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z" if millis else "%Y-%m-%dT%H:%M:%SZ")
