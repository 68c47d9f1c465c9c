"""How much one may ask of this process in a minute; what is more is refused for some seconds."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from hubposture.errors import HubpostureError
from hubposture.settings.web import LimitSettings

_MINUTE = 60.0
_MOST_KEPT = 20_000


class TooMany(HubpostureError):
    """Too much was asked for within a minute; `seconds` is when it may be asked again."""

    def __init__(self, what: str, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"There were too many {what} within a minute. Wait {seconds} seconds, then ask again.")


@dataclass
class Limits:
    """Counts by what is counted and for whom. Whoever waited for a minute has everything again. Safe in threads."""

    clock: Callable[[], float] = time.monotonic
    _left: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, what: str, who: str, *, most: int) -> None:
        """Count one; `what` stands in the sentence. Raises TooMany, and then nothing is counted."""
        self._look(what, who, most, cost=1.0)

    def check(self, what: str, who: str, *, most: int) -> None:
        """Count nothing. Raises TooMany where one more would be too many."""
        self._look(what, who, most, cost=0.0)

    def _look(self, what: str, who: str, most: int, *, cost: float) -> None:
        now = self.clock()
        with self._lock:
            left, at = self._left.get((what, who), (float(most), now))
            left = min(float(most), left + (now - at) * most / _MINUTE)
            if left < 1.0:
                raise TooMany(what, max(1, math.ceil((1.0 - left) * _MINUTE / most)))
            if cost:
                self._left[what, who] = (left - cost, now)
                self._forget(now)

    def _forget(self, now: float) -> None:
        """Those who asked nothing for a minute have everything again, so nothing need be known of them."""
        if len(self._left) > _MOST_KEPT:
            self._left = {key: one for key, one in self._left.items() if now - one[1] < _MINUTE}
            for key in list(self._left)[: max(0, len(self._left) - _MOST_KEPT)]:
                del self._left[key]


@dataclass(frozen=True, slots=True)
class Gate:
    """The limits of the settings, kept by `limits`."""

    settings: LimitSettings
    limits: Limits = field(default_factory=Limits)

    def signs_in(self, address: str) -> None:
        """Count a request of the sign-in. Raises TooMany."""
        self.limits.take("requests of the sign-in", address, most=self.settings.sign_ins_per_minute)

    def shows_token(self, address: str) -> None:
        """Before a token is looked at. Raises TooMany where this address showed too many that are none."""
        self.limits.check(_REFUSED, address, most=self.settings.refused_tokens_per_minute)

    def refused_token(self, address: str) -> None:
        """Count a token that is none. Raises TooMany."""
        self.limits.take(_REFUSED, address, most=self.settings.refused_tokens_per_minute)

    def let_in(self, name: str, *, is_write: bool) -> None:
        """Count a request of somebody. Raises TooMany."""
        self.limits.take("requests", name, most=self.settings.requests_per_minute)
        if is_write:
            self.limits.take("changes", name, most=self.settings.writes_per_minute)


_REFUSED = "tokens that are none"
