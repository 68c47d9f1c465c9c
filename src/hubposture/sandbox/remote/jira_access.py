"""Who may sign in to an emulated Jira: tokens and how they are presented."""

import base64
import binascii
from dataclasses import dataclass

from hubposture.sandbox.remote.jira_answers import Answer, failure
from hubposture.sandbox.remote.jira_model import JiraKind
from hubposture.sandbox.remote.jira_world import World

_LOGIN = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": 'OAuth realm="jira"'}


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a user. One with scopes is taken over the gateway (`/ex/jira/{cloudId}`) alone."""

    user: str
    scopes: tuple[str, ...] = ()


class Access:
    """The tokens of a site; `passwords` are of Data Center, where basic sign-in is switched on."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.tokens: dict[str, Token] = {}
        self.passwords: dict[str, str] = {}

    def signed_in(self, authorization: str, *, scope: str, is_gateway: bool) -> str | Answer:
        """The user of a request, or what is answered to it."""
        if self._world.kind is JiraKind.CLOUD:
            return self._cloud(authorization, scope, is_gateway=is_gateway)
        return self._data_center(authorization)

    def _cloud(self, authorization: str, scope: str, *, is_gateway: bool) -> str | Answer:
        kind, _, given = authorization.partition(" ")
        address, _, secret = _decoded(given).partition(":") if kind == "Basic" else ("", "", given)
        token = self.tokens.get(secret)
        user = self._world.users.get(token.user) if token else None
        is_bearer = kind == "Bearer" and is_gateway and token is not None and bool(token.scopes)
        is_basic = kind == "Basic" and user is not None and user.address.casefold() == address.casefold()
        if token is None or user is None or not (is_bearer or is_basic) or not user.is_active:
            return failure(401, "Client must be authenticated to access this resource.", headers=_LOGIN)
        if token.scopes and not is_gateway:
            return failure(401, "Client must be authenticated to access this resource.", headers=_LOGIN)
        if token.scopes and scope not in token.scopes:
            return failure(401, "Unauthorized; scope does not match")
        return token.user

    def _data_center(self, authorization: str) -> str | Answer:
        kind, _, given = authorization.partition(" ")
        if kind == "Basic":
            if not self._world.switches.is_basic_allowed:
                return failure(403, "Basic Authentication has been disabled on this instance.")
            name, _, password = _decoded(given).partition(":")
            return name if password and self.passwords.get(name) == password else _unknown()
        token = self.tokens.get(given) if kind == "Bearer" else None
        user = self._world.users.get(token.user) if token else None
        return user.id if user is not None and user.is_active else _unknown()


def scope_of(method: str, path: str) -> str:
    """The scope that an operation needs, by its path below `/rest/api/3`."""
    if path.startswith(("/myself", "/user/")):
        return "read:jira-user"
    is_read = method == "GET" or path.startswith("/search/") or path == "/issue/bulkfetch"
    return "read:jira-work" if is_read else "write:jira-work"


def _unknown() -> Answer:
    return failure(401, "You are not authenticated. Authentication required to perform this operation.", headers=_LOGIN)


def _decoded(given: str) -> str:
    try:
        return base64.b64decode(given, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
