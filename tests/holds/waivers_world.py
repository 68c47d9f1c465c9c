"""A small organization with waivers: buckets that tests break and fix, people who press buttons, files of waivers.

Everything is as in `findings_world`, only smaller, and nothing happens by itself but checks: what a test did not do was
done by us. What is true of findings is read from the sandbox's own store, never through our client.
"""

import datetime as dt
import re
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from holds.findings_world import Around, Begun, Subject, World
from holds.holds_world import ADMINISTRATOR, DARK, DATA, HOME, LINKED, MANAGEMENT, WEB
from hubposture.cli.enforced import enforced, waiver_store
from hubposture.cli.sync import synced
from hubposture.findings.finding import finding_key, subject_key
from hubposture.ledger.schema import CHANGES, PERSONS_NOTES
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId
from hubposture.ports.ledger import Run
from hubposture.sandbox.clock import VirtualClock
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.findings_record import ControlBody, HistoryEntry, Record, ResourceRef
from hubposture.sandbox.lifecycle_findings import blank_record
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.world import CIS_5, FSBP, AccountSpec, OrganizationSpec, OuSpec, RoleSpec, TargetSpec
from hubposture.verbs.held import held
from hubposture.verbs.init import from_catalog
from hubposture.verbs.waiver_book import set_name
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waivers import Enforced, Options, act
from hubposture.waivers.decision import Decision, Mark
from hubposture.waivers.digest import digest
from hubposture.waivers.read import read_waivers
from hubposture.waivers.subject_file import to_text
from hubposture.waivers.waiver import (
    Approval,
    Criteria,
    SubjectName,
    SubjectSet,
    SystemOfApproval,
    Waiver,
    WaiverType,
)
from hubposture.waivers.write import to_yaml, with_approval
from hubposture.wiring import findings_queue, packaged_catalog, put_workbook
from hubposture.wiring.workplace import Workplace

ORGANIZATION = "acme"
INSTANCE = "test"
WORK, SAND = "ou-root-workload", "ou-root-trialrun"
PLACES = ((WEB, HOME), (WEB, LINKED), (DATA, HOME), (DATA, LINKED))
"""Where buckets are."""
BUCKET = "AWS::S3::Bucket"
NOT_WAIVABLE, THIRTY_DAYS = "S3.9", "S3.6"
"""Controls whose row allows no waiver, and none for more than thirty days."""
QUEUE = f"https://sqs.{HOME}.amazonaws.com/{ADMINISTRATOR}/hubposture-findings"
PATTERN = "arn:aws:s3:::"
SETTINGS = f"""
instance = "{INSTANCE}"
[organizations.{ORGANIZATION}]
administrator = "{ADMINISTRATOR}"
home_region = "{HOME}"
administrator_reader_role = ""
administrator_writer_role = ""
findings_queue = "{QUEUE}"
"""
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
SEEN_AFTER = 4 * MINUTE
"""After this long everybody sees what was written, whatever the quirks."""


def spec() -> OrganizationSpec:
    """Five accounts in two Regions; one lacks a control, one has a finding for each standard, one cannot be read."""
    roles = ("hubposture-reader", "hubposture-writer")

    def account(number: str, name: str, ou: str, **more: Any) -> AccountSpec:
        return AccountSpec(id=number, name=name, email=f"{name}@example.com", ou=ou, **more)

    return OrganizationSpec(
        id="o-acme",
        management_account=MANAGEMENT,
        administrator=ADMINISTRATOR,
        home_region=HOME,
        regions=(HOME, LINKED),
        linked_regions=(LINKED,),
        ous=(
            OuSpec(id=WORK, name="Workloads", parent="r-root"),
            OuSpec(id=SAND, name="Sandbox", parent="r-root"),
        ),
        accounts=(
            account(MANAGEMENT, "management", "r-root"),
            account(ADMINISTRATOR, "security", "r-root"),
            account(WEB, "web", WORK),
            account(DATA, "data", SAND),
            account(DARK, "dark", WORK, roles_missing=frozenset(roles)),
        ),
        standards=(FSBP, CIS_5),
        targets=(
            TargetSpec(account=WEB, region=HOME, controls_missing=frozenset({"S3.1"})),
            TargetSpec(account=DATA, region=LINKED, consolidated=False),
        ),
        roles=tuple(RoleSpec(name=one) for one in roles),
    )


def make_baseline(directory: Path) -> Path:
    """The repository of every world, made once."""
    directory.mkdir()
    (directory / "hubposture.toml").write_text(SETTINGS)
    limits = {NOT_WAIVABLE: "no", THIRTY_DAYS: "30"}
    made = dict(from_catalog(packaged_catalog()))
    made["Controls"] = [{**row, "waivable": limits.get(row["control"], "")} for row in made["Controls"]]
    put_workbook(directory, made, now=VirtualClock().now())
    return directory


# --- what is true ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """What a finding shows in the sandbox."""

    product: str
    id: str
    state: str
    compliance: str
    workflow: str
    note: str
    note_by: str
    fields: Mapping[str, str]

    @property
    def waiver(self) -> str:
        """The waiver of the mark; `released`, or '' without one."""
        return self.fields.get("hubposture/waiver", "")

    @property
    def until(self) -> str:
        """The last day in the mark."""
        return self.fields.get("hubposture/until", "")

    @property
    def key(self) -> str:
        """How the ledger names it."""
        return finding_key(self.product, self.id)


def shown(record: Record) -> Shown:
    """What a finding of the sandbox's store shows."""
    members = record.customer.members if record.customer is not None else {}
    note = members.get("Note", {})
    return Shown(
        record.product_arn,
        record.id,
        record.record_state,
        record.compliance,
        record.workflow,
        note.get("Text", ""),
        note.get("UpdatedBy", ""),
        dict(members.get("UserDefinedFields", {})),
    )


def is_like(text: str, pattern: str) -> bool:
    """Whether a text is as a pattern has it: `*` is anything, `?` one character."""
    written = "".join(".*" if one == "*" else "." if one == "?" else re.escape(one) for one in pattern)
    return re.fullmatch(written, text, re.DOTALL) is not None


def is_ours(entry: HistoryEntry) -> bool:
    """Whether we made a change: whoever is no analyst and no rule, for the sandbox itself presses no buttons."""
    return entry.by_customer and "SecurityAnalyst" not in entry.identity and ":automation-rule/" not in entry.identity


# --- the world -------------------------------------------------------------------------------------------------------


@dataclass
class WaiversWorld(World):
    """A sandbox with buckets, a lake of ours, and waivers in files.

    `to_approve` are waivers that wait, with who will approve them; `by_hand` has them approved for what is true.
    `to_survey` says that accounts or controls were changed since the last survey.
    """

    to_approve: dict[str, str] = field(default_factory=dict)
    by_hand: bool = False
    to_survey: bool = False
    zone: str = "UTC"

    # Resources and people

    def bucket(
        self, name: str, *failing: str, place: tuple[str, str] = (WEB, HOME), tags: Mapping[str, str] | None = None
    ) -> str:
        """A new bucket that fails some controls and passes all others; gives its ARN."""
        return self.box.create_resource(
            BUCKET, place[0], region=place[1], resource=f"{PATTERN}{name}", tags=tags, failing=failing
        )

    def break_(self, bucket: str, control: str = "S3.8") -> None:
        """Let a control fail."""
        self.box.break_resource(bucket, control)

    def fix(self, bucket: str, control: str = "S3.8") -> None:
        """Let a control pass."""
        self.box.fix_resource(bucket, control)

    def move(self, account: str, ou: str) -> None:
        """Move an account to another OU."""
        self.box.move_account(account, ou)
        self.to_survey = True

    def switch(self, control: str, place: tuple[str, str], *, on: bool) -> None:
        """Let somebody switch a control on or off in a target, in all its standards."""
        client = self.box.client("securityhub", account=place[0], region=place[1])
        state = (
            {"AssociationStatus": "ENABLED"} if on else {"AssociationStatus": "DISABLED", "UpdatedReason": "not now"}
        )
        standards = self.living.checks.catalogue.controls[control].standards
        updates = [
            {"StandardsArn": f"arn:aws:securityhub:{place[1]}::{one}", "SecurityControlId": control, **state}
            for one in (FSBP, CIS_5)
            if one in standards
        ]
        reply = client.batch_update_standards_control_associations(StandardsControlAssociationUpdates=updates)
        assert not reply["UnprocessedAssociationUpdates"]
        self.to_survey = True

    # The truth

    def records(self, subject: Subject) -> list[Record]:
        """The findings of a subject, archived ones too, in the order of their ids."""
        account, region, control, resource = subject
        found = [
            one
            for one in self.living.store.of_target((account, region))
            if one.body.control_id.casefold() == control.casefold()
            and resource in [held_.id for held_ in one.body.resources]
        ]
        return sorted(found, key=lambda one: one.id)

    def shown(self, subject: Subject) -> list[Shown]:
        """What a subject's ACTIVE findings show."""
        return [shown(one) for one in self.records(subject) if one.record_state == "ACTIVE"]

    def one(self, subject: Subject) -> Shown:
        """What a subject's one ACTIVE finding shows."""
        (found,) = self.shown(subject)
        return found

    def by_us(self, subject: Subject) -> list[HistoryEntry]:
        """What we changed on the findings of a subject, oldest first."""
        return [entry for one in self.records(subject) for entry in one.history or () if is_ours(entry)]

    # Waivers

    def day(self, days: int = 0) -> dt.date:
        """A day from the organization's today."""
        return self.around.now().astimezone(ZoneInfo(self.zone)).date() + dt.timedelta(days=days)

    def path(self, waiver: str) -> Path:
        """A waiver's file."""
        return self.directory / "waivers" / f"{waiver}.yaml"

    def write(self, waiver: Waiver) -> None:
        """Write a waiver's file anew."""
        self.path(waiver.id).parent.mkdir(exist_ok=True)
        self.path(waiver.id).write_text(to_yaml(waiver))

    def edit(self, waiver: str, change: Callable[[bytes], bytes]) -> None:
        """Change a waiver's file."""
        self.path(waiver).write_bytes(change(self.path(waiver).read_bytes()))

    def waive(self, waiver: str, *resources: str, by: str = "lee@example.com", days: int = 90, **more: Any) -> Waiver:
        """Write a waiver; `by` approves it before the next decision, or nobody where that is ''."""
        criteria = {name: more.pop(name) for name in ("accounts", "ous", "regions", "tags") if name in more}
        controls = tuple(ControlId(one.casefold()) for one in more.pop("controls", ("S3.8",)))
        made = Waiver(
            id=waiver,
            criteria=Criteria(controls, tuple(sorted(resources)), **criteria),
            type=WaiverType.BY_DESIGN,
            reason=more.pop("reason", "Public on purpose"),
            owner="team-web",
            requested_by="kim@example.com",
            valid_from=more.pop("valid_from", self.day(-30)),
            expires=self.day(days),
            **more,
        )
        self.write(made)
        if by:
            self.to_approve[waiver] = by
        return made

    def approve(self, waivers: Mapping[str, str], *, on: dt.date | None = None) -> None:
        """Let people approve waivers as they are, for what they match by the last sync, whoever they are."""
        if not waivers:
            return
        with (
            waiver_store(self.connection(), writes=False, asks=False) as (store, _, book),
            store.reader.snapshot() as snapshot,
        ):
            found = previews(sorted(waivers), snapshot, book, ledger=store.ledger, organization=ORGANIZATION)
        for one in found:
            self._approve(one.waiver, one.proposed, one.digest, by=waivers[one.waiver.id], on=on)

    def approve_by_hand(self, waivers: Mapping[str, str], *, on: dt.date | None = None) -> None:
        """The same for what they match in truth: soon done, and none of ours has a part in what is approved."""
        for one in self.waivers(waivers):
            subjects = self.matching(one)
            self._approve(one, subjects, digest(one, one.expires, to_text(subjects)), by=waivers[one.id], on=on)

    def waivers(self, named: Collection[str]) -> tuple[Waiver, ...]:
        """Waivers as their files have them."""
        found = read_waivers({f"waivers/{one}.yaml": self.path(one).read_bytes() for one in named}).waivers
        assert len(found) == len(named)
        return tuple(found)

    def _approve(self, waiver: Waiver, subjects: SubjectSet, bound_to: str, *, by: str, on: dt.date | None) -> None:
        name = set_name(waiver.id)
        (self.directory / "waivers" / name).write_text(to_text(subjects))
        approval = Approval(
            system=SystemOfApproval.FILE,
            number="",
            by=by,
            on=on or self.day(),
            until=waiver.expires,
            digest=bound_to,
            subjects=name,
        )
        self.edit(waiver.id, lambda raw: with_approval(raw, waiver.id, approval))

    def matching(self, waiver: Waiver) -> SubjectSet:
        """What a waiver would be approved for, by the sandbox's own state and the plainest reading of its criteria."""
        criteria, tree = waiver.criteria, self.box.core.organization
        named = {*criteria.accounts, *(one for ou in criteria.ous for one in tree.accounts_under(ou))}
        if criteria.accounts and criteria.ous:
            named = set(criteria.accounts).intersection(*(tree.accounts_under(ou) for ou in criteria.ous))
        found = set()
        for record in self.living.store:
            control = record.body.control_id.casefold()
            if record.record_state != "ACTIVE" or control not in criteria.controls or self._bars(waiver, control):
                continue
            for one in record.body.resources:
                key = (record.account, record.region, control, one.id)
                if (
                    (not named or record.account in named)
                    and (not criteria.regions or record.region in criteria.regions)
                    and (not criteria.resources or any(is_like(one.id, text) for text in criteria.resources))
                    and all(is_like(one.tags.get(tag, ""), value) for tag, value in criteria.tags)
                    and self.is_on(key)
                ):
                    found.add(SubjectName(*key))
        under = sorted({one for ou in criteria.ous for one in tree.accounts_under(ou)})
        return SubjectSet(tuple(sorted(found)), tuple(under))

    def _bars(self, waiver: Waiver, control: str) -> bool:
        """Whether the row of the matrix allows no such waiver, if it is approved today."""
        too_long = (waiver.expires - self.day()).days > 30
        return control == NOT_WAIVABLE.casefold() or (control == THIRTY_DAYS.casefold() and too_long)

    # Our runs

    def once(self, source: str = "queue", options: Options | None = None) -> Enforced:
        """What is new is read, waivers that wait are approved, and everything is decided and written once.

        `source` is sweep, queue (with a survey beside it where a test changed what only that sees) or none.
        """
        self.read(source)
        waiting, self.to_approve = self.to_approve, {}
        (self.approve_by_hand if self.by_hand else self.approve)(waiting)
        return self.enforce(options or Options())

    def enforce(self, options: Options) -> Enforced:
        """Decide and write, by what was read."""
        return enforced(self.connection(), options)

    def read(self, source: str) -> None:
        """Read what is new."""
        match source:
            case "sweep":
                self.sync()
            case "queue":
                synced(self.connection(), "events")
                if self.to_survey:
                    synced(self.connection(), "api", survey=True)
            case _:
                assert source == "none"
                return
        self.to_survey = False

    def heard(self) -> tuple[frozenset[str], Enforced | None]:
        """As somebody who listens: events come in, and what they speak of is decided and written at once."""
        connection = self.connection()
        with waiver_store(connection) as (store, means, book):
            messages = findings_queue(connection).receive(most=100_000, wait_seconds=0)
            found = [one for message in messages for one in message.findings]
            if not found:
                return frozenset(), None
            store.writer.fold(found, rejected=[])
            findings_queue(connection).delete([one.receipt for one in messages])
            subjects = frozenset(one.subject for one in found if one.kind == "control")
            with held(store.ledger, f"waivers/{ORGANIZATION}", "listening", what="deciding"):
                foreign = _foreign(means, store.reader)
                return subjects, act(means, book, subjects, foreign)

    # The ledger

    def kept(self) -> dict[tuple[str, str], str]:
        """Notes of people that the ledger has in full: by finding and text, who wrote it."""
        with self.connection().workplace.ledger() as ledger, ledger.engine.connect() as connection:
            rows = connection.execute(select(PERSONS_NOTES.c.finding, PERSONS_NOTES.c.text, PERSONS_NOTES.c.by))
            return {(finding, text): by for finding, text, by in rows}

    def marks(self) -> Mapping[str, Mark]:
        """What the ledger knows of findings."""
        with self.connection().workplace.ledger() as ledger:
            return ledger.marks(ORGANIZATION)

    def forget(self, findings: Sequence[str]) -> None:
        """Let the ledger lose what it knows of findings."""
        with self.connection().workplace.ledger() as ledger:
            ledger.drop_marks(ORGANIZATION, findings)

    def intents(self) -> list[tuple[str, str]]:
        """Of all runs that wrote to findings, each intent's run and state."""
        with self.connection().workplace.ledger() as ledger, ledger.engine.connect() as connection:
            query = select(CHANGES.c.run, CHANGES.c.state).where(CHANGES.c.kind.like("waiver %"))
            return [(run, state) for run, state in connection.execute(query)]

    def runs(self) -> tuple[Run, ...]:
        """The runs in the ledger that wrote to findings, the newest first."""
        with self.connection().workplace.ledger() as ledger:
            return tuple(one for one in ledger.runs() if one.verb == "waivers enforce")


def _foreign(means: Any, reader: Any) -> Any:
    from hubposture.verbs.waiver_decide import foreign_rules

    with reader.snapshot() as snapshot:
        regions = [str(region) for (region,) in snapshot.execute("SELECT DISTINCT region FROM targets", {})]
    return foreign_rules(means.rules, sorted(regions))


@dataclass(frozen=True, slots=True)
class _TwoResources(ControlBody):
    """A control finding that speaks of more than one resource."""

    more: tuple[ResourceRef, ...] = ()

    @property
    def resources(self) -> tuple[ResourceRef, ...]:
        """All of them."""
        return (self.resource, *self.more)

    def members(self, record: Record) -> dict[str, Any]:
        """With all resources."""
        found = super(_TwoResources, self).members(record)
        return {**found, "Resources": [one.as_finding(self.partition) for one in self.resources]}


def two_resources(there: WaiversWorld, place: tuple[str, str], control: str, *resources: str) -> None:
    """Put a failing finding of a control into the sandbox that speaks of several resources."""
    catalogue = there.living.checks.catalogue
    found = catalogue.controls[control]
    first, *more = (ResourceRef("AwsS3Bucket", one, place[1]) for one in resources)
    now = there.box.clock.now()
    body = _TwoResources(found, None, first, catalogue, more=tuple(more))
    record = blank_record(body, place, number=f"two {first.id}", account_name="", at=now)
    record.compliance, record.severity, record.workflow = "FAILED", found.severity, "NEW"
    there.living.store.add(record, now, identity=record.product_arn)


def decision(done: Enforced, subject: Subject) -> Decision | None:
    """What was decided for a subject; None where it was no case at all."""
    key = subject_key(*subject[:2], subject[2].casefold(), subject[3])
    return next((one for one in done.outlook.decided.decisions if one.subject == key), None)


def decided(done: Enforced, subject: Subject) -> tuple[str, str]:
    """The verb and the reason of a decision; 'leave' and '' where it was no case."""
    found = decision(done, subject)
    return (str(found.verb), found.reason) if found is not None else ("leave", "")


# --- making it -------------------------------------------------------------------------------------------------------


def build(quirks: Quirks | None = None, finding_quirks: FindingQuirks | None = None) -> tuple[Sandbox, FindingService]:
    """The organization at its beginning: two buckets in each place, of which one is public."""
    clock = VirtualClock()
    quirks = quirks or Quirks()
    living = FindingService(
        Inventory((), start=clock.now()),
        alive=False,
        quirks=finding_quirks or FindingQuirks.of(quirks),
        empty_passes=False,
    )
    box = Sandbox(spec(), clock=clock, quirks=quirks, findings=living, strict=False)
    box.wait(1)
    for number, (account, region) in enumerate(PLACES):
        for kind, failing in (("public", ("S3.8",)), ("plain", ())):
            box.create_resource(BUCKET, account, region=region, resource=f"{PATTERN}{kind}-{number}", failing=failing)
    box.wait(HOUR.total_seconds())
    return box, living


def begin(baseline: Path, directory: Path, patch: pytest.MonkeyPatch) -> Begun:
    """Do the first sync once."""
    made = _world(baseline, directory, patch)
    made.sync()
    return Begun(directory, made.box.clock.now())


def world(
    begun: Begun,
    directory: Path,
    patch: pytest.MonkeyPatch,
    *,
    quirks: Quirks | None = None,
    finding_quirks: FindingQuirks | None = None,
    settings: str = "",
    zone: str = "UTC",
) -> WaiversWorld:
    """The world as the first sync left it, a copy of its own for each test.

    `settings` are more lines of the settings, `zone` is the organization's.
    """
    made = _world(begun.directory, directory, patch, quirks, finding_quirks)
    made.box.wait((begun.at - made.box.clock.now()).total_seconds())
    made.zone = zone
    (directory / "hubposture.toml").write_text(f'zone = "{zone}"\n{SETTINGS}{settings}')
    return made


def _world(
    source: Path,
    directory: Path,
    patch: pytest.MonkeyPatch,
    quirks: Quirks | None = None,
    finding_quirks: FindingQuirks | None = None,
) -> WaiversWorld:
    box, living = build(quirks, finding_quirks)
    keys = box.keys(ADMINISTRATOR)
    patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    patch.delenv("AWS_PROFILE", raising=False)
    patch.setattr(Workplace, "matrix", _matrix_once)
    shutil.copytree(source, directory)
    return WaiversWorld(box, living, Around(box), directory)


_READ: dict[str, Matrix] = {}


def _matrix_once(at: Workplace) -> Matrix:
    """The matrix is the same in every world here, and slow to read."""
    if "read" not in _READ:
        _READ["read"] = _reading(at)
    return _READ["read"]


_reading = Workplace.matrix
