"""Waivers, from the files to Security Hub and back: verify, decide, guard, write, publish, and look again."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol
from zoneinfo import ZoneInfo

from hubposture.catalog import Catalog
from hubposture.errors import RemoteError
from hubposture.findings.finding import Finding
from hubposture.model.targets import Target
from hubposture.ports.findings import FindingsReader
from hubposture.ports.hub import Progress
from hubposture.ports.lake import LakeReader, LakeWriter, Snapshot
from hubposture.ports.ledger import Failure, Ledger, RunStatus
from hubposture.ports.updates import FindingsUpdater, RulesReader
from hubposture.ports.waivers import Notice, WaiverLedger
from hubposture.reconcile.guard import Exceeded
from hubposture.reconcile.plan import Plan, beyond
from hubposture.verbs.execute import within_review
from hubposture.verbs.held import close_dead
from hubposture.verbs.notices import NoticeRules, notices
from hubposture.verbs.waiver_book import Book
from hubposture.verbs.waiver_decide import Decided, Foreign, decide_all, foreign_rules
from hubposture.verbs.waiver_decide import Means as DecideMeans
from hubposture.verbs.waiver_enforce import Means as WriteMeans
from hubposture.verbs.waiver_enforce import Step, Written, enforce
from hubposture.verbs.waiver_marks import put_right
from hubposture.verbs.waiver_publish import admissions, publish
from hubposture.verbs.waiver_verify import CHECKED, Verified, verify
from hubposture.verbs.waiver_verify import Means as VerifyMeans
from hubposture.waivers.calendar import Window
from hubposture.waivers.decision import Decision, Verb
from hubposture.waivers.note import mark_of, persons_notes
from hubposture.waivers.plan import Blocks, Guard, change_of, direction, exceeded, held_of, kept_back, moved, planned
from hubposture.waivers.rule import Case

VERB = "waivers enforce"
"""The verb of the runs that write."""
_MEASURES = """
SELECT
    COALESCE(SUM(CASE WHEN status <> 'PASSED' THEN n ELSE 0 END), 0),
    COALESCE(SUM(CASE WHEN suppressed THEN n ELSE 0 END), 0)
FROM cube
WHERE presence IN ('present', 'unsure')
"""
_REGIONS = "SELECT DISTINCT region FROM targets WHERE sight <> 'closed' ORDER BY region"


class Books(WaiverLedger, Ledger, Protocol):
    """What is used of the ledger."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the settings say of enforcing. `older` says why this baseline may release nothing; ''."""

    guard: Guard
    window: Window
    notices: NoticeRules
    release_unapproved: bool = False
    older: str = ""


@dataclass(frozen=True, slots=True)
class Options:
    """What this run may do.

    `any_time` lets it release outside the working window. With `reviewed` only what lies within that plan is written, and
    anything beyond it is refused. The shares override those of the policy, 0 to 1.
    """

    observe: bool = False
    any_time: bool = False
    reviewed: Plan | None = None
    suppress_share: float | None = None
    release_share: float | None = None


@dataclass(frozen=True)
class Means:
    """What enforcing needs. `now` is naive UTC, `today` the organization's day; `is_observed` is asked by target.

    Without an `updater` nothing is written, without `reader` and `rules` nothing is asked of AWS.
    """

    organization: str
    instance: str
    who: str
    commit: str
    lake: LakeReader
    writer: LakeWriter
    ledger: Books
    catalog: Catalog
    zone: ZoneInfo
    now: Callable[[], dt.datetime]
    today: dt.date
    policy: Policy
    is_observed: Callable[[Target], bool]
    calls: Callable[[], Mapping[str, int]]
    reader: FindingsReader | None = None
    rules: RulesReader | None = None
    updater: FindingsUpdater | None = None


@dataclass(frozen=True)
class Outlook:
    """What would be written, and what is kept from it: `held_back` with why, `observed`, and the guards in the way."""

    book: Book
    decided: Decided
    plan: Plan
    steps: tuple[Step, ...]
    held_back: tuple[tuple[Case, Decision, tuple[str, ...]], ...]
    observed: tuple[Step, ...]
    exceeded: tuple[Exceeded, ...]

    @property
    def counts(self) -> Mapping[Verb, int]:
        """Decisions by verb; `leave` counts open subjects that nothing was asked about, too."""
        found = Counter(one.verb for one in self.decided.decisions)
        found[Verb.LEAVE] += self.decided.judged.open
        return {verb: found[verb] for verb in Verb}


@dataclass(frozen=True)
class Enforced:
    """What a run did. `run` is '' where nothing was to be written, or nothing may be.

    `dropped` is what was reviewed and not done, with why; `unread` what could not be looked at before it was written.
    """

    outlook: Outlook
    written: Written
    before: Verified
    after: Verified
    notices: tuple[Notice, ...]
    run: str = ""
    version: int = 0
    dropped: tuple[Failure, ...] = ()
    unread: tuple[Failure, ...] = ()

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that was not as it should be."""
        guards = tuple(
            Failure("guard", f"{one.what}: {one.found}, limit {one.limit}; {one.option}")
            for one in self.outlook.exceeded
        )
        files = tuple(Failure(one.where, one.what) for one in self.outlook.book.problems)
        more = (*self.unread, *self.before.failures, *self.outlook.decided.failures, *self.after.failures)
        return (*files, *guards, *more, *self.written.failures)


def look(
    means: Means,
    found: Book,
    options: Options,
    snapshot: Snapshot,
    *,
    only: Collection[str] | None = None,
    foreign: Foreign | None = None,
) -> Outlook:
    """Decide, and say what would be written. Writes nothing outside; the ledger remembers what was seen."""
    if foreign is None:
        regions = [str(region) for (region,) in snapshot.execute(_REGIONS, {})]
        foreign = foreign_rules(means.rules, regions)
    decided = decide_all(_deciding(means), found, snapshot, foreign, only=only)
    blocks = _blocks(means, found, options, foreign)
    wanted, held_back = _parted(decided, blocks)
    sources = {one.waiver.id: one.waiver.source for one in found.standings}
    steps = [_step(means, sources, decided, number) for number in wanted]
    observed: list[Step] = []
    left: list[Step] = []
    for one in steps:
        (observed if means.is_observed(one.change.place) else left).append(one)
    failing, ours = _measures(decided, snapshot, is_whole=only is None)
    over = exceeded(_guard(means.policy.guard, options), [one.decision for one in left], failing=failing, ours=ours)
    plan = planned(
        means.organization,
        [one.change for one in steps],
        cells=decided.judged.failing,
        held=[held_of(means.organization, case, "; ".join(why)) for case, _, why in held_back],
    )
    return Outlook(found, decided, plan, tuple(left), held_back, tuple(observed), over)


def _guard(guard: Guard, options: Options) -> Guard:
    """The guard with what this run may do."""
    return replace(
        guard,
        share_suppressed=guard.share_suppressed if options.suppress_share is None else options.suppress_share,
        share_released=guard.share_released if options.release_share is None else options.release_share,
    )


def _parted(decided: Decided, blocks: Blocks) -> tuple[list[int], tuple[tuple[Case, Decision, tuple[str, ...]], ...]]:
    """The numbers of the decisions that are to be written, and those that are kept back, with why."""
    wanted: list[int] = []
    held_back: list[tuple[Case, Decision, tuple[str, ...]]] = []
    for number, (case, decision) in enumerate(decided.pairs):
        if not decision.verb.writes:
            continue
        if why := kept_back(case, decision, blocks):
            held_back.append((case, decision, why))
        else:
            wanted.append(number)
    return wanted, tuple(held_back)


def _step(means: Means, sources: Mapping[str, str], decided: Decided, number: int) -> Step:
    case, decision, memory = decided.judged.cases[number], decided.decisions[number], decided.memories[number]
    return Step(
        case,
        decision,
        change_of(means.organization, case, decision, source=sources.get(decision.waiver, "")),
        mark_of(
            case,
            decision,
            memory=memory,
            circumstances=decided.circumstances,
            organization=means.organization,
            run="",
        ),
        persons_notes(case, means.instance, kept=memory.notes),
    )


def _blocks(means: Means, found: Book, options: Options, foreign: Foreign) -> Blocks:
    """What stands in the way of opening anything now; nothing but guards keeps a finding from being suppressed."""
    always = [f"a file of waivers has an error: {found.problems[0]}"] if found.problems else []
    if means.policy.older:
        always.append(means.policy.older)
    regions = {
        region: f"the automation rules of {region} could not be read, and one may suppress it again"
        for region in foreign.unknown
    }
    window, now = means.policy.window, means.now().replace(tzinfo=dt.UTC)
    closed = ""
    if not options.any_time and not window.is_open(now, means.zone):
        opens = window.next_open(now, means.zone).astimezone(means.zone)
        closed = f"it waits for the working window, {opens:%a %d %b %H:%M}"
    return Blocks(always, regions, closed)


def _deciding(means: Means) -> DecideMeans:
    return DecideMeans(
        organization=means.organization,
        instance=means.instance,
        ledger=means.ledger,
        now=means.now,
        zone=means.zone,
        rules=means.rules,
        reader=means.reader,
        release_unapproved=means.policy.release_unapproved,
    )


def _measures(decided: Decided, snapshot: Snapshot, *, is_whole: bool) -> tuple[int, int]:
    """What shares are of: subjects that fail, and subjects suppressed by us.

    A few subjects that events named are a share of all there are, too; who suppressed those is not asked then.
    """
    if is_whole:
        ours = len({one.subject for one in decided.marks.values() if one.state == "suppressed"})
        return decided.judged.failing, ours
    ((failing, suppressed),) = snapshot.execute(_MEASURES, {})
    return int(failing), int(suppressed)


def enforce_waivers(means: Means, found: Book, options: Options, *, progress: Progress | None = None) -> Enforced:
    """Everything once: what was written before is looked for, everything is decided, what may be written is written.

    What a guard stands in the way of is not written in that direction, and is a failure. Raises BeyondReview, and
    NoSuchVersion where nothing was ever synced; nothing remote.
    """
    verifying = VerifyMeans(
        organization=means.organization,
        instance=means.instance,
        lake=means.lake,
        writer=means.writer,
        marks=means.ledger,
        ledger=means.ledger,
        now=means.now,
        reader=means.reader,
    )
    before = verify(verifying)
    close_dead(means.ledger, means.organization, verb=VERB)
    checked = _check_ground(means, found, options)
    with means.lake.snapshot() as snapshot:
        decided_at = snapshot.at
        outlook = look(means, found, options, snapshot)
        if options.observe:
            return Enforced(outlook, Written(), before, Verified(), (), version=snapshot.number)
        steps = allowed(outlook, options)
        for waiver, subjects in admissions(outlook.decided.judged):
            means.ledger.admit(means.organization, waiver, subjects, means.now())
        folded = None
        if not means.policy.older:  # the newer one knows better who is waived
            folded = publish(
                means.writer, snapshot, found, outlook.decided.judged, catalog=means.catalog, zone=means.zone
            )
    put_right(means.ledger, means.organization, before.astray, outlook.decided, now=means.now())
    run, written = _write(means, outlook, steps, progress)
    after = verify(verifying) if written.sent else Verified()
    holding = [one.waiver.id for one in found.standings if one.state.holds]
    means.ledger.put_decided(means.organization, holding, decided_at)
    told = _told(means, found, outlook, written)
    version = folded.version if folded is not None else 0
    return Enforced(outlook, written, before, after, told, run, version, dropped(outlook, options), checked)


def _check_ground(means: Means, found: Book, options: Options) -> tuple[Failure, ...]:
    """Read what is about to be written to once more, by id: what people did to it since the last sweep is in no update.

    What comes is folded, so that the decision is made anew on it. Of more than `CHECKED` findings the first are read, by
    subject; the last sweep speaks for the others. Raises nothing remote.
    """
    if means.reader is None or means.updater is None or options.observe:
        return ()
    with means.lake.snapshot() as snapshot:
        steps = look(means, found, options, snapshot, foreign=Foreign()).steps
    ids = [id_ for step in steps for update in step.decision.updates for id_ in update.ids]
    if not ids:
        return ()
    seen: list[Finding] = []
    try:
        for page in means.reader.check(ids[:CHECKED]):
            seen += page.findings
    except RemoteError as error:
        return (Failure("looking at findings before they are written", str(error)),)
    if seen:
        means.writer.fold(seen)
    return ()


def dropped(outlook: Outlook, options: Options) -> tuple[Failure, ...]:
    """What was reviewed and is not done now, with why: its ground has moved, or it is so already."""
    if options.reviewed is None:
        return ()
    cases: dict[tuple[Target, tuple[str, ...]], Case] = {
        (Target(outlook.plan.organization, one.account, one.region), (one.control, one.resource)): one
        for one in outlook.decided.judged.cases
    }
    return tuple(
        Failure(str(change), moved(change.edit, cases.get((change.place, change.edit.key))) or "it is so already")
        for change in beyond(options.reviewed, outlook.plan)
    )


def allowed(outlook: Outlook, options: Options) -> tuple[Step, ...]:
    """The steps that guards and the reviewed plan let through.

    Raises BeyondReview where something is wanted now that was not in the reviewed plan.
    """
    if options.reviewed is not None:
        within_review(outlook.plan, options.reviewed)
    stopped = {one.what.split()[0] for one in outlook.exceeded}
    return tuple(one for one in outlook.steps if str(direction(one.decision) or "") not in stopped)


def _write(means: Means, outlook: Outlook, steps: Sequence[Step], progress: Progress | None) -> tuple[str, Written]:
    """Write under a run of the ledger; without anything to write there is no run."""
    if not steps or means.updater is None:
        return "", Written()
    run = means.ledger.open_run(VERB, organization=means.organization, who=means.who, commit=means.commit)
    named = [replace(one, marks=tuple(replace(mark, run=run.id) for mark in one.marks)) for one in steps]
    status, written = RunStatus.INTERRUPTED, Written()
    try:
        writing = WriteMeans(
            means.organization, run.id, means.ledger, means.ledger, means.updater, outlook.decided.marks
        )
        written = enforce(named, writing, progress=progress)
        status = RunStatus.DONE if not written.failed else RunStatus.INCOMPLETE
    except Exception:
        status = RunStatus.FAILED
        raise
    finally:
        counts = Counter(str(one.decision.verb) for one in written.sent)
        means.ledger.close_run(
            run.id,
            status=status,
            counts={**counts, "failed": len(written.failed)},
            calls=means.calls(),
            failures=written.failures,
        )
    return run.id, written


def _told(means: Means, found: Book, outlook: Outlook, written: Written) -> tuple[Notice, ...]:
    """Notices that are new."""
    released = Counter(one.decision.waiver for one in written.sent if one.decision.verb is Verb.RELEASE)
    made = notices(
        found.standings, outlook.decided.judged, means.policy.notices, now=means.now(), today=means.today,
        released=released,
    )  # fmt: skip
    return tuple(means.ledger.notify(means.organization, made))


def act(means: Means, found: Book, subjects: Collection[str], foreign: Foreign) -> Enforced:
    """Decide on some subjects, as events name them, and write. Verifies nothing: events bring what was written."""
    with means.lake.snapshot() as snapshot:
        options = Options()
        outlook = look(means, found, options, snapshot, only=subjects, foreign=foreign)
        for waiver, admitted in admissions(outlook.decided.judged):
            means.ledger.admit(means.organization, waiver, admitted, means.now())
        folded = publish(
            means.writer,
            snapshot,
            found,
            outlook.decided.judged,
            catalog=means.catalog,
            zone=means.zone,
            only=subjects,
        )
    run, written = _write(means, outlook, allowed(outlook, options), None)
    return Enforced(outlook, written, Verified(), Verified(), (), run, folded.version if folded is not None else 0)
