"""How waivers are approved, enforced and released."""

from enum import StrEnum

from pydantic import Field, ValidationInfo, field_validator

from hubposture.settings.fields import Hours, Name, Secret, Url
from hubposture.settings.part import Count, Days, Part, Share
from hubposture.settings.secrets import SecretReference, parse_reference
from hubposture.settings.servicenow import ServiceNowSettings
from hubposture.waivers.waiver import SystemOfApproval


class Record(StrEnum):
    """What counts as the approval."""

    FILE = "file"
    GIT = "git"
    SERVICENOW = "servicenow"
    HUBPOSTURE = "hubposture"


class Weekday(StrEnum):
    """Days of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class ForgeKind(StrEnum):
    """Which forge keeps the baseline."""

    GITHUB = "github"
    GITLAB = "gitlab"


class ForgeSettings(Part):
    """The forge whose reviews approve, for `record = "git"`."""

    kind: ForgeKind = Field(default=ForgeKind.GITHUB, description="github or gitlab.")
    url: Url = Field(
        default="", description="The API, for one of your own: https://HOST/api/v3 or https://HOST/api/v4."
    )
    repository: str = Field(default="", description="OWNER/NAME; on GitLab the path of the project.")
    token: Secret | None = Field(default=None, description="A token that may read pull requests.")

    @property
    def token_reference(self) -> SecretReference | None:
        """Where the token is kept."""
        return None if self.token is None else parse_reference(self.token)


class WaiverSettings(Part):
    """How waivers are approved, enforced and released."""

    record: Record = Field(
        default=Record.FILE,
        description="What the approval is: the entry in the `file` as the default branch has it, a review in the forge "
        "(`git`), a record in `servicenow`, or a review on the pages of `hubposture`. With the last three an entry counts "
        "once that system has confirmed it.",
    )
    max_days: Count = Field(default=365, description="The longest a waiver may hold from its approval on.")
    provisional_days: Days = Field(
        default=90,
        description="How long provisional waivers of suppressions found at the start hold; 0 for not at all.",
    )
    suppress_days: Days = Field(
        default=14,
        description="How long a finding may be suppressed for now, without an approval; at most provisional_days, 0 for not "
        "at all.",
    )
    warn_days: tuple[Days, ...] = Field(
        default=(30, 7, 1), description="Days before the end at which people are warned."
    )
    unneeded_days: Count = Field(
        default=30, description="After how many days in which all of it passed a waiver is offered for closing."
    )
    release_unapproved: bool = Field(
        default=False,
        description="Whether suppressions that nobody approved are lifted; if not they are only reported.",
    )
    max_suppress_share: Share = Field(
        default=0.3, description="Largest share of all failing subjects that one run may suppress."
    )
    max_release_share: Share = Field(
        default=0.3, description="Largest share of all subjects suppressed by us that one run may release."
    )
    share_from: Count = Field(default=50, description="Both shares count only from this many subjects on.")
    release_days: tuple[Weekday, ...] = Field(
        default=tuple(Weekday), min_length=1, description="Days on which findings may be released."
    )
    release_hours: Hours = Field(
        default="00:00-24:00", description="Hours in the organization's zone in which findings may be released."
    )
    branch: Name = Field(
        default="hubposture/waivers", description="The branch that gets commits of hubposture: approvals, requests."
    )
    remote: str = Field(default="", description="The git remote to which that branch is pushed; empty for no push.")
    forge: ForgeSettings = Field(default_factory=ForgeSettings, description="The forge.")
    servicenow: ServiceNowSettings = Field(default_factory=ServiceNowSettings, description="ServiceNow.")

    @property
    def system(self) -> SystemOfApproval:
        """The system of record."""
        return SystemOfApproval(self.record.value)

    @field_validator("servicenow")
    @classmethod
    def _instance_is_known(cls, servicenow: ServiceNowSettings, info: ValidationInfo) -> ServiceNowSettings:
        if info.data.get("record") is Record.SERVICENOW and not servicenow.url:
            raise ValueError("record is servicenow, so url is needed")
        return servicenow

    @field_validator("forge")
    @classmethod
    def _forge_is_known(cls, forge: ForgeSettings, info: ValidationInfo) -> ForgeSettings:
        if info.data.get("record") is Record.GIT and not forge.repository:
            raise ValueError("record is git, so repository and token are needed")
        return forge

    @field_validator("warn_days")
    @classmethod
    def _each_once(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(days), reverse=True))
