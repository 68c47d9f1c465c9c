"""Sleep that can be cut short, so that an interrupt ends the process soon."""

import threading

from hubposture.errors import RemoteUnavailable


class Stopped(RemoteUnavailable):
    """The run was interrupted while this waited."""


class Waiting:
    """`sleep` like `time.sleep`, until `stop` is called: then every sleep, running or new, raises `Stopped`."""

    def __init__(self) -> None:
        self._stopped = threading.Event()

    def sleep(self, seconds: float) -> None:
        """Wait; raises `Stopped` when the run is interrupted."""
        if self._stopped.wait(max(0.0, seconds)):
            raise Stopped("interrupted", code="Stopped")

    def stop(self) -> None:
        """Cut every sleep short."""
        self._stopped.set()
