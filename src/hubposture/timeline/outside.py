"""Writes to Security Hub that did not come from hubposture, and how far CloudTrail was read for them."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final

from hubposture.timeline.facts import Write

Span = tuple[dt.datetime, dt.datetime]
"""A stretch of time, from and until, aware."""

SECURITY_HUB: Final = "securityhub.amazonaws.com"
IMPORT: Final = "BatchImportFindings"
_ROLE = re.compile(r"arn:aws[a-z-]*:sts::\d{12}:assumed-role/(?P<role>[^/]+)/.*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ours:
    """Who we are in CloudTrail: names of roles without their path, and patterns (`*`, `?`) of further ARNs."""

    roles: frozenset[str]
    patterns: Sequence[str] = ()

    def made(self, write: Write) -> bool:
        """Whether a write came from us."""
        found = _ROLE.fullmatch(write.who.arn)
        if found is not None and found["role"] in self.roles:
            return True
        return any(fnmatchcase(write.who.arn, one) for one in self.patterns)


class What(StrEnum):
    """What a write is about."""

    FINDINGS = "findings"
    RULE = "automation rule"
    CONTROL = "control"
    STANDARD = "standard"
    POLICY = "configuration policy"
    HUB = "Security Hub itself"
    OTHER = "something else"


_ABOUT: Final = (
    (What.FINDINGS, re.compile(r"BatchUpdateFindings(V2)?|UpdateFindings|BatchImportFindings")),
    (What.RULE, re.compile(r".*AutomationRule.*")),
    (What.CONTROL, re.compile(r"UpdateStandardsControl|UpdateSecurityControl|BatchUpdateStandardsControlAssociations")),
    (What.STANDARD, re.compile(r"Batch(En|Dis)ableStandards")),
    (What.POLICY, re.compile(r".*ConfigurationPolic.*")),
    (What.HUB, re.compile(r"(En|Dis)able.*|.*Member.*|.*Aggregator.*|Update(SecurityHub|Organization)Configuration|.*Invitation.*|.*Administrator.*")),
    (What.OTHER, re.compile(r".*")),
)  # fmt: skip


def about(write: Write) -> What:
    """What a write is about."""
    return next(what for what, pattern in _ABOUT if pattern.fullmatch(write.operation))


def is_by_aws(write: Write) -> bool:
    """Whether AWS itself made the write, as central configuration does in the members."""
    return write.who.kind == "AWSService"


def is_past_us(write: Write, ours: Ours, *, imports: bool) -> bool:
    """Whether a write is to be told: made by nobody of ours and not by AWS; imports of findings only if asked for."""
    if ours.made(write) or is_by_aws(write):
        return False
    return imports or write.operation != IMPORT


@dataclass(frozen=True, slots=True)
class Rule:
    """An automation rule of the administrator that is there: hubposture makes none, so it is somebody's."""

    name: str
    arn: str
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How far one account and Region was read: up to `until`, but for the spans that are `left`, newest first.

    `trouble` says why the last reading failed, '' if it did not; `at` is when it was. `rules` are the automation rules that
    were there; only the administrator's account has any.
    """

    account: str
    region: str
    at: dt.datetime
    until: dt.datetime
    left: Sequence[Span] = ()
    trouble: str = ""
    rules: Sequence[Rule] = ()


def to_read(reading: Reading | None, *, now: dt.datetime, since: dt.datetime) -> Sequence[Span]:
    """What is to be read next, newest first: what came since the last time, and what was left; nothing before `since`."""
    if reading is None:
        return ((since, now),) if since < now else ()
    spans = [(reading.until, now), *reading.left]
    kept = [(max(start, since), end) for start, end in spans if end > since]
    return _merged([(start, end) for start, end in kept if start < end])


def _merged(spans: Sequence[Span]) -> Sequence[Span]:
    """The same stretches, those that touch as one, newest first."""
    found: list[Span] = []
    for start, end in sorted(spans, reverse=True):
        if found and end >= found[-1][0]:
            found[-1] = (min(start, found[-1][0]), found[-1][1])
        else:
            found.append((start, end))
    return tuple(found)


def left_of(spans: Sequence[Span], *, done: int, reached: dt.datetime | None) -> Sequence[Span]:
    """What of the spans is left when the first `done` were read whole, and of the next one all that came after `reached`."""
    rest = list(spans[done:])
    if rest and reached is not None:
        start, end = rest[0]
        rest[0] = (start, min(end, reached))
    return tuple((start, end) for start, end in rest if start < end)


def reading_data(one: Reading) -> dict[str, Any]:
    """A reading as plain JSON, without its place."""
    return {
        "at": one.at.isoformat(),
        "until": one.until.isoformat(),
        "left": [[start.isoformat(), end.isoformat()] for start, end in one.left],
        "trouble": one.trouble,
        "rules": [[rule.name, rule.arn, rule.detail] for rule in one.rules],
    }


def reading_of(account: str, region: str, data: Mapping[str, Any]) -> Reading:
    """The reading that `reading_data` wrote."""
    return Reading(
        account,
        region,
        dt.datetime.fromisoformat(data["at"]),
        dt.datetime.fromisoformat(data["until"]),
        tuple((dt.datetime.fromisoformat(start), dt.datetime.fromisoformat(end)) for start, end in data["left"]),
        data["trouble"],
        tuple(Rule(*each) for each in data["rules"]),
    )
