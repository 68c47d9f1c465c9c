"""A world of tickets: checks that a test lets fail and pass, a tracker over real HTTP, a ledger on disk, people.

Only the lake is a stand-in: it says what the test made true.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holds.ticket_sites import TRACKER, Site
from hubposture.ledger.ledger import SqlLedger, open_ledger
from hubposture.ports.tracker import Tracker
from hubposture.verbs.ticket_verify import Verified, verify
from hubposture.verbs.tickets import Guards, Means, Synced, sync
from hubposture.work.content import TicketWords
from hubposture.work.policy import Policy
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Ticket

ORGANIZATION = "acme"
BEGIN = dt.datetime(2026, 11, 2, 9)
MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


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

    def give(self, name: str, owner: str, *, is_team: bool = True) -> None:
        """Let a subject have another owner."""
        self.subjects[name] = replace(self.subjects[name], owner=owner, is_team=is_team)


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

    def __init__(self, directory: Path, site: Site, *, policy: Policy | None = None) -> None:
        self.now = BEGIN
        self.directory = directory
        self.site = site
        self.checks = Checks()
        self.policy = policy or Policy(batch=3, in_progress=0, labels=("security-hub",))
        self.routes = dict(site.routes)
        self.ledger_url = f"sqlite:///{directory / 'ledger.sqlite'}"
        self._opened = ExitStack()
        self._ledger: SqlLedger | None = None
        self.advance(dt.timedelta())

    def advance(self, by: dt.timedelta) -> None:
        """Let time pass; every check looks again once a day or oftener."""
        self.now += by
        self.site.at(self.now)
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
        return self.ledger.tickets(ORGANIZATION)

    @property
    def ledger(self) -> SqlLedger:
        """The ledger, opened once: it remembers nothing beside its database."""
        if self._ledger is None:
            opened = open_ledger(
                self.ledger_url, relative_to=self.directory, clock=lambda: self.now.replace(tzinfo=dt.UTC)
            )
            self._ledger = self._opened.enter_context(opened)
        return self._ledger

    def close(self) -> None:
        """Close the ledger."""
        self._ledger = None
        self._opened.close()

    @contextmanager
    def _means(self, *, dies_at: int = 0, after: bool = False) -> Iterator[Means]:
        tracker: Any = self.site.tracker()
        if dies_at:
            tracker = Mortal(tracker, at=dies_at, after=after)
        yield Means(
            organization=ORGANIZATION,
            who="tests",
            commit="",
            lake=_Lake(lambda: Shot(1, self.now, dict(self.checks.subjects))),  # type: ignore[arg-type]
            ledger=self.ledger,
            trackers={TRACKER: tracker},
            routes=self.routes,
            unrouted={},
            policy=self.policy,
            words=TicketWords(self.policy),
            guards=Guards(max_close_share=1.0),
            is_observed=lambda _: False,
            now=lambda: self.now,
        )

    # What is true

    def is_open(self, id_: str) -> bool:
        """Whether a ticket is there and not done."""
        issue = self.site.issues().get(id_)
        return issue is not None and issue.is_open

    def open_issues(self) -> dict[str, list[str]]:
        """What people call the tickets that are not done, by our key; a key has none where all are done."""
        found: dict[str, list[str]] = {}
        for issue in self.site.issues().values():
            found.setdefault(issue.key, [])
            if issue.is_open:
                found[issue.key].append(issue.shown)
        return found


@dataclass(frozen=True)
class _Lake:
    shot: Callable[[], Shot]

    @contextmanager
    def snapshot(self) -> Iterator[Shot]:
        yield self.shot()
