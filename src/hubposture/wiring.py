"""The only place that constructs adapters: from a directory and the settings to things the verbs can use."""

import datetime as dt
import getpass
import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubposture.aws.calls import Caller
from hubposture.aws.census import AwsCensus
from hubposture.aws.central import AwsCentral
from hubposture.aws.central_writer import AwsCentralWriter
from hubposture.aws.credentials import Roles
from hubposture.aws.enabling import Wait
from hubposture.aws.gateway import Gateway
from hubposture.aws.hub import AwsHub
from hubposture.aws.organization import AwsOrganization, TagReading
from hubposture.aws.pool import Pool
from hubposture.aws.record import CallRecord
from hubposture.aws.retry import Patience
from hubposture.aws.session import Clients, ClientSettings, Purpose
from hubposture.aws.waiting import Waiting
from hubposture.aws.writer import AwsHubWriter
from hubposture.baseline.repository import GitRepository, open_repository
from hubposture.baseline.skeleton import skeleton
from hubposture.catalog import Catalog, load
from hubposture.controls.central.wishes import Unlisted
from hubposture.errors import InputError, InputErrors, Problem
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.matrix.cells import Book
from hubposture.matrix.columns import CONTROLS, COVERAGE, GUIDE, SHEETS
from hubposture.matrix.coverage import coverage
from hubposture.matrix.edits import Edit
from hubposture.matrix.parse import parse
from hubposture.matrix.rows import Matrix, Parsed
from hubposture.matrix.tables import Table, tables
from hubposture.model.controls import ControlId
from hubposture.ports.hub import Progress
from hubposture.ports.repository import Repository, WouldOverwrite
from hubposture.sandbox import population
from hubposture.sandbox.clock import RealClock, VirtualClock
from hubposture.sandbox.engine import LABEL
from hubposture.sandbox.hubs import Timing
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import Server, serve
from hubposture.sandbox.storage import restore
from hubposture.sandbox.world import OrganizationSpec
from hubposture.settings.load import FILE, load_settings
from hubposture.settings.model import AssumeFrom, Mode, Settings
from hubposture.settings.model import Organization as OrganizationSettings
from hubposture.settings.secrets import resolve as resolve_secret
from hubposture.verbs.apply import Journal, Means
from hubposture.verbs.central import differing, with_central
from hubposture.verbs.central_apply import CentralMeans
from hubposture.verbs.central_nodes import CentralChoices
from hubposture.verbs.init import Rows
from hubposture.verbs.plan import Choices, Planned, plan
from hubposture.verbs.refresh import Wanted, coverage_rows
from hubposture.verbs.survey import Expected, Survey, survey
from hubposture.workbook.guard import digest_of
from hubposture.workbook.notes import guide_rows
from hubposture.workbook.owned import appended_row, refreshed_columns, rewritten_sheet
from hubposture.workbook.patch import apply_edits, refresh
from hubposture.workbook.read import load as load_bytes
from hubposture.workbook.read import read_book
from hubposture.workbook.save import save
from hubposture.workbook.write import SheetContent, write_book

_WORKBOOK = "controls.xlsx"

FirstSeen = Mapping[ControlId, dt.datetime | None]
"""Since when each control has been known; None if it was there from the beginning."""


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What lies outside: the clock, waiting, the environment, and what sees every AWS client that is built.

    The real ones by default (waiting then ends at once when a run is interrupted); the sandbox brings its own clock and
    hooks itself to the clients.
    """

    now: Callable[[], dt.datetime] = _now
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] | None = None
    attach: Callable[[Any], None] | None = None
    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))


@dataclass(frozen=True)
class Workplace:
    """A baseline repository with its settings."""

    repository: Repository
    settings: Settings
    notes: tuple[str, ...]
    surroundings: Surroundings

    @property
    def today(self) -> dt.date:
        """The day it is in the organization's zone."""
        return self.surroundings.now().astimezone(self.settings.zone_info).date()

    @property
    def commit(self) -> str:
        """The commit of the working tree, '' without git."""
        found = self.repository.commit()
        return found.id if found is not None else ""

    def book(self, revision: str | None = None) -> Book:
        """The workbook in the working tree or at a revision. Raises InputErrors and what the repository raises."""
        name = self.settings.files.controls
        return read_book(self.repository.read(name, revision), name=name)

    def parsed(self, revision: str | None = None) -> Parsed:
        """The matrix with all problems of its file."""
        return parse(self.book(revision), load())

    def matrix(self, revision: str | None = None) -> Matrix:
        """The matrix. Raises InputErrors with every problem of the file."""
        parsed = self.parsed(revision)
        if parsed.problems:
            raise InputErrors(parsed.problems)
        return parsed.matrix

    def organization(self, name: str | None) -> str:
        """The organization meant: the only one, or the named one. Raises InputError otherwise."""
        names = sorted(self.settings.organizations)
        if name is None and len(names) == 1:
            return names[0]
        if name in names:
            return str(name)
        raise InputError(f"--organization: name one of {', '.join(names)}" + (f", not {name}" if name else ""))

    @contextmanager
    def ledger(self) -> Iterator[SqlLedger]:
        """The ledger, opened and closed again."""
        reference = self.settings.ledger.reference
        url = resolve_secret(reference, environ=self.surroundings.environ) if reference else self.settings.ledger.url
        with open_ledger(url, relative_to=self.repository.root, clock=self.surroundings.now) as found:
            yield found

    def who(self) -> str:
        """Who runs this: the pipeline's actor, or the user of the machine."""
        environ = self.surroundings.environ
        return environ.get("GITHUB_ACTOR") or environ.get("GITLAB_USER_LOGIN") or getpass.getuser()


def workplace(directory: Path, *, surroundings: Surroundings | None = None) -> Workplace:
    """The baseline at or above a directory. Raises InputErrors for its settings, NoBaseline where there is none."""
    around = surroundings or Surroundings()
    repository = open_repository(directory)
    loaded = load_settings(repository.read(FILE), environ=around.environ)
    return Workplace(repository, loaded.settings, loaded.notes, around)


@dataclass(frozen=True)
class Connection:
    """One organization in reach: adapters over shared clients, threads, limits and a record of calls."""

    name: str
    workplace: Workplace
    settings: OrganizationSettings
    record: CallRecord
    gateway: Gateway
    pool: Pool
    organizations: AwsOrganization
    hub: AwsHub
    writer: AwsHubWriter
    central: AwsCentral
    central_writer: AwsCentralWriter

    def survey(self, *, progress: Progress | None = None) -> Survey:
        """Everything as it is now, account aliases included."""
        expected = [
            Expected(one.account, one.region, one.reason, one.review_by) for one in self.settings.expected_unreadable
        ]
        found = survey(self.organizations, self.hub, expected=expected, today=self.workplace.today, progress=progress)
        return replace(found, reading=self.organizations.with_aliases(found.reading))

    def plan(self, matrix: Matrix, found: Survey, *, first_seen: FirstSeen | None = None) -> Planned:
        """The plan of a matrix against a survey."""
        controls = self.workplace.settings.controls
        choices = Choices(
            global_rule=controls.global_controls,
            settling_days=controls.settling_days,
            disable_standards=controls.disable_standards,
            first_seen=first_seen or {},
        )
        planned = plan(matrix, found, catalog=load(), choices=choices, now=self.workplace.surroundings.now())
        return self._with_central(planned)

    def _with_central(self, planned: Planned) -> Planned:
        """The plan with central configuration in it, where the organization has that and the settings allow it."""
        found = planned.survey
        if self.settings.mode is Mode.LOCAL:
            held = tuple(sorted({*planned.plan.held, *differing(planned)}))
            return replace(planned, plan=replace(planned.plan, held=held))
        if not found.reading.central:
            if self.settings.mode is Mode.CENTRAL:
                raise InputError(
                    f"organizations.{self.name}.mode: it is central, but the organization is configured locally; "
                    "say auto, or switch central configuration on in Security Hub"
                )
            return planned
        prefix = f"organizations.{self.name}"
        choices = CentralChoices(
            unlisted=Unlisted(self.settings.unlisted.value),
            unlisted_source=f"{prefix}.unlisted",
            central=self.settings.govern.central,
            self_managed=self.settings.govern.self_managed,
            govern_source=f"{prefix}.govern",
            by_account=self.settings.mode is not Mode.CENTRAL,
            disable_standards=self.workplace.settings.controls.disable_standards,
        )
        state = self.central.read(found.organization)
        return with_central(planned, state, choices=choices, today=self.workplace.today, commit=self.workplace.commit)

    def central_means(self, planned: Planned, journal: Journal) -> CentralMeans | None:
        """What applying policies needs, or None where none are planned."""
        if planned.central is None:
            return None
        return CentralMeans(
            central=planned.central,
            reader=self.central,
            writer=self.central_writer,
            hub=self.hub,
            journal=journal,
            survey=planned.survey,
        )

    def means(self, found: Survey, journal: Journal) -> Means:
        """What applying needs."""
        return Means(
            reader=self.hub,
            writer=self.writer,
            workers=self.pool,
            journal=journal,
            universe=found.universe,
            definitions=found.definitions,
            governance=found.governance,
            commit=self.workplace.commit,
        )

    def calls(self) -> dict[str, int]:
        """How many requests went out, by operation."""
        counts: Counter[str] = Counter()
        for (_, service, operation), number in self.record.counts.items():
            counts[f"{service}:{operation}"] += number
        return dict(sorted(counts.items()))


def connect(at: Workplace, name: str) -> Connection:
    """The adapters of one organization of the settings. No call is made yet."""
    settings = at.settings.organizations[name]
    limits = at.settings.limits
    around = at.surroundings
    record = CallRecord()
    clients = Clients(
        ClientSettings(
            connect_timeout_seconds=limits.connect_timeout_seconds,
            read_timeout_seconds=limits.read_timeout_seconds,
            connections=2 * limits.threads,
        ),
        attach=around.attach,
        sent=record.note,
    )
    patience = Patience(budget_seconds=limits.retry_budget_seconds)
    waiting = Waiting()
    caller = Caller(clients, patience=patience, clock=around.clock, sleep=around.sleep or waiting.sleep)
    gateway = Gateway(caller, _roles(settings, around.environ))
    pool = Pool(limits.threads, stop=waiting.stop)
    organizations = AwsOrganization(
        gateway,
        pool,
        name=name,
        named_regions=settings.regions,
        tags=TagReading.ALL if settings.read_account_tags else TagReading.NONE,
    )
    wait = Wait(longest_seconds=limits.ready_wait_seconds)
    return Connection(
        name,
        at,
        settings,
        record,
        gateway,
        pool,
        organizations,
        AwsHub(gateway, pool),
        AwsHubWriter(gateway, wait=wait),
        AwsCentral(gateway, instance=at.settings.instance),
        AwsCentralWriter(gateway, instance=at.settings.instance),
    )


def _roles(settings: OrganizationSettings, environ: Mapping[str, str]) -> Roles:
    reference = settings.external_id_reference
    return Roles(
        partition=settings.partition,
        administrator_account=settings.administrator,
        region=settings.home_region,
        reader=settings.reader_role,
        writer=settings.writer_role,
        administrator=settings.administrator_reader_role,
        administrator_writer=settings.administrator_writer_role,
        external_id=resolve_secret(reference, environ=environ) if reference is not None else "",
        via=Purpose.ADMINISTRATOR if settings.assume_from is AssumeFrom.ADMINISTRATOR else Purpose.BASE,
    )


def packaged_catalog() -> Catalog:
    """The catalog that ships with hubposture."""
    return load()


def read_workbook(path: Path, *, name: str = "") -> Book:
    """A workbook anywhere on disk, behind the guard; `name` is shown in errors, the file's own by default.

    Raises InputErrors.
    """
    return read_book(load_bytes(path), name=name or path.name)


def begin_baseline(directory: Path, values: Mapping[str, str]) -> tuple[str, ...]:
    """Write the files of a new baseline but its workbook; gives the paths that were written.

    Files that are there already are kept, so that a first attempt can be mended and gone on with. Raises WouldOverwrite
    when there is a workbook.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / _WORKBOOK).exists():
        raise WouldOverwrite(f"{directory / _WORKBOOK} exists; move it away, or begin in another directory")
    files = {path: data for path, data in skeleton(values).items() if not (directory / path).exists()}
    GitRepository(directory).create(files)
    return tuple(sorted(files))


def set_global_rule(directory: Path, rule: str) -> None:
    """Say in a new baseline's settings where controls over global resources are on, as they were found."""
    repository = GitRepository(directory)
    text = repository.read(FILE).decode()
    changed = re.sub(r'(?m)^global_controls = "[a-z]+"', f'global_controls = "{rule}"', text)
    repository.write({FILE: changed.encode()})


def book_of_rows(rows: Rows, *, now: dt.datetime | None = None) -> Book:
    """The rows as a workbook that was written and read again."""
    return read_book(workbook_bytes(rows, now=now), name=_WORKBOOK)


def workbook_bytes(rows: Rows, *, now: dt.datetime | None = None) -> bytes:
    """The bytes of a new workbook with these rows, coverage and guide included."""
    at = now or _now()
    bare = _written({**rows, GUIDE.name: guide_rows(SHEETS)}, at)
    matrix = parse(read_book(bare, name=_WORKBOOK), load()).matrix
    covered = coverage_rows(coverage(matrix, load(), today=at.date()))
    return _written({**rows, COVERAGE.name: covered, GUIDE.name: guide_rows(SHEETS)}, at)


def _written(rows: Rows, at: dt.datetime) -> bytes:
    return write_book([SheetContent(spec, rows.get(spec.name, ())) for spec in SHEETS], name=_WORKBOOK, created=at)


def put_workbook(directory: Path, rows: Rows, *, now: dt.datetime | None = None) -> None:
    """Write a new workbook with these rows. Raises WouldOverwrite when another one is there."""
    GitRepository(directory).create({_WORKBOOK: workbook_bytes(rows, now=now)})


def census_reader(connection: Connection) -> AwsCensus:
    """What the census asks of AWS beyond a survey."""
    return AwsCensus(connection.gateway, connection.pool)


SANDBOX_REGION = "eu-central-1"
_SERVED_PACE = 0.05
"""On the real clock what takes AWS a minute takes the sandbox some seconds."""


def rehearsal(*, accounts: int = 12, central: bool = False, seed: int = 7) -> tuple[Sandbox, Surroundings]:
    """An emulated organization in this process, and surroundings in which every AWS client talks to it.

    Its clock starts now and stands still but for waiting. The process's AWS variables are replaced by the emulated
    administrator's, so that nothing can reach a real account.
    """
    spec = population.organization(seed=seed, accounts=accounts, central=central)
    clock = VirtualClock(_now())
    box = Sandbox(spec, clock=clock, seed=seed)
    keys = box.keys(spec.administrator)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(
        AWS_ACCESS_KEY_ID=keys.access_key, AWS_SECRET_ACCESS_KEY=keys.secret_key, AWS_DEFAULT_REGION=SANDBOX_REGION
    )
    os.environ["HUBPOSTURE_SANDBOX_EXTERNAL_ID"] = population.EXTERNAL_ID
    around = Surroundings(
        now=clock.now,
        clock=lambda: clock.now().timestamp(),
        sleep=box.wait,
        attach=box.connect,
        environ=dict(os.environ),
    )
    return box, around


def patch_workbook(path: Path, edits: Sequence[Edit]) -> None:
    """Carry out edits in a workbook and leave everything else in it as it is. Raises InputErrors."""
    if edits:
        data = load_bytes(path)
        save(path, apply_edits(data, edits, name=path.name), replaces=digest_of(data))


@dataclass(frozen=True)
class Served:
    """A sandbox that is being served: where, as whom to call it, and what it is."""

    server: Server
    spec: OrganizationSpec
    label: str

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.server.url

    @property
    def now(self) -> dt.datetime:
        """The time in the sandbox."""
        return self.server.sandbox.clock.now()

    @property
    def environment(self) -> dict[str, str]:
        """The variables under which boto3, the AWS CLI and hubposture talk to it as the administrator."""
        keys = self.server.sandbox.keys(self.spec.administrator)
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": keys.access_key,
            "AWS_SECRET_ACCESS_KEY": keys.secret_key,
            "AWS_DEFAULT_REGION": self.spec.home_region,
            "HUBPOSTURE_SANDBOX_EXTERNAL_ID": population.EXTERNAL_ID,
        }

    def wait(self) -> None:
        """Until it is stopped or interrupted."""
        self.server.wait()


@contextmanager
def serve_sandbox(*, port: int, accounts: int, central: bool, directory: Path) -> Iterator[Served]:
    """Serve an emulated organization on 127.0.0.1, on the real clock, going on from the state in `directory`."""
    spec = population.organization(accounts=accounts, central=central)

    def build() -> Sandbox:
        return Sandbox(
            spec,
            clock=RealClock(),
            timing=Timing().scaled(_SERVED_PACE),
            findings=population.findings(spec, start=_now()),
        )

    box = build()
    restore(box, directory)
    with serve(box, port=port, directory=directory, rebuild=build) as server:
        yield Served(server, spec, LABEL)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Whether the workbook changed, and what of hubposture's own could not be written, with why."""

    changed: bool
    left_out: tuple[Problem, ...]


def controls_table(at: Workplace) -> Table:
    """The Controls sheet as a table. Raises InputErrors when there is none."""
    found, problems = tables(at.book())
    for table in found:
        if table.spec.name == CONTROLS.name:
            return table
    raise InputErrors(list(problems))


def refresh_workbook(at: Workplace, wanted: Wanted, table: Table) -> Refreshed:
    """Write what hubposture owns into the workbook; refused when it changed since it was read."""
    path = at.repository.root / at.settings.files.controls
    data = load_bytes(path)
    book = read_book(data, name=path.name)
    edits: list[Edit] = [*refreshed_columns(table, wanted.columns), *(appended_row(table, row) for row in wanted.added)]
    left: list[Problem] = []
    for spec, rows in ((COVERAGE, wanted.coverage), (GUIDE, guide_rows(SHEETS))):
        more, problems = rewritten_sheet(book, spec, rows)
        edits += more
        left += problems
    patched = refresh(data, edits, name=path.name)
    if patched.data != data:
        save(path, patched.data, replaces=digest_of(data))
    return Refreshed(patched.data != data, (*left, *patched.left_out))
