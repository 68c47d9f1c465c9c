"""The overview, and the lists: findings with their files, accounts, controls, waivers, tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Query, Request
from fastapi.responses import Response

from hubposture.errors import InputErrors, Problem
from hubposture.filters import EVERYTHING, Filter
from hubposture.filters.tree import AnyOf, Comparison, Operator
from hubposture.lake.fields import FIELDS
from hubposture.lake.lists import MOST_ROWS
from hubposture.ports.lake import Snapshot
from hubposture.posture.scores import Dimension
from hubposture.verbs.posture import read_rows
from hubposture.verbs.saved_filters import LONGEST_NAME, NoSuchFilter
from hubposture.verbs.ticket_rows import rows_of, seen_tickets
from hubposture.verbs.waivers_of_version import waivers_of
from hubposture.views.pages import accounts, controls, findings, overview, tickets, waivers
from hubposture.views.pages.findings import FindingsPage, Search
from hubposture.views.pages.parts import Page
from hubposture.views.pages.sheet import of_findings
from hubposture.web.answers import answer, is_known, shown, tag_of, unchanged
from hubposture.web.desk import Desk
from hubposture.web.files import file_answer, taking_out, with_files
from hubposture.web.saved import digest_of, kept_filters, shelf_of
from hubposture.web.told import Route, page_of_now, page_of_version
from hubposture.web.visit import Visit, visiting

_ROWS, _GROUPS = 100, 500
_MOST = 50_000
"""Rows of a file."""
_FAILING: Filter = AnyOf((Comparison("status", Operator.IS, ("FAILED",)), Comparison("kind", Operator.IS, ("other",))))
"""What is listed without a filter, as on the command line: what fails, and what other products found."""
_FIELDS = [(field.name, field.meaning, field.example) for field in FIELDS.values()]

Asked = Annotated[str, Query(alias="filter", max_length=8_000)]
View = Annotated[str, Query(max_length=20)]
After = Annotated[str, Query(max_length=64)]
SavedName = Annotated[str, Query(max_length=LONGEST_NAME)]


def _overview(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        return overview.page(desk.name, desk.overview(snapshot), today=desk.today(snapshot))

    return page_of_now(request, make)


def _accounts(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        rows, _ = read_rows(snapshot, Dimension.ACCOUNT)
        return with_files(visit, accounts.page(rows, desk.overview(snapshot).posture.accounts), "/accounts")

    return page_of_version(request, make)


def _controls(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        rows, total = read_rows(snapshot, Dimension.CONTROL)
        return with_files(visit, controls.page(rows, total, desk.overview(snapshot).posture.unwanted), "/controls")

    return page_of_version(request, make)


def _waivers(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        found = waivers.page(waivers_of(snapshot, zone=desk.zone), today=desk.today(snapshot))
        return with_files(visit, found, "/waivers")

    return page_of_now(request, make)


def _tickets(request: Request) -> Response:
    def make(visit: Visit) -> Page:
        desk, snapshot = visit.desk, visit.snapshot
        found = seen_tickets(desk.store.ledger.tickets(desk.name), snapshot)
        return with_files(visit, tickets.page(rows_of(found, snapshot, today=desk.today(snapshot))), "/tickets")

    return page_of_now(request, make)


# Findings


def _findings(
    request: Request, text: Asked = "", view: View = "", after: After = "", saved: SavedName = ""
) -> Response:
    with visiting(request) as visit:
        desk, snapshot, kept = visit.desk, visit.snapshot, kept_filters(visit)
        search = _search(visit, text.strip(), saved, view == "list", [one.saved.name for one in kept])
        tag = f'{tag_of(visit)[:-1]}-{digest_of(kept)}"'
        if is_known(request, tag):
            return unchanged(tag)
        if search.problems:
            return answer(request, _text(visit, findings.wrong(search)), status=404)
        try:
            wanted = desk.parse(search.text, snapshot)
        except InputErrors as error:
            return answer(request, _text(visit, findings.wrong(replace(search, problems=error.problems))), status=400)
        found = _listed(snapshot, wanted, search, after) if search.is_list else _grouped(desk, snapshot, wanted, search)
        return answer(request, _text(visit, found), tag=tag)


def _search(visit: Visit, text: str, saved: str, is_list: bool, kept: Sequence[str]) -> Search:
    """What is asked: a text, or the filter that is saved under a name."""
    asked = Search(text, is_list, fields=_FIELDS, kept=kept)
    if text or not saved:
        return asked
    try:
        return replace(asked, text=shelf_of(visit).named(saved).text, saved=saved)
    except NoSuchFilter as error:
        return replace(asked, problems=(Problem("saved", str(error)),))


def _grouped(desk: Desk, snapshot: Snapshot, wanted: Filter, search: Search) -> FindingsPage:
    groups = snapshot.groups(wanted, limit=_GROUPS + 1)
    shown_ = [one for one in groups if one.failing] if wanted == EVERYTHING else list(groups)
    return findings.by_control(
        search, shown_[:_GROUPS], snapshot.count(wanted), at=snapshot.at, zone=desk.zone, more=len(shown_) > _GROUPS
    )


def _listed(snapshot: Snapshot, wanted: Filter, search: Search, after: str) -> FindingsPage:
    asked = _of_list(wanted)
    rows = [one.fields for one in snapshot.page(asked, limit=_ROWS + 1, after=after)]
    counts = snapshot.count(asked)
    return findings.one_by_one(search, rows[:_ROWS], counts, at=snapshot.at, more=len(rows) > _ROWS, after=after)


def _of_list(wanted: Filter) -> Filter:
    return _FAILING if wanted == EVERYTHING else wanted


def _text(visit: Visit, found: FindingsPage) -> str:
    given = {"found": found, "page": found.page, "title": found.page.title, "place": found.page.place}
    return shown("findings.html", visit.snapshot, given, organization=visit.desk.name, caller=visit.caller)


def _csv(request: Request, text: Asked = "") -> Response:
    return _file(request, text, "csv")


def _xlsx(request: Request, text: Asked = "") -> Response:
    return _file(request, text, "xlsx")


def _file(request: Request, text: str, kind: str) -> Response:
    with taking_out(request) as visit:
        desk, snapshot = visit.desk, visit.snapshot
        tag = tag_of(visit)
        if is_known(request, tag):
            return unchanged(tag)
        rows, more = _all(snapshot, _of_list(desk.parse(text.strip(), snapshot)))
        sheet = of_findings(rows, note=f"Cut after {_MOST:,} rows; a narrower filter has the rest." if more else "")
        found = file_answer(visit, sheet, "findings", kind)
    found.headers["ETag"] = tag
    return found


def _all(snapshot: Snapshot, wanted: Filter) -> tuple[Sequence[Mapping[str, Any]], bool]:
    """Every row of a list up to the longest file, and whether there are more."""
    rows: list[Mapping[str, Any]] = []
    while len(rows) <= _MOST:
        after = str(rows[-1]["subject"]) if rows else ""
        found = snapshot.page(wanted, limit=MOST_ROWS, after=after)
        rows.extend(one.fields for one in found)
        if len(found) < MOST_ROWS:
            break
    return rows[:_MOST], len(rows) > _MOST


ROUTES: Sequence[Route] = (
    ("/", _overview),
    ("/findings", _findings),
    ("/findings.csv", _csv),
    ("/findings.xlsx", _xlsx),
    ("/accounts", _accounts),
    ("/controls", _controls),
    ("/waivers", _waivers),
    ("/tickets", _tickets),
)
