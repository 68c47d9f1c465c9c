"""What is decided for one subject: a pure function of what stands there, what is remembered and what holds today.

The first row that fits decides. The first three are about the subject; from then on each finding is decided for itself,
and only findings that do not pass (FAILED, WARNING, NOT_AVAILABLE).

| subject or finding | decision | why |
|---|---|---|
| its control is off, it is gone, or we lost sight of it | leave | what cannot be seen is not written to |
| a finding carries the mark of another instance | leave | it is that instance's, which is named |
| no ACTIVE finding, or all pass | leave | NEW is never written on PASSED; what is ours is released once it fails |
| covered, speaks of an uncovered subject too, SUPPRESSED and ours | release | it hides what nobody excused |
| covered, speaks of an uncovered subject too | leave | suppressing it would hide that as well |
| covered, not SUPPRESSED (RESOLVED too) | suppress | the waiver excuses it |
| covered, SUPPRESSED, unknown to the ledger | adopt | somebody suppressed it, or the ledger was lost |
| covered, SUPPRESSED, workflow, note and mark as we want them | keep | |
| covered, SUPPRESSED, anything else there | re-note | another waiver or end, note or mark overwritten |
| covered visibly or not at all, SUPPRESSED and ours | release | nothing excuses hiding it (any more) |
| covered visibly, SUPPRESSED | leave | it is accepted; who suppressed it is not our concern |
| SUPPRESSED | unapproved | reported; released only if so configured |
| RESOLVED, and a check ran since that was first seen | unresolve | somebody closed it, and it still fails |
| RESOLVED | leave | its next check, within 25 hours, will tell |
| a waiver matches it beyond what was approved | surplus | approval is asked for it |
| anything else | leave | it is open, as it should be |

What would be written is not written where

| | decision | why |
|---|---|---|
| it opens the finding, and a rule of somebody else may set it back at the next check | held | named, not fought |
| the same was written within the lag, and is not seen | keep, or leave where it opens | reads lag behind writes |
| the same was written again and again within a day | held | something works against it; tries come back by and by |

"Ours" is a SUPPRESSED finding that the ledger knows as suppressed by us (or as released by a write that nobody has
seen yet) and that carries our standing mark; where the fields have no room for a mark, our note is the mark.
Of several findings of a subject the strongest decision names the subject's verb, in the order of `_STRENGTH`; every
finding that needs an update gets its own.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from hubposture.waivers.decision import Circumstances, Decision, FindingUpdate, Mark, Memory, Verb
from hubposture.waivers.foreign import may_set
from hubposture.waivers.note import (
    PASSED,
    SET_NEW,
    SET_SUPPRESSED,
    SUPPRESSED,
    Words,
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
from hubposture.waivers.rule import Case, Cover, FindingFacts, Fit
from hubposture.waivers.stamp import PREFIX, RELEASED, has_room, stamp, stamp_of, with_stamp
from hubposture.waivers.waiver import Effect

NEXT_CHECK = dt.timedelta(hours=25)
"""Controls are checked at least once a day; after this long a check ran whatever the finding's time says."""

_RESOLVED = "RESOLVED"
_STRENGTH = (
    Verb.RELEASE, Verb.UNRESOLVE, Verb.SUPPRESS, Verb.ADOPT, Verb.RE_NOTE, Verb.HELD, Verb.UNAPPROVED, Verb.SURPLUS,
    Verb.LEAVE, Verb.KEEP,
)  # fmt: skip
"""Opening comes first: whatever may not be opened now is then held back whole, also where more is to be written."""
_RANK = {verb: rank for rank, verb in enumerate(_STRENGTH)}
_UNSEEN = {
    "off": "the control is off there",
    "lost": "we lost sight of it",
    "gone": "it is gone",
}


@dataclass(frozen=True, slots=True)
class _At:
    """One finding that does not pass, and everything that bears on it."""

    case: Case
    finding: FindingFacts
    mark: Mark | None
    memory: Memory
    around: Circumstances

    @property
    def is_suppressed(self) -> bool:
        return self.finding.workflow == SET_SUPPRESSED

    @property
    def is_ours(self) -> bool:
        """SUPPRESSED by us, by what the ledger and the finding say."""
        if not self.is_suppressed or self.mark is None:
            return False
        is_known = self.mark.state == SUPPRESSED or self.mark.seen_at is None
        return is_known and carries_mark(self.finding, self.around.instance)


@dataclass(frozen=True, slots=True)
class _Step:
    """What is decided for one finding."""

    verb: Verb
    reason: str
    waiver: str = ""
    update: FindingUpdate | None = None
    rule: str = ""


def decide(case: Case, memory: Memory, circumstances: Circumstances) -> Decision:
    """Decide for one subject. Nothing depends on the order of its findings or of the rules."""
    cover = _covering(case)
    waiver = cover.waiver if cover is not None else ""
    if case.presence not in ("present", "unsure"):
        why = _UNSEEN.get(case.presence, f"its presence is {case.presence!r}")
        return Decision(case.subject, Verb.LEAVE, why, waiver)
    if other := _other_instances(case, circumstances.instance):
        return Decision(case.subject, Verb.LEAVE, f"marked by another instance: {', '.join(other)}", waiver)
    steps = {
        one.finding: _step(_At(case, one, memory.marks.get(one.finding), memory, circumstances))
        for one in case.findings
        if one.compliance != PASSED
    }
    if not steps:
        return Decision(case.subject, Verb.LEAVE, _passes(case, memory, circumstances), waiver)
    return _joined(case, steps)


def carries_mark(finding: FindingFacts, instance: str) -> bool:
    """Whether a finding says of itself that this instance suppressed it under a waiver."""
    found = stamp_of(finding.user_fields)
    if found.instance:
        return found.instance == instance and found.stands
    if has_room(finding.user_fields) or finding.note_by != author_of(instance):
        return False
    told = read_note(finding.note)
    return told is not None and told.waiver != ""


def _covering(case: Case) -> Cover | None:
    return case.cover if case.cover is not None and case.cover.fit is Fit.COVERS else None


def _other_instances(case: Case, instance: str) -> list[str]:
    """Instances whose marks stand on findings of the subject, ours aside; a waiver's note counts where no mark is."""
    found: set[str] = set()
    for one in case.findings:
        if PREFIX not in one.user_fields and not one.note_by.startswith(PREFIX):
            continue
        who = stamp_of(one.user_fields).instance
        if not who and one.note_by.startswith(PREFIX):
            told = read_note(one.note)
            who = one.note_by.removeprefix(PREFIX) if told is not None and told.waiver else ""
        found.add(who)
    return sorted(found - {"", instance})


def _passes(case: Case, memory: Memory, around: Circumstances) -> str:
    if not case.findings:
        return "it has no ACTIVE finding"
    cover = _covering(case)
    if cover is not None and cover.effect is Effect.SUPPRESS:
        return f"it passes; {cover.waiver} covers it"
    held = [_At(case, one, memory.marks.get(one.finding), memory, around) for one in case.findings]
    return "it passes; it will be released if it fails" if any(one.is_ours for one in held) else "it passes"


def _step(at: _At) -> _Step:
    cover = _covering(at.case)
    if cover is None:
        return _uncovered(at)
    match cover.effect:
        case Effect.VISIBLE:
            return _visible(at, cover)
        case Effect.SUPPRESS:
            return _shared(at, cover) if at.finding.is_shared else _covered(at, cover)
        case _:
            assert_never(cover.effect)


# Covered


def _covered(at: _At, cover: Cover) -> _Step:
    finding, around = at.finding, at.around
    day = last_day(cover.until, around.zone)
    note = waived_note(cover.waiver, day, around.notes.get(cover.waiver, ""), _words(at))
    update = _update(
        at, SET_SUPPRESSED, note, with_stamp(finding.user_fields, stamp(around.instance, cover.waiver, day))
    )
    is_known = at.mark is not None and at.mark.state == SUPPRESSED
    if not at.is_suppressed:
        was = "; it is RESOLVED, though its check fails" if finding.workflow == _RESOLVED else ""
        return _written(at, _Step(Verb.SUPPRESS, f"{cover.waiver} covers it until {day}{was}", cover.waiver, update))
    if not is_known:
        return _written(at, _Step(Verb.ADOPT, _adopted(at, cover), cover.waiver, update))
    if _shows(finding) == wanted_of(update):
        return _Step(Verb.KEEP, f"suppressed under {cover.waiver} until {day}", cover.waiver)
    return _written(at, _Step(Verb.RE_NOTE, _changed(at, cover, day), cover.waiver, update))


def _adopted(at: _At, cover: Cover) -> str:
    if carries_mark(at.finding, at.around.instance):
        return f"it carries our mark, and the ledger does not know it; {cover.waiver} covers it"
    return f"somebody suppressed it; {cover.waiver} covers it"


def _changed(at: _At, cover: Cover, day: dt.date) -> str:
    """What of ours is not as it should be."""
    found = stamp_of(at.finding.user_fields)
    if found.waiver not in ("", RELEASED, cover.waiver):
        return f"suppressed under {found.waiver}, now under {cover.waiver}"
    if found.until not in ("", day.isoformat()) and found.waiver == cover.waiver:
        return f"{cover.waiver} now holds until {day}"
    if at.finding.note_by != author_of(at.around.instance):
        return f"somebody wrote over the note; {cover.waiver} covers it until {day}"
    return f"the note or the mark is not what {cover.waiver} asks for"


def _shared(at: _At, cover: Cover) -> _Step:
    why = "its finding speaks of another resource too, which no waiver covers"
    if at.is_ours:
        return _released(at, why, at.mark.waiver if at.mark is not None else cover.waiver)
    return _Step(Verb.LEAVE, f"{cover.waiver} covers it, but {why}", cover.waiver)


def _visible(at: _At, cover: Cover) -> _Step:
    why = f"{cover.waiver} accepts it, and it stays visible"
    if at.is_ours:
        return _released(at, why, cover.waiver)
    if at.finding.workflow == _RESOLVED:
        return _resolved(at, cover.waiver)
    return _Step(Verb.LEAVE, f"{why}; suppressed by somebody else" if at.is_suppressed else why, cover.waiver)


# Not covered


def _uncovered(at: _At) -> _Step:
    cover = at.case.cover
    waiver = cover.waiver if cover is not None else ""
    if at.is_ours and at.mark is not None:
        return _released(at, _lapsed(at.mark, cover, at.around), at.mark.waiver)
    if at.is_suppressed:
        return _unapproved(at, waiver)
    if at.finding.workflow == _RESOLVED:
        return _resolved(at, waiver)
    if cover is not None and cover.fit is Fit.SURPLUS:
        return _Step(Verb.SURPLUS, _short_of(cover), waiver)
    return _Step(Verb.LEAVE, f"it is open; {_short_of(cover)}" if cover is not None else "it is open", waiver)


def _short_of(cover: Cover) -> str:
    """Why a waiver that matches does not cover."""
    why = f" ({cover.why})" if cover.why else ""
    match cover.fit:
        case Fit.SURPLUS:
            return f"{cover.waiver} matches it, but it is not among what was approved{why}"
        case Fit.BARRED:
            return f"{cover.waiver} matches it, but its row of the matrix allows no such waiver{why}"
        case Fit.ENDED:
            return f"{cover.waiver} matches it, but does not hold{why}"
        case Fit.COVERS:
            return f"{cover.waiver} covers it"
        case _:
            assert_never(cover.fit)


def _lapsed(mark: Mark, cover: Cover | None, around: Circumstances) -> str:
    """Why what we suppressed under a waiver is excused no longer."""
    if cover is not None and cover.waiver == mark.waiver:
        return _short_of(cover)
    if mark.until <= around.now:
        return f"{mark.waiver} held until {last_day(mark.until, around.zone)}"
    return f"{mark.waiver} does not cover it any more" if mark.waiver else "no waiver covers it"


def _unapproved(at: _At, waiver: str) -> _Step:
    cover = at.case.cover
    parts = ["suppressed, and no waiver covers it" if cover is None else f"suppressed; {_short_of(cover)}"]
    if carries_mark(at.finding, at.around.instance):
        parts.append("it carries our mark, and the ledger does not know it")
    why = "; ".join(parts)
    if at.around.release_unapproved:
        return _released(at, "it was suppressed, and nobody approved that", waiver)
    rule = may_set(at.around.rules, at.case, at.finding, frozenset({SET_SUPPRESSED}), now=at.around.now)
    if rule is not None:
        return _Step(Verb.UNAPPROVED, f"{why}; the automation rule {rule.name!r} sets it", waiver, rule=rule.name)
    return _Step(Verb.UNAPPROVED, why, waiver)


def _resolved(at: _At, waiver: str) -> _Step:
    """RESOLVED by somebody, and it does not pass."""
    since = at.memory.resolved_since.get(at.finding.finding)
    was_checked = since is not None and (at.finding.updated_at > since or at.around.now - since >= NEXT_CHECK)
    if not was_checked:
        return _Step(Verb.LEAVE, "it is RESOLVED, though its check fails; it waits for its next check", waiver)
    why = "it was RESOLVED, but its check still fails"
    return _reopened(at, Verb.UNRESOLVE, why, waiver, again=frozenset({SET_SUPPRESSED, _RESOLVED}))


def _released(at: _At, why: str, waiver: str) -> _Step:
    return _reopened(at, Verb.RELEASE, why, waiver, again=frozenset({SET_SUPPRESSED}))


def _reopened(at: _At, verb: Verb, why: str, waiver: str, *, again: frozenset[str]) -> _Step:
    """NEW, unless a rule of somebody else would undo it: that is reported and not fought."""
    around = at.around
    rule = may_set(around.rules, at.case, at.finding, again, now=around.now)
    if rule is not None:
        why = f"{why}; the automation rule {rule.name!r} would set {rule.status} again at the next check"
        return _Step(Verb.HELD, why, waiver, rule=rule.name)
    today = day_of(around.now, around.zone)
    fields = with_stamp(at.finding.user_fields, stamp(around.instance, RELEASED, today))
    update = _update(at, SET_NEW, open_note(today, why, _words(at)), fields)
    return _written(at, _Step(verb, why, waiver, update))


# Writing


def _words(at: _At) -> Words | None:
    return words_of(at.finding, at.around.instance, at.memory.notes.get(at.finding.finding))


def _update(at: _At, workflow: str, note: str, fields: tuple[tuple[str, str], ...]) -> FindingUpdate:
    finding = at.finding
    return FindingUpdate(((finding.product, finding.id),), workflow, note, author_of(at.around.instance), fields)


def _shows(finding: FindingFacts) -> str:
    return hash_of(finding.workflow, finding.note, finding.note_by, finding.user_fields)


def _written(at: _At, step: _Step) -> _Step:
    """A step that writes, unless the same was written just now, or in vain too often."""
    mark, around = at.mark, at.around
    if step.update is not None and not has_room(at.finding.user_fields):
        step = replace(
            step, reason=f"{step.reason}; other fields leave no room for the mark, so the note alone says it"
        )
    if mark is None or step.update is None or mark.wanted != wanted_of(step.update):
        return step
    settled = mark.written_at + around.lag
    if around.now <= settled and at.finding.observed_at <= settled:
        verb = Verb.KEEP if step.update.workflow == SET_SUPPRESSED else Verb.LEAVE
        return replace(
            step, verb=verb, reason=f"written at {mark.written_at:%Y-%m-%d %H:%M} UTC, not seen yet", update=None
        )
    if tries_spent(mark, around) < around.tries:
        return step
    return _fought(at, step, mark)


def _fought(at: _At, step: _Step, mark: Mark) -> _Step:
    """Nothing more for a while: what we write does not stay."""
    if at.finding.observed_at <= mark.written_at:
        why = f"written {mark.tries} times within a day, and never seen since; it is tried again later"
        return replace(step, verb=Verb.HELD, reason=f"{step.reason}; {why}", update=None)
    others = frozenset({"NEW", "NOTIFIED", "RESOLVED", "SUPPRESSED"} - {step.update.workflow if step.update else ""})
    rule = may_set(at.around.rules, at.case, at.finding, others, now=at.around.now)
    by = f", perhaps the automation rule {rule.name!r}" if rule is not None else ""
    why = f"written {mark.tries} times within a day, and something sets it back{by}; it is tried again later"
    return replace(
        step, verb=Verb.HELD, reason=f"{step.reason}; {why}", update=None, rule=rule.name if rule is not None else ""
    )


def _joined(case: Case, steps: dict[str, _Step]) -> Decision:
    """The decision of a subject from those for its findings."""
    _, strongest = min(steps.items(), key=lambda item: (_RANK[item[1].verb], item[0]))
    updates = grouped(step.update for step in steps.values() if step.update is not None)
    return Decision(case.subject, strongest.verb, strongest.reason, strongest.waiver, updates, strongest.rule)


def grouped(updates: Iterable[FindingUpdate]) -> tuple[FindingUpdate, ...]:
    """Updates with equal values as one, sorted; every finding once in each."""
    found: dict[FindingUpdate, set[tuple[str, str]]] = {}
    for one in updates:
        found.setdefault(replace(one, ids=()), set()).update(one.ids)
    made: Sequence[FindingUpdate] = [replace(values, ids=tuple(sorted(ids))) for values, ids in found.items()]
    return tuple(sorted(made, key=lambda one: one.ids))
