"""The settings themselves. Field descriptions are the documentation: `docs/settings.md` is made from them."""

import datetime as dt
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationInfo, field_validator

from hubposture.controls.desired import GlobalControls
from hubposture.model.controls import Severity
from hubposture.reconcile.guard import Limits as GuardLimits
from hubposture.settings.access import AccessSettings
from hubposture.settings.defectdojo import DefectDojoSettings
from hubposture.settings.fields import (
    AccountId,
    DatabaseUrl,
    File,
    InstanceId,
    Name,
    QueueUrl,
    Region,
    RegionOrAll,
    RoleName,
    RoleNameOrNone,
    Secret,
    Zone,
)
from hubposture.settings.history import HistorySettings, OutsideSettings
from hubposture.settings.jira import JiraSettings
from hubposture.settings.jobs import JobSettings
from hubposture.settings.messages import MessageSettings
from hubposture.settings.owners import OwnerSettings
from hubposture.settings.part import Count, Part, Seconds
from hubposture.settings.report import ReportSettings
from hubposture.settings.secrets import SecretReference, parse_reference
from hubposture.settings.tickets import TicketSettings
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.settings.waivers import WaiverSettings
from hubposture.settings.web import WebSettings
from hubposture.work.routes import SERVICENOW


class Partition(StrEnum):
    """The partitions of AWS: an organization lies in one of them."""

    AWS = "aws"
    GOVCLOUD = "aws-us-gov"
    CHINA = "aws-cn"


class Mode(StrEnum):
    """By which way hubposture may write."""

    LOCAL = "local"
    CENTRAL = "central"
    AUTO = "auto"


class Unlisted(StrEnum):
    """What becomes of controls without a row; the values are those that central configuration compiles from."""

    ENABLE = "enable"
    DISABLE = "disable"
    LEAVE = "leave"


class AssumeFrom(StrEnum):
    """Who assumes the roles in the members."""

    OWN = "own"
    ADMINISTRATOR = "administrator"


class ExpectedUnreadable(Part):
    """Targets that cannot be read, and that is known."""

    account: AccountId = Field(description="The account.")
    region: RegionOrAll = Field(default="*", description="The Region, or `*` for all of them.")
    reason: Name = Field(description="Why it cannot be read; shown in plans and reports.")
    review_by: dt.date = Field(description="After this day it counts as a surprise again.")


class Observe(Part):
    """Where verbs only say what they would do and write nothing, verb by verb."""

    apply: tuple[Name, ...] = Field(
        default=(),
        description="Scopes in which `apply` only observes: `*` is everywhere, and `!NAME` takes a scope out again "
        '(`["*", "!Sandbox"]` writes in Sandbox only).',
    )
    waivers: tuple[Name, ...] = Field(
        default=(), description="Scopes in which `waivers enforce` only observes, written in the same way."
    )
    tickets: tuple[Name, ...] = Field(
        default=(), description="Scopes whose subjects get no tickets and no messages yet, written in the same way."
    )

    def holds(self, scopes: Collection[str]) -> bool:
        """Whether a target in these scopes is only observed by apply; a scope taken out wins."""
        return _observed(self.apply, scopes)

    def holds_for_waivers(self, scopes: Collection[str]) -> bool:
        """Whether findings of a target in these scopes are only observed; a scope taken out wins."""
        return _observed(self.waivers, scopes)

    def holds_for_tickets(self, scopes: Collection[str]) -> bool:
        """Whether subjects of a target in these scopes get no tickets yet; a scope taken out wins."""
        return _observed(self.tickets, scopes)


def _observed(named: tuple[str, ...], scopes: Collection[str]) -> bool:
    if any(f"!{scope}" in named for scope in scopes):
        return False
    return "*" in named or any(scope in named for scope in scopes)


class GovernSettings(Part):
    """Who comes under configuration policies and who is left to itself; nobody else's way of being governed changes."""

    central: tuple[Name, ...] = Field(
        default=(),
        description="OUs (an id, or a path like `/Workloads/Prod`; `/` is the root) and account ids to bring under "
        "configuration policies. What has an association of its own below a named OU stays as it is.",
    )
    self_managed: tuple[Name, ...] = Field(
        default=(), description="OUs and account ids to take out of configuration policies."
    )

    @field_validator("self_managed")
    @classmethod
    def _one_way(cls, names: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if both := sorted(set(names) & set(info.data.get("central", ()))):
            raise ValueError(f"{', '.join(both)} cannot be both central and self-managed")
        return names


class Organization(Part):
    """One AWS organization, and how hubposture acts in it."""

    partition: Partition = Field(default=Partition.AWS, description="The partition it lies in.")
    administrator: AccountId = Field(description="Security Hub's delegated administrator account.")
    management_account: AccountId | None = Field(
        default=None, description="The management account; read from Organizations if absent, checked if given."
    )
    home_region: Region = Field(description="The aggregation Region.")
    regions: tuple[Region, ...] = Field(
        default=(), description="Regions in use beyond those that show it by themselves; compared with the linked ones."
    )
    linked: tuple[Region, ...] = Field(
        default=(), description="Regions expected to be linked to the home Region; empty expects nothing."
    )
    mode: Mode = Field(
        default=Mode.AUTO,
        description="What hubposture may write: by `local` calls in the accounts, by `central` configuration "
        "policies, or `auto`: each target by the way it is governed today. No mode changes how an account is governed.",
    )
    unlisted: Unlisted = Field(
        default=Unlisted.LEAVE,
        validate_default=True,
        description="Controls without a row: `enable`, `disable`, or `leave` as they are. A central policy cannot say "
        "`leave`.",
    )
    govern: GovernSettings = Field(
        default_factory=GovernSettings, description="Who changes to or from central configuration."
    )
    reader_role: RoleName = Field(default="hubposture-reader", description="The role in every account that reads.")
    writer_role: RoleNameOrNone = Field(
        default="hubposture-writer",
        description="The role in every account that writes; empty where hubposture only observes.",
    )
    administrator_reader_role: RoleNameOrNone = Field(
        default="hubposture-administrator-reader",
        description="The reading role in the administrator account; empty if hubposture runs as that role already.",
    )
    administrator_writer_role: RoleNameOrNone = Field(
        default="hubposture-administrator-writer",
        description="The writing role in the administrator account; empty if hubposture runs as that role already.",
    )
    assume_from: AssumeFrom = Field(
        default=AssumeFrom.OWN,
        description="Who assumes the roles in the members: hubposture's `own` credentials, or the `administrator` role.",
    )
    external_id: Secret | None = Field(default=None, description="The ExternalId that the roles ask for.")
    read_account_tags: bool = Field(
        default=True, description="Read account tags, one call an account; scopes and owners by tag need them."
    )
    observe: Observe = Field(default_factory=Observe, description="Where verbs only observe.")
    findings_queue: QueueUrl = Field(
        default="",
        description="URL of the SQS queue that gets `Security Hub Findings - Imported` events; empty without one.",
    )
    expected_unreadable: tuple[ExpectedUnreadable, ...] = Field(
        default=(), description="Targets that cannot be read, with the reason: only surprises make a run incomplete."
    )

    @field_validator("unlisted")
    @classmethod
    def _policies_are_complete(cls, unlisted: Unlisted, info: ValidationInfo) -> Unlisted:
        if unlisted is Unlisted.LEAVE and info.data.get("mode") is Mode.CENTRAL:
            raise ValueError("a central policy decides every control, so `leave` cannot be said; use enable or disable")
        return unlisted

    @field_validator("linked")
    @classmethod
    def _home_is_linked(cls, linked: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        home = info.data.get("home_region")
        if linked and home is not None and home not in linked:
            raise ValueError(f"the home Region {home} is always linked; name it as well")
        return linked

    @field_validator("regions", "linked")
    @classmethod
    def _each_once(cls, regions: tuple[str, ...]) -> tuple[str, ...]:
        if twice := sorted({region for region in regions if regions.count(region) > 1}):
            raise ValueError(f"{', '.join(twice)} is named twice")
        return regions

    @field_validator("expected_unreadable")
    @classmethod
    def _each_target_once(cls, expected: tuple[ExpectedUnreadable, ...]) -> tuple[ExpectedUnreadable, ...]:
        targets = [(one.account, one.region) for one in expected]
        if twice := sorted(
            {f"{account}/{region}" for account, region in targets if targets.count((account, region)) > 1}
        ):
            raise ValueError(f"{', '.join(twice)} is listed twice")
        return expected

    @property
    def external_id_reference(self) -> SecretReference | None:
        """Where the ExternalId is kept, or None if the roles ask for none."""
        return None if self.external_id is None else parse_reference(self.external_id)


class Guards(Part):
    """How much one run may change; an option of the command line overrides each."""

    max_changes: Count = Field(
        default=20_000, description="Most account x Region x control cells that one run may change."
    )
    max_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.3, description="Largest share of all compared cells that one run may change, 0 to 1."
    )
    share_from: Count = Field(default=200, description="The share counts only from this many changed cells on.")
    max_changes_per_account: Count = Field(
        default=5_000, description="Most cells that one run may change in a single account."
    )

    def limits(self) -> GuardLimits:
        """The limits as the guards of a plan take them."""
        return GuardLimits(
            changes=self.max_changes,
            share=self.max_share,
            share_from=self.share_from,
            account=self.max_changes_per_account,
        )


class Controls(Part):
    """Rules about rows and controls."""

    approval_from: Severity = Field(
        default=Severity.HIGH,
        description="Rows that switch off a control of this severity or above need Approved by, Reference and Expires.",
    )
    settling_days: Annotated[int, Field(ge=0, le=365)] = Field(
        default=14,
        description="Days in which a control that AWS has just released is left alone: not written, not drift.",
    )
    global_controls: GlobalControls = Field(
        default=GlobalControls.HOME,
        description="Where controls over global resources are on when their row says so: in the `home` Region alone, "
        "`everywhere`, or `leave` them as they are outside the home Region.",
    )
    disable_standards: bool = Field(
        default=False,
        description="Whether standards that are on but not wanted may be disabled; that forgets their controls.",
    )
    remote: str = Field(
        default="",
        description="The git remote to which the branches of proposed changes are pushed; empty for no push.",
    )


class CallLimits(Part):
    """How hubposture calls AWS."""

    threads: Annotated[int, Field(ge=1, le=64)] = Field(
        default=24,
        description="Threads that call AWS. With answers after 60 ms, 24 read about 47 targets a second, 8 about 18.",
    )
    connect_timeout_seconds: Seconds = Field(default=5, description="Longest wait for a connection.")
    read_timeout_seconds: Seconds = Field(default=60, description="Longest wait for an answer.")
    retry_budget_seconds: Seconds = Field(default=180, description="Longest time in which one call is tried again.")
    ready_wait_seconds: Seconds = Field(default=600, description="Longest wait for a standard to become ready.")


class LedgerSettings(Part):
    """Where hubposture remembers what it did."""

    url: DatabaseUrl = Field(
        default="sqlite:///.hubposture/ledger.sqlite",
        description="`sqlite:///PATH` (relative to the baseline) on a local disk, or `postgresql://HOST/NAME`; with a "
        "password only as a reference.",
    )

    @property
    def reference(self) -> SecretReference | None:
        """Where the URL is kept, or None if `url` is the URL itself."""
        return parse_reference(self.url)


class LakeSettings(Part):
    """Where findings and what is derived from them are kept."""

    path: Name = Field(
        default=".hubposture/lake",
        description="A directory (relative to the baseline) or `s3://BUCKET/PREFIX`; with a ledger in PostgreSQL every "
        "process must reach the same one.",
    )
    cache: Name = Field(
        default=".hubposture/cache", description="Where files of a lake on S3 are kept once they were fetched."
    )
    cache_mib: Count = Field(default=10_240, description="How large that cache may become, in MiB.")
    memory_mib: Annotated[int, Field(ge=256)] = Field(
        default=1_024, description="Memory that the database engine may take in one process, in MiB."
    )
    keep_days: Count = Field(
        default=400,
        description="For how many days every day's posture can be computed again; transitions stay as long.",
    )
    full_days: Count = Field(
        default=7, description="For how many of them the findings themselves are kept as they were, besides now."
    )


class FindingsSettings(Part):
    """How findings are read from the API."""

    sweep_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=24, description="How old the last complete reading of an account's findings may be until the next."
    )
    survey_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=6, description="How old what is known of accounts and controls may be until `sync` reads it anew."
    )


class DueDays(Part):
    """In how many days a failing subject is due where its row says nothing; 0 for never."""

    critical: Annotated[int, Field(ge=0)] = Field(default=7, description="CRITICAL.")
    high: Annotated[int, Field(ge=0)] = Field(default=30, description="HIGH.")
    medium: Annotated[int, Field(ge=0)] = Field(default=90, description="MEDIUM.")
    low: Annotated[int, Field(ge=0)] = Field(default=180, description="LOW.")


class PostureSettings(Part):
    """How obligations are counted."""

    owner_tags: tuple[Name, ...] = Field(
        default=("owner", "team"), description="Account tags that name the owner; the first that is set counts."
    )
    resource_owner_tags: tuple[Name, ...] = Field(
        default=("owner", "team"),
        description="Tags of resources that name the owner, tried in this order; empty for none.",
    )
    grace_days: Annotated[int, Field(ge=0, le=365)] = Field(
        default=0, description="Days after Enforce from until a row's subjects are obligations."
    )
    due_days: DueDays = Field(default_factory=DueDays, description="Due days.")


class Files(Part):
    """The names of the baseline's other files."""

    controls: File = Field(default="controls.xlsx", description="The workbook.")
    waivers: File = Field(default="waivers", description="The directory of waivers, or one file with a list of them.")
    teams: File = Field(default="teams.yaml", description="The teams that own resources.")
    access: File = Field(
        default="access.cedar", description="Who may do what; without the file the shipped rules hold."
    )


class Settings(Part):
    """Everything in hubposture.toml."""

    instance: InstanceId = Field(
        description="This installation's id. It stands in every mark that hubposture leaves; never change it."
    )
    zone: Zone = Field(default="UTC", description="The organization's time zone: days begin and end there.")
    organizations: dict[Name, Organization] = Field(
        min_length=1, description="The organizations by a name of your own, used in files and on the command line."
    )
    guards: Guards = Field(default_factory=Guards, description="Guards.")
    controls: Controls = Field(default_factory=Controls, description="Rules about controls.")
    limits: CallLimits = Field(default_factory=CallLimits, description="Limits of calls.")
    ledger: LedgerSettings = Field(default_factory=LedgerSettings, description="The ledger.")
    lake: LakeSettings = Field(default_factory=LakeSettings, description="The lake.")
    findings: FindingsSettings = Field(default_factory=FindingsSettings, description="Findings.")
    posture: PostureSettings = Field(default_factory=PostureSettings, description="Posture.")
    owners: OwnerSettings = Field(default_factory=OwnerSettings, description="Owners.")
    waivers: WaiverSettings = Field(default_factory=WaiverSettings, description="Waivers.")
    tickets: TicketSettings = Field(default_factory=TicketSettings, description="Tickets.")
    jira: dict[Name, JiraSettings] = Field(
        default_factory=dict, description="Jira sites by a name of your own; teams.yaml says which one a team uses."
    )
    servicenow: TrackerServiceNow = Field(default_factory=TrackerServiceNow, description="ServiceNow, for tickets.")
    defectdojo: DefectDojoSettings = Field(default_factory=DefectDojoSettings, description="DefectDojo.")
    messages: MessageSettings = Field(default_factory=MessageSettings, description="Messages.")
    report: ReportSettings = Field(default_factory=ReportSettings, description="The weekly report.")
    jobs: JobSettings = Field(default_factory=JobSettings, description="Jobs.")
    history: HistorySettings = Field(default_factory=HistorySettings, description="The past of resources.")
    outside: OutsideSettings = Field(default_factory=OutsideSettings, description="Writes that are not ours.")
    access: AccessSettings = Field(default_factory=AccessSettings, description="Access.")
    web: WebSettings = Field(default_factory=WebSettings, description="The web service.")
    files: Files = Field(default_factory=Files, description="Files.")

    @field_validator("organizations")
    @classmethod
    def _names_make_variables(cls, organizations: dict[str, Organization]) -> dict[str, Organization]:
        by_variable: dict[str, str] = {}
        for name in organizations:
            other = by_variable.setdefault(variable_part(name), name)
            if other != name:
                raise ValueError(f"{other} and {name} cannot be told apart in environment variables")
        return organizations

    @field_validator("jira")
    @classmethod
    def _no_other_tracker(cls, sites: dict[str, JiraSettings]) -> dict[str, JiraSettings]:
        for name in sites:
            if name.casefold() == SERVICENOW:
                raise ValueError(
                    f"a Jira site cannot be called {name}: that is the tracker of ServiceNow; rename the site"
                )
        return sites

    @property
    def zone_info(self) -> ZoneInfo:
        """The organization's time zone."""
        return ZoneInfo(self.zone)


def variable_part(key: str) -> str:
    """A key as it stands in the name of an environment variable: capitals, digits and underscores."""
    return "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in key.upper())
