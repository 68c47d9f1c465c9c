"""Eight users at once on one reader, each request on a snapshot of its own, as the web service serves them."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench import asff
from bench.lake_world import TEAMS, UNITS, World, groups_of, opened, page_of
from bench.meter import Peak, milliseconds, quantile, timed
from hubposture.filters import Filter, parse
from hubposture.lake.fields import FIELDS
from hubposture.lake.reader import Reader
from hubposture.ports.lake import Execute
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension

USERS, REQUESTS = 8, 200
FILTERS = (
    "status=FAILED severity>=HIGH changed<{number}d",
    "status=FAILED severity=CRITICAL since>{number}d",
    "account={account} status=FAILED",
    "account={account}",
    "region={region} status=FAILED control!={control}",
    "ou=/Workloads/Unit{unit} status=FAILED since<{number}d",
    "owner=team-{team} severity=HIGH,CRITICAL since>{number}d",
    "control={control} status=FAILED",
    "control={control}",
    "service={service} since>{number}d",
    "resource~{number:03x} status=FAILED",
    "tag:owner=team-{team} status=FAILED since>{number}d",
)
"""What people ask for: the worst, the new, one account, one OU, one team, one control, part of a name, a tag."""


def filter_of(number: int) -> Filter:
    """The filter of a request: no two are the same, for what was asked before is answered from memory."""
    kinds = asff.kinds()
    control = kinds[number * 7 % len(kinds)].shown
    text = FILTERS[number % len(FILTERS)].format(
        number=number + 1,
        account=asff.ACCOUNTS[number * 11 % len(asff.ACCOUNTS)],
        region=asff.REGIONS[number % len(asff.REGIONS)],
        unit=number % UNITS,
        team=number % TEAMS,
        control=control,
        service=control.split(".")[0],
    )
    return parse(text, fields=FIELDS, now=asff.NOW.replace(tzinfo=dt.UTC))


def rollups(directory: Path) -> str:
    """Pages that show scores."""

    def ask(reader: Reader, _: int) -> None:
        with reader.snapshot() as shot:
            organization_page(shot.execute)

    return _measured(directory, ask)


def organization_page(execute: Execute) -> None:
    """The organization's page: its own score, standard by standard, and all accounts."""
    rollup.score(execute, Dimension.ORGANIZATION)
    rollup.by_standard(execute, Dimension.ORGANIZATION)
    rollup.scores(execute, Dimension.ACCOUNT)


def lists(directory: Path) -> str:
    """Filtered lists: a count and fifty rows."""
    filters = [filter_of(number) for number in range(REQUESTS)]
    return _measured(directory, lambda reader, number: page_of(reader, filters[number]))


def grouped(directory: Path) -> str:
    """Grouped lists."""
    filters = [filter_of(number) for number in range(REQUESTS)]
    return _measured(directory, lambda reader, number: groups_of(reader, filters[number]))


def _measured(directory: Path, ask: Callable[[Reader, int], None]) -> str:
    """Each request for the first time on this version, and the same requests once more."""
    with opened(directory) as world, Peak() as peak:
        with world.reader.snapshot():
            pass
        first, again = _spans(world, ask), _spans(world, ask)
    p95, median = (milliseconds(quantile(first, share)) for share in (0.95, 0.5))
    return f"p95 {p95}, median {median}, asked again p95 {milliseconds(quantile(again, 0.95))}; {peak}"


def _spans(world: World, ask: Callable[[Reader, int], None]) -> Sequence[float]:
    def one(number: int) -> float:
        with timed() as span:
            ask(world.reader, number)
        return span.seconds

    with ThreadPoolExecutor(USERS) as users:
        return list(users.map(one, range(REQUESTS)))
