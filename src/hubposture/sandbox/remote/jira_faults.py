"""What goes wrong at an emulated Jira on demand: by method and path, and how often."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from hubposture.sandbox.remote.jira_answers import Answer, failure

PAGE = "<!DOCTYPE html><html><head><title>Log in</title></head><body>Maintenance in progress.</body></html>"


class Fate(StrEnum):
    """What becomes of a request."""

    ANSWERED = "answered without doing anything"
    CUT_BEFORE = "cut off before anything was done"
    CUT_AFTER = "done, and the answer is lost"
    DONE_LATER = "cut off, and done while later requests are answered"
    SLOW = "done and answered late"


@dataclass(slots=True)
class Trouble:
    """What becomes of the next `times` requests (after `skip` of them) that `on` is found in.

    `on` is a regular expression, searched in `METHOD /path` (`POST .*/issue$`). `rests` is after how many further
    requests one that is DONE_LATER is done.
    """

    fate: Fate
    on: str
    times: int
    skip: int
    answer: Answer | None = None
    seconds: float = 0.0
    rests: int = 0


class JiraFaults:
    """The troubles that wait. Each method adds one; `clear` takes all back."""

    def __init__(self) -> None:
        self.waiting: list[Trouble] = []

    def fail(
        self,
        status: int,
        *,
        on: str = "",
        times: int = 1,
        skip: int = 0,
        headers: Mapping[str, str] | None = None,
        message: str = "The emulated site fails.",
    ) -> None:
        """Answer with an error, and do nothing."""
        answer = failure(status, message, headers=headers)
        self.waiting.append(Trouble(Fate.ANSWERED, on, times, skip, answer))

    def conflict(self, *, times: int = 1) -> None:
        """Answer transitions with 409: somebody else moves the issue at this moment."""
        message = "The issue could not be updated due to a conflicting update."
        self.fail(409, on=r"POST .*/transitions$", times=times, message=message)

    def html(self, *, on: str = "", times: int = 1, skip: int = 0, status: int = 200) -> None:
        """Answer with a page for people, and do nothing."""
        self.waiting.append(Trouble(Fate.ANSWERED, on, times, skip, Answer(status, PAGE)))

    def cut_before(self, *, on: str = "", times: int = 1, skip: int = 0) -> None:
        """Break the connection before anything is done."""
        self.waiting.append(Trouble(Fate.CUT_BEFORE, on, times, skip))

    def cut_after(self, *, on: str = "", times: int = 1, skip: int = 0) -> None:
        """Do it, then break the connection: the answer is lost."""
        self.waiting.append(Trouble(Fate.CUT_AFTER, on, times, skip))

    def cut_and_do_later(self, *, on: str = "", times: int = 1, skip: int = 0, rests: int = 1) -> None:
        """Break the connection, and do it only after `rests` further requests."""
        self.waiting.append(Trouble(Fate.DONE_LATER, on, times, skip, rests=rests))

    def slow(self, seconds: float, *, on: str = "", times: int = 1, skip: int = 0) -> None:
        """Do it and answer late."""
        self.waiting.append(Trouble(Fate.SLOW, on, times, skip, seconds=seconds))

    def clear(self) -> None:
        """Take all troubles back."""
        self.waiting.clear()

    def strike(self, method: str, path: str) -> Trouble | None:
        """The trouble of this request, counted."""
        for one in list(self.waiting):
            if not re.search(one.on, f"{method} {path}"):
                continue
            if one.skip > 0:
                one.skip -= 1
                continue
            one.times -= 1
            if one.times <= 0:
                self.waiting.remove(one)
            return one
        return None
