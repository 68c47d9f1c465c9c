"""Cases of waivers that are played together in one world: each has resources of its own, and all share our runs.

A case is a generator: it arranges something, yields for one run of ours (time passes before and after it), and asserts
what must be so then, until it ends. So thirty cases cost no more than one, under any quirks.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from holds.findings_world import Subject
from holds.holds_world import HOME, WEB
from holds.waivers_world import DAY, MINUTE, PATTERN, SEEN_AFTER, Shown, WaiversWorld, decided
from hubposture.verbs.waivers import Enforced
from hubposture.waivers.waiver import Waiver

WAITS = (20 * MINUTE, 20 * MINUTE, DAY + 2 * 60 * MINUTE)
"""What passes before each run, over and over: the third comes after every check has run again."""

Play = Iterator[None]


@dataclass
class Part:
    """A case in its world: `number` makes its names its own, `done` is the last run."""

    there: WaiversWorld
    number: int
    done: Enforced | None = None

    def name(self, name: str = "site") -> str:
        """A name that no other case has; no other begins with it either."""
        return f"{name}-{self.number:02d}-"

    def bucket(
        self,
        name: str,
        control: str = "S3.8",
        *,
        passes: bool = False,
        place: tuple[str, str] = (WEB, HOME),
        **more: Any,
    ) -> "Thing":
        """A bucket of this case, as the subject of a control that fails, or passes."""
        made = self.there.bucket(f"{self.name()}{name}", *(() if passes else (control,)), place=place, **more)
        return Thing(self, (*place, control.casefold(), made))

    def waive(self, name: str, *things: "Thing", pattern: str = "", **more: Any) -> Waiver:
        """A waiver of this case for some things, or for all of a pattern."""
        resources = [one.subject[3] for one in things] + ([f"{PATTERN}{self.name()}{pattern}"] if pattern else [])
        return self.there.waive(self.waiver(name), *resources, **more)

    def waiver(self, name: str) -> str:
        """The id of a waiver of this case."""
        return f"W-{self.number:02d}-{name}"

    def rule(self, thing: "Thing", *, status: str = "SUPPRESSED") -> str:
        """An automation rule of somebody else for one resource."""
        return self.there.box.add_rule(
            f"rule of case {self.number}", {"ResourceId": thing.subject[3]}, status=status, region=thing.subject[1]
        )


@dataclass
class Thing:
    """A subject of a case."""

    part: Part
    subject: Subject

    @property
    def shown(self) -> Shown:
        """What its one finding shows."""
        return self.part.there.one(self.subject)

    @property
    def status(self) -> str:
        """The workflow status of its one finding."""
        return self.shown.workflow

    def said(self, verb: str, *reasons: str) -> None:
        """Assert what was decided for it, and that each of these texts is in the reason."""
        assert self.part.done is not None
        found, why = decided(self.part.done, self.subject)
        assert found == verb, f"{found}: {why}, where {verb} was to be decided"
        for reason in reasons:
            assert reason in why, why

    def is_untouched(self) -> None:
        """Assert that we never wrote to it."""
        assert self.part.there.by_us(self.subject) == []

    def person(self, status: str = "", note: str = "", fields: Mapping[str, str] | None = None) -> None:
        """Let somebody press buttons on it."""
        self.part.there.box.person(self.subject, status=status, note=note, fields=fields)

    def passes(self) -> None:
        """Let it pass from now on."""
        self.part.there.fix(self.subject[3], self.subject[2])

    def fails(self) -> None:
        """Let it fail from now on."""
        self.part.there.break_(self.subject[3], self.subject[2])


Case = Callable[[Part], Play]


def play(there: WaiversWorld, cases: Mapping[str, Case], *, source: str = "sweep") -> dict[str, str]:
    """Play cases to their ends; gives what went wrong, by name."""
    parts = {name: Part(there, number) for number, name in enumerate(cases, 1)}
    plays = {name: case(parts[name]) for name, case in cases.items()}
    wrong: dict[str, str] = {}
    for run in count():
        for name, one in list(plays.items()):
            if (problem := _advanced(one)) is not None:
                del plays[name]
                if problem:
                    wrong[name] = f"after {run} runs: {problem}"
        if not plays:
            return wrong
        there.box.wait(WAITS[run % len(WAITS)].total_seconds())
        done = there.once(source)
        there.box.wait(SEEN_AFTER.total_seconds())
        for part in parts.values():
            part.done = done
    raise AssertionError("the count never ends")


def _advanced(one: Play) -> str | None:
    """Why a play has ended, '' where it came to its end; None where it goes on."""
    try:
        next(one)
    except StopIteration:
        return ""
    except AssertionError as problem:
        line = traceback.extract_tb(problem.__traceback__)
        at = next(frame for frame in reversed(line) if frame.name not in ("said", "is_untouched"))
        return f"line {at.lineno}: {at.line}: {problem}"
    return None
