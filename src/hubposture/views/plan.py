"""A plan for its reviewer: what to look at first, then by control and scope, then what was not planned and why."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from hubposture.catalog import Catalog
from hubposture.controls.edits import OFF, ON, Kind
from hubposture.controls.ground import shown
from hubposture.controls.plan import GOES_OFF
from hubposture.model.controls import ControlId, Severity, natural_key
from hubposture.model.organization import Account
from hubposture.model.targets import Target, Unreadable
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Plan
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.policies import HEADINGS, PolicyEffect, is_policy, policy_rows
from hubposture.views.where import account_name, where

_EFFECTS = ("Control", "Severity", "Change", "Where", "Row")
_LONGEST = 300
"""Characters of one reason in a table."""


@dataclass(frozen=True)
class Around:
    """What a reader needs beside the plan: names, titles, all targets, and where the baseline stood.

    `unreadable` are those of `targets` that could not be read: "all accounts" means all that could. `units` are the
    paths of OUs by id, `problems` what a policy cannot say and somebody must decide, `effects` what policies change in
    the targets that were read.
    """

    organization: str
    accounts: Mapping[str, Account]
    targets: Collection[Target]
    catalog: Catalog
    unreadable: frozenset[Target] = frozenset()
    commit: str = ""
    risky_share: float = 0.5
    inbox: Sequence[str] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    problems: Sequence[str] = ()
    effects: Sequence[PolicyEffect] = ()

    def node(self, node: str) -> str:
        """What people call an OU, the root or an account: its path, or its alias."""
        return self.units.get(node) or account_name(node, self.accounts)

    def where(self, places: Collection[Target]) -> str:
        """Places in few words, against every target that could be read."""
        return where(places, self.readable, self.accounts)

    @cached_property
    def readable(self) -> frozenset[Target]:
        """The targets that could be read."""
        return frozenset(self.targets) - self.unreadable


@dataclass(frozen=True, slots=True)
class _Places:
    """The places of some bundles, described once: many groups share them, and there can be seventeen thousand."""

    count: int = 0
    where: str = ""
    names: Sequence[str] = ()


@dataclass(slots=True)
class _Group:
    """Edits that say the same of a control, over its standards and all their places."""

    edit: Edit
    control: ControlId
    standards: set[str] = field(default_factory=set)
    bundles: list[int] = field(default_factory=list)
    places: _Places = field(default_factory=_Places)

    @property
    def is_off(self) -> bool:
        return self.edit.kind == Kind.ASSOCIATION and self.edit.desired == OFF


@dataclass(frozen=True, slots=True)
class _Parts:
    """Everything that can be shown, worked out once however often it is cut to size; each list with the first things first."""

    title: str
    summary: Sequence[Cell]
    policies: Sequence[Cell]
    risks: Sequence[Cell]
    groups: Sequence[_Group]
    others: Sequence[Sequence[Cell]]
    policy_rows: Sequence[Sequence[Cell]]
    effects: Sequence[Sequence[Cell]]
    unreadable: Sequence[Sequence[Cell]]
    held: Sequence[Sequence[Cell]]
    data: Mapping[str, Any]


def document(plan: Plan, around: Around, *, most: int = 200) -> Document:
    """The plan as a document; at most `most` rows in each table, the JSON data has all of them."""
    return _cut(_parts(plan, around), around, most)


def fitting(plan: Plan, around: Around, *, limit: int, size: Callable[[Document], int]) -> Document:
    """The document with as many rows as fit into `limit` by `size(document)`, at least one row a table."""
    parts = _parts(plan, around)
    most = 400
    while True:
        found = _cut(parts, around, most)
        if most == 1 or size(found) <= limit:
            return found
        most = most * 2 // 3


def _parts(plan: Plan, around: Around) -> _Parts:
    groups = _groups(plan, around)
    return _Parts(
        title=f"Plan for {around.organization}" + (f" at {around.commit[:12]}" if around.commit else ""),
        summary=tuple(_summary(plan, around)),
        policies=(*(Text(_short(one), Tone.BAD) for one in around.problems), *_policy_risks(plan, around)),
        risks=(*_effect_risks(around), *_risks(groups, around)),
        groups=groups,
        others=_others(plan, around),
        policy_rows=policy_rows(
            plan, node=around.node, control=lambda one: around.catalog.shown(ControlId(one)), short=_short
        ),
        effects=[_effect_row(one, around) for one in sorted(around.effects, key=lambda one: _effect_rank(one, around))],
        unreadable=_unreadable_rows(plan.unreadable, around),
        held=_held_rows(plan, around),
        data=_data(plan, groups, around),
    )


def _cut(parts: _Parts, around: Around, most: int) -> Document:
    blocks = [
        Lines(parts.summary),
        *_first(parts, most),
        *_controls(parts.groups, around, most),
        *_section("Standards", ("What", "Change", "Where", "Why", "Row"), parts.others, most),
        *_section("Configuration policies, in this order", HEADINGS, parts.policy_rows, most),
        *_section("What policies change in accounts that were read", _EFFECTS, parts.effects, most),
        *_section("Not read", ("Where", "Why", "Expected"), parts.unreadable, most),
        *_section("Held as they are", ("What", "Where", "Why"), parts.held, most),
    ]
    return Document(parts.title, blocks, parts.data)


def _section(heading: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], most: int) -> Iterator[Block]:
    if rows:
        yield Heading(heading)
        yield Table(headings, rows[:most], more=max(0, len(rows) - most))


def _summary(plan: Plan, around: Around) -> Iterator[Cell]:
    accounts = len({target.account for target in around.targets})
    regions = len({target.region for target in around.targets})
    yield (
        f"{counted(accounts, 'account')} in {counted(regions, 'Region')}: {counted(len(around.targets), 'target')}, "
        f"{counted(plan.cells, 'setting')} compared"
    )
    if not plan.edits:
        but = ", but for what is held" if plan.held else ""
        yield Text(f"No changes: everything that could be read is as the matrix wants it{but}.", Tone.GOOD)
    else:
        yield Text(
            f"{counted(plan.count, 'change')} in {counted(len(plan.edits), 'target')}: {_kinds(plan)}", Tone.STRONG
        )
    surprises = sum(not one.expected for one in plan.unreadable)
    if plan.unreadable:
        tone = Tone.BAD if surprises else Tone.PLAIN
        yield Text(
            f"{counted(len(plan.unreadable), 'target')} not read, {surprises} of them unexpectedly"
            + ("; the plan is incomplete" if surprises else ""),
            tone,
        )
    if plan.held:
        yield f"{counted(len(plan.held), 'thing')} held as they are"
    if around.inbox:
        yield f"{counted(len(around.inbox), 'control')} without a row: {', '.join(around.inbox[:8])}" + (
            ", ..." if len(around.inbox) > 8 else ""  # noqa: PLR2004 (as many as are named)
        )


def _kinds(plan: Plan) -> str:
    counts: Counter[str] = Counter()
    for edits, places in plan.bundles:
        for edit in edits:
            counts[_kind(edit)] += len(places)
    return ", ".join(
        f"{number:,} {what}" for what, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    )


def _kind(edit: Edit) -> str:
    match edit.kind:
        case Kind.STANDARD:
            return f"standards {edit.desired}"
        case Kind.ASSOCIATION:
            return f"controls {edit.desired}"
        case Kind.PARAMETERS:
            return "parameters"
        case _:
            return edit.kind.replace("-", " ")


def _groups(plan: Plan, around: Around) -> list[_Group]:
    found: dict[tuple[object, ...], _Group] = {}
    for number, (edits, _) in enumerate(plan.bundles):
        for edit in edits:
            if edit.kind not in (Kind.ASSOCIATION, Kind.PARAMETERS):
                continue
            control = ControlId(edit.key[-1])
            key = (control, edit.kind, edit.current, edit.desired, edit.source, edit.reason, edit.because)
            group = found.setdefault(key, _Group(edit, control))
            if edit.kind == Kind.ASSOCIATION:
                group.standards.add(edit.key[0])
            if number not in group.bundles[-1:]:
                group.bundles.append(number)
    known: dict[tuple[int, ...], _Places] = {}
    for group in found.values():
        bundles = tuple(group.bundles)
        if bundles not in known:
            known[bundles] = _places(bundles, plan, around)
        group.places = known[bundles]
    return sorted(found.values(), key=_group_order)


def _group_order(group: _Group) -> tuple[object, ...]:
    edit = group.edit
    return (natural_key(group.control), edit.source, edit.reason, edit.kind, str(edit.desired), str(edit.current))


def _places(bundles: Sequence[int], plan: Plan, around: Around) -> _Places:
    targets = sorted(target for number in bundles for target in plan.bundles[number][1])
    return _Places(len(targets), around.where(targets), [str(target) for target in targets])


def _severity(control: ControlId, around: Around) -> Severity | None:
    found = around.catalog.controls.get(control)
    return found.severity if found is not None else None


def _first(parts: _Parts, most: int) -> Iterator[Block]:
    lines = [*_capped(parts.policies, most), *_capped(parts.risks, most)]
    if lines:
        yield Heading("Look at this first")
        yield Lines(lines)


def _capped(lines: Sequence[Cell], most: int) -> list[Cell]:
    left = len(lines) - most
    return [*lines[:most], *([Text(f"and {left:,} more like these", Tone.WARN)] if left > 0 else [])]


def _risks(groups: Iterable[_Group], around: Around) -> Iterator[Cell]:
    """Controls that go off, CRITICAL ones first."""
    for group in sorted(groups, key=lambda one: _rank(one, around)):
        if group.edit.because != GOES_OFF:
            continue
        severity = _severity(group.control, around)
        wide = group.places.count > around.risky_share * max(1, len(around.targets))
        if severity is Severity.CRITICAL or (severity is Severity.HIGH and wide):
            yield Text(
                f"{severity} {around.catalog.shown(group.control)} ({_title(group.control, around)}) goes off in "
                f"{group.places.where}: {_short(group.edit.reason)} [{group.edit.source}]",
                Tone.BAD if severity is Severity.CRITICAL else Tone.WARN,
            )


def _effect_risks(around: Around) -> Iterator[Cell]:
    """Controls that policies switch off where they were on."""
    for one in sorted(around.effects, key=lambda one: _effect_rank(one, around)):
        severity = _severity(one.control, around)
        wide = len(one.targets) > around.risky_share * max(1, len(around.targets))
        if one.change == OFF and (severity is Severity.CRITICAL or (severity is Severity.HIGH and wide)):
            yield Text(
                f"{severity} {around.catalog.shown(one.control)} ({_title(one.control, around)}) goes off by policy in "
                f"{around.where(one.targets)} [{one.source}]",
                Tone.BAD if severity is Severity.CRITICAL else Tone.WARN,
            )


def _effect_rank(one: PolicyEffect, around: Around) -> tuple[object, ...]:
    severity = _severity(one.control, around)
    return (one.change != OFF, -(severity.rank if severity else 0), natural_key(one.control))


def _effect_row(one: PolicyEffect, around: Around) -> list[Cell]:
    name = Text(around.catalog.shown(one.control), Tone.STRONG)
    return [name, _severity(one.control, around) or "", one.change, around.where(one.targets), one.source]


def _policy_risks(plan: Plan, around: Around) -> Iterator[Cell]:
    said: dict[str, None] = {}
    for edits, _ in plan.bundles:
        for edit in edits:
            if edit.because not in ("", GOES_OFF):
                name = edit.key[0] if len(edit.key) == 1 else around.node(edit.key[1])
                said[f"{_kind(edit)} {name}: {edit.because}"] = None
    for because in said:
        yield Text(_short(because), Tone.WARN)


def _short(text: str) -> str:
    """A text that cannot fill a page by itself; the JSON data has all of it."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rstrip() + "..."


def _title(control: ControlId, around: Around) -> str:
    found = around.catalog.controls.get(control)
    return found.title if found is not None else "no title known"


def _controls(groups: Sequence[_Group], around: Around, most: int) -> Iterator[Block]:
    if not groups:
        return
    yield Heading("Controls")
    ranked = sorted(groups, key=lambda group: _rank(group, around)) if len(groups) > most else groups
    chosen = {id(group) for group in ranked[:most]}
    rows = [_row(group, around) for group in groups if id(group) in chosen]
    yield Table(("Control", "Severity", "Change", "Where", "Why", "Row"), rows, more=max(0, len(groups) - most))


def _rank(group: _Group, around: Around) -> tuple[int, int, tuple[tuple[int, int, str], ...]]:
    severity = _severity(group.control, around)
    return (-(severity.rank if severity else 0), 0 if group.is_off else 1, natural_key(group.control))


def _row(group: _Group, around: Around) -> list[Cell]:
    severity = _severity(group.control, around)
    tone = Tone.BAD if group.edit.because == GOES_OFF and severity is Severity.CRITICAL else Tone.PLAIN
    return [
        Text(around.catalog.shown(group.control), Tone.STRONG),
        Text(severity or "", tone),
        _change(group),
        group.places.where,
        _short(group.edit.reason),
        group.edit.source,
    ]


def _change(group: _Group) -> str:
    if group.edit.kind == Kind.PARAMETERS:
        return f"{shown(group.edit.current)} -> {shown(group.edit.desired)}"
    return f"{group.edit.desired} in {', '.join(sorted(group.standards))}"


def _others(plan: Plan, around: Around) -> list[list[Cell]]:
    """One row for what says the same, over all its places."""
    found: dict[tuple[object, ...], tuple[Edit, list[Target]]] = {}
    for edits, places in plan.bundles:
        for edit in edits:
            if edit.kind not in (Kind.ASSOCIATION, Kind.PARAMETERS) and not is_policy(edit):
                key = (edit.stage, edit.kind, edit.key, edit.current, edit.desired, edit.reason, edit.source)
                found.setdefault(key, (edit, []))[1].extend(places)
    rows = [_other_row(edit, places, around) for edit, places in found.values()]
    return [list(row) for row in dict.fromkeys(map(tuple, rows))]


def _other_row(edit: Edit, places: Sequence[Target], around: Around) -> list[Cell]:
    change = f"{edit.desired}" if edit.desired in (ON, OFF) else _kind(edit)
    moved = f"{edit.weight:,}" if edit.weight != 1 else ""
    place = around.where(places) if edit.kind == Kind.STANDARD else moved
    return [" ".join(edit.key), change, place, _short(edit.reason), edit.source]


def _held_rows(plan: Plan, around: Around) -> list[list[Cell]]:
    held: dict[tuple[tuple[str, ...], str], set[Target]] = {}
    for one in plan.held:
        held.setdefault((one.key, one.why), set()).add(one.place)
    return [[_held_name(key, around), around.where(places), _short(why)] for (key, why), places in sorted(held.items())]


def _held_name(key: tuple[str, ...], around: Around) -> str:
    if len(key) == 2:  # noqa: PLR2004 (standard and control)
        return f"{around.catalog.shown(ControlId(key[1]))} in {key[0]}"
    return " ".join(key) or "whole target"


def _unreadable_rows(unreadable: Iterable[Unreadable], around: Around) -> list[list[Cell]]:
    """One row an account and reason, surprises first."""
    found: dict[tuple[bool, str, str], list[Target]] = {}
    for one in unreadable:
        why = f"{one.because}: {one.detail}" if one.detail else str(one.because)
        found.setdefault((one.expected, one.target.account, why), []).append(one.target)
    return [
        [where(targets, around.targets, around.accounts), _short(why), "yes" if expected else Text("no", Tone.BAD)]
        for (expected, _, why), targets in sorted(found.items())
    ]


def next_steps(plan: Plan, *, out: str) -> Lines | Code:
    """What to do with the plan."""
    if not plan.edits:
        return Lines(["Nothing to apply."])
    return Code(f"hubposture apply {out}" if out else "hubposture plan --out plan.json\nhubposture apply plan.json")


def _data(plan: Plan, groups: Iterable[_Group], around: Around) -> dict[str, Any]:
    return {
        "organization": around.organization,
        "commit": around.commit,
        "digest": plan.digest,
        "complete": plan.is_complete,
        "changes": plan.count,
        "cells_moved": plan.weight,
        "cells_compared": plan.cells,
        "targets": plan.places,
        "targets_changed": len(plan.edits),
        "controls": [
            {
                "control": around.catalog.shown(group.control),
                "severity": _severity(group.control, around),
                "kind": group.edit.kind,
                "standards": sorted(group.standards),
                "current": shown(group.edit.current),
                "desired": shown(group.edit.desired),
                "reason": group.edit.reason,
                "source": group.edit.source,
                "targets": group.places.names,
            }
            for group in groups
        ],
        "other": [
            {
                "place": str(place),
                "kind": edit.kind,
                "key": list(edit.key),
                "current": edit.current,
                "desired": edit.desired,
                "reason": edit.reason,
                "source": edit.source,
                "cells_moved": edit.weight,
            }
            for edits, places in plan.bundles
            for edit in edits
            if edit.kind not in (Kind.ASSOCIATION, Kind.PARAMETERS)
            for place in places
        ],
        "policy_effects": [
            {
                "control": around.catalog.shown(one.control),
                "change": one.change,
                "source": one.source,
                "targets": [str(target) for target in one.targets],
            }
            for one in around.effects
        ],
        "problems": list(around.problems),
        "unreadable": [
            {"target": str(one.target), "because": one.because, "detail": one.detail, "expected": one.expected}
            for one in plan.unreadable
        ],
        "held": [{"target": str(one.place), "key": list(one.key), "why": one.why} for one in plan.held],
        "inbox": list(around.inbox),
    }
