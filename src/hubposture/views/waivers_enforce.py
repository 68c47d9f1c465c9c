"""What enforcing waivers would do or did: counts first, then the gravest, then what was kept back, and why."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.waivers_groups import (
    Group,
    by_rule,
    by_why,
    general,
    grave,
    grave_data,
    group_data,
    groups,
    suppressors,
)  # fmt: skip
from hubposture.views.waivers_others import held, unapproved
from hubposture.views.waivers_rows import DecisionRow, Enforcement, Fate, Seen
from hubposture.views.waivers_subjects import account_of, by_severity, gravity, severities_said, subject_data
from hubposture.views.waivers_words import notice_data, notices
from hubposture.views.words import age, iso, resource_short, severity
from hubposture.waivers.decision import Verb

_DOES = {
    Verb.SUPPRESS: "to suppress",
    Verb.RELEASE: "to release",
    Verb.UNRESOLVE: "to reopen",
    Verb.ADOPT: "to adopt",
    Verb.RE_NOTE: "to note anew",
    Verb.HELD: "held by an automation rule",
    Verb.UNAPPROVED: "suppressed, approved by nobody",
    Verb.SURPLUS: "beyond what was approved",
    Verb.KEEP: "kept as they are",
    Verb.LEAVE: "left alone",
}
_NAMED = 5
"""How many waivers a command names at most."""
_ALL = "hubposture waivers preview"
_FATES = {
    Fate.PLANNED: Tone.PLAIN,
    Fate.SENT: Tone.GOOD,
    Fate.FAILED: Tone.BAD,
    Fate.HELD_BACK: Tone.WARN,
    Fate.STOPPED: Tone.BAD,
    Fate.OBSERVED: Tone.DIM,
}


def document(organization: str, found: Enforcement, *, at: dt.datetime, most: int = 20, saved: str = "") -> Document:
    """The plan and what became of it; `at` is the moment (naive UTC) of the version that was looked at.

    At most `most` rows a table, the data has every decision. `saved` is the file in which the plan was saved.
    """
    blocks: list[Block] = [Lines(list(_summary(found)))]
    blocks += _first(found, most)
    blocks += _by_decision(groups(found.decisions, general), most)
    blocks += _guards(found)
    blocks += _reasons("Kept back", by_why(found, Fate.HELD_BACK), most)
    blocks += _reasons("Failed", by_why(found, Fate.FAILED), most)
    blocks += _writes(found, at, most)
    blocks += held(found, most)
    blocks += unapproved(found, at, most)
    if found.notices:
        blocks += [
            Heading(f"People should be told: {counted(len(found.notices), 'notice')}"),
            notices(found.notices, most),
        ]
    if found.troubles:
        rows: list[Sequence[Cell]] = [(Text(one.where, Tone.BAD), one.what) for one in found.troubles]
        blocks += [Heading("Not as it should be")]
        blocks += [Table(("Where", "What"), rows[:most], more=max(0, len(rows) - most))]
    if commands := _next(found, saved):
        blocks.append(Code("\n".join(commands)))
    title = (
        f"What enforcing waivers would do in {organization}"
        if found.is_observed
        else f"Waivers enforced in {organization}"
    )
    return Document(title, blocks, _data(organization, found))


def _summary(found: Enforcement) -> Iterator[Cell]:
    fates = Counter(one.fate for one in found.decisions if one.fate is not None)
    writes = sum(fates.values())
    if not writes:
        yield Text("Nothing to write: everything is as the waivers want it.", Tone.GOOD)
    else:
        said = ", ".join(f"{fates[fate]:,} {fate}" for fate in Fate if fates[fate])
        bad = fates[Fate.FAILED] or fates[Fate.STOPPED]
        yield Text(f"{counted(writes, 'resource')} to write to: {said}", Tone.BAD if bad else Tone.STRONG)
    fail = "fails" if found.failing == 1 else "fail"
    left = "is left as it is" if found.left == 1 else "are left as they are"
    yield f"{counted(found.failing, 'resource')} {fail} in all; {found.left:,} {left}"
    if found.problems:
        said = f"{counted(len(found.problems), 'error')} in files of waivers, so nothing is released"
        yield Text(f"{said}: {found.problems[0]}", Tone.BAD)
    if found.before != Seen():
        yield f"Earlier writes: {_seen(found.before)}"
    if found.after != Seen():
        yield f"These writes: {_seen(found.after)}"
    if found.is_observed:
        yield Text("Only observed: nothing was written.", Tone.WARN)
    elif found.run:
        yield f"recorded as run {found.run}" + (f"; version {found.version} has it" if found.version else "")


def _next(found: Enforcement, saved: str) -> list[str]:
    """The commands that come next."""
    steps = ["hubposture waivers check"] if found.problems else []
    if any(one.fate is Fate.PLANNED for one in found.decisions):
        steps.append(f"hubposture waivers enforce {saved}".rstrip())
    if wide := sorted({one.waiver for one in found.decisions if one.verb is Verb.SURPLUS}):
        steps.append(f"hubposture waivers preview {' '.join(wide)}" if len(wide) <= _NAMED else _ALL)
    if any(one.verb is Verb.UNAPPROVED for one in found.decisions):
        steps.append("hubposture waivers provisional")
    return steps


def _seen(seen: Seen) -> str:
    said = [f"{seen.seen:,} seen as written"]
    if seen.waiting:
        said.append(f"{seen.waiting:,} not seen yet")
    if seen.lost:
        said.append(f"{seen.lost:,} showing something else and decided anew")
    return ", ".join(said)


def _first(found: Enforcement, most: int) -> Iterator[Block]:
    """CRITICAL subjects that nobody will see open any more, and CRITICAL ones that open again."""
    moves = [one for one in found.decisions if one.verb in (Verb.SUPPRESS, Verb.RELEASE) and one.fate is not None]
    grave = sorted((one for one in moves if one.subject.severity == "CRITICAL"), key=lambda one: gravity(one.subject))
    lines: list[Cell] = [
        Text(
            f"CRITICAL {one.subject.control} {resource_short(one.subject.resource)} in {account_of(one.subject)}, "
            f"{one.subject.region}: {_DOES[one.verb]}, {one.reason} ({one.fate})",
            Tone.BAD,
        )
        for one in grave[:most]
    ]
    if left := len(grave) - most:
        lines += [Text(f"and {left:,} more CRITICAL ones", Tone.BAD)] if left > 0 else []
    if lines:
        yield Heading("Look at this first")
        yield Lines(lines)


def _by_decision(groups: Sequence[Group], most: int) -> Iterator[Block]:
    rows: list[Sequence[Cell]] = []
    for one in groups:
        severities, waivers = by_severity(each.subject for each in one.rows), one.waivers
        rows.append(
            (
                one.verb.value,
                f"{len(one.rows):,}",
                Text(f"{number:,}", Tone.BAD) if (number := severities.get("CRITICAL", 0)) else "-",
                Text(f"{number:,}", Tone.WARN) if (number := severities.get("HIGH", 0)) else "-",
                waivers[0] if len(waivers) == 1 else counted(len(waivers), "waiver") if waivers else "-",
                one.reason,
            )
        )
    if rows:
        yield Heading("By decision")
        headings = ("Decision", "Resources", "CRITICAL", "HIGH", "Waivers", "Why")
        more = max(0, len(rows) - most)
        yield without_empty(Table(headings, rows[:most], numbers=frozenset({1, 2, 3}), more=more))


def _guards(found: Enforcement) -> Iterator[Block]:
    if found.guards:
        yield Heading("Stopped by guards")
        yield Lines(
            [
                Text(f"{one.what}: {one.found}, limit {one.limit}; {one.option} allows it", Tone.BAD)
                for one in found.guards
            ]
        )


def _reasons(heading: str, groups: Sequence[Group], most: int) -> Iterator[Block]:
    """What was not written, by why."""
    if not groups:
        return
    table: list[Sequence[Cell]] = [
        (one.verb.value, f"{len(one.rows):,}", severities_said(grave(one.rows)) or "-", one.reason or "-")
        for one in groups
    ]
    yield Heading(f"{heading}: {counted(sum(len(one.rows) for one in groups), 'resource')}")
    headings, more = ("Decision", "Resources", "Of them", "Why"), max(0, len(table) - most)
    yield without_empty(Table(headings, table[:most], numbers=frozenset({1}), more=more))


def _writes(found: Enforcement, at: dt.datetime, most: int) -> Iterator[Block]:
    """Everything that is or was to be written, the gravest first."""
    rows = sorted((one for one in found.decisions if one.fate is not None), key=lambda one: gravity(one.subject))
    if not rows:
        return
    table: list[Sequence[Cell]] = [
        (
            severity(one.subject.severity),
            one.verb.value,
            one.subject.control,
            resource_short(one.subject.resource),
            account_of(one.subject),
            one.subject.account,
            one.subject.region,
            age(one.subject.failing_since, at),
            one.waiver or "-",
            Text(one.fate.value, _FATES[one.fate]) if one.fate is not None else "-",
        )
        for one in rows[:most]
    ]
    headings = (
        "Severity",
        "Decision",
        "Control",
        "Resource",
        "Account",
        "Account id",
        "Region",
        "Age",
        "Waiver",
        "Became",
    )
    yield Heading(f"To write to: {counted(len(rows), 'resource')}, the gravest first")
    yield without_empty(
        Table(
            headings,
            table,
            numbers=frozenset({7}),
            more=max(0, len(rows) - most),
            spare=(5, 7, 6, 8),
            cut=frozenset({3, 4}),
        )
    )


def _data(organization: str, found: Enforcement) -> dict[str, Any]:
    verbs = Counter(one.verb for one in found.decisions)
    fates = Counter(one.fate for one in found.decisions if one.fate is not None)
    return {
        "organization": organization,
        "run": found.run,
        "version": found.version,
        "observed": found.is_observed,
        "failing": found.failing,
        "left": found.left,
        "counts": {verb.value: verbs[verb] for verb in Verb if verb is not Verb.LEAVE},
        "fates": {fate.value: fates[fate] for fate in Fate},
        "to_write": sum(fates.values()),
        "by_decision": [group_data(one) for one in groups(found.decisions, general)],
        "kept_back": [group_data(one) for one in by_why(found, Fate.HELD_BACK)],
        "failed": [group_data(one) for one in by_why(found, Fate.FAILED)],
        "rules": [
            {"rule": rule, "region": region, "resources": len(some), **grave_data(some)}
            for rule, region, some in by_rule(found)
        ],
        "suppressed_by": [{"who": who, "resources": number} for who, number in suppressors(found).items()],
        "guards": [
            {"what": one.what, "limit": one.limit, "found": one.found, "option": one.option} for one in found.guards
        ],
        "problems": list(found.problems),
        "before": _seen_data(found.before),
        "after": _seen_data(found.after),
        "notices": [notice_data(one) for one in found.notices],
        "troubles": [{"where": one.where, "what": one.what} for one in found.troubles],
        "decisions": [_decision(one) for one in sorted(found.decisions, key=lambda one: gravity(one.subject))],
    }


def _seen_data(seen: Seen) -> dict[str, int]:
    return {"seen": seen.seen, "waiting": seen.waiting, "lost": seen.lost}


def _decision(one: DecisionRow) -> dict[str, Any]:
    return {
        "decision": one.verb, "reason": one.reason, "waiver": one.waiver, "fate": one.fate, "why": one.why,
        "rule": one.rule, "suppressed_by": one.who, "suppressed_at": iso(one.since), **subject_data(one.subject),
    }  # fmt: skip
