"""Waivers over time: checks, people, rules of others, files, windows, guards, deaths, in any order Hypothesis finds.

`HUBPOSTURE_MACHINE_SECONDS` lets it go on for so long, with other examples each time; it says how many steps it took.
"""

import datetime as dt
import os
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from holds.findings_world import Begun, Subject
from holds.waivers_crashes import Manner, dying
from holds.waivers_holds import Limits, Watch, subjects_of
from holds.waivers_model import REQUESTER, File, Model, Written
from holds.waivers_world import DAY, HOUR, MINUTE, PATTERN, PLACES, SEEN_AFTER, WaiversWorld, shown, world
from hubposture.sandbox.findings_quirks import (
    FindingQuirks,
    Paging,
    RulesOnRefresh,
    SecondUpdate,
    SuppressedUpdates,
    UserFieldsUpdate,
)
from hubposture.sandbox.findings_record import Record
from hubposture.sandbox.quirks import FindingsLag, QueueDelivery, Quirks, ReplyOrder, SuppressedOnPassed
from hubposture.verbs.waivers import Enforced, Options
from hubposture.waivers.waiver import Effect, Revocation
from hubposture.waivers.write import with_expires, with_revocation

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("HUBPOSTURE_MACHINE_SECONDS", "0"))
EXAMPLES, TURNS = 4, 15
SHARE, FROM = 0.05, 3
CONTROLS = ("s3.8", "s3.5")
GROUPS = ("red", "blue")
WAITS = (MINUTE, 5 * MINUTE, 20 * MINUTE, 6 * HOUR, 13 * HOUR, 26 * HOUR, 2 * DAY)
NOTES = (
    "known",
    "see SEC-12",
    "agreed with the owner of it all, in the meeting " * 8,
    "Waived by W-1 until 2099-01-01. By me",
)
OLD = 3 * DAY
"""What waits in the queue longer than this is not relied on."""
TOLD: Counter[str] = Counter()
"""How often what was done."""

Action = tuple[str, dict[str, Any]]
"""What is done and how."""

PLAIN: dict[str, Any] = {
    "controls": ("s3.8",), "days": 20, "covers_new": 0, "approver": "lee@example.com", "is_visible": False,
}  # fmt: skip
"""A waiver as most are."""
BREAKS = b"approvals: [\n"
"""Before a file, it makes it unreadable."""


def act(name: str, **how: st.SearchStrategy[Any]) -> st.SearchStrategy[Action]:
    """One kind of action."""
    return st.tuples(st.just(name), st.fixed_dictionaries(how))


anything = st.integers(0, 99)
_lee_or = st.sampled_from([*["lee@example.com"] * 6, REQUESTER, ""])
_checks = [
    act("a_check_changes_its_mind", which=anything, control=st.sampled_from(CONTROLS), breaks=st.booleans()),
    act(
        "a_bucket_is_made",
        group=st.sampled_from(GROUPS),
        place=anything,
        failing=st.lists(st.sampled_from(["S3.8", "S3.5"]), min_size=1, max_size=2),
    ),
    act("a_bucket_is_deleted", which=anything, again=st.booleans()),
    act("time_passes", wait=st.sampled_from(WAITS)),
]
_people = [
    act(
        "somebody_presses_buttons",
        which=anything,
        status=st.sampled_from(["", "SUPPRESSED", "SUPPRESSED", "NEW", "NOTIFIED", "RESOLVED"]),
        note=st.sampled_from(["", *NOTES]),
        fields=st.sampled_from([None, None, {"ticket": "1"}, {}]),
    ),
    act("somebody_makes_a_rule", which=anything, status=st.sampled_from(["SUPPRESSED", "NOTIFIED", "RESOLVED"])),
    act("a_rule_is_removed"),
]
_written = act(
    "a_waiver_is_written",
    number=st.integers(1, 4),
    which=st.lists(anything, min_size=1, max_size=4),
    group=st.sampled_from(["", *GROUPS]),
    controls=st.sampled_from([("s3.8",), CONTROLS]),
    days=st.sampled_from([20, 3, 1, 0]),
    is_visible=st.sampled_from([False, False, False, True]),
    covers_new=st.sampled_from([0, 0, 1]),
    approver=_lee_or,
)
_edits = [
    act("somebody_approves", number=anything, by=st.sampled_from(["lee@example.com", "lee@example.com", REQUESTER])),
    act("the_end_is_moved", number=anything, days=st.sampled_from([-5, -1, 1, 10])),
    act("it_is_revoked", number=anything),
    act("its_file_is_broken_or_removed", number=anything, gone=st.booleans()),
    act("files_are_mended"),
]
happening = st.one_of(*_checks, _checks[0], _checks[3], *_people, *[_people[0]] * 3, *[_written] * 3, *_edits)
_run = act(
    "we_run",
    source=st.sampled_from(["queue", "queue", "queue", "queue", "sweep", "none"]),
    any_time=st.booleans(),
    allowed=st.sampled_from([None, 1.0, 1.0]),
)
_death = act(
    "we_die",
    moment=st.integers(1, 30),
    manner=st.sampled_from(Manner),
    source=st.sampled_from(["queue", "queue", "none"]),
    allowed=st.sampled_from([1.0, 1.0, None]),
)
of_ours = st.one_of(*[_run] * 5, _death, _death, act("we_listen"))
quirks = st.builds(
    Quirks,
    suppressed_on_passed=st.sampled_from(SuppressedOnPassed),
    findings_lag=st.sampled_from(FindingsLag),
    reply_order=st.sampled_from(ReplyOrder),
    queue_delivery=st.sampled_from(QueueDelivery),
)
finding_quirks = st.builds(
    FindingQuirks,
    suppressed_updates=st.sampled_from(SuppressedUpdates),
    paging=st.sampled_from(Paging),
    second_update=st.sampled_from(SecondUpdate),
    user_fields_update=st.sampled_from(UserFieldsUpdate),
    rules_on_refresh=st.sampled_from(RulesOnRefresh),
)


class Waivers(RuleBasedStateMachine):
    """One organization, from its first sync to a calm end."""

    begun: Begun
    directories: Path
    patch: pytest.MonkeyPatch

    @initialize(chosen=quirks, of_findings=finding_quirks, releases_unapproved=st.booleans(), has_window=st.booleans())
    def begin(self, chosen: Quirks, of_findings: FindingQuirks, *, releases_unapproved: bool, has_window: bool) -> None:
        TOLD["examples"] += 1
        lines = ["[waivers]", f"share_from = {FROM}", f"max_suppress_share = {SHARE}", f"max_release_share = {SHARE}"]
        lines += [f"release_unapproved = {str(releases_unapproved).lower()}"]
        lines += ['release_hours = "09:00-17:00"'] if has_window else []
        mixed: dict[str, Any] = {
            "suppressed_on_passed": chosen.suppressed_on_passed,
            "findings_lag": chosen.findings_lag,
        }
        self.there: WaiversWorld = world(
            self.begun,
            self.directories / str(TOLD["examples"]),
            self.patch,
            quirks=chosen,
            finding_quirks=FindingQuirks(**{name: getattr(of_findings, name) for name in QUIRKS_DRAWN} | mixed),
            settings="\n".join(lines) + "\n",
        )
        self.model = Model()
        self.watch = Watch(self.there, self.model, Limits(SHARE, FROM, releases_unapproved))
        self.buckets: list[str] = []
        self.foreign: list[str] = []
        self.number = 0
        self.read_at = self.there.box.clock.now()
        for at in range(6):
            self.make(GROUPS[at % 2], at, ["S3.8"])
        self.run("queue", Options())
        self.a_waiver_is_written(number=1, which=[0], group=GROUPS[0], **PLAIN)
        self.a_waiver_is_written(number=2, which=[1, 3], group="", **PLAIN)
        self.run("none", Options(suppress_share=1.0))

    # --- turns ---------------------------------------------------------------------------------------------------------

    @rule(happenings=st.lists(happening, min_size=1, max_size=4), ours=of_ours)
    def some_things_happen_and_then_we_do_something(self, happenings: list[Action], ours: Action) -> None:
        for name, how in (*happenings, ours):
            getattr(self, name)(**how)

    def step(self, name: str) -> None:
        """Count it, and let a moment pass: nothing happens at once."""
        TOLD["steps"] += 1
        TOLD[name] += 1
        self.there.box.wait(2)

    # --- checks --------------------------------------------------------------------------------------------------------

    def make(self, group: str, place: int, failing: list[str]) -> None:
        self.number += 1
        self.buckets.append(self.there.bucket(f"{group}-{self.number}", *failing, place=PLACES[place % len(PLACES)]))

    def a_bucket_is_made(self, group: str, place: int, failing: list[str]) -> None:
        self.step("made")
        self.make(group, place, failing)

    def a_check_changes_its_mind(self, which: int, control: str, *, breaks: bool) -> None:
        self.step("broken" if breaks else "fixed")
        (self.there.break_ if breaks else self.there.fix)(self.bucket(which), control)

    def a_bucket_is_deleted(self, which: int, *, again: bool) -> None:
        if len(self.buckets) < 4:
            return
        self.step("deleted and made again" if again else "deleted")
        bucket = self.buckets.pop(which % len(self.buckets))
        place = self.place(bucket)
        self.there.box.delete_resource(bucket)
        if again:
            self.there.box.wait(60)
            self.buckets.append(self.there.bucket(bucket.removeprefix(PATTERN), "S3.8", place=place))

    def time_passes(self, wait: dt.timedelta) -> None:
        self.step("waited")
        self.there.box.wait(wait.total_seconds())

    def bucket(self, which: int) -> str:
        return self.buckets[which % len(self.buckets)]

    def place(self, bucket: str) -> tuple[str, str]:
        return next(one for one in PLACES if self.there.living.inventory.find(one, bucket))

    # --- people --------------------------------------------------------------------------------------------------------

    def somebody_presses_buttons(self, which: int, status: str, note: str, fields: dict[str, str] | None) -> None:
        found = self.findings()
        if not found:
            return
        self.step(f"clicked {status}".rstrip())
        record = found[which % len(found)]
        if note:
            note = f"{shown(record).note[:400]} and more" if which % 4 == 0 else note
            note = f"{note} ({TOLD['steps']})" if which % 2 == 0 else note
        self.there.box.person(record.id, status=status, note=note, fields=fields)

    def findings(self) -> list[Record]:
        """Findings of our controls and buckets that are ACTIVE."""
        found = [
            one
            for one in self.there.living.store
            if one.record_state == "ACTIVE"
            and one.body.control_id.casefold() in CONTROLS
            and one.body.resources[0].id in self.buckets
        ]
        return sorted(found, key=lambda one: (one.body.resources[0].id, one.id))

    def somebody_makes_a_rule(self, which: int, status: str) -> None:
        if len(self.foreign) < 2:
            self.step(f"ruled {status}")
            bucket = self.bucket(which)
            criteria = {"ResourceId": bucket}
            region = self.place(bucket)[1]
            self.foreign.append(self.there.box.add_rule(f"rule {which}", criteria, status=status, region=region))

    def a_rule_is_removed(self) -> None:
        if self.foreign:
            self.step("unruled")
            self.there.box.remove_rule(self.foreign.pop())

    # --- waivers -------------------------------------------------------------------------------------------------------

    def a_waiver_is_written(
        self,
        *,
        number: int,
        which: list[int],
        group: str,
        controls: tuple[str, ...],
        days: int,
        covers_new: int,
        approver: str,
        is_visible: bool,
    ) -> None:
        self.step("written")
        names = {self.bucket(one) for one in which}
        resources = (f"{PATTERN}{group}-*",) if group else tuple(sorted(names))
        made = self.there.waive(
            f"W-{number}",
            *resources,
            by="",
            days=days,
            controls=controls,
            valid_from=self.there.day(),
            covers_new=covers_new,
            effect=Effect.VISIBLE if is_visible else Effect.SUPPRESS,
        )
        new = Written(made.id, resources, controls, is_visible, covers_new, made.valid_from, made.expires)
        self.model.waivers.setdefault(made.id, new).anew(new)
        if approver:
            self.approve(made.id, approver)

    def approve(self, waiver: str, by: str) -> None:
        """Somebody approves what a waiver matches in truth just now; one that is over cannot be approved."""
        if self.model.waivers[waiver].expires < self.there.day():
            return
        self.step(f"approved by {by}")
        self.there.approve_by_hand({waiver: by})
        (found,) = self.there.waivers([waiver])
        names = self.there.matching(found).subjects
        self.model.waivers[waiver].approved(
            by, frozenset((one.account, one.region, one.control, one.resource) for one in names)
        )

    def named(self, number: int) -> Written | None:
        """A waiver that can be edited."""
        found = [one for one in self.model.waivers.values() if one.file is File.WHOLE]
        return found[number % len(found)] if found else None

    def somebody_approves(self, number: int, by: str) -> None:
        if (found := self.named(number)) is not None:
            self.approve(found.id, by)

    def the_end_is_moved(self, number: int, days: int) -> None:
        found = self.named(number)
        if found is None or (until := found.expires + dt.timedelta(days=days)) < found.valid_from:
            return
        self.step("extended" if days > 0 else "shortened")
        self.there.edit(found.id, lambda raw: with_expires(raw, found.id, until))
        found.expires = until

    def it_is_revoked(self, number: int) -> None:
        found = self.named(number)
        if found is not None and found.revoked is None:
            self.step("revoked")
            revoked = Revocation(self.there.day(), "lee@example.com", "no longer true")
            self.there.edit(found.id, lambda raw: with_revocation(raw, found.id, revoked))
            found.revoked = revoked.on

    def its_file_is_broken_or_removed(self, number: int, *, gone: bool) -> None:
        found = self.named(number)
        if found is None:
            return
        self.step("file removed" if gone else "file broken")
        if gone:
            self.there.path(found.id).unlink()
            found.file = File.GONE
        else:
            self.there.edit(found.id, lambda raw: BREAKS + raw)
            found.file = File.BROKEN

    def files_are_mended(self) -> None:
        if self.model.has_broken_file:
            self.step("file mended")
            self.mend()

    def mend(self) -> None:
        """Every file is whole again."""
        for one in self.model.waivers.values():
            if one.file is File.BROKEN:
                self.there.edit(one.id, lambda raw: raw.removeprefix(BREAKS))
                one.file = File.WHOLE

    # --- we ------------------------------------------------------------------------------------------------------------

    def we_run(self, source: str, allowed: float | None, *, any_time: bool) -> None:
        self.step(f"run on {source}")
        self.run(source, Options(any_time=any_time, suppress_share=allowed, release_share=allowed))

    def we_listen(self) -> None:
        self.step("listened")
        began, today = self.there.box.clock.now(), self.before()
        failing, ours = self.failing(), self.ours()
        subjects, done = self.there.heard()
        self.there.box.wait(SEEN_AFTER.total_seconds())
        self.watch.check(began, Options(), failing=failing, ours=ours)
        if done is not None:
            self.watch.check_end(done, began, today, only=subjects)

    def we_die(self, moment: int, manner: Manner, source: str, allowed: float | None) -> None:
        self.step("died")
        options = Options(any_time=True, suppress_share=allowed, release_share=allowed)
        self.there.read(source)
        began = self.there.box.clock.now()
        self.before()
        failing, ours = self.failing(), self.ours()
        with dying(self.there, self.patch, moment, manner) as death:
            self.there.enforce(options)
        TOLD[f"  died {death.where}, {death.manner}" if death.where else "  lived"] += 1
        self.there.box.wait(SEEN_AFTER.total_seconds())
        self.watch.check(began, options, failing=failing, ours=ours)
        if death.manner is Manner.KILL:
            self.there.box.wait((6 * MINUTE).total_seconds())

    def run(self, source: str, options: Options, *, calm: bool = False) -> Enforced:
        """One run, and what must hold after it."""
        now = self.there.box.clock.now()
        if now - self.read_at > OLD and source == "queue":
            source = "sweep"
        began, today = now, self.before()
        self.there.read(source)
        if source != "none":
            self.read_at = now
        failing, ours = self.failing(), self.ours()
        done = self.there.enforce(options)
        self.there.box.wait(SEEN_AFTER.total_seconds())
        moved = self.watch.check(began, options, failing=failing, ours=ours)
        TOLD["subjects moved"] += moved.total()
        TOLD["runs"] += 1
        TOLD["guards"] += len(done.outlook.exceeded)
        if source != "none":
            self.watch.check_end(done, began, today, calm=calm)
        return done

    def before(self) -> dt.date:
        """What is covered at a run may be ours from now on."""
        today = self.there.day()
        for record in self.there.living.store:
            self.model.remember(subjects_of(record), today)
        return today

    def failing(self) -> int:
        """How many subjects fail in truth."""
        found: set[Subject] = set()
        for one in self.there.living.store:
            if one.record_state == "ACTIVE" and one.compliance != "PASSED":
                found.update(subjects_of(one))
        return len(found)

    def ours(self) -> int:
        """How many subjects the ledger has as suppressed by us."""
        return len({one.subject for one in self.there.marks().values() if one.state == "suppressed"})

    def teardown(self) -> None:
        if not hasattr(self, "read_at"):
            return
        for one in self.foreign:
            self.there.box.remove_rule(one)
        self.mend()
        everything = Options(any_time=True, suppress_share=1.0, release_share=1.0)
        for wait, source in ((26 * HOUR, "queue"), (26 * HOUR, "queue"), (20 * MINUTE, "queue"), (26 * HOUR, "sweep")):
            self.there.box.wait(wait.total_seconds())
            self.run(source, everything)
        self.there.box.wait((20 * MINUTE).total_seconds())
        done = self.run("queue", everything, calm=True)
        assert not done.written.sent, f"it goes on writing: {[str(one.change) for one in done.written.sent]}"
        self.watch.check_over()
        TOLD["notes that came too late"] += self.watch.late_notes


QUIRKS_DRAWN = ("suppressed_updates", "paging", "second_update", "user_fields_update", "rules_on_refresh")


def machine(begun: Begun, directories: Path, patch: pytest.MonkeyPatch) -> type[Waivers]:
    """The machine in its place."""
    return type("InPlace", (Waivers,), {"begun": begun, "directories": directories, "patch": patch})


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_whatever_happens_waivers_hold_and_nothing_else_does(
    waivers_begun: Begun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = settings(
        max_examples=EXAMPLES,
        stateful_step_count=TURNS,
        derandomize=not SECONDS,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    ends = time.monotonic() + SECONDS
    try:
        while True:
            run_state_machine_as_test(machine(waivers_begun, tmp_path, monkeypatch), settings=chosen)
            if time.monotonic() >= ends:
                break
    finally:
        with capsys.disabled():
            sys.stdout.write("".join(f"\n{count:6} {name}" for name, count in sorted(TOLD.items())) + "\n")
