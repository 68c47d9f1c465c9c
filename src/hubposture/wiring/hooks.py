"""Webhooks of the trackers: who is believed by which secret, and the server that takes them."""

import secrets
from collections.abc import Callable, Mapping

from hubposture.connectors.hooks import Answer, HookServer
from hubposture.connectors.jira import webhook as jira_webhook
from hubposture.connectors.servicenow import webhook as servicenow_webhook
from hubposture.errors import InputError
from hubposture.ledger.ledger import SqlLedger
from hubposture.verbs.hooks import Means, Read, Told, accept
from hubposture.wiring.secrets import secret
from hubposture.wiring.store import naive
from hubposture.wiring.tickets import SERVICENOW
from hubposture.wiring.workplace import Workplace

SLACK = "slack"
"""The name under which Slack calls."""

Signed = Callable[[Mapping[str, str], bytes], int | Answer]
"""Takes a request of Slack by its headers and raw body."""


def hook_server(at: Workplace, ledger: SqlLedger, address: str, *, slack: Signed | None = None) -> HookServer:
    """A server for the webhooks of the settings at HOST:PORT; it takes none until it is entered.

    `slack` takes what people press in Slack. Raises InputError for a bad address, and where nobody has a secret.
    """
    host, colon, port = address.rpartition(":")
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:  # noqa: PLR2004 - ports
        raise InputError(f"--hooks {address}: write HOST:PORT, such as 127.0.0.1:8080")
    readers = hook_readers(at)
    if not readers and slack is None:
        raise InputError(
            "--hooks: no tracker has a webhook_secret in the settings and Slack no signing_secret, so nobody would be believed"
        )
    means = Means(ledger, readers, lambda: naive(at.surroundings.now()))

    def take(name: str, headers: Mapping[str, str], body: bytes) -> int | Answer:
        if slack is not None and name == SLACK:
            return slack(headers, body)
        return accept(means, name, headers, body)

    try:
        return HookServer(host.strip("[]"), int(port), take)
    except OSError as error:
        raise InputError(f"--hooks {address}: {error.strerror or error}") from error


def hook_readers(at: Workplace) -> Mapping[str, Read]:
    """Who is believed, by the tracker's name: only those with a secret."""
    found: dict[str, Read] = {}
    for name, site in at.settings.jira.items():
        if site.webhook_reference is not None:
            found[name] = _jira(secret(site.webhook_reference, at.surroundings))
    servicenow = at.settings.servicenow
    if servicenow.url and servicenow.webhook_reference is not None:
        found[SERVICENOW] = _servicenow(secret(servicenow.webhook_reference, at.surroundings))
    return found


def _jira(shared: str) -> Read:
    def read(headers: Mapping[str, str], body: bytes) -> Told | None:
        if not jira_webhook.verify(shared, body, headers.get("x-hub-signature", "")):
            return None
        event = jira_webhook.event_of(headers, body)
        return Told("", "") if event is None else Told(event.delivery, event.id)

    return read


def _servicenow(shared: str, fresh: Callable[[], str] = lambda: secrets.token_hex(16)) -> Read:
    def read(headers: Mapping[str, str], body: bytes) -> Told | None:
        if not servicenow_webhook.verify(shared, headers):
            return None
        event = servicenow_webhook.event_of(body, fresh=fresh())
        return Told("", "") if event is None else Told(event.delivery, event.id)

    return read
