"""ULIDs: text ids that sort by time."""

from collections.abc import Callable
from datetime import datetime
from threading import Lock

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_RANDOM_BITS = 80
_TIME_BITS = 48


def encode(milliseconds: int, randomness: int) -> str:
    """The 26 characters of a time in milliseconds since 1970 and 80 random bits (Crockford's base 32)."""
    value = (milliseconds << _RANDOM_BITS) | randomness
    return "".join(_ALPHABET[(value >> shift) & 31] for shift in range(125, -5, -5))


def following(last: str, fresh: str) -> str:
    """`fresh`, or the id right after `last` if `fresh` does not sort behind it: order among processes."""
    if fresh > last:
        return fresh
    value = 0
    for letter in last:
        value = (value << 5) | _ALPHABET.index(letter)
    value += 1
    return encode(value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1))


class Ulids:
    """Gives ULIDs that always grow within a process, also within a millisecond and when the clock goes back.

    `clock` gives aware datetimes; `entropy` gives that many random bytes (`os.urandom`).
    """

    def __init__(self, clock: Callable[[], datetime], entropy: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._entropy = entropy
        self._last = -1
        self._lock = Lock()

    def __call__(self) -> str:
        """A new id, larger than all before; safe in threads."""
        now = int(self._clock().timestamp() * 1000) & ((1 << _TIME_BITS) - 1)
        fresh = (now << _RANDOM_BITS) | int.from_bytes(self._entropy(_RANDOM_BITS // 8))
        with self._lock:
            # A larger time gives a larger value; else count on from the last one, into the next millisecond if need be.
            is_later = (fresh >> _RANDOM_BITS) > (self._last >> _RANDOM_BITS)
            self._last = fresh if is_later else self._last + 1
            value = self._last
        return encode(value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1))
