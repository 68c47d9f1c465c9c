"""The lake of an organization over the ledger, and the sources that fill it."""

import datetime as dt
import os
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hubposture.aws.findings import AwsFindings
from hubposture.aws.objects import fetcher
from hubposture.aws.queue import SqsQueue
from hubposture.errors import InputError
from hubposture.findings.tables import Table
from hubposture.lake.cache import Cache
from hubposture.lake.engine import Means as LakeMeans
from hubposture.lake.files import Files
from hubposture.lake.publish import Place
from hubposture.lake.reader import Reader
from hubposture.lake.s3 import S3Storage
from hubposture.lake.storage import LocalStorage, Storage
from hubposture.lake.writer import Writer
from hubposture.ledger.engine import shown
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ledger.move import move
from hubposture.ledger.ulid import Ulids
from hubposture.model.controls import ControlId, Severity
from hubposture.ports.findings import FindingsFiles, FindingsQueue, FindingsReader, Priority
from hubposture.ports.hub import Progress
from hubposture.ports.lake import Execute, LakeReader, LakeWriter
from hubposture.posture.rollup import ROLLUP
from hubposture.posture.rollup import rows as rollup_rows
from hubposture.settings.secrets import parse_reference
from hubposture.verbs.dimensions import Rules
from hubposture.verbs.gather import Means
from hubposture.verbs.plan import Planned
from hubposture.verbs.sync import ApiMeans
from hubposture.wiring.connection import Connection, census_reader
from hubposture.wiring.owners import owner_chain
from hubposture.wiring.secrets import secret
from hubposture.wiring.surroundings import utc_now
from hubposture.wiring.workplace import Workplace

_PER_SECOND, _BURST = 3.0, 6.0
"""GetFindings' documented rate, per administrator and Region."""


@dataclass(frozen=True)
class Store:
    """One organization's lake: its reader, its writer, and the ledger both stand on."""

    name: str
    reader: LakeReader
    writer: LakeWriter
    ledger: SqlLedger


def naive(at: dt.datetime) -> dt.datetime:
    """A moment as the lake writes it: UTC without a zone."""
    return at.astimezone(dt.UTC).replace(tzinfo=None)


def holder() -> str:
    """This process as the holder of a lease."""
    return f"{socket.gethostname()}/{os.getpid()}"


@contextmanager
def open_store(at: Workplace, name: str, ledger: SqlLedger) -> Iterator[Store]:
    """The lake of an organization, opened and closed again; nothing is read or written yet."""
    settings = at.settings.lake
    with TemporaryDirectory(prefix="hubposture-") as spill:
        means = LakeMeans(settings.memory_mib, Path(spill), os.cpu_count() or 1)
        place = Place(name, ledger, _storage(at, name), at.surroundings.now, Ulids(utc_now, os.urandom))
        reader = Reader(
            place, means, rollup=ROLLUP, full_days=settings.full_days, scored=rolled_up, chain=lambda: owner_chain(at)
        )
        writer = Writer(place, means, holder=holder(), rollup=rolled_up, full_days=settings.full_days)
        try:
            yield Store(name, reader, writer, ledger)
        finally:
            writer.close()
            reader.close()


def rolled_up(execute: Execute, at: dt.datetime) -> tuple[Table, Sequence[tuple[Any, ...]]]:
    """The rollup of a version that is being made; what is overdue is in the dimensions, so the moment plays no part."""
    del at
    return ROLLUP, rollup_rows(execute)


def _storage(at: Workplace, name: str) -> Storage:
    settings, root = at.settings.lake, at.repository.root
    if not settings.path.startswith("s3://"):
        return LocalStorage(root / settings.path / name)
    bucket, _, prefix = settings.path.removeprefix("s3://").partition("/")
    if not bucket:
        raise InputError(f"lake.path: {settings.path} names no bucket; write s3://BUCKET/PREFIX")
    cache = Cache(root / settings.cache / name, limit_bytes=settings.cache_mib * 1024 * 1024)
    return S3Storage(_s3(at), bucket=bucket, prefix=f"{prefix.rstrip('/')}/{name}".lstrip("/"), cache=cache)


def _s3(at: Workplace) -> Any:
    import boto3  # noqa: PLC0415 - slow to import, and only some lakes and sources are in S3

    client = boto3.client("s3")
    if at.surroundings.attach is not None:
        at.surroundings.attach(client)
    return client


def findings_reader(connection: Connection, ledger: SqlLedger) -> FindingsReader:
    """GetFindings of the administrator, within the budget that all processes with this ledger share."""
    sleep = connection.gateway.caller.sleep
    name = f"GetFindings/{connection.settings.administrator}/{connection.settings.home_region}"
    budget = _Budget(ledger, name, sleep)
    now = connection.workplace.surroundings.now
    return AwsFindings(
        connection.gateway, connection.pool, home=connection.settings.home_region, now=now, budget=budget.take
    )


class _Budget:
    """Blocks of calls from the ledger's shared budget, used up one by one; safe in threads."""

    def __init__(self, ledger: SqlLedger, name: str, sleep: Callable[[float], None]) -> None:
        self._ledger = ledger
        self._name = name
        self._sleep = sleep
        self._left: dict[Priority, int] = {}
        self._lock = threading.Lock()

    def take(self, priority: Priority) -> None:
        """Return when one more call may go out."""
        with self._lock:
            while not self._left.get(priority, 0):
                given, wait = self._ledger.take_calls(
                    self._name, priority=priority, most=int(_BURST), per_second=_PER_SECOND, burst=_BURST
                )
                self._left[priority] = given
                if not given:
                    self._sleep(wait)
            self._left[priority] -= 1


def findings_queue(connection: Connection) -> FindingsQueue:
    """The queue of the settings. Raises InputError where none is set."""
    url = connection.settings.findings_queue
    if not url:
        raise InputError(
            f"organizations.{connection.name}.findings_queue: no queue is set; deploy events.yaml and put its URL there"
        )
    now = connection.workplace.surroundings.now
    return SqsQueue(connection.gateway, url, region=connection.settings.home_region, now=now)


@contextmanager
def findings_files(at: Workplace) -> Iterator[FindingsFiles]:
    """Findings in files; objects of S3 are fetched to a directory that goes away again."""
    with TemporaryDirectory(prefix="hubposture-") as directory:

        def fetch(url: str) -> Sequence[Path]:
            return fetcher(_s3(at), Path(directory))(url)

        yield Files(fetch, clock=lambda: naive(at.surroundings.now()))


def move_ledger(at: Workplace, url: str) -> tuple[str, dict[str, int]]:
    """Carry the ledger to a new database; gives it as it may be shown, and rows by table."""
    reference = parse_reference(url)
    target = secret(reference, at.surroundings) if reference is not None else url
    with (
        at.ledger() as source,
        open_ledger(target, relative_to=at.repository.root, clock=at.surroundings.now) as there,
    ):
        return shown(there.engine.url), move(source, there)


def gathering(connection: Connection, store: Store, *, plan: Callable[[], Planned], progress: Progress | None) -> Means:
    """What gathering from the API needs."""
    at = connection.workplace
    settings = at.settings
    return Means(
        api=ApiMeans(
            lake=connection.name,
            reader=findings_reader(connection, store.ledger),
            writer=store.writer,
            versions=store.ledger,
            now=lambda: naive(at.surroundings.now()),
            progress=progress,
        ),
        census=census_reader(connection),
        lake=store.reader,
        plan=plan,
        first_seen=lambda planned: {
            ControlId(one): since
            for one, since in store.ledger.first_seen(connection.name, planned.catalog.controls).items()
        },
        rules=posture_rules(at),
        zone=settings.zone_info,
        sweep_every=dt.timedelta(hours=settings.findings.sweep_hours),
        survey_every=dt.timedelta(hours=settings.findings.survey_hours),
    )


def posture_rules(at: Workplace) -> Rules:
    """How the settings count obligations."""
    posture = at.settings.posture
    days = posture.due_days
    return Rules(
        owner_tags=posture.owner_tags,
        due_days={
            Severity.CRITICAL: days.critical,
            Severity.HIGH: days.high,
            Severity.MEDIUM: days.medium,
            Severity.LOW: days.low,
        },
        grace_days=posture.grace_days,
    )
