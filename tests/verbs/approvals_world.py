"""A world of waivers whose baseline is a git repository and whose approvals are given elsewhere: over loopback servers."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.scripted_server import Clock
from holds.findings_world import Begun, Subject
from holds.holds_world import HOME, WEB
from holds.waivers_world import WaiversWorld, world
from hubposture.connectors.http import Patience
from hubposture.connectors.servicenow import Basic, ServiceNowRecords, servicenow_http, shape_of
from hubposture.ports.waivers import Request
from hubposture.sandbox.remote.servicenow import PASSWORD, USER, ServiceNow
from hubposture.sandbox.remote.servicenow_server import ServiceNowServer
from hubposture.sandbox.remote.servicenow_world import Row
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waiver_requests import Means, Read, Requested, ask, read
from hubposture.waivers.standing import Standing
from hubposture.waivers.waiver import Waiver
from hubposture.wiring import open_store, read_book, request_means

KIM, LEE, MAX = "kim@example.com", "lee@example.com", "max@example.com"
BRANCH = "hubposture/waivers"
TABLE = "sn_compliance_policy_exception"
PUBLIC: Subject = (WEB, HOME, "s3.8", "arn:aws:s3:::public-0")
SETTINGS = """
[waivers]
record = "servicenow"
{more}
[waivers.servicenow]
url = "{url}"
sign_in = "basic"
user = "{user}"
password = "file:{secret}"
preset = "policy-exception"
[waivers.servicenow.states]
approved = ["state=8"]
rejected = ["state=7"]
changes_requested = ["state=11"]
withdrawn = ["state=3"]
pending = ["state=1", "state=2", "state=6"]
"""


class Killed(BaseException):
    """The process is gone; nothing in it catches this."""


class Dying:
    """Anything of ours, until a method is called: the process dies before that, or after it."""

    def __init__(self, inner: Any, method: str, when: str, number: int = 1) -> None:
        self._inner, self._method, self._when, self._left = inner, method, when, number

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name != self._method:
            return found

        def dying(*arguments: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == 0 and self._when == "before":
                raise Killed
            result = found(*arguments, **named)
            if self._left == 0:
                raise Killed
            return result

        return dying


def git(directory: Path, *words: str) -> str:
    """What git says, as kim."""
    person = ("-c", "user.name=Kim", "-c", f"user.email={KIM}", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *person, *words], cwd=directory, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def begin_git(directory: Path) -> None:
    """Make the baseline a repository with one commit."""
    (directory / ".gitignore").write_text(".hubposture/\n.sandbox/\n")
    git(directory, "init", "-q", "-b", "main")
    commit_all(directory, "Baseline")


def commit_all(directory: Path, message: str) -> str:
    """Commit everything as it is onto what is checked out; gives the commit."""
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "--allow-empty", "-m", message)
    return git(directory, "rev-parse", "HEAD")


@dataclass
class Approvals:
    """The world, an instance of ServiceNow, and processes of ours that ask it. `clock` is that of their pauses."""

    there: WaiversWorld
    instance: ServiceNow
    server: ServiceNowServer
    clock: Clock = field(default_factory=Clock)
    opened: ExitStack = field(default_factory=ExitStack)

    @property
    def directory(self) -> Path:
        """The baseline."""
        return self.there.directory

    @contextmanager
    def means(self, change: Callable[[Means], Means] = lambda one: one) -> Iterator[Means]:
        """What requests need, in a process that has just been started and waits no real time."""
        at = self.there.connection().workplace
        with at.ledger() as ledger:
            http = servicenow_http(
                self.server.url,
                Basic(USER, PASSWORD),
                clock=self.clock,
                sleep=self.clock.sleep,
                patience=Patience(tries=2, answer_seconds=5.0),
            )
            with http, request_means(at, ledger) as made:
                shape = shape_of(at.settings.waivers.servicenow, at.settings.zone_info)
                yield change(replace(made, records=ServiceNowRecords(http, shape)))

    def ask(self, waiver: str, change: Callable[[Means], Means] = lambda one: one) -> Requested:
        """`waivers request`."""
        connection = self.there.connection()
        at = connection.workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
            (found,) = previews([waiver], snapshot, read_book(at, ledger), ledger=ledger, organization="acme")
        with self.means(change) as means:
            return ask(means, found.waiver, found.proposed, text="It excuses some buckets.", asked_by=KIM)

    def read(self, change: Callable[[Means], Means] = lambda one: one) -> Read:
        """`waivers approvals`."""
        with self.means(change) as means:
            return read(means, [one.waiver for one in self.standings()])

    def standings(self) -> tuple[Standing, ...]:
        """Where every waiver stands."""
        at = self.there.connection().workplace
        with at.ledger() as ledger:
            return read_book(at, ledger).standings

    def standing(self, waiver: str = "W-1") -> Standing:
        """Where a waiver stands."""
        return next(one for one in self.standings() if one.waiver.id == waiver)

    def requests(self) -> list[Request]:
        """Every request, oldest first."""
        with self.there.connection().workplace.ledger() as ledger:
            return list(ledger.requests())

    def records(self) -> list[Row]:
        """The records in the instance."""
        return self.instance.records(TABLE)

    def number(self) -> str:
        """The number of the newest record."""
        return self.records()[-1]["number"]

    def posts(self) -> int:
        """How often a record was to be made."""
        return sum(one.startswith("POST") for one in self.instance.calls)

    def waive(self, waiver: str = "W-1", *resources: str, **more: Any) -> Waiver:
        """A waiver that nobody has approved, committed."""
        made = self.there.waive(waiver, *(resources or ("arn:aws:s3:::public-*",)), by="", **more)
        commit_all(self.directory, f"{waiver} is asked for")
        return made

    def trailers(self, branch: str = BRANCH) -> list[str]:
        """The requests whose approval commits of a branch carry, newest first, one entry for each commit."""
        if not git(self.directory, "branch", "--list", branch):
            return []
        told = git(self.directory, "log", "--format=%(trailers:key=Hubposture-Request,valueonly)", branch)
        return [one for one in told.splitlines() if one]

    def merge(self) -> None:
        """Somebody merges the branch with the approvals."""
        git(self.directory, "merge", "-q", "--no-ff", "-m", "Approved waivers", BRANCH)

    def approved(self, waiver: str = "W-1", *resources: str, **more: Any) -> Request:
        """A waiver that lee approved, merged and enforced."""
        self.waive(waiver, *resources, **more)
        self.ask(waiver)
        self.instance.approve(self.number(), LEE)
        assert not self.read().unwritten
        self.merge()
        assert self.standing(waiver).state.holds
        self.there.once("none")
        return self.requests()[-1]


@contextmanager
def approvals(begun: Begun, directory: Path, patch: pytest.MonkeyPatch, *, more: str = "") -> Iterator[Approvals]:
    """The world with an instance in which lee and max approve; `more` are settings of waivers."""
    secret = directory.parent / "secret"
    secret.write_text(PASSWORD)
    instance = ServiceNow()
    with ServiceNowServer(instance) as server:
        settings = SETTINGS.format(url=server.url, user=USER, secret=secret, more=more)
        there = world(begun, directory, patch, settings=settings)
        instance.tables.now = there.box.clock.now()
        for email in (KIM, LEE, MAX):
            instance.flow.user(email)
        instance.flow.approvers += [LEE, MAX]
        begin_git(directory)
        yield Approvals(there, instance, server)


def is_suppressed(there: WaiversWorld, subject: Subject = PUBLIC) -> bool:
    """Whether the subject's finding is suppressed."""
    return there.one(subject).workflow == "SUPPRESSED"
