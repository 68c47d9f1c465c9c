"""Trackers over real HTTP, as a world of tickets needs them: what is true there, what people click, and what breaks.

What is true is read from the emulated tracker's own store, never through our client.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Protocol

from hubposture.connectors.http import Http, Patience
from hubposture.connectors.jira.configured import dialect_of, jira_http, shape_of
from hubposture.connectors.jira.site import JiraTracker
from hubposture.connectors.servicenow import Basic, ServiceNowTracker, servicenow_http, ticket_shape_of
from hubposture.ports.tracker import Tracker
from hubposture.sandbox.remote import jira as emulated
from hubposture.sandbox.remote import servicenow as emulated_servicenow
from hubposture.sandbox.remote.jira_model import Category, Permission
from hubposture.sandbox.remote.jira_seed import acme
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.sandbox.remote.servicenow import Fate, ServiceNow, Trouble
from hubposture.sandbox.remote.servicenow_answers import SLEEPING, Answer
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer
from hubposture.settings.jira import JiraKind, JiraSettings
from hubposture.settings.tracker_servicenow import TrackerServiceNow
from hubposture.work.ticket import Route

TRACKER = "main"
KINDS = ("cloud", "data-center", "servicenow")
TEAMS = {"team-web": "SHOP", "team-data": "DATA", "platform": "PLAT"}
"""One team for each workflow of Jira: any to any, a long one with a resolution, one that cannot be left."""
CLICKS = ("close", "reopen", "delete", "label", "unlabel", "comment", "move")
BREAKS = ("cut_after", "cut_before", "fail", "html", "later")


@dataclass(frozen=True)
class Issue:
    """A ticket as it is in the tracker's store; `key` is our label, the last one it had if people took it off."""

    id: str
    shown: str
    key: str
    place: str
    is_open: bool


class Site(Protocol):
    """A tracker with its people."""

    @property
    def kind(self) -> str:
        """Which of KINDS it is."""

    @property
    def routes(self) -> Mapping[str, Route]:
        """Where the tickets of each team go."""

    def tracker(self) -> Tracker:
        """What a new process speaks to it with; it remembers nothing."""

    def at(self, now: dt.datetime) -> None:
        """Set its clock (naive UTC), which may be skewed against this."""

    def issues(self) -> Mapping[str, Issue]:
        """Every ticket of ours that is there, by id."""

    def comments(self, id_: str) -> list[str]:
        """What is said in a ticket."""

    def click(self, what: str, shown: str, *, says: str = "Done", to: str = "") -> None:
        """What a person does; raises LookupError or ValueError where there is no way there."""

    def double(self, shown: str) -> str:
        """Another ticket with the same key, made a minute later; gives what people call it."""

    def breaks(self, what: str, operation: str, *, times: int = 1, skip: int = 0, status: int = 503) -> None:
        """Something goes wrong with the next requests of a kind."""

    def take_away(self, place: str, which: int) -> None:
        """Take one of our rights in a place away."""

    def mend(self) -> None:
        """Nothing breaks any more, and every right is there."""

    def lag(self, seconds: float) -> None:
        """How long its index lags behind from now on."""


@dataclass
class Seconds:
    """Time that passes only where somebody waits."""

    elapsed: float = 0.0

    def __call__(self) -> float:
        return self.elapsed

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds


_PATIENCE = Patience(tries=3, first_pause_seconds=0.001)
_RIGHTS = (
    (Permission.BROWSE,),
    (Permission.CREATE,),
    (Permission.EDIT,),
    (Permission.TRANSITION,),
    (Permission.COMMENT,),
    (Permission.LINK,),
    tuple(Permission),
)


_JIRA_OPERATIONS = {
    "create": "POST .*/issue/bulk$",
    "update": "PUT .*/issue/",
    "comment": "POST .*/comment$",
    "walk": "POST .*/transitions$",
    "ways": "GET .*/transitions$",
    "link": "POST .*/issueLink$",
    "read": "bulkfetch|GET .*/issue/[^/]*$",
    "find": "POST .*/search",
    "setup": "GET .*(createmeta|/field|/priority|/myself|/project/)",
}
"""What requests of each kind are known by."""


@dataclass
class JiraSite:
    """Jira Cloud, or Data Center."""

    server: JiraServer
    skew: dt.timedelta = dt.timedelta()
    seconds: Seconds = field(default_factory=Seconds)
    token: str = emulated.TOKEN

    def __post_init__(self) -> None:
        self.jira = self.server.jira
        self.kind = str(self.jira.kind)
        self.url = self.server.url
        self.routes = {team: Route(team, TRACKER, project) for team, project in TEAMS.items()}
        self._keys: dict[str, str] = {}
        self._https: list[Http] = []

    def settings(self) -> JiraSettings:
        """What the settings say of it."""
        kind = JiraKind(self.kind)
        return JiraSettings(url=self.url, kind=kind, user=emulated.ADDRESS, token="env:JIRA_TOKEN")

    def tracker(self) -> JiraTracker:
        settings = self.settings()
        http = jira_http(
            settings, lambda _: self.token, clock=self.seconds, sleep=self.seconds.sleep, patience=_PATIENCE
        )
        self._https.append(http)
        shape = shape_of(TRACKER, settings, label="security-hub")
        return JiraTracker(http, shape, dialect_of(settings), places=[one.place for one in self.routes.values()])

    def close(self) -> None:
        """Close what was opened."""
        while self._https:
            self._https.pop().close()

    def at(self, now: dt.datetime) -> None:
        self.jira.now = (now + self.skew).replace(tzinfo=dt.UTC)

    def issues(self) -> dict[str, Issue]:
        found = {}
        with self.jira.lock:
            for one in self.jira.issues.values():
                labels = [str(label) for label in one.fields.get("labels") or ()]
                for label in labels:
                    if label.startswith("shub-"):
                        self._keys[one.id] = label
                if one.id in self._keys:
                    is_open = self.jira.status_of(one).category is not Category.DONE
                    found[one.id] = Issue(one.id, one.key, self._keys[one.id], one.project, is_open)
        return found

    def comments(self, id_: str) -> list[str]:
        return [str(one.body) for one in self.jira.issues[id_].comments]

    def click(self, what: str, shown: str, *, says: str = "Done", to: str = "") -> None:
        self.issues()
        person = self.jira.person("kim")
        issue = self.jira.find(shown)
        labels = [] if issue is None else [str(one) for one in issue.fields.get("labels") or ()]
        match what:
            case "close":
                person.close(shown, says)
            case "reopen":
                person.reopen(shown)
            case "delete":
                person.delete(shown)
            case "label":
                person.label(shown, *labels, "not-mine")
            case "unlabel":
                person.label(shown)
            case "comment":
                person.comment(shown, "I had a look at it.")
            case "move":
                person.move(shown, to)

    def double(self, shown: str) -> str:
        one = self.jira.find(shown)
        assert one is not None
        self.jira.advance(seconds=60)
        project = self.jira.projects[one.project]
        fields = {name: one.fields.get(name) for name in ("summary", "labels", "priority")}
        return self.jira.add_issue(project, self.jira.type_of(one), fields, emulated.USER).key

    def breaks(self, what: str, operation: str, *, times: int = 1, skip: int = 0, status: int = 503) -> None:
        faults, on = self.jira.faults, _JIRA_OPERATIONS[operation]
        match what:
            case "fail":
                headers = {"retry-after": "2"} if status == 429 else {}
                faults.fail(status, on=on, times=times, skip=skip, headers=headers)
            case "html":
                faults.html(on=on, times=times, skip=skip)
            case "cut_before":
                faults.cut_before(on=on, times=times, skip=skip)
            case "cut_after":
                faults.cut_after(on=on, times=times, skip=skip)
            case "later":
                faults.cut_and_do_later(on=on, times=times, skip=skip, rests=2)

    def take_away(self, place: str, which: int) -> None:
        self.jira.deny(emulated.USER, place, *_RIGHTS[which % len(_RIGHTS)])

    def mend(self) -> None:
        self.jira.faults.clear()
        for place in TEAMS.values():
            self.jira.allow(emulated.USER, place)

    def lag(self, seconds: float) -> None:
        self.jira.index_lag_seconds = seconds


_GROUPS = {"team-web": "Web platform", "team-data": "Data platform", "platform": "Operations"}
_DONE = ("6", "7", "8")
_PERSON = "kim@example.com"


_SERVICENOW_OPERATIONS = {
    "create": "POST /api/now/table/incident",
    "update": "PATCH ",
    "comment": "PATCH ",
    "walk": "PATCH ",
    "ways": "GET /api/now/table/sys_journal_field",
    "link": "PATCH ",
    "read": "GET /api/now/table/incident",
    "find": "GET /api/now/table/incident",
    "setup": "GET /api/now/table/sys_",
}


@dataclass
class ServiceNowSite:
    """ServiceNow, with tickets as incidents."""

    server: ServiceNowServer
    skew: dt.timedelta = dt.timedelta()
    seconds: Seconds = field(default_factory=Seconds)
    token: str = emulated_servicenow.PASSWORD
    kind = "servicenow"

    def __post_init__(self) -> None:
        self.instance = self.server.instance
        self.url = self.server.url
        self.instance.flow.user(_PERSON)
        # A table in which nothing at all can be seen says of no ticket that it is gone.
        self.instance.tables.insert("incident", {"short_description": "A printer has no paper."})
        for name in _GROUPS.values():
            self.instance.desk.group(name)
        self.routes = {team: Route(team, TRACKER, "incident", group=group) for team, group in _GROUPS.items()}
        self._keys: dict[str, str] = {}
        self._https: list[Http] = []

    def tracker(self) -> ServiceNowTracker:
        sign_in = Basic(emulated_servicenow.USER, self.token)
        http = servicenow_http(self.url, sign_in, clock=self.seconds, sleep=self.seconds.sleep, patience=_PATIENCE)
        self._https.append(http)
        return ServiceNowTracker(http, replace(ticket_shape_of(TrackerServiceNow(), TRACKER), url=self.url))

    def close(self) -> None:
        """Close what was opened."""
        while self._https:
            self._https.pop().close()

    def at(self, now: dt.datetime) -> None:
        tables = self.instance.tables
        tables.now = max(tables.now, (now + self.skew).replace(tzinfo=dt.UTC))

    def issues(self) -> dict[str, Issue]:
        found = {}
        for row in self.instance.records("incident"):
            id_, key = row["sys_id"], row["correlation_id"]
            if key.startswith("shub-"):
                self._keys[id_] = key
            if id_ in self._keys:
                is_open = row["state"] not in _DONE
                found[id_] = Issue(id_, row["number"], self._keys[id_], "incident", is_open)
        return found

    def comments(self, id_: str) -> list[str]:
        entries = self.instance.records("sys_journal_field")
        return [one["value"] for one in entries if (one["element_id"], one["element"]) == (id_, "work_notes")]

    def click(self, what: str, shown: str, *, says: str = "Done", to: str = "") -> None:
        self.issues()
        desk = self.instance.desk
        match what:
            case "close":
                {"Done": desk.resolve, "Won't Do": desk.close}.get(says, desk.cancel)(shown, _PERSON)
            case "reopen":
                desk.reopen(shown, _PERSON)
            case "delete":
                desk.delete(shown)
            case "label" | "comment":
                desk.say(shown, _PERSON, "I had a look at it.")
            case "unlabel":
                desk.set(shown, _PERSON, correlation_id="")
            case "move":
                desk.reassign(shown, _PERSON, group="Others")

    def double(self, shown: str) -> str:
        tables = self.instance.tables
        _, row = self.instance.find(shown)
        tables.now += dt.timedelta(minutes=1)
        names = ("short_description", "description", "correlation_id", "state", "impact", "urgency")
        return tables.insert("incident", {name: row[name] for name in names})["number"]

    def breaks(self, what: str, operation: str, *, times: int = 1, skip: int = 0, status: int = 503) -> None:
        instance, on = self.instance, _SERVICENOW_OPERATIONS[operation]
        headers = {"retry-after": "2"} if status == 429 else {}
        match what:
            case "fail":
                instance.fail(status, on=on, times=times, headers=headers)
            case "html":
                instance.troubles.append(Trouble(Fate.ANSWERED, on, times, Answer(200, SLEEPING)))
            case "cut_before":
                instance.lose(Fate.LOST_BEFORE, on=on, times=times)
            case "cut_after":
                instance.lose(Fate.LOST_AFTER, on=on, times=times)
            case "later":
                instance.lose(Fate.DONE_LATER, on=on, times=times, rests=2)
        if skip:
            instance.troubles[-1].skip = skip

    def take_away(self, place: str, which: int) -> None:
        switches = self.instance.switches
        tables = (switches.hidden_tables, switches.forbidden_tables, switches.unwritable_tables)
        tables[which % len(tables)].add(place)
        if which % 5 == 4:
            switches.forbidden_tables.add("sys_journal_field")

    def mend(self) -> None:
        self.instance.troubles.clear()
        switches = self.instance.switches
        for one in (switches.hidden_tables, switches.forbidden_tables, switches.unwritable_tables):
            one.clear()

    def lag(self, seconds: float) -> None:
        """Its index does not lag behind."""


@contextmanager
def site(kind: str, *, skew: dt.timedelta = dt.timedelta(), lag: float = 0) -> Iterator[JiraSite | ServiceNowSite]:
    """An emulated tracker, served."""
    if kind == "servicenow":
        with ServiceNowServer(ServiceNow()) as server:
            found: JiraSite | ServiceNowSite = ServiceNowSite(server, skew)
            yield from _closing(found)
        return
    with JiraServer(acme(kind)) as jira:
        found = JiraSite(jira, skew)
        found.lag(lag)
        yield from _closing(found)


def _closing(found: JiraSite | ServiceNowSite) -> Iterator[JiraSite | ServiceNowSite]:
    try:
        yield found
    finally:
        found.close()
