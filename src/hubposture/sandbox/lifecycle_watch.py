"""What the emulated checks remember of one target, and what a target asks for at one moment."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hubposture.sandbox.catalogue import Catalogue
from hubposture.sandbox.findings_record import Beat, Record
from hubposture.sandbox.population_inventory import Target
from hubposture.sandbox.seams import Estate

CONSOLIDATED = ""
"""The slot of a subject's one finding where consolidated control findings are on; else slots are standards' paths."""

Subject = dict[str, Record]
"""The findings of one control and one resource, by slot."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is enabled in a target: each control that is on with the standards it is on in, and parameter values."""

    hub_on: bool
    recorder_on: bool
    consolidated: bool
    controls: Mapping[str, tuple[str, ...]]
    values: Mapping[str, Mapping[str, Any]]

    def slots(self, control_id: str) -> tuple[str, ...]:
        """The slots in which a control has a finding for each subject."""
        return (CONSOLIDATED,) if self.consolidated else self.controls.get(control_id, ())


NOTHING_WANTED = Wanted(False, False, True, {}, {})


def read_wanted(estate: Estate, catalogue: Catalogue, target: Target) -> Wanted:
    """Ask the engine what is enabled in a target now."""
    account, region = target
    if not estate.hub_on(account, region):
        return NOTHING_WANTED
    members = {
        control.id: control for path in estate.enabled_standards(account, region) for control in catalogue.members(path)
    }
    controls = {}
    for control in members.values():
        paths = tuple(estate.standards_of(account, region, control.id)) if control.available_in(region) else ()
        if paths:
            controls[control.id] = paths
    values = {
        control_id: dict(estate.parameters_of(account, region, control_id))
        for control_id in controls
        if members[control_id].parameters
    }
    return Wanted(True, estate.recorder_on(account, region), estate.consolidated(account, region), controls, values)


@dataclass(slots=True)
class Watch:
    """The checks of one target: when they last ran, what they ran for, and the findings they keep."""

    periodic: Beat
    changes: Beat
    wanted: Wanted = NOTHING_WANTED
    round: int = 0
    epoch: int = 0
    subjects: dict[str, dict[str, Subject]] = field(default_factory=dict)
    generations: dict[str, int] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    late: set[tuple[str, str]] = field(default_factory=set)


@dataclass(frozen=True, slots=True, order=True)
class Event:
    """Something that will happen: `kind` and `args` say what; events of one moment keep the order they were made in."""

    at: datetime
    number: int
    kind: str
    args: tuple[Any, ...] = field(compare=False)


class Schedule:
    """Events to come, in order of time."""

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._count = 0

    def add(self, at: datetime, kind: str, *args: Any) -> None:
        """Plan an event."""
        self._count += 1
        heapq.heappush(self._heap, Event(at, self._count, kind, args))

    def has_until(self, now: datetime) -> bool:
        """Whether any event's time has come."""
        return bool(self._heap) and self._heap[0].at <= now

    def pop_until(self, now: datetime) -> Iterable[Event]:
        """Give the events whose time has come, those included that are added meanwhile."""
        while self._heap and self._heap[0].at <= now:
            yield heapq.heappop(self._heap)

    def dump(self) -> list[Any]:
        """Everything as plain JSON."""
        return [[one.at.isoformat(), one.kind, list(one.args)] for one in sorted(self._heap)]

    def load(self, state: Iterable[Any]) -> None:
        """Take over what `dump` gave."""
        self._heap, self._count = [], 0
        for at, kind, args in state:
            self.add(datetime.fromisoformat(at), kind, *args)
