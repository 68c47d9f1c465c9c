"""Who is told what, and when."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from hubposture.settings.fields import Name, Secret, Url
from hubposture.settings.part import Days, Part
from hubposture.settings.secrets import SecretReference, parse_reference
from hubposture.settings.tickets import Address


class Pace(StrEnum):
    """When a team hears of news."""

    IMMEDIATE = "immediate"
    DIGEST = "digest"


class MailBy(StrEnum):
    """What sends mail."""

    SMTP = "smtp"
    SES = "ses"
    NONE = "none"


class SlackSettings(Part):
    """Slack."""

    token: Secret | None = Field(default=None, description="A bot token (xoxb-...), with chat:write.")
    webhooks: dict[Name, Secret] = Field(
        default_factory=dict,
        description="Incoming webhooks by channel, where there is no bot: their messages cannot be updated.",
    )
    url: Url = Field(default="", description="The API, where it is not https://slack.com/api.")
    app_token: Secret | None = Field(
        default=None,
        description="An app-level token (xapp-...), with connections:write: `listen --slack` takes what is pressed.",
    )
    signing_secret: Secret | None = Field(
        default=None, description="The app's signing secret: `listen --hooks` takes what is pressed, at /hooks/slack."
    )
    approvers_channel: str = Field(
        default="", description="The channel in which waivers that wait for a decision are told; empty for none."
    )
    default_channel: str = Field(default="", description="The channel for teams that have none; empty for none.")

    @property
    def token_reference(self) -> SecretReference | None:
        """Where the token is kept."""
        return None if self.token is None else parse_reference(self.token)

    @property
    def app_token_reference(self) -> SecretReference | None:
        """Where the app-level token is kept."""
        return None if self.app_token is None else parse_reference(self.app_token)

    @property
    def signing_reference(self) -> SecretReference | None:
        """Where the signing secret is kept."""
        return None if self.signing_secret is None else parse_reference(self.signing_secret)

    @property
    def has_acts(self) -> bool:
        """Whether people can act from messages of the bot."""
        return self.token is not None and (self.app_token is not None or self.signing_secret is not None)

    @property
    def webhook_references(self) -> dict[str, SecretReference]:
        """Where the webhooks are kept, by channel."""
        found = {channel: parse_reference(secret) for channel, secret in self.webhooks.items()}
        return {channel: reference for channel, reference in found.items() if reference is not None}


class MailSettings(Part):
    """Mail."""

    by: MailBy = Field(default=MailBy.NONE, description="smtp, ses, or none.")
    sender: Address = Field(default="", description="From whom.")
    reply_to: Address = Field(default="", description="To whom answers go; empty: to the sender.")
    host: str = Field(default="", description="The SMTP server.")
    port: Annotated[int, Field(ge=1, le=65535)] = Field(default=587, description="Its port; 465 begins with TLS.")
    user: str = Field(default="", description="The SMTP user; empty for none.")
    password: Secret | None = Field(default=None, description="Its password.")
    region: str = Field(default="", description="The Region of SES; empty: the process's.")
    attach_page: bool = Field(default=True, description="Whether a digest has the account's page with it, as HTML.")

    @property
    def password_reference(self) -> SecretReference | None:
        """Where the password is kept."""
        return None if self.password is None else parse_reference(self.password)

    @model_validator(mode="after")
    def _is_whole(self) -> "MailSettings":
        if self.by is not MailBy.NONE and not self.sender:
            raise ValueError(f"by is {self.by}, so sender is needed")
        if self.by is MailBy.SMTP and not self.host:
            raise ValueError("by is smtp, so host is needed")
        return self


class MessageSettings(Part):
    """Who is told what."""

    pace: Pace = Field(
        default=Pace.IMMEDIATE,
        description="Whether teams hear of news after each run, or in the weekly digest alone; a team may say otherwise.",
    )
    urgent: bool = Field(default=True, description="Whether each new CRITICAL is a message of its own, at once.")
    urgent_most: Annotated[int, Field(ge=1, le=100)] = Field(
        default=5, description="How many of these an owner gets from one run; the others are counted in the last one."
    )
    top: Annotated[int, Field(ge=1, le=25)] = Field(default=5, description="How many items a message lists.")
    announce_days: Days = Field(
        default=14,
        description="Days before a row's Enforce from at which those are told who will fail; 0 for not at all.",
    )
    digest_day: str = Field(default="mon", pattern="^(mon|tue|wed|thu|fri|sat|sun)$", description="The day of digests.")
    slack: SlackSettings = Field(default_factory=SlackSettings, description="Slack.")
    mail: MailSettings = Field(default_factory=MailSettings, description="Mail.")
