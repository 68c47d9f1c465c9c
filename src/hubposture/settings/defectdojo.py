"""The DefectDojo that gets findings."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, model_validator

from hubposture.settings.fields import Name, Secret, Url
from hubposture.settings.part import Part
from hubposture.settings.secrets import SecretReference, parse_reference


class DojoTeams(StrEnum):
    """Whose subjects are uploaded."""

    VIA = "via"
    ALL = "all"


class DefectDojoSettings(Part):
    """The DefectDojo that gets findings."""

    url: Url = Field(default="", description="https://HOST, without /api/v2.")
    token: Secret | None = Field(default=None, description="An API v2 key.")
    product_type: Name = Field(default="AWS", description="The product type where an account's OU is not known.")
    engagement: Name = Field(default="AWS Security Hub", description="The engagement in every product.")
    teams: DojoTeams = Field(
        default=DojoTeams.VIA, description="Subjects of teams with `via: defectdojo`, or of `all` teams."
    )
    lead: int | None = Field(default=None, description="The id of the user who leads engagements.")
    owner: int | None = Field(default=None, description="The id of the user who owns risk acceptances.")
    timeout_seconds: Annotated[int, Field(ge=1, le=3600)] = Field(
        default=600, description="Longest wait for one answer; an import of an account may take minutes."
    )

    @property
    def token_reference(self) -> SecretReference | None:
        """Where the key is kept."""
        return None if self.token is None else parse_reference(self.token)

    @model_validator(mode="after")
    def _has_a_key(self) -> "DefectDojoSettings":
        if self.url and self.token is None:
            raise ValueError("url is given, so token is needed")
        return self
