"""Pages of waivers: asking for one, the calendar, one of them with its life; and hiding a finding for now."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response

from hubposture.access.decision import NotAllowed
from hubposture.errors import HubpostureError, InputError, InputErrors, Problem, Refusal, RemoteError
from hubposture.filters import Filter
from hubposture.filters.tree import EVERYTHING
from hubposture.model.controls import control_id, is_control_id
from hubposture.verbs.waiver_ask import Looked, NotSoAsked, ask, ask_again, look_at
from hubposture.verbs.waiver_calendar import rows_now
from hubposture.verbs.waiver_end import longest_days, revoke, suppress_for_now, why_not_suppress
from hubposture.verbs.waiver_inbox import covered
from hubposture.verbs.waiver_life import life
from hubposture.verbs.waiver_prefill import prefilled
from hubposture.verbs.waiver_scope import Means, most_days
from hubposture.verbs.waiver_whole import hidden
from hubposture.verbs.waivers_of_version import waivers_of
from hubposture.views.pages import links, waiver_form, waiver_life, waivers
from hubposture.views.pages.parts import Link, Page, PageCell
from hubposture.views.pages.waiver_form import Asking, ForNow
from hubposture.views.waivers import detailed
from hubposture.views.words import severity
from hubposture.waivers.asked import ANSWERS, entries
from hubposture.web.asking import asking
from hubposture.web.posted import Posted, done
from hubposture.web.things import detail_of
from hubposture.web.told import Absent, Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting
from hubposture.wiring import naive, packaged_catalog, read_book

Text200 = Annotated[str, Query(max_length=300)]
Text2000 = Annotated[str, Query(max_length=2_100)]
TextFilter = Annotated[str, Query(alias="filter", max_length=8_000)]
Month = Annotated[str, Query(max_length=7)]
_MONTH = re.compile(r"([2-9][0-9]{3})-(0[1-9]|1[0-2])")
_WRONG = 422


# Asking


def _new(
    request: Request,
    *,
    control: Text200 = "",
    resource: Text2000 = "",
    account: Text200 = "",
    ou: Text2000 = "",
    subject: Text200 = "",
    wanted: TextFilter = "",
) -> Response:
    def make(visit: Visit) -> Page:
        answers, note = prefilled(
            visit.snapshot, control=control, resource=resource, account=account, ou=ou, subject=subject,
            wanted=_filter(visit, wanted),
        )  # fmt: skip
        with asking(visit) as means:
            looked = look_at(means, answers) if answers["controls"] else None
            return waiver_form.page(form_of(means, answers, looked, note=note, is_first=True))

    return page_of_now(request, make)


def _filter(visit: Visit, text: str) -> Filter | None:
    return visit.desk.parse(text.strip(), visit.snapshot) if text.strip() else None


def _ask(request: Request, fields: Posted) -> Response:
    with visiting(request) as visit, asking(visit) as means:
        answers = answers_of(fields, means)
        if fields.get("do") != "ask":
            return shown_page(request, visit, waiver_form.page(form_of(means, answers, look_at(means, answers))))
        try:
            made = ask(means, answers)
        except (NotSoAsked, NotAllowed) as error:
            refused = [str(error)] if isinstance(error, NotAllowed) else []
            found = form_of(means, answers, look_at(means, answers), refused=refused)
            return shown_page(request, visit, waiver_form.page(found), status=_WRONG)
        return done(visit.caller, links.waiver_request(made.id), f"You asked for {made.waiver}; somebody else decides.")


def answers_of(fields: Mapping[str, str], means: Means) -> dict[str, str]:
    """The answers of a form by entry, with the last day that a chip or the date names."""
    found = {name: fields.get(name, "") for name in (*ANSWERS, "comment", "days")}
    return found | {"expires": waiver_form.end_of(found, means.today)}


def form_of(
    means: Means,
    answers: Mapping[str, str],
    looked: Looked | None,
    *,
    refused: Sequence[str] = (),
    note: str = "",
    is_first: bool = False,
) -> Asking:
    """The form with what it covers; one that nobody filled in yet is not told what it lacks."""
    controls = [control_id(one) for one in entries("controls", answers.get("controls", "")) if is_control_id(one)]
    scope = looked.scope if looked is not None else None
    return Asking(
        answers=answers,
        today=means.today,
        most_days=most_days(means, controls),
        problems={} if is_first or looked is None else looked.problems,
        covered=covered(means, scope) if scope is not None else None,
        warnings=[why for some in scope.warnings.values() for why in some] if scope is not None else (),
        refused=refused,
        note=note,
    )


# One waiver


def _one(request: Request, name: str) -> Response:
    return page_of_now(request, lambda visit: _page_of(visit, name))


def _page_of(visit: Visit, name: str, **more: object) -> Page:
    desk, snapshot = visit.desk, visit.snapshot
    kept = next((one for one in waivers_of(snapshot, zone=desk.zone) if one.waiver == name), None)
    whole, trouble, lived = None, "", None
    try:
        found = detail_of(visit, name)
        whole = detailed(desk.name, found, today=desk.today(snapshot), at=snapshot.at)
        with asking(visit) as means:
            lived = replace(life(means, name), **more)  # type: ignore[arg-type]
    except HubpostureError as error:
        trouble = str(error)
    if kept is None and whole is None:
        raise Absent(trouble if snapshot.within == EVERYTHING else str(hidden(name)))
    page = waivers.one_page(kept, whole, name=name, today=desk.today(snapshot), trouble=trouble)
    return replace(page, parts=[*page.parts, *waiver_life.parts(lived)]) if lived is not None else page


def _extend(request: Request, name: str, fields: Posted) -> Response:
    with visiting(request) as visit, asking(visit) as means:
        detail_of(visit, name)
        text = waiver_form.end_of({"days": fields.get("days", ""), "expires": fields.get("until", "")}, means.today)
        try:
            made = ask_again(means, name, until=_day(text), comment=fields.get("comment", ""))
        except (InputError, Refusal) as error:
            return _again(request, visit, name, error, until=fields.get("until", ""))
        said = f"You asked that {name} holds until {made.until}; until somebody decides it holds as it does."
        return done(visit.caller, links.waiver_request(made.id), said)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError as error:
        raise InputErrors(
            (Problem("until", f"{text!r} is no date" if text else "say until when", "2027-05-01"),)
        ) from error


def _revoke(request: Request, name: str, fields: Posted) -> Response:
    with visiting(request) as visit, asking(visit) as means:
        detail_of(visit, name)
        try:
            ended = revoke(means, name, fields.get("reason", ""))
        except (InputError, Refusal, RemoteError) as error:
            return _again(request, visit, name, error, reason=fields.get("reason", ""))
        said = (
            f"{name} is revoked: committed as {ended.commit[:12]} on {ended.branch}, and in force once that is merged."
        )
        return done(visit.caller, links.waiver(name), said)


def _again(request: Request, visit: Visit, name: str, error: HubpostureError, **kept: str) -> Response:
    """The page of a waiver with what is wrong with what was sent, and what was filled in."""
    page = _page_of(visit, name, problems=said_of(error), **kept)
    return shown_page(request, visit, page, status=_WRONG)


def said_of(error: HubpostureError) -> list[str]:
    """What went wrong, line by line."""
    if isinstance(error, InputErrors):
        return [f"{one.what}{f' ({one.hint})' if one.hint else ''}" for one in error.problems]
    return [str(error)]


# Calendar


def _calendar(request: Request, month: Month = "") -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        at, today = desk.place(snapshot), desk.today(snapshot)
        rows = rows_now(
            snapshot, read_book(at, desk.store.ledger), ledger=desk.store.ledger, organization=desk.name,
            catalog=packaged_catalog(), unneeded_days=at.settings.waivers.unneeded_days,
            now=naive(at.surroundings.now()), teams=visit.caller.person.groups,
        )  # fmt: skip
        found = _MONTH.fullmatch(month)
        first = dt.date(int(found[1]), int(found[2]), 1) if found else today.replace(day=1)
        return waiver_life.calendar(rows, today=today, month=first)

    return page_of_now(request, make)


# For now


def _for_now(request: Request, subject: Text200 = "") -> Response:
    def make(visit: Visit) -> Page:
        with asking(visit) as means:
            return waiver_form.for_now(_hiding(visit, means, subject))

    return page_of_now(request, make)


def _hiding(visit: Visit, means: Means, subject: str) -> ForNow:
    item = visit.snapshot.item(subject)
    if item is None:
        raise Absent(f"No finding is called {subject} in version {visit.snapshot.number}.")
    row = item.fields
    facts: list[tuple[str, PageCell]] = [
        ("Resource", Link(str(row["resource"]) or "no resource", links.finding(subject))),
        ("Control", str(row["control_shown"] or row["product"])), ("Severity", severity(row["severity_shown"])),
        ("Account", Link(str(row["account"]), links.account(row["account"]))),
    ]  # fmt: skip
    return ForNow(subject, facts, longest_days(means), why_not=why_not_suppress(means, subject))


def _hide(request: Request, fields: Posted) -> Response:
    subject, days, reason = (fields.get(name, "") for name in ("subject", "days", "reason"))
    with visiting(request) as visit, asking(visit) as means:
        found = _hiding(visit, means, subject)
        number = int(days) if days.isascii() and days.isdecimal() and len(days) < 6 else 0  # noqa: PLR2004
        try:
            made = suppress_for_now(means, subject, days=number, reason=reason)
        except (InputError, Refusal, RemoteError) as error:
            again = replace(found, days=days, reason=reason, problems=said_of(error))
            return shown_page(request, visit, waiver_form.for_now(again), status=_WRONG)
        said = f"{made.waiver} is committed as {made.commit[:12]} on {made.branch}; it holds once that is merged."
        return done(visit.caller, links.finding(subject), said)


ROUTES: Sequence[Route] = (
    ("/waivers/new", _new),
    ("/waivers/calendar", _calendar),
    ("/waivers/suppress", _for_now),
)
LAST: Sequence[Route] = (("/waivers/{name:path}", _one),)
"""Takes every name, so behind all other pages of waivers."""
ACTS: Sequence[Route] = (
    ("/waivers/new", _ask),
    ("/waivers/suppress", _hide),
    ("/waivers/{name}/extend", _extend),
    ("/waivers/{name}/revoke", _revoke),
)
