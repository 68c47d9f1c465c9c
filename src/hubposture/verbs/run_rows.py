"""Runs that apply, and one of them with its changes, as far as somebody may see the accounts."""

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from hubposture.controls.ground import shown as shown_value
from hubposture.ports.ledger import Intent, IntentState, Ledger, Run, UnknownRun
from hubposture.ports.run_changes import ChangeCount, RunChanges
from hubposture.views.pages.runs import PAGE, ChangeRow, OneRun, RunRow

VERBS = ("apply", "apply without writing", "run")
_RESULTS = ("applied", "failed", "skipped")
_MOST = 500


class BothLedgers(Ledger, RunChanges, Protocol):
    """What is asked of the ledger."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose changes are shown: of one organization, in these accounts (None for all), by what accounts are called."""

    organization: str
    accounts: Collection[str] | None
    names: Mapping[str, str]


def run_rows(ledger: BothLedgers, sight: Sight, *, limit: int = 100) -> Sequence[RunRow]:
    """The newest runs that apply, counted over what is in sight."""
    found = [one for verb in VERBS for one in ledger.runs(verb=verb, limit=limit)]
    mine = sorted((one for one in found if _is_mine(one, sight)), key=lambda one: one.id, reverse=True)[:limit]
    counts = _counts(ledger.change_counts([one.id for one in mine]), sight)
    return [_row(one, counts.get(one.id, Counter()), sight) for one in mine]


def one_run(ledger: BothLedgers, sight: Sight, name: str, *, state: str = "", offset: int = 0) -> OneRun | None:
    """A run with its changes from `offset` on, of one state or ('') all; None where there is none."""
    try:
        run = ledger.run(name)
    except UnknownRun:
        return None
    if not _is_mine(run, sight) or run.verb not in VERBS:
        return None
    states = [IntentState(state)] if state in list(IntentState) else []
    asked = {"organization": sight.organization, "accounts": sight.accounts}
    page = ledger.change_page(name, **asked, states=states, limit=PAGE + 1, offset=offset)  # type: ignore[arg-type]
    failed = ledger.change_page(name, **asked, states=[IntentState.FAILED], limit=_MOST)  # type: ignore[arg-type]
    counts = _counts(ledger.change_counts([name]), sight).get(name, Counter())
    failures = [(one.where, one.what) for one in run.failures] if sight.accounts is None else []
    return OneRun(
        row=_row(run, counts, sight),
        failures=failures or list(_failures(failed, sight)),
        changes=[_change(one, sight) for one in page[:PAGE]],
        state=states[0].value if states else "",
        offset=offset,
        has_more=len(page) > PAGE,
        is_part=sight.accounts is not None,
    )


def _is_mine(run: Run, sight: Sight) -> bool:
    return run.organization in (sight.organization, "")


def _counts(found: Iterable[ChangeCount], sight: Sight) -> Mapping[str, Counter[IntentState]]:
    made: dict[str, Counter[IntentState]] = {}
    for one in found:
        if one.organization == sight.organization and (sight.accounts is None or one.account in sight.accounts):
            made.setdefault(one.run, Counter())[one.state] += one.number
    return made


def _row(run: Run, counts: Counter[IntentState], sight: Sight) -> RunRow:
    """With the run's own figures where all is in sight and it is over: they count what needed no intent as well."""
    is_whole = sight.accounts is None and all(name in run.counts for name in _RESULTS)
    figures = [run.counts[name] if is_whole else counts[IntentState(name)] for name in _RESULTS]
    applied, failed, skipped = figures
    left = counts[IntentState.INTENDED] + counts[IntentState.SENT]
    return RunRow(
        id=run.id, verb=run.verb, who=run.who, commit=run.commit, started=_naive(run.started),
        ended=_naive(run.ended) if run.ended is not None else None, status=str(run.status),
        applied=applied, failed=failed, skipped=skipped, open=left,
    )  # fmt: skip


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)


def _failures(found: Iterable[Intent], sight: Sight) -> Iterable[tuple[str, str]]:
    for one in found:
        place = one.change.place
        yield (
            f"{_name(place.account, sight)} {place.region} {' '.join(one.change.edit.key)}",
            one.detail or "no reason was given",
        )


def _name(account: str, sight: Sight) -> str:
    return sight.names.get(account) or account


def _change(one: Intent, sight: Sight) -> ChangeRow:
    place, edit = one.change.place, one.change.edit
    return ChangeRow(
        account=place.account, shown=_name(place.account, sight), region=place.region,
        what=f"{edit.kind} {' '.join(edit.key)}", before=shown_value(edit.current), after=shown_value(edit.desired),
        state=str(one.state), why=one.detail or edit.reason, source=edit.source,
    )  # fmt: skip
