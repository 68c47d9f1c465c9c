"""Posture for its readers: ours first, then what moved it, then AWS's own score, then where to begin."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hubposture.views import movement as moved
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.movement import Level
from hubposture.views.posture_rows import (
    AwsScore,
    ByRow,
    Missing,
    Overdue,
    Posture,
    Waivers,
    WorstAccount,
    WorstControl,
)
from hubposture.views.words import SEVERITIES, account_name, age, day, iso, percent, severity, share

AWS_RULE = "computed by AWS's rule from these findings; the console may be up to 24 h behind"
_UNAPPROVED = "unapproved=yes obligation=yes"
"""The filter that finds what is suppressed without a waiver."""
_GOOD = 95
_FAIR = 80


@dataclass(frozen=True, slots=True)
class Stamp:
    """Which version was read: the organization, the version's number and its time (naive UTC)."""

    organization: str
    version: int
    at: dt.datetime

    @property
    def title(self) -> str:
        """`acme, 24 Nov 2026 (version 57, as of 10:40 UTC)`."""
        return f"{self.organization}, {day(self.at)} (version {self.version}, as of {self.at:%H:%M} UTC)"


def document(stamp: Stamp, found: Posture, *, most: int = 10) -> Document:
    """The whole posture; at most `most` rows a table, the data has all of them."""
    blocks: list[Block] = [Lines(list(_summary(found))), Heading("With and without waivers"), _three_lines(found)]
    blocks.append(Lines(list(_waivers(found.waivers))))
    if found.overdue:
        blocks += [Heading("Open and overdue"), _overdue(found.overdue, stamp.at)]
    if found.movement is not None:
        blocks += [Heading("What moved it"), Lines(moved.lines(found.movement))]
    blocks += [*_missing("Lost sight", found.lost, most), *_missing("Not measured", found.not_measured, most)]
    if found.unwanted:
        blocks += [Heading("Without a row"), Lines([_unwanted(found.unwanted, most)])]
    if found.controls:
        blocks += [Heading("Controls with most open"), _controls(found.controls, stamp.at, most)]
    if found.worst_accounts:
        blocks += [Heading("Accounts with most open"), _accounts(found.worst_accounts, most)]
    if found.aws:
        blocks += [Heading("AWS's score"), Lines([Text(AWS_RULE, Tone.DIM)]), _aws(found.aws, most)]
    return Document(f"Posture of {stamp.title}", blocks, {**_head(stamp), **_data(found)})


def _summary(found: Posture) -> Iterator[Cell]:
    level, accounts = found.as_is, found.accounts
    if level.of == 0:
        yield Text("Nothing is an obligation yet: no enforced control was measured.", Tone.WARN)
        return
    met = f"Obligations met: {share(level.met, level.of)} ({level.met:,} of {level.of:,})"
    yield Text(f"{met}; {level.open:,} open", _tone(level))
    verb = "meets" if accounts.met == 1 else "meet"
    yield Text(
        f"{accounts.met:,} of {counted(accounts.of, 'account')} {verb} all of theirs",
        Tone.GOOD if accounts.open == 0 else Tone.PLAIN,
    )
    yield _overdue_line(found.overdue)


def _overdue_line(rows: Sequence[Overdue]) -> Cell:
    counts = {one.severity: one.overdue for one in rows if one.overdue}
    if not counts:
        return Text("Nothing is overdue", Tone.GOOD)
    said = ", ".join(f"{counts[label]:,} {label}" for label in SEVERITIES if label in counts)
    return Text(f"Overdue: {said}", Tone.BAD)


def _tone(level: Level) -> Tone:
    if level.open == 0:
        return Tone.GOOD
    reached = 100 * level.met / level.of
    return Tone.GOOD if reached >= _GOOD else Tone.WARN if reached >= _FAIR else Tone.BAD


def _three_lines(found: Posture) -> Table:
    named = (
        ("as is", found.as_is),
        ("without waivers", found.without_waivers),
        ("as if nothing were off or waived", found.nothing_off),
    )
    rows: list[Sequence[Cell]] = [
        (words, Text(share(level.met, level.of), _tone(level)), f"{level.met:,}", f"{level.of:,}", f"{level.open:,}")
        for words, level in named
    ]
    return Table(("Obligations", "Share met", "Met", "Of", "Open"), rows, numbers=frozenset({1, 2, 3, 4}))


def _waivers(found: Waivers) -> Iterator[Cell]:
    waived = counted(found.waived, "failing obligation")
    visible = f", {found.visible:,} of them accepted visibly" if found.visible else ""
    yield f"Waived: {waived}{visible}" if found.waived else "Nothing that fails is waived"
    if found.unapproved:
        hidden = counted(found.unapproved, "failing obligation")
        yield Text(f"Suppressed without a waiver: {hidden} ({_UNAPPROVED} finds them)", Tone.WARN)


def _overdue(rows: Sequence[Overdue], at: dt.datetime) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            severity(one.severity),
            f"{one.open:,}",
            Text(f"{one.overdue:,}", Tone.BAD if one.overdue else Tone.DIM),
            age(one.oldest, at),
        )
        for one in sorted(rows, key=lambda one: _rank(one.severity))
    ]
    return Table(("Severity", "Open", "Overdue", "Oldest"), cells, numbers=frozenset({1, 2, 3}))


def _rank(label: str) -> int:
    return SEVERITIES.index(label) if label in SEVERITIES else len(SEVERITIES)


def _missing(heading: str, rows: Sequence[Missing], most: int) -> Iterator[Block]:
    if not rows:
        return
    known = sum(one.subjects for one in rows)
    subjects = f", {counted(known, 'resource')} known there, in no score" if known else ""
    yield Heading(f"{heading}: {counted(len(rows), 'place')}{subjects}")
    cells: list[Sequence[Cell]] = [
        (one.where, one.why, f"{one.subjects:,}" if one.subjects else "-", day(one.since) if one.since else "-")
        for one in rows
    ]
    headings = ("Where", "Why", "Known", "Since")
    more = max(0, len(rows) - most)
    yield Table(headings, cells[:most], numbers=frozenset({2}), more=more, spare=(3,))


def _unwanted(controls: Sequence[str], most: int) -> Cell:
    named = ", ".join(controls[:most])
    more = f" and {len(controls) - most:,} more" if len(controls) > most else ""
    verb = "is on without a row and counts" if len(controls) == 1 else "are on without a row and count"
    return Text(f"{counted(len(controls), 'control')} {verb} in no score of ours: {named}{more}", Tone.WARN)


def _controls(rows: Sequence[WorstControl], at: dt.datetime, most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            severity(one.severity),
            one.shown,
            one.title,
            Text(f"{one.level.open:,}", Tone.STRONG),
            f"{one.level.of:,}",
            Text(f"{one.overdue:,}", Tone.BAD) if one.overdue else "-",
            f"{one.accounts:,}",
            f"{one.waived:,}" if one.waived else "-",
            age(one.oldest, at),
        )
        for one in rows[:most]
    ]
    headings = ("Severity", "Control", "Title", "Open", "Of", "Overdue", "Accounts", "Waived", "Oldest")
    numbers = frozenset({3, 4, 5, 6, 7, 8})
    more = max(0, len(rows) - most)
    return Table(headings, cells, numbers=numbers, more=more, spare=(7, 8, 6), cut=frozenset({2}))


def _accounts(rows: Sequence[WorstAccount], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            account_name(one.alias, one.name, one.account),
            (one.name or "-") if one.alias else "",
            one.account,
            one.ou_path or "-",
            one.owner or "-",
            Text(f"{one.level.open:,}", Tone.STRONG),
            f"{one.level.of:,}",
            Text(share(one.level.met, one.level.of), _tone(one.level)),
            Text(f"{one.overdue:,}", Tone.BAD) if one.overdue else "-",
            f"{one.waived:,}" if one.waived else "-",
        )
        for one in rows[:most]
    ]
    headings = ("Account", "Name", "Id", "OU", "Owner", "Open", "Of", "Met", "Overdue", "Waived")
    numbers = frozenset({5, 6, 7, 8, 9})
    more = max(0, len(rows) - most)
    return Table(headings, cells, numbers=numbers, more=more, spare=(3, 4, 9, 2), cut=frozenset({0, 1, 3}))


def _aws(rows: Sequence[AwsScore], most: int) -> Table:
    cells: list[Sequence[Cell]] = [
        (
            one.standard,
            "no data" if one.score is None else f"{one.score} %",
            f"{one.passed:,}",
            f"{one.failed:,}",
            f"{one.unknown:,}",
            f"{one.no_data:,}",
            f"{one.disabled:,}",
        )
        for one in rows[:most]
    ]
    headings = ("Standard (controls)", "AWS", "Passed", "Failed", "Unknown", "No data", "Disabled")
    numbers = frozenset({1, 2, 3, 4, 5, 6})
    return Table(headings, cells, numbers=numbers, more=max(0, len(rows) - most), spare=(6, 5), cut=frozenset({0}))


# By account, OU, owner, control or standard


_BY_HEADINGS = {
    "account": ("Account", "Id", "Name"),
    "ou": ("OU", "", ""),
    "owner": ("Owner", "", ""),
    "control": ("Control", "", "Title"),
    "standard": ("Standard", "", ""),
}


def by_document(stamp: Stamp, by: str, rows: Sequence[ByRow], total: Level, *, most: int = 50) -> Document:
    """A table by `account`, `ou`, `owner`, `control` or `standard`, in the order given; the data has every row.

    A subject of a control in several standards counts in each of them, but once in `total`.
    """
    summary = f"Obligations met: {share(total.met, total.of)} ({total.met:,} of {total.of:,}); {total.open:,} open"
    said: list[Cell] = [Text(summary, _tone(total) if total.of else Tone.WARN)]
    if by == "standard":
        said.append(Text("A control in several standards is in each of them, and once in the sum.", Tone.DIM))
        said.append(Text(f"AWS's score: {AWS_RULE}.", Tone.DIM))
    blocks: list[Block] = [Lines(said)]
    if rows:
        blocks.append(_by_table(by, rows, most))
    data = _head(stamp) | {"by": by, "total": _level(total), "rows": [_by_data(row) for row in rows]}
    return Document(f"Posture by {'OU' if by == 'ou' else by} of {stamp.title}", blocks, data)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of a table by something: its cells, and how dispensable it is (0 never, else the smaller the sooner)."""

    heading: str
    cells: Sequence[Cell]
    spare: int = 0
    is_number: bool = True
    is_cut: bool = False


def _by_table(by: str, rows: Sequence[ByRow], most: int) -> Table:
    columns = [column for column in _by_columns(by, rows[:most]) if column.heading]
    spare = sorted((at for at, column in enumerate(columns) if column.spare), key=lambda at: columns[at].spare)
    return Table(
        [column.heading for column in columns],
        list(zip(*(column.cells for column in columns), strict=True)),
        numbers=frozenset(at for at, column in enumerate(columns) if column.is_number),
        more=max(0, len(rows) - most),
        spare=spare,
        cut=frozenset(at for at, column in enumerate(columns) if column.is_cut),
    )


def _by_columns(by: str, rows: Sequence[ByRow]) -> Iterator[_Column]:
    key, id_, more = _BY_HEADINGS[by]
    if by == "control":
        yield _Column("Severity", [severity(row.severity) for row in rows], is_number=False)
    yield _Column(key, [row.key for row in rows], is_number=False, is_cut=by != "control")
    yield _Column(id_, [row.id for row in rows], spare=4, is_number=False)
    yield _Column(more, [row.more or "-" for row in rows], is_number=False, is_cut=True)
    yield _Column("Met", [Text(share(row.level.met, row.level.of), _by_tone(row)) for row in rows])
    yield _Column("Open", [Text(f"{row.level.open:,}", Tone.STRONG) for row in rows])
    yield _Column("Of", [f"{row.level.of:,}" for row in rows])
    yield _Column("Overdue", [Text(f"{row.overdue:,}", Tone.BAD) if row.overdue else "-" for row in rows])
    yield _Column("Waived", [f"{row.waived:,}" if row.waived else "-" for row in rows], spare=3)
    yield _Column("Without waivers", [_without(row) for row in rows], spare=1)
    yield _Column("Failing", [f"{row.failing:,}" for row in rows], spare=2)
    if by == "standard":
        yield _Column("AWS", [_score(row.aws) for row in rows])
    if by == "account":
        yield _Column("Not all met, for", [row.standing or "-" for row in rows], spare=5, is_number=False)


def _by_tone(row: ByRow) -> Tone:
    return _tone(row.level) if row.level.of else Tone.DIM


def _without(row: ByRow) -> Cell:
    return share(row.without_waivers.met, row.without_waivers.of) if row.without_waivers else "-"


def _score(aws: AwsScore | None) -> Cell:
    if aws is None:
        return "-"
    return "no data" if aws.score is None else f"{aws.score} %"


# The same as data


def _head(stamp: Stamp) -> dict[str, Any]:
    return {"organization": stamp.organization, "version": stamp.version, "at": iso(stamp.at)}


def _level(level: Level) -> Mapping[str, Any]:
    return {"met": level.met, "of": level.of, "open": level.open, "percent": percent(level.met, level.of)}


def _data(found: Posture) -> Mapping[str, Any]:
    return {
        "obligations": {
            "as_is": _level(found.as_is),
            "without_waivers": _level(found.without_waivers),
            "nothing_off_or_waived": _level(found.nothing_off),
        },
        "waivers": {
            "waived": found.waivers.waived, "visible": found.waivers.visible, "unapproved": found.waivers.unapproved,
        },
        "accounts": {"all_met": found.accounts.met, "of": found.accounts.of},
        "overdue": [
            {"severity": one.severity, "overdue": one.overdue, "open": one.open, "oldest": iso(one.oldest)}
            for one in found.overdue
        ],
        "not_measured": [_missing_data(one) for one in found.not_measured],
        "lost_sight": [_missing_data(one) for one in found.lost],
        "aws": {"rule": AWS_RULE, "standards": [_aws_data(one) for one in found.aws]},
        "controls": [
            {"control": one.shown, "title": one.title, "severity": one.severity, **_level(one.level),
             "accounts": one.accounts, "overdue": one.overdue, "waived": one.waived, "oldest": iso(one.oldest)}
            for one in found.controls
        ],
        "worst_accounts": [
            {"account": one.account, "alias": one.alias, "name": one.name, "ou": one.ou_path, "owner": one.owner,
             **_level(one.level), "overdue": one.overdue, "waived": one.waived}
            for one in found.worst_accounts
        ],
        "movement": moved.data(found.movement) if found.movement is not None else None,
        "without_a_row": list(found.unwanted),
    }  # fmt: skip


def _missing_data(one: Missing) -> Mapping[str, Any]:
    return {"where": one.where, "why": one.why, "subjects": one.subjects, "since": iso(one.since)}


def _aws_data(one: AwsScore) -> Mapping[str, Any]:
    return {
        "standard": one.standard, "score": one.score, "passed": one.passed, "failed": one.failed,
        "unknown": one.unknown, "no_data": one.no_data, "disabled": one.disabled,
    }  # fmt: skip


def _by_data(row: ByRow) -> Mapping[str, Any]:
    return {
        "key": row.key, "id": row.id, "more": row.more, "severity": row.severity, "standing": row.standing,
        **_level(row.level),
        "overdue": row.overdue, "failing": row.failing, "waived": row.waived,
        "without_waivers": _level(row.without_waivers) if row.without_waivers else None,
        "aws": _aws_data(row.aws) if row.aws else None,
    }  # fmt: skip
