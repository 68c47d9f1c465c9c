"""One message a second and channel: what Slack takes for good."""

import threading
from collections.abc import Callable
from typing import Final

SECONDS: Final = 1.0
"""Between two messages in one channel (chat.postMessage and incoming webhooks alike)."""


class Pace:
    """Waits before a channel gets its next message; usable by several threads."""

    def __init__(self, *, clock: Callable[[], float], sleep: Callable[[float], None], seconds: float = SECONDS) -> None:
        self._clock = clock
        self._sleep = sleep
        self._seconds = seconds
        self._next: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, channel: str) -> None:
        """Return when this channel may get a message."""
        with self._lock:
            now = self._clock()
            begin = max(now, self._next.get(channel, now))
            self._next[channel] = begin + self._seconds
        if begin > now:
            self._sleep(begin - now)
