"""What becomes an obligation soon: rows whose Enforce from lies ahead, and who fails them now."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hubposture.catalog import Catalog
from hubposture.errors import InputError
from hubposture.matrix.resolve import Resolution
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId, Disposition
from hubposture.model.targets import Target
from hubposture.ports.lake import Snapshot
from hubposture.verbs.news_sql import COMING, TITLES
from hubposture.work.news import Coming


@dataclass(frozen=True, slots=True)
class Begin:
    """A control that is enforced at one target from a day on, and counted from another."""

    account: str
    region: str
    control: str
    begins: dt.date
    counts_from: dt.date


def is_something_coming(matrix: Matrix, *, today: dt.date, days: int) -> bool:
    """Whether any row's Enforce from lies so few days ahead: only then it is worth asking where it holds."""
    return any(_is_ahead(row.enforce_from, today, days) for row in matrix.controls)


def beginnings(
    resolution: Resolution,
    *,
    today: dt.date,
    days: int,
    grace_days: int,
    is_observed: Callable[[Target], bool] = lambda _: False,
) -> Sequence[Begin]:
    """What begins within so many days at every target, by the decisions that hold there; sorted."""
    by_signature: dict[int, Mapping[str, dt.date]] = {}
    found: list[Begin] = []
    for target in resolution.targets:
        try:
            signature = resolution.signature(target)
        except InputError:
            continue  # an account that left since: nothing begins for it
        if signature not in by_signature:
            by_signature[signature] = _ahead(resolution, signature, today, days)
        starts = by_signature[signature]
        if starts and not is_observed(target):
            found += [
                Begin(target.account, target.region, control, begins, begins + dt.timedelta(days=grace_days))
                for control, begins in starts.items()
            ]
    return found


def _ahead(resolution: Resolution, signature: int, today: dt.date, days: int) -> Mapping[str, dt.date]:
    return {
        str(control): decision.enforce_from
        for control, decision in resolution.decisions(signature).items()
        if decision.disposition is Disposition.ENFORCE
        and decision.enforce_from is not None
        and _is_ahead(decision.enforce_from, today, days)
    }


def _is_ahead(begins: dt.date | None, today: dt.date, days: int) -> bool:
    return begins is not None and 0 < (begins - today).days <= days


def coming(snapshot: Snapshot, begun: Iterable[Begin], catalog: Catalog) -> Iterator[Coming]:
    """Who fails what begins, by team, control and day; `Snapshot.owned` was asked before."""
    starts = {(one.account, one.region, one.control): one for one in begun}
    places: dict[tuple[str, str, dt.date], dict[str, int]] = {}
    known: dict[tuple[str, str, dt.date], tuple[Begin, str]] = {}
    for owner, account, shown, region, control, severity, number in snapshot.execute(COMING, {}):
        begin = starts.get((account, region, control))
        if begin is not None:
            key = (owner, control, begin.begins)
            there = places.setdefault(key, {})
            there[shown] = there.get(shown, 0) + number
            known[key] = (begin, severity)
    titles = {row[0]: row[1:] for row in snapshot.execute(TITLES, {})} if places else {}
    for key in sorted(places):
        team, control, begins = key
        begin, severity = known[key]
        shown, title, url = titles.get(control, (catalog.shown(ControlId(control)), "", ""))
        yield Coming(
            team=team,
            control=control,
            shown=shown,
            title=title,
            severity=severity,
            begins=begins,
            counts_from=begin.counts_from,
            url=url,
            places=tuple(sorted(places[key].items())),
        )
