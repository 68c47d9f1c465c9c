"""What must hold of waivers after every run, by the sandbox's own store, its histories, and the rows of the ledger.

1. Nothing stays suppressed by us without a waiver that holds, and 2. nothing stays open that one covers, longer than one
run; unless the run said why. 3. No note of a person is lost. 4. Nothing of others is released. 5. We never set RESOLVED,
nor NEW on what passes. 6. No guard is passed without an override. 7. Every intent is accounted for.
"""

import datetime as dt
import json
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from holds.findings_world import Subject
from holds.waivers_model import Model
from holds.waivers_world import WaiversWorld, decision, is_ours, shown
from hubposture.findings.finding import finding_key, subject_key
from hubposture.sandbox.findings_record import HistoryEntry, Record
from hubposture.verbs.waivers import Enforced, Options
from hubposture.waivers.decision import Verb

NOT_SEEN = "not seen yet"


@dataclass(frozen=True)
class Limits:
    """The guards of the settings, and whether suppressions of others are lifted."""

    share: float = 1.0
    from_: int = 50
    releases_unapproved: bool = False


@dataclass
class Watch:
    """Follows the histories of all findings; what is told in `check` is what happened since the last time."""

    there: WaiversWorld
    model: Model
    limits: Limits
    read: dict[int, int] = field(default_factory=dict)
    late_notes: int = 0

    # --- whatever the run was ----------------------------------------------------------------------------------------

    def check(self, began: dt.datetime, options: Options, *, failing: int, ours: int) -> Counter[str]:
        """Assert 3 to 6 of all that we wrote since the last time; gives how many subjects moved which way.

        `failing` and `ours` are what there was before the run that began then.
        """
        kept = set(self.there.kept())
        moved: dict[str, set[Subject]] = {"suppressed": set(), "released": set()}
        for record in self.there.living.store:
            history = record.history or []
            for at in range(self.read.get(id(record), 0), len(history)):
                entry = history[at]
                if is_ours(entry):
                    assert entry.at >= began, f"{record.id}: written outside of a run: {entry}"
                    self._check_note(record, at, kept)
                    self._check_release(record, at)
                    self._check_status(record, entry)
                    for way in _ways(entry):
                        moved[way].update(subjects_of(record))
            self.read[id(record)] = len(history)
        counts = Counter({way: len(subjects) for way, subjects in moved.items()})
        self._check_guard(counts["suppressed"], failing, options.suppress_share, "suppressed")
        self._check_guard(counts["released"], ours, options.release_share, "released")
        return counts

    def _sent_at(self, entry: HistoryEntry) -> dt.datetime:
        """When a change of ours was sent; it is seen after the lag."""
        return entry.at - self.there.living.checks.quirks.lag

    def _check_note(self, record: Record, at: int, kept: Collection[tuple[str, str]]) -> None:
        """3: what a person had noted, and we wrote over, is in the ledger in full."""
        history = record.history or []
        old = next((old for name, old, _ in history[at].updates if name == "Note"), "")
        if not old or (note := json.loads(old))["UpdatedBy"] == "hubposture/test":
            return
        written = [one.at for one in history[:at] for name, _, new in one.updates if name == "Note" and new == old]
        if (finding_key(record.product_arn, record.id), note["Text"]) in kept:
            return
        assert written[-1] > self._sent_at(history[at]), f"3: the note {note['Text']!r} of {record.id} is lost"
        self.late_notes += 1  # it came between our reading and our writing being seen: nobody could know

    def _check_release(self, record: Record, at: int) -> None:
        """4: what was never covered is not touched, but for what was RESOLVED and fails."""
        history = record.history or []
        before = [one for one in history[:at] if is_ours(one)]
        status = {name: (old, new) for name, old, new in history[at].updates}.get("Workflow.Status")
        is_lifted = status == ("SUPPRESSED", "NEW")
        if self.limits.releases_unapproved and is_lifted:
            return
        if not any(one in self.model.ever for one in subjects_of(record)):
            assert status == ("RESOLVED", "NEW"), f"4: {record.id} was never covered, and we wrote {history[at]}"
        if is_lifted:
            assert before, f"4: {record.id} was suppressed by others, and released"

    def _check_status(self, record: Record, entry: HistoryEntry) -> None:
        """5: never RESOLVED, and never NEW on PASSED."""
        for name, _, new in entry.updates:
            if name == "Workflow.Status":
                assert new != "RESOLVED", f"5: {record.id}"
                passed = compliance_at(record, self._sent_at(entry)) == "PASSED"
                assert not (new == "NEW" and passed), f"5: NEW on PASSED, {record.id}"

    def _check_guard(self, moved: int, base: int, override: float | None, way: str) -> None:
        """6: more than the share moves with an override only."""
        limit = self.limits.share if override is None else override
        is_far = moved >= self.limits.from_ and moved > limit * max(1, base) + 1e-9
        assert not is_far or limit >= 1.0, f"6: {moved} of {base} {way}, limit {limit}"

    # --- a run that came to its end ----------------------------------------------------------------------------------

    def check_end(
        self,
        done: Enforced,
        began: dt.datetime,
        today: dt.date,
        *,
        only: Collection[str] | None = None,
        calm: bool = False,
    ) -> None:
        """Assert 1, 2 and 7 after a run that read everything and came to its end; of some subjects, by their keys.

        In calm no excuse counts.
        """
        for record in self.there.living.store:
            if record.record_state != "ACTIVE" or record.compliance == "PASSED" or not record.body.control_id:
                continue
            subjects = [one for one in subjects_of(record) if only is None or key_of(one) in only]
            is_new = any(entry.at >= began and not is_ours(entry) for entry in record.history or ())
            if subjects and (calm or not is_new):
                self._check_finding(record, subjects[0], done, today, calm=calm)
        self._check_intents(done)

    def _check_finding(self, record: Record, subject: Subject, done: Enforced, today: dt.date, *, calm: bool) -> None:
        now, found = shown(record), decision(done, subject)
        is_marked = now.fields.get("hubposture/instance") == "test" and now.waiver not in ("", "released")
        wanted = self.model.is_suppressed(subject, today)
        wrong = ""
        if now.workflow == "SUPPRESSED" and is_marked and not self.model.may_be_suppressed(subject, today):
            wrong = "1: it stays suppressed by us without a waiver"
        elif now.workflow != "SUPPRESSED" and wanted:
            wrong = "2: it stays open though a waiver covers it"
        elif wanted and not self._is_marked_rightly(now.waiver, now.until, subject, today):
            wrong = f"2: it is marked {now.waiver} {now.until}, which is not what covers it"
        is_excused = not calm and (self._excuse(done, subject) or _was_just_written(done, now.key))
        assert not wrong or is_excused, f"{wrong}: {subject}\n{now}\n{found}"

    def _is_marked_rightly(self, waiver: str, until: str, subject: Subject, today: dt.date) -> bool:
        return any(one.id == waiver and str(end) == until for one, end in self.model.covering(subject, today)) or any(
            one.id == waiver and one.covers_new for one in self.model.waivers.values()
        )

    def _excuse(self, done: Enforced, subject: Subject) -> str:
        """Why a run may leave something as it is; it must have said so."""
        key, found = key_of(subject), decision(done, subject)
        if found is None:
            return ""
        if found.verb is Verb.HELD or NOT_SEEN in found.reason:
            return found.reason
        for case, _, why in done.outlook.held_back:
            if case.subject == key and why:
                return "; ".join(why)
        way = {Verb.SUPPRESS: "suppressed", Verb.RELEASE: "released"}.get(found.verb, "-")
        if any(one.what.startswith(way) for one in done.outlook.exceeded):
            assert any(one.where == "guard" for one in done.failures), "6: a guard stopped it, and nothing says so"
            return "a guard"
        return next((why for step, why in done.written.failed if step.case.subject == key), "")

    def _check_intents(self, done: Enforced) -> None:
        """7: of the run each step is one intent."""
        rows = [state for run, state in self.there.intents() if run and run == done.run]
        assert len(rows) == len(done.written.sent) + len(done.written.failed), "7: an intent more or less than steps"
        assert rows.count("failed") >= len(done.written.failed), "7: what failed is not recorded"

    def check_over(self) -> None:
        """7, after everything: no intent is open, no run goes on, and the store is whole."""
        states = Counter(state for _, state in self.there.intents())
        assert not states.keys() - {"applied", "failed", "skipped"}, f"7: still open: {states}"
        still = [one for one in self.there.runs() if str(one.status) == "running"]
        assert not still, f"7: these runs never ended: {still}"
        assert self.there.faults() == []


def _was_just_written(done: Enforced, finding: str) -> bool:
    """Whether it may be that reads still show what was before the last write."""
    mark, around = done.outlook.decided.marks.get(finding), done.outlook.decided.circumstances
    return mark is not None and mark.seen_at is None and around.now - mark.written_at <= around.lag


def subjects_of(record: Record) -> Iterator[Subject]:
    """The subjects that a finding of a control speaks of."""
    if record.body.control_id:
        for one in record.body.resources:
            yield (record.account, record.region, record.body.control_id.casefold(), one.id)


def key_of(subject: Subject) -> str:
    """A subject's key in the lake."""
    return subject_key(*subject)


def compliance_at(record: Record, moment: dt.datetime) -> str:
    """What a finding's compliance was at a moment, by its history."""
    changes = [
        (entry.at, old, new)
        for entry in record.history or ()
        for name, old, new in entry.updates
        if name == "Compliance.Status"
    ]
    before = [new for at, _, new in changes if at <= moment]
    return before[-1] if before else (changes[0][1] if changes else record.compliance)


def _ways(entry: HistoryEntry) -> Iterator[str]:
    """Which way an entry moved a finding."""
    for name, old, new in entry.updates:
        if name == "Workflow.Status" and new == "SUPPRESSED":
            yield "suppressed"
        elif name == "Workflow.Status" and (old, new) == ("SUPPRESSED", "NEW"):
            yield "released"
