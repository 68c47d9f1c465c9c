"""What happens day by day: resources come, go, are fixed and break again, and people press buttons.

Each day is drawn from the seed and the date alone, so that a world can be advanced in any steps with the same result.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from hubposture.sandbox.deeds import Press
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.lifecycle import Checks
from hubposture.sandbox.lifecycle_checks import AGE_LIMITS, fact_of, judged_type, share_by_default
from hubposture.sandbox.lifecycle_watch import Event
from hubposture.sandbox.population_inventory import ACCOUNT_TYPE, Resource
from hubposture.sandbox.population_resources import make_resource

TOUCHED = 0.1
"""Share of resources that something happens to on a day."""

FIXED = 0.7
"""How often a touched resource that fails gets fixed."""

BROKEN = 0.04
"""How often a touched resource that passes breaks."""

HANDLED = 40
"""One in so many failing findings was dealt with by hand before the start."""

PEOPLE = ("kim@example.com", "lee@example.com", "ops-automation", "noor@example.com", "sam@example.com")
NOTES = (
    "Known issue, accepted",
    "false positive",
    "Static web site, public on purpose. Approved by Lee, ticket SEC-1187.",
    "will fix next sprint",
    "see Jira",
    "Vendor appliance cannot do this; isolated subnet, reviewed 2026-06.",
    "...",
)


class Life:
    """Plans each day's events on the checks' schedule and plays them when their time comes."""

    def __init__(self, checks: Checks, *, seed: int, alive: bool = True) -> None:
        self.checks = checks
        self.seed = seed
        self.alive = alive
        self._controls: dict[str, list[Any]] = {}
        for control in checks.catalogue.controls.values():
            self._controls.setdefault(judged_type(control), []).append(control)

    def begin(self, start: datetime) -> None:
        """Let people have dealt by hand with some of the findings that are there at the start."""
        failing = sorted(self._failing(), key=lambda one: one.id) if self.alive else []
        draw = random.Random(f"{self.seed}/begin")  # noqa: S311 - a reproducible world, not a secret
        for record in draw.sample(failing, len(failing) // HANDLED):
            self._handle(record, draw, start)

    def plan_day(self, midnight: datetime) -> None:
        """Draw what happens on the day that begins at `midnight` and put it on the schedule."""
        if not self.alive:
            return
        draw = random.Random(f"{self.seed}/{midnight.date()}")  # noqa: S311 - a reproducible world, not a secret
        resources = sorted(self.checks.inventory, key=lambda one: (one.account, one.region, one.type, one.id))
        for resource in resources:
            if draw.random() < TOUCHED:
                self._plan_touch(resource, draw, midnight)
        self._plan_births_and_deaths(resources, draw, midnight)
        for number in range(draw.choice((0, 1, 1, 2, 3))):
            self._add(draw, midnight, "person", f"{midnight.date()}/{number}")
        if midnight.weekday() == 1:
            self._plan_incident(resources, draw, midnight)

    def _add(self, draw: random.Random, midnight: datetime, kind: str, *args: Any) -> datetime:
        at = midnight + timedelta(seconds=draw.randrange(6 * 3600, 19 * 3600))
        self.checks.schedule.add(at, kind, *args)
        return at

    def _plan_touch(self, resource: Resource, draw: random.Random, midnight: datetime) -> None:
        controls = self._controls.get(resource.type)
        if not controls:
            return
        control = draw.choice(controls)
        edit = (resource.account, resource.region, resource.id)
        if control.id in AGE_LIMITS:
            fact, _, limit, oldest = AGE_LIMITS[control.id]
            if resource.age_days(fact, midnight, oldest) > limit and draw.random() < FIXED:
                self._add(draw, midnight, "done", *edit, fact)
            return
        fact = fact_of(control)
        if resource.holds(fact, share_by_default(control)):
            if draw.random() < BROKEN:
                self._add(draw, midnight, "edit", *edit, fact, False)
        elif draw.random() < FIXED:
            self._add(draw, midnight, "edit", *edit, fact, True)
        if resource.type == "AWS::EC2::SecurityGroup":
            self._add(draw, midnight, "edit", *edit, "open ports", draw.choice(([], [443], [80, 443], [443], [22])))

    def _plan_births_and_deaths(self, resources: list[Resource], draw: random.Random, midnight: datetime) -> None:
        movable = [one for one in resources if one.type not in (ACCOUNT_TYPE, "AWS::EC2::VPC")]
        for parent in draw.sample(movable, min(len(movable), max(1, len(movable) // 150))):
            name = f"{midnight:%m%d}-{draw.randrange(16**4):04x}"
            self._add(draw, midnight, "birth", parent.account, parent.region, parent.type, name)
        for gone in draw.sample(movable, min(len(movable), max(1, len(movable) // 200))):
            self._add(draw, midnight, "death", gone.account, gone.region, gone.id)

    def _plan_incident(self, resources: list[Resource], draw: random.Random, midnight: datetime) -> None:
        """A change rolled out badly: all buckets of one target lose their block on public access for some days."""
        targets = sorted({one.target for one in resources if one.type == "AWS::S3::Bucket"})
        if not targets:
            return
        target = draw.choice(targets)
        for bucket in self.checks.inventory.of(target, "AWS::S3::Bucket").values():
            at = self._add(draw, midnight, "edit", *target, bucket.id, "blocks public access", False)
            if draw.random() < FIXED:
                fixed = at + timedelta(days=draw.randrange(2, 6))
                self.checks.schedule.add(fixed, "edit", *target, bucket.id, "blocks public access", True)

    # --- playing ---------------------------------------------------------------------------------------------------

    def play(self, event: Event) -> None:
        """Let an event happen; what its resource or finding no longer allows does not."""
        args = event.args
        if event.kind == "person":
            self._person(args[0], event.at)
        elif event.kind == "birth":
            account, region, kind, name = args
            resource = make_resource(kind, account, region, name=name, born=event.at)
            self.checks.inventory.add(resource)
            self.checks.resource_changed(resource, event.at)
        else:
            self._change(event)

    def _change(self, event: Event) -> None:
        account, region, resource_id, *rest = event.args
        resource = self.checks.inventory.find((account, region), resource_id)
        if resource is None:
            return
        if event.kind == "death":
            self.checks.resource_deleted(resource, event.at)
            return
        resource.facts[rest[0]] = event.at.isoformat() if event.kind == "done" else rest[1]
        self.checks.resource_changed(resource, event.at)

    def _person(self, name: str, at: datetime) -> None:
        """Somebody deals with a failing finding by hand, well or badly."""
        draw = random.Random(f"{self.seed}/person/{name}")  # noqa: S311 - a reproducible world, not a secret
        failing = sorted(self._failing(), key=lambda one: one.id)
        if not failing:
            return
        self._handle(draw.choice(failing), draw, at)

    def _handle(self, record: Record, draw: random.Random, at: datetime) -> None:
        person = draw.choice(PEOPLE)
        identity = f"arn:aws:sts::{record.account}:assumed-role/SecurityAnalyst/{person}"
        action = _action(draw, person)
        self.checks.store.apply_customer(record, action, at, identity=identity)
        press = Press(at, record.account, record.region, identity, record.product_arn, record.id, action)
        self.checks.deeds.pressed(press)

    def _failing(self) -> Iterator[Record]:
        return (
            record
            for record in self.checks.store
            if record.compliance == "FAILED" and record.record_state == "ACTIVE" and record.workflow == "NEW"
        )


def _action(draw: random.Random, person: str) -> Mapping[str, Any]:
    status = draw.choice(("SUPPRESSED", "SUPPRESSED", "NOTIFIED", "RESOLVED"))
    action: dict[str, Any] = {"Workflow": {"Status": status}}
    if draw.random() < FIXED:
        action["Note"] = {"Text": draw.choice(NOTES), "UpdatedBy": person}
    return action
