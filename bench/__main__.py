"""`make bench`: each promise with the figure of this machine, as a table for a terminal or for docs/benchmarks.md."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context

from bench import large, small


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, the promised figure, and what measures it (run in a process of its own)."""

    what: str
    promised: str
    measure: Callable[[], str]


def start_up() -> str:
    """The best of ten starts, so that a busy machine does not count."""
    best = 9.0
    for _ in range(10):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-m", "hubposture", "--help"], check=True, capture_output=True)
        best = min(best, time.perf_counter() - begun)
    return f"{best:.2f} s"


PROMISES = (
    Promise("start: `hubposture --help`", "under 0.2 s", start_up),
    Promise("calls to read a target in local mode", "2 + ceil(pairs/100) + ceil(parametered/100)", small.calls),
    Promise("targets read per second and process", "at least 40", small.rate),
    Promise("plan of 12 accounts x 3 Regions, survey included", "-", small.survey_and_plan),
    Promise("1,000 accounts x 17 Regions planned: memory", "under 2 GiB", large.memory),
    Promise("1,000 accounts x 17 Regions planned: time", "-", large.seconds),
    Promise("its plan as one comment of a pull request", "under 65,536 characters", large.comment),
)


def main() -> None:
    """Print the table as markdown."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| what | promised | measured |\n|---|---|---|")
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for promise in PROMISES:
            print(f"| {promise.what} | {promise.promised} | {pool.apply(promise.measure)} |", flush=True)


if __name__ == "__main__":
    main()
