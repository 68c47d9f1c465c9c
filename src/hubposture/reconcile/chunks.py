"""Chunks for batch operations, and what their partial replies mean."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most `size` items, in order, none empty."""
    left = iter(items)
    while chunk := list(islice(left, size)):
        yield chunk


def split_reply(sent: Sequence[K], unprocessed: Mapping[K, str]) -> tuple[list[K], dict[K, str]]:
    """The items a batch reply took, and those it did not with their codes; by key, never by position.

    A key in `unprocessed` that was never sent is a reply we do not understand: then nothing counts as taken.
    """
    strange = [key for key in unprocessed if key not in set(sent)]
    if strange:
        why = f"the reply names {strange[0]!r}, which was not sent"
        return [], {key: unprocessed.get(key, why) for key in sent}
    return [key for key in sent if key not in unprocessed], dict(unprocessed)
