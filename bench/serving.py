"""The web service itself: `hubposture serve` as a process, eight users asking over HTTP for pages that were not asked before."""

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import local
from urllib.parse import urlencode

from bench import asff
from bench.lake_world import TEAMS, UNITS, opened
from bench.meter import milliseconds, quantile, resident, timed
from bench.pages import FILTERS

USERS, REQUESTS, WORKERS = 8, 160, 2
_SETTINGS = f"""instance = "bench"
[ledger]
url = "sqlite:///ledger.sqlite"
[lake]
path = "served"
[organizations.main]
administrator = "{asff.ACCOUNTS[0]}"
home_region = "{asff.REGIONS[0]}"
"""


@dataclass(frozen=True)
class Service:
    """A running service; `first_seconds` is the overview's very first answer, with nothing in memory."""

    port: int
    process: int
    first_seconds: float


@contextmanager
def serving(directory: Path) -> Iterator[Service]:
    """The pages over the lake in a directory, by as many workers as there are cores."""
    (directory / "hubposture.toml").write_text(_SETTINGS)
    command = [
        sys.executable,
        "-m",
        "hubposture",
        "-C",
        str(directory),
        "serve",
        "--port",
        "0",
        "--workers",
        str(WORKERS),
    ]
    with opened(directory):
        pass  # made if need be
    served = directory / "served" / "main"
    if not served.exists():  # the service keeps the lake of an organization under its name
        served.parent.mkdir()
        served.symlink_to(directory / "lake", target_is_directory=True)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r":(\d+)/", process.stdout.readline())
        assert found is not None
        port = int(found[1])
        _until_ready(port)
        with timed() as span:
            _get(port, "/")
        _warm(port)
        yield Service(port, process.pid, span.seconds)
    finally:
        process.terminate()
        process.wait(30)


def _until_ready(port: int) -> None:
    for _ in range(600):
        try:
            _get(port, "/health")
        except OSError:
            time.sleep(0.1)
        else:
            return


def _warm(port: int) -> None:
    """Every worker has the version open, as one that runs has."""
    with ThreadPoolExecutor(USERS) as users:
        list(users.map(lambda _: _get(port, "/"), range(4 * USERS)))


_KEPT = local()


def _get(port: int, path: str) -> bytes:
    """A page over a connection of this thread's own."""
    if getattr(_KEPT, "port", None) != port:
        _KEPT.port, _KEPT.connection = port, http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection: http.client.HTTPConnection = _KEPT.connection
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        connection.close()
        raise
    assert answer.status == 200, (path, answer.status, body[:300])
    return body


def _filter(number: int) -> str:
    kinds = asff.kinds()
    control = kinds[number * 7 % len(kinds)].shown
    return FILTERS[number % len(FILTERS)].format(
        number=number + 1, account=asff.ACCOUNTS[number * 11 % len(asff.ACCOUNTS)], region=asff.REGIONS[number % len(asff.REGIONS)],
        unit=number % UNITS, team=number % TEAMS, control=control, service=control.split(".")[0],
    )  # fmt: skip


def rollups(directory: Path) -> str:
    """The overview, accounts, controls and OUs, which scores alone make."""
    pages = ("/", "/accounts", "/controls", "/ous")
    return _measured(directory, lambda number: pages[number % len(pages)])


def lists(directory: Path) -> str:
    """Filtered lists, each for the first time."""
    return _measured(directory, lambda number: f"/findings?{urlencode({'filter': _filter(number), 'view': 'list'})}")


def grouped(directory: Path) -> str:
    """The same by control."""
    return _measured(directory, lambda number: f"/findings?{urlencode({'filter': _filter(number)})}")


def _measured(directory: Path, path: Callable[[int], str]) -> str:
    with serving(directory) as service:
        spans = _spans(service.port, path)
        memory = max(resident(one) for one in _workers(service.process))
    p95, median = (milliseconds(quantile(spans, share)) for share in (0.95, 0.5))
    first = f"first page after the start {service.first_seconds:.1f} s"
    return f"p95 {p95}, median {median}; {memory / 2**30:.2f} GiB a worker of {WORKERS}; {first}"


def _workers(process: int) -> Sequence[int]:
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return [int(one) for one in children] or [process]


def _spans(port: int, path: Callable[[int], str]) -> Sequence[float]:
    def one(number: int) -> float:
        with timed() as span:
            _get(port, path(number))
        return span.seconds

    with ThreadPoolExecutor(USERS) as users:
        return list(users.map(one, range(REQUESTS)))
