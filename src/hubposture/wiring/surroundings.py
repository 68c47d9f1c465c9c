"""What lies outside: the clock, waiting, the environment, and what sees every AWS client that is built."""

import datetime as dt
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


def utc_now() -> dt.datetime:
    """The wall clock, aware and UTC."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies outside: the clock, waiting, the environment, and what sees every AWS client that is built.

    The real ones by default (waiting then ends at once when a run is interrupted); the sandbox brings its own clock and
    hooks itself to the clients.
    """

    now: Callable[[], dt.datetime] = utc_now
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    attach: Callable[[Any], None] | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
