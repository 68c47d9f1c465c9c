"""Writes to Security Hub that did not come from hubposture: read from CloudTrail, target by target, and kept."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import RemoteError
from hubposture.filters.tree import Comparison, Operator
from hubposture.ports.lake import Snapshot
from hubposture.ports.resource_history import HubRead, HubWrites
from hubposture.ports.seen import Outside, SeenLedger
from hubposture.ports.workers import Workers
from hubposture.timeline.facts import Write
from hubposture.timeline.outside import Ours, Reading, Rule, is_past_us, to_read

Place = tuple[str, str]
"""(account, Region)."""
_KEPT = dt.timedelta(days=90)
"""How far back CloudTrail's event history goes."""


@dataclass(frozen=True)
class Means:
    """What looking needs; `now` is aware UTC, `first` how far back a first look goes, `keep` for how long writes stay.

    `rules` reads the automation rules of the `administrator` in a Region and raises RemoteError.
    """

    organization: str
    ledger: SeenLedger
    trail: HubWrites
    workers: Workers
    ours: Ours
    imports: bool
    now: Callable[[], dt.datetime]
    first: dt.timedelta
    keep: dt.timedelta
    most_calls: int
    administrator: str
    rules: Callable[[str], Sequence[Rule]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found: new writes that are not ours, targets read, targets of which something is left, and failures."""

    new: int
    targets: int
    left: int
    failed: Mapping[Place, str]
    calls: int


def look_outside(means: Means, places: Sequence[Place]) -> Looked:
    """Read what was written since the last time in each target; one failing stops no other, and is read again later."""
    known = {
        (one.account, one.region): one
        for one in means.ledger.outside(means.organization, since=means.now(), limit=1).readings
    }
    counts: Counter[str] = Counter()
    failed: dict[Place, str] = {}
    for place, answer in means.workers.spread(lambda one: _look(means, one, known.get(one)), dict.fromkeys(places)):
        if isinstance(answer, RemoteError):
            failed[place] = str(answer)
        elif isinstance(answer, Exception):
            raise answer
        else:
            read, new = answer
            counts.update(new=new, targets=1, left=bool(read.left), calls=read.calls)
            if read.trouble:
                failed[place] = read.trouble
    return Looked(counts["new"], counts["targets"], counts["left"], dict(sorted(failed.items())), counts["calls"])


def _look(means: Means, place: Place, before: Reading | None) -> tuple[HubRead, int]:
    now = means.now()
    back = _KEPT if before is not None else min(means.first, _KEPT)
    spans = to_read(before, now=now, since=now - back)
    if not spans:
        return HubRead((), ()), 0
    read = means.trail.hub_writes(*place, spans, most_calls=means.most_calls)
    rules, trouble = _rules(means, place, before)
    read = replace(read, trouble=read.trouble or trouble)
    after = Reading(*place, at=now, until=now, left=read.left, trouble=read.trouble, rules=rules)
    writes = [one for one in read.writes if is_past_us(one, means.ours, imports=means.imports)]
    return read, means.ledger.put_outside(means.organization, after, writes, keep=now - means.keep)


def _rules(means: Means, place: Place, before: Reading | None) -> tuple[Sequence[Rule], str]:
    """The automation rules that are in a target, and what went wrong; those of the last time where they cannot be read."""
    account, region = place
    if account != means.administrator:
        return (), ""
    try:
        return tuple(means.rules(region)), ""
    except RemoteError as problem:
        return before.rules if before is not None else (), str(problem)


@dataclass(frozen=True, slots=True)
class Told:
    """Writes that are not ours, newest first, with the subjects that they speak of, as far as somebody may see them.

    `subjects` are those of each write's findings that a version knows: (subject, control, resource).
    """

    outside: Outside
    subjects: Mapping[str, Sequence[tuple[str, str, str]]]
    unapproved: int
    unseen: Sequence[tuple[str, str, str]]


_TARGETS = "SELECT account, region, sight FROM targets WHERE sight <> 'closed' ORDER BY account, region"


def places_of(snapshot: Snapshot) -> Mapping[Place, bool]:
    """Every account and Region that a version looks at, and whether it could be read: only then a failure is news."""
    return {(account, region): sight == "seen" for account, region, sight in snapshot.execute(_TARGETS, {})}


_ACCOUNTS = "SELECT account FROM accounts ORDER BY account"
_SUBJECTS = """
SELECT f.product, f.id, s.subject, c.shown, s.resource
FROM findings f JOIN subjects s ON s.subject = f.subject LEFT JOIN controls c ON c.control = s.control
WHERE f.id = $id ORDER BY s.subject
"""
_UNAPPROVED = Comparison("unapproved", Operator.IS, ("yes",))
_MOST_LOOKED_UP = 300


def told_outside(
    ledger: SeenLedger,
    organization: str,
    snapshot: Snapshot,
    *,
    since: dt.datetime,
    limit: int = 500,
    seen: Collection[str] | None = None,
) -> Told:
    """What was found, restricted to the accounts that a snapshot has: what somebody may not view is not told to them.

    `seen` are the accounts that they may view as a whole, None for all: who sees some subjects of one sees none of its writes.
    """
    accounts = {row[0] for row in snapshot.execute(_ACCOUNTS, {}) if seen is None or row[0] in seen}
    found = ledger.outside(organization, since=since)
    writes = [one for one in found.writes if one.account in accounts][:limit]
    readings = [one for one in found.readings if one.account in accounts]
    return Told(
        Outside(writes, readings),
        _subjects(snapshot, writes),
        snapshot.count(_UNAPPROVED).subjects,
        _unseen(readings),
    )


def _subjects(snapshot: Snapshot, writes: Sequence[Write]) -> Mapping[str, Sequence[tuple[str, str, str]]]:
    """By a write's id the subjects of the findings that its request names; of so many findings at most."""
    ids = list(dict.fromkeys(id_ for one in writes for _, id_ in one.of))[:_MOST_LOOKED_UP]
    known: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for id_ in ids:
        for product, same, subject, control, resource in snapshot.execute(_SUBJECTS, {"id": id_}):
            known.setdefault((product, same), []).append((subject, control or "", resource))
            known.setdefault(("", same), []).append((subject, control or "", resource))
    return {one.id: [each for key in one.of for each in known.get(key, ())] for one in writes if one.of}


def _unseen(readings: Sequence[Reading]) -> Sequence[tuple[str, str, str]]:
    """What cannot be seen, by account and Region: where reading failed, and what is still to be read."""
    found = []
    for one in readings:
        if one.trouble:
            found.append((one.account, one.region, one.trouble))
        elif one.left:
            oldest, newest = min(start for start, _ in one.left), max(end for _, end in one.left)
            why = f"not read yet: between {oldest:%Y-%m-%d %H:%M} and {newest:%Y-%m-%d %H:%M} UTC"
            found.append((one.account, one.region, why))
    return found
