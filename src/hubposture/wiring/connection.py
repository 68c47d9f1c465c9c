"""One organization in reach: the adapters over shared clients, threads, limits and a record of calls."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
from hubposture.catalog import load
from hubposture.controls.central.wishes import Unlisted
from hubposture.errors import InputError
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId
from hubposture.ports.hub import Progress
from hubposture.settings.model import AssumeFrom, Mode
from hubposture.settings.model import Organization as OrganizationSettings
from hubposture.verbs.apply import Journal, Means
from hubposture.verbs.central import differing, with_central
from hubposture.verbs.central_apply import CentralMeans
from hubposture.verbs.central_nodes import CentralChoices
from hubposture.verbs.plan import Choices, Planned, plan
from hubposture.verbs.survey import Expected, Survey, survey
from hubposture.wiring.secrets import secret
from hubposture.wiring.surroundings import Surroundings
from hubposture.wiring.workplace import Workplace

FirstSeen = Mapping[ControlId, dt.datetime | None]
"""Since when each control has been known; None if it was there from the beginning."""


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
    gateway = Gateway(caller, _roles(settings, around))
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


def _roles(settings: OrganizationSettings, around: Surroundings) -> Roles:
    reference = settings.external_id_reference
    return Roles(
        partition=settings.partition,
        administrator_account=settings.administrator,
        region=settings.home_region,
        reader=settings.reader_role,
        writer=settings.writer_role,
        administrator=settings.administrator_reader_role,
        administrator_writer=settings.administrator_writer_role,
        external_id=secret(reference, around) if reference is not None else "",
        via=Purpose.ADMINISTRATOR if settings.assume_from is AssumeFrom.ADMINISTRATOR else Purpose.BASE,
    )


def census_reader(connection: Connection) -> AwsCensus:
    """What the census asks of AWS beyond a survey."""
    return AwsCensus(connection.gateway, connection.pool)
