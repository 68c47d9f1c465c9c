"""DefectDojo: what a sync would do, what it did, and on what DefectDojo and the checks do not agree."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hubposture.views.columns import without_empty
from hubposture.views.document import Block, Cell, Document, Heading, Lines, Table, Text, Tone, counted
from hubposture.views.words import age, iso
from hubposture.work.dojo import AcceptanceChange, Do, DojoPlan, Field, FindingPatch, HeldUpload, Place, Upload
from hubposture.work.dojo_result import DojoFailure, DojoPlanned, DojoResult, DojoVerified
from hubposture.work.dojo_verify import DojoDisagreement

_OPTION = "--allow-close"


def plan_document(organization: str, planned: DojoPlanned, *, most: int = 20) -> Document:
    """What a sync would do; at most `most` rows a table, the data has everything."""
    blocks: list[Block] = [Lines(list(_planned(planned)))]
    blocks += _held(planned.held, most)
    blocks += _unread(planned.unread, most)
    blocks += _uploads(planned.plan.uploads, most)
    blocks += _fields(planned.plan.patches)
    blocks += _acceptances(planned.plan, most)
    return Document(f"What DefectDojo would get of {organization}", blocks, _plan_data(organization, planned))


def result_document(organization: str, result: DojoResult, *, most: int = 20) -> Document:
    """What a sync did, what failed first."""
    blocks: list[Block] = [Lines(list(_done(result)))]
    if result.stopped:
        blocks.append(Lines([Text(f"Nothing more was tried: {result.stopped}", Tone.BAD)]))
    blocks += _failures(result.failures, most)
    if result.missing:
        rows: list[Sequence[Cell]] = [(str(place), subject) for place, subject in result.missing]
        blocks += [Heading("Uploaded and not there"), _table(("Where", "Subject"), rows, most)]
    blocks += _held(result.planned.held, most)
    blocks += _unread(result.planned.unread, most)
    if result.uploads:
        table: list[Sequence[Cell]] = [
            (str(upload.place), f"{told.created:,}", f"{told.reopened:,}", f"{told.closed:,}", f"{len(upload.kept):,}")
            for upload, told in result.uploads
        ]
        headings = ("Where", "New", "Opened again", "Closed", "Kept, unknown")
        blocks += [Heading("Uploaded"), _table(headings, table, most, numbers=frozenset({1, 2, 3, 4}))]
    return Document(f"DefectDojo in line with {organization}", blocks, _result_data(organization, result))


def verify_document(organization: str, verified: DojoVerified, *, at: dt.datetime, most: int = 50) -> Document:
    """On what DefectDojo and the checks do not agree; `at` is now (naive UTC)."""
    found = verified.disagreements
    seen = f"{counted(verified.findings, 'finding')} looked at, {verified.unknown:,} of them unknown now"
    is_good = not found and not verified.unread
    first = Text("DefectDojo and the checks agree.", Tone.GOOD) if is_good else Text(
        f"{counted(len(found), 'disagreement')} between DefectDojo and the checks", Tone.BAD if found else Tone.WARN
    )  # fmt: skip
    blocks: list[Block] = [Lines([first, seen]), *_unread(verified.unread, most)]
    if found:
        rows: list[Sequence[Cell]] = [_row(one, at) for one in found]
        headings = (
            "Control",
            "Resource",
            "Where",
            "Finding",
            "DefectDojo says",
            "The check says",
            "Since",
            "What next",
        )
        blocks.append(_table(headings, rows, most, numbers=frozenset({6}), cut=frozenset({1, 2}), spare=(6, 2)))
    data = {
        "organization": organization,
        "findings": verified.findings,
        "unknown": verified.unknown,
        "unread": _unread_data(verified.unread),
        "disagreements": [_disagreement_data(one) for one in found],
    }
    return Document(f"DefectDojo against the checks of {organization}", blocks, data)


def _planned(planned: DojoPlanned) -> Iterator[Cell]:
    plan = planned.plan
    if plan.is_empty and not planned.held and not planned.unread:
        yield Text("Nothing to do: DefectDojo is in line.", Tone.GOOD)
    else:
        creates, reopens, closes = (sum(getattr(one, name) for one in plan.uploads) for name in _COUNTS)
        said = f"{creates:,} new, {reopens:,} to open again, {closes:,} to close"
        yield Text(f"{counted(len(plan.uploads), 'upload')}: {said}", Tone.STRONG)
        yield f"{counted(len(plan.patches), 'finding')} to bring in line, {_accepting(plan)}"
        if plan.uploads:
            yield "What is uploaded has its severity, dates and risk acceptances set afterwards; they are not counted yet."
    yield from _unknown(planned)


def _done(result: DojoResult) -> Iterator[Cell]:
    told = [one for _, one in result.uploads]
    created, reopened, closed = (
        sum(one.created for one in told),
        sum(one.reopened for one in told),
        sum(one.closed for one in told),
    )
    said = f"{created:,} new, {reopened:,} opened again, {closed:,} closed"
    yield Text(f"{counted(len(told), 'upload')}: {said}", Tone.GOOD if result.is_whole else Tone.WARN)
    accepted = ", ".join(f"{result.accepted.get(do, 0):,} {_DID[do]}" for do in Do)
    yield f"{counted(result.patched, 'finding')} brought in line; risk acceptances: {accepted}"
    yield from _unknown(result.planned)
    yield f"{counted(sum(result.calls.values()), 'request')} in all"


_COUNTS = ("creates", "reopens", "closes")
_DID = {Do.CREATE: "made", Do.UPDATE: "changed", Do.DELETE: "deleted"}


def _unknown(planned: DojoPlanned) -> Iterator[Cell]:
    if planned.unknown:
        yield f"{counted(planned.unknown, 'finding')} of which nothing is known now, left as they are"


def _accepting(plan: DojoPlan) -> str:
    counts = Counter(one.do for one in (*plan.lifts, *plan.acceptances))
    if not counts:
        return "no risk acceptance to change"
    return "risk acceptances: " + ", ".join(f"{counts[do]:,} to {do}" for do in Do if counts[do])


def _held(held: Sequence[HeldUpload], most: int) -> Iterator[Block]:
    if held:
        yield Heading("Held back by the guard")
        rows: list[Sequence[Cell]] = [
            (str(one.place), f"{one.closes:,}", f"{one.active:,}", Text(one.why, Tone.BAD)) for one in held
        ]
        yield _table(("Where", "Would close", "Open", "Why"), rows, most, numbers=frozenset({1, 2}))
        yield Lines([f"{_OPTION} allows it, where it is meant"])


def _unread(unread: Mapping[Place, str], most: int) -> Iterator[Block]:
    if unread:
        yield Heading("Could not be read, so nothing changes there")
        rows: list[Sequence[Cell]] = [(str(place), Text(why, Tone.BAD)) for place, why in sorted(unread.items())]
        yield _table(("Where", "Why"), rows, most)


def _uploads(uploads: Sequence[Upload], most: int) -> Iterator[Block]:
    if uploads:
        yield Heading("Uploads")
        rows: list[Sequence[Cell]] = [
            (
                str(one.place),
                "new" if one.test is None else str(one.test),
                f"{one.creates:,}",
                f"{one.reopens:,}",
                f"{one.closes:,}",
                f"{one.active:,}",
                f"{len(one.kept):,}",
            )
            for one in uploads
        ]
        headings = ("Where", "Test", "New", "To open again", "To close", "Open now", "Kept, unknown")
        yield _table(headings, rows, most, numbers=frozenset({2, 3, 4, 5, 6}))


def _fields(patches: Sequence[FindingPatch]) -> Iterator[Block]:
    counts = Counter(name for one in patches for name in one.fields)
    if counts:
        yield Heading("Fields of findings to bring in line")
        rows: list[Sequence[Cell]] = [(str(name), f"{counts[name]:,}") for name in Field if counts[name]]
        yield Table(("Field", "Findings"), rows, numbers=frozenset({1}))


def _acceptances(plan: DojoPlan, most: int) -> Iterator[Block]:
    changes = [*plan.lifts, *plan.acceptances]
    if changes:
        yield Heading("Risk acceptances")
        rows: list[Sequence[Cell]] = [
            (one.name, one.product, str(one.do), f"{len(one.findings):,}", one.reason) for one in changes
        ]
        yield _table(("Waiver", "Product", "Do", "Findings then", "Why"), rows, most, numbers=frozenset({3}))


def _failures(failures: Sequence[DojoFailure], most: int) -> Iterator[Block]:
    if failures:
        yield Heading(f"Failed: {len(failures):,}")
        rows: list[Sequence[Cell]] = [(one.where, Text(one.why, Tone.BAD)) for one in failures]
        yield _table(("Where", "Why"), rows, most)


def _row(one: DojoDisagreement, at: dt.datetime) -> Sequence[Cell]:
    return (
        one.control,
        one.resource,
        str(one.place),
        str(one.finding) if one.finding else "-",
        Text(one.says, Tone.WARN),
        Text(one.check, Tone.BAD),
        age(one.since, at),
        one.hint,
    )


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    most: int,
    *,
    numbers: frozenset[int] = frozenset(),
    cut: frozenset[int] = frozenset(),
    spare: Sequence[int] = (),
) -> Table:
    more = max(0, len(rows) - most)
    return without_empty(Table(headings, rows[:most], numbers=numbers, more=more, cut=cut, spare=spare))


# The same as data


def _plan_data(organization: str, planned: DojoPlanned) -> dict[str, Any]:
    plan = planned.plan
    return {
        "organization": organization,
        "unknown": planned.unknown,
        "uploads": [
            {
                **_place(one.place), "test": one.test, "product_type": one.product_type, "new": one.creates,
                "to_open_again": one.reopens, "to_close": one.closes, "open": one.active, "kept": len(one.kept),
            }
            for one in plan.uploads
        ],
        "findings": [
            {
                **_place(one.place), "finding": one.id, "subject": one.subject,
                "fields": {str(name): _value(value) for name, value in one.fields.items()},
                "before": {str(name): _value(value) for name, value in one.before.items()},
            }
            for one in plan.patches
        ],
        "risk_acceptances": [_acceptance_data(one) for one in (*plan.lifts, *plan.acceptances)],
        "held": [{**_place(one.place), "to_close": one.closes, "open": one.active, "why": one.why} for one in planned.held],
        "unread": _unread_data(planned.unread),
    }  # fmt: skip


def _result_data(organization: str, result: DojoResult) -> dict[str, Any]:
    return {
        "organization": organization,
        "whole": result.is_whole,
        "stopped": result.stopped,
        "unknown": result.planned.unknown,
        "uploads": [
            {
                **_place(upload.place), "test": told.test, "files": told.files, "new": told.created,
                "opened_again": told.reopened, "closed": told.closed, "kept": len(upload.kept),
            }
            for upload, told in result.uploads
        ],
        "findings_in_line": result.patched,
        "risk_acceptances": {str(do): result.accepted.get(do, 0) for do in Do},
        "failures": [{"where": one.where, "why": one.why} for one in result.failures],
        "missing": [{**_place(place), "subject": subject} for place, subject in result.missing],
        "held": [
            {**_place(one.place), "to_close": one.closes, "open": one.active, "why": one.why} for one in result.planned.held
        ],
        "unread": _unread_data(result.planned.unread),
        "requests": dict(sorted(result.calls.items())),
    }  # fmt: skip


def _acceptance_data(one: AcceptanceChange) -> dict[str, Any]:
    return {
        "waiver": one.name, "product": one.product, "do": str(one.do), "id": one.id or None,
        "findings": list(one.findings), "why": one.reason,
    }  # fmt: skip


def _disagreement_data(one: DojoDisagreement) -> dict[str, Any]:
    return {
        **_place(one.place), "finding": one.finding or None, "subject": one.subject, "control": one.control,
        "resource": one.resource, "says": one.says, "check": one.check, "since": iso(one.since), "next": one.hint,
    }  # fmt: skip


def _unread_data(unread: Mapping[Place, str]) -> list[dict[str, Any]]:
    return [{**_place(place), "why": why} for place, why in sorted(unread.items())]


def _place(place: Place) -> dict[str, str]:
    return {"product": place.product, "account": place.account, "region": place.region}


def _value(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
