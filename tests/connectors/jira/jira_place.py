"""An emulated Jira on loopback, and trackers that speak to it; time passes only where somebody waits."""

import contextlib
import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.scripted_server import Clock
from contracts import Traffic
from hubposture.connectors.http import Patience
from hubposture.connectors.jira import JiraTracker, jira_http, jira_site
from hubposture.sandbox.remote.jira import ADDRESS, SCOPED_TOKEN, TOKEN, Jira
from hubposture.sandbox.remote.jira_model import Issue
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.settings.jira import JiraSettings
from hubposture.work.body import Body, Bullets, Heading, paragraph, text
from hubposture.work.ticket import Draft, Route, Seen

KINDS = ("cloud", "data-center")
NOW = dt.datetime(2026, 11, 2, 9, tzinfo=dt.UTC)
LABEL = "security-hub"
BODY = Body((Heading("What is wrong"), paragraph("Two buckets are public."), Bullets((text("acme-a"), text("acme-b")))))
NOTE = Body((paragraph("It passes since this morning."),))


def key(number: int) -> str:
    """A label of ours."""
    return f"shub-{number:012x}"


def draft(number: int = 1, place: str = "SHOP", **changes: Any) -> Draft:
    """A ticket; `parent` and `assignee` are those of its route."""
    above = {name: changes.pop(name) for name in ("parent", "assignee") if name in changes}
    given: dict[str, Any] = {
        "key": key(number),
        "route": Route("shop", "acme", place, **above),
        "title": f"S3.8: {number} buckets are public",
        "body": BODY,
        "severity": "HIGH",
        "due": dt.date(2026, 12, 1),
        "labels": (LABEL, "control-s3.8"),
    }
    return Draft(**{**given, **changes})


class SharedClock(Clock):
    """The clock of the client; where it waits, the site's goes on too."""

    def __init__(self, jira: Jira) -> None:
        super().__init__()
        self._jira = jira

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self._jira.advance(seconds=seconds)


@dataclass
class Place:
    """A site and what speaks to it. `more` goes into the settings of the site."""

    jira: Jira
    server: JiraServer
    clock: Clock
    opened: contextlib.ExitStack
    traffic: Traffic = field(default_factory=Traffic)
    more: Mapping[str, Any] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    @property
    def kind(self) -> str:
        """Which Jira it is."""
        return self.jira.kind.value

    def settings(self, **more: Any) -> JiraSettings:
        """The settings of the site."""
        given = {"url": self.server.url, "kind": self.kind, "user": ADDRESS, "token": "env:JIRA", **self.more, **more}
        return JiraSettings.model_validate_json(json.dumps(given))

    def tracker(self, *, link: str = "", places: tuple[str, ...] = (), **more: Any) -> JiraTracker:
        """A tracker as a new process has it: it remembers nothing. `more` goes over the settings."""
        settings = self.settings(**more)
        http = jira_http(
            settings,
            lambda _: SCOPED_TOKEN if settings.cloud_id else TOKEN,
            clock=self.clock,
            sleep=self.clock.sleep,
            gateway=self.server.url,
            patience=self.patience,
        )
        self.opened.enter_context(http)
        return jira_site("acme", settings, http, label=LABEL, link=link, places=places)

    def made(self, one: Draft, **more: Any) -> Seen:
        """A ticket that exists."""
        made = self.tracker(**more).create([one])[one.key]
        assert made.seen is not None, made.wrote.error
        return made.seen

    def stored(self, seen: Seen) -> Issue:
        """The issue as the site holds it."""
        found = self.jira.find(seen.id)
        assert found is not None
        return found

    def shown(self, seen: Seen) -> dict[str, Any]:
        """The fields of an issue as the site shows them."""
        fields: dict[str, Any] = self.jira.issue(seen.id)["fields"]
        return fields

    def ours(self) -> list[Issue]:
        """The issues with a label of ours."""
        return [
            one for one in self.jira.issues.values() if any("shub-" in label for label in one.fields.get("labels", ()))
        ]

    def status(self, seen: Seen) -> str:
        """Where an issue stands."""
        return self.stored(seen).status


@contextlib.contextmanager
def place(kind: str) -> Iterator[Place]:
    """A site of this kind, with the projects of Acme."""
    jira = acme(kind, now=NOW)
    with JiraServer(jira) as server, contextlib.ExitStack() as opened:
        found = Place(jira, server, SharedClock(jira), opened)
        jira.watchers.append(found.traffic.saw)
        yield found
