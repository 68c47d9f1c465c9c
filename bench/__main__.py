"""`make bench`: each promise with the figure of this machine, as a table for a terminal or for docs/benchmarks.md."""

import os
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from bench import (
    access,
    central,
    findings,
    growth,
    large,
    listening,
    pages,
    quota,
    reports,
    seeing,
    serving,
    small,
    tickets,
    waivers,
    work,
    working,
)
from bench.meter import with_others
from bench.promise import Promise
from bench.start import start_up

CONTROLS = (
    Promise("start: `hubposture --help`", "under 0.2 s", start_up),
    Promise("calls to read a target in local mode", "2 + ceil(pairs/100) + ceil(parametered/100)", small.calls),
    Promise("targets read per second and process", "at least 40", small.rate),
    Promise("the same, each answer after 60 ms", "-", small.far),
    Promise("plan of 12 accounts x 3 Regions, survey included", "-", small.survey_and_plan),
    Promise("1,000 accounts x 17 Regions planned: memory", "under 2 GiB", large.memory),
    Promise("1,000 accounts x 17 Regions planned: time", "-", large.seconds),
    Promise("central mode: 1,000 accounts x 17 Regions planned", "under 60 s", central.seconds),
    Promise("access rules: decisions in 1,000 accounts", "over 10,000 a second in batches", access.decided),
    Promise("access rules: the filter of what one may see, 1,000 accounts", "under 10 ms", access.visible),
    Promise("the local plan as one comment of a pull request", "under 65,536 characters", large.comment),
)


def of_findings(directory: Path) -> Iterator[Promise]:
    """What is promised of findings; each goes on with the lake that the one before left in the directory."""
    yield Promise("bulk load of 1,000,000 ASFF findings", "under 30 s, 1.5 GiB", partial(findings.load, directory))
    yield Promise("settling them after a sweep", "-", partial(findings.settled, directory))
    for what, promised, measure in (
        ("pages from the rollup, 8 users", "p95 under 100 ms", pages.rollups),
        ("filtered lists, 8 users", "p95 under 300 ms", pages.lists),
        ("grouped lists, 8 users", "p95 under 300 ms", pages.grouped),
        ("filtered lists of people who see a part, 8 users", "p95 under 300 ms", seeing.lists),
        ("the first list and the first score of somebody who sees a part", "a few seconds", seeing.begins),
    ):
        yield Promise(what, promised, partial(measure, directory))
    for what, promised, measure in (
        ("the service itself: pages from the rollup, 8 users", "p95 under 100 ms", serving.rollups),
        ("the service itself: filtered lists, 8 users", "p95 under 300 ms", serving.lists),
        ("the service itself: grouped lists, 8 users", "p95 under 300 ms", serving.grouped),
    ):
        yield Promise(what, promised, partial(measure, directory))
    yield Promise("the weekly report of a million findings", "-", partial(reports.weekly, directory))
    yield Promise("a pack of evidence of a million findings, one day", "-", partial(reports.pack, directory))
    yield Promise("1 % of them changed: visible", "under 1 s", partial(findings.increments, directory))
    yield Promise("filtered lists, 8 users, on 5 increments", "p95 under 300 ms", partial(pages.lists, directory))
    yield Promise("grouped lists, 8 users, on 5 increments", "p95 under 300 ms", partial(pages.grouped, directory))
    yield Promise("5 increments compacted", "-", partial(findings.compacted_many, directory))
    yield Promise("1 % changed: compacted", "under 5 s", partial(findings.compacted_one, directory))
    yield Promise("disk for a million findings and a year", "-", partial(findings.disk, directory))
    for count in (100_000, 1_000_000, 10_000_000):
        yield Promise(f"questions at {count:,} subjects", "-", partial(growth.measure, directory, count))
    yield Promise("a sweep by GetFindings beside its quota", "within 1.15 x", quota.sweep)


def of_waivers(directory: Path) -> Iterator[Promise]:
    """What is promised of waivers, and how it grows; each makes its lake unless it is there."""
    title = "waiver matching and deciding: {:,} findings x {:,} waivers"
    yield Promise(
        title.format(1_000_000, 10_000), "under 15 s, 3 GiB", partial(waivers.once, directory, 1_000_000, 10_000)
    )
    yield Promise(title.format(10_000, 1_000), "under 0.3 s", partial(waivers.again, directory, 10_000, 1_000))
    for count, many in ((1_000_000, 1_000), (1_000_000, 30_000), (100_000, 10_000)):
        yield Promise(title.format(count, many), "-", partial(waivers.once, directory, count, many))
    what = "the same for ten subjects of 1,000,000, as after events"
    yield Promise(f"waiver matching: {what}", "-", partial(waivers.event, directory, 1_000_000, 10_000))
    yield Promise("from an event to its suppression", "p95 under 10 s", listening.latency)
    yield Promise("updates of findings beside their quota", "within 1.15 x", listening.updates)


def of_work(directory: Path) -> Iterator[Promise]:
    """What tickets are planned from."""
    what = "work of 100,000 failing subjects of 1,000,000, 100,000 in tickets"
    yield Promise(f"{what}: read from the lake", "under 1.5 s", partial(working.read, directory))
    yield Promise(
        "5,000 tickets of work with 100,000 members: the ledger", "read under 1 s", partial(working.kept, directory)
    )
    what = "work: 100,000 failing subjects beside 5,000 tickets planned"
    yield Promise(what, "-", partial(work.planning, 100_000, 5_000))
    for kind, shown in (("cloud", "Jira Cloud"), ("data-center", "Jira Data Center"), ("servicenow", "ServiceNow")):
        yield Promise(f"calls of 200 tickets in {shown}", "-", partial(tickets.calls, kind))


def main(words: list[str]) -> None:
    """Print the table as markdown: all of it, or the lines that have one of these words in their names."""
    print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
    print("| what | promised | measured | others took |\n|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(prefix="hubposture-bench-") as name,
        ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool,
    ):
        for promise in (*CONTROLS, *of_findings(Path(name)), *of_waivers(Path(name)), *of_work(Path(name))):
            if not words or any(word in promise.what for word in words):
                measured, others = pool.submit(with_others, promise.measure).result()
                print(f"| {promise.what} | {promise.promised} | {measured} | {others} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
