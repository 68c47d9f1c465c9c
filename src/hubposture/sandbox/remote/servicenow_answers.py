"""Requests to an emulated ServiceNow and its answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SLEEPING = "<html><head><title>Instance Hibernating page</title></head><body>Your instance is asleep.</body></html>"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: the path without its query, the query's parameters, the body (JSON or a form), and who asks."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Mapping[str, Any]
    base: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; `body` is JSON, or a text as it is."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


def failure(status: int, message: str, detail: str = "", headers: Mapping[str, str] | None = None) -> Answer:
    """An error as the instance writes it."""
    body = {"error": {"message": message, "detail": detail or None}, "status": "failure"}
    return Answer(status, body, headers or {})


def no_record() -> Answer:
    """The one answer to what does not exist and to what may not be read."""
    return failure(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def not_allowed() -> Answer:
    """What access rules refuse."""
    return failure(403, "Operation Failed", "ACL Exception: failed due to security constraints")
