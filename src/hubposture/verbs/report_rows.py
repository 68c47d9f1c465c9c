"""A version seen through a report's scope: its scores, what it is made of, and who has most open."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from hubposture.model.controls import natural_key
from hubposture.ports.lake import Snapshot
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension, Score
from hubposture.verbs.posture import nothing
from hubposture.verbs.report_parts import FAILING, Account, Control, Counts, Part
from hubposture.verbs.report_scope import asked, dimension_of, key_of, listed, view_of
from hubposture.verbs.report_sql import ACCOUNTS, CONTROLS, MISSING, OBLIGATIONS, PLACES, UNITS
from hubposture.views.document import counted
from hubposture.views.movement import Level
from hubposture.views.posture_rows import Missing
from hubposture.views.report.model import Of, Scope, Worst


def read_part(snapshot: Snapshot, scope: Scope) -> Part:
    """What a version holds of the scope."""
    view = view_of(scope)
    dimension = dimension_of(scope)
    accounts = {str(row[0]): Account(*row) for row in snapshot.execute(ACCOUNTS, view)}
    controls = {str(row[0]): Control(*row) for row in snapshot.execute(CONTROLS, {})}
    counts = {(row[0], row[1]): Counts(*row[2:]) for row in snapshot.execute(OBLIGATIONS, view)}
    lost, unseen = _places(snapshot, view)
    missing = {str(control): int(places) for control, places in snapshot.execute(MISSING, view)}
    return Part(
        scope=scope,
        score=rollup.score(snapshot.execute, dimension, key_of(scope)) or nothing(),
        standards=rollup.by_standard(snapshot.execute, dimension, key_of(scope)),
        accounts=accounts,
        controls=controls,
        counts=counts,
        units=[(path, account) for path, account in snapshot.execute(UNITS, view)],
        scores={one.key: one for one in rollup.scores(snapshot.execute, Dimension.ACCOUNT) if one.key in accounts},
        lost=tuple(lost),
        not_measured=(*unseen, *_silent(counts, missing, controls)),
    )


def _places(snapshot: Snapshot, view: Mapping[str, object]) -> tuple[list[Missing], list[Missing]]:
    """Targets lost sight of, and targets that cannot be read: Regions of an account with one reason as one."""
    grouped: dict[tuple[str, str, str], list[tuple[str, int, dt.datetime | None]]] = {}
    for _, shown, region, sight, because, number, since in snapshot.execute(PLACES, view):
        grouped.setdefault((sight, shown, because), []).append((region, number, since))
    found: Mapping[str, list[Missing]] = {"lost": [], "unreadable": []}
    for (sight, shown, because), places in grouped.items():
        where = f"{shown} in {', '.join(region for region, _, _ in places)}"
        since = min((at for _, _, at in places if at is not None), default=None)
        found[sight].append(Missing(where, because, sum(number for _, number, _ in places), since))
    return found["lost"], found["unreadable"]


def _silent(
    counts: Mapping[tuple[str, str], Counts], missing: Mapping[str, int], controls: Mapping[str, Control]
) -> Iterator[Missing]:
    """Controls in force that say nothing somewhere, the most silent first."""
    silent: dict[str, int] = {}
    for (control, _), one in counts.items():
        silent[control] = silent.get(control, 0) + one.silent
    rows = [(silent.get(control, 0), missing.get(control, 0), control) for control in {*silent, *missing}]
    for mute, places, control in sorted(rows, key=lambda row: (-row[0] - row[1], natural_key(row[2]))):
        said = []
        if mute:
            said.append(f"{counted(mute, 'check')} said neither passed nor failed")
        if places:
            said.append(f"in force without any result in {counted(places, 'place')}")
        if said:
            known = controls.get(control)
            yield Missing(known.shown if known else control, "; ".join(said), mute)


def worst(by: str, part: Part, old: Part | None) -> tuple[Worst, ...]:
    """OUs, accounts, controls or owners of the scope with open obligations, the most open first."""
    was = _groups(by, old) if old else {}
    rows = []
    for key, one in _groups(by, part).items():
        if one.failing:
            before = was[key].level if key in was else None
            rows.append(_named(by, key, part, one, before))
    return tuple(sorted(rows, key=lambda row: (-row.level.open, natural_key(row.id or row.name), row.name)))


def _groups(by: str, part: Part) -> dict[str, Counts]:
    match by:
        case "control":
            return _summed((control, one) for (control, _), one in part.counts.items())
        case "account":
            return {account: _counts(score) for account, score in part.scores.items()}
        case "owner":
            named = ((part.accounts[account].owner, _counts(score)) for account, score in part.scores.items())
            return _summed(named)
        case _:
            inside = [(path, account) for path, account in part.units if _lies_in(path, part.scope)]
            return _summed((path, _counts(part.scores[account])) for path, account in inside if account in part.scores)


def _lies_in(path: str, scope: Scope) -> bool:
    """Whether an OU's row would not repeat the report itself, or tell of what lies above it."""
    top = scope.key if scope.of is Of.OU else "/"
    return path != top and path.startswith(top.rstrip("/") + "/")


def _counts(score: Score) -> Counts:
    return Counts(score.met, score.failing, score.waived, score.overdue.total, score.not_measured)


def _summed(rows: Iterator[tuple[str, Counts]] | Sequence[tuple[str, Counts]]) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for key, one in rows:
        found[key] = found[key] + one if key in found else one
    return found


def _named(by: str, key: str, part: Part, one: Counts, before: Level | None) -> Worst:
    """A row as it is called, with the list behind it."""
    name, id_, more, severity, filtered = _called(by, key, part)
    return Worst(name, id_, more, severity, one.level, one.overdue, one.waived, filtered, before)


def _called(by: str, key: str, part: Part) -> tuple[str, str, str, str, str]:
    match by:
        case "control":
            known = part.controls.get(key, Control(key, key, "", ""))
            severity = next((rated for control, rated in part.counts if control == key), known.severity)
            return known.shown, "", known.title, severity, listed(part.scope, FAILING, f"control={key}")
        case "account":
            account = part.accounts[key]
            name = account.alias or account.name or key
            return name, key, account.ou_path, "", f"account={key} {FAILING}"
        case "owner":
            accounts = [account for account, known in part.accounts.items() if known.owner == key]
            filtered = f"account={','.join(accounts)} {FAILING}"
            return key or "(no owner tag)", "", counted(len(accounts), "account"), "", filtered
        case _:
            accounts = [account for path, account in part.units if path == key]
            return key, "", counted(len(accounts), "account"), "", f"{asked('ou', key)} {FAILING}"
