"""Answers of a version, kept: it never changes, so what was asked once need not be asked again."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_T = TypeVar("_T")

MOST = 512
"""Answers that are kept; the one not asked for the longest goes first."""
MOST_ROWS = 1_000
"""Longer answers are not kept."""


class Answers:
    """The answers of one version, shared by all who read it; safe in threads, who must not change what they get."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, question: Hashable, ask: Callable[[], _T]) -> _T:
        """The answer to a question, asked now where it is not kept; two at once may both ask."""
        with self._lock:
            if question in self._kept:
                self._kept.move_to_end(question)
                found: _T = self._kept[question]
                return found
        answer = ask()
        if not isinstance(answer, list) or len(answer) <= MOST_ROWS:
            with self._lock:
                self._kept[question] = answer
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
        return answer
