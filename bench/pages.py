"""Eight users at once on one reader, each request on a snapshot of its own, as the web service serves them."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import asff
from bench.asff import ACCOUNTS, REGIONS
from bench.lake_world import World, groups_of, opened, page_of
from bench.meter import Peak, milliseconds, quantile, timed
from hubposture.filters import parse
from hubposture.lake.fields import FIELDS
from hubposture.lake.reader import Reader
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension

USERS, REQUESTS = 8, 200
FILTERS = (
    "",
    "status=FAILED severity>=HIGH",
    "status=FAILED severity=CRITICAL since>30d",
    f"account={ACCOUNTS[3]} status=FAILED",
    f"account={ACCOUNTS[250]}",
    f"region={REGIONS[2]} status=FAILED",
    "ou=/Workloads/Unit7 status=FAILED",
    "owner=team-7 severity=HIGH,CRITICAL",
    "control=S3.8 status=FAILED",
    "service=IAM",
    "resource~0abc status=FAILED",
    "tag:owner=team-3 status=FAILED",
)
"""What people ask for: everything, the worst, one account, one OU, one team, one control, part of a name, a tag."""
TREES = tuple(parse(text, fields=FIELDS, now=asff.NOW.replace(tzinfo=dt.UTC)) for text in FILTERS)


def rollups(directory: Path) -> str:
    """Pages that show scores."""
    return _measured(directory, lambda reader, _: organization_page(reader))


def organization_page(reader: Reader) -> None:
    """The organization's page: its own score, standard by standard, and all accounts."""
    with reader.snapshot() as shot:
        rollup.score(shot.execute, Dimension.ORGANIZATION)
        rollup.by_standard(shot.execute, Dimension.ORGANIZATION)
        rollup.scores(shot.execute, Dimension.ACCOUNT)


def lists(directory: Path) -> str:
    """Filtered lists: a count and fifty rows."""
    return _measured(directory, lambda reader, number: page_of(reader, TREES[number % len(TREES)]))


def grouped(directory: Path) -> str:
    """Grouped lists."""
    return _measured(directory, lambda reader, number: groups_of(reader, TREES[number % len(TREES)]))


def _measured(directory: Path, ask: Callable[[Reader, int], None]) -> str:
    with opened(directory) as world, Peak() as peak:
        ask(world.reader, 0)
        spans = _spans(world, ask)
    middle, late = (milliseconds(quantile(spans, share)) for share in (0.5, 0.95))
    return f"p95 {late}, median {middle}; {peak}"


def _spans(world: World, ask: Callable[[Reader, int], None]) -> Sequence[float]:
    def one(number: int) -> float:
        with timed() as span:
            ask(world.reader, number)
        return span.seconds

    with ThreadPoolExecutor(USERS) as users:
        return list(users.map(one, range(REQUESTS)))
