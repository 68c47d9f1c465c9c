"""The subjects of waivers: counted by severity, by account, and some of them shown, the gravest first."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Heading, Table, Text, Tone, counted
from hubposture.views.waivers_rows import SubjectRow
from hubposture.views.words import SEVERITIES, account_name, age, iso, resource_short, severity, state
from hubposture.waivers.rule import Fit

_RANKS = {label: at for at, label in enumerate(SEVERITIES)}


def gravity(row: SubjectRow) -> tuple[object, ...]:
    """The order in which subjects are shown: failing first, the gravest first, the oldest first, then by name."""
    since = row.failing_since
    place = (row.control, row.account, row.region, row.resource)
    return (not row.is_failing, _RANKS.get(row.severity, len(_RANKS)), since is None, since or dt.datetime.min, *place)  # noqa: DTZ901 - naive, only to sort


def account_of(row: SubjectRow) -> str:
    """What people call a subject's account."""
    return account_name(row.alias, row.name, row.account)


def by_severity(rows: Iterable[SubjectRow]) -> dict[str, int]:
    """How many fail, by severity, the gravest first; severities without any are left out."""
    counts = Counter(row.severity for row in rows if row.is_failing)
    return {label: counts[label] for label in sorted(counts, key=lambda label: (_RANKS.get(label, len(_RANKS)), label))}


def severities_said(counts: Mapping[str, int]) -> str:
    """`3 CRITICAL, 21 HIGH`."""
    return ", ".join(f"{number:,} {label or 'of no severity'}" for label, number in counts.items())


def gravest(rows: Iterable[SubjectRow]) -> list[SubjectRow]:
    """Subjects in the order in which they are shown."""
    return sorted(rows, key=gravity)


@dataclass(frozen=True, slots=True)
class InAccount:
    """What waivers match in one account; what is barred is counted apart."""

    account: str
    shown: str
    matched: int
    failing: int
    critical: int
    high: int
    surplus: int
    barred: int


def by_account(rows: Iterable[SubjectRow]) -> list[InAccount]:
    """Subjects counted by account, the gravest first."""
    found: dict[str, list[SubjectRow]] = {}
    for row in rows:
        found.setdefault(row.account, []).append(row)
    made = [
        InAccount(
            account,
            account_name(some[0].alias, some[0].name, account),
            len(some),
            sum(one.is_failing for one in some),
            sum(one.is_failing and one.severity == "CRITICAL" for one in some),
            sum(one.is_failing and one.severity == "HIGH" for one in some),
            sum(is_surplus(one) for one in some),
            sum(one.fit is Fit.BARRED for one in some),
        )
        for account, some in found.items()
    ]
    return sorted(made, key=lambda one: (-one.critical, -one.high, -one.failing, -one.matched, one.account))


def is_surplus(row: SubjectRow) -> bool:
    """Whether it is matched beyond what was approved; what is barred is no surplus."""
    return row.fit is not Fit.BARRED and (row.is_beyond or row.fit is Fit.SURPLUS)


def accounts(found: Sequence[InAccount], most: int) -> Iterator[Block]:
    """A table by account, in the order given; nothing where there is none."""
    if not found:
        return
    yield Heading(f"In {counted(len(found), 'account')}")
    table: list[Sequence[Cell]] = [
        (
            one.shown,
            one.account,
            f"{one.matched:,}",
            Text(f"{one.failing:,}", Tone.STRONG if one.failing else Tone.DIM),
            Text(f"{one.critical:,}", Tone.BAD) if one.critical else "-",
            Text(f"{one.high:,}", Tone.WARN) if one.high else "-",
            f"{one.surplus:,}" if one.surplus else "-",
            f"{one.barred:,}" if one.barred else "-",
        )
        for one in found[:most]
    ]
    headings = ("Account", "Id", "Matched", "Failing", "CRITICAL", "HIGH", "Not approved", "Barred")
    more = max(0, len(found) - most)
    numbers = frozenset({2, 3, 4, 5, 6, 7})
    yield without_empty(Table(headings, table, numbers=numbers, more=more, spare=(1, 7), cut=frozenset({0})))


def sample(chosen: Sequence[SubjectRow], at: dt.datetime, most: int) -> Iterator[Block]:
    """The first subjects of those given (see `gravest`); nothing where there is none."""
    if not chosen:
        return
    yield Heading("Some of them, the gravest first" if len(chosen) > most else "All of them, the gravest first")
    table: list[Sequence[Cell]] = [
        (
            severity(row.severity),
            row.control,
            resource_short(row.resource),
            account_of(row),
            row.account,
            row.region,
            age(row.failing_since, at) if row.is_failing else "-",
            state(row.status, suppressed=row.is_suppressed),
            _fits(row),
        )
        for row in chosen[:most]
    ]
    headings = ("Severity", "Control", "Resource", "Account", "Account id", "Region", "Age", "State", "Waiver")
    more = max(0, len(chosen) - most)
    numbers = frozenset({6})
    yield without_empty(Table(headings, table, numbers=numbers, more=more, spare=(4, 7, 5, 6), cut=frozenset({2, 3})))


def _fits(row: SubjectRow) -> Cell:
    if row.fit is Fit.BARRED:
        return Text("barred by its row", Tone.WARN)
    if is_surplus(row):
        return Text("not approved", Tone.WARN)
    return f"also {row.other}" if row.other else "-"


def by_account_data(found: Iterable[InAccount]) -> list[dict[str, Any]]:
    """By account for JSON, in the order of the table."""
    return [
        {
            "account": one.account, "shown": one.shown, "matched": one.matched, "failing": one.failing,
            "critical": one.critical, "high": one.high, "surplus": one.surplus, "barred": one.barred,
        }
        for one in found
    ]  # fmt: skip


def subject_data(row: SubjectRow) -> dict[str, Any]:
    """One subject for JSON."""
    return {
        "account": row.account, "alias": row.alias, "name": row.name, "region": row.region, "control": row.control,
        "resource": row.resource, "status": row.status, "severity": row.severity,
        "failing_since": iso(row.failing_since), "suppressed": row.is_suppressed, "fit": row.fit,
        "surplus": is_surplus(row), "other": row.other,
    }  # fmt: skip
