"""Words that tickets and their comments say alike: counts, days, accounts, and the filter that finds the same again."""

import datetime as dt
import re
import shlex
from collections.abc import Iterable
from urllib.parse import quote

from hubposture.filters import All, Comparison, Operator, to_text
from hubposture.waivers.shorten import one_line as on_one_line
from hubposture.work.body import Link, Literal, Plain, Span
from hubposture.work.subject import Standing, Subject
from hubposture.work.ticket import Group

GRAVEST = ("CRITICAL", "HIGH", "MEDIUM", "LOW")
"""Severities of tickets, the gravest first."""
_DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STANDING = {
    Standing.FAILING: "failing",
    Standing.PASSED: "passed",
    Standing.WAIVED: "waived",
    Standing.GONE: "gone",
    Standing.NOT_REQUIRED: "no longer required",
    Standing.UNKNOWN: "not seen now",
}


def counted(number: int, one: str, many: str = "") -> str:
    """`1 resource`, `1,204 resources`: the word fits the number."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def named(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def one_line(words: str) -> str:
    """Words for a title: on one line, without control characters and marks that turn the direction of text."""
    return _DIRECTION.sub("\ufffd", on_one_line(words))


def day(at: dt.datetime | None) -> str:
    """`2026-11-24`, or `unknown`."""
    return "unknown" if at is None else at.date().isoformat()


def moment(at: dt.datetime | None) -> str:
    """`2026-11-24 10:40 UTC`, or `unknown`; naive is UTC."""
    return "unknown" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"


def last_day(until: dt.datetime | None) -> str:
    """The last day before a moment at which something ends; `unknown`."""
    return day(until - dt.timedelta(microseconds=1)) if until is not None else day(None)


def account_said(one: Subject) -> str:
    """`acme-web-prod (111122223333)`; the number alone where nobody calls it otherwise."""
    name = account_name(one)
    return name if name == one.account else f"{name} ({one.account})"


def account_name(one: Subject) -> str:
    """What people call an account, without its number; the number where nobody calls it otherwise."""
    return one.account_shown.removesuffix(f"({one.account})").strip() or one.account


def standing_said(standing: Standing) -> str:
    """A standing in words."""
    return _STANDING[standing]


def severity_of(subjects: Iterable[Subject]) -> str:
    """The gravest severity; LOW where there is none that tickets know."""
    ranks = [GRAVEST.index(one.severity) for one in subjects if one.severity in GRAVEST]
    return GRAVEST[min(ranks)] if ranks else GRAVEST[-1]


def finding_filter(group: Group, shown: str, *, one: Subject | None, is_redacted: bool) -> str:
    """The filter that finds what fails of a group, in the language of `hubposture findings`.

    `one` is a subject of the group, None where none is known. Without account and resource where those are not told.
    """
    parts = [_equals("control", shown), _equals("owner", group.owner), _equals("status", "FAILED")]
    if one is not None and not is_redacted:
        if group.account or group.subject:
            parts.append(_equals("account", one.account))
        if group.subject:
            parts += [_equals("region", one.region), _equals("resource", one.resource)]
    return to_text(All(tuple(parts)))


def finder(filter_: str, *, link: str) -> tuple[Span, ...]:
    """What leads to the findings of a filter: a link into our pages, or the command that lists them."""
    if link:
        url = f"{link.rstrip('/')}/findings?filter={quote(filter_, safe='', errors='replace')}"
        return (Link("open the list", url),)
    return (Plain("run "), Literal(f"hubposture findings --list {shlex.quote(filter_)}"))


def _equals(name: str, value: str) -> Comparison:
    return Comparison(name, Operator.IS, (value,))
