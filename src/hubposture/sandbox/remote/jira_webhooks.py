"""Webhooks of an emulated Jira: kept until they are sent, signed over the raw body, again and out of order on request."""

import hashlib
import hmac
import ssl
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson

from hubposture.sandbox.remote import jira_jql
from hubposture.sandbox.remote.jira_shown import Shower
from hubposture.sandbox.remote.jira_world import Event, World

_AGAIN = {0, 408, 409, 425, 429, 500, 502, 503, 504}
_MOST_TRIES = 5
_PATIENCE_SECONDS = 10
_NAMES = {
    "jira:issue_created": "issue_created",
    "jira:issue_updated": "issue_generic",
    "jira:issue_deleted": "issue_deleted",
}


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where events go.

    The URL, the secret ('' sends no signature), the JQL that an issue must meet, the user whose
    eyes it looks with, and the events by name (none: all).
    """

    url: str
    secret: str = ""
    jql: str = ""
    user: str = ""
    events: tuple[str, ...] = ()


@dataclass(slots=True)
class Delivery:
    """One event on its way to one URL; `tries` holds the statuses that came back, 0 for none."""

    webhook: Webhook
    identifier: str
    content: bytes
    tries: list[int] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        """Whether it is not tried again."""
        return bool(self.tries) and (self.tries[-1] not in _AGAIN or len(self.tries) > _MOST_TRIES)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the next try."""
        found = {
            "content-type": "application/json; charset=UTF-8",
            "user-agent": "Atlassian Webhook HTTP Client",
            "x-atlassian-webhook-identifier": self.identifier,
            "x-atlassian-webhook-flow": "Primary",
        }
        if self.tries:
            found["x-atlassian-webhook-retry"] = str(len(self.tries))
        if self.webhook.secret:
            made = hmac.new(self.webhook.secret.encode(), self.content, hashlib.sha256)
            found["x-hub-signature"] = f"sha256={made.hexdigest()}"
        return found


class Webhooks:
    """The webhooks of a site and what waits to be sent."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._shower = Shower(world)
        self._number = 0
        self.hooks: list[Webhook] = []
        self.outgoing: list[Delivery] = []
        self.sent: list[Delivery] = []

    def collect(self) -> None:
        """Turn the events that happened into deliveries, by the JQL of each webhook."""
        with self._world.lock:
            events, self._world.events = self._world.events, []
            self.outgoing += [one for event in events for one in self._deliveries(event)]

    def send(self, *, is_twice: bool = False, is_reversed: bool = False, is_again: bool = False) -> list[int]:
        """Send what waits; gives the statuses, 0 where no answer came.

        `is_twice` sends each of them two times, `is_reversed` the last one first, `is_again` also what was sent before.
        What is answered with 408, 409, 425, 429 or 5xx waits to be sent again, on Cloud.
        """
        self.collect()
        waiting = [*(self.sent if is_again else []), *self.outgoing]
        ordered: Iterable[Delivery] = reversed(waiting) if is_reversed else waiting
        # Without TLS no authorities are loaded: half of what a client takes to build. It would trust nobody.
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        with httpx.Client(trust_env=False, timeout=_PATIENCE_SECONDS, verify=nobody) as client:
            found = [_send(client, one) for one in ordered for _ in range(2 if is_twice else 1)]
        self.sent = [*self.sent, *(one for one in self.outgoing if one.is_done or not self._shower.is_cloud)]
        self.outgoing = [one for one in self.outgoing if not one.is_done and self._shower.is_cloud]
        return found

    def _deliveries(self, event: Event) -> Iterable[Delivery]:
        for hook in self.hooks:
            is_wanted = not hook.events or event.name in hook.events
            if is_wanted and self._is_meant(hook, event):
                self._number += 1
                name = f"{self._world.base_url}/{self._number}"
                yield Delivery(hook, str(uuid.uuid5(uuid.NAMESPACE_URL, name)), orjson.dumps(self._body(event)))

    def _is_meant(self, hook: Webhook, event: Event) -> bool:
        if not hook.jql:
            return True
        user = hook.user or next(iter(self._world.users))
        return jira_jql.read(hook.jql, world=self._world, user=user).test(event.issue)

    def _body(self, event: Event) -> dict[str, Any]:
        stamp = int(event.moment.timestamp() * 1000)
        found: dict[str, Any] = {"timestamp": stamp, "webhookEvent": event.name}
        if event.issue.project in self._world.projects:
            found["issue"] = self._shower.issue(event.issue, [])
        else:
            found["issue"] = {"id": event.issue.id, "key": event.issue.key}
        if event.name in _NAMES:
            found |= {"issue_event_type_name": _NAMES[event.name], "user": self._shower.user(event.author)}
        if event.change is not None:
            shown = self._shower.change(event.change)
            found["changelog"] = {"id": shown["id"], "items": shown["items"]}
        if event.comment is not None:
            found["comment"] = self._shower.comment(event.issue, event.comment)
        return found


def _send(client: httpx.Client, one: Delivery) -> int:
    try:
        status = client.post(one.webhook.url, content=one.content, headers=one.headers).status_code
    except httpx.HTTPError:
        status = 0
    one.tries.append(status)
    return status
