"""A fixed number of threads over many targets: results as they come, one failing without stopping another."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")
R = TypeVar("R")

THREADS: Final = 8
"""Eight threads keep one core busy against a fast server; more only help where answers take long."""


class Pool:
    """Threads for work that waits on the network; see `hubposture.ports.workers.Workers`.

    At most twice as many items as threads are in flight, so a long input is never held in memory at once. `stop` is
    called when the caller goes away in the middle (an interrupt, an error, an abandoned iterator): it should make
    waiting work give up, so that the process ends soon.
    """

    def __init__(self, threads: int = THREADS, *, stop: Callable[[], None] | None = None) -> None:
        self._threads = threads
        self._stop = stop

    def spread(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each item with its result, as they come; an exception of `work` is that item's result.

        Nothing that is no Exception (an interrupt) is caught. When the iterator is left early, what has not begun is
        dropped and what has begun is waited for.
        """
        left = iter(items)
        executor = ThreadPoolExecutor(self._threads, thread_name_prefix="hubposture")
        finished = False
        flying: dict[Future[R], T] = {}
        try:
            while True:
                for item in islice(left, 2 * self._threads - len(flying)):
                    flying[executor.submit(work, item)] = item
                if not flying:
                    break
                done, _ = wait(flying, return_when=FIRST_COMPLETED)
                for future in done:
                    answer: R | Exception = result_of(future)
                    yield flying.pop(future), answer
            finished = True
        finally:
            if not finished and self._stop is not None:
                self._stop()
            executor.shutdown(wait=True, cancel_futures=True)


def result_of(future: Future[R]) -> R | Exception:
    """A finished future's result, or its exception as a value; what is no Exception is raised."""
    problem = future.exception()
    if problem is None:
        return future.result()
    if isinstance(problem, Exception):
        return problem
    raise problem
