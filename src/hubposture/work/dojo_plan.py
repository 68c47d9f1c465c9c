"""From what DefectDojo has and what it should have to what is to be done."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.work.dojo import (
    SERVICE,
    TAGS,
    AcceptanceChange,
    Current,
    Desired,
    DojoFinding,
    DojoPlan,
    DojoTest,
    Field,
    FindingPatch,
    HeldUpload,
    Place,
    Upload,
    Value,
    Wanted,
)
from hubposture.work.dojo_acceptances import Shares, acceptance_changes


class Role(StrEnum):
    """What a finding is to be: wanted here, done (or wanted elsewhere now), or left as it is."""

    WANTED = "wanted"
    DONE = "done"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class CloseGuard:
    """How large a share of a test's open findings one upload may close; it counts from `share_from` closed ones on."""

    share: float = 0.5
    share_from: int = 20


@dataclass(frozen=True)
class _Test:
    """One place: findings with their roles. Of several findings for one subject the oldest counts, the others are done."""

    place: Place
    test: DojoTest | None
    wanted: Mapping[str, Wanted]
    first: Mapping[str, DojoFinding] = field(default_factory=dict)
    roles: Mapping[int, Role] = field(default_factory=dict)

    @property
    def findings(self) -> Sequence[DojoFinding]:
        return self.test.findings if self.test is not None else ()


def plan_dojo(
    current: Current,
    desired: Desired,
    *,
    uploaded: Collection[Place] = (),
    frozen: Collection[Place] = (),
) -> DojoPlan:
    """What is to be done. Nothing of an unknown subject, of an unread or of a `frozen` place changes.

    `uploaded` are places for which a file was sent and that were read again since: what is still not as it should be there
    is changed finding by finding.
    """
    closed = {*frozen, *current.unread}
    wanted = _by_place(desired)
    places = sorted({*current.tests, *wanted} - closed)
    tests = [_test(place, current, desired, wanted.get(place, {})) for place in places]
    lifts, acceptances = acceptance_changes(current, desired, _shares(current, tests))
    accepted = {number for one in current.acceptances for number in one.findings if not one.is_expired}
    lifted = _lifted(current, lifts)
    uploads = [_upload(one, current, desired, lifted) for one in tests if one.place not in uploaded]
    patches = [
        patch
        for one in tests
        for patch in _patches(one, is_uploaded=one.place in uploaded, staying=frozenset(accepted - lifted))
    ]
    missing = [
        (one.place, subject)
        for one in tests
        if one.place in uploaded
        for subject in one.wanted
        if subject not in one.first
    ]
    return DojoPlan(
        lifts=lifts,
        uploads=tuple(one for one in uploads if one is not None),
        patches=tuple(patches),
        acceptances=acceptances,
        missing=tuple(missing),
    )


def held_uploads(plan: DojoPlan, guard: CloseGuard, *, allowed: Collection[Place] = ()) -> tuple[HeldUpload, ...]:
    """Uploads that would close more than the guard lets them; those of `allowed` places are let."""
    found = []
    for one in plan.uploads:
        share = one.closes / max(1, one.active)
        if one.closes >= guard.share_from and share > guard.share and one.place not in allowed:
            why = f"it would close {one.closes:,} of {one.active:,} open findings, limit {guard.share:.0%}"
            found.append(HeldUpload(one.place, one.closes, one.active, why))
    return tuple(found)


def role_of(finding: DojoFinding, place: Place, desired: Desired) -> Role:
    """What a finding is to be at its place."""
    wanted = desired.findings.get(finding.subject)
    if wanted is not None:
        return Role.WANTED if wanted.place == place else Role.DONE
    return Role.DONE if finding.subject in desired.done else Role.KEPT


def is_closed(finding: DojoFinding) -> bool:
    """Whether it counts as fixed there."""
    return finding.is_mitigated and not finding.is_active


def _by_place(desired: Desired) -> Mapping[Place, Mapping[str, Wanted]]:
    found: dict[Place, dict[str, Wanted]] = {}
    for subject, one in desired.findings.items():
        found.setdefault(one.place, {})[subject] = one
    return found


def _test(place: Place, current: Current, desired: Desired, wanted: Mapping[str, Wanted]) -> _Test:
    test = current.tests.get(place)
    first: dict[str, DojoFinding] = {}
    roles: dict[int, Role] = {}
    for one in test.findings if test is not None else ():
        is_first = first.setdefault(one.subject, one) is one
        role = role_of(one, place, desired)
        roles[one.id] = role if is_first or role is Role.KEPT else Role.DONE
    return _Test(place, test, wanted, first, roles)


def _shares(current: Current, tests: Sequence[_Test]) -> Shares:
    """What risk acceptances need to know of findings."""
    wanted: dict[tuple[str, str], list[int]] = {}
    known: set[int] = set()
    kept: set[int] = set()
    for one in tests:
        for finding in one.findings:
            known.add(finding.id)
            role = one.roles[finding.id]
            if role is Role.KEPT:
                kept.add(finding.id)
            elif role is Role.WANTED and one.wanted[finding.subject].waiver and not finding.set_aside:
                key = (one.wanted[finding.subject].waiver, one.place.product)
                wanted.setdefault(key, []).append(finding.id)
    elsewhere = {number for one in current.acceptances for number in one.findings} - known
    return Shares({key: frozenset(some) for key, some in wanted.items()}, frozenset(kept | elsewhere))


def _lifted(current: Current, lifts: Sequence[AcceptanceChange]) -> frozenset[int]:
    """Findings that are in no risk acceptance of ours any more once these are done."""
    before = {one.id: set(one.findings) for one in current.acceptances}
    return frozenset(number for one in lifts for number in before.get(one.id, set()) - set(one.findings))


def _upload(one: _Test, current: Current, desired: Desired, lifted: Collection[int]) -> Upload | None:
    """The file that this place needs; None where it needs none."""
    creates = sum(subject not in one.first for subject in one.wanted)
    reopens = sum(
        one.roles[each.id] is Role.WANTED
        and each.is_mitigated
        and not each.set_aside
        and (not each.is_accepted or each.id in lifted)
        for each in one.findings
    )
    closes = sum(
        one.roles[each.id] is Role.DONE and not each.is_mitigated and not each.set_aside for each in one.findings
    )
    if not (creates or reopens or closes):
        return None
    product = one.place.product
    return Upload(
        place=one.place,
        test=one.test.id if one.test is not None else None,
        product_type=current.product_types.get(product) or desired.product_types.get(product, ""),
        wanted=tuple(one.wanted[subject] for subject in sorted(one.wanted)),
        kept=tuple(
            each for _, each in sorted(one.first.items()) if one.roles[each.id] is Role.KEPT and not each.is_mitigated
        ),
        creates=creates,
        reopens=reopens,
        closes=closes,
        active=sum(not each.is_mitigated and not each.set_aside for each in one.findings),
    )


def _patches(one: _Test, *, is_uploaded: bool, staying: frozenset[int]) -> Iterator[FindingPatch]:
    for each in one.findings:
        fields: dict[Field, Value] = {}
        match one.roles[each.id]:
            case Role.WANTED:
                fields |= _kept_open(each, is_uploaded=is_uploaded, staying=staying)
                fields |= _in_line(each, one.wanted[each.subject])
            case Role.DONE:
                fields |= _kept_closed(each, is_uploaded=is_uploaded)
            case Role.KEPT:
                pass
        if fields:
            has = _standing(each)
            before = {name: has[name] for name in fields}
            yield FindingPatch(each.id, one.place, each.subject, fields, before)


def _kept_open(one: DojoFinding, *, is_uploaded: bool, staying: frozenset[int]) -> dict[Field, Value]:
    """What opens a finding that an upload does not open. What people set aside or accepted themselves is left to them."""
    if one.set_aside:
        return {}
    if one.is_accepted:
        return {Field.MITIGATED: False} if one.id in staying and one.is_mitigated else {}
    if one.is_mitigated:
        return {Field.ACTIVE: True, Field.MITIGATED: False} if is_uploaded else {}
    return {} if one.is_active else {Field.ACTIVE: True}


def _kept_closed(one: DojoFinding, *, is_uploaded: bool) -> dict[Field, Value]:
    """What closes a finding that an upload does not close: one that is both active and mitigated."""
    if one.set_aside or is_closed(one):
        return {}
    if one.is_mitigated:
        return {Field.ACTIVE: False}
    return {Field.ACTIVE: False, Field.MITIGATED: True} if is_uploaded else {}


def _in_line(one: DojoFinding, wanted: Wanted) -> dict[Field, Value]:
    """Fields that a reimport leaves as they were, or sets by the day of the import."""
    since = wanted.date.isoformat()
    fields: dict[Field, Value] = {
        Field.SEVERITY: wanted.severity,
        Field.DATE: since,
        Field.SLA_START: since,
        Field.SERVICE: SERVICE,
        Field.TAGS: tuple(sorted({*wanted.tags, *(tag for tag in one.tags if not tag.startswith(TAGS))})),
    }
    if wanted.component:
        fields[Field.COMPONENT] = wanted.component
    if wanted.planned is not None:
        fields[Field.PLANNED] = wanted.planned.isoformat()
    has = _standing(one)
    return {name: value for name, value in fields.items() if value != has[name]}


def _standing(one: DojoFinding) -> Mapping[Field, Value | None]:
    """What stands in every field now."""
    return {
        Field.ACTIVE: one.is_active,
        Field.MITIGATED: one.is_mitigated,
        Field.SEVERITY: one.severity,
        Field.DATE: one.date.isoformat() if one.date else None,
        Field.SLA_START: one.sla_start.isoformat() if one.sla_start else None,
        Field.PLANNED: one.planned.isoformat() if one.planned else None,
        Field.COMPONENT: one.component,
        Field.SERVICE: one.service,
        Field.TAGS: tuple(sorted(one.tags)),
    }
