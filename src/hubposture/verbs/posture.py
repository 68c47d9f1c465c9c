"""Posture of one version: its scores and what stands beside them, as the views show it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hubposture.model.controls import natural_key
from hubposture.ports.lake import Snapshot
from hubposture.posture import rollup
from hubposture.posture.ratio import Ratio
from hubposture.posture.scores import Dimension, Score
from hubposture.posture.status import AwsCounts
from hubposture.views.document import counted
from hubposture.views.movement import Level, Movement
from hubposture.views.posture_rows import (
    AwsScore,
    ByRow,
    Missing,
    Overdue,
    Posture,
    Waivers,
    WorstAccount,
    WorstControl,
)

SUMMARY = "all standards"

_OWED = """
    FROM cube c
    JOIN targets t ON t.account = c.account AND t.region = c.region
    JOIN wishes w ON w.wishes = t.wishes AND w.control = c.control
    WHERE w.in_force AND c.status = 'FAILED' AND NOT c.waived AND c.presence IN ('present', 'unsure')
"""
_OLDEST = f"SELECT w.severity, MIN(c.failing_day) AS oldest {_OWED} GROUP BY w.severity ORDER BY w.severity"
_FAILING = f"""
SELECT c.control, COUNT(DISTINCT c.account) AS accounts, MIN(c.failing_day) AS oldest, MAX(w.severity) AS severity
{_OWED} GROUP BY c.control ORDER BY c.control
"""
_PLACES = """
SELECT t.account, COALESCE(a.shown, t.account) AS shown, t.region, t.sight, t.because, COUNT(s.subject) AS n,
    MIN(s.changed_at) AS since
FROM targets t
LEFT JOIN accounts a ON a.account = t.account
LEFT JOIN subjects s
    ON s.account = t.account AND s.region = t.region AND s.presence = 'lost' AND s.kind = 'control'
WHERE t.sight IN ('lost', 'unreadable')
GROUP BY t.account, a.shown, t.region, t.sight, t.because
ORDER BY t.account, t.region
"""
_UNWANTED = """
SELECT DISTINCT COALESCE(k.shown, e.control) AS shown
FROM targets t
JOIN enablement e ON e.enablement = t.enablement
LEFT JOIN wishes w ON w.wishes = t.wishes AND w.control = e.control
LEFT JOIN controls k ON k.control = e.control
WHERE e.is_on AND w.control IS NULL AND t.wishes <> ''
ORDER BY shown
"""
_CONTROLS = "SELECT control, shown, title, severity FROM controls ORDER BY control"
_ACCOUNTS = "SELECT account, alias, name, ou_path, owner FROM accounts ORDER BY account"


@dataclass(frozen=True, slots=True)
class _Control:
    shown: str
    title: str
    severity: str


def read_posture(snapshot: Snapshot, *, movement: Movement | None = None) -> Posture:
    """The posture of the organization, from the rollup and the cube; `movement` is shown with it."""
    whole = rollup.score(snapshot.execute, Dimension.ORGANIZATION) or nothing()
    by_control = rollup.scores(snapshot.execute, Dimension.CONTROL)
    lost, unseen = _places(snapshot)
    return Posture(
        as_is=level(whole.as_is),
        without_waivers=level(whole.without_waivers),
        nothing_off=level(whole.nothing_off),
        waivers=Waivers(whole.waived, whole.visible, whole.suppressed),
        accounts=level(whole.accounts),
        overdue=_overdue(snapshot),
        not_measured=[*unseen, *_silent(by_control)],
        lost=lost,
        aws=_aws(snapshot, whole),
        controls=_worst_controls(snapshot, by_control),
        worst_accounts=_worst_accounts(snapshot),
        movement=movement,
        unwanted=sorted((row[0] for row in snapshot.execute(_UNWANTED, {})), key=natural_key),
    )


def level(ratio: Ratio) -> Level:
    """Counts as the views take them."""
    return Level(met=ratio.met, of=ratio.total)


def nothing() -> Score:
    """The score of what has none."""
    empty = (0,) * (len(rollup.ROLLUP.names) - 5)
    row = ["organization", "", "", "", *empty, 0]
    row[rollup.ROLLUP.names.index("why")] = ""
    return rollup.score_of(row)


def _overdue(snapshot: Snapshot) -> list[Overdue]:
    oldest = dict(snapshot.execute(_OLDEST, {}))
    return [
        Overdue(one.key, one.overdue.total, one.failing, oldest.get(one.key))
        for one in rollup.scores(snapshot.execute, Dimension.SEVERITY)
        if one.failing
    ]


def _places(snapshot: Snapshot) -> tuple[list[Missing], list[Missing]]:
    """Targets that were lost sight of, and targets that cannot be read: Regions of an account with one reason as one."""
    grouped: dict[tuple[str, str, str], list[tuple[str, int, dt.datetime | None]]] = {}
    for _, shown, region, sight, because, number, since in snapshot.execute(_PLACES, {}):
        grouped.setdefault((sight, shown, because), []).append((region, number, since))
    found: Mapping[str, list[Missing]] = {"lost": [], "unreadable": []}
    for (sight, shown, because), places in grouped.items():
        since = [at for _, _, at in places if at is not None]
        where = f"{shown} in {', '.join(region for region, _, _ in places)}"
        known = sum(number for _, number, _ in places)
        found[sight].append(Missing(where, because, known, min(since, default=None)))
    return found["lost"], found["unreadable"]


def _silent(by_control: Sequence[Score]) -> list[Missing]:
    """Controls in force that say nothing somewhere."""
    found = [one for one in by_control if one.not_measured or one.missing]
    return [Missing(one.shown, _silence(one), one.not_measured) for one in sorted(found, key=_by_silence)]


def _by_silence(one: Score) -> tuple[int, tuple[tuple[int, int, str], ...]]:
    return -(one.not_measured + one.missing), natural_key(one.key)


def _silence(one: Score) -> str:
    said = []
    if one.not_measured:
        said.append(f"{counted(one.not_measured, 'check')} said neither passed nor failed")
    if one.missing:
        said.append(f"in force without any result in {counted(one.missing, 'place')}")
    return "; ".join(said)


def _aws(snapshot: Snapshot, whole: Score) -> list[AwsScore]:
    rows = [aws_score(one.standard, one.aws) for one in rollup.by_standard(snapshot.execute, Dimension.ORGANIZATION)]
    known = [row for row in rows if row.passed + row.failed + row.unknown + row.no_data + row.disabled]
    return [aws_score(SUMMARY, whole.aws), *known] if known else []


def aws_score(standard: str, counts: AwsCounts) -> AwsScore:
    """AWS's counts as the views take them."""
    return AwsScore(
        standard, counts.score.nearest, counts.passed, counts.failed, counts.unknown, counts.no_data, counts.disabled
    )


def _worst_controls(snapshot: Snapshot, by_control: Sequence[Score]) -> list[WorstControl]:
    known = _controls(snapshot)
    failing = {row[0]: row[1:] for row in snapshot.execute(_FAILING, {})}
    rows = []
    for one in sorted((one for one in by_control if one.failing), key=lambda one: (-one.failing, natural_key(one.key))):
        accounts, oldest, severity = failing.get(one.key, (0, None, ""))
        control = known.get(one.key, _Control(one.shown, "", ""))
        rows.append(
            WorstControl(
                one.shown, control.title, severity or control.severity, level(one.as_is), accounts, one.overdue.total,
                one.waived, oldest,
            )
        )  # fmt: skip
    return rows


def _worst_accounts(snapshot: Snapshot) -> list[WorstAccount]:
    known = {row[0]: row[1:] for row in snapshot.execute(_ACCOUNTS, {})}
    found = [one for one in rollup.scores(snapshot.execute, Dimension.ACCOUNT) if one.failing]
    rows = []
    for one in sorted(found, key=lambda one: (-one.failing, one.key)):
        alias, name, path, owner = known.get(one.key, ("", "", "", ""))
        rows.append(WorstAccount(one.key, alias, name, path, owner, level(one.as_is), one.overdue.total, one.waived))
    return rows


def _controls(snapshot: Snapshot) -> dict[str, _Control]:
    return {row[0]: _Control(*row[1:]) for row in snapshot.execute(_CONTROLS, {})}


# --- by account, OU, owner, control, standard ------------------------------------------------------------------------


def read_rows(snapshot: Snapshot, dimension: Dimension) -> tuple[list[ByRow], Level]:
    """The scores of a dimension, the most open first, and the organization's own."""
    whole = rollup.score(snapshot.execute, Dimension.ORGANIZATION) or nothing()
    controls = _controls(snapshot) if dimension is Dimension.CONTROL else {}
    accounts = {row[0]: row[1:] for row in snapshot.execute(_ACCOUNTS, {})} if dimension is Dimension.ACCOUNT else {}
    found = sorted(rollup.scores(snapshot.execute, dimension), key=partial(_place, dimension))
    return [_row(one, dimension, controls, accounts) for one in found if not _is_empty(one)], level(whole.as_is)


def _place(dimension: Dimension, one: Score) -> tuple[Any, ...]:
    """OUs and standards in their own order, everything else with the most open first."""
    key = natural_key(one.key)
    return (0, key) if dimension in (Dimension.OU, Dimension.STANDARD) else (-one.failing, -one.as_is.total, key)


def _is_empty(one: Score) -> bool:
    """Whether there is nothing to say of it: nothing is wanted and nothing was found."""
    ours = one.as_is.total or one.nothing_off.total or one.not_measured or one.missing or one.lost
    return not (ours or _offered(one.aws) or one.why)


def _offered(counts: AwsCounts) -> int:
    """How many controls the view offers by AWS's count."""
    return counts.passed + counts.failed + counts.unknown + counts.no_data + counts.disabled


def _row(
    one: Score, dimension: Dimension, controls: Mapping[str, _Control], accounts: Mapping[str, Sequence[str]]
) -> ByRow:
    key, id_, more, severity, standing = one.shown or "(none)", "", "", "", ""
    if dimension is Dimension.ACCOUNT:
        alias, name, _, _ = accounts.get(one.key, ("", "", "", ""))
        key, id_, more, standing = alias or name or one.key, one.key, name if alias else "", one.why.text
    if dimension is Dimension.CONTROL:
        control = controls.get(one.key, _Control(one.shown, "", ""))
        more, severity = control.title, control.severity
    return ByRow(
        key=key,
        level=level(one.as_is),
        overdue=one.overdue.total,
        failing=one.nothing_off.total - one.nothing_off.met,
        waived=one.waived,
        without_waivers=level(one.without_waivers),
        accounts=level(one.accounts),
        id=id_,
        more=more,
        severity=severity,
        standing=standing,
        aws=aws_score(one.shown, one.aws) if dimension is Dimension.STANDARD and _offered(one.aws) else None,
    )
