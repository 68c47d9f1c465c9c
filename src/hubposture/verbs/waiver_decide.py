"""Decide: every subject that may need something, against the waivers, with what is remembered of it."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from hubposture.errors import RemoteError
from hubposture.ports.findings import FindingsReader, Suppression
from hubposture.ports.lake import Snapshot
from hubposture.ports.ledger import Failure
from hubposture.ports.updates import RulesReader
from hubposture.ports.waivers import WaiverLedger
from hubposture.verbs.waiver_book import Book, matching_rules, sentence
from hubposture.waivers.agree import agreed
from hubposture.waivers.decide import decide
from hubposture.waivers.decision import Circumstances, Decision, ForeignRule, Mark, Memory, PersonsNote, Verb
from hubposture.waivers.note import author_of
from hubposture.waivers.rule import Case, Judged

ASKED = 300
"""Findings whose history is asked in one run, at most: one call each, ten a second; the others come in later runs."""


@dataclass(frozen=True)
class Means:
    """What deciding needs. `now` is naive UTC. Without `rules` nothing is asked of AWS, and nothing is held for a rule."""

    organization: str
    instance: str
    ledger: WaiverLedger
    now: Callable[[], dt.datetime]
    zone: dt.tzinfo
    rules: RulesReader | None = None
    reader: FindingsReader | None = None
    release_unapproved: bool = False


@dataclass(frozen=True)
class Foreign:
    """Automation rules of others that set a workflow status, and the Regions of which nobody knows them."""

    rules: tuple[ForeignRule, ...] = ()
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Decided:
    """What was decided in one version.

    `decisions` and `memories` are in the order of `judged.cases`. `marks` is what the ledger knows of findings,
    `suppressors` who suppressed those that nobody approved, as far as that is known.
    """

    judged: Judged
    decisions: tuple[Decision, ...]
    memories: tuple[Memory, ...]
    circumstances: Circumstances
    marks: Mapping[str, Mark]
    suppressors: Mapping[str, Suppression]
    foreign: Foreign
    failures: tuple[Failure, ...] = ()

    @property
    def pairs(self) -> Iterable[tuple[Case, Decision]]:
        """Every case with its decision."""
        return zip(self.judged.cases, self.decisions, strict=True)


def foreign_rules(reader: RulesReader | None, regions: Sequence[str]) -> Foreign:
    """Automation rules by Region; a Region that cannot be read is known as unknown. Raises nothing remote."""
    if reader is None:
        return Foreign()
    found: list[ForeignRule] = []
    unknown: dict[str, str] = {}
    for region, answer in reader.rules(regions):
        if isinstance(answer, RemoteError):
            unknown[region] = str(answer)
        else:
            found += answer
    return Foreign(tuple(sorted(found, key=lambda one: (one.region, one.order, one.arn))), unknown)


def decide_all(
    means: Means, found: Book, snapshot: Snapshot, foreign: Foreign, *, only: Collection[str] | None = None
) -> Decided:
    """Decide on every subject of a version, or on some only. Writes nothing but what the ledger remembers of findings.

    With `only` a RESOLVED finding is left to the next whole decision, which remembers since when it has been so.
    """
    rules = matching_rules(found, means.ledger, means.organization)
    marks = means.ledger.marks(means.organization) if only is None else {}
    ours = {one.subject for one in marks.values() if one.state == "suppressed"} if only is None else only
    judged = snapshot.judge(rules, ours=ours, only=only)
    keys = [one.finding for case in judged.cases for one in case.findings]
    if only is not None:
        marks = means.ledger.marks(means.organization, keys)
    memory = _Remembered(means, judged, marks, whole=only is None)
    around = Circumstances(
        instance=means.instance,
        now=means.now(),
        rules=foreign.rules,
        release_unapproved=means.release_unapproved,
        notes={one.waiver.id: sentence(one) for one in found.standings},
        zone=means.zone,
    )
    memories = tuple(memory.of(case) for case in judged.cases)
    decided = [decide(case, held, around) for case, held in zip(judged.cases, memories, strict=True)]
    decisions = agreed(judged.cases, decided)
    suppressors, failures = _suppressors(means, judged.cases, decisions, asked=ASKED if only is None else 0)
    failures += tuple(Failure(f"automation rules in {region}", why) for region, why in sorted(foreign.unknown.items()))
    return Decided(judged, decisions, memories, around, marks, suppressors, foreign, failures)


class _Remembered:
    """What is remembered of the findings of cases, asked of the ledger at once."""

    def __init__(self, means: Means, judged: Judged, marks: Mapping[str, Mark], *, whole: bool) -> None:
        mine = author_of(means.instance)
        written = [one.finding for case in judged.cases for one in case.findings if one.note_by == mine]
        resolved = [
            one.finding
            for case in judged.cases
            for one in case.findings
            if one.workflow == "RESOLVED" and one.compliance != "PASSED"
        ]
        self._marks = marks
        self._notes: Mapping[str, PersonsNote] = means.ledger.persons_notes(written) if written else {}
        self._since = means.ledger.resolved_since(means.organization, resolved, means.now()) if whole else {}

    def of(self, case: Case) -> Memory:
        """What is remembered of one case."""
        keys = [one.finding for one in case.findings]
        return Memory(
            marks={key: self._marks[key] for key in keys if key in self._marks},
            notes={key: self._notes[key] for key in keys if key in self._notes},
            resolved_since={key: self._since[key] for key in keys if key in self._since},
        )


def _suppressors(
    means: Means, cases: Sequence[Case], decisions: Sequence[Decision], *, asked: int
) -> tuple[Mapping[str, Suppression], tuple[Failure, ...]]:
    """Who suppressed what nobody approved: from the ledger, and of those it does not know some from AWS.

    AWS forgets it together with the finding, so what was learned is kept.
    """
    wanted = {
        one.finding: (one.product, one.id)
        for case, decision in zip(cases, decisions, strict=True)
        if decision.verb in (Verb.UNAPPROVED, Verb.HELD, Verb.ADOPT)
        for one in case.findings
        if one.workflow == "SUPPRESSED"
    }
    known = dict(means.ledger.suppressors(means.organization, list(wanted))) if wanted else {}
    missing = [key for key in wanted if key not in known][:asked]
    if not missing or means.reader is None:
        return known, ()
    learned: list[Suppression] = []
    failed: dict[str, int] = {}
    for answer in means.reader.suppressions([wanted[key] for key in missing]):
        if isinstance(answer, RemoteError):
            failed[str(answer)] = failed.get(str(answer), 0) + 1
        else:
            learned.append(answer)
    means.ledger.put_suppressors(means.organization, learned)
    known |= {one.finding: one for one in learned}
    return known, tuple(Failure(f"who suppressed {count} findings", why) for why, count in sorted(failed.items()))
