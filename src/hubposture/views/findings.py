"""Findings under a filter: by control, or one by one."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from hubposture.views.document import Block, Cell, Document, Lines, Table, Text, Tone, counted
from hubposture.views.words import account_name, age, day_near, iso, last_day, resource_short, severity, state


class Group(Protocol):
    """The findings of one control, or of one product and title; as the lake's reader gives them."""

    @property
    def control(self) -> str: ...  # noqa: D102
    @property
    def shown(self) -> str: ...  # noqa: D102
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> str: ...  # noqa: D102
    @property
    def failing(self) -> int: ...  # noqa: D102
    @property
    def subjects(self) -> int: ...  # noqa: D102
    @property
    def accounts(self) -> int: ...  # noqa: D102
    @property
    def suppressed(self) -> int: ...  # noqa: D102
    @property
    def waived(self) -> int: ...  # noqa: D102
    @property
    def waived_until(self) -> dt.datetime | None: ...  # noqa: D102
    @property
    def since(self) -> dt.datetime | None: ...  # noqa: D102


class Counts(Protocol):
    """How many subjects a filter has, and how many of them are failing."""

    @property
    def subjects(self) -> int: ...  # noqa: D102
    @property
    def failing(self) -> int: ...  # noqa: D102


Row = Mapping[str, Any]
"""A subject with the texts of its account and control, by column (`lake.lists.page`)."""


def grouped(
    organization: str,
    groups: Sequence[Group],
    counts: Counts,
    *,
    wanted: str,
    at: dt.datetime,
    more: bool = False,
    zone: dt.tzinfo = dt.UTC,
) -> Document:
    """By control, in the order given. `wanted` is the filter's text or '', `at` the version's time (naive UTC).

    `more` says that there are further groups behind these. `zone` is the organization's, in whose days waivers end.
    """
    blocks: list[Block] = [Lines(_summary(counts, wanted, "resource"))]
    rows = [_group(group, at, zone) for group in groups]
    if rows:
        headings = ("Severity", "Control", "Title", "Failing", "Of", "Accounts", "Oldest", "Waived", "Suppressed")
        numbers = frozenset({3, 4, 5, 6, 7, 8})
        blocks.append(Table(headings, rows, numbers=numbers, spare=(8, 7, 5), cut=frozenset({2})))
    if more:
        blocks.append(Lines([Text("There are more; --limit shows them, a narrower filter is quicker.", Tone.DIM)]))
    data = _head(counts, wanted, at) | {"groups": [_group_data(group) for group in groups], "more": more}
    return Document(f"Findings of {organization}", blocks, data)


def _summary(counts: Counts, wanted: str, noun: str) -> list[Cell]:
    if not counts.subjects:
        found: Cell = Text("Nothing found", Tone.GOOD if not wanted else Tone.WARN)
    else:
        tone = Tone.BAD if counts.failing else Tone.GOOD
        found = Text(f"{counts.failing:,} of {counted(counts.subjects, noun)} failing", tone)
    return [found, *([Text(f"filter: {wanted}", Tone.DIM)] if wanted else [])]


def _group(group: Group, at: dt.datetime, zone: dt.tzinfo) -> Sequence[Cell]:
    return (
        severity(group.severity),
        group.shown or group.control,
        group.title,
        Text(f"{group.failing:,}", Tone.STRONG if group.failing else Tone.DIM),
        f"{group.subjects:,}",
        f"{group.accounts:,}" if group.failing else "-",
        age(group.since, at),
        _waived(group, at, zone),
        f"{group.suppressed:,}" if group.suppressed else "-",
    )


def _waived(group: Group, at: dt.datetime, zone: dt.tzinfo) -> str:
    """`2 (next expiry 12 Dec)`."""
    if not group.waived:
        return "-"
    until = group.waived_until
    return f"{group.waived:,} (next expiry {day_near(last_day(until, zone), at)})" if until else f"{group.waived:,}"


def _group_data(group: Group) -> Mapping[str, Any]:
    return {
        "control": group.control, "shown": group.shown, "title": group.title, "severity": group.severity,
        "failing": group.failing, "subjects": group.subjects, "accounts": group.accounts,
        "suppressed": group.suppressed, "waived": group.waived,
        "waived_until": iso(group.waived_until), "since": iso(group.since),
    }  # fmt: skip


def listed(
    organization: str, rows: Sequence[Row], counts: Counts, *, wanted: str, at: dt.datetime, more: bool = False
) -> Document:
    """One by one, in the order given; the data has every column, and `after` to go on behind the last one."""
    blocks: list[Block] = [Lines(_summary(counts, wanted, "resource"))]
    if rows:
        headings = ("Severity", "Control", "Resource", "Account", "Account id", "Region", "Age", "State", "Waiver")
        table = [_item(row, at) for row in rows]
        is_plain = all(row["status"] == "FAILED" and not row["waiver"] and not row["suppressed"] for row in rows)
        spare = (4, 7, 8, 5) if is_plain else (4, 8, 5)
        blocks.append(Table(headings, table, numbers=frozenset({6}), spare=spare, cut=frozenset({2, 3})))
    if more:
        left = counts.subjects - len(rows)
        behind = f"{left:,} more" if left > 0 else "more"
        said = f"and {behind}; --after {rows[-1]['subject']} goes on" if rows else f"and {behind}"
        blocks.append(Lines([Text(said, Tone.DIM)]))
    after = str(rows[-1]["subject"]) if rows and more else ""
    data = _head(counts, wanted, at) | {"findings": [row_data(row) for row in rows], "after": after}
    return Document(f"Findings of {organization}", blocks, data)


def _item(row: Row, at: dt.datetime) -> Sequence[Cell]:
    is_other = row["kind"] == "other"
    since = row["failing_since"] or (row["first_seen_at"] if is_other else None)
    waived = bool(row["waiver"])
    return (
        severity(row["severity_shown"]),
        row["product"] if is_other else row["control_shown"],
        f"{row['title']} ({resource_short(row['resource'])})" if is_other else resource_short(row["resource"]),
        account_name(row["account_alias"], row["account_name"], row["account"]),
        row["account"],
        row["region"],
        age(since, at),
        state(row["status"], row["presence"], suppressed=row["suppressed"], waived=waived),
        row["waiver"],
    )


def row_data(row: Row) -> Mapping[str, Any]:
    """A row for JSON: moments with Z."""
    return {name: iso(value) if isinstance(value, dt.datetime) else value for name, value in row.items()}


def _head(counts: Counts, wanted: str, at: dt.datetime) -> dict[str, Any]:
    return {"filter": wanted, "at": iso(at), "subjects": counts.subjects, "failing": counts.failing}
