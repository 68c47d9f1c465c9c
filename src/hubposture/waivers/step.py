"""One finding of a subject, with everything that bears on it, and what may be written to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from hubposture.waivers.decision import Circumstances, FindingUpdate, Mark, Memory, Verb
from hubposture.waivers.foreign import may_set
from hubposture.waivers.note import (
    SET_NEW,
    SET_SUPPRESSED,
    SUPPRESSED,
    author_of,
    day_of,
    hash_of,
    last_day,
    open_note,
    read_note,
    tries_spent,
    waived_note,
    wanted_of,
    words_of,
)
from hubposture.waivers.rule import Case, Cover, FindingFacts
from hubposture.waivers.stamp import RELEASED, Stamp, has_room, stamp, stamp_of, with_stamp

WORKFLOWS = frozenset({"NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"})
_NO_ROOM = "other fields leave no room for the mark, so the note alone says it"


@dataclass(frozen=True, slots=True)
class At:
    """One finding that does not pass; `mark` is what the ledger knows of it."""

    case: Case
    finding: FindingFacts
    mark: Mark | None
    memory: Memory
    around: Circumstances

    @property
    def is_suppressed(self) -> bool:
        """Whether its workflow status is SUPPRESSED, whoever set that."""
        return self.finding.workflow == SET_SUPPRESSED

    @property
    def is_known(self) -> bool:
        """Whether the ledger has it as suppressed by us."""
        return self.mark is not None and self.mark.state == SUPPRESSED

    @property
    def carries_mark(self) -> bool:
        """Whether it says of itself that this instance suppressed it under a waiver."""
        finding, instance = self.finding, self.around.instance
        found = stamp_of(finding.user_fields)
        if found.instance == instance and found.stands:
            return True
        # Where the fields have no room for a mark, our note is the mark.
        if found.instance not in ("", instance) or has_room(finding.user_fields):
            return False
        if finding.note_by != author_of(instance):
            return False
        told = read_note(finding.note)
        return told is not None and told.waiver != ""

    @property
    def our_mark(self) -> Mark | None:
        """The ledger's mark if the finding is SUPPRESSED by us, by what the ledger and the finding say; else None.

        A release that nobody has seen yet may never have been carried out: then it still is.
        """
        mark = self.mark
        if mark is None or not self.is_suppressed or not self.carries_mark:
            return None
        return mark if self.is_known or mark.seen_at is None else None


@dataclass(frozen=True, slots=True)
class Step:
    """What is decided for one finding."""

    verb: Verb
    reason: str
    waiver: str = ""
    update: FindingUpdate | None = None
    rule: str = ""


def suppression(at: At, cover: Cover) -> FindingUpdate:
    """What a finding is to show under the waiver that covers it."""
    day = last_day(cover.until, at.around.zone)
    words = words_of(at.finding, at.around.instance, at.memory.notes.get(at.finding.finding))
    note = waived_note(cover.waiver, day, at.around.notes.get(cover.waiver, ""), words)
    return _update(at, SET_SUPPRESSED, note, stamp(at.around.instance, cover.waiver, day))


def shows(finding: FindingFacts, update: FindingUpdate) -> bool:
    """Whether a finding shows already what an update would set."""
    return hash_of(finding.workflow, finding.note, finding.note_by, finding.user_fields) == wanted_of(update)


def reopened(at: At, verb: Verb, why: str, waiver: str, *, again: frozenset[str]) -> Step:
    """NEW, unless a rule of somebody else may set one of the statuses `again`: that is reported and not fought."""
    around = at.around
    rule = may_set(around.rules, at.case, at.finding, again, now=around.now)
    if rule is not None:
        why = f"{why}; the automation rule {rule.name!r} may set {rule.status} again at the next check"
        return Step(Verb.HELD, why, waiver, rule=rule.name)
    today = day_of(around.now, around.zone)
    words = words_of(at.finding, around.instance, at.memory.notes.get(at.finding.finding))
    update = _update(at, SET_NEW, open_note(today, why, words), stamp(around.instance, RELEASED, today))
    return written(at, Step(verb, why, waiver, update))


def written(at: At, step: Step) -> Step:
    """A step that writes, unless the same was written just now, or in vain too often."""
    mark, around, update = at.mark, at.around, step.update
    if update is not None and not has_room(at.finding.user_fields):
        step = replace(step, reason=f"{step.reason}; {_NO_ROOM}")
    if mark is None or update is None or mark.wanted != wanted_of(update):
        return step
    settled = mark.written_at + around.lag
    was_reset = (
        mark.seen_at is not None or at.finding.updated_at > mark.written_at
    )  # by a check that ran since, or by hand
    if not was_reset and around.now <= settled and at.finding.observed_at <= settled:
        verb = Verb.KEEP if update.workflow == SET_SUPPRESSED else Verb.LEAVE
        why = f"written at {mark.written_at:%Y-%m-%d %H:%M} UTC, not seen yet"
        return replace(step, verb=verb, reason=why, update=None)
    if tries_spent(mark, around) < around.tries:
        return step
    return _in_vain(at, step, mark, update)


def _in_vain(at: At, step: Step, mark: Mark, update: FindingUpdate) -> Step:
    """Nothing more for a while: what we write does not stay."""
    around = at.around
    told = f"{step.reason}; written {mark.tries} times within a day, and"
    if at.finding.observed_at <= mark.written_at:
        why = f"{told} never seen since; it is tried again later"
        return replace(step, verb=Verb.HELD, reason=why, update=None)
    rule = may_set(around.rules, at.case, at.finding, WORKFLOWS - {update.workflow}, now=around.now)
    name = rule.name if rule is not None else ""
    by = f", perhaps the automation rule {name!r}" if rule is not None else ""
    why = f"{told} something sets it back{by}; it is tried again later"
    return replace(step, verb=Verb.HELD, reason=why, update=None, rule=name)


def grouped(updates: Iterable[FindingUpdate]) -> tuple[FindingUpdate, ...]:
    """Updates with equal values as one, sorted; every finding once in each."""
    found: dict[FindingUpdate, set[tuple[str, str]]] = {}
    for one in updates:
        found.setdefault(replace(one, ids=()), set()).update(one.ids)
    made: Sequence[FindingUpdate] = [replace(values, ids=tuple(sorted(ids))) for values, ids in found.items()]
    return tuple(sorted(made, key=lambda one: one.ids))


def _update(at: At, workflow: str, note: str, mark: Stamp) -> FindingUpdate:
    finding = at.finding
    fields = with_stamp(finding.user_fields, mark)
    return FindingUpdate(((finding.product, finding.id),), workflow, note, author_of(at.around.instance), fields)
