"""`explain` without a call to AWS: from the workbook, the last sync, and the versions of the weeks before it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.errors import InputError
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId
from hubposture.model.targets import Target, Way
from hubposture.ports.lake import LakeReader
from hubposture.verbs.control_effect import Ground, planned_of
from hubposture.verbs.explain import explain
from hubposture.verbs.explain_words import facts
from hubposture.verbs.found_here import found_in
from hubposture.verbs.found_words import failing_row, findings_said
from hubposture.verbs.trend import chosen
from hubposture.views import explain as view

_WEEKS = 26
_STATES = """
SELECT e.standard, e.is_on FROM targets t JOIN enablement e ON e.enablement = t.enablement
WHERE t.account = $account AND t.region = $region AND e.control = $control ORDER BY e.standard
"""
_WISHED = """
SELECT w.row, w.disposition FROM targets t JOIN wishes w ON w.wishes = t.wishes
WHERE t.account = $account AND t.region = $region AND w.control = $control ORDER BY w.row
"""
_WHY = "so in every weekly version since"


@dataclass(frozen=True, slots=True)
class _Weeks:
    """Since which week something has been as it is now; '' where the oldest version that was looked at says so too."""

    since: Mapping[tuple[str, str], str]

    def reasons(self, target: Target, controls: Sequence[str]) -> Mapping[tuple[str, str], tuple[str, str]]:
        """See `verbs.explain.Reasons`."""
        del target, controls
        return {key: (_WHY, when) for key, when in self.since.items()}


def explain_of_version(
    reader: LakeReader, ground: Ground, matrix: Matrix | None, *, control: ControlId, account: str, region: str
) -> view.Facts:
    """Why a control is on or off in one target, as of the last sync; without a matrix (None) only that it is.

    Raises InputError for what is not known there.
    """
    made = planned_of(matrix or Matrix("", ""), control, ground)
    planned = replace(made, survey=ground.survey)
    target = Target(ground.survey.organization.name, account, region)
    if control not in planned.catalog.controls:
        raise InputError(f"{control}: no such control is known in version {ground.snapshot.number}")
    found = explain(
        planned, _Weeks(_since(reader, ground, control, target)), control=control, account=account, region=region
    )
    here = found_in(ground.snapshot, control, found.target)
    now = max(ground.now.astimezone(dt.UTC).replace(tzinfo=None), ground.snapshot.at)
    told = facts(found, planned)
    if matrix is None:
        told = replace(told, verdict="What is wanted is not known: the workbook cannot be read.", notes=[])
    notes = [*told.notes, *_of_workbook(ground, control, found.target, told)]
    if ground.survey.governance.get(found.target) and _is_central(ground, found.target):
        notes.append("It is switched by its configuration policy: `hubposture plan` shows the policies.")
    rows = [failing_row(one, now) for one in here.failing]
    return replace(told, notes=notes, findings=findings_said(here, now), failing=rows)


def _is_central(ground: Ground, target: Target) -> bool:
    found = ground.survey.governance[target]
    return getattr(found, "way", None) is Way.CENTRAL


def _of_workbook(ground: Ground, control: ControlId, target: Target, told: view.Facts) -> list[str]:
    """Where the last sync went by another workbook than the one that is read now."""
    asked = {"account": target.account, "region": target.region, "control": control}
    rows = ground.snapshot.execute(_WISHED, asked)
    was = f"{rows[0][1]} by {rows[0][0]}" if rows else "no row"
    if rows and told.rows and rows[0][1] not in told.verdict:
        return [f"The workbook has changed since the last sync, which went by: {was}."]
    return []


def _since(reader: LakeReader, ground: Ground, control: ControlId, target: Target) -> Mapping[tuple[str, str], str]:
    """By (standard key, control) the day since which it has been as it is, as far as weekly versions tell."""
    asked = {"account": target.account, "region": target.region, "control": control}
    now = dict(ground.snapshot.execute(_STATES, asked))
    found: dict[str, str] = {}
    same = set(now)
    for day in reversed(chosen(reader.days(), _WEEKS)):
        if not same:
            break
        with reader.snapshot(day=day, within=ground.snapshot.within) as snapshot:
            then = dict(snapshot.execute(_STATES, asked))
        same = {standard for standard in same if then.get(standard) == now[standard]}
        found |= dict.fromkeys(same, day.isoformat())
    return {(standard, control): day for standard, day in found.items()}
