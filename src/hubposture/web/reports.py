"""Reports: the kept ones, any week as a page and as files, and packs of evidence."""

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, BinaryIO

from fastapi import Query, Request
from fastapi.responses import FileResponse, RedirectResponse, Response

from hubposture.access.actions import Action
from hubposture.access.decision import NotAllowed
from hubposture.access.residual import NOTHING
from hubposture.catalog import find_standard, standard_title
from hubposture.errors import HubpostureError, InputError, InputErrors, Refusal
from hubposture.filters import EVERYTHING, All, Filter
from hubposture.ledger.ulid import Ulids
from hubposture.model.controls import Standard
from hubposture.ports.lake import NoSuchVersion
from hubposture.render.reports import written
from hubposture.verbs.evidence import CLAUSES, Wanted, check_wanted, write_pack
from hubposture.verbs.packs import Packs, made_of
from hubposture.verbs.report import Means
from hubposture.verbs.report import Wanted as Week
from hubposture.verbs.report_kept import frozen_report, sees_all, shown_report
from hubposture.verbs.report_scope import find_scope
from hubposture.views.pages import reports
from hubposture.views.pages.reports import FILES, PLACE, Kept, Shown
from hubposture.views.report.model import Of, Report, Scope
from hubposture.views.report.week import days_of, last_full, week_of
from hubposture.web.posted import Posted, done
from hubposture.web.told import Absent, Route, page_of_now, shown_page
from hubposture.web.visit import Visit, visiting
from hubposture.wiring import naive, packaged_catalog
from hubposture.wiring.evidence import evidence_means
from hubposture.wiring.report import report_means
from hubposture.wiring.surroundings import utc_now

_WRONG, _SEE_OTHER = 422, 303
_NEVER = {"Cache-Control": "no-store"}
_MEDIA: Mapping[str, str] = {
    "pdf": "application/pdf", "csv": "application/zip", "json": "application/json", "html": "text/html; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip

Kind = Annotated[str, Query(alias="of", max_length=20)]
Key = Annotated[str, Query(max_length=300)]


# --- the list --------------------------------------------------------------------------------------------------------


def _reports(request: Request) -> Response:
    return page_of_now(request, lambda visit: reports.page(_shown(visit)))


def _shown(
    visit: Visit, *, weekly: Mapping[str, str] | None = None, evidence: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> Shown:  # fmt: skip
    place = visit.place
    standards = [(one.key, standard_title(one)) for one in packaged_catalog().standards]
    return Shown(
        kept=_kept(visit), week=last_full(place.today), standards=[(CLAUSES, "Our own standard (clauses)"), *standards],
        packs=[made_of(job, size) for job, size in _packs(visit).all()] if _may_pack(visit) else None,
        weekly=weekly or {}, evidence=evidence or {}, problems=problems or {}, sees_audit=visit.may(Action.ADMINISTER),
    )  # fmt: skip


def _kept(visit: Visit) -> Sequence[Kept]:
    """The kept ones of which the caller sees everything: what was frozen was made of all of it."""
    found = visit.desk.store.ledger.frozen_reports(visit.desk.name)
    seen = _visible(visit, Action.VIEW)
    places = {(one.of, one.key) for one in found}
    allowed = {place for place in places if sees_all(visit.desk.store.reader, _scope(*place), seen)}
    return [
        Kept(one.week, one.of, one.key, one.frozen_at, one.version) for one in found if (one.of, one.key) in allowed
    ]


def _scope(of: str, key: str) -> Scope:
    return Scope(Of(of), key, key)


def _visible(visit: Visit, action: Action) -> Filter:
    """What the caller may do this to. Raises NotAllowed where that is nothing."""
    if not visit.caller.may_use(action):
        raise NotAllowed(f"this token is not for {action}")
    if visit.rules is None:
        return EVERYTHING
    found = visit.rules.visible(visit.caller.person, action)
    if found == NOTHING:
        raise NotAllowed(f"{visit.caller.name} may not {action} anything here")
    seen = visit.snapshot.within
    return found if seen in (EVERYTHING, found) else seen if found == EVERYTHING else All((found, seen))


# --- one week --------------------------------------------------------------------------------------------------------


def _week(request: Request, week: str, of: Kind = "organization", key: Key = "") -> Response:
    with visiting(request) as visit:
        means = _means(visit, Action.VIEW)
        report = shown_report(means, visit.desk.store.ledger, _wanted(week, of, key))
        may_export = _may_export(visit)
        is_over = days_of(report.week)[1] < means.today
        may_freeze = may_export and report.frozen_at is None and is_over and _sees(visit, report.scope)
        page = reports.report_page(report, may_export=may_export, may_freeze=may_freeze)
        return shown_page(request, visit, page)


def _means(visit: Visit, action: Action) -> Means:
    return report_means(visit.place, visit.desk.store, visible=_visible(visit, action))


def _may_export(visit: Visit) -> bool:
    try:
        _visible(visit, Action.EXPORT)
    except NotAllowed:
        return False
    return True


def _sees(visit: Visit, scope: Scope) -> bool:
    return sees_all(visit.desk.store.reader, scope, _visible(visit, Action.EXPORT))


def _wanted(week: str, of: str, key: str) -> Week:
    begin, _ = days_of(week)
    asked = key.strip()
    if of not in tuple(Of):
        raise InputError(f"of: {of[:30]} is none of {', '.join(Of)}")
    if of != Of.ORGANIZATION and not asked:
        raise InputError(f"key: say which {of}")
    name = {Of.OU: "ou", Of.ACCOUNT: "account", Of.OWNER: "owner"}.get(Of(of))
    return Week(week_of(begin), **({name: asked} if name else {}))


def _file(request: Request, week: str, kind: str, of: Kind = "organization", key: Key = "") -> Response:
    if kind not in FILES:
        raise Absent(f"There is no report as {kind[:20]}.")
    with visiting(request) as visit:
        report = shown_report(_means(visit, Action.EXPORT), visit.desk.store.ledger, _wanted(week, of, key))
    content = written(report, kind)
    end = "zip" if kind == "csv" else kind
    name = _safe(f"{report.organization}-{report.week}-{report.scope.key or report.scope.of.value}.{end}")
    headers = {"Content-Disposition": f'attachment; filename="{name}"', **_NEVER}
    return Response(content, media_type=_MEDIA[kind], headers=headers)


def _safe(name: str) -> str:
    return "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in name)[:120]


def _make(request: Request, fields: Posted) -> Response:
    """A week is shown, or frozen."""
    given = {name: fields.get(name, "")[:300] for name in reports.WEEKLY}
    with visiting(request) as visit:
        try:
            wanted = _wanted(given["week"], given["of"] or "organization", given["key"])
            where = reports.address(wanted.week, given["of"] or "organization", given["key"].strip())
            if fields.get("do") != "freeze":
                return RedirectResponse(where, status_code=_SEE_OTHER)
            found, is_new = frozen_report(_means(visit, Action.EXPORT), visit.desk.store.ledger, wanted)
        except (InputError, Refusal) as error:
            problems = {_field_of(error): str(error)}
            return shown_page(
                request, visit, reports.page(_shown(visit, weekly=given, problems=problems)), status=_WRONG
            )
        return done(
            visit.caller,
            _where(found),
            f"{found.week} of {found.name} {'is' if is_new else 'was'} kept; it never changes now.",
        )


def _where(found: Report) -> str:
    return reports.address(found.week, found.scope.of.value, found.scope.key)


def _field_of(error: HubpostureError) -> str:
    if isinstance(error, NoSuchVersion):
        return "week"
    head = str(error).partition(":")[0].removeprefix("--").partition(" ")[0]
    return {"week": "week", "of": "of", "key": "key", "ou": "key", "account": "key", "owner": "key"}.get(head, "")


# --- evidence --------------------------------------------------------------------------------------------------------


def _may_pack(visit: Visit) -> bool:
    """Whoever may take out everything: a pack names who did what, everywhere."""
    return visit.may(Action.EXPORT) and _may_export(visit) and _visible(visit, Action.EXPORT) == EVERYTHING


def _packs(visit: Visit) -> Packs:
    directory = visit.place.repository.root / ".hubposture" / "packs" / _safe(visit.desk.name)
    now = visit.place.surroundings.now
    return Packs(directory, now=lambda: naive(now()), new_id=Ulids(utc_now, os.urandom))


def _evidence(request: Request, fields: Posted) -> Response:
    given = {name: fields.get(name, "")[:300] for name in reports.EVIDENCE}
    with visiting(request) as visit:
        if not _may_pack(visit):
            raise NotAllowed("packs of evidence are for those who may export everything in the organization")
        wanted, problems = _wanted_pack(visit, given)
        if wanted is not None and not problems:
            try:
                _packs(visit).begin(visit.caller.name, _title(wanted), _maker(visit, wanted))
            except Refusal as error:
                problems = {"evidence": str(error)}
            else:
                return done(visit.caller, PLACE, "The pack is being made. Load this page again in a while.")
        page = reports.page(_shown(visit, evidence=given, problems=problems))
        return shown_page(request, visit, page, status=_WRONG)


def _maker(visit: Visit, wanted: Wanted) -> Callable[[BinaryIO], str]:
    """Makes it when this request is over: by the service's own time, reading whatever is newest then."""
    means = evidence_means(visit.place, visit.desk.store)
    return partial(write_pack, means, wanted)


def _wanted_pack(visit: Visit, given: Mapping[str, str]) -> tuple[Wanted | None, dict[str, str]]:
    problems: dict[str, str] = {}
    standard: Standard | None = None
    if given["standard"] != CLAUSES:
        standard = find_standard(given["standard"])
        if standard is None:
            problems["standard"] = "choose one of the list"
    days = {name: _day(given[name]) for name in ("from", "to")}
    problems |= {name: "give a day like 2026-07-01" for name, day in days.items() if day is None}
    begin, end, ou = days["from"], days["to"], given["ou"].strip()
    if begin is None or end is None or problems:
        return None, problems
    wanted = Wanted(standard, begin, end, ou or None, None, given["every"] if given["every"] in ("day", "week") else "")
    try:
        check_wanted(wanted, visit.place.surroundings.now().date())
        if ou:
            find_scope(visit.snapshot, ou=ou)
    except InputErrors as error:
        problems["evidence"] = str(error)
    except InputError as error:
        name = str(error).partition(":")[0].removeprefix("--").partition(" ")[0]
        problems[name if name in given else "evidence"] = str(error)
    return wanted, problems


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _title(wanted: Wanted) -> str:
    name = standard_title(wanted.standard) if wanted.standard else "our own standard"
    return f"{name}, {wanted.begin} to {wanted.end}{f', OU {wanted.ou}' if wanted.ou else ''}"


def _pack(request: Request, name: str) -> Response:
    with visiting(request) as visit:
        if not _may_pack(visit):
            raise NotAllowed("packs of evidence are for those who may export everything in the organization")
        found = _packs(visit).path(name)
    if found is None:
        raise Absent("There is no such pack, or it is no longer kept; packs go after a day.")
    job, path = found
    return FileResponse(path, media_type="application/zip", filename=_safe(f"evidence-{job.title}.zip"), headers=_NEVER)


ROUTES: Sequence[Route] = (
    (PLACE, _reports),
    (f"{PLACE}/evidence/{{name}}.zip", _pack),
    (f"{PLACE}/{{week}}/report.{{kind}}", _file),
    (f"{PLACE}/{{week}}", _week),
)
ACTS: Sequence[Route] = ((PLACE, _make), (f"{PLACE}/evidence", _evidence))
