"""Paths of an emulated Jira and who answers them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from hubposture.sandbox.remote.jira_answers import Answer, Asked

Handler = Callable[..., Answer]
"""Takes what was asked and the parts of the path that a route leaves open."""


@dataclass(frozen=True, slots=True)
class Route:
    """An operation: its method, its path below `/rest/api/N` with `{}` for one part each, and who answers.

    `writes` says that it writes to the issue that the first part names.
    """

    method: str
    path: str
    handler: Handler
    writes: bool = False

    def matches(self, asked: Asked) -> tuple[str, ...] | None:
        """The open parts of a path that is this one's."""
        pattern = re.escape(self.path).replace(r"\{\}", "([^/]+)")
        found = re.fullmatch(pattern, asked.path)
        return found.groups() if found and asked.method == self.method else None
