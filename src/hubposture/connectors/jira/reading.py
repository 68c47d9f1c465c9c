"""Issues as `Seen`."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from hubposture.connectors.jira.answers import at, items, moment, text, texts
from hubposture.connectors.jira.dialect import Issue
from hubposture.connectors.jira.shape import KEY, PROPERTY, Shape
from hubposture.work.ticket import Seen

_LONGEST_TEXT = 100_000
_DEEPEST = 50
_INLINE = frozenset({"text", "emoji", "mention", "inlineCard", "status", "date"})


def seen_of(issue: Issue, shape: Shape, *, with_text: bool = False) -> Seen | None:
    """How an issue stands; None where the answer is none of an issue."""
    id_, key, fields = text(issue, "id"), text(issue, "key"), at(issue, "fields")
    created = moment(fields, "created")
    if not id_ or not key or created is None:
        return None
    labels = tuple(texts(fields, "labels"))
    is_done = text(fields, "status", "statusCategory", "key") == "done"
    return Seen(
        id=id_,
        shown=key,
        url=shape.browse(key),
        place=text(fields, "project", "key") or key.rpartition("-")[0],
        keys=tuple(sorted({one for one in labels if KEY.fullmatch(one)})),
        status=text(fields, "status", "name"),
        is_done=is_done,
        created=created,
        updated=moment(fields, "updated") or created,
        done_at=_done_at(issue, fields) if is_done else None,
        resolution=text(fields, "resolution", "name"),
        by=_done_by(issue) if is_done else "",
        assignee=person(at(fields, "assignee")),
        labels=labels,
        title=text(fields, "summary"),
        digest=text(issue, "properties", PROPERTY, "digest"),
        text=_text_of(fields) if with_text else "",
    )


def person(user: Any) -> str:
    """A user as people know it: by the address where that is shown, else by the name."""
    return next((found for name in ("emailAddress", "displayName", "name") if (found := text(user, name))), "")


def _done_at(issue: Issue, fields: Any) -> dt.datetime | None:
    change = _last_move(issue)
    found = moment(change, "created") if change is not None else None
    return found or moment(fields, "statuscategorychangedate") or moment(fields, "resolutiondate")


def _done_by(issue: Issue) -> str:
    change = _last_move(issue)
    return person(at(change, "author")) if change is not None else ""


def _last_move(issue: Issue) -> Mapping[str, Any] | None:
    """The latest change of the status into the one that the issue has; histories come in any order."""
    status = text(issue, "fields", "status", "id")
    moves = [
        one
        for one in items(issue, "changelog", "histories")
        if any(text(item, "field") == "status" and text(item, "to") == status for item in items(one, "items"))
    ]
    return max(moves, key=lambda one: moment(one, "created") or dt.datetime.min, default=None)  # noqa: DTZ901 - naive UTC


def _text_of(fields: Any) -> str:
    """What title and description say, without markup."""
    return f"{text(fields, 'summary')}\n{_plain(at(fields, 'description'), 0)}"[:_LONGEST_TEXT]


def _plain(node: Any, depth: int) -> str:
    """The words of a description: a text, or a tree of ADF. What stands in one line stays together."""
    if isinstance(node, str):
        return node
    if depth > _DEEPEST:
        return ""
    own = "".join((text(node, "text"), text(node, "attrs", "url"), text(node, "attrs", "text")))
    links = [text(mark, "attrs", "href") for mark in items(node, "marks")]
    inner = "".join(_plain(child, depth + 1) for child in items(node, "content"))
    is_line = text(node, "type") in _INLINE
    return f"{own}{inner}" + "".join(f" {one} " for one in links if one) + ("" if is_line else "\n")
