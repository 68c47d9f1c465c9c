"""One control as the workbook has it now, and as the last sync saw it everywhere: wanted, on, governed, drifting."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.controls.desired import Wish
from hubposture.controls.ground import shown as shown_value
from hubposture.controls.state import Reading, TargetState
from hubposture.errors import InputErrors
from hubposture.filters import EVERYTHING
from hubposture.matrix.decisions import Decision
from hubposture.matrix.rows import ControlRow, Default, Matrix, Parsed
from hubposture.model.controls import ControlId
from hubposture.model.targets import Governance, Target, Unreadable
from hubposture.ports.lake import LakeReader
from hubposture.posture.scores import Dimension
from hubposture.verbs.control_effect import Ground, planned_of
from hubposture.verbs.plan import Planned, cell
from hubposture.verbs.trend import read_trend
from hubposture.views.pages.control_lived import PAGE, Clause, Lived, MatrixRow, Place
from hubposture.views.pages.parts import Link
from hubposture.views.trend import Week

_WEEKS = 12


@dataclass(frozen=True, slots=True)
class Listing:
    """Which targets are listed: from which on, and only those that drift."""

    offset: int = 0
    is_drift_only: bool = False


def weeks_of(reader: LakeReader, ground: Ground, control: ControlId) -> Sequence[Week]:
    """The control's score week by week, over what the ground's version shows."""
    return read_trend(reader, weeks=_WEEKS, dimension=Dimension.CONTROL, key=control, within=ground.snapshot.within)


def lived(
    parsed: Parsed | None, control: ControlId, ground: Ground, *, listing: Listing, trouble: Sequence[str] = ()
) -> Lived:
    """The control everywhere; without a workbook (None, with `trouble`) what is on, and nothing of what is wanted."""
    matrix = parsed.matrix if parsed is not None else Matrix("", "")
    try:
        planned = planned_of(matrix, control, ground)
    except InputErrors as error:
        trouble = [*trouble, *(str(one) for one in error.problems)]
        matrix = Matrix("", "")
        planned = planned_of(matrix, control, ground)
    places = [_place(one, control, planned, ground) for one in ground.survey.readings]
    drifting = [one for one in places if one.drift]
    listed = drifting if listing.is_drift_only else sorted(places, key=lambda one: not one.drift)
    definition = planned.catalog.controls.get(control)
    return Lived(
        control=definition.shown if definition is not None else ground.catalog.shown(control),
        rows=list(_rows(matrix, control, planned, ground)),
        places=listed[listing.offset : listing.offset + PAGE],
        total=len(places),
        differing=len(drifting),
        unread=sum(isinstance(one, Unreadable) and not one.expected for one in ground.survey.readings),
        at=ground.snapshot.at,
        trouble=trouble,
        offset=listing.offset,
        is_drift_only=listing.is_drift_only,
    )


# --- rows ------------------------------------------------------------------------------------------------------------


def _rows(matrix: Matrix, control: ControlId, planned: Planned, ground: Ground) -> Iterator[MatrixRow]:
    """The rows of the control in the order of the file; where not all is seen, those that hold somewhere that is."""
    decisions = [planned.resolution.decision(one, control) for one in planned.survey.targets]
    decides = Counter(id(one.row) for one in decisions if one is not None)
    holding = {id(each.row) for one in decisions if one is not None for each in one.candidates}
    sees_all = ground.snapshot.within == EVERYTHING
    clauses = {one.clause: Clause(one.clause, one.title, one.statement) for one in matrix.clauses}
    for row in planned.resolution.matrix.controls:
        if sees_all or id(row) in holding:
            yield _row(row, clauses, decides[id(row)])


def _row(row: ControlRow, clauses: Mapping[str, Clause], decides: int) -> MatrixRow:
    return MatrixRow(
        scope=row.scope,
        disposition=str(row.disposition or ""),
        cell=row.at.at("disposition").partition("!")[2],
        reason=row.reason,
        evidence=row.evidence,
        approved_by=row.approved_by,
        reference=row.reference,
        expires=row.expires,
        parameters=", ".join(f"{name}={_value(value)}" for name, value in row.parameters),
        enforce_from=row.enforce_from,
        owner=row.owner,
        clauses=[clauses.get(one, Clause(one, "", "")) for one in row.clauses],
        decides=decides,
    )


def _value(value: str | Default) -> str:
    return value.value if isinstance(value, Default) else value


# --- places ----------------------------------------------------------------------------------------------------------


def _place(reading: Reading, control: ControlId, planned: Planned, ground: Ground) -> Place:
    target = reading.target
    account = ground.survey.organization.accounts[target.account]
    decision = planned.resolution.decision(target, control)
    wish = planned.wishes.of(target) if target.region in ground.survey.definitions else None
    governed = ground.survey.governance.get(target)
    return Place(
        account=target.account,
        alias=account.alias,
        name=account.name,
        region=target.region,
        way=str(governed.way) if isinstance(governed, Governance) else "",
        disposition=str(decision.disposition or "") if decision is not None else "",
        wanted=_wanted(control, decision, wish),
        cell=cell(decision) if decision is not None and decision.disposition is not None else "",
        now=_now(reading, control, ground),
        drift=_drift(target, planned),
    )


def _wanted(control: ControlId, decision: Decision | None, wish: Wish | None) -> str:
    if decision is None or decision.disposition is None or wish is None or control not in wish.intents:
        return ""
    return "on" if decision.disposition.is_on and control not in wish.elsewhere else "off"


def _now(reading: Reading, control: ControlId, ground: Ground) -> str:
    if isinstance(reading, Unreadable):
        return f"not known: {reading.because}"
    return on_or_off(reading, control, ground)


def on_or_off(reading: TargetState, control: ControlId, ground: Ground) -> str:
    """`on`, `off`, or in how many of its standards it is on."""
    mask = ground.survey.universe.of_control.get(control, 0) & reading.known
    on = (mask & reading.enabled).bit_count()
    if not mask:
        return "in no standard that is on there"
    if on in (0, mask.bit_count()):
        return "on" if on else "off"
    return f"on in {on} of {mask.bit_count()} standards"


def _drift(target: Target, planned: Planned) -> str:
    edits = planned.plan.edits.get(target, ())
    said = dict.fromkeys(f"{shown_value(one.current)} to {shown_value(one.desired)}" for one in edits)
    return ", ".join(said)


def with_extras(found: Lived, *, weeks: Sequence[Week], may_propose: bool, proposals: Sequence[Link]) -> Lived:
    """The same with its trend, its open proposals, and whether one may be made."""
    return replace(found, weeks=weeks, may_propose=may_propose, proposals=proposals)
