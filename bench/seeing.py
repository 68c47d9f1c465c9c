"""Lists and scores of people who see a part: an OU's administrator, a team with what it owns anywhere, everything but a type."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import asff
from bench.lake_world import World, opened
from bench.meter import Peak, milliseconds, quantile, timed
from bench.pages import REQUESTS, USERS, filter_of
from hubposture.filters import AnyOf, Comparison, Filter, Not, Operator
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension

_IS = Operator.EXACTLY
SEEING: Mapping[str, Filter] = {
    "an OU": Comparison("ou", _IS, ("/Workloads/Unit3",)),
    "what a team owns": AnyOf(
        (
            Comparison("owner", _IS, ("team-3",)),
            Comparison("account-owner", _IS, ("team-3",)),
            Comparison("account-id", _IS, (asff.ACCOUNTS[5],)),
        )
    ),
    "half of the OUs": Comparison("ou", _IS, tuple(f"/Workloads/Unit{number}" for number in range(22))),
    "all but a type": Not(Comparison("type", _IS, ("AwsS3Bucket",))),
}


def lists(directory: Path) -> str:
    """Filtered lists, each for the first time, of four people in turn whose part of the version is open."""
    with opened(directory) as world, Peak() as peak:
        for seen in SEEING.values():
            with world.reader.snapshot(within=seen):
                pass
        spans = _spans(world)
    return f"p95 {milliseconds(quantile(spans, 0.95))}, median {milliseconds(quantile(spans, 0.5))}; {peak}"


def begins(directory: Path) -> str:
    """The first list, and behind it the first score, of somebody new."""
    told = []
    with opened(directory) as world:
        with world.reader.snapshot():
            pass
        for name, seen in SEEING.items():
            with timed() as listed:
                _page(world, seen, 1)
            with timed() as scored, world.reader.snapshot(within=seen) as shot:
                rollup.score(shot.execute, Dimension.ORGANIZATION)
            told.append(f"{name} {listed.seconds:.1f} s and {scored.seconds:.1f} s")
    return ", ".join(told)


def _spans(world: World) -> Sequence[float]:
    people = list(SEEING.values())

    def one(number: int) -> float:
        with timed() as span:
            _page(world, people[number % len(people)], number)
        return span.seconds

    with ThreadPoolExecutor(USERS) as users:
        return list(users.map(one, range(REQUESTS)))


def _page(world: World, seen: Filter, number: int) -> None:
    with world.reader.snapshot(within=seen) as shot:
        wanted = filter_of(number)
        shot.count(wanted)
        shot.page(wanted)
