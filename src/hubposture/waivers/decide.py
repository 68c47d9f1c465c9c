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
from typing import assert_never

from hubposture.waivers.decision import Circumstances, Decision, Memory, Verb
from hubposture.waivers.foreign import may_set
from hubposture.waivers.note import PASSED, SET_SUPPRESSED, last_day, read_note
from hubposture.waivers.rule import Case, Cover, Fit
from hubposture.waivers.stamp import PREFIX, stamp_of
from hubposture.waivers.step import At, Step, grouped, reopened, shows, suppression, written
from hubposture.waivers.waiver import Effect
from hubposture.waivers.why import NOBODY, adopted, changed, lapsed, short_of

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
        one.finding: _step(At(case, one, memory.marks.get(one.finding), memory, circumstances))
        for one in case.findings
        if one.compliance != PASSED
    }
    if not steps:
        return Decision(case.subject, Verb.LEAVE, _passes(case, memory, circumstances), waiver)
    return _joined(case, steps)


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
    held = [At(case, one, memory.marks.get(one.finding), memory, around) for one in case.findings]
    return "it passes; it will be released if it fails" if any(one.our_mark for one in held) else "it passes"


def _step(at: At) -> Step:
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


def _covered(at: At, cover: Cover) -> Step:
    day = last_day(cover.until, at.around.zone)
    update = suppression(at, cover)
    if not at.is_suppressed:
        was = "; it is RESOLVED, though its check fails" if at.finding.workflow == _RESOLVED else ""
        return written(at, Step(Verb.SUPPRESS, f"{cover.waiver} covers it until {day}{was}", cover.waiver, update))
    if not at.is_known:
        return written(at, Step(Verb.ADOPT, adopted(at, cover), cover.waiver, update))
    if shows(at.finding, update):
        return Step(Verb.KEEP, f"suppressed under {cover.waiver} until {day}", cover.waiver)
    return written(at, Step(Verb.RE_NOTE, changed(at, cover, day), cover.waiver, update))


def _shared(at: At, cover: Cover) -> Step:
    why = "its finding speaks of another resource too, which no waiver covers"
    if (mark := at.our_mark) is not None:
        return _released(at, why, mark.waiver)
    return Step(Verb.LEAVE, f"{cover.waiver} covers it, but {why}", cover.waiver)


def _visible(at: At, cover: Cover) -> Step:
    why = f"{cover.waiver} accepts it, and it stays visible"
    if at.our_mark is not None:
        return _released(at, why, cover.waiver)
    if at.finding.workflow == _RESOLVED:
        return _resolved(at, cover.waiver)
    return Step(Verb.LEAVE, f"{why}; suppressed by somebody else" if at.is_suppressed else why, cover.waiver)


# Not covered


def _uncovered(at: At) -> Step:
    cover = at.case.cover
    waiver = cover.waiver if cover is not None else ""
    if (mark := at.our_mark) is not None:
        return _released(at, lapsed(mark, cover, at.around), mark.waiver)
    if at.is_suppressed:
        return _unapproved(at, waiver)
    if at.finding.workflow == _RESOLVED:
        return _resolved(at, waiver)
    if cover is not None and cover.fit is Fit.SURPLUS:
        return Step(Verb.SURPLUS, short_of(cover), waiver)
    return Step(Verb.LEAVE, f"it is open; {short_of(cover)}" if cover is not None else "it is open", waiver)


def _unapproved(at: At, waiver: str) -> Step:
    cover = at.case.cover
    parts = ["suppressed, and no waiver covers it" if cover is None else f"suppressed; {short_of(cover)}"]
    if at.carries_mark:
        parts.append("it carries our mark, and the ledger does not know it")
    why = "; ".join(parts)
    if at.around.release_unapproved:
        return _released(at, NOBODY, waiver)
    rule = may_set(at.around.rules, at.case, at.finding, frozenset({SET_SUPPRESSED}), now=at.around.now)
    if rule is not None:
        return Step(Verb.UNAPPROVED, f"{why}; the automation rule {rule.name!r} may set it", waiver, rule=rule.name)
    return Step(Verb.UNAPPROVED, why, waiver)


def _resolved(at: At, waiver: str) -> Step:
    """RESOLVED by somebody, and it does not pass."""
    since = at.memory.resolved_since.get(at.finding.finding)
    was_checked = since is not None and (at.finding.updated_at > since or at.around.now - since >= NEXT_CHECK)
    if not was_checked:
        return Step(Verb.LEAVE, "it is RESOLVED, though its check fails; it waits for its next check", waiver)
    why = "it was RESOLVED, but its check still fails"
    return reopened(at, Verb.UNRESOLVE, why, waiver, again=frozenset({SET_SUPPRESSED, _RESOLVED}))


def _released(at: At, why: str, waiver: str) -> Step:
    return reopened(at, Verb.RELEASE, why, waiver, again=frozenset({SET_SUPPRESSED}))


def _joined(case: Case, steps: dict[str, Step]) -> Decision:
    """The decision of a subject from those for its findings."""
    _, strongest = min(steps.items(), key=lambda item: (_RANK[item[1].verb], item[0]))
    updates = grouped(step.update for step in steps.values() if step.update is not None)
    return Decision(case.subject, strongest.verb, strongest.reason, strongest.waiver, updates, strongest.rule)
