"""A world of tickets: checks that a test lets fail and pass, an emulated Jira over real HTTP, a ledger on disk, people.

Only the lake is a stand-in: it says what the test made true. What is true of tickets is read from the emulated Jira's own
store, never through our client.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from hubposture.connectors.http import Http, Patience
from hubposture.connectors.jira.configured import dialect_of, jira_http, shape_of
from hubposture.connectors.jira.site import JiraTracker
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.tracker import Tracker
from hubposture.sandbox.remote import jira as emulated
from hubposture.sandbox.remote.jira_server import JiraServer
from hubposture.settings.jira import JiraKind, JiraSettings
from hubposture.verbs.ticket_verify import Verified, verify
from hubposture.verbs.tickets import Guards, Means, Synced, sync
from hubposture.work.content import TicketWords
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Route, Ticket

ORGANIZATION = "acme"
BEGIN = dt.datetime(2026, 11, 2, 9)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ROUTES = {
    "team-web": Route("team-web", "main", "SHOP"),
    "team-data": Route("team-data", "main", "DATA"),
    "platform": Route("platform", "main", "PLAT"),
}
"""One team for each workflow: any to any, a long one with a resolution, one that cannot be left."""
_DONE = {"Done", "Resolved", "Closed", "Rejected"}


@dataclass
class Checks:
    """What the checks say, by subject."""

    subjects: dict[str, Subject] = field(default_factory=dict)

    def subject(self, number: int, owner: str, now: dt.datetime) -> Subject:
        """The subject of a number, which fails from now on if it is new."""
        name = f"{number:032x}"
        return self.subjects.setdefault(
            name,
            Subject(
                subject=name,
                account="111122223333" if number % 2 else "444455556666",
                account_shown="acme-web (111122223333)" if number % 2 else "acme-data (444455556666)",
                region="eu-central-1",
                control=("s3.8", "ec2.2")[number % 3 % 2],
                shown=("S3.8", "EC2.2")[number % 3 % 2],
                title="Public access is blocked",
                url="https://docs.aws.amazon.com/console/securityhub/S3.8/remediation",
                resource=f"arn:aws:s3:::bucket-{number}",
                resource_type="AwsS3Bucket",
                severity=("CRITICAL", "HIGH", "MEDIUM")[number % 3],
                standing=Standing.FAILING,
                owner=owner,
                is_team=True,
                failing_since=now,
                last_passed_at=None,
                changed_at=now,
                seen_at=now,
                returns=0,
                due_days=7,
            ),
        )

    def turn(self, name: str, standing: Standing, now: dt.datetime) -> None:
        """Let a subject stand in another way from now on."""
        old = self.subjects[name]
        if old.standing is standing:
            return
        comes_back = standing is Standing.FAILING and old.standing is Standing.PASSED
        self.subjects[name] = replace(
            old,
            standing=standing,
            changed_at=now,
            failing_since=(old.failing_since if old.standing in (Standing.WAIVED, Standing.UNKNOWN) else now)
            if standing is Standing.FAILING
            else old.failing_since
            if standing in (Standing.WAIVED, Standing.UNKNOWN)
            else None,
            last_passed_at=now if standing is Standing.PASSED else old.last_passed_at,
            returns=old.returns + comes_back,
            waiver="W-1" if standing is Standing.WAIVED else "",
        )


@dataclass(frozen=True)
class Shot:
    """A snapshot of the checks; of everything else that a snapshot is, tickets use nothing."""

    number: int
    at: dt.datetime
    subjects: Mapping[str, Subject]

    def work(self, tracked: Collection[str]) -> Sequence[Subject]:
        """See `ports.lake`."""
        return [one for one in self.subjects.values() if one.subject in tracked or one.standing is Standing.FAILING]


class Died(BaseException):
    """The process is gone."""


class Mortal:
    """A tracker whose process dies at a chosen write, before or after it is done."""

    def __init__(self, tracker: Tracker, *, at: int, after: bool) -> None:
        self._tracker = tracker
        self._left = at
        self._after = after

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._tracker, name)
        if name not in ("create", "update", "comment", "close", "reopen", "link"):
            return found

        def mortal(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and not self._after:
                raise Died
            answer = found(*arguments, **named)
            if self._left == 0:
                raise Died
            return answer

        return mortal


class TicketsWorld:
    """Everything that tickets touch, on one clock."""

    def __init__(self, directory: Path, server: JiraServer, *, policy: Policy | None = None) -> None:
        self.now = BEGIN
        self.directory = directory
        self.server = server
        self.jira = server.jira
        self.checks = Checks()
        self.policy = policy or Policy(batch=3, in_progress=0, labels=("security-hub",))
        self.routes = dict(ROUTES)
        self._elapsed = 0.0
        self.advance(dt.timedelta())

    def advance(self, by: dt.timedelta) -> None:
        """Let time pass; every check looks again once a day or oftener."""
        self.now += by
        self.jira.now = self.now.replace(tzinfo=dt.UTC)
        for name, one in self.checks.subjects.items():
            self.checks.subjects[name] = replace(one, seen_at=self.now)

    # Ours

    def sync(self, *, dies_at: int = 0, after: bool = False) -> Synced | None:
        """One run in a process of its own; None where it died."""
        with self._means(dies_at=dies_at, after=after) as means:
            try:
                return sync(means)
            except Died:
                return None

    def verify(self) -> Verified:
        """What the tracker says against what the checks say."""
        with self._means() as means, means.lake.snapshot() as snapshot:
            return verify(means, snapshot)

    def tickets(self) -> Sequence[Ticket]:
        """The tickets as the ledger has them."""
        with self._ledger() as ledger:
            return ledger.tickets(ORGANIZATION)

    def _ledger(self) -> AbstractContextManager[SqlLedger]:
        url = f"sqlite:///{self.directory / 'ledger.sqlite'}"
        return open_ledger(url, relative_to=self.directory, clock=lambda: self.now.replace(tzinfo=dt.UTC))

    def _sleep(self, seconds: float) -> None:
        self._elapsed += seconds

    @contextmanager
    def _http(self) -> Iterator[tuple[JiraSettings, Http]]:
        is_cloud = self.jira.kind == "cloud"
        settings = JiraSettings(
            url=self.server.url,
            kind=JiraKind.CLOUD if is_cloud else JiraKind.DATA_CENTER,
            user=emulated.ADDRESS,
            token="env:JIRA_TOKEN",
        )
        patience = Patience(tries=3, first_pause_seconds=0.001)
        with jira_http(
            settings, lambda _: emulated.TOKEN, clock=lambda: self._elapsed, sleep=self._sleep, patience=patience
        ) as http:
            yield settings, http

    @contextmanager
    def _means(self, *, dies_at: int = 0, after: bool = False) -> Iterator[Means]:
        with self._http() as (settings, http), self._ledger() as ledger:
            shape = shape_of("main", settings, label="security-hub")
            places = [route.place for route in ROUTES.values()]
            tracker: Any = JiraTracker(http, shape, dialect_of(settings), places=places)
            if dies_at:
                tracker = Mortal(tracker, at=dies_at, after=after)
            yield Means(
                organization=ORGANIZATION,
                who="tests",
                commit="",
                lake=_Lake(lambda: Shot(1, self.now, dict(self.checks.subjects))),  # type: ignore[arg-type]
                ledger=ledger,
                trackers={"main": tracker},
                routes=self.routes,
                unrouted={},
                policy=self.policy,
                words=TicketWords(self.policy),
                guards=Guards(max_close_share=1.0),
                is_observed=lambda _: False,
                now=lambda: self.now,
            )

    # What is true in Jira

    def is_open(self, id_: str) -> bool:
        """Whether an issue is there and not done."""
        issue = self.jira.issues.get(id_)
        return issue is not None and issue.status not in _DONE

    def open_issues(self) -> dict[str, list[str]]:
        """Keys of issues that are not done, by our label."""
        found: dict[str, list[str]] = {}
        for issue in self.jira.issues.values():
            for label in issue.fields.get("labels") or ():
                if label.startswith("shub-"):
                    found.setdefault(label, [])
                    if issue.status not in _DONE:
                        found[label].append(issue.key)
        return found


@dataclass(frozen=True)
class _Lake:
    shot: Callable[[], Shot]

    @contextmanager
    def snapshot(self) -> Iterator[Shot]:
        yield self.shot()
