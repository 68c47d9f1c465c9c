"""Findings that speak of several subjects: what is written to one of them must be one thing, and stay that."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from hubposture.waivers.decision import Decision, FindingUpdate, Verb
from hubposture.waivers.note import SET_NEW
from hubposture.waivers.rule import Case, FindingFacts, Fit
from hubposture.waivers.step import grouped
from hubposture.waivers.waiver import Effect


def agreed(cases: Sequence[Case], decisions: Sequence[Decision]) -> tuple[Decision, ...]:
    """The decisions of a run (in the order of the cases), with one will for every finding.

    `decide` sees one subject. Where two waivers cover two resources of one finding, the smaller waiver's mark stands on
    it, today and tomorrow; of two reasons to open it, that of the smaller subject. The others take over that update, or
    keep what stands there.
    """
    made = list(decisions)
    for finding, places in _in_several(cases).items():
        for place, update in _changes(finding, places, cases, made):
            made[place] = _with(made[place], finding, update, cases[place])
    return tuple(made)


def _in_several(cases: Iterable[Case]) -> dict[FindingFacts, list[int]]:
    """Findings that are in more than one case, with the numbers of these cases; by the finding as the first has it."""
    first: dict[str, tuple[int, FindingFacts]] = {}
    found: defaultdict[str, list[int]] = defaultdict(list)
    for number, case in enumerate(cases):
        for one in case.findings:
            if one.finding in first:
                found[one.finding].append(number)
            else:
                first[one.finding] = (number, one)
    return {first[key][1]: [first[key][0], *numbers] for key, numbers in sorted(found.items())}


def _changes(
    finding: FindingFacts, places: Sequence[int], cases: Sequence[Case], decisions: Sequence[Decision]
) -> list[tuple[int, FindingUpdate | None]]:
    """By number of the case, what is to be written to the finding instead; None for nothing."""
    wanted = {place: _update_of(decisions[place], finding) for place in places}
    asked = {place: update for place, update in wanted.items() if update is not None}
    if len(set(wanted.values())) == 1 or not asked:
        return []
    opening = [place for place, update in asked.items() if update.workflow == SET_NEW]
    if opening:
        winner = min(opening, key=lambda place: cases[place].subject)
    else:
        covered = [place for place in places if _covers(cases[place], decisions[place])]
        winner = min(covered or asked, key=lambda place: (decisions[place].waiver, cases[place].subject))
    return [(place, wanted[winner]) for place, update in asked.items() if update != wanted[winner]]


def _covers(case: Case, decision: Decision) -> bool:
    cover = case.cover
    is_covered = cover is not None and cover.fit is Fit.COVERS and cover.effect is Effect.SUPPRESS
    return is_covered and decision.verb is not Verb.LEAVE


def _update_of(decision: Decision, finding: FindingFacts) -> FindingUpdate | None:
    key = (finding.product, finding.id)
    return next((replace(one, ids=(key,)) for one in decision.updates if key in one.ids), None)


def _with(decision: Decision, finding: FindingFacts, update: FindingUpdate | None, case: Case) -> Decision:
    """The decision with another update of one finding; without any left it keeps what stands there."""
    key = (finding.product, finding.id)
    others = [replace(one, ids=tuple(id_ for id_ in one.ids if id_ != key)) for one in decision.updates]
    left = grouped([*(one for one in others if one.ids), *([] if update is None else [update])])
    if left:
        return replace(decision, updates=left)
    why = f"{decision.waiver} covers it too; its finding is marked for another of the resources in it"
    return Decision(case.subject, Verb.KEEP, why, decision.waiver)
