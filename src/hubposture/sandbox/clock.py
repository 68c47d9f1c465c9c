"""The sandbox's clock: everything that takes time in the sandbox is a function of it, and nothing runs in threads."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
"""Where a virtual clock starts unless told otherwise."""


class Clock(Protocol):
    """What the sandbox needs to know of time."""

    def now(self) -> datetime:
        """Give the time, aware and in UTC."""

    def advance(self, by: timedelta) -> None:
        """Move the clock forward."""


class VirtualClock:
    """A clock that stands still until it is moved; for tests."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start.astimezone(UTC)

    def now(self) -> datetime:
        """Give the time, aware and in UTC."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock forward; moving it back is a ValueError."""
        if by < timedelta(0):
            raise ValueError("a clock does not go backwards")
        self._now += by

    def sleep(self, seconds: float) -> None:
        """Move the clock forward as `time.sleep` would; hand this to a client as its way to wait."""
        self.advance(timedelta(seconds=max(0.0, seconds)))


class RealClock:
    """The machine's clock, plus what it was moved forward by; for the server."""

    def __init__(self, ahead: timedelta = timedelta(0)) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """Give the time, aware and in UTC."""
        return datetime.now(UTC) + self.ahead

    def advance(self, by: timedelta) -> None:
        """Run ahead of the machine's clock by this much more."""
        if by < timedelta(0):
            raise ValueError("a clock does not go backwards")
        self.ahead += by
