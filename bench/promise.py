"""A promise, and what measures it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, the promised figure, and what measures it (run in a process of its own)."""

    what: str
    promised: str
    measure: Callable[[], str]
