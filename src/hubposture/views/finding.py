"""One finding: what fails, since when, what is wanted, how it came to this, and what Security Hub holds of it."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubposture.views.document import Block, Cell, Code, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.findings import Row, row_data
from hubposture.views.words import age, day, last_day, moment, severity, state

_CAUSES = {
    "finding": "its check said so",
    "archived": "its findings were archived",
    "missed": "complete sweeps no longer saw it",
    "facts": "accounts, Regions or controls changed",
    "switch": "consolidated findings were switched",
}
_PRESENCES = {
    "unsure": "It was not seen lately; whether it is gone is not proven, so it counts as it was.",
    "gone": "It is gone, with proof. It counts nowhere.",
    "off": "The control is off here. It counts only in what there would be if nothing were off.",
    "lost": "We lost sight of it; it is shown as it was last seen, and counts in no score.",
}


def document(
    row: Row,
    findings: Sequence[Row],
    history: Sequence[Row],
    tags: Sequence[tuple[str, str]],
    *,
    at: dt.datetime,
    zone: dt.tzinfo = dt.UTC,
) -> Document:
    """One subject as the lake's lists give it, its findings (worst first), transitions (oldest first) and tags.

    `at` is the version's time, naive UTC like all others; `zone` the organization's, in whose days waivers end.
    """
    blocks: list[Block] = [
        Lines(list(_verdict(row, at))),
        Lines(list(_place(row))),
        Heading("What is wanted"),
        Lines(list(_wanted(row, at))),
    ]
    if row["waiver"]:
        blocks += [Heading(f"Waiver {row['waiver']}"), Lines(list(_waiver(row, at, zone)))]
    if history:
        blocks += [Heading("History"), _history(history)]
    if findings:
        blocks += [Heading(f"In Security Hub: {counted(len(findings), 'finding')}"), *_findings(findings)]
    if tags:
        blocks += [Heading("Tags"), Table(("Tag", "Value"), [tuple(tag) for tag in tags])]
    data: Mapping[str, Any] = {
        "at": row_data({"at": at})["at"],
        "subject": row_data(row),
        "findings": [row_data(one) for one in findings],
        "history": [row_data(one) for one in history],
        "tags": dict(tags),
    }
    return Document(_title(row), blocks, data)


def _title(row: Row) -> str:
    if row["kind"] == "other":
        return f"{row['product']}: {row['title']}"
    return ": ".join(part for part in (row["control_shown"], row["control_title"]) if part)


def _verdict(row: Row, at: dt.datetime) -> Iterator[Cell]:
    label = severity(row["severity_shown"])
    waived = bool(row["waiver"])
    said = state(row["status"], row["presence"], suppressed=row["suppressed"], waived=waived)
    since = f" for {age(row['failing_since'], at)}, since {day(row['failing_since'])}" if row["failing_since"] else ""
    yield Text(f"{label.text}, {said.text}{since}", said.tone)
    if row["presence"] in _PRESENCES:
        yield Text(_PRESENCES[row["presence"]], Tone.WARN)
    if row["returns"]:
        yield f"It came back {counted(row['returns'], 'time')} after it had passed."
    if row["status"] == "FAILED" and row["last_passed_at"]:
        yield f"It last passed on {day(row['last_passed_at'])}."


def _place(row: Row) -> Iterator[Cell]:
    kind = f" ({row['resource_type']})" if row["resource_type"] else ""
    yield f"Resource: {row['resource']}{kind}"
    name = f", {row['account_name']}" if row["account_name"] and row["account_alias"] else ""
    yield f"Account: {row['account_shown']}{name}, in {row['region']}"
    if row["ou_path"]:
        yield f"OU: {row['ou_path']}"
    yield f"Owner: {row['owner'] or 'nobody is named'}"
    if row["url"]:
        yield f"How to fix it: {row['url']}"


def _wanted(row: Row, at: dt.datetime) -> Iterator[Cell]:
    if row["kind"] == "other":
        yield "Found by another product; the matrix speaks of controls only."
    elif not row["disposition"]:
        yield "The matrix has no row for this control here."
    elif row["obligation"]:
        yield "Enforced: it must pass or be waived."
        if row["due_before"] and row["failing_since"] and not row["waiver"]:
            yield _due(row, at)
    else:
        yield f"The matrix says {row['disposition']}; it is no obligation now."


def _waiver(row: Row, at: dt.datetime, zone: dt.tzinfo) -> Iterator[Cell]:
    state_ = row["waiver_state"] or "its state is not known"
    if row["waived_until"]:
        until = day(last_day(row["waived_until"], zone))
        yield Text(f"{state_}, through {until}", Tone.STRONG)
        if row["waived_until"] <= at:
            yield Text("That day is over; the next `hubposture waivers enforce` ends it.", Tone.WARN)
    else:
        yield Text(state_, Tone.STRONG)
    if row["waiver_effect"] == "visible":
        yield "Accepted visibly: it counts as met, and stays open in Security Hub."
    if row["waiver_approved_by"]:
        through = f" ({row['waiver_approval']})" if row["waiver_approval"] else ""
        yield f"Approved by {row['waiver_approved_by']}{through}"
    if row["waiver_reason"]:
        yield f"Reason: {row['waiver_reason']}"


def _due(row: Row, at: dt.datetime) -> Text:
    allowed = at - row["due_before"]
    due = row["failing_since"] + allowed
    if row["failing_since"] < row["due_before"]:
        return Text(f"Overdue by {age(due, at)}: it was due on {day(due)}.", Tone.BAD)
    return Text(f"Due on {day(due)}.", Tone.WARN)


def _history(history: Sequence[Row]) -> Table:
    rows: list[Sequence[Cell]] = [
        (moment(one["happened_at"] or one["at"]), _side(one, "from"), _side(one, "to"), _CAUSES.get(one["cause"], str(one["cause"])))
        for one in history
    ]  # fmt: skip
    return Table(("When (UTC)", "Was", "Is", "Because"), rows, cut=frozenset({3}))


def _side(one: Row, side: str) -> Cell:
    if not one[f"{side}_presence"]:
        return Text("not known", Tone.DIM)
    return state(one[f"{side}_status"], one[f"{side}_presence"], suppressed=one[f"{side}_suppressed"])


def _findings(findings: Sequence[Row]) -> Iterator[Block]:
    rows: list[Sequence[Cell]] = [
        (
            Text(one["record_state"].lower(), Tone.PLAIN if one["record_state"] == "ACTIVE" else Tone.DIM),
            state(one["compliance"]),
            severity(one["severity"]),
            one["workflow"],
            moment(one["updated_at"]),
            one["standard"] or "-",
            one["reason"] or "-",
        )
        for one in findings
    ]
    headings = ("Record", "Says", "Severity", "Workflow", "Updated (UTC)", "Standard", "Reason")
    yield Table(headings, rows, spare=(6, 5), cut=frozenset({6}))
    notes = [_note(one) for one in findings if one["note"]]
    if notes:
        yield Lines(notes)
    yield Code("\n".join(one["id"] for one in findings))


def _note(one: Row) -> Cell:
    by = one["note_by"] or "somebody"
    on = f" on {day(one['note_at'])}" if one["note_at"] else ""
    return f'Note by {by}{on}: "{one["note"]}"'
