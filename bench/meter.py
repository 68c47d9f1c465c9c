"""Clocks and scales: seconds, the memory of all processes of a measurement, and how busy others kept the machine."""

import os
import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_EVERY_SECONDS = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most memory that this process and those it started held at a moment, looked at 50 times a second.

    The sum of what each has resident: pages that several share count in each.
    """

    def __init__(self) -> None:
        self.bytes = 0
        self._done = threading.Event()
        self._looking = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self._looking.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._done.set()
        self._looking.join()

    def _look(self) -> None:
        while True:
            self.bytes = max(self.bytes, sum(map(resident, _family(os.getpid()))))
            if self._done.wait(_EVERY_SECONDS):
                return

    def __str__(self) -> str:
        return f"{self.bytes / 2**30:.2f} GiB"


def _family(process: int) -> Iterator[int]:
    yield process
    try:
        threads = list(Path(f"/proc/{process}/task").iterdir())
        children = [int(one) for thread in threads for one in (thread / "children").read_text().split()]
    except OSError:
        return
    for child in children:
        yield from _family(child)


def resident(process: int) -> int:
    """Bytes that a process has in memory; 0 where it has ended."""
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * _PAGE
    except OSError:
        return 0


@dataclass
class Span:
    """Seconds that something took, and those of all processors that it used."""

    seconds: float = 0.0
    used: float = 0.0

    def __str__(self) -> str:
        return f"{self.seconds:.1f} s ({self.used:.1f} s of a processor)"


@contextmanager
def timed() -> Iterator[Span]:
    """How long the block takes."""
    span, used, begun = Span(), _ours(), time.perf_counter()
    try:
        yield span
    finally:
        span.seconds, span.used = time.perf_counter() - begun, _ours() - used


def seconds_of(work: Callable[[], object], *, times: int) -> float:
    """The median of several times, after one that does not count."""
    work()
    spans = []
    for _ in range(times):
        with timed() as span:
            work()
        spans.append(span.seconds)
    return quantile(spans, 0.5)


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def milliseconds(seconds: float) -> str:
    """As it is printed."""
    return f"{seconds * 1000:.0f} ms"


def with_others(measure: Callable[[], str]) -> tuple[str, str]:
    """A measurement, and how much of the machine other processes took meanwhile, in percent."""
    busy, ours, begun = _busy(), _ours(), time.perf_counter()
    found = measure()
    capacity = (time.perf_counter() - begun) * (os.cpu_count() or 1)
    others = (_busy() - busy - (_ours() - ours)) / capacity
    return found, f"{max(0.0, others):.0%}"


def _busy() -> float:
    """Seconds of all processors that were not idle."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def _ours() -> float:
    """Seconds of this process and of those it started that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
