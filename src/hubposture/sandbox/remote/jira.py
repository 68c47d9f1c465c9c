"""An emulated Jira site, Cloud or Data Center: issues, workflows, sign-in, an index that lags, and the hands of its people.

    jira = Jira("cloud")                                # or "data-center"; or jira_seed.acme() for a site with projects
    jira.now = datetime(2026, 11, 2, 9, tzinfo=UTC)     # its clock; the real one until it is set; jira.advance(seconds=60)
    jira.follow(clock)                                  # or by the clock of another (the sandbox of AWS)
    jira.index_lag_seconds = 60                         # searches see a change only after that; reads by id see it at once
    with JiraServer(jira) as server:                    # jira_server; server.url is the site, server.gateway_url for
        ...                                             # scoped tokens (`/ex/jira/{cloudId}`): an issue is made over REST
        jira.person("kim").close("SHOP-1", "Won't Do")  # also reopen, walk, move, delete, comment, label, assign, edit
        jira.webhooks.hooks.append(Webhook(url, secret="...")); jira.webhooks.send(is_twice=True, is_reversed=True)
        jira.faults.cut_after(on="POST .*/issue/bulk$") # also fail, html, cut_before, cut_and_do_later, slow, conflict
        jira.limits.is_burst_limited = True             # jira_limits; jira.switches for what sites do differently
        jira.deny(USER, "SHOP", Permission.CREATE); jira.delete_project("DATA")
        jira.sends_at_once = True                       # what people do then sends all webhooks that wait
        jira.calls                                      # [Call("POST", "/rest/api/3/issue/bulk", 201), ...]; 0 for a cut
        jira.watchers.append(traffic.saw)               # sees each Request with its Answer

The client signs in as the user USER with ADDRESS and TOKEN (Cloud, Basic), with SCOPED_TOKEN at the gateway, or with TOKEN as
a personal access token (Data Center, Bearer). `jira.issue("SHOP-1")` gives an issue as it is shown to USER, `jira.issues` the
stored ones by id. It follows the public documentation and shares no code with hubposture's own client; it is not verified
against a real site.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hubposture.sandbox.remote.jira_access import Access, Token, scope_of
from hubposture.sandbox.remote.jira_answers import Answer, Asked, Refused, failure
from hubposture.sandbox.remote.jira_beside import BesideApi
from hubposture.sandbox.remote.jira_catalogue import system_fields
from hubposture.sandbox.remote.jira_faults import Fate, JiraFaults, Trouble
from hubposture.sandbox.remote.jira_issues import IssueApi
from hubposture.sandbox.remote.jira_limits import JiraLimits
from hubposture.sandbox.remote.jira_model import JiraKind, User
from hubposture.sandbox.remote.jira_people import Person
from hubposture.sandbox.remote.jira_routes import Route
from hubposture.sandbox.remote.jira_search import SearchApi
from hubposture.sandbox.remote.jira_shown import Shower
from hubposture.sandbox.remote.jira_site import SiteApi
from hubposture.sandbox.remote.jira_webhooks import Webhooks
from hubposture.sandbox.remote.jira_world import World

USER = "bot-5b10ac8d82e05b22cc7d4ef5"
ADDRESS = "hubposture@example.com"
TOKEN = "site-token-4f1d"  # noqa: S105 - of the emulated site
SCOPED_TOKEN = "scoped-token-77a0"  # noqa: S105 - of the emulated site
SCOPES = ("read:jira-user", "read:jira-work", "write:jira-work")


class Call(NamedTuple):
    """A request that came: its path without the query, and the status of the answer, 0 where the connection was cut."""

    method: str
    path: str
    status: int


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it comes: its whole path, `/ex/jira/{cloudId}` included."""

    method: str
    path: str
    params: dict[str, str]
    body: Any
    authorization: str


@dataclass(slots=True)
class _Waiting:
    request: Request
    rests: int


class Jira(World):
    """One site; see the module for how it is used."""

    def __init__(
        self,
        kind: JiraKind | str = JiraKind.CLOUD,
        *,
        now: dt.datetime | None = None,
        url: str = "https://acme.atlassian.net",
        cloud_id: str = "",
    ) -> None:
        super().__init__(JiraKind(kind), url=url, cloud_id=cloud_id)
        self.now = now
        self.faults = JiraFaults()
        self.limits = JiraLimits()
        self.access = Access(self)
        self.webhooks = Webhooks(self)
        self.sends_at_once = False
        self.calls: list[Call] = []
        self.watchers: list[Callable[[Request, Answer], None]] = []
        self._waiting: list[_Waiting] = []
        self._shower = Shower(self)
        for spec in system_fields(self.kind):
            self.add_field(spec)
        self.add_user(User(USER, "Hubposture", ADDRESS))
        self.access.tokens[TOKEN] = Token(USER)
        if self.kind is JiraKind.CLOUD:
            self.access.tokens[SCOPED_TOKEN] = Token(USER, SCOPES)
        self._routes = self._all_routes()

    def _all_routes(self) -> list[Route]:
        apis = (SiteApi(self), IssueApi(self), SearchApi(self), BesideApi(self))
        return [route for api in apis for route in api.routes()]

    # Hands

    def person(self, user: str) -> Person:
        """The hands of a user of the site."""
        return Person(self, user, then=self._send_if_at_once)

    def issue(self, id_or_key: str, *, user: str = USER) -> dict[str, Any]:
        """An issue as it is shown to a user; raises LookupError."""
        with self.lock:
            issue = self.find(id_or_key)
            if issue is None or not self.is_seen(user, issue):
                raise LookupError(f"{user} sees no issue {id_or_key}")
            return self._shower.issue(issue, ["*all"], expand=["changelog"])

    def _send_if_at_once(self) -> None:
        if self.sends_at_once:
            self.webhooks.send()

    # Answering

    def answer(self, request: Request) -> tuple[Answer | None, float]:
        """The answer to a request, None where the connection breaks, and the seconds that it comes late."""
        with self.lock:
            self._do_what_waited()
            trouble = self.faults.strike(request.method, request.path)
            found = self._struck(request, trouble)
            self.calls.append(Call(request.method, request.path, found.status if found else 0))
            if found is not None:
                for watch in self.watchers:
                    watch(request, found)
        return found, trouble.seconds if trouble else 0.0

    def _struck(self, request: Request, trouble: Trouble | None) -> Answer | None:
        if trouble is None or trouble.fate is Fate.SLOW:
            return self._done(request)
        if trouble.fate is Fate.ANSWERED:
            return trouble.answer
        if trouble.fate is Fate.CUT_AFTER:
            self._done(request)
        elif trouble.fate is Fate.DONE_LATER:
            self._waiting.append(_Waiting(request, trouble.rests))
        return None

    def _do_what_waited(self) -> None:
        for one in list(self._waiting):
            one.rests -= 1
            if one.rests < 0:
                self._waiting.remove(one)
                self._done(one.request)

    def _done(self, request: Request) -> Answer:
        path, is_gateway = self._below_gateway(request.path)
        prefix = "/rest/api/3" if self.kind is JiraKind.CLOUD else "/rest/api/2"
        if not path.startswith((f"{prefix}/", "/rest/api/latest/")):
            return failure(404, "null for uri: " + request.path)
        below = "/" + path.split("/", 4)[4]
        scope = scope_of(request.method, below)
        user = self.access.signed_in(request.authorization, scope=scope, is_gateway=is_gateway)
        if isinstance(user, Answer):
            return user
        return self._routed(Asked(request.method, below, request.params, request.body, user))

    def _below_gateway(self, path: str) -> tuple[str, bool]:
        prefix = f"/ex/jira/{self.cloud_id}"
        is_gateway = self.kind is JiraKind.CLOUD and path.startswith(f"{prefix}/")
        return (path.removeprefix(prefix), True) if is_gateway else (path, False)

    def _routed(self, asked: Asked) -> Answer:
        for route in self._routes:
            parts = route.matches(asked)
            if parts is None:
                continue
            refused, headers = self._limited(route, asked, parts)
            if refused is None:
                try:
                    refused = route.handler(asked, *parts)
                except Refused as one:
                    refused = one.answer
            return Answer(refused.status, refused.body, {**refused.headers, **headers})
        is_path = any(
            route.matches(Asked(route.method, asked.path, {}, None, "")) is not None for route in self._routes
        )
        return failure(405 if is_path else 404, f"null for uri: {asked.method} {asked.path}")

    def _limited(self, route: Route, asked: Asked, parts: tuple[str, ...]) -> tuple[Answer | None, dict[str, str]]:
        if self.kind is JiraKind.DATA_CENTER:
            refused, headers = self.limits.draw(self.now, asked.user)
            return refused, dict(headers)
        issue = self.find(parts[0]) if route.writes else None
        found = self.limits.strike(self.now, method=route.method, path=route.path, issue=issue.id if issue else "")
        return found, {}
