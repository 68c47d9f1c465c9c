"""A change of a control as it is asked for, drafted, checked and planned: what the form and the command line show."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hubposture.errors import InputErrors, Problem
from hubposture.matrix.rows import Matrix
from hubposture.model.controls import ControlId
from hubposture.verbs.control_draft import SCOPE, Asked, Draft, Means, Wrong, draft, field_of, row_of
from hubposture.verbs.control_effect import Ground, Sides, effect, sides
from hubposture.verbs.control_reach import Place, reach, severity_of
from hubposture.verbs.survey_of_version import needs_tags
from hubposture.views.control_plan import ControlPlan

_FEW = 5
_TAGS = "a scope of this control goes by tags of accounts, which are not in the last sync: ask Security Hub now to see the plan"


@dataclass(frozen=True, slots=True)
class Change:
    """A drafted change with its plan; None where something is wrong with it. `places` is whom it concerns."""

    draft: Draft
    plan: ControlPlan | None
    places: Sequence[Place]
    severity: str


def change(means: Means, asked: Asked, ground: Ground, *, others: Sequence[str] = ()) -> Change:
    """Draft, check and plan a change. `others` are open proposals for the same row, to be told.

    Raises InputErrors for a workbook that cannot be read or changed.
    """
    made = draft(means, asked, ground.survey.organization)
    places = reach(made.new, made.scope, ground.survey.organization)
    severity = str(severity_of(made.new, means.catalog, asked.control))
    if made.wrong:
        return Change(made, None, places, severity)
    if not ground.is_fresh and any(needs_tags(_of(one, asked.control)) for one in (made.old.matrix, made.new)):
        return Change(_with(made, [Wrong("fresh", _TAGS)]), None, places, severity)
    try:
        found = sides(made.old.matrix, made.new, asked.control, ground)
    except InputErrors as error:
        return Change(_with(made, [_wrong(one, made, asked) for one in error.problems]), None, places, severity)
    if tied := _ties(found):
        return Change(_with(made, tied), None, places, severity)
    doubts = [*others, *made.doubts]
    plan = effect(found, ground, matrices=(made.old.matrix, made.new), scope=made.scope, doubts=doubts)
    return Change(made, plan, places, severity)


def _of(matrix: Matrix, control: ControlId) -> Matrix:
    return replace(matrix, controls=tuple(row for row in matrix.controls if row.control == control))


def _with(made: Draft, wrong: Sequence[Wrong]) -> Draft:
    return replace(made, wrong=(*made.wrong, *wrong))


def _wrong(one: Problem, made: Draft, asked: Asked) -> Wrong:
    row = row_of(made.new, asked.control, made.scope)
    said = f"{one.what}" + (f" ({one.hint})" if one.hint else "")
    field = field_of(one.where, row, made.new, made.scope)
    return Wrong(field, said if field else str(one))


def _ties(found: Sides) -> list[Wrong]:
    """Rows that would be of equal rank somewhere where none were before."""
    before, after = found.before.resolution.held, found.after.resolution.held
    news = dict.fromkeys(why for target, why in after.items() if before.get(target) != why)
    return [Wrong(SCOPE, f"another row is as strong there: {why}") for why in list(news)[:_FEW]]
