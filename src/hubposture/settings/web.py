"""The web service: where it is, who signs in how, and how much one may ask."""

import ipaddress
import re
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, field_validator, model_validator

from hubposture.settings.fields import Name, Secret, Url
from hubposture.settings.part import Count, Part
from hubposture.settings.secrets import SecretReference, parse_reference

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.ASCII)


def _host(text: str) -> str:
    if _HOST.fullmatch(text.lower()) is None:
        raise ValueError("a host name as browsers send it, without https:// and without a port")
    return text.lower()


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise ValueError("an address or a network, like 10.0.0.0/8") from error


def _origin(text: str) -> str:
    if urlsplit(text).path:
        raise ValueError("the service is at the top of its host: write https://HOST without a path")
    return text


Host = Annotated[str, AfterValidator(_host)]
Network = Annotated[str, AfterValidator(_network)]
Origin = Annotated[Url, AfterValidator(_origin)]


class OidcSettings(Part):
    """Where people sign in: an OpenID provider."""

    issuer: Url = Field(
        default="",
        description="The provider's issuer, exactly as it writes it itself; with it people sign in, without it the pages "
        "are for one person on this machine.",
    )
    client_id: str = Field(default="", description="What the provider calls hubposture.")
    client_secret: Secret | None = Field(
        default=None,
        description="The secret that the provider gave with it; a public client has none (PKCE is always used).",
    )
    scopes: tuple[Name, ...] = Field(
        default=("openid", "email", "profile"),
        description="What is asked for; some providers want one more for groups.",
    )
    name_claim: Name = Field(
        default="email", description="The claim that names a person, as `access.users` and approvals write people."
    )
    groups_claim: Name = Field(
        default="groups", description="The claim with a person's groups; `access.groups` makes roles of them."
    )
    require_verified: bool = Field(
        default=True,
        description="Whether a name of the claim `email` counts only if the provider says `email_verified`.",
    )

    @field_validator("scopes")
    @classmethod
    def _openid(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("openid must be among them")
        return scopes

    @property
    def secret_reference(self) -> SecretReference | None:
        """Where the client's secret is kept; None for a public client."""
        return None if self.client_secret is None else parse_reference(self.client_secret)


class LimitSettings(Part):
    """How much one may ask of one process of the service; more is answered by 429."""

    requests_per_minute: Count = Field(default=600, description="Requests of one person.")
    writes_per_minute: Count = Field(default=60, description="Of these, forms and other writes.")
    sign_ins_per_minute: Count = Field(default=30, description="Requests of the sign-in from one address.")
    refused_tokens_per_minute: Count = Field(default=10, description="Tokens that are none, from one address.")


class WebSettings(Part):
    """The web service."""

    url: Origin = Field(
        default="",
        description="Where people reach it: `https://HOST`. It answers under this host name, and to `hosts`.",
    )
    hosts: tuple[Host, ...] = Field(default=(), description="Further host names under which it answers.")
    trusted_proxies: tuple[Network, ...] = Field(
        default=(),
        description="Addresses or networks of the reverse proxies in front: only what these say of the client's address "
        "and of https (X-Forwarded-For, X-Forwarded-Proto) is believed.",
    )
    session_hours: Annotated[int, Field(ge=1, le=168)] = Field(
        default=12, description="After how long one signs in again; groups are as they were at the sign-in."
    )
    idle_minutes: Annotated[int, Field(ge=5, le=10_080)] = Field(
        default=60, description="After how long without a request a session ends."
    )
    token_days: Annotated[int, Field(ge=1, le=366)] = Field(
        default=90, description="For how many days a token may be made at most."
    )
    oidc: OidcSettings = Field(default_factory=OidcSettings, description="The sign-in.")
    limits: LimitSettings = Field(default_factory=LimitSettings, description="Limits.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.oidc.issuer) != bool(self.oidc.client_id):
            raise ValueError("a sign-in takes both oidc.issuer and oidc.client_id")
        if self.oidc.issuer and not self.url:
            raise ValueError(
                "with a sign-in, url must say where people reach the service: the provider leads back there"
            )
        return self

    @property
    def signs_in(self) -> bool:
        """Whether people sign in."""
        return bool(self.oidc.issuer)

    @property
    def is_https(self) -> bool:
        """Whether browsers reach it over https."""
        return self.url.startswith("https://")

    @property
    def host(self) -> str:
        """The host name of `url`, as browsers send it without its port; ''."""
        netloc = urlsplit(self.url).netloc.lower()
        return netloc.partition("]")[0] + "]" if netloc.startswith("[") else netloc.partition(":")[0]
