"""Whether an automation rule of somebody else would act on a finding at its next check: yes, no, or nobody can tell.

Follows the API model's AutomationRulesFindingFilters: conditions that look for something are joined by OR, those that
exclude by AND, attributes by AND. A rule lives in one Region and sees what the product sends, so what people wrote
(notes, user fields) is taken as unknown, and so is whatever the lake does not keep. What cannot be told counts as may:
a finding is rather held than fought over. Rules that run later are not weighed against earlier ones, since any of them
may be the last to run.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, TypeAlias

from hubposture.waivers.decision import ForeignRule
from hubposture.waivers.foreign_facts import FIRST, LAST, Facts, Span, Tags, Texts, facts_of
from hubposture.waivers.rule import Case, FindingFacts


class Acts(StrEnum):
    """Whether a rule acts."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "cannot tell"


Truth: TypeAlias = bool | None
"""None where it cannot be told."""

Condition: TypeAlias = Mapping[str, Any]

_ANSWERS: Mapping[Truth, Acts] = {True: Acts.YES, False: Acts.NO, None: Acts.UNKNOWN}
_LOOKING = ("EQUALS", "PREFIX", "CONTAINS")
_EXCLUDING = {"NOT_EQUALS": "EQUALS", "PREFIX_NOT_EQUALS": "PREFIX", "NOT_CONTAINS": "CONTAINS"}


def may_set(
    rules: Iterable[ForeignRule], case: Case, finding: FindingFacts, statuses: Collection[str], *, now: dt.datetime
) -> ForeignRule | None:
    """The rule that may set one of these workflow statuses on a finding at its next check; None where none can.

    One that surely does comes before one that may, then the first in the order in which they run.
    """
    near = [one for one in rules if one.region == case.region and one.status in statuses]
    if not near:
        return None
    facts = facts_of(case, finding, now=now)
    answers = [(_matches(one.criteria, facts), one) for one in near]
    able = [(answer is None, one.order, one.arn, one) for answer, one in answers if answer is not False]
    return min(able, key=lambda found: found[:3])[3] if able else None


def acts(rule: ForeignRule, case: Case, finding: FindingFacts, *, now: dt.datetime) -> Acts:
    """Whether a rule acts on a finding at its next check, with the finding NEW by then."""
    if rule.region != case.region:
        return Acts.NO
    return _ANSWERS[_matches(rule.criteria, facts_of(case, finding, now=now))]


def _matches(criteria: Mapping[str, Any], facts: Facts) -> Truth:
    found: Truth = True
    for name, conditions in criteria.items():
        answer = _meets(facts.get(name), conditions)
        if answer is False:
            return False
        found = None if answer is None else found
    return found


def _meets(fact: Texts | Tags | Span | None, conditions: Sequence[Condition]) -> Truth:
    """Whether what is known of an attribute meets its conditions; an empty list is no condition."""
    if not conditions:
        return True
    match fact:
        case Texts():
            return _compared(conditions, lambda comparison, some: _text(fact, comparison, some))
        case Tags():
            return _compared(conditions, lambda comparison, some: _tag(fact, comparison, some))
        case Span():
            return _any(_within(fact, one) for one in conditions)
        case None:
            return None


def _compared(conditions: Sequence[Condition], holds: Callable[[str, Sequence[Condition]], Truth]) -> Truth:
    """What looks for something, and not what excludes; None where a comparison or a value is not understood."""
    groups: dict[str, list[Condition]] = {}
    for one in conditions:
        if not isinstance(one.get("Value"), str):
            return None
        groups.setdefault(str(one.get("Comparison")), []).append(one)
    if not groups.keys() <= {*_LOOKING, *_EXCLUDING}:
        return None
    looked = [holds(one, groups[one]) for one in _LOOKING if one in groups]
    excluded = [holds(like, groups[one]) for one, like in _EXCLUDING.items() if one in groups]
    return _all([_any(looked) if looked else True, _not(_any(excluded))])


def _text(fact: Texts, comparison: str, conditions: Sequence[Condition]) -> Truth:
    """Whether a text compares with any of the conditions."""
    wanted = [one["Value"] for one in conditions]
    if fact.is_folded:
        # AWS compares letter by letter, and writes ids with capitals: in small letters it may or may not be the same.
        hits = [one for one in wanted for held in fact.values if _holds(held.casefold(), comparison, [one.casefold()])]
        found = {None if all(one == one.lower() for one in hits) else True} if hits else {False}
    else:
        found = {_holds(held, comparison, wanted) for held in fact.values}
    if found == {False}:
        return None if fact.has_more else False
    return True if found == {True} else None


def _tag(fact: Tags, comparison: str, conditions: Sequence[Condition]) -> Truth:
    for one in conditions:
        held = fact.tags.get(str(one.get("Key")))
        if held is not None and _holds(held, comparison, [one["Value"]]):
            return True
    return False if fact.is_complete else None


def _holds(held: str, comparison: str, wanted: Sequence[str]) -> bool:
    if comparison == "EQUALS":
        return held in wanted
    if comparison == "PREFIX":
        return held.startswith(tuple(wanted))
    return any(one in held for one in wanted)


def _within(span: Span, condition: Condition) -> Truth:
    """Whether a time that lies somewhere in a span is within what a date filter says."""
    try:
        start, end = _bounds(condition, span.now)
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
    if span.last < start or span.first > end:
        return False
    return True if start <= span.first and span.last <= end else None


def _bounds(condition: Condition, now: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    window = condition.get("DateRange")
    if window is not None:
        edge = now - dt.timedelta(days=window["Value"])
        is_older = window.get("Comparison", "WITHIN") == "OLDER_THAN"
        return (FIRST, edge) if is_older else (edge, LAST)
    start, end = condition.get("Start"), condition.get("End")
    if start is None and end is None:
        raise ValueError("neither a start nor an end")
    return _time(start) if start is not None else FIRST, _time(end) if end is not None else LAST


def _time(text: str) -> dt.datetime:
    found = dt.datetime.fromisoformat(text)
    return found if found.tzinfo is None else found.astimezone(dt.UTC).replace(tzinfo=None)


def _all(found: Iterable[Truth]) -> Truth:
    """Joined by AND: one that is false makes it false, whatever cannot be told."""
    answers = set(found)
    return False if False in answers else (None if None in answers else True)


def _any(found: Iterable[Truth]) -> Truth:
    """Joined by OR: one that is true makes it true."""
    answers = set(found)
    return True if True in answers else (None if None in answers else False)


def _not(found: Truth) -> Truth:
    return None if found is None else not found
