"""The audit trail: a page and its copies, for who runs hubposture itself."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response, StreamingResponse

from hubposture.access.actions import Action
from hubposture.errors import InputErrors
from hubposture.ports.ledger import Sought
from hubposture.render import csv
from hubposture.verbs import audit as verb
from hubposture.views.pages import audit
from hubposture.views.pages.audit import FIELDS, Shown
from hubposture.web.told import Route, shown_page
from hubposture.web.visit import Visit, visiting

_ROWS = 100
_BAD = 422
_NEVER = {"Cache-Control": "no-store"}

Number = Annotated[int, Query(ge=0, lt=1 << 62)]
Check = Annotated[str, Query(max_length=5)]


def _page(request: Request, before: Number = 0, check: Check = "") -> Response:
    given = _given(request)
    with visiting(request) as visit:
        visit.demand(Action.ADMINISTER)
        ledger = visit.desk.store.ledger
        head = ledger.head()
        try:
            found, more = verb.newest(ledger, verb.sought_of(given), limit=_ROWS, before=before or None)
        except InputErrors as error:
            wrong = Shown(given, (), more=False, seq=head.seq, digest=head.digest, problems=error.problems)
            return shown_page(request, visit, audit.page(wrong), status=_BAD)
        checked = verb.checked(ledger) if check else None
        shown = Shown(given, found, more=more, seq=head.seq, digest=head.digest, checked=checked)
        return shown_page(request, visit, audit.page(shown))


def _ndjson(request: Request) -> Response:
    with visiting(request) as visit:
        sought = _asked(request, visit)
        lines = (f"{line}\n".encode("ascii") for line in verb.copied(visit.desk.store.ledger, sought))
        return _file(lines, visit, "ndjson", "application/x-ndjson")


def _csv(request: Request) -> Response:
    with visiting(request) as visit:
        sought = _asked(request, visit)
        ledger = visit.desk.store.ledger
        records = verb.up_to(ledger.trail(sought=sought), ledger.head())
        return _file(csv.lines(verb.COLUMNS, map(verb.cells, records)), visit, "csv", "text/csv; charset=utf-8")


def _asked(request: Request, visit: Visit) -> Sought:
    visit.demand(Action.ADMINISTER)
    return verb.sought_of(_given(request))


def _file(lines: Iterator[bytes], visit: Visit, kind: str, media: str) -> Response:
    """A file of any length, sent as it is read: the ledger is asked in pages, and no version of the lake is held."""
    name = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in visit.desk.name)
    headers = {"Content-Disposition": f'attachment; filename="audit-{name}.{kind}"', **_NEVER}
    return StreamingResponse(lines, media_type=media, headers=headers)


def _given(request: Request) -> Mapping[str, str]:
    return {name: request.query_params.get(name, "")[:200] for name, _, _ in FIELDS}


ROUTES: Sequence[Route] = (("/audit", _page), ("/audit.ndjson", _ndjson), ("/audit.csv", _csv))
