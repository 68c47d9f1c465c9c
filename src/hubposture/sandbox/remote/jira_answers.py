"""Requests to an emulated Jira and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the path below `/rest/api/N`, the query's parameters, the body as JSON, and the id of who asks."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Any
    user: str

    def words(self, name: str) -> list[str]:
        """A parameter that is a list with commas."""
        return [word.strip() for word in self.params.get(name, "").split(",") if word.strip()]

    def number(self, name: str, default: int) -> int:
        """A parameter that is a number; raises Refused."""
        given = self.params.get(name, str(default))
        if not given.isdigit():
            raise refused(400, f"The parameter {name} must be a number.")
        return int(given)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is JSON, None for an empty one, or a text as it is (a page for people)."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """What was asked is refused with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.body))
        self.answer = answer


def failure(
    status: int, *messages: str, errors: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """An error as Jira writes it: messages, and errors by field."""
    return Answer(status, {"errorMessages": list(messages), "errors": dict(errors or {})}, headers or {})


def refused(status: int, *messages: str, **errors: str) -> Refused:
    """The same, to raise."""
    return Refused(failure(status, *messages, errors=errors))


def mapping(body: Any) -> dict[str, Any]:
    """A body that must be an object; raises Refused."""
    if not isinstance(body, dict):
        raise refused(400, "Unexpected end-of-input or not an object: a JSON object is expected")
    return body


def pairs(properties: Any) -> dict[str, Any]:
    """Properties as they come with an issue or a comment: a list of {key, value}; raises Refused."""
    found = {}
    for one in properties if isinstance(properties, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str) or "value" not in one:
            raise refused(400, "A property has a key and a value.")
        found[one["key"]] = one["value"]
    return found


def known_only(body: Mapping[str, Any], *names: str) -> None:
    """Refuse properties that the operation does not know; raises Refused."""
    for name in body:
        if name not in names:
            raise refused(400, f'Unrecognized field "{name}" (not marked as ignorable)')
