"""A served organization on the real clock: from an event to the update it causes, and updates beside their quota."""

import datetime as dt
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

from bench.meter import quantile
from hubposture.aws.updates import AwsUpdates
from hubposture.cli.demo import baseline_in
from hubposture.cli.enforced import enforced
from hubposture.cli.sync import synced
from hubposture.cli.waiver_writing import approved
from hubposture.sandbox import RealClock, models, population, wire
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.server import serve
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waivers import Options
from hubposture.waivers.decision import FindingUpdate
from hubposture.wiring import Connection, Surroundings, connect, open_store, read_book, utc_now, workplace
from hubposture.wiring.workplace import SANDBOX_VARIABLE

EVENTS = 48
EVERY_SECONDS = 0.75
"""A resource that is excused breaks so often, and one that is not beside each."""
GROUP = 250
"""Findings of one wish: three calls each."""
_PAST = dt.timedelta(days=45)
"""What resources have behind them."""
_PER_SECOND, _BURST = 10, 30
_BUCKET, _CONTROL = "AWS::S3::Bucket", "S3.8"
_WAIVER = """\
id: W-BENCH
controls: [S3.8]
resources: ["arn:aws:s3:::bench-*"]
type: by-design
reason: Public on purpose
owner: team-web
requested_by: kim@example.com
valid_from: {start}
expires: {end}
"""


@dataclass
class Place:
    """An organization on the real clock, and a baseline that speaks of it."""

    box: Sandbox
    directory: Path
    environ: dict[str, str]
    answered: dict[str, float] = field(default_factory=dict)

    def connection(self) -> Connection:
        """What a process that has just been started has; the calls stay in this process."""
        around = Surroundings(now=self.box.clock.now, attach=self.box.connect, environ=self.environ)
        return connect(workplace(self.directory, surroundings=around), "acme")


@contextmanager
def place(*, accounts: int) -> Iterator[Place]:
    """The organization with a past of some weeks, served; the baseline is that of the demo."""
    spec = population.organization(accounts=accounts)
    box = Sandbox(spec, clock=RealClock(), findings=population.findings(spec, start=utc_now() - _PAST))
    keys = box.keys(spec.administrator)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(AWS_ACCESS_KEY_ID=keys.access_key, AWS_SECRET_ACCESS_KEY=keys.secret_key)
    with tempfile.TemporaryDirectory() as name, serve(box) as server:
        directory = Path(name) / "demo"
        baseline_in(directory, administrator=spec.administrator, home=spec.home_region, now=utc_now())
        environ = {
            **os.environ,
            "AWS_ENDPOINT_URL": server.url,
            "HUBPOSTURE_SANDBOX_EXTERNAL_ID": population.EXTERNAL_ID,
            SANDBOX_VARIABLE: server.url,
        }
        made = Place(box, directory, environ)
        _listen_to_answers(made)
        yield made


def _listen_to_answers(there: Place) -> None:
    """Note when each finding's update was answered."""
    handle = there.box.handle

    def noting(request: wire.Request) -> wire.Reply:
        reply = handle(request)
        scope = wire.scope_of(request)
        if scope and scope.service == "securityhub" and "findings/batchupdate" in request.path:
            _, params = wire.read(models.service("securityhub"), request)
            at = time.perf_counter()
            for one in params["FindingIdentifiers"]:
                there.answered.setdefault(one["Id"], at)
        return reply

    there.box.handle = noting  # type: ignore[method-assign]


def latency() -> str:
    """Seconds from the moment a resource breaks, and its event is in the queue, to the answer to its update."""
    with place(accounts=12) as there:
        excused, others = _buckets(there, "bench"), _buckets(there, "other")
        _prepare(there)
        with _listening(there) as running:
            begun: dict[str, float] = {}
            for name, other in zip(excused, others, strict=True):
                at = time.perf_counter()
                begun |= dict.fromkeys(there.box.break_resource(name, _CONTROL), at)
                there.box.break_resource(other, _CONTROL)
                time.sleep(EVERY_SECONDS)
            deadline = time.perf_counter() + 60
            while begun.keys() - there.answered.keys() and time.perf_counter() < deadline:
                time.sleep(0.05)
            running.send_signal(signal.SIGTERM)
            status = running.wait(60)
        taken = [there.answered[one] - at for one, at in begun.items() if one in there.answered]
        lost = len(begun) - len(taken)
        findings = len(_seen(there))
    return (
        f"p95 {quantile(taken, 0.95):.1f} s, median {quantile(taken, 0.5):.1f} s, most {max(taken):.1f} s of {len(taken)} events"
        f" beside as many others, one of each every {EVERY_SECONDS} s; {findings:,} findings"
        + (f"; {lost} never" if lost else "")
        + (f"; it ended with {status}" if status else "")
    )


def _buckets(there: Place, name: str) -> list[str]:
    """New buckets that pass, spread over accounts."""
    accounts = sorted(there.box.core.organization.accounts)[2:8]
    return [
        there.box.create_resource(_BUCKET, accounts[at % len(accounts)], resource=f"arn:aws:s3:::{name}-{at}")
        for at in range(EVENTS)
    ]


def _prepare(there: Place) -> None:
    """Everything is read, the waiver is approved for the buckets, and what waited in the queue is old news."""
    waivers = there.directory / "waivers"
    waivers.mkdir()
    today = utc_now().date()
    (waivers / "W-BENCH.yaml").write_text(_WAIVER.format(start=today, end=today.replace(year=today.year + 1)))
    synced(there.connection(), "api", sweep=True, survey=True)
    connection = there.connection()
    at = connection.workplace
    with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
        (found,) = previews(["W-BENCH"], snapshot, read_book(at, ledger), ledger=ledger, organization="acme")
    assert len(found.proposed.subjects) == EVENTS
    approved(connection, found, by="lee@example.com")
    enforced(there.connection(), Options(suppress_share=1.0))
    there.box.events.queue.clear()
    there.answered.clear()


@contextmanager
def _listening(there: Place) -> Iterator["subprocess.Popen[bytes]"]:
    """`hubposture listen` in a process of its own, once it has asked for the first time."""
    there.box.calls.clear()
    command = [sys.executable, "-m", "hubposture", "-C", str(there.directory), "listen", "--no-jobs"]
    with subprocess.Popen(command, env=there.environ, stdout=subprocess.DEVNULL) as running:
        while not there.box.calls.counts()["sqs:ReceiveMessage"]:
            time.sleep(0.1)
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()


def updates() -> str:
    """Seconds that updates of as many findings as there are take, beside the least that the quota allows."""
    with place(accounts=24) as there:
        connection = there.connection()
        there.box.advance()
        ids = _seen(there)
        wishes = list(_wishes(ids))
        calls = sum(ceil(len(one.ids) / 100) for one in wishes)
        begun = time.perf_counter()
        answers = list(AwsUpdates(connection.gateway, connection.pool, home=there.box.core.home).update(wishes))
        took = time.perf_counter() - begun
        made = connection.calls()["securityhub:BatchUpdateFindings"]
    least = (calls - _BURST) / _PER_SECOND
    failed = sum(bool(one.error) for one in answers)
    return (
        f"{took / least:.2f} x: {took:.1f} s for {len(answers):,} findings in {made} calls "
        f"(at least {calls} calls, {least:.1f} s)" + (f"; {failed} failed" if failed else "")
    )


def _seen(there: Place) -> list[tuple[str, str]]:
    """The findings that the administrator sees, by (ProductArn, Id)."""
    living, estate = there.box.findings, there.box.estate
    assert isinstance(living, FindingService)
    at = there.box.core.spec.administrator, there.box.core.home
    accounts, regions = estate.visible_accounts(*at), estate.visible_regions(*at)
    return [(one.product_arn, one.id) for one in living.store if one.account in accounts and one.region in regions]


def _wishes(ids: Sequence[tuple[str, str]]) -> Iterator[FindingUpdate]:
    for number, at in enumerate(range(0, len(ids), GROUP)):
        fields: Any = (("hubposture/instance", "bench"), ("hubposture/waiver", f"W-{number}"))
        yield FindingUpdate(tuple(ids[at : at + GROUP]), "SUPPRESSED", "Waived.", "hubposture/bench", fields)
