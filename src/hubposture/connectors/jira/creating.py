"""Making tickets, many at once, each with its own answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Final

from hubposture.connectors.http import Reply
from hubposture.connectors.jira.answers import at, items, number, text, texts
from hubposture.connectors.jira.dialect import FIELDS, Dialect, Issue
from hubposture.connectors.jira.drafting import OURS, Drafting, Refused
from hubposture.connectors.jira.limits import Calls
from hubposture.connectors.jira.reading import seen_of
from hubposture.connectors.jira.shape import Shape
from hubposture.errors import AnswerLost, RemoteError
from hubposture.ports.tracker import Made, Wrote
from hubposture.work.ticket import Draft

_AT_ONCE: Final = 50
_ROUNDS: Final = 4
_REFUSED: Final = (400, 403, 404, 413)
_FORBIDDEN: Final = (401, 403, 404)

_FIELD: Final = re.compile(r"[A-Za-z0-9_]{1,60}")
_NO_FIELDS: Final = frozenset({*OURS, "project", "issuetype", "security"})


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why one draft was not made: what is wrong with which field, and other sentences."""

    fields: Mapping[str, str] = field(default_factory=dict)
    said: str = ""
    status: int = 0


class Creating:
    """Makes tickets by `POST issue/bulk`."""

    def __init__(self, calls: Calls, dialect: Dialect, shape: Shape, drafting: Drafting) -> None:
        self._calls = calls
        self._dialect = dialect
        self._shape = shape
        self._drafting = drafting

    def create(self, drafts: Sequence[Draft]) -> dict[str, Made]:
        """See `ports.tracker`."""
        made: dict[str, Made] = {}
        waiting = sorted(drafts, key=lambda one: one.route.place)
        broken: dict[str, Made] = {}
        for _ in range(_ROUNDS):
            again: list[Draft] = []
            bodies = [(draft, body) for draft in waiting if (body := self._body(draft, made, broken)) is not None]
            for start in range(0, len(bodies), _AT_ONCE):
                self._send(bodies[start : start + _AT_ONCE], made, again)
            waiting = again
            if not waiting:
                break
        for draft in waiting:
            made[draft.key] = _not_made(f"project {draft.route.place} takes none of what was tried", is_broken=True)
        return made

    def _body(self, draft: Draft, made: dict[str, Made], broken: dict[str, Made]) -> dict[str, Any] | None:
        """What is sent for a draft; None where it is answered already: a project that is broken is asked once."""
        place = draft.route.place
        if place not in broken:
            try:
                found = self._drafting.creation(draft)
            except RemoteError as error:
                broken[place] = _not_made(str(error))
            else:
                if not isinstance(found, Refused):
                    return found
                broken[place] = _not_made(found.why, is_broken=True)
        made[draft.key] = broken[place]
        return None

    def _send(self, chunk: Sequence[tuple[Draft, dict[str, Any]]], made: dict[str, Made], again: list[Draft]) -> None:
        """Send a chunk. One that is refused without a word of single drafts is cut: by projects, then in halves."""
        try:
            reply = self._calls.write(
                "POST", "issue/bulk", "/issue/bulk", {"issueUpdates": [body for _, body in chunk]},
                repeatable=False, answers=_REFUSED,
            )  # fmt: skip
        except AnswerLost as error:
            made |= {draft.key: Made(wrote=Wrote(str(error), is_doubtful=True)) for draft, _ in chunk}
            return
        except RemoteError as error:
            made |= {draft.key: _not_made(str(error)) for draft, _ in chunk}
            return
        failed = _failed(reply)
        if reply.status in _REFUSED and not failed and len(chunk) > 1:
            for part in _parts(chunk):
                self._send(part, made, again)
            return
        if reply.status in _REFUSED and not failed:
            failed = {0: _Failed(_fields(reply.body), _said(reply.body), reply.status)}
        self._settle([draft for draft, _ in chunk], reply, failed, made, again)

    def _settle(
        self,
        drafts: Sequence[Draft],
        reply: Reply,
        failed: Mapping[int, _Failed],
        made: dict[str, Made],
        again: list[Draft],
    ) -> None:
        for place, draft in enumerate(drafts):
            if place in failed:
                self._failed(draft, failed[place], made, again)
        rest = [draft for place, draft in enumerate(drafts) if place not in failed]
        issues = [one for one in items(reply.body, "issues") if text(one, "id") and text(one, "key")]
        fresh = self._read_back([text(one, "id") for one in issues])
        by_key = {label: one for one in fresh.values() for label in _labels(one)}
        is_in_order = len(issues) == len(rest)
        for place, draft in enumerate(rest):
            issue = by_key.get(draft.key)
            if issue is None and is_in_order and text(issues[place], "id") not in fresh:
                issue = _as_known(draft, issues[place], reply)
            seen = seen_of(issue, self._shape) if issue is not None else None
            made[draft.key] = Made(seen) if seen is not None else _lost()

    def _failed(self, draft: Draft, failed: _Failed, made: dict[str, Made], again: list[Draft]) -> None:
        """One that was not made: once more without the fields that are of no great use, or why not."""
        is_tried_without = failed.fields and all(self._drafting.is_optional(name) for name in failed.fields)
        if is_tried_without:
            self._drafting.leave_out(draft.route, failed.fields)
            again.append(draft)
            return
        is_broken = bool(set(failed.fields) - OURS) or failed.status in _FORBIDDEN
        words = " - ".join([f"{name}: {why}" for name, why in failed.fields.items()] + [failed.said])
        words = self._calls.http.said({"message": words.removesuffix(" - ")}) or f"HTTP {failed.status}"
        hint = self._hint(draft.route.place, failed) if is_broken else ""
        made[draft.key] = _not_made(f"project {draft.route.place}: {words}{hint}", is_broken=is_broken)

    def _hint(self, place: str, failed: _Failed) -> str:
        """What to write into the settings where a field is asked for."""
        unknown = [name for name in failed.fields if _FIELD.fullmatch(name) and name not in _NO_FIELDS]
        if not unknown:
            return "; run `hubposture tickets check`"
        return f"; give {', '.join(sorted(unknown))} a value in {self._shape.setting(place, 'fields')}"

    def _read_back(self, ids: Sequence[str]) -> Mapping[str, Issue]:
        """The issues as they are now; none where that fails: they exist all the same."""
        try:
            return self._dialect.fetch(self._calls, ids, FIELDS).issues if ids else {}
        except RemoteError:
            return {}


def _as_known(draft: Draft, issue: Issue, reply: Reply) -> Issue:
    """An issue that could not be read back, as far as it is known: it was made at the moment of the answer."""
    try:
        created = parsedate_to_datetime(reply.headers.get("date", "")).isoformat()
    except ValueError:
        created = "1970-01-01T00:00:00+00:00"
    fields = {"labels": [draft.key, *draft.labels], "summary": draft.title, "created": created}
    return {"id": text(issue, "id"), "key": text(issue, "key"), "fields": fields}


def _failed(reply: Reply) -> dict[int, _Failed]:
    """What is said of single drafts, by their place in what was sent."""
    found = {}
    for one in items(reply.body, "errors"):
        place = number(one, "failedElementNumber")
        if place is not None:
            errors = at(one, "elementErrors")
            said = _said(errors)
            found[place] = _Failed(_fields(errors), said, number(one, "status") or 0)
    return found


def _said(errors: Any) -> str:
    return " - ".join(texts(errors, "errorMessages"))


def _fields(errors: Any) -> dict[str, str]:
    inner = at(errors, "errors")
    return {str(name): str(why) for name, why in inner.items()} if isinstance(inner, Mapping) else {}


def _parts(chunk: Sequence[tuple[Draft, dict[str, Any]]]) -> Iterator[Sequence[tuple[Draft, dict[str, Any]]]]:
    places = dict.fromkeys(draft.route.place for draft, _ in chunk)
    if len(places) > 1:
        for place in places:
            yield [one for one in chunk if one[0].route.place == place]
    else:
        yield chunk[: len(chunk) // 2]
        yield chunk[len(chunk) // 2 :]


def _labels(issue: Issue) -> list[str]:
    listed = at(issue, "fields", "labels")
    return [str(one) for one in listed] if isinstance(listed, list) else []


def _not_made(why: str, *, is_broken: bool = False) -> Made:
    return Made(wrote=Wrote(why, is_place_broken=is_broken))


def _lost() -> Made:
    why = "the answer does not say whether this ticket was made, so it is looked for before it is made again"
    return Made(wrote=Wrote(why, is_doubtful=True))
