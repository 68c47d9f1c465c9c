"""Decisions as a plan: a change per subject that is written to, guards in both directions, and what is kept back."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit, Value
from hubposture.reconcile.guard import Exceeded
from hubposture.reconcile.plan import Held, Plan, collect_edits
from hubposture.waivers.decision import Decision, Verb
from hubposture.waivers.note import PASSED, SET_SUPPRESSED, wanted_of
from hubposture.waivers.rule import Case, FindingFacts
from hubposture.waivers.stamp import UNTIL, stamp_of

KINDS = tuple(f"waiver {verb}" for verb in Verb if verb.writes)
"""The kinds of edits of waivers."""
STAGE = 40
"""After everything that a target's controls need."""

_GRAVE = ("CRITICAL", "HIGH")


class Direction(StrEnum):
    """Which way a decision moves a subject in Security Hub."""

    SUPPRESSED = "suppressed"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Guard:
    """How much one run may move, 0 to 1 or None for no limit.

    `share_suppressed` is subjects newly suppressed over all that fail, `share_released` released over all that are
    suppressed by us. Both count only from `from_` subjects on, so that a small organization can move at all.
    """

    share_suppressed: float | None = None
    share_released: float | None = None
    from_: int = 50


@dataclass(frozen=True, slots=True)
class Blocks:
    """Why nothing may be opened now; each entry is a clause that is shown.

    `always` holds for every subject (a baseline older than the last one that was applied, a file of waivers with an
    error), `regions` by Region (automation rules that could not be read), `window` for releases alone (it is not the
    time for them).
    """

    always: Sequence[str] = ()
    regions: Mapping[str, str] = field(default_factory=dict)
    window: str = ""


def change_of(organization: str, case: Case, decision: Decision, *, source: str = "") -> Change:
    """The change of a decision that writes; `source` is where the waiver stands (`file:line:column`).

    `current` is the ground of the findings that are written to (see `ground`), `desired` (verb, waiver, last day, hash
    of what is wanted). What a release writes names the day on which it is written, so there the hash leaves it out: a
    plan that was reviewed yesterday is the same plan today.
    """
    written = {id_ for update in decision.updates for id_ in update.ids}
    edit = Edit(
        stage=STAGE,
        kind=f"waiver {decision.verb}",
        key=(case.control, case.resource),
        current=ground(case, written),
        desired=(str(decision.verb), decision.waiver, _until(decision), _wanted(decision)),
        reason=decision.reason,
        source=source,
        because=_risk(case, decision),
    )
    return Change(Target(organization, case.account, case.region), edit)


def ground(case: Case, ids: Iterable[tuple[str, str]]) -> Value:
    """What must still be so when findings, by (ProductArn, Id), are written to.

    A tuple by finding, sorted: its key, whether it passes, its workflow status, the mark on it, a hash of its note.
    Severity and times may move.
    """
    wanted = set(ids)
    return tuple(sorted(_ground(one) for one in case.findings if (one.product, one.id) in wanted))


def _ground(one: FindingFacts) -> tuple[str, str, str, str, str]:
    mark = " ".join(stamp_of(one.user_fields)).strip()
    state = "passes" if one.compliance == PASSED else "fails"
    return (one.finding, state, one.workflow, mark, _digest(one.note, one.note_by) if one.note else "")


def moved(edit: Edit, case: Case | None) -> str:
    """Why an edit of a saved plan may not be made any more; '' if its ground still holds.

    `case` is the subject as it is now, None where it is none any more that anything could be decided for.
    """
    if case is None:
        return "the ground has moved: the subject is not there any more, or nothing is to be decided for it"
    now = {one.finding: _ground(one) for one in case.findings}
    before = [one for one in edit.current if isinstance(one, tuple)] if isinstance(edit.current, tuple) else []
    for one in before:
        there = now.get(str(one[0]))
        if there is None:
            return f"the ground has moved: the finding {one[0]} is not ACTIVE any more"
        if there != one:
            was = " ".join(str(part) for part in one[1:4]).strip()
            return f"the ground has moved: planned from {was}, now {' '.join(there[1:4]).strip()}, or the note changed"
    return ""


def direction(decision: Decision) -> Direction | None:
    """Which way a decision counts against the guards; None for what moves nothing from open to hidden or back."""
    match decision.verb:
        case Verb.SUPPRESS:
            return Direction.SUPPRESSED
        case Verb.RELEASE:
            return Direction.RELEASED
        case _:
            return None


def exceeded(guard: Guard, decisions: Iterable[Decision], *, failing: int, ours: int) -> tuple[Exceeded, ...]:
    """The directions in which decisions go too far, with the option that allows it; only these are to be stopped.

    `failing` are all subjects that do not pass, `ours` all that are suppressed by us. The first word of
    `Exceeded.what` is the direction.
    """
    counts = Counter(direction(one) for one in decisions)
    asked = (
        (Direction.SUPPRESSED, guard.share_suppressed, failing, "of all failing subjects", "--allow-suppress-share"),
        (Direction.RELEASED, guard.share_released, ours, "of all subjects suppressed by us", "--allow-release-share"),
    )
    found: list[Exceeded] = []
    for way, limit, base, what, option in asked:
        share = min(1.0, counts[way] / max(1, base))
        if limit is None or counts[way] < max(1, guard.from_) or share <= limit:
            continue
        percent = min(100, int(share * 100) + 1)
        shown = f"{counts[way]:,} of {base:,} ({share:.1%})"
        found.append(Exceeded(f"{way} {what}", f"{limit:.0%}", shown, f"{option} {percent}"))
    return tuple(found)


def kept_back(case: Case, decision: Decision, blocks: Blocks) -> tuple[str, ...]:
    """Every reason for which a decision may not be carried out now; () where it may.

    Only what opens a finding can be kept back; it is to be shown and counted, and the next run decides anew.
    """
    if decision.verb not in (Verb.RELEASE, Verb.UNRESOLVE):
        return ()
    region = blocks.regions.get(case.region, "")
    window = blocks.window if decision.verb is Verb.RELEASE else ""
    return tuple(why for why in (*blocks.always, region, window) if why)


def planned(organization: str, changes: Iterable[Change], *, cells: int, held: Iterable[Held] = ()) -> Plan:
    """Changes as a plan; `cells` are the failing subjects that were looked at, `held` what is left as it is and why.

    Raises DuplicateEdit where two changes are of one subject.
    """
    wanted: dict[Target, list[Edit]] = {}
    for one in changes:
        wanted.setdefault(one.place, []).append(one.edit)
    return Plan(
        organization=organization,
        edits=collect_edits(wanted.items()),
        places=len(wanted),
        cells=cells,
        held=tuple(sorted(held)),
    )


def held_of(organization: str, case: Case, why: str) -> Held:
    """A subject that is left as it is on purpose: held for a rule of somebody else, or kept back."""
    return Held(Target(organization, case.account, case.region), (case.control, case.resource), why)


def _until(decision: Decision) -> str:
    """The last day that is written with a suppression; ''."""
    days = [dict(one.fields).get(UNTIL, "") for one in decision.updates if one.workflow == SET_SUPPRESSED]
    return max(days, default="")


def _wanted(decision: Decision) -> str:
    parts = sorted(
        (*id_, wanted_of(one) if one.workflow == SET_SUPPRESSED else one.workflow)
        for one in decision.updates
        for id_ in one.ids
    )
    return _digest(*(text for part in parts for text in part))


def _risk(case: Case, decision: Decision) -> str:
    if decision.verb is Verb.SUPPRESS and case.severity in _GRAVE:
        return f"{case.severity}, and nobody will see it open any more"
    return ""


def _digest(*parts: str) -> str:
    text = "\x1f".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).hexdigest()
