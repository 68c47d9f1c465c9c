"""A past of waivers in the small living organization, the run that is due next, and what must hold whatever goes wrong.

The due run has everything to write at once: findings to suppress, to adopt, to note anew, to release and to reopen, with
notes of people on them, beside one of another instance's and one that nobody approved. What Security Hub then holds is
read from the sandbox's own store; what is right follows from the story here, not from our own decisions.
"""

import datetime as dt
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from holds.findings_world import SEED, Around, Begun, World, world
from holds.holds_world import ADMINISTRATOR, DATA, MANAGEMENT, WEB, spec
from hubposture.cli.enforced import enforced
from hubposture.cli.waiver_writing import approved
from hubposture.findings.finding import finding_key
from hubposture.ports.ledger import IntentState, RunStatus
from hubposture.ports.waivers import Notice
from hubposture.reconcile.outcome import Outcome
from hubposture.sandbox.clock import Clock, VirtualClock
from hubposture.sandbox.findings import FindingService
from hubposture.sandbox.findings_quirks import FindingQuirks
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.population_inventory import Inventory
from hubposture.sandbox.quirks import Quirks
from hubposture.sandbox.sandbox import Sandbox
from hubposture.sandbox.storage import restore, save
from hubposture.verbs.waiver_preview import previews
from hubposture.verbs.waivers import Enforced, Options
from hubposture.waivers.decision import Mark
from hubposture.waivers.plan import KINDS
from hubposture.wiring import open_store, read_book

ACCOUNTS = (MANAGEMENT, ADMINISTRATOR, WEB, DATA)
KIM, LEE = "kim@example.com", "lee@example.com"
MARK, UNTIL, INSTANCE = "hubposture/waiver", "hubposture/until", "hubposture/instance"
LAG = 20 * 60
"""Seconds after which what was written is seen whatever lags."""
WORDS = "Agreed with the owners in the meeting of 3 November; see the minutes. " * 6
"""What a person noted: longer than the room that our note leaves."""

KEPT, ENDED, NEW = "W-1", "W-2", "W-3"
CONTROLS = {KEPT: ["S3.5"], ENDED: ["IAM.6", "IAM.7"], NEW: ["S3.9", "S3.20"]}
"""What each waiver excuses: the first is shortened, the second revoked, the third is new in the due run."""

Shown = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""What a finding shows of what is written: workflow, note, its author, user-defined fields."""


@dataclass
class Waived(World):
    """The world with waivers."""

    def write(self, waiver: str, controls: Sequence[str], *, expires: str = "2027-05-01", more: str = "") -> None:
        """The file of a waiver for controls in all accounts that can be read, asked for by kim."""
        start = self.around.now().date()
        text = (
            f"id: {waiver}\ncontrols: [{', '.join(controls)}]\n"
            f"accounts: [{', '.join(repr(one) for one in ACCOUNTS)}]\ntype: by-design\nreason: Known and wanted so\n"
            f"owner: team-web\nrequested_by: {KIM}\nvalid_from: {start}\nexpires: {expires}\n{more}"
        )
        place = self.directory / "waivers" / f"{waiver}.yaml"
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)

    def approve(self, waiver: str) -> None:
        """Let lee approve a waiver for what it matches now."""
        connection = self.connection()
        at = connection.workplace
        with at.ledger() as ledger, open_store(at, "acme", ledger) as store, store.reader.snapshot() as snapshot:
            (found,) = previews([waiver], snapshot, read_book(at, ledger), ledger=ledger, organization="acme")
        approved(connection, found, by=LEE)

    def enforce(self, options: Options | None = None) -> Enforced:
        """`waivers enforce` by a new process."""
        return enforced(self.connection(), options or Options())

    def settle(self) -> Enforced:
        """Calm runs until what lags behind is seen and nothing is left to do, three at most; the last of them."""
        self.calm()
        for _ in range(3):
            self.box.wait(LAG)
            done = self.enforce()
            if not (done.written.sent or done.after.waiting or done.before.waiting or done.failures):
                break
        return done

    def calm(self) -> None:
        """From now on nothing goes wrong."""
        self.box.faults.update(CALM)

    # --- what Security Hub shows ----------------------------------------------------------------------------------------

    def shown(self) -> dict[str, Shown]:
        """What every finding of a control shows, by id, from the sandbox's own store."""
        return {record.id: show(record) for record in self.living.store if record.body.control_id}

    def records(self, *controls: str) -> list[Record]:
        """The ACTIVE findings of controls that do not pass, sorted by id."""
        found = [
            record
            for record in self.living.store
            if record.body.control_id in controls
            and record.record_state == "ACTIVE"
            and record.compliance != "PASSED"
            and record.account in ACCOUNTS
        ]
        return sorted(found, key=lambda one: one.id)

    def updates(self) -> list[str]:
        """The findings that calls of BatchUpdateFindings named since the calls were cleared, one entry each time."""
        return [
            one["Id"]
            for call in self.box.calls.writes()
            if call.operation == "BatchUpdateFindings"
            for one in call.input.get("FindingIdentifiers", ())
        ]

    # --- what the ledger has --------------------------------------------------------------------------------------------

    def marks(self) -> Mapping[str, Mark]:
        """Marks by the Id of the finding."""
        with self.connection().workplace.ledger() as ledger:
            return {one.id: one for one in ledger.marks("acme").values()}

    def notices(self) -> list[Notice]:
        """Everything that people were to hear."""
        with self.connection().workplace.ledger() as ledger:
            return list(ledger.notices("acme"))

    def kept_notes(self) -> dict[str, str]:
        """The newest note of a person that the ledger keeps of each finding, by its Id."""
        keys = {finding_key(one.product_arn, one.id): one.id for one in self.living.store}
        with self.connection().workplace.ledger() as ledger:
            return {keys[key]: one.text for key, one in ledger.persons_notes(list(keys)).items()}

    def open_intents(self) -> int:
        """How many writes have no result yet."""
        with self.connection().workplace.ledger() as ledger:
            return len(ledger.unfinished(kinds=KINDS))

    def states(self, run: str) -> list[IntentState]:
        """What became of a run's writes."""
        with self.connection().workplace.ledger() as ledger:
            return [one.state for one in ledger.intents(run)]


def show(record: Record) -> Shown:
    """What a finding shows of what is written."""
    members = record.customer.members if record.customer is not None else {}
    note = members.get("Note", {})
    fields = tuple(sorted(members.get("UserDefinedFields", {}).items()))
    return record.workflow, note.get("Text", ""), note.get("UpdatedBy", ""), fields


CALM = {
    **dict.fromkeys(
        ("throttled", "server_error", "timeout", "reset", "lost_answer", "partial", "unnamed", "named_twice"), 0.0
    ),
    "script": {},
    "unprocessed": {},
    "poison": [],
    "operations": [],
    "services": ["securityhub"],
}


# --- the past ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Story:
    """Who stands for what in the due run, by ids of findings; and where the saved sandbox is."""

    directory: Path
    at: dt.datetime
    before: Mapping[str, Shown]
    kept: frozenset[str]
    ended: frozenset[str]
    fresh: frozenset[str]
    resolved: frozenset[str]
    foreign: frozenset[str]
    unapproved: frozenset[str]
    noted: frozenset[str]

    @property
    def written(self) -> frozenset[str]:
        """Everything that the due run writes to."""
        return self.kept | self.ended | self.fresh | self.resolved


def tell(begun: Begun, directory: Path, patch: pytest.MonkeyPatch) -> Story:
    """Live through the past once: everything up to the run that is due."""
    plain = world(begun, directory, patch)
    plain.box.findings.life.alive = False  # type: ignore[union-attr]
    there = Waived(plain.box, plain.living, plain.around, plain.directory)
    for waiver in (KEPT, ENDED):
        there.write(waiver, CONTROLS[waiver])
        there.approve(waiver)
    resolved = there.records("EC2.8")[:2]
    for record in resolved:
        there.box.person(record.id, status="RESOLVED", note="Done, I think", who=KIM)
    there.sync()
    there.enforce()
    there.box.wait(LAG)
    there.enforce()
    there.pass_days(2)  # what was resolved is checked meanwhile
    return _what_is_due(there)


def _what_is_due(there: Waived) -> Story:
    kept, ended, fresh = (there.records(*CONTROLS[one]) for one in (KEPT, ENDED, NEW))
    resolved = [one for one in there.living.store if _is_resolved(one) and one not in (*kept, *ended, *fresh)]
    noted = [kept[0], kept[1], ended[0], *fresh[:2]]
    for record in noted:
        there.box.person(record.id, note=WORDS, who=KIM)
    for record in fresh[1:4]:
        there.box.person(record.id, status="SUPPRESSED", who=KIM)
    foreign, unapproved = fresh[-1], there.records("IAM.15")[0]
    there.box.add_rule("ops", {"ComplianceSecurityControlId": "GuardDuty.1"})
    there.box.person(foreign.id, status="SUPPRESSED", fields={MARK: "W-9", UNTIL: "2027-01-01", INSTANCE: "other"})
    there.box.person(unapproved.id, status="SUPPRESSED", note="Nobody asked", who=KIM)
    there.sync()
    there.write(NEW, CONTROLS[NEW])
    there.approve(NEW)
    kept_file, ended_file = (there.directory / "waivers" / f"{one}.yaml" for one in (KEPT, ENDED))
    kept_file.write_text(kept_file.read_text().replace("expires: 2027-05-01", "expires: 2027-02-01"))
    today = there.around.now().date()
    ended_file.write_text(ended_file.read_text() + f"revoked: {{on: {today}, by: {LEE}, reason: No longer wanted}}\n")
    save(there.box, there.directory / ".sandbox")
    kept_ids, ended_ids, fresh_ids, resolved_ids, noted_ids = (
        frozenset(one.id for one in some) for some in (kept, ended, fresh[:-1], resolved, noted)
    )
    return Story(
        directory=there.directory,
        at=there.box.clock.now(),
        before=there.shown(),
        kept=kept_ids,
        ended=ended_ids,
        fresh=fresh_ids,
        resolved=resolved_ids,
        foreign=frozenset({foreign.id}),
        unapproved=frozenset({unapproved.id}),
        noted=noted_ids,
    )


def _is_resolved(record: Record) -> bool:
    is_open = record.record_state == "ACTIVE" and record.compliance != "PASSED" and record.account in ACCOUNTS
    return record.workflow == "RESOLVED" and is_open and bool(record.body.control_id)


def retold(
    story: Story,
    directory: Path,
    patch: pytest.MonkeyPatch,
    *,
    clock: Clock | None = None,
    quirks: FindingQuirks | None = None,
    common: Quirks | None = None,
) -> Waived:
    """The world as it is before the due run, a copy of its own for each test."""
    living = FindingService(Inventory((), start=story.at), seed=SEED, alive=False, quirks=quirks, empty_passes=False)
    box = Sandbox(
        spec(), clock=clock or VirtualClock(story.at), seed=SEED, findings=living, strict=False, quirks=common
    )
    shutil.copytree(story.directory, directory)
    assert restore(box, directory / ".sandbox")
    box.clock.advance(story.at - box.clock.now())
    keys = box.keys(ADMINISTRATOR)
    patch.setenv("AWS_ACCESS_KEY_ID", keys.access_key)
    patch.setenv("AWS_SECRET_ACCESS_KEY", keys.secret_key)
    patch.delenv("AWS_PROFILE", raising=False)
    return Waived(box, living, Around(box), directory)


# --- what must hold ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Right:
    """What a run that saw no fault makes of the story: what findings show, and what the ledger knows of them."""

    shown: Mapping[str, Shown]
    marks: Mapping[str, tuple[str, ...]]


def right(story: Story, directory: Path, patch: pytest.MonkeyPatch) -> Right:
    """Live through the due run once in calm."""
    there = retold(story, directory, patch)
    done = there.enforce()
    assert not done.failures
    assert len(done.written.sent) == done.outlook.plan.count == len(story.written)
    last = there.settle()
    assert not last.failures
    assert not last.written.sent
    made = Right(there.shown(), _plain(there.marks()))
    assert_story(story, made.shown)
    return made


def assert_story(story: Story, shown: Mapping[str, Shown]) -> None:
    """What the due run should have made of everything, told without our own decisions."""
    for id_ in story.kept | story.fresh:
        waiver, until = (KEPT, "2027-02-01") if id_ in story.kept else (NEW, "2027-05-01")
        workflow, note, by, fields = shown[id_]
        assert (workflow, by, fields) == (
            "SUPPRESSED",
            "hubposture/test",
            ((INSTANCE, "test"), (UNTIL, until), (MARK, waiver)),
        )
        assert note.startswith(f"Waived by {waiver} until {until}.")
    for id_ in story.ended | story.resolved:
        workflow, note, by, fields = shown[id_]
        assert (workflow, by, dict(fields)[MARK]) == ("NEW", "hubposture/test", "released")
        assert note.startswith("Open again since ")
    for id_ in story.noted:
        assert f"Note by {KIM}: {WORDS[:60]}" in shown[id_][1]
    untouched = {id_: one for id_, one in shown.items() if id_ not in story.written}
    assert untouched == {id_: story.before[id_] for id_ in untouched}, "what is none of ours was written to"


def _plain(marks: Mapping[str, Mark]) -> dict[str, tuple[str, ...]]:
    """What must not depend on when it was written; a release has no end."""
    unseen = [one for one in marks.values() if one.seen_at is None]
    assert not unseen, f"{len(unseen)} marks were never seen: {unseen[0]}"
    return {
        id_: (one.state, one.waiver, one.wanted, str(one.until) if one.state == "suppressed" else "")
        for id_, one in marks.items()
    }


def assert_nothing_wrong(there: Waived, story: Story, wanted: Right) -> None:
    """Every finding shows what it showed before, or what it shall show; and what people had written is kept in full."""
    now = there.shown()
    wrong = {id_: one for id_, one in now.items() if one not in (story.before[id_], wanted.shown[id_])}
    assert not wrong, f"{len(wrong)}: {next(iter(wrong.items()))}"
    kept = there.kept_notes()
    for id_, (_, note, by, _) in story.before.items():
        if note and by != "hubposture/test" and now[id_][1] != note:
            assert kept[id_] == note, "a note was written over that nobody has in full"


def assert_accounted(there: Waived, done: Enforced) -> None:
    """What was planned was sent or failed, each once; what the ledger says of it agrees."""
    planned = {one.change for one in done.outlook.steps}
    told = [one.change for one in done.written.sent] + [one.change for one, _ in done.written.failed]
    assert sorted(map(str, told)) == sorted(map(str, planned))
    assert done.outlook.plan.count == len(done.written.sent) + len(done.written.failed)
    states = there.states(done.run) if done.run else []
    assert len(states) == len(told)
    assert states.count(IntentState.FAILED) >= len(done.written.failed)


def assert_converged(there: Waived, wanted: Right, *runs: str) -> None:
    """Calm runs end where a run without faults ends, and leave nothing open."""
    last = there.settle()
    assert not last.failures, last.failures
    assert not last.written.sent
    shown = there.shown()
    assert shown == wanted.shown, next(
        (shown[one], wanted.shown[one]) for one in shown if shown[one] != wanted.shown[one]
    )
    marks = _plain(there.marks())
    assert marks == wanted.marks, [
        (id_, marks.get(id_), one) for id_, one in wanted.marks.items() if marks.get(id_) != one
    ][:2]
    assert there.open_intents() == 0
    for run in runs:
        states = there.states(run)
        assert {one.value for one in states} <= set(Outcome)
    with there.connection().workplace.ledger() as ledger:
        assert not [one for one in ledger.runs(limit=100) if one.status is RunStatus.RUNNING]
        assert not ledger.verify()
