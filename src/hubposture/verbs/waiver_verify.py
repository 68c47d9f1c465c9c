"""Verify: what was written to findings counts as done when it is seen, by an event, a sweep or a check by id."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding, subject_key
from hubposture.ports.findings import FindingsReader
from hubposture.ports.lake import LakeReader, LakeWriter
from hubposture.ports.ledger import Failure, Intent, IntentState, Ledger, RunStatus
from hubposture.ports.waivers import WaiverLedger
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.waivers.decision import Circumstances, Mark
from hubposture.waivers.note import SET_SUPPRESSED, hash_of
from hubposture.waivers.plan import KINDS
from hubposture.waivers.stamp import Stamp, stamp_of

CHECKED = 2_000
"""Findings that are asked for by id in one go: a hundred calls. What is more waits for events and the sweep."""
LAG = Circumstances("", dt.datetime.min).lag  # noqa: DTZ901 - only its default is wanted
"""How long reads may still show the old values."""
ABANDONED = dt.timedelta(hours=26)
"""When what was written and never seen is given up: by then a sweep and every check have passed."""

_Key = tuple[str, str]

_STATE = """
SELECT finding, workflow, note, note_by, user_fields, observed_at
FROM findings
WHERE finding IN (SELECT unnest($findings))
"""


@dataclass(frozen=True)
class Means:
    """What verifying needs; without `reader` only what events and sweeps brought is looked at. `now` is naive UTC."""

    organization: str
    instance: str
    lake: LakeReader
    writer: LakeWriter
    marks: WaiverLedger
    ledger: Ledger
    now: Callable[[], dt.datetime]
    reader: FindingsReader | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """How many findings were seen as written, how many are waited for, how many show something else after the lag.

    `astray` are the last ones and those waited for too long, by finding, and whether each is suppressed by us all the same.
    """

    seen: int = 0
    waiting: int = 0
    lost: int = 0
    failures: tuple[Failure, ...] = ()
    astray: Mapping[str, bool] = field(default_factory=dict)


def verify(means: Means) -> Verified:
    """Look at every finding that was written to and not seen yet; record what came of the intents behind them.

    Asks for at most `CHECKED` of them by id and folds what comes, so the lake knows it too. Raises nothing remote.
    """
    marks = means.marks.marks(means.organization)
    unseen = {key: one for key, one in marks.items() if one.seen_at is None}
    checked, failures = _check(means, unseen) if unseen else ({}, ())
    states = _states(means, unseen, checked) if unseen else {}
    seen = {key: means.now() for key, mark in unseen.items() if key in states and states[key].shows == mark.wanted}
    if seen:
        means.marks.seen_marks(means.organization, seen)
    lost = {
        key
        for key, mark in unseen.items()
        if key not in seen and key in states and states[key].observed_at > mark.written_at + LAG
    }
    waiting = unseen.keys() - seen.keys() - lost
    too_long = {key for key in waiting if means.now() - marks[key].written_at > ABANDONED}
    _age_unsent(means, marks)
    _record(
        means,
        pending={(marks[key].run, marks[key].subject) for key in waiting},
        failed={(marks[key].run, marks[key].subject) for key in lost},
        done={(one.run, one.subject) for key, one in marks.items() if one.seen_at is not None or key in seen},
    )
    astray = {key: key in states and states[key].is_ours for key in lost | too_long}
    return Verified(len(seen), len(waiting), len(lost), failures, astray)


def _check(means: Means, unseen: Mapping[str, Mark]) -> tuple[dict[str, dt.datetime], tuple[Failure, ...]]:
    """Ask for findings by id, the ones written first first, and fold them; gives when each was looked at.

    The lake keeps no time of a look that brought no news.
    """
    if means.reader is None:
        return {}, ()
    chosen = sorted(unseen.values(), key=lambda one: (one.written_at, one.finding))[:CHECKED]
    found: list[Finding] = []
    checked: dict[str, dt.datetime] = {}
    failures: tuple[Failure, ...] = ()
    try:
        for page in means.reader.check([(one.product, one.id) for one in chosen]):
            found += page.findings
            checked |= {one.finding: page.observed_at for one in page.findings}
    except RemoteError as error:
        failures = (Failure("checks of what was written", str(error)),)
    if found:
        means.writer.fold(found)
    return checked, failures


class _State(NamedTuple):
    """What a finding shows in the lake (its hash), since when that is known, and whether it is suppressed by us."""

    shows: str
    observed_at: dt.datetime
    is_ours: bool


def _states(means: Means, unseen: Mapping[str, Mark], checked: Mapping[str, dt.datetime]) -> dict[str, _State]:
    with means.lake.snapshot() as snapshot:
        rows = snapshot.execute(_STATE, {"findings": tuple(sorted(unseen))})
    return {
        finding: _State(
            hash_of(workflow, note, note_by, user_fields),
            max(observed_at, checked.get(finding, observed_at)),
            workflow == SET_SUPPRESSED and _is_ours(stamp_of(user_fields), means.instance),
        )
        for finding, workflow, note, note_by, user_fields, observed_at in rows
    }


def _is_ours(mark: Stamp, instance: str) -> bool:
    return mark.stands and mark.instance == instance


def _age_unsent(means: Means, marks: Mapping[str, Mark]) -> None:
    """Marks of what was never sent lose their freshness, so that nobody waits for it to be seen.

    They stay: a finding that was to be released is still ours.
    """
    unsent = {
        (intent.run, _subject(intent))
        for intent in means.ledger.unfinished(kinds=KINDS)
        if intent.change.place.organization == means.organization and intent.state is IntentState.INTENDED
    }
    aged = [
        replace(one, written_at=one.written_at - 2 * LAG)
        for one in marks.values()
        if one.seen_at is None and (one.run, one.subject) in unsent
    ]
    means.marks.put_marks(aged)


def _record(means: Means, *, pending: set[_Key], failed: set[_Key], done: set[_Key]) -> None:
    """Results for the open intents of this organization by (run, subject): applied when all its findings are seen.

    Nobody else is deciding meanwhile, so a run that left something unsent, or still says `running`, has died.
    """
    results: dict[str, list[Result]] = {}
    for intent in means.ledger.unfinished(kinds=KINDS):
        if intent.change.place.organization != means.organization:
            continue
        if (found := _result(means, intent, pending=pending, failed=failed, done=done)) is not None:
            results.setdefault(intent.run, []).append(found)
    for run, some in results.items():
        means.ledger.record(run, some)
        if means.ledger.run(run).status is RunStatus.RUNNING:
            means.ledger.close_run(run, status=RunStatus.INTERRUPTED, counts={}, calls={})


def _result(means: Means, intent: Intent, *, pending: set[_Key], failed: set[_Key], done: set[_Key]) -> Result | None:
    """What became of an intent; None while it may still be seen."""
    key = (intent.run, _subject(intent))
    if intent.state is IntentState.INTENDED:
        why = "the run ended before it was sent; what is still wanted is planned anew"
    elif key in failed:
        why = "the answer was yes, but the finding shows other values; what is still wanted is planned anew"
    elif key in pending:
        if intent.sent is None or means.now() - _naive(intent.sent) <= ABANDONED:
            return None
        why = "nothing that was read since shows it; what is still wanted is planned anew"
    elif key in done:
        return Result(intent.change, Outcome.APPLIED, "seen")
    else:
        why = "never seen: it was written anew by a later run"
    return Result(intent.change, Outcome.FAILED, why)


def _naive(at: dt.datetime) -> dt.datetime:
    return at.astimezone(dt.UTC).replace(tzinfo=None)


def _subject(intent: Intent) -> str:
    place, (control, resource, *_) = intent.change.place, intent.change.edit.key
    return subject_key(place.account, place.region, control, resource)
