"""What a change of one control's rows does: where it is switched, and what that means for obligations, tickets, waivers."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from hubposture.catalog import Catalog
from hubposture.controls.ground import shown as shown_value
from hubposture.controls.state import Reading, TargetState
from hubposture.matrix.diff import diff
from hubposture.matrix.rows import Matrix
from hubposture.matrix.scope_names import scope_key
from hubposture.model.controls import ControlId, Severity
from hubposture.model.targets import Governance, Target, Unreadable, Way
from hubposture.ports.lake import Snapshot
from hubposture.posture import rollup
from hubposture.posture.scores import Dimension
from hubposture.reconcile.change import Edit
from hubposture.reconcile.plan import Held
from hubposture.verbs.dimensions import in_force
from hubposture.verbs.plan import Choices, Planned, plan
from hubposture.verbs.posture import level
from hubposture.verbs.survey import Survey
from hubposture.views.control_plan import MOST_CELLS, Cells, Concerned, ControlPlan, Moved
from hubposture.views.movement import Level
from hubposture.work.ticket import Ticket

_CUBE = """
SELECT account, region, presence, status, waived, SUM(n) AS n FROM cube WHERE control = $control
GROUP BY account, region, presence, status, waived ORDER BY account, region, presence, status, waived
"""
_WAIVERS = """
SELECT d.waiver, s.account, s.region, COUNT(*) AS n
FROM decisions d JOIN subjects s ON s.subject = d.subject
WHERE s.control = $control GROUP BY d.waiver, s.account, s.region ORDER BY d.waiver, s.account, s.region
"""
_WHERE = """
SELECT subject, account, region FROM subjects WHERE control = $control AND subject IN (SELECT unnest($only)) ORDER BY subject
"""
_THERE = ("present", "unsure")
_JUDGED = ("PASSED", "FAILED")
_FEW = 20


@dataclass(frozen=True, slots=True)
class Ground:
    """What effects are told from: what is on now and where that is from, a version's findings, the ledger's tickets.

    `is_fresh` says that it was asked of AWS for this. `today` is the organization's day; `choices` and `grace_days` are those of the settings.
    """

    survey: Survey
    source: str
    snapshot: Snapshot
    tickets: Sequence[Ticket]
    catalog: Catalog
    choices: Choices
    grace_days: int
    now: dt.datetime
    today: dt.date
    is_fresh: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """One control planned by the matrix before and after a change, over the same targets."""

    control: ControlId
    before: Planned
    after: Planned

    @property
    def moves(self) -> list[tuple[Target, Edit]]:
        """What the matrix after it would switch, where it decides otherwise than the one before."""
        touched, edits = self.touched, self.after.plan.edits
        return [(place, edit) for place in sorted(edits) if place in touched for edit in edits[place]]

    @property
    def settled(self) -> int:
        """What differs by the matrix before and not by the one after."""
        return sum(
            1
            for place, edits in self.before.plan.edits.items()
            for edit in edits
            if edit.key not in {one.key for one in self.after.plan.edits.get(place, ())}
        )

    @property
    def touched(self) -> frozenset[Target]:
        """Targets at which the two want different things of the control."""
        return frozenset(one.target for one in self.after.survey.readings if self._differs(one.target))

    def was(self, place: Target, edit: Edit) -> bool:
        """Whether an edit is planned by the matrix before as well."""
        return any((one.key, one.desired) == (edit.key, edit.desired) for one in self.before.plan.edits.get(place, ()))

    def _differs(self, target: Target) -> bool:
        sides = [one.resolution.decision(target, self.control) for one in (self.before, self.after)]
        old, new = (None if one is None else (one.disposition, one.parameters, one.enforce_from) for one in sides)
        return old != new


def sides(old: Matrix, new: Matrix, control: ControlId, ground: Ground) -> Sides:
    """The control planned by both. Raises InputErrors for scopes and parameters that do not fit."""
    return Sides(control, planned_of(old, control, ground), planned_of(new, control, ground))


def planned_of(matrix: Matrix, control: ControlId, ground: Ground) -> Planned:
    """What a matrix wants of one control against what is on; targets under a policy are planned as if written by account.

    Raises InputErrors for scopes and parameters that do not fit.
    """
    survey = _by_account(ground.survey)
    return plan(_of(matrix, control), survey, catalog=ground.catalog, choices=ground.choices, now=ground.now)


def _of(matrix: Matrix, control: ControlId) -> Matrix:
    """What a matrix says of one control; standards are planned by `plan` alone."""
    return replace(matrix, controls=tuple(row for row in matrix.controls if row.control == control), standards=())


def _by_account(survey: Survey) -> Survey:
    """Targets under a policy as if they were written by account: what is to become of them is the same."""
    return replace(survey, readings=tuple(map(_local, survey.readings)))


def _local(reading: Reading) -> Reading:
    if isinstance(reading, Unreadable) or reading.governance.way is not Way.CENTRAL:
        return reading
    return replace(reading, governance=Governance(Way.LOCAL))


def effect(
    found: Sides, ground: Ground, *, matrices: tuple[Matrix, Matrix], scope: str, doubts: Sequence[str]
) -> ControlPlan:
    """The plan of a change: `matrices` before and after it, `scope` the name of what its row speaks of ('' for all)."""
    control, moves, touched = found.control, found.moves, found.touched
    places = {place for place, _ in moves}
    coming = places - _where_on(ground.survey, control)
    definition = found.after.catalog.controls.get(control)
    obligations = _obligations(found, ground), _obligations(found, ground, is_after=True)
    score = rollup.score(ground.snapshot.execute, Dimension.ORGANIZATION)
    whole = level(score.as_is) if score is not None else Level(met=0, of=0)
    last = _last_seen(ground.snapshot, control, {(one.account, one.region) for one in coming})
    return ControlPlan(
        control=definition.shown if definition is not None else ground.catalog.shown(control),
        title=definition.title if definition is not None else "",
        severity=str(definition.severity if definition is not None else Severity.HIGH),
        scope=scope or "the whole organization",
        source=ground.source,
        matched=_matched(found.after, scope),
        moves=len(moves),
        targets=len(places),
        accounts=len({one.account for one in places}),
        cells=[_moved(place, edit, ground) for place, edit in islice(moves, MOST_CELLS)],
        already=sum(found.was(place, edit) for place, edit in moves),
        settled=found.settled,
        central=sum(_way(ground.survey, place) == Way.CENTRAL for place, _ in moves),
        obligations=obligations,
        scores=(whole, _moved_level(whole, *obligations)),
        coming_on=sum(_wanted_on(found.after, place) for place in coming),
        last_failing=last[0],
        last_seen=last[1],
        tickets=_tickets(ground, control, touched),
        waivers=_waivers(ground.snapshot, control, touched),
        unknown=list(_unknown(found.after, touched)),
        held=[f"{one.place}: {one.why}" for one in islice(_held(found, touched), _FEW)],
        rows=list(_cells(*matrices, ground.catalog)),
        doubts=doubts,
    )


# --- what moves ------------------------------------------------------------------------------------------------------


def _moved(place: Target, edit: Edit, ground: Ground) -> Moved:
    account = ground.survey.organization.accounts.get(place.account)
    return Moved(
        account=place.account,
        shown=account.shown if account is not None else place.account,
        region=place.region,
        way=_way(ground.survey, place),
        what=" ".join((*edit.key[:-1], ground.catalog.shown(ControlId(edit.key[-1])))),
        current=shown_value(edit.current),
        desired=shown_value(edit.desired),
        source=edit.source,
    )


def _way(survey: Survey, place: Target) -> str:
    found = survey.governance.get(place)
    return str(found.way) if isinstance(found, Governance) else ""


def _where_on(survey: Survey, control: ControlId) -> frozenset[Target]:
    mask = survey.universe.of_control.get(control, 0)
    return frozenset(one.target for one in survey.readings if isinstance(one, TargetState) and one.enabled & mask)


def _wanted_on(planned: Planned, place: Target) -> bool:
    return bool(planned.wishes.of(place).on)


def _matched(planned: Planned, scope: str) -> int:
    """How many targets a scope has; the whole organization has all."""
    targets = planned.survey.targets
    if not scope:
        return len(targets)
    resolution, wanted = planned.resolution, scope_key(scope)
    return sum(any(scope_key(name) == wanted for name, _ in resolution.scopes_at(one)) for one in targets)


def _unknown(planned: Planned, touched: Collection[Target]) -> Iterator[str]:
    unread = [one for one in planned.plan.unreadable if one.target in touched and not one.expected]
    for one in unread[:_FEW]:
        yield f"{one.target} cannot be read ({one.because}: {one.detail}): nothing is planned there"
    if len(unread) > _FEW:
        yield f"and {len(unread) - _FEW:,} more targets that cannot be read"


def _held(found: Sides, touched: Collection[Target]) -> Iterator[Held]:
    known = set(found.before.plan.held)
    yield from (one for one in found.after.plan.held if one not in known or one.place in touched)


def _cells(old: Matrix, new: Matrix, catalog: Catalog) -> Iterator[Cells]:
    for row in diff(old, new, catalog).rows:
        for one in row.cells:
            yield Cells(row.sheet, row.row, one.column, one.before, one.after, one.where.partition("!")[2])


# --- what it means ---------------------------------------------------------------------------------------------------


def _obligations(found: Sides, ground: Ground, *, is_after: bool = False) -> Level:
    """Obligations of the control by one of the matrices, over what the version's findings say."""
    planned = found.after if is_after else found.before
    met = of = 0
    for account, region, presence, status, waived, number in ground.snapshot.execute(_CUBE, {"control": found.control}):
        place = Target(planned.survey.organization.name, account, region)
        if presence not in _THERE or status not in _JUDGED or not _is_owed(planned, place, found.control, ground):
            continue
        of += number
        met += number if status == "PASSED" or waived else 0
    return Level(met=met, of=of)


def _is_owed(planned: Planned, place: Target, control: ControlId, ground: Ground) -> bool:
    if place.account not in planned.survey.organization.accounts or place.region not in planned.survey.definitions:
        return False
    decision = planned.resolution.decision(place, control)
    if decision is None:
        return False
    settling = planned.rules.settling
    wish = planned.wishes.of(place)
    return in_force(control, decision, wish, settling=settling, grace_days=ground.grace_days, today=ground.today)


def _moved_level(whole: Level, before: Level, after: Level) -> Level:
    of = max(0, whole.of + after.of - before.of)
    return Level(met=min(of, max(0, whole.met + after.met - before.met)), of=of)


def _last_seen(snapshot: Snapshot, control: ControlId, places: Collection[tuple[str, str]]) -> tuple[int, int]:
    """(failing, all) of the subjects that were there when the control was last on."""
    failing = seen = 0
    for account, region, presence, status, _, number in snapshot.execute(_CUBE, {"control": control}):
        if presence == "off" and (account, region) in places:
            seen += number
            failing += number if status == "FAILED" else 0
    return failing, seen


def _waivers(snapshot: Snapshot, control: ControlId, touched: Collection[Target]) -> list[Concerned]:
    places = {(one.account, one.region) for one in touched}
    counts: defaultdict[str, int] = defaultdict(int)
    for waiver, account, region, number in snapshot.execute(_WAIVERS, {"control": control}):
        if (account, region) in places:
            counts[waiver] += number
    return [Concerned(waiver, waiver, number) for waiver, number in sorted(counts.items())]


def _tickets(ground: Ground, control: ControlId, touched: Collection[Target]) -> list[Concerned]:
    places = {(one.account, one.region) for one in touched}
    live = [one for one in ground.tickets if one.state.is_live and one.group.control == control]
    where = _places_of(ground.snapshot, control, (member.subject for one in live for member in one.members))
    found = []
    for one in live:
        number = sum(where.get(member.subject) in places for member in one.members)
        if number:
            found.append(Concerned(one.shown or one.key, one.key, number))
    return sorted(found, key=lambda one: (-one.resources, one.key))


def _places_of(snapshot: Snapshot, control: ControlId, subjects: Iterable[str]) -> Mapping[str, tuple[str, str]]:
    only = tuple(sorted(set(subjects)))
    if not only:
        return {}
    rows = snapshot.execute(_WHERE, {"control": control, "only": only})
    return {subject: (account, region) for subject, account, region in rows}
