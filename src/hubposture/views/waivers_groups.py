"""Decisions put together: by what was decided and why, by the rule that holds them, by who suppressed them."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.waivers_rows import DecisionRow, Enforcement, Fate
from hubposture.views.waivers_subjects import by_severity
from hubposture.waivers.decision import Verb

_GRAVE = ("CRITICAL", "HIGH")
_DATE = r"\b\d{4}-\d\d-\d\d\b(?! \d\d:\d\d)"
_GENERAL = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (rf"\(revoked on {_DATE} .*\)$", "(revoked)"),
        (rf"\(it expired on {_DATE}\)", "(it expired)"),
        (rf"ended on {_DATE}; {_DATE} is not approved", "ended; a later day is not approved"),
        (rf"from its approval on {_DATE}", "from its approval on"),
        (r"under \S+, now under", "under another one, now under"),
        (rf"until {_DATE}", "until its last day"),
        (_DATE, "its last day"),
    )
)
"""What tells waivers of one kind apart in a reason, and what stands for it; the first ones first."""


@dataclass(frozen=True, slots=True)
class Group:
    """Decisions that say the same, but for the waiver and its dates."""

    verb: Verb
    reason: str
    rows: Sequence[DecisionRow]

    @property
    def waivers(self) -> Sequence[str]:
        """The waivers behind them, sorted."""
        return sorted({one.waiver for one in self.rows if one.waiver})


def groups(rows: Iterable[DecisionRow], reason: Callable[[DecisionRow], str]) -> list[Group]:
    """By decision and reason; decisions in their usual order, the largest group first."""
    found: dict[tuple[Verb, str], list[DecisionRow]] = {}
    for one in rows:
        found.setdefault((one.verb, reason(one)), []).append(one)
    verbs = list(Verb)
    made = [Group(verb, text, some) for (verb, text), some in found.items()]
    return sorted(made, key=lambda one: (verbs.index(one.verb), -len(one.rows), one.reason))


def general(one: DecisionRow) -> str:
    """The reason without ids of waivers, dates and what people said, so that a thousand waivers make one row."""
    text = one.reason.replace(one.waiver, "its waiver") if one.waiver else one.reason
    for pattern, instead in _GENERAL:
        text = pattern.sub(instead, text)
    return text


def by_why(found: Enforcement, fate: Fate) -> list[Group]:
    """What has a fate, by decision and by why it has it."""
    return groups((one for one in found.decisions if one.fate is fate), lambda one: one.why)


def grave(rows: Iterable[DecisionRow]) -> dict[str, int]:
    """How many of them fail with severity CRITICAL and HIGH, where any do."""
    counts = by_severity(one.subject for one in rows)
    return {label: counts[label] for label in _GRAVE if label in counts}


def group_data(one: Group) -> dict[str, Any]:
    """A group for JSON."""
    return {
        "decision": one.verb, "why": one.reason, "resources": len(one.rows), "waivers": one.waivers,
        **grave_data(one.rows),
    }  # fmt: skip


def grave_data(rows: Iterable[DecisionRow]) -> dict[str, int]:
    """The same for JSON, zeros too."""
    counts = by_severity(one.subject for one in rows)
    return {label.lower(): counts.get(label, 0) for label in _GRAVE}


def by_rule(found: Enforcement) -> list[tuple[str, str, Sequence[DecisionRow]]]:
    """Rules that hold or set something: name, Region, and the decisions; most first."""
    groups: dict[tuple[str, str], list[DecisionRow]] = {}
    for one in found.decisions:
        if one.rule:
            groups.setdefault((one.rule, one.subject.region), []).append(one)
    ordered = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [(rule, region, some) for (rule, region), some in ordered]


def suppressors(found: Enforcement) -> dict[str, int]:
    """How many resources each one suppressed without a waiver, most first; '' where nobody knows."""
    counts = Counter(one.who for one in found.decisions if one.verb is Verb.UNAPPROVED)
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))
