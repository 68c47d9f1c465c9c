"""Operations: findings under a filter, by control, counted, and one of them whole."""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field

from hubposture.errors import InputErrors, Problem
from hubposture.filters import EVERYTHING, Filter
from hubposture.lake.lists import NoSuchSubject
from hubposture.ports.lake import Item, NoSuchVersion, Snapshot
from hubposture.verbs.of_control import requirements
from hubposture.verbs.ticket_rows import rows_of
from hubposture.web.api.finding_models import (
    Counted,
    Counts,
    Finding,
    Findings,
    FindingWhole,
    Group,
    Groups,
    InHub,
    Tag,
    Transition,
)
from hubposture.web.api.kinds import CURSOR_FORMAT, Asked, AsksFilter, by_name
from hubposture.web.api.overview import stamp
from hubposture.web.api.problems import Gone
from hubposture.web.api.reading import Operation, of_now
from hubposture.web.saved import shelf_of
from hubposture.web.things import others_of
from hubposture.web.told import Absent
from hubposture.web.visit import Visit

_CURSOR = re.compile(r"v(\d{1,18})-([0-9a-f]{32})")
_KEPT = dt.timedelta(days=1)


class Narrowed(Asked):
    """A filter, or one that was saved; both together narrow each other."""

    filter: AsksFilter = ""
    saved: Annotated[str, Field(max_length=80, description="The name of a saved filter.")] = ""


class Paged(Narrowed):
    """A page of a list."""

    limit: Annotated[int, Field(ge=1, le=1_000, description="Findings of a page.")] = 100
    after: Annotated[
        str,
        Field(
            max_length=64,
            pattern=r"^(v\d{1,18}-[0-9a-f]{32})?$",
            json_schema_extra={"format": CURSOR_FORMAT},
            description="`after` of the page before: the list goes on in the same version for a day, whatever is published.",
        ),
    ] = ""


class Grouped(Narrowed):
    """Groups of a filter."""

    limit: Annotated[int, Field(ge=1, le=1_000, description="Groups.")] = 500


def findings(request: Request, asked: Annotated[Paged, Query()]) -> Response:
    """One by one, failing and severe and new ones first. Without a filter all that is in sight is listed."""

    def make(visit: Visit) -> Findings:
        with _version_of(visit, asked.after) as (snapshot, after):
            text = _text(visit, asked)
            wanted = visit.desk.parse(text, snapshot)
            rows = [one.fields for one in _behind(snapshot, wanted, asked.limit + 1, after)]
            last = rows[asked.limit - 1]["subject"] if len(rows) > asked.limit else ""
            return Findings.model_validate(
                {
                    "version": snapshot.number, "at": snapshot.at, "filter": text,
                    "counts": Counts.model_validate(snapshot.count(wanted)),
                    "findings": [Finding.of(row) for row in rows[: asked.limit]],
                    "after": f"v{snapshot.number}-{last}" if last else None,
                }
            )  # fmt: skip

    return of_now(request, make)


def _behind(snapshot: Snapshot, wanted: Filter, limit: int, after: str) -> Sequence[Item]:
    try:
        return snapshot.page(wanted, limit=limit, after=after)
    except NoSuchSubject as error:
        raise InputErrors(
            [Problem("query.after", "no list goes on behind this", "begin with the first page")]
        ) from error


@contextmanager
def _version_of(visit: Visit, cursor: str) -> Iterator[tuple[Snapshot, str]]:
    """The version in which a list goes on, as the caller may see it now, and the subject behind which it does."""
    found = _CURSOR.fullmatch(cursor)
    if found is None or int(found[1]) == visit.snapshot.number:
        yield visit.snapshot, found[2] if found else ""
        return
    gone = Gone("The list goes on in a version that is not kept any more; begin with the first page.")
    if int(found[1]) > visit.snapshot.number:
        raise gone
    try:
        with visit.desk.store.reader.snapshot(number=int(found[1]), within=visit.snapshot.within) as snapshot:
            if snapshot.at < visit.snapshot.at - _KEPT:
                raise gone
            yield snapshot, found[2]
    except NoSuchVersion as error:
        raise gone from error


def _text(visit: Visit, asked: Narrowed) -> str:
    text = asked.filter.strip()
    if not asked.saved:
        return text
    saved = shelf_of(visit).named(asked.saved).text
    return f"({saved}) ({text})" if text else saved


def groups(request: Request, asked: Annotated[Grouped, Query()]) -> Response:
    """By control, and other products' findings by product and title."""

    def make(visit: Visit) -> Groups:
        text = _text(visit, asked)
        wanted = visit.desk.parse(text, visit.snapshot)
        found = visit.snapshot.groups(wanted, limit=asked.limit + 1)
        values = {
            "filter": text, "counts": Counts.model_validate(visit.snapshot.count(wanted)),
            "groups": [Group.model_validate(one) for one in found[: asked.limit]], "more": len(found) > asked.limit,
        }  # fmt: skip
        return Groups.model_validate(stamp(visit) | values)

    return of_now(request, make)


def count(request: Request, asked: Annotated[Narrowed, Query()]) -> Response:
    """How many subjects a filter has, and how many of them are failing."""

    def make(visit: Visit) -> Counted:
        text = _text(visit, asked)
        wanted: Filter = visit.desk.parse(text, visit.snapshot) if text else EVERYTHING
        counts = Counts.model_validate(visit.snapshot.count(wanted))
        return Counted.model_validate(stamp(visit) | {"filter": text, "counts": counts})

    return of_now(request, make)


def finding(request: Request, subject: str) -> Response:
    """One finding: what fails and since when, what Security Hub holds of it, its history, tags, tickets, and others."""

    def make(visit: Visit) -> FindingWhole:
        snapshot = visit.snapshot
        found = snapshot.item(subject)
        if found is None:
            raise Absent(f"No finding is called so in version {snapshot.number}.")
        row = found.fields
        held = [InHub.model_validate(by_name(InHub, one)) for one in snapshot.findings_of(subject)]
        history = [Transition.model_validate(by_name(Transition, one)) for one in snapshot.history_of(subject)]
        return FindingWhole.model_validate(
            stamp(visit) | {
                "finding": Finding.of(row), "in_security_hub": held, "history": history,
                "tags": [Tag(name=name, value=value) for name, value in snapshot.tags_of(str(row["tagset"]))],
                "requirements": requirements(snapshot, str(row["control"])), "tickets": _tickets(visit, subject),
                "others": [Finding.of(one) for one in others_of(snapshot, row)],
            }
        )  # fmt: skip

    return of_now(request, make)


def _tickets(visit: Visit, subject: str) -> Sequence[object]:
    desk, snapshot = visit.desk, visit.snapshot
    holding = desk.store.ledger.tickets(desk.name, subjects=[subject])
    return rows_of(holding, snapshot, today=desk.today(snapshot)) if holding else ()


OPERATIONS: Sequence[Operation] = (
    Operation(
        "GET", "/v1/findings", findings, Findings, "Findings one by one", "Findings", asks=True, refuses=(404, 410)
    ),
    Operation(
        "GET", "/v1/findings/groups", groups, Groups, "Findings by control", "Findings", asks=True, refuses=(404,)
    ),
    Operation("GET", "/v1/findings/count", count, Counted, "How many findings", "Findings", asks=True, refuses=(404,)),
    Operation("GET", "/v1/findings/{subject}", finding, FindingWhole, "One finding", "Findings", refuses=(404,)),
)
