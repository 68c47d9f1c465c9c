"""Work on many targets at once, one failing without stopping another."""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Workers(Protocol):
    """A fixed number of threads."""

    def spread(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each item with its result, as they come; what `work` raised for an item is its result, never swallowed."""
