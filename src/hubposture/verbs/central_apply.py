"""Apply policies: write, read back, and look into the accounts that can be read, since SUCCESS proves nothing there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hubposture.controls.central.demand import Foreign, SelfManaged
from hubposture.controls.central.edits import FAILED, PolicyKind, association_value, content_value, node_of
from hubposture.controls.central.effective import as_governance, standings_now
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.tree import tree_of
from hubposture.controls.central.types import AssociationStatus, CentralState, Content, Profile
from hubposture.controls.state import Reading, TargetState
from hubposture.errors import RemoteError
from hubposture.model.targets import Governance, Target, Unreadable
from hubposture.ports.central import CentralReader, CentralWriter
from hubposture.ports.hub import HubReader
from hubposture.reconcile.change import Change, Edit, Value
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.verbs.apply import Journal
from hubposture.verbs.plan import Central
from hubposture.verbs.survey import Survey

MOST_CHECKED = 200
"""Targets that are looked into after policies were written; the others are not measured."""

_KINDS = frozenset(str(kind) for kind in PolicyKind)
_ASSOCIATIONS = (PolicyKind.ASSOCIATE, PolicyKind.DISASSOCIATE)


@dataclass(frozen=True, slots=True)
class CentralMeans:
    """What applying policies needs."""

    central: Central
    reader: CentralReader
    writer: CentralWriter
    hub: HubReader
    journal: Journal
    survey: Survey

    @property
    def moved(self) -> tuple[Target, ...]:
        """The targets of live accounts that policies change, or take over; sorted."""
        demand = self.central.made.compiled.demand
        accounts = self.survey.organization.accounts
        moved = {node for node, wanted in demand.wanted.items() if node in accounts and wanted != demand.today[node]}
        return tuple(target for target in self.survey.targets if target.account in moved)


@dataclass(frozen=True, slots=True)
class Checked:
    """What was seen in targets after their policy had changed.

    `confirmed` have what their policy says; `differing` say in what they do not; `unmeasured` say why nobody knows.
    """

    confirmed: tuple[Target, ...]
    differing: Mapping[Target, str]
    unmeasured: Mapping[Target, str]


def by_policy(
    edits: Mapping[Target, tuple[Edit, ...]],
) -> tuple[dict[Target, tuple[Edit, ...]], dict[Target, tuple[Edit, ...]]]:
    """The edits of targets and those of policies, each by place."""
    parts: tuple[dict[Target, tuple[Edit, ...]], dict[Target, tuple[Edit, ...]]] = ({}, {})
    for place, wanted in edits.items():
        if all(edit.kind not in _KINDS for edit in wanted):
            parts[0][place] = wanted
            continue
        for part, is_policy in zip(parts, (False, True), strict=True):
            if chosen := tuple(edit for edit in wanted if (edit.kind in _KINDS) is is_policy):
                part[place] = chosen
    return parts


def apply_central(
    edits: Mapping[Target, tuple[Edit, ...]], means: CentralMeans
) -> tuple[tuple[Result, ...], Checked | None]:
    """Write the edits of policies and associations, one Result for each, and look into the targets they moved.

    Raises nothing for one edit; the state that is read afterwards decides, not the answer.
    """
    changes = [Change(place, edit) for place, wanted in sorted(edits.items()) for edit in wanted]
    means.journal.intend(changes)
    results = _written(changes, means)
    after: CentralState | None = None
    try:
        after = means.reader.read(means.survey.organization)
    except RemoteError as problem:
        results = [_unseen(one, str(problem)) for one in results]
    else:
        results = [_seen(one, after) for one in results]
    means.journal.record(results)
    return tuple(results), None if after is None else check(means, after)


def _written(changes: Sequence[Change], means: CentralMeans) -> list[Result]:
    organization = means.survey.organization
    home = means.survey.definitions.get(organization.home_region)
    if home is None:
        why = "the home Region's control definitions could not be read"
        return [Result(change, Outcome.SKIPPED, why) for change in changes]
    failed = "no answer for this change"
    answers: Iterable[Result] = ()
    try:
        answers = means.writer.write(organization, [change.edit for change in changes], home=home)
    except RemoteError as problem:
        failed = str(problem)
    spoken = {one.change.edit.order: one for one in answers}
    return [
        replace(spoken[change.edit.order], change=change)
        if change.edit.order in spoken
        else Result(change, Outcome.FAILED, failed)
        for change in changes
    ]


def _unseen(result: Result, why: str) -> Result:
    if result.outcome is Outcome.SKIPPED:
        return result
    return replace(result, outcome=Outcome.FAILED, detail=f"cannot be read back: {why}")


def _seen(result: Result, after: CentralState) -> Result:
    """The result by what is read: a policy that stands as wanted, an association that is there and did not fail."""
    if result.outcome is not Outcome.APPLIED or _standing(result.change.edit, after) == result.change.edit.desired:
        return result
    detail = result.detail or "the answer was yes, but reading back shows another state"
    return replace(result, outcome=Outcome.FAILED, detail=detail)


def _standing(edit: Edit, state: CentralState) -> Value:
    if edit.kind in _ASSOCIATIONS:
        applied = state.applied.get(node_of(edit).id)
        value = association_value(applied.policy if applied else None, state.refs)
        failed = applied is not None and applied.status is AssociationStatus.FAILED
        return (*value, FAILED) if failed and isinstance(value, tuple) else value
    policy = state.by_ref.get(edit.key[0])
    return None if policy is None else content_value(policy.content)


def check(means: CentralMeans, after: CentralState) -> Checked:
    """Look into targets whose policy changed: does each hold what the policy says that now governs it?"""
    organization = means.survey.organization
    tree = tree_of(organization)
    standings = standings_now(organization, after)
    demand = means.central.made.compiled.demand
    wanted: dict[Target, Governance | Unreadable] = {}
    contents: dict[Target, Content] = {}
    unmeasured: dict[Target, str] = {}
    for target in means.moved:
        policy = after.by_id.get(standings[target.account].policy)
        if policy is None or isinstance(demand.wanted[target.account], Foreign | SelfManaged):
            continue
        if len(wanted) == MOST_CHECKED:
            unmeasured[target] = f"only {MOST_CHECKED} targets are looked into"
            continue
        before = means.survey.governance.get(target)
        is_closed = isinstance(before, Unreadable)
        governance = as_governance(standings[target.account], after, tree)
        wanted[target] = before if is_closed and before is not None else governance
        contents[target] = policy.content
    return _compared(means, wanted, contents, unmeasured)


def _compared(
    means: CentralMeans,
    wanted: Mapping[Target, Governance | Unreadable],
    contents: Mapping[Target, Content],
    unmeasured: Mapping[Target, str],
) -> Checked:
    survey = means.survey
    found: dict[Target, Reading] = {}
    why = "no answer"
    try:
        found = {one.target: one for one in means.hub.read(wanted, survey.universe, survey.definitions)}
    except RemoteError as problem:
        why = str(problem)
    confirmed: list[Target] = []
    differing: dict[Target, str] = {}
    unknown = dict(unmeasured)
    for target in sorted(wanted):
        match found.get(target):
            case None:
                unknown[target] = why
            case Unreadable(because=because):
                unknown[target] = str(because)
            case TargetState() as state:
                if state.settling:
                    unknown[target] = "its standards are still settling"
                elif apart := _apart(state, contents[target], means.central.ground):
                    differing[target] = apart
                else:
                    confirmed.append(target)
    return Checked(tuple(confirmed), differing, unknown)


def _apart(state: TargetState, content: Content, ground: CentralGround) -> str:
    """In what a target differs from what its policy says there; '' if in nothing."""
    if not isinstance(content, Profile):
        return "Security Hub is on, and the policy switches it off"
    if state.standards != content.standards:
        apart = sorted(one.key for one in state.standards ^ content.standards)
        return f"other standards than the policy's: {', '.join(apart)}"
    reach = ground.reach.get(state.target.region, 0) & ~ground.bits_of(ground.settling)
    within = state.known & reach
    differ = (state.enabled ^ ground.switched_on(content)) & within
    if differ:
        names = sorted({ground.name(control) for _, control in ground.universe.decode(differ)})
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""  # noqa: PLR2004 (as many as are named)
        return f"{len(names)} controls are not as the policy says: {', '.join(names[:3])}{more}"
    on = state.enabled & within
    says = {
        control: values for control, values in content.parameters if on & ground.universe.of_control.get(control, 0)
    }
    has = {control: values for control, values in state.parameters if on & ground.universe.of_control.get(control, 0)}
    wrong = sorted(
        ground.name(control) for control in says.keys() | has.keys() if says.get(control) != has.get(control)
    )
    return f"other parameters than the policy's: {', '.join(wrong[:3])}" if wrong else ""
