"""Census: who governs what, what is off and why, what cannot be seen, what others set up. Read-only."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hubposture.controls.state import TargetState
from hubposture.errors import RemoteError
from hubposture.model.controls import ControlId, Standard, natural_key
from hubposture.model.organization import RegionState
from hubposture.model.targets import Target, Unreadable, Way
from hubposture.ports.census import Automation, CensusReader, Member, Recorder
from hubposture.ports.hub import HubReader
from hubposture.verbs.survey import Survey
from hubposture.views.document import counted


@dataclass(frozen=True, slots=True)
class Off:
    """A control that is off somewhere. `reasons` are the hub's own words in the targets that were asked, with counts."""

    control: ControlId
    targets: tuple[Target, ...]
    of: int
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Census:
    """Everything found; sequences are sorted. `unknown` says what could not be read and why.

    `members` are the live accounts that Security Hub does not list as enabled members.
    """

    survey: Survey
    ways: tuple[tuple[Way, str, tuple[Target, ...]], ...]
    standards: tuple[tuple[Standard, tuple[Target, ...]], ...]
    off: tuple[Off, ...]
    custom: tuple[tuple[ControlId, int], ...]
    unreadable: tuple[Unreadable, ...]
    recorders: tuple[Recorder, ...]
    members: tuple[Member, ...]
    automation: tuple[Automation, ...]
    unlinked: tuple[tuple[str, str, tuple[Target, ...]], ...]
    unknown: tuple[str, ...]


REASONS_ASKED = 12
"""Targets that are asked for the reasons of what is off: enough to know the habits, few enough to be quick."""


def census(found: Survey, hub: HubReader, reader: CensusReader) -> Census:
    """Take the census of a survey. What cannot be read is listed and stops nothing."""
    states = [one for one in found.readings if isinstance(one, TargetState)]
    unknown: list[str] = []
    recorders, unseen = _recorders(reader, [one.target for one in states])
    unknown += unseen
    members = _tried("members", lambda: reader.members(found.organization), unknown)
    regions = [one.region for one in found.reading.regions if one.region in found.definitions]
    automation: list[Automation] = []
    for region, answer in reader.automation(regions):
        if isinstance(answer, RemoteError):
            unknown.append(f"automation in {region}: {answer}")
        else:
            automation += answer
    return Census(
        survey=found,
        ways=_ways(states),
        standards=_standards(states),
        off=_off(found, states, hub, unknown),
        custom=_custom(states),
        unreadable=tuple(one for one in found.readings if isinstance(one, Unreadable)),
        recorders=tuple(sorted(recorders)),
        members=tuple(one for one in members if one.status != "Enabled"),
        automation=tuple(sorted(automation)),
        unlinked=_unlinked(found, reader, unknown),
        unknown=tuple(unknown),
    )


def _tried(what: str, ask: Callable[[], Sequence[Member]], unknown: list[str]) -> Sequence[Member]:
    try:
        return ask()
    except RemoteError as error:
        unknown.append(f"{what}: {error}")
        return ()


def _unlinked(
    found: Survey, reader: CensusReader, unknown: list[str]
) -> tuple[tuple[str, str, tuple[Target, ...]], ...]:
    """Regions that somebody uses and that do not aggregate to the home Region: why they count, and where."""
    organization = found.organization
    others = [one for one in found.reading.regions if one.region not in organization.linked_regions]
    open_ = [one.region for one in others if one.state is RegionState.NOT_LINKED]
    live = [account.id for account in organization.accounts.values() if account.state.is_live]
    on: dict[str, list[Target]] = defaultdict(list)
    failed: Counter[str] = Counter()
    for target, answer in reader.hubs([Target(organization.name, one, region) for region in open_ for one in live]):
        if isinstance(answer, RemoteError):
            failed[target.region] += 1
        elif answer:
            on[target.region].append(target)
    unknown += [
        f"whether {region} is used: {counted(count, 'account')} cannot be read there"
        for region, count in sorted(failed.items())
    ]
    why = {one.region: one.why for one in others if one.in_use}
    why |= dict.fromkeys(on, "Security Hub is on there")
    return tuple((region, why[region], tuple(sorted(on[region]))) for region in sorted(why))


def _recorders(reader: CensusReader, targets: Sequence[Target]) -> tuple[list[Recorder], list[str]]:
    """Recorders that are off or record too little, and what could not be read."""
    found: list[Recorder] = []
    unseen: Counter[str] = Counter()
    for one in reader.recorders(targets):
        if isinstance(one, Unreadable):
            unseen[f"recorders, {one.because}"] += 1
        elif not one.is_on or one.detail:
            found.append(one)
    return found, [f"{why}: {count} targets" for why, count in sorted(unseen.items())]


def _ways(states: Sequence[TargetState]) -> tuple[tuple[Way, str, tuple[Target, ...]], ...]:
    found: dict[tuple[Way, str], list[Target]] = defaultdict(list)
    for state in states:
        found[state.governance.way, state.governance.by].append(state.target)
    return tuple((way, by, tuple(sorted(targets))) for (way, by), targets in sorted(found.items()))


def _standards(states: Sequence[TargetState]) -> tuple[tuple[Standard, tuple[Target, ...]], ...]:
    found: dict[Standard, list[Target]] = defaultdict(list)
    for state in states:
        for standard in state.standards | state.settling | state.managed:
            found[standard].append(state.target)
    return tuple((standard, tuple(sorted(targets))) for standard, targets in sorted(found.items()))


def _off(found: Survey, states: Sequence[TargetState], hub: HubReader, unknown: list[str]) -> tuple[Off, ...]:
    off: dict[ControlId, list[Target]] = defaultdict(list)
    of: Counter[ControlId] = Counter()
    for state in states:
        here: set[ControlId] = set()
        there: set[ControlId] = set()
        for _, control in found.universe.decode(state.known & ~state.enabled):
            here.add(control)
        for _, control in found.universe.decode(state.known):
            there.add(control)
        for control in here:
            off[control].append(state.target)
        of.update(there)
    reasons = _reasons(off, hub, unknown)
    return tuple(
        Off(control, tuple(sorted(off[control])), of[control], tuple(reasons.get(control, Counter()).most_common(3)))
        for control in sorted(off, key=natural_key)
    )


def _reasons(off: dict[ControlId, list[Target]], hub: HubReader, unknown: list[str]) -> dict[ControlId, Counter[str]]:
    """The hub's reasons, from the targets that together have the most controls off."""
    by_target: dict[Target, list[ControlId]] = defaultdict(list)
    for control, targets in off.items():
        for target in targets:
            by_target[target].append(control)
    found: dict[ControlId, Counter[str]] = defaultdict(Counter)
    busiest = sorted(by_target, key=lambda target: (-len(by_target[target]), target))
    for target in busiest[:REASONS_ASKED]:
        try:
            answers = hub.reasons(target, sorted(by_target[target]))
        except RemoteError as error:
            unknown.append(f"reasons in {target}: {error}")
            continue
        said = {(ControlId(control), reason) for (_, control), (reason, _at) in answers.items()}
        for control, reason in said:
            found[control][reason or "no reason given"] += 1
    if len(busiest) > REASONS_ASKED:
        unknown.append(
            f"reasons were read in {REASONS_ASKED} of {len(busiest)} targets, those with the most controls off"
        )
    return found


def _custom(states: Sequence[TargetState]) -> tuple[tuple[ControlId, int], ...]:
    counts: Counter[ControlId] = Counter(control for state in states for control, _ in state.parameters)
    return tuple(sorted(counts.items(), key=lambda one: natural_key(one[0])))
