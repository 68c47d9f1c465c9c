"""`make bench`: each promise with the figure of this machine, as a table for a terminal or for docs/benchmarks.md."""

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context

from bench import central, large, small
from bench.start import start_up


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, the promised figure, and what measures it (run in a process of its own)."""

    what: str
    promised: str
    measure: Callable[[], str]


PROMISES = (
    Promise("start: `hubposture --help`", "under 0.2 s", start_up),
    Promise("calls to read a target in local mode", "2 + ceil(pairs/100) + ceil(parametered/100)", small.calls),
    Promise("targets read per second and process", "at least 40", small.rate),
    Promise("the same, each answer after 60 ms", "-", small.far),
    Promise("plan of 12 accounts x 3 Regions, survey included", "-", small.survey_and_plan),
    Promise("1,000 accounts x 17 Regions planned: memory", "under 2 GiB", large.memory),
    Promise("1,000 accounts x 17 Regions planned: time", "-", large.seconds),
    Promise("central mode: 1,000 accounts x 17 Regions planned", "under 60 s", central.seconds),
    Promise("the local plan as one comment of a pull request", "under 65,536 characters", large.comment),
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
