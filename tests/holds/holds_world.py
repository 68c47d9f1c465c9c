"""An organization whose every target needs something else, runs of ours over it, and what must hold after each.

Whatever is checked here is read from the sandbox's own state and its record of calls, not through our client.
"""

import re
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from hubposture.cli.apply import applied
from hubposture.matrix.rows import Matrix
from hubposture.model.targets import Target
from hubposture.ports.ledger import Intent, Run
from hubposture.reconcile.guard import Limits
from hubposture.sandbox.calls import CallRecord, is_write
from hubposture.sandbox.clock import VirtualClock
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.world import (
    CIS_5,
    FSBP,
    AccountSpec,
    ControlOff,
    OrganizationSpec,
    OuSpec,
    RoleSpec,
    TargetSpec,
)
from hubposture.verbs.execute import Executed
from hubposture.verbs.init import Rows, from_catalog
from hubposture.verbs.plan import Planned
from hubposture.wiring import Connection, Surroundings, connect, packaged_catalog, put_workbook, workplace

MANAGEMENT, ADMINISTRATOR, WEB, DATA, DARK = (f"10000000000{number}" for number in range(1, 6))
HOME, LINKED = "eu-central-1", "us-east-1"
READABLE = tuple((account, region) for account in (MANAGEMENT, ADMINISTRATOR, WEB, DATA) for region in (HOME, LINKED))
DARK_PLACES = ((DARK, HOME), (DARK, LINKED))
NIST = "standards/nist-800-53/v/5.0.0"
PATHS = {"fsbp-1.0.0": FSBP, "cis-5.0.0": CIS_5, "nist-800-53-5.0.0": NIST}
STANDARDS_ON = (CIS_5, NIST)
SETTINGS = f"""
instance = "test"
[controls]
disable_standards = true
[organizations.acme]
administrator = "{ADMINISTRATOR}"
home_region = "{HOME}"
administrator_reader_role = ""
administrator_writer_role = ""
"""

Place = tuple[str, str]
"""An account and a Region."""

Item = tuple[str, ...]
"""What a write changes: ('standard', path, on/off), ('control', path, id, on/off) or ('parameters', id, values)."""


def _account(number: str, name: str, ou: str, **more: Any) -> AccountSpec:
    return AccountSpec(id=number, name=name, email=f"{name}@example.com", ou=ou, **more)


def _target(place: Place, number: int, controls: Sequence[str]) -> TargetSpec:
    """A target like no other: which controls are off, which standards are on and which parameters are set differ."""
    off = [ControlOff(control=one, reason="found so") for at, one in enumerate(controls) if at % 11 == number]
    return TargetSpec(
        account=place[0],
        region=place[1],
        standards=(FSBP,) if number % 3 == 0 else (FSBP, CIS_5) if number % 3 == 1 else (CIS_5,),
        controls_off=tuple(off),
        parameters={"ACM.1": {"daysToExpiration": 10 + number}, "IAM.7": {"MaxPasswordAge": 30 + number}},
        controls_missing=frozenset({"S3.1"}) if place == (WEB, HOME) else frozenset(),
    )


@cache
def spec() -> OrganizationSpec:
    """Five accounts in two Regions; one lacks a control, one cannot be read, no two targets are alike."""
    controls = sorted(control.id for control in packaged_rows_controls())
    places = (*READABLE, *DARK_PLACES)
    return OrganizationSpec(
        id="o-acme",
        management_account=MANAGEMENT,
        administrator=ADMINISTRATOR,
        home_region=HOME,
        regions=(HOME, LINKED),
        linked_regions=(LINKED,),
        ous=(OuSpec(id="ou-root-work", name="Workloads", parent="r-root"),),
        accounts=(
            _account(MANAGEMENT, "management", "r-root"),
            _account(ADMINISTRATOR, "security", "r-root"),
            _account(WEB, "web", "ou-root-work"),
            _account(DATA, "data", "ou-root-work"),
            _account(DARK, "dark", "ou-root-work", roles_missing=frozenset({"hubposture-reader", "hubposture-writer"})),
        ),
        targets=tuple(_target(place, number, controls) for number, place in enumerate(places)),
        roles=(RoleSpec(name="hubposture-reader"), RoleSpec(name="hubposture-writer")),
    )


@dataclass(frozen=True)
class _Named:
    id: str


def packaged_rows_controls() -> list[_Named]:
    """The controls that the matrix has rows for."""
    return [_Named(row["control"]) for row in rows()["Controls"]]


@cache
def rows() -> Rows:
    """A matrix that wants a bit of everything: controls on and off, a parameter, a standard on and another off."""
    made = dict(from_catalog(packaged_catalog()))
    made["Controls"] = [
        {**row, "parameters": "daysToExpiration=45"} if row["control"] == "ACM.1" else row for row in made["Controls"]
    ]
    made["Standards"] = [
        {"standard": key, "enabled": "yes" if path in STANDARDS_ON else "no"} for key, path in PATHS.items()
    ]
    return made


@dataclass
class Baseline:
    """A baseline repository that tests copy, and its matrix."""

    directory: Path
    matrix: Matrix | None = None


def make_baseline(directory: Path) -> Baseline:
    """Make the repository once for all tests of a module."""
    directory.mkdir()
    (directory / "hubposture.toml").write_text(SETTINGS)
    put_workbook(directory, rows(), now=VirtualClock().now())
    return Baseline(directory)


@dataclass
class Stage:
    """A sandbox, and a connection of ours to it."""

    box: Sandbox
    connection: Connection
    baseline: Baseline
    began: Mapping[Place, frozenset[Item]] = field(default_factory=dict)

    def plan(self) -> Planned:
        """Survey and plan."""
        if self.baseline.matrix is None:
            self.baseline.matrix = self.connection.workplace.matrix()
        return self.connection.plan(self.baseline.matrix, self.connection.survey())

    def apply(self, planned: Planned) -> Executed:
        """Apply a plan as the command does, in a run of the ledger."""
        return applied(self.connection, planned, planned.plan, Limits(), everywhere=False)[0]

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.box.faults.update(
            dict.fromkeys(("throttled", "server_error", "timeout", "reset", "lost_answer", "partial"), 0.0)
        )

    def again(self) -> "Stage":
        """The same organization, seen by a process that has just been started."""
        return Stage(self.box, reconnected(self.connection), self.baseline, self.began)

    def unfinished(self) -> tuple[Intent, ...]:
        """What the ledger says was sent and has no result."""
        with self.connection.workplace.ledger() as ledger:
            return ledger.unfinished()

    def runs(self) -> tuple[Run, ...]:
        """The runs in the ledger, the newest first."""
        with self.connection.workplace.ledger() as ledger:
            return ledger.runs()


def stage(
    baseline: Baseline,
    directory: Path,
    patch: pytest.MonkeyPatch,
    *,
    quirks: Quirks | None = None,
    seed: int = 0,
    **faults: float,
) -> Stage:
    """The organization with quirks, and shares of calls that go wrong from the beginning."""
    box = Sandbox(spec(), clock=VirtualClock(), quirks=quirks, seed=seed)
    box.faults.update({"seed": seed, **faults})
    keys = box.keys(ADMINISTRATOR)
    patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    patch.delenv("AWS_PROFILE", raising=False)
    around = Surroundings(
        now=box.clock.now,
        clock=lambda: box.clock.now().timestamp(),
        sleep=box.wait,
        attach=box.connect,
        environ={},
    )
    shutil.copytree(baseline.directory, directory)
    return Stage(box, connect(workplace(directory, surroundings=around), "acme"), baseline, truth(box))


def reconnected(connection: Connection) -> Connection:
    """New adapters for the same organization."""
    return connect(connection.workplace, connection.name)


# --- what is true ---------------------------------------------------------------------------------------------------


def truth(box: Sandbox) -> dict[Place, frozenset[Item]]:
    """What every target really has, from the sandbox's own state, reads that lag left aside."""
    return {place: frozenset(_items(box, place)) for place in (*READABLE, *DARK_PLACES)}


def _items(box: Sandbox, place: Place) -> list[Item]:
    core, hub = box.core, box.core.hub(*place)
    found: list[Item] = [
        ("parameters", control, str(sorted(parameters.values.items())))
        for control, parameters in hub.parameters.items()
        if parameters.values
    ]
    for path in core.live_paths(hub):
        if hub.subscriptions[path].deleting_at is not None:
            continue
        found.append(("standard", path, "on"))
        found += [
            ("control", path, control.id, "on" if core.is_enabled(hub, path, control) else "off")
            for control in core.catalogue.controls.values()
            if path in control.standards and core.has(hub, control)
        ]
    return found


def wanted(box: Sandbox, place: Place, began: frozenset[Item]) -> frozenset[Item]:
    """What a target shall have by the rows of the matrix, worked out anew and simply; parameters without a row stay."""
    core, hub = box.core, box.core.hub(*place)
    on_by_row = {row["control"]: row["disposition"] in ("enforce", "monitor") for row in rows()["Controls"]}
    items: set[Item] = {("parameters", "ACM.1", "[('daysToExpiration', 45)]")}
    items |= {one for one in began if one[0] == "parameters" and one[1] != "ACM.1"}
    before = {one[:3]: one[3] for one in began if one[0] == "control"}
    for path in STANDARDS_ON:
        items.add(("standard", path, "on"))
        for control in core.catalogue.controls.values():
            if path not in control.standards or not core.has(hub, control):
                continue
            on = on_by_row.get(control.id)
            if on is None:
                state = before.get(("control", path, control.id), "on")  # no row: left alone, on in a new standard
            elif control.global_resource:
                first = next((one for one in (HOME, LINKED) if control.available_in(one)), "")
                state = "on" if on and first == place[1] else "off"
            else:
                state = "on" if on else "off"
            items.add(("control", path, control.id, state))
    return frozenset(items)


# --- what must hold -------------------------------------------------------------------------------------------------


def assert_accounted(done: Executed, planned: Planned) -> None:
    """Every planned change has exactly one result."""
    outcomes = Counter((one.change.place, one.change.edit.order) for one in done.results)
    assert outcomes == Counter((one.place, one.edit.order) for one in planned.plan.changes())
    tally = done.tally
    assert planned.plan.count == tally.applied + tally.failed + tally.skipped


def assert_reports_are_true(stage: Stage, done: Executed) -> None:
    """What is reported as applied is so in the sandbox."""
    now = truth(stage.box)
    for result in done.results:
        if result.outcome == "applied" and result.change.edit.kind == "association":
            path, control = PATHS[result.change.edit.key[0]], result.change.edit.key[1]
            states = {
                one[2].casefold(): one[3] for one in now[_place(result.change.place)] if one[:2] == ("control", path)
            }
            assert states[control] == result.change.edit.desired, str(result.change)


def assert_only_planned(stage: Stage, plans: Sequence[Planned]) -> None:
    """No target was sent a change that was not planned for it, whatever the answer was."""
    allowed: dict[Place, set[Item]] = {}
    for planned in plans:
        for change in planned.plan.changes():
            allowed.setdefault(_place(change.place), set()).add(
                _planned_item(change.edit.kind, change.edit.key, change.edit.desired)
            )
    for record in stage.box.calls.writes():
        if record.service == "securityhub":
            place = (record.account, record.region)
            for item in sent_items(record):
                assert item in allowed.get(place, set()), f"{place} was sent {item}"


def assert_reasons(stage: Stage, plans: Sequence[Planned]) -> None:
    """Every control that was switched carries the reason that was planned for it there, and so do parameters."""
    reasons: dict[tuple[Place, Item], list[str]] = {}
    for planned in plans:
        for change in planned.plan.changes():
            edit = change.edit
            item = _planned_item(edit.kind, edit.key, edit.desired)
            reasons.setdefault((_place(change.place), item), []).append(_plain(edit.reason))
    for record in filter(is_change, stage.box.calls.writes()):
        place = (record.account, record.region)
        updates = record.input.get("StandardsControlAssociationUpdates", ())
        words = [one["UpdatedReason"] for one in updates] or [record.input.get("LastUpdateReason", "")]
        for item, said in zip(sent_items(record), words, strict=False):
            if item[0] != "standard":
                assert any(_plain(said).startswith(one) for one in reasons.get((place, item), ())), (
                    f"{place} {item}: {said}"
                )


def _plain(reason: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", reason.casefold()))


def assert_converged(stage: Stage) -> None:
    """A new process plans nothing more, every readable target has what the rows say, and the others are untouched."""
    left = stage.again().plan().plan
    assert not left.edits, "\n".join(str(one) for one in left.changes())
    now = truth(stage.box)
    for place in READABLE:
        assert now[place] == wanted(stage.box, place, stage.began[place]), place
    for place in DARK_PLACES:
        assert now[place] == stage.began[place], place


def _place(target: Target) -> Place:
    return target.account, target.region


def _planned_item(kind: str, key: tuple[str, ...], desired: object) -> Item:
    match kind:
        case "standard":
            return ("standard", PATHS[key[0]], str(desired))
        case "association":
            return ("control", PATHS[key[0]], key[1], str(desired))
        case _:
            return ("parameters", key[0])


def sent_items(record: CallRecord) -> list[Item]:
    """What a write call asks for, ids in lower case; nothing for one whose input never arrived."""
    given = record.input
    switched = {"ENABLED": "on", "DISABLED": "off"}
    items: list[Item] = [
        ("control", _path(one["StandardsArn"]), one["SecurityControlId"].casefold(), switched[one["AssociationStatus"]])
        for one in given.get("StandardsControlAssociationUpdates", ())
    ]
    items += [("standard", _path(one["StandardsArn"]), "on") for one in given.get("StandardsSubscriptionRequests", ())]
    items += [
        ("standard", f"standards/{arn.rpartition(':')[2].removeprefix('subscription/')}", "off")
        for arn in given.get("StandardsSubscriptionArns", ())
    ]
    if record.operation == "UpdateSecurityControl" and given:
        items.append(("parameters", given["SecurityControlId"].casefold()))
    return items


def _path(arn: str) -> str:
    return arn.rpartition(":")[2]


def is_change(record: CallRecord) -> bool:
    """Whether a call changes Security Hub."""
    return record.service == "securityhub" and is_write(record.operation)
