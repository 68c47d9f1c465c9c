"""Lists as files: of what the caller may take out of hubposture, and of nothing else."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from fastapi import Request
from fastapi.responses import Response

from hubposture.access.actions import Action
from hubposture.access.residual import NOTHING
from hubposture.filters.simplify import simplify
from hubposture.filters.tree import EVERYTHING, All
from hubposture.posture.scores import Dimension
from hubposture.render import csv, xlsx
from hubposture.verbs.posture import read_rows
from hubposture.verbs.ticket_rows import rows_of, seen_tickets
from hubposture.verbs.waivers_of_version import waivers_of
from hubposture.views.pages import sheets
from hubposture.views.pages.parts import Link, Links, Page
from hubposture.views.pages.sheet import Sheet
from hubposture.web.told import Route
from hubposture.web.visit import Visit, visiting

_KINDS: Mapping[str, tuple[Callable[[Sheet], bytes], str]] = {
    "csv": (csv.render, "text/csv; charset=utf-8"),
    "xlsx": (xlsx.render, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
}
Make = Callable[[Visit], Sheet]


@contextmanager
def taking_out(request: Request) -> Iterator[Visit]:
    """The newest version with only what the caller may both see and take out. Raises NotAllowed where that is nothing."""
    with visiting(request) as visit:
        if visit.rules is None:
            yield visit
            return
        may = visit.rules.visible(visit.caller.person, Action.EXPORT)
        if may == NOTHING or not visit.caller.may_use(Action.EXPORT):
            visit.demand(Action.EXPORT)
        if may == EVERYTHING:
            yield visit
            return
        within = simplify(All((visit.snapshot.within, may)))
        with visit.desk.store.reader.snapshot(number=visit.snapshot.number, within=within) as part:
            yield replace(visit, snapshot=part)


def file_answer(visit: Visit, sheet: Sheet, name: str, kind: str) -> Response:
    """A sheet as a file that browsers keep under a name of ours."""
    render, media = _KINDS[kind]
    full = f"{name}-{visit.desk.name}-v{visit.snapshot.number}.{kind}"
    safe = "".join(sign if sign.isascii() and (sign.isalnum() or sign in "-_.") else "_" for sign in full)
    return Response(render(sheet), media_type=media, headers={"Content-Disposition": f'attachment; filename="{safe}"'})


def with_files(visit: Visit, page: Page, path: str) -> Page:
    """A page of a list with links to its files, for those who may have them."""
    if not _may_take_out(visit):
        return page
    links = (Link("CSV", f"{path}.csv"), Link("Excel", f"{path}.xlsx"))
    return replace(page, parts=[*page.parts, Links("As a file", links)])


def _may_take_out(visit: Visit) -> bool:
    if not visit.caller.may_use(Action.EXPORT):
        return False
    return visit.rules is None or visit.rules.visible(visit.caller.person, Action.EXPORT) != NOTHING


def _file(name: str, kind: str, make: Make, request: Request) -> Response:
    with taking_out(request) as visit:
        return file_answer(visit, make(visit), name, kind)


def _accounts(visit: Visit) -> Sheet:
    return sheets.of_accounts(read_rows(visit.snapshot, Dimension.ACCOUNT)[0])


def _units(visit: Visit) -> Sheet:
    return sheets.of_units(read_rows(visit.snapshot, Dimension.OU)[0])


def _controls(visit: Visit) -> Sheet:
    return sheets.of_controls(read_rows(visit.snapshot, Dimension.CONTROL)[0])


def _waivers(visit: Visit) -> Sheet:
    return sheets.of_waivers(waivers_of(visit.snapshot, zone=visit.desk.zone))


def _tickets(visit: Visit) -> Sheet:
    desk, snapshot = visit.desk, visit.snapshot
    found = seen_tickets(desk.store.ledger.tickets(desk.name), snapshot)
    return sheets.of_tickets(rows_of(found, snapshot, today=desk.today(snapshot)))


_SHEETS: Mapping[str, Make] = {
    "accounts": _accounts, "ous": _units, "controls": _controls, "waivers": _waivers, "tickets": _tickets,
}  # fmt: skip
ROUTES: Sequence[Route] = tuple(
    (f"/{name}.{kind}", partial(_file, name, kind, make)) for name, make in _SHEETS.items() for kind in _KINDS
)
