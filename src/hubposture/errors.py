"""The error tree: what went wrong, where, why, and what to do next.

HubpostureError
├── InputError          fix the input: a workbook cell, a settings line, an option
│   └── InputErrors     all of a file's problems at once
├── RemoteError         another system failed
│   ├── RemoteUnavailable   worth another try
│   │   └── AnswerLost      it may have been done
│   └── RemoteRefused       another try will not help
└── Refusal             we will not do it, and name the option that overrides it
"""

import re
from dataclasses import dataclass


class HubpostureError(Exception):
    """An error whose text a user can act on; the command line prints it without a traceback."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    `where` is `workbook!sheet!cell`, `file:line:column` or an option's name; `what` says what is wrong and why;
    `hint` says what to do next and may be empty. Problems sort by place.
    """

    where: str
    what: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.hint})" if self.hint else "")

    def __lt__(self, other: "Problem") -> bool:
        return self._place() < other._place()

    def _place(self) -> tuple[tuple[tuple[int, int, str], ...], str, str]:
        """Where it sorts: numbers in the place count as numbers, so line 2 comes before line 10."""
        parts = re.split(r"(\d{1,18})", self.where)
        return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts), self.what, self.hint


class InputError(HubpostureError):
    """The input must be fixed before anything can be done with it."""


class InputErrors(InputError):
    """All problems of an input at once, in `problems`, sorted by place; never empty."""

    def __init__(self, problems: list[Problem] | tuple[Problem, ...]) -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class RemoteError(HubpostureError):
    """Another system did not do what was asked; `code` is that system's own error code, or ''."""

    def __init__(self, message: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class RemoteUnavailable(RemoteError):
    """Throttled, timed out, cut off or broken for now: worth another try."""


class AnswerLost(RemoteUnavailable):
    """Something that must not be done twice may have been done or not: look before it is done again."""


class RemoteRefused(RemoteError):
    """Denied, not found or invalid: another try will not help."""


class Refusal(HubpostureError):
    """Something that could be done is not done, for safety; the message names the option that overrides it."""
