"""Intended changes and their results: the outbox that makes a crash visible."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hubposture.errors import Refusal
from hubposture.ledger.audit import append
from hubposture.ledger.columns import clean, dump, frozen
from hubposture.ledger.engine import reading, writing
from hubposture.ledger.part import Part, text_rows
from hubposture.ledger.runs import find_run
from hubposture.ledger.schema import CHANGES
from hubposture.model.targets import Target
from hubposture.ports.ledger import AlreadyRecorded, Entry, Intent, IntentState, UnknownIntent
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.chunks import chunks
from hubposture.reconcile.outcome import Outcome, Result

_PAGE = 5000
_OPEN = (IntentState.INTENDED, IntentState.SENT)
_NAMES = (CHANGES.c.organization, CHANGES.c.account, CHANGES.c.region, CHANGES.c.kind, CHANGES.c.key)
_Key = tuple[str, str, str, str, tuple[str, ...]]
_ROW = ("run", *(column.name for column in _NAMES))
_UPDATE = update(CHANGES).where(*(CHANGES.c[name] == bindparam(f"b_{name}") for name in _ROW))
_SENT = _UPDATE.values(state=IntentState.SENT.value, sent=bindparam("b_now"))
_RECORD = _UPDATE.values(state=bindparam("b_state"), detail=bindparam("b_detail"), ended=bindparam("b_now"))


class Changes(Part):
    """Writing down changes before they are sent, and what became of them."""

    def intend(self, run: str, changes: Iterable[Change]) -> int:
        """See `ports.ledger`."""
        now = self._now()
        with writing(self._engine) as connection:
            find_run(connection, run)
            before = _last_number(connection, run)
            number = before
            for chunk in chunks(changes, _PAGE):
                rows = [_row(run, number + place, change, now) for place, change in enumerate(chunk, start=1)]
                _insert(connection, run, rows)
                number += len(rows)
        return number - before

    def sent(self, run: str, changes: Iterable[Change]) -> None:
        """See `ports.ledger`."""
        now = self._now()
        with writing(self._engine) as connection:
            for some in chunks(changes, _PAGE):
                states = _states(connection, run, some)
                fresh = [change for change in some if _open_state(states, run, change) is IntentState.INTENDED]
                if fresh:
                    connection.execute(_SENT, [{**_names(run, change), "b_now": now} for change in fresh])

    def record(self, run: str, results: Iterable[Result]) -> None:
        """See `ports.ledger`."""
        now = self._now()
        with writing(self._engine) as connection:
            who = find_run(connection, run).who
            entries: list[Entry] = []
            for some in chunks(results, _PAGE):
                states = _states(connection, run, [result.change for result in some])
                states |= _intend_skipped(connection, run, [one for one in some if _is_unsent(states, one)], now)
                news = _news(states, run, some)
                if news:
                    connection.execute(_RECORD, [_outcome(run, result, now) for result in news])
                entries.extend(_entry(who, run, result) for result in news if result.outcome is not Outcome.SKIPPED)
            if entries:
                # Last: all writers wait for one another here, so hold the trail for as short a time as can be.
                append(connection, entries, at=now)

    def intents(self, run: str, *, states: Sequence[IntentState] | None = None) -> Iterator[Intent]:
        """See `ports.ledger`."""
        wanted = [state.value for state in (IntentState if states is None else states)]
        after = 0
        while True:
            query = (
                select(CHANGES)
                .where(CHANGES.c.run == run, CHANGES.c.number > after, CHANGES.c.state.in_(wanted))
                .order_by(CHANGES.c.number)
                .limit(_PAGE)
            )
            with reading(self._engine) as connection:
                rows = connection.execute(query).all()
            if not rows:
                return
            yield from (intent_of(row) for row in rows)
            after = rows[-1].number

    def unfinished(self, run: str | None = None, *, kinds: Collection[str] | None = None) -> tuple[Intent, ...]:
        """See `ports.ledger`."""
        query = select(CHANGES).where(CHANGES.c.state.in_([state.value for state in _OPEN]))
        if run is not None:
            query = query.where(CHANGES.c.run == run)
        if kinds is not None:
            query = query.where(CHANGES.c.kind.in_(sorted(kinds)))
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(CHANGES.c.run, CHANGES.c.number)).all()
        return tuple(intent_of(row) for row in rows)


def _insert(connection: Connection, run: str, rows: list[dict[str, object]]) -> None:
    try:
        connection.execute(insert(CHANGES), rows)
    except IntegrityError as error:
        raise Refusal(
            f"run {run}: a change is intended twice, which would send it twice; nothing was written down "
            "(begin a new run to try again)"
        ) from error


def _last_number(connection: Connection, run: str) -> int:
    number = connection.execute(select(func.max(CHANGES.c.number)).where(CHANGES.c.run == run)).scalar()
    return 0 if number is None else int(number)


def _intend_skipped(
    connection: Connection, run: str, skipped: Sequence[Result], now: datetime
) -> dict[_Key, IntentState]:
    """Write down changes that were given up before they were intended, so that every planned change is in the run."""
    if not skipped:
        return {}
    changes = {_key(result.change): result.change for result in skipped}
    before = _last_number(connection, run)
    rows = [_row(run, number, change, now) for number, change in enumerate(changes.values(), start=before + 1)]
    _insert(connection, run, rows)
    return dict.fromkeys(changes, IntentState.INTENDED)


def _states(connection: Connection, run: str, changes: Iterable[Change]) -> dict[_Key, IntentState]:
    """The states of those of these changes that the run intended."""
    asked = text_rows(connection, _ROW[1:], ((*_key(change)[:-1], dump(change.edit.key)) for change in changes))
    is_asked = and_(CHANGES.c.run == run, *(column == asked.c[column.name] for column in _NAMES))
    # An outer join, for it begins with what was asked: SQLite would begin with all of the run.
    query = select(*_NAMES, CHANGES.c.state).select_from(asked.outerjoin(CHANGES, is_asked))
    return {tuple(row[:-1]): IntentState(row.state) for row in connection.execute(query) if row.state is not None}


def _key(change: Change) -> _Key:
    """What names a change within its run, in the order of `_NAMES`."""
    place, edit = change.place, change.edit
    return clean(place.organization), clean(place.account), clean(place.region), clean(edit.kind), edit.key


def _is_unsent(states: Mapping[_Key, IntentState], result: Result) -> bool:
    """Whether it was given up before it was even intended; it needs no intent, for nothing was sent."""
    return result.outcome is Outcome.SKIPPED and _key(result.change) not in states


def _state(states: Mapping[_Key, IntentState], run: str, change: Change) -> IntentState:
    state = states.get(_key(change))
    if state is None:
        raise UnknownIntent(f"run {run} never intended this change, so it must not be made: {change}")
    return state


def _open_state(states: Mapping[_Key, IntentState], run: str, change: Change) -> IntentState:
    state = _state(states, run, change)
    if state.is_final:
        raise AlreadyRecorded(f"run {run}: {change} is already recorded as {state}; a new run may make it again")
    return state


def _news(states: dict[_Key, IntentState], run: str, results: Sequence[Result]) -> list[Result]:
    """The results that are not recorded yet; the same again is no news, another one is an error."""
    news = []
    for result in results:
        state = _state(states, run, result.change)
        wanted = IntentState(result.outcome.value)
        if state.is_final and state is not wanted:
            raise AlreadyRecorded(f"run {run}: {result.change} is recorded as {state} and cannot become {wanted}")
        if not state.is_final:
            news.append(result)
            states[_key(result.change)] = wanted
    return news


def _names(run: str, change: Change) -> dict[str, object]:
    place, edit = change.place, change.edit
    return {
        "b_run": run,
        "b_organization": place.organization,
        "b_account": place.account,
        "b_region": place.region,
        "b_kind": edit.kind,
        "b_key": edit.key,
    }


def _outcome(run: str, result: Result, now: datetime) -> dict[str, object]:
    said = {"b_state": result.outcome.value, "b_detail": result.detail, "b_now": now}
    return {**_names(run, result.change), **said}


def _row(run: str, number: int, change: Change, now: datetime) -> dict[str, object]:
    place, edit = change.place, change.edit
    return {
        "run": run,
        "organization": place.organization,
        "account": place.account,
        "region": place.region,
        "kind": edit.kind,
        "key": edit.key,
        "number": number,
        "stage": edit.stage,
        "current": edit.current,
        "desired": edit.desired,
        "reason": edit.reason,
        "source": edit.source,
        "weight": edit.weight,
        "because": edit.because,
        "state": IntentState.INTENDED.value,
        "detail": "",
        "intended": now,
    }


def intent_of(row: Row[Any]) -> Intent:
    """A row of CHANGES as it is for the verbs."""
    edit = Edit(
        stage=row.stage,
        kind=row.kind,
        key=frozen(row.key),
        current=row.current,
        desired=row.desired,
        reason=row.reason,
        source=row.source,
        weight=row.weight,
        because=row.because,
    )
    change = Change(Target(row.organization, row.account, row.region), edit)
    return Intent(
        run=row.run,
        change=change,
        state=IntentState(row.state),
        detail=row.detail,
        intended=row.intended,
        sent=row.sent,
        ended=row.ended,
    )


def _entry(who: str, run: str, result: Result) -> Entry:
    change = result.change
    edit = change.edit
    what = f"{edit.kind} {' '.join(edit.key)} in {change.place} of {change.place.organization}: {result.outcome}"
    why = f"{edit.reason} ({edit.source})" if edit.source else edit.reason
    return Entry(
        who=who,
        what=f"{what}: {result.detail}" if result.detail else what,
        before=edit.current,
        after=edit.desired,
        why=why,
        run=run,
    )
