"""A small living organization whose findings come in, the truth about it, and what must hold after every sync.

The truth is read from the sandbox's own store and hubs, never through our client. Every test begins after a first sync,
which is done once: the same seed gives the same world, however its time was cut into steps.
"""

import datetime as dt
import shutil
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from holds.holds_world import ADMINISTRATOR, DARK, Baseline, spec
from hubposture.cli.sync import synced
from hubposture.matrix.rows import Matrix
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension, Score
from hubposture.sandbox import models, wire
from hubposture.sandbox.catalogue import load as catalogue
from hubposture.sandbox.clock import Clock, VirtualClock
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.population_products import other_findings
from hubposture.sandbox.population_resources import inventory_of
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.world import AccountSpec
from hubposture.verbs.sync import Synced
from hubposture.wiring import Connection, Surroundings, connect, open_store, workplace
from hubposture.wiring.workplace import Workplace

SEED = 3
DAY = dt.timedelta(days=1)
PAST = dt.timedelta(days=12)
WORST_FIRST = ("FAILED", "WARNING", "NOT_AVAILABLE", "PASSED", "")

Subject = tuple[str, str, str, str]
"""Account, Region, control in lower case, resource."""


@dataclass(frozen=True)
class Fact:
    """What the sandbox has of a subject: worst compliance of its ACTIVE findings, of those not suppressed, how many."""

    status: str
    aws_status: str
    active: int


@dataclass(frozen=True)
class Held:
    """What the lake has of a subject."""

    presence: str
    status: str
    aws_status: str
    findings: int
    failing_since: dt.datetime | None

    @property
    def is_in_sight(self) -> bool:
        """Whether it counts."""
        return self.presence in ("present", "unsure")


@dataclass
class Around:
    """Surroundings of ours over a sandbox, with a clock that may be wrong."""

    box: Sandbox
    wrong_by: dt.timedelta = dt.timedelta(0)

    def now(self) -> dt.datetime:
        """Our own clock."""
        return self.box.clock.now() + self.wrong_by

    def made(self) -> Surroundings:
        """The surroundings."""
        return Surroundings(
            now=self.now,
            clock=lambda: self.box.clock.now().timestamp(),
            sleep=self.box.wait,
            attach=self.box.connect,
            environ={"HUBPOSTURE_LIMITS_THREADS": "4"},
        )


@dataclass
class World:
    """A sandbox with findings, and a lake of ours that follows it."""

    box: Sandbox
    living: FindingService
    around: Around
    directory: Path
    times: list[dt.datetime] = field(default_factory=list)
    left: dict[str, AccountSpec] = field(default_factory=dict)

    def connection(self) -> Connection:
        """What a process that has just been started has."""
        return connect(workplace(self.directory, surroundings=self.around.made()), "acme")

    def sync(self, *, sweep: bool = True) -> Synced:
        """One sync of a new process; with a sweep and a survey, or with what is due."""
        return synced(self.connection(), "api", sweep=sweep, survey=sweep)

    def pass_days(self, days: int = 1) -> None:
        """Time goes on, and life in it."""
        self.box.tick(days)

    # --- the truth ---------------------------------------------------------------------------------------------------

    def truth(self) -> dict[Subject, Fact]:
        """Every subject of a control that the sandbox has a finding of."""
        found: dict[Subject, list[tuple[str, str]]] = defaultdict(list)
        for record in self.living.store:
            if record.body.control_id:
                for resource in record.body.resources:
                    key = (record.account, record.region, record.body.control_id.casefold(), resource.id)
                    found[key] += [(record.compliance, record.workflow)] * (record.record_state == "ACTIVE")
        return {key: _true(active) for key, active in found.items()}

    def is_on(self, key: Subject) -> bool:
        """Whether the subject's control is on in some standard of its target."""
        hub = self.box.core.hub(*key[:2])
        known = _controls().get(key[2])
        return known is not None and any(
            path in known.standards and self.box.core.is_enabled(hub, path, known)
            for path in self.box.core.live_paths(hub)
        )

    # --- what we have ------------------------------------------------------------------------------------------------

    def held(self) -> dict[Subject, Held]:
        """Every subject of a control in the lake; fails where one is there twice."""
        rows = self.query(
            "SELECT account, region, control, resource, presence, status, aws_status, findings, failing_since"
            " FROM subjects WHERE kind = 'control' ORDER BY subject"
        )
        counted = Counter(row[:4] for row in rows)
        assert not [key for key, number in counted.items() if number > 1], "a subject is there twice"
        return {row[:4]: Held(*row[4:]) for row in rows}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of the newest version; what it says of itself is checked on the way."""
        at = self.connection().workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
            self.times.append(snapshot.at)
            assert self.times == sorted(self.times), "the versions' times went back"
            return snapshot.execute(sql, {})

    def score(self) -> Score:
        """The organization's score."""
        at = self.connection().workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
            found = rollup.score(snapshot.execute, Dimension.ORGANIZATION)
        assert found is not None
        return found

    def version(self) -> int:
        """The newest version's number."""
        with self.connection().workplace.ledger() as ledger:
            head = ledger.head_version("acme")
        return head.number if head is not None else 0

    def faults(self) -> list[str]:
        """What a deep check of the store finds."""
        at = self.connection().workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store:
            return [f"{one.where}: {one.what}" for one in store.writer.check(deep=True)]

    # --- what must hold ----------------------------------------------------------------------------------------------

    def assert_sound(
        self, before: Mapping[Subject, Held], *, lost: Callable[[Subject], bool] = lambda _key: False
    ) -> None:
        """Nothing became gone, off, lost or fixed in our eyes that is not so in the sandbox.

        `before` is what was held before the sync; `lost` says of which subjects sight was really lost.
        """
        truth, now = self.truth(), self.held()
        assert before.keys() <= now.keys(), "a subject vanished from the lake"
        wrong = []
        for key, one in now.items():
            was, really = before.get(key), truth.get(key)
            if was is not None and (was.presence, was.status) == (one.presence, one.status):
                continue
            active = really is not None and really.active > 0
            is_so = {
                "gone": not active,
                "off": not self.is_on(key),
                "lost": lost(key),
            }.get(one.presence, True)
            fixed = one.status == "PASSED" and was is not None and was.status != "PASSED"
            if not is_so or (fixed and (really is None or really.status != "PASSED")):
                wrong.append(f"{key}: {was} -> {one}, in truth {really}")
        assert not wrong, "\n".join(wrong[:5])

    def assert_converged(self, *, quiet: bool = False) -> None:
        """The lake has what the sandbox has: no subject more or less, each with its status.

        What is no more may wait for another sweep; `quiet` says that those have been.
        """
        truth, now = self.truth(), self.held()
        active = {key: one for key, one in truth.items() if one.active and self.is_on(key)}
        wrong = [
            f"{key}: {now.get(key)}, in truth {one}"
            for key, one in active.items()
            if key not in now
            or (now[key].presence, now[key].status, now[key].aws_status, now[key].findings)
            != ("present", one.status, one.aws_status, one.active)
        ]
        wrong += [
            f"{key}: {one}, in truth {truth.get(key)}"
            for key, one in now.items()
            if key not in active and key[0] != DARK and (one.presence == "present" or (quiet and one.is_in_sight))
        ]
        assert not wrong, f"{len(wrong)}:\n" + "\n".join(wrong[:8])
        assert self.twice() == 0

    def twice(self) -> int:
        """How many findings are in the lake twice."""
        return int(self.query("SELECT count(*) - count(DISTINCT finding || subject) FROM findings")[0][0])


def _true(active: list[tuple[str, str]]) -> Fact:
    return Fact(
        _worst([compliance for compliance, _ in active]),
        _worst([compliance for compliance, workflow in active if workflow != "SUPPRESSED"]),
        len(active),
    )


def _worst(found: list[str]) -> str:
    return min(found, key=WORST_FIRST.index, default="")


def _controls() -> Mapping[str, Any]:
    return {one.id.casefold(): one for one in catalogue().controls.values()}


# --- making it -------------------------------------------------------------------------------------------------------


def build(quirks: FindingQuirks | None = None, *, clock: Clock | None = None) -> tuple[Sandbox, FindingService]:
    """The organization at its beginning: resources with a past of days, and findings of existing resources only."""
    clock = clock or VirtualClock()
    start = clock.now() - PAST
    living = FindingService(
        inventory_of(spec(), seed=SEED, start=start),
        seed=SEED,
        quirks=quirks,
        empty_passes=False,
        others=partial(other_findings, spec(), SEED),
    )
    box = Sandbox(spec(), clock=clock, seed=SEED, findings=living, strict=False)
    box.wait(1)
    return box, living


@dataclass(frozen=True)
class Begun:
    """A directory after the first sync, and when that was."""

    directory: Path
    at: dt.datetime


def begin(baseline: Baseline, directory: Path, patch: pytest.MonkeyPatch) -> Begun:
    """Do the first sync once."""
    made = _world(baseline.directory, directory, patch)
    made.sync()
    made.assert_converged()
    return Begun(directory, made.box.clock.now())


def world(begun: Begun, directory: Path, patch: pytest.MonkeyPatch, *, quirks: FindingQuirks | None = None) -> World:
    """The world as the first sync left it, a copy of its own for each test."""
    made = _world(begun.directory, directory, patch, quirks)
    made.box.wait((begun.at - made.box.clock.now()).total_seconds())
    return made


def _world(source: Path, directory: Path, patch: pytest.MonkeyPatch, quirks: FindingQuirks | None = None) -> World:
    box, living = build(quirks)
    keys = box.keys(ADMINISTRATOR)
    patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    patch.delenv("AWS_PROFILE", raising=False)
    patch.setattr(Workplace, "matrix", _matrix_once)
    shutil.copytree(source, directory)
    return World(box, living, Around(box), directory)


_READ: dict[str, Matrix] = {}


def _matrix_once(at: Workplace) -> Matrix:
    """The matrix is the same everywhere here, and slow to read."""
    if "read" not in _READ:
        _READ["read"] = _reading(at)
    return _READ["read"]


_reading = Workplace.matrix


# --- hands on what goes over the wire --------------------------------------------------------------------------------


@contextmanager
def before(there: World, patch: pytest.MonkeyPatch, operation: str, act: Callable[[int], None]) -> Iterator[list[int]]:
    """Do something before the n-th call of an operation is answered; gives the count, which goes on growing."""
    handle, count, lock = there.box.handle, [0], threading.Lock()

    def watched(request: wire.Request) -> wire.Reply:
        if _operation(request) == operation:
            with lock:
                count[0] += 1
                number = count[0]
            act(number)
        return handle(request)

    with patch.context() as patched:
        patched.setattr(there.box, "handle", watched)
        yield count


def _operation(request: wire.Request) -> str:
    scope = wire.scope_of(request)
    if not scope or scope.service not in ("securityhub", "config"):
        return ""
    return wire.read(models.service(scope.service), request)[0].name
