"""One OU for who runs it: how it stands, what is left to do, whose it is, and what it is made of."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from hubposture.access.people import People
from hubposture.filters.tree import All, Comparison, Operator
from hubposture.ports.lake import LakeReader, Snapshot
from hubposture.posture.scores import Dimension
from hubposture.verbs.overview import read_overview
from hubposture.verbs.posture import read_rows
from hubposture.verbs.ticket_rows import rows_of
from hubposture.verbs.trend import Keep
from hubposture.views.pages.units import Unit
from hubposture.views.posture_rows import ByRow
from hubposture.work.ticket import Ticket

_UNITS = "SELECT DISTINCT ou_path, ou FROM units ORDER BY ou_path, ou"
_ROOT = "/"


def unit_rows(snapshot: Snapshot) -> Sequence[ByRow]:
    """Every OU of a version in its order, each with what is below it."""
    rows, _ = read_rows(snapshot, Dimension.OU)
    return rows


def of_unit(
    reader: LakeReader,
    snapshot: Snapshot,
    path: str,
    *,
    tickets: Iterable[Ticket],
    people: People,
    zone: dt.tzinfo,
    today: dt.date,
    keep: Keep | None = None,
) -> Unit | None:
    """An OU of an open snapshot of this reader by its path, with what is below it; None where there is none.

    `tickets` are those that may have something of it; the others are left out.
    """
    ids = dict(snapshot.execute(_UNITS, {}))
    if path not in ids:
        return None
    inside = All((snapshot.within, Comparison("ou", Operator.EXACTLY, (path,))))
    with reader.snapshot(number=snapshot.number, within=inside) as inner:
        overview = read_overview(reader, inner, zone=zone, keep=keep)
        rows, _ = read_rows(inner, Dimension.ACCOUNT)
        owners, _ = read_rows(inner, Dimension.OWNER)
        found = [one for one in rows_of(tickets, inner, today=today) if one.failing]
    return Unit(
        path=path,
        id=ids[path],
        overview=overview,
        accounts=rows,
        below=[one for one in overview.units if _is_right_below(one.key, path)],
        owners=owners,
        tickets=found,
        run_by=_run_by(people, path, ids),
        above=_above(path, ids),
    )


def _is_right_below(other: str, path: str) -> bool:
    start = path if path == _ROOT else f"{path}/"
    return other != path and other.startswith(start) and "/" not in other[len(start) :]


def _above(path: str, ids: Mapping[str, str]) -> Sequence[str]:
    """The paths of the OUs that it lies in, outermost first, without the root; a name may hold a slash."""
    return sorted((one for one in ids if one != _ROOT and path.startswith(f"{one}/")), key=len)


def _run_by(people: People, path: str, ids: Mapping[str, str]) -> Sequence[str]:
    """The people and groups to whom the settings give an OU or one above it, by its path or id."""
    above = [_ROOT, *_above(path, ids), path]
    wanted = {*above, *(ids.get(one, "") for one in above)} - {""}
    return sorted(who for who, places in people.places.items() if wanted & set(places))
