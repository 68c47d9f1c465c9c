"""Ports that live in memory: a hub that can lie, lose answers, raise and go dark, and a journal that remembers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from controls.controls_world import DEFINITIONS, UNIVERSE, after
from hubposture.controls.definitions import Definitions, RegionDefinitions
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.errors import RemoteError, RemoteUnavailable
from hubposture.model.organization import Organization
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way
from hubposture.ports.hub import Progress
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.verbs.apply import Means

T = TypeVar("T")
R = TypeVar("R")
COMMIT = "0123456789abcdef"


class Mood(StrEnum):
    """How a target's writer behaves; `take` of the hub says which edits really take effect where not all do."""

    HONEST = "takes all and says so"
    LIES = "takes none and says it took all"
    LOST = "takes all, and the answer is lost"
    PARTIAL = "takes some, and says which"
    SILENT = "takes some, and speaks of these alone"
    RAISES = "takes some, then raises"
    CRASHES = "takes some, then a defect shows"
    STRANGER = "takes some, and answers for something that was never sent"
    TWICE = "takes some, and answers twice for each"
    DARK = "takes all, and cannot be read afterwards"
    MUTE = "takes all, and the reader forgets the target afterwards"
    DECLINES = "takes none and says it skipped all"


@dataclass
class FakeHub:
    """Reader and writer of the same targets. `written` and `read` are what was asked, in order."""

    states: dict[Target, Reading]
    moods: Mapping[Target, Mood] = field(default_factory=dict)
    take: Callable[[Edit], bool] = lambda _edit: True
    broken_reads: int = 0
    written: list[Change] = field(default_factory=list)
    reasons_asked: list[Target] = field(default_factory=list)
    why_off: Mapping[tuple[Target, str, str], str] = field(default_factory=dict)

    def definitions(self, organization: Organization, regions: Sequence[str]) -> Definitions:
        return {region: here for region, here in DEFINITIONS.items() if region in regions}

    def read(
        self,
        targets: Mapping[Target, Governance | Unreadable],
        universe: Universe,
        definitions: Definitions,
        *,
        progress: Progress | None = None,
    ) -> Iterator[Reading]:
        if self.broken_reads and self.written:
            self.broken_reads -= 1
            raise RemoteUnavailable("the network is gone")
        touched = {change.place for change in self.written}
        for target in sorted(targets, reverse=True):
            mood = self.moods.get(target) if target in touched else None
            if mood is Mood.DARK:
                yield Unreadable(target, Because.NO_ROLE, "the role went away")
            elif mood is not Mood.MUTE:
                yield self.states[target]

    def reasons(self, target: Target, controls: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
        self.reasons_asked.append(target)
        return {
            (standard, control): (why, "2026-11-01T00:00:00Z")
            for (at, standard, control), why in self.why_off.items()
            if at == target and control in controls
        }

    def write(self, target: Target, edits: Sequence[Edit], *, definitions: RegionDefinitions) -> Iterable[Result]:
        assert definitions.region == target.region
        self.written += [Change(target, edit) for edit in edits]
        mood = self.moods.get(target, Mood.HONEST)
        whole = mood in (Mood.HONEST, Mood.LOST, Mood.DARK, Mood.MUTE)
        none = mood in (Mood.LIES, Mood.DECLINES)
        taken = [edit for edit in edits if whole or (not none and self.take(edit))]
        now = self.states[target]
        assert isinstance(now, TargetState)
        self.states[target] = after(now, taken)
        return _answer(mood, target, edits, taken)


def _answer(  # noqa: PLR0911 (one return per mood)
    mood: Mood, target: Target, edits: Sequence[Edit], taken: Sequence[Edit]
) -> list[Result]:
    yes = [Result(Change(target, edit), Outcome.APPLIED) for edit in edits]
    honest = [
        Result(
            Change(target, edit),
            Outcome.APPLIED if edit in taken else Outcome.FAILED,
            "" if edit in taken else "refused",
        )
        for edit in edits
    ]
    match mood:
        case Mood.RAISES:
            raise RemoteError("the connection was reset")
        case Mood.CRASHES:
            raise ZeroDivisionError("a defect")
        case Mood.LOST:
            return [Result(one.change, Outcome.FAILED, "no answer came") for one in yes]
        case Mood.PARTIAL:
            return honest
        case Mood.SILENT:
            return [one for one in honest if one.outcome is Outcome.APPLIED]
        case Mood.STRANGER:
            strange = Edit(20, "association", ("fsbp-1.0.0", "nope.1"), "on", "off", "", "")
            return [*honest, Result(Change(target, strange), Outcome.APPLIED)]
        case Mood.TWICE:
            return [*honest, *yes]
        case Mood.DECLINES:
            return [Result(one.change, Outcome.SKIPPED, "not now") for one in yes]
        case _:
            return yes


class InOrder:
    """Workers that take one item after the other."""

    def spread(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        for item in items:
            try:
                yield item, work(item)
            except Exception as error:  # noqa: BLE001 (the port's contract: what work raised is the item's result)
                yield item, error


@dataclass
class Diary:
    """A journal in memory; `hub` is looked at to know what had been written when an intent came."""

    hub: FakeHub
    intended: list[Change] = field(default_factory=list)
    recorded: list[Result] = field(default_factory=list)
    written_before_intent: list[Change] = field(default_factory=list)

    def intend(self, changes: Sequence[Change]) -> None:
        known = {(one.place, one.edit.order) for one in self.hub.written}
        self.written_before_intent += [one for one in changes if (one.place, one.edit.order) in known]
        self.intended += changes

    def record(self, results: Sequence[Result]) -> None:
        self.recorded += results


def means(hub: FakeHub, diary: Diary | None = None) -> Means:
    """What applying needs, all of it in memory."""
    governance: dict[Target, Governance | Unreadable] = {
        target: one if isinstance(one, Unreadable) else Governance(Way.LOCAL) for target, one in hub.states.items()
    }
    return Means(hub, hub, InOrder(), diary or Diary(hub), UNIVERSE, DEFINITIONS, governance, COMMIT)
