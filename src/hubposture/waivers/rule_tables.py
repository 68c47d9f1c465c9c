"""Rules as tables for `match`: numbered by rank, patterns and sets of accounts once where several rules have them."""

from array import array
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import pyarrow as pa

from hubposture.findings.reading import clean
from hubposture.waivers.patterns import is_exact, is_prefix, like, literal_prefix, literals, prefix_end
from hubposture.waivers.rule import Rule
from hubposture.waivers.waiver import Effect

PIECES = (8, 4, 2)
"""Lengths of the pieces by which patterns are found that begin with a sign; the longest there is room for."""

_MOST = 2**31 - 1
"""The greatest number of a column of numbers."""
_TEXT, _NUMBER, _TRUTH, _TIME = pa.string(), pa.int32(), pa.bool_(), pa.timestamp("us")
_PIECE = {"pattern": _NUMBER, "size": _NUMBER, "piece": _TEXT}
_COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "match_rules": {
        "rule": _NUMBER,
        "holds": _TRUTH,
        "is_suppressing": _TRUTH,
        "days": _NUMBER,
        "room": _NUMBER,
        "new_since": _TIME,
        "has_resources": _TRUTH,
        "has_regions": _TRUTH,
        "place": _NUMBER,
        "known": _NUMBER,
        "need": _NUMBER,
    },
    "match_controls": {"rule": _NUMBER, "control": _TEXT},
    "match_regions": {"rule": _NUMBER, "region": _TEXT},
    "match_resources": {"rule": _NUMBER, "pattern": _NUMBER},
    "match_patterns": {
        "pattern": _NUMBER,
        "written": _TEXT,
        "sort": _TEXT,
        "starts": _TEXT,
        "ends": _TEXT,
        "likes": _TEXT,
    },
    "match_named": {"place": _NUMBER, "account": _TEXT},
    "match_ous": {"place": _NUMBER, "ou": _TEXT},
    "match_known": {"known": _NUMBER, "account": _TEXT},
    "match_needs": {"need": _NUMBER, "tag": _TEXT, "likes": _TEXT, "names": _NUMBER},
}


@dataclass(frozen=True, slots=True)
class Ranked:
    """A rule with its number: the smaller wins where two fit a subject equally well.

    `kept` are the subjects that were taken in before, as far as it may still take in any: `room` is for how many more.
    """

    number: int
    rule: Rule
    approved: frozenset[str]
    kept: frozenset[str]

    @property
    def room(self) -> int:
        """How many subjects it may take in now."""
        return min(max(0, self.rule.covers_new - len(self.kept)), _MOST)


def ranked(rules: Iterable[Rule]) -> list[Ranked]:
    """Rules by rank: suppressing before visible, the latest end, the smallest id."""

    def rank(rule: Rule) -> tuple[Any, ...]:
        return rule.effect is not Effect.SUPPRESS, datetime.max - rule.until, rule.waiver  # noqa: DTZ901 - as the lake writes times

    return [_ranked(number, rule) for number, rule in enumerate(sorted(rules, key=rank))]


def approved_of(rule: Rule) -> frozenset[str]:
    """The keys of the approved subjects, each once; as they are if they are such a set."""
    return rule.approved if isinstance(rule.approved, frozenset) else frozenset(rule.approved)


def _ranked(number: int, rule: Rule) -> Ranked:
    approved = approved_of(rule)
    beyond = sorted(one for one in rule.admitted if one not in approved)
    return Ranked(number, rule, approved, frozenset(beyond[: rule.covers_new]))


def tables(rules: Sequence[Ranked]) -> dict[str, pa.Table]:
    """The tables by name, columns as in `_COLUMNS`; there without rows too."""
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _COLUMNS}
    patterns, places, known, needs = _Once(), _Once(), _Once(), _Once()
    for one in rules:
        rule, criteria = one.rule, one.rule.criteria
        resources = _resources(criteria.resources)
        place = (frozenset(criteria.accounts), frozenset(criteria.ous)) if criteria.accounts or criteria.ous else None
        rows["match_rules"].append(
            (
                one.number,
                rule.holds,
                rule.effect is Effect.SUPPRESS,
                rule.days,
                one.room,
                rule.new_since,
                resources is not None,
                bool(criteria.regions),
                places.number(place),
                known.number(frozenset(rule.accounts) if criteria.ous else None),
                needs.number(frozenset(criteria.tags) or None),
            )
        )
        rows["match_controls"] += [(one.number, control) for control in dict.fromkeys(criteria.controls)]
        rows["match_regions"] += [(one.number, region) for region in dict.fromkeys(criteria.regions)]
        rows["match_resources"] += [(one.number, patterns.number(pattern)) for pattern in resources or ()]
    rows["match_patterns"] = [(number, *_pattern(text)) for text, number in patterns]
    rows["match_named"] = [(number, account) for (accounts, _), number in places for account in accounts]
    rows["match_ous"] = [(number, ou) for (_, ous), number in places for ou in ous]
    rows["match_known"] = [(number, account) for accounts, number in known for account in accounts]
    rows["match_needs"] = [(number, *need) for tags, number in needs for need in _need(tags)]
    return {name: table(columns, rows[name]) for name, columns in _COLUMNS.items()}


def listed(rules: Sequence[Ranked], among: Collection[str] | None) -> pa.Table:
    """Subjects that rules have approved or taken in, columns rule, subject, is_approved; only those `among` some."""
    numbers, truths, subjects = array("i"), array("b"), list[Iterable[str]]()
    for one in rules:
        for is_approved, keys in ((True, one.approved), (False, one.kept)):
            found = keys if among is None else [key for key in among if key in keys]
            numbers.extend([one.number] * len(found))
            truths.extend([is_approved] * len(found))
            subjects.append(found)
    return pa.table(
        {
            "rule": pa.array(numbers, _NUMBER),
            "subject": pa.array(list(chain.from_iterable(subjects)), _TEXT),
            "is_approved": pa.array(truths, pa.int8()).cast(_TRUTH),
        }
    )


def pieces(patterns: Iterable[tuple[int, str]]) -> pa.Table:
    """Pieces of what stands behind the literal prefix of patterns: every text that one matches has all of its in it."""
    return table(_PIECE, [(number, len(piece), piece) for number, text in patterns for piece in _pieces(text)])


def _pieces(text: str) -> Iterable[str]:
    """As long as there is a run for, and none where all are short."""
    runs = literals(text[len(literal_prefix(text)) :])
    size = next((size for size in PIECES if any(len(run) >= size for run in runs)), 0)
    found = (run[at : at + size] for run in runs for at in range(len(run) - size + 1)) if size else ()
    return dict.fromkeys(found)


def table(columns: dict[str, pa.DataType], rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    """Rows as a table of these columns."""
    by_column = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = [pa.array(values, kind) for values, kind in zip(by_column, columns.values(), strict=True)]
    return pa.table(arrays, names=list(columns))


class _Once:
    """Numbers of things, the same for equal ones; None has none. Iterates over (thing, number)."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    def number(self, thing: Hashable | None) -> int | None:
        """The number of a thing."""
        return None if thing is None else self._numbers.setdefault(thing, len(self._numbers))

    def __iter__(self) -> Iterator[tuple[Any, int]]:
        return iter(self._numbers.items())


def _resources(patterns: Sequence[str]) -> Sequence[str] | None:
    """The patterns, each once and as the lake writes texts; None where every resource will do."""
    found = dict.fromkeys(clean(pattern) for pattern in patterns)
    return None if not found or any(not pattern.strip("*") and pattern for pattern in found) else tuple(found)


def _pattern(text: str) -> tuple[str, str, str, str | None, str]:
    """The columns of a pattern behind its number."""
    sort = "exact" if is_exact(text) else "prefix" if is_prefix(text) else "like"
    prefix = literal_prefix(text)
    return text, sort, prefix, prefix_end(prefix), like(text)


def _need(tags: Collection[tuple[str, str]]) -> Iterator[tuple[str, str, int]]:
    """Tag, pattern of the value, and how many names there are; of every name one pattern must match."""
    names = len({clean(name) for name, _ in tags})
    yield from ((clean(name), like(clean(value)), names) for name, value in tags)
