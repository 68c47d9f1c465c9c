"""The ServiceNow instance whose records approve, and how they look there."""

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from hubposture.settings.fields import Secret, Url
from hubposture.settings.part import Part
from hubposture.settings.secrets import SecretReference, parse_reference

_FIELD = re.compile(r"[a-z][a-z0-9_]*")
_TABLE_FIELD = re.compile(r"(variables\.)?[a-z][a-z0-9_]*")
_SYS_ID = re.compile(r"[0-9a-f]{32}")


def _field(text: str) -> str:
    if text and _FIELD.fullmatch(text) is None:
        raise ValueError("a field is named as in the dictionary (short_description), not by its label")
    return text


def _field_or_variable(text: str) -> str:
    if text and _TABLE_FIELD.fullmatch(text) is None:
        raise ValueError("write a field as in the dictionary (valid_to), or variables.NAME for one of the catalog item")
    return text


def _pair(text: str) -> str:
    name, equals, value = text.partition("=")
    if not equals or not value or _FIELD.fullmatch(name) is None:
        raise ValueError("write FIELD=VALUE, both as the instance stores them (state=8), not as it shows them")
    return text


def _sys_id(text: str) -> str:
    if text and _SYS_ID.fullmatch(text) is None:
        raise ValueError("a sys_id is 32 hexadecimal digits in lower case")
    return text


FieldName = Annotated[str, AfterValidator(_field)]
FieldOrVariable = Annotated[str, AfterValidator(_field_or_variable)]
Pair = Annotated[str, AfterValidator(_pair)]
SysId = Annotated[str, AfterValidator(_sys_id)]


class Preset(StrEnum):
    """Kinds of records that are known; what the other settings say goes over them."""

    POLICY_EXCEPTION = "policy-exception"
    CATALOG_ITEM = "catalog-item"
    CHANGE_REQUEST = "change-request"
    NONE = "none"


class SignInBy(StrEnum):
    """Ways of signing in."""

    CLIENT_CREDENTIALS = "client-credentials"
    BASIC = "basic"
    TOKEN = "token"  # noqa: S105 - a word of the settings, not a secret


class DatesAre(StrEnum):
    """What fields with dates hold."""

    DAY = "day"
    MOMENT = "moment"


class ServiceNowNames(Part):
    """Where each of our values goes; what is not named stays as the preset has it, and empty takes it out."""

    request_id: FieldName | None = Field(default=None, description="The id of our request, by which it is found.")
    waiver_id: FieldName | None = Field(default=None, description="The waiver's id.")
    title: FieldName | None = Field(default=None, description="One line: the waiver and its controls.")
    reason: FieldName | None = Field(default=None, description="The waiver's reason.")
    controls: FieldName | None = Field(default=None, description="The controls, separated by commas.")
    resources: FieldName | None = Field(
        default=None, description="Resources, accounts, OUs, Regions and tags, one a line."
    )
    subjects: FieldName | None = Field(default=None, description="How many subjects are to be approved.")
    valid_from: FieldName | None = Field(default=None, description="The first day.")
    until: FieldName | None = Field(default=None, description="The last day.")
    requester: FieldName | None = Field(default=None, description="Who asks; a reference to a user by address.")
    risk_owner: FieldName | None = Field(
        default=None, description="Who bears the risk; a reference to a user by address."
    )
    owner: FieldName | None = Field(default=None, description="The team that owns the resources, as text.")
    digest: FieldName | None = Field(default=None, description="What the approval is bound to.")
    preview: FieldName | None = Field(
        default=None, description="The text for the approver, beginning with all that has no field of its own."
    )


class ServiceNowStates(Part):
    """What states mean, as FIELD=VALUE; where any list is given none of the preset's counts."""

    approved: tuple[Pair, ...] = Field(default=(), description="Approved.")
    rejected: tuple[Pair, ...] = Field(default=(), description="Rejected.")
    changes_requested: tuple[Pair, ...] = Field(default=(), description="Sent back to be changed.")
    withdrawn: tuple[Pair, ...] = Field(default=(), description="Taken back, cancelled, ended.")
    pending: tuple[Pair, ...] = Field(
        default=(), description="Not decided; a state that is named nowhere decides nothing either, and is reported."
    )


class ServiceNowAccess(Part):
    """An instance, and how to sign in there."""

    url: Url = Field(default="", description="The instance: https://NAME.service-now.com.")
    sign_in: SignInBy = Field(
        default=SignInBy.CLIENT_CREDENTIALS,
        description="How to sign in: OAuth `client-credentials`, a user's password (`basic`), or a `token`.",
    )
    client_id: str = Field(default="", description="The OAuth client.")
    client_secret: Secret | None = Field(default=None, description="Its secret.")
    user: str = Field(default="", description="The user, for `basic`.")
    password: Secret | None = Field(default=None, description="Its password.")
    token: Secret | None = Field(default=None, description="A bearer token that somebody else renews.")
    timeout_seconds: Annotated[int, Field(ge=1, le=600)] = Field(default=60, description="Longest wait for one answer.")

    @property
    def secret_reference(self) -> SecretReference | None:
        """Where the secret of the chosen way of signing in is kept."""
        kept = {
            SignInBy.CLIENT_CREDENTIALS: self.client_secret,
            SignInBy.BASIC: self.password,
            SignInBy.TOKEN: self.token,
        }[self.sign_in]
        return None if kept is None else parse_reference(kept)

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        names = {
            SignInBy.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
            SignInBy.BASIC: ("user", "password"),
            SignInBy.TOKEN: ("token",),
        }[self.sign_in]
        missing = [name for name in names if not getattr(self, name)]
        if self.url and missing:
            raise ValueError(
                f"sign_in is {self.sign_in}, so {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} needed"
            )
        return self


class ServiceNowSettings(ServiceNowAccess):
    """The instance whose records approve, for `record = "servicenow"`."""

    preset: Preset = Field(
        default=Preset.POLICY_EXCEPTION,
        description="What a record is: a policy exception, an item of the catalog, a change, or `none` of them.",
    )
    table: FieldName = Field(default="", description="The table, where it is not the preset's.")
    item: SysId = Field(default="", description="The sys_id of the catalog item, for `catalog-item`.")
    fields: ServiceNowNames = Field(default_factory=ServiceNowNames, description="Fields of the table.")
    variables: ServiceNowNames = Field(default_factory=ServiceNowNames, description="Variables of the catalog item.")
    constants: tuple[Pair, ...] = Field(
        default=(), description="Further fields and what is written into each, as FIELD=VALUE."
    )
    states: ServiceNowStates = Field(default_factory=ServiceNowStates, description="What states mean.")
    granted: FieldOrVariable | None = Field(
        default=None, description="The field with the last day that is granted; empty: always the one asked for."
    )
    approver: FieldName | None = Field(
        default=None, description="A field with the user who approved, for flows that keep no rows of approvers."
    )
    comments: FieldName | None = Field(default=None, description="A field with the words to a decision.")
    dates: DatesAre | None = Field(
        default=None, description="What fields with dates hold: a `day`, or a `moment` (then days are those of `zone`)."
    )

    @model_validator(mode="after")
    def _knows_the_record(self) -> Self:
        if self.url and self.preset is Preset.CATALOG_ITEM and not self.item:
            raise ValueError("preset is catalog-item, so item is needed: the sys_id of the catalog item")
        if self.url and self.preset is Preset.NONE and not (self.table and self.states.approved):
            raise ValueError("preset is none, so table and states.approved are needed")
        return self
