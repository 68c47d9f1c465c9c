"""Ways of signing in to an instance."""

import base64
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from hubposture.connectors.http import Http, Patience
from hubposture.errors import RemoteError, RemoteRefused, RemoteUnavailable

_TOKEN_PATH: Final = "/oauth_token.do"  # noqa: S105 - a path, not a secret
_EARLY_SECONDS: Final = 60.0
_SHORT_LIVED_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True)
class Basic:
    """A user and a password."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """A token that somebody else renews."""

    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """An OAuth client; it acts as the OAuth Application User of its registry entry."""

    id: str
    secret: str = field(repr=False)


SignIn = Basic | Bearer | ClientCredentials


def servicenow_http(
    url: str,
    sign_in: SignIn,
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], None],
    patience: Patience | None = None,
    transport: httpx.BaseTransport | None = None,
) -> Http:
    """What speaks to an instance (`https://NAME.service-now.com`) as that user. Nothing is sent yet."""

    def http(headers: Callable[[], Mapping[str, str]], renew: Callable[[], bool] | None = None) -> Http:
        return Http(
            url,
            headers=headers,
            renew=renew,
            patience=patience or Patience(),
            clock=clock,
            sleep=sleep,
            who="ServiceNow",
            transport=transport,
        )

    match sign_in:
        case Basic(user, password):
            pair = base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
            return http(lambda: {"authorization": f"Basic {pair}"})
        case Bearer(token):
            return http(lambda: {"authorization": f"Bearer {token}"})
        case ClientCredentials():
            tokens = _Tokens(lambda: http(dict), sign_in, clock=clock)
            return http(tokens.headers, tokens.renew)


class _Tokens:
    """The token of an OAuth client, renewed before it ends, and when the instance no longer takes it."""

    def __init__(self, http: Callable[[], Http], client: ClientCredentials, *, clock: Callable[[], float]) -> None:
        self._http = http
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._token = ""
        self._ends = 0.0

    def headers(self) -> Mapping[str, str]:
        """The header with a token that still holds. Raises RemoteError where none is given."""
        with self._lock:
            if not self._token or self._clock() >= self._ends:
                self._fetch()
            return {"authorization": f"Bearer {self._token}"}

    def renew(self) -> bool:
        """Forget the token: the instance did not take it."""
        with self._lock:
            self._token = ""
        return True

    def _fetch(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._client.id,
            "client_secret": self._client.secret,
        }
        begun = self._clock()
        try:
            with self._http() as http:
                reply = http.request("POST", _TOKEN_PATH, form=form, repeatable=True)
        except RemoteRefused as error:
            raise _not_signed_in(error) from error
        body = reply.body if isinstance(reply.body, dict) else {}
        token, seconds = body.get("access_token"), _seconds(body.get("expires_in"))
        if not isinstance(token, str) or not token:
            raise RemoteUnavailable(
                f"ServiceNow: POST {_TOKEN_PATH}: the answer holds no token; check the URL, then run it again",
                code="no token",
            )
        self._token = token
        self._ends = begun + max(seconds - _EARLY_SECONDS, seconds / 2)


def _seconds(value: object) -> float:
    """How long a token holds: a number, or one as text; unknown is taken for short."""
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return _SHORT_LIVED_SECONDS


def _not_signed_in(error: RemoteRefused) -> RemoteError:
    return RemoteRefused(
        f"{error}. An instance takes client credentials only where the property "
        "glide.oauth.inbound.client.credential.grant_type.enabled is true and the registry entry names an OAuth "
        "Application User; both are missing on a new one",
        code=error.code,
    )
