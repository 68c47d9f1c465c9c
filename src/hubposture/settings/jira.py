"""A Jira site and its projects."""

from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from hubposture.settings.fields import Name, Secret, Url
from hubposture.settings.part import Part
from hubposture.settings.secrets import SecretReference, parse_reference


def _assignment(text: str) -> str:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ValueError("write NAME=VALUE, NAME as the project shows it or as its id")
    return text


Assignment = Annotated[str, AfterValidator(_assignment)]


class JiraKind(StrEnum):
    """Which Jira it is."""

    CLOUD = "cloud"
    DATA_CENTER = "data-center"


class JiraPriorities(Part):
    """Names of priorities by our severity; the site's own names."""

    critical: str = Field(default="Highest", description="CRITICAL.")
    high: str = Field(default="High", description="HIGH.")
    medium: str = Field(default="Medium", description="MEDIUM.")
    low: str = Field(default="Low", description="LOW.")


class JiraOutcomes(Part):
    """Where a ticket ends: names of statuses or `status/resolution`, tried in order; empty takes any that is done."""

    fixed: tuple[Name, ...] = Field(default=(), description="Everything in it passes.")
    waived: tuple[Name, ...] = Field(default=(), description="What still fails is waived.")
    gone: tuple[Name, ...] = Field(default=(), description="What still failed is gone.")
    not_required: tuple[Name, ...] = Field(default=(), description="It is no longer required.")


class JiraProject(Part):
    """What is different in one project."""

    issue_type: str = Field(default="", description="The type of issues; empty: that of the site.")
    security_level: str = Field(default="", description="The security level, by its name; empty for none.")
    fields: tuple[Assignment, ...] = Field(
        default=(), description="Further fields of the project, by id or name, and what is written: `NAME=VALUE`."
    )
    transition_fields: tuple[Assignment, ...] = Field(
        default=(), description="Fields that screens of transitions ask for, and what is written: `NAME=VALUE`."
    )
    outcomes: JiraOutcomes = Field(default_factory=JiraOutcomes, description="Where tickets end.")
    reopen_to: tuple[Name, ...] = Field(
        default=(),
        description="Statuses to which a ticket is opened again, tried in order; empty: any that is not done.",
    )


class JiraSettings(Part):
    """One Jira site. Its name is what `site` in teams.yaml means; with one site that may be left out."""

    url: Url = Field(description="https://NAME.atlassian.net, or the address of a Data Center.")
    kind: JiraKind = Field(default=JiraKind.CLOUD, description="cloud or data-center.")
    user: str = Field(default="", description="The user of the API token, on Cloud: an address.")
    token: Secret = Field(description="An API token on Cloud, a personal access token on Data Center.")
    cloud_id: str = Field(
        default="", description="For a scoped token: the site's cloud id; calls then go to api.atlassian.com."
    )
    issue_type: str = Field(default="Task", description="The type of issues.")
    priorities: JiraPriorities = Field(default_factory=JiraPriorities, description="Priorities by severity.")
    projects: dict[Name, JiraProject] = Field(
        default_factory=dict, description="What is different in single projects, by their keys."
    )
    webhook_secret: Secret | None = Field(
        default=None, description="What webhooks of this site are signed with; without it none is believed."
    )
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = Field(default=60, description="Longest wait for one answer.")

    @property
    def token_reference(self) -> SecretReference | None:
        """Where the token is kept."""
        return parse_reference(self.token)

    @property
    def webhook_reference(self) -> SecretReference | None:
        """Where the secret of webhooks is kept; None where none are believed."""
        return None if self.webhook_secret is None else parse_reference(self.webhook_secret)

    @model_validator(mode="after")
    def _can_sign_in(self) -> "JiraSettings":
        if self.kind is JiraKind.CLOUD and not self.user:
            raise ValueError("kind is cloud, so user is needed: the address of the token's owner")
        return self
