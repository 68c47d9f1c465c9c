"""What others did to findings: rules that would undo what is decided, and suppressions that nobody approved."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Heading, Lines, Table, counted
from hubposture.views.waivers_groups import by_rule, grave, suppressors
from hubposture.views.waivers_rows import Enforcement
from hubposture.views.waivers_subjects import account_of, gravity, severities_said
from hubposture.views.words import age, resource_short, severity
from hubposture.waivers.decision import Verb

_NAMED = 5
"""How many who suppressed most are named in a sentence."""
_UNKNOWN = dt.datetime.max  # noqa: DTZ901 - naive, only to sort what has no time behind what has


def held(found: Enforcement, most: int) -> Iterator[Block]:
    """What an automation rule of somebody else would undo, by rule."""
    groups = by_rule(found)
    if not groups:
        return
    table: list[Sequence[Cell]] = [
        (rule, region, f"{len(some):,}", severities_said(grave(some)) or "-") for rule, region, some in groups
    ]
    yield Heading("Automation rules of others")
    yield Lines(["Reported and not fought: they would set it again at the next check. Change the rule, or waive it."])
    yield without_empty(
        Table(
            ("Rule", "Region", "Resources", "Of them"),
            table[:most],
            numbers=frozenset({2}),
            more=max(0, len(table) - most),
        )
    )


def unapproved(found: Enforcement, at: dt.datetime, most: int) -> Iterator[Block]:
    """What somebody suppressed without a waiver: who and since when, the gravest first."""
    rows = [one for one in found.decisions if one.verb is Verb.UNAPPROVED]
    if not rows:
        return
    rows.sort(key=lambda one: (*gravity(one.subject)[:2], one.since or _UNKNOWN, *gravity(one.subject)[2:]))
    who = Counter[str]()
    for name, number in suppressors(found).items():
        who[_name(name) if name else ""] += number
    table: list[Sequence[Cell]] = [
        (
            severity(one.subject.severity),
            one.subject.control,
            resource_short(one.subject.resource),
            account_of(one.subject),
            one.subject.account,
            one.subject.region,
            _name(one.who),
            one.since.date().isoformat() if one.since is not None else "-",
            age(one.since, at),
        )
        for one in rows[:most]
    ]
    headings = ("Severity", "Control", "Resource", "Account", "Account id", "Region", "Suppressed by", "Since", "For")
    yield Heading(f"Suppressed, and approved by nobody: {counted(len(rows), 'resource')}")
    named = who.most_common(_NAMED if len(who) > _NAMED + 1 else _NAMED + 1)
    lines = [f"{number:,} by {name or 'somebody who is not known'}" for name, number in named]
    if left := len(who) - len(named):
        lines.append(f"{who.total() - sum(number for _, number in named):,} by {left:,} others")
    yield Lines(lines)
    yield without_empty(
        Table(
            headings,
            table,
            numbers=frozenset({8}),
            more=max(0, len(rows) - most),
            spare=(4, 7, 5),
            cut=frozenset({2, 3, 6}),
        )
    )


def _name(who: str) -> str:
    """What tells a principal apart for a reader: the session of an assumed role, a user, a rule; `-` for nobody."""
    if not who.startswith("arn:"):
        return who or "-"
    last = who.rpartition(":")[2]
    return last.rpartition("/")[2] if last.startswith(("assumed-role/", "user/")) else last
