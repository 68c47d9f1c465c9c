"""The emulated checks: for every enabled control and resource of every target a finding that follows the resource.

Follows the user guide's pages on creating and updating control findings. Each target has a round every 12 hours:
periodic checks refresh in every round, change-triggered ones in every second. A refresh without news costs nothing: a
finding's UpdatedAt follows the round it belongs to.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from hubposture.sandbox.answers import Params
from hubposture.sandbox.catalogue import Catalogue, ControlDefinition, StandardDefinition
from hubposture.sandbox.deeds import Deeds
from hubposture.sandbox.findings_quirks import FindingQuirks, RulesOnRefresh, SuppressedUpdates
from hubposture.sandbox.findings_record import Beat, ControlBody, Record, ResourceRef
from hubposture.sandbox.findings_store import FindingStore
from hubposture.sandbox.lifecycle_checks import (
    EMPTY,
    FAILED,
    RECORDER_OFF,
    Verdict,
    changes_with_time,
    judge,
    judged_type,
)
from hubposture.sandbox.lifecycle_findings import blank_record, refer, show
from hubposture.sandbox.lifecycle_watch import (
    CONSOLIDATED,
    NOTHING_WANTED,
    Schedule,
    Subject,
    Wanted,
    Watch,
    read_wanted,
)
from hubposture.sandbox.lifecycle_workflow import Moment, first_workflow, next_workflow
from hubposture.sandbox.population_inventory import ACCOUNT_TYPE, Inventory, Resource, Target, share_of
from hubposture.sandbox.quirks import SuppressedOnPassed
from hubposture.sandbox.seams import Estate

ROUND = timedelta(hours=12)
EMPTY_AFTER = timedelta(hours=18)
FIRST_LOOK = timedelta(minutes=25)
"""How long after a change of what is enabled the first check runs."""

GONE = Verdict("NOT_AVAILABLE", ("CONFIG_RETURNS_NOT_APPLICABLE",))
RULE_BROKEN = Verdict("NOT_AVAILABLE", ("CONFIG_RULE_EVALUATION_ERROR",))


class Checks:
    """Runs the checks of all targets and keeps the findings of their subjects.

    `empty_passes` False leaves out the PASSED findings of controls that have no resource in a target: most findings of a
    large organization are such ones.
    """

    def __init__(
        self,
        store: FindingStore,
        inventory: Inventory,
        *,
        catalogue: Catalogue,
        quirks: FindingQuirks,
        partition: str = "aws",
        empty_passes: bool = True,
    ) -> None:
        self.store = store
        self.inventory = inventory
        self.catalogue = catalogue
        self.quirks = quirks
        self.partition = partition
        self.empty_passes = empty_passes
        self.schedule = Schedule()
        self.deeds = Deeds()
        self.watches: dict[Target, Watch] = {}
        self._wanted: dict[Target, Wanted] = {}
        self._rules: dict[Target, Sequence[Params]] = {}
        self._estate: Estate | None = None
        self._targets: frozenset[Target] = frozenset()
        self._by_type: dict[str, list[ControlDefinition]] = {}
        for control in catalogue.controls.values():
            self._by_type.setdefault(judged_type(control), []).append(control)

    # --- looking at what is enabled --------------------------------------------------------------------------------

    def read_anew(self, estate: Estate) -> None:
        """From now on work with what this estate answers; each target is asked once, when it is first needed."""
        self._estate = estate
        self._targets = frozenset(estate.targets())
        self._wanted.clear()
        self._rules.clear()

    def _wanted_in(self, target: Target) -> Wanted:
        if target not in self._wanted:
            estate = self._estate
            known = estate is not None and target in self._targets
            self._wanted[target] = read_wanted(estate, self.catalogue, target) if estate and known else NOTHING_WANTED
        return self._wanted[target]

    def _rules_in(self, target: Target) -> Sequence[Params]:
        if target not in self._rules:
            self._rules[target] = tuple(self._estate.automation_rules(*target)) if self._estate else ()
        return self._rules[target]

    def look(self, at: datetime) -> None:
        """Bring every target's checks in line with what is enabled there."""
        for target in sorted(self._targets | self.watches.keys()):
            self._look_at(target, at)

    def _look_at(self, target: Target, at: datetime) -> None:
        wanted = self._wanted_in(target)
        watch = self.watches.get(target)
        if watch is None:
            watch = self.watches[target] = Watch(Beat(at), Beat(at))
            self.schedule.add(at + ROUND * (0.25 + share_of("round", *target) * 0.75), "round", *target)
        before, watch.wanted = watch.wanted, wanted
        if before.controls and wanted.hub_on and before.consolidated != wanted.consolidated:
            self._switch_consolidation(watch, at)
            before = NOTHING_WANTED
        for control_id in before.controls.keys() - wanted.controls.keys():
            self._stop(target, control_id, watch)
        for control_id, paths in wanted.controls.items():
            if (
                paths != before.controls.get(control_id)
                or wanted.values.get(control_id) != before.values.get(control_id)
                or wanted.recorder_on != before.recorder_on
            ):
                self._run(target, self.catalogue.controls[control_id], at)

    def _stop(self, target: Target, control_id: str, watch: Watch) -> None:
        """A control went off: its findings are no longer refreshed and will be archived."""
        last = None
        for subject in watch.subjects.get(control_id, {}).values():
            for record in subject.values():
                record.settle()
                last = record.updated_at if last is None else max(last, record.updated_at)
        if last is not None:
            self.schedule.add(last + self.quirks.archive_after, "archive", *target, control_id)

    def archive_disabled(self, target: Target, control_id: str, at: datetime) -> None:
        """Archive the findings of a control that is still off."""
        watch = self.watches.get(target)
        if watch is None or control_id in watch.wanted.controls:
            return
        for subject in watch.subjects.pop(control_id, {}).values():
            for record in subject.values():
                self._archive(record, at)

    def _switch_consolidation(self, watch: Watch, at: datetime) -> None:
        """The form of findings changed: all old ones are archived, what customers had set does not carry over."""
        for subjects in watch.subjects.values():
            for subject in subjects.values():
                for record in subject.values():
                    self._archive(record, at, reason="CONSOLIDATED_CONTROL_FINDINGS_UPDATE")
        watch.subjects.clear()
        watch.epoch += 1

    # --- running checks --------------------------------------------------------------------------------------------

    def round(self, target: Target, at: datetime) -> None:
        """Run a target's round: refresh, follow what is enabled, judge again what can change with time alone."""
        self._look_at(target, at)
        watch = self.watches[target]
        self.schedule.add(at + ROUND, "round", *target)
        if not watch.wanted.hub_on:
            return
        watch.round += 1
        beats = [watch.periodic] if watch.round % 2 else [watch.periodic, watch.changes]
        for beat in beats:
            beat.at = at
        late, watch.late = watch.late, set()
        for control_id in sorted(watch.wanted.controls):
            control = self.catalogue.controls[control_id]
            if changes_with_time(control) or (control_id, "") in late:
                self._run(target, control, at)
        self._tell_of_refresh(target, beats, at)

    def _tell_of_refresh(self, target: Target, beats: Sequence[Beat], at: datetime) -> None:
        rules = self._rules_in(target) if self.quirks.rules_on_refresh is RulesOnRefresh.APPLY else ()
        if not (rules or self.store.is_heard):
            return
        for record in list(self.store.of_target(target)):
            if any(record.beat is beat for beat in beats) and record.updated_at < at:
                self.store.refreshed(record, at, rules)

    def _run(self, target: Target, control: ControlDefinition, at: datetime) -> None:
        """Check every resource a control judges in a target; without any, the account passes."""
        watch = self.watches[target]
        if control.id in watch.broken:
            return
        kind = judged_type(control)
        if kind == ACCOUNT_TYPE:
            self._check(target, control, self.inventory.account_in(target), at)
            return
        resources = self.inventory.of(target, kind) if kind else {}
        account = self.inventory.account_in(target)
        if not resources and not self.empty_passes:
            return
        if not resources:
            self._observe_subject(target, control, account.ref(), self._verdict_without_resource(watch, control), at)
            return
        self._retire(watch, control.id, account.id, at)
        for resource in list(resources.values()):
            self._check(target, control, resource, at)

    @staticmethod
    def _verdict_without_resource(watch: Watch, control: ControlDefinition) -> Verdict:
        return EMPTY if watch.wanted.recorder_on or control.periodic else RECORDER_OFF

    def _check(self, target: Target, control: ControlDefinition, resource: Resource, at: datetime) -> None:
        watch = self.watches[target]
        if watch.wanted.recorder_on or (control.periodic and control.id != "Config.1"):
            verdict = judge(control, resource, watch.wanted.values.get(control.id, {}), at)
        else:
            verdict = FAILED if control.id == "Config.1" else RECORDER_OFF
        self._observe_subject(target, control, resource.ref(), verdict, at)

    def _observe_subject(
        self, target: Target, control: ControlDefinition, resource: ResourceRef, verdict: Verdict, at: datetime
    ) -> None:
        """Bring the findings of one subject in line with a verdict, making those that are missing."""
        watch = self.watches[target]
        subject = watch.subjects.setdefault(control.id, {}).setdefault(resource.id, {})
        slots = watch.wanted.slots(control.id)
        for slot in subject.keys() - set(slots):
            self._archive(subject.pop(slot), at)
        for slot in slots:
            if slot not in subject:
                subject[slot] = self._find_or_make(target, control, resource, slot=slot, verdict=verdict, at=at)
            is_same = refer(subject[slot], resource)
            self._observe(subject[slot], watch, control, verdict, at, is_same=is_same)

    def _find_or_make(
        self,
        target: Target,
        control: ControlDefinition,
        resource: ResourceRef,
        *,
        slot: str,
        verdict: Verdict,
        at: datetime,
    ) -> Record:
        watch = self.watches[target]
        record = blank_record(
            ControlBody(control, self._standard(slot), resource, self.catalogue, self.partition),
            target,
            number=f"{watch.epoch}.{watch.generations.get(control.id, 0)}",
            account_name=self._estate.account_name(target[0]) if self._estate else target[0],
            at=at,
        )
        known = self.store.get(record.key)
        if known is not None:
            return known
        show(record, watch.wanted, control, verdict)
        record.workflow = first_workflow(verdict.status)
        record.beat = self._beat(watch, control)
        self.store.add(record, at, identity=record.product_arn, rules=self._rules_in(target))
        return record

    def _standard(self, slot: str) -> StandardDefinition | None:
        return None if slot == CONSOLIDATED else self.catalogue.standards[slot]

    @staticmethod
    def _beat(watch: Watch, control: ControlDefinition) -> Beat:
        return watch.periodic if control.periodic else watch.changes

    def _observe(
        self, record: Record, watch: Watch, control: ControlDefinition, verdict: Verdict, at: datetime, *, is_same: bool
    ) -> None:
        """A check has run for a finding that exists; `is_same` says that its resource looks as it did."""
        if record.workflow == "SUPPRESSED" and self.quirks.suppressed_updates is SuppressedUpdates.STOP:
            record.settle()
            return
        before = Moment(record.compliance, record.record_state)
        shown = (record.reasons, record.standards, record.parameters)
        workflow, severity = record.workflow, record.severity
        show(record, watch.wanted, control, verdict)
        record.record_state, record.archival_reason = "ACTIVE", ""
        after = Moment(verdict.status, "ACTIVE")
        if is_same and before == after and shown == (record.reasons, record.standards, record.parameters):
            record.beat = self._beat(watch, control)
            return
        record.workflow = next_workflow(
            workflow,
            before,
            after,
            suppressed_resolves=self.quirks.suppressed_on_passed is SuppressedOnPassed.BECOMES_RESOLVED,
        )
        self._changed(record, before, workflow, severity, at)
        record.beat = self._beat(watch, control)

    def _changed(self, record: Record, before: Moment, workflow: str, severity: str, at: datetime) -> None:
        """Date a change and write it into the finding's history."""
        record.beat = None
        record.updated_at = record.processed_at = at
        if record.compliance != before.compliance:
            record.first_observed_at = at
            record.previous = before.compliance
        pairs = (
            ("Compliance.Status", before.compliance, record.compliance),
            ("FindingProviderFields.Severity.Label", severity, record.severity),
            ("RecordState", before.record_state, record.record_state),
            ("Workflow.Status", workflow, record.workflow),
        )
        updates = tuple(pair for pair in pairs if pair[1] != pair[2])
        rules = self._rules_in((record.account, record.region))
        self.store.note_provider_change(record, updates, at, identity=record.product_arn, rules=rules)

    def _archive(self, record: Record, at: datetime, *, verdict: Verdict | None = None, reason: str = "") -> None:
        """Archive a finding, with a last verdict where there is one; it is not refreshed any more."""
        if record.record_state == "ARCHIVED":
            return
        before, workflow, severity = Moment(record.compliance, "ACTIVE"), record.workflow, record.severity
        if verdict is not None:
            record.compliance, record.reasons = verdict
            if isinstance(record.body, ControlBody):
                record.severity = record.body.control.severity
        record.record_state, record.archival_reason = "ARCHIVED", reason
        record.workflow = next_workflow(workflow, before, Moment(record.compliance, "ARCHIVED"))
        self._changed(record, before, workflow, severity, at)

    def _retire(self, watch: Watch, control_id: str, resource_id: str, at: datetime) -> None:
        """Archive the findings of a subject that is no longer judged."""
        subject: Subject = watch.subjects.get(control_id, {}).pop(resource_id, {})
        for record in subject.values():
            self._archive(record, at)

    # --- what happens to resources ---------------------------------------------------------------------------------

    def resource_changed(self, resource: Resource, at: datetime) -> None:
        """Judge a resource that is new or changed; periodic checks notice in the target's next round."""
        self.deeds.changed(resource, at)
        watch = self.watches.get(resource.target)
        if watch is None:
            return
        for control in self._by_type.get(resource.type, ()):
            if control.id not in watch.wanted.controls or control.id in watch.broken:
                continue
            if control.periodic:
                watch.late.add((control.id, ""))
            else:
                self._retire_account_level(watch, control, resource, at)
                self._check(resource.target, control, resource, at)

    def _retire_account_level(self, watch: Watch, control: ControlDefinition, resource: Resource, at: datetime) -> None:
        if resource.type != ACCOUNT_TYPE:
            self._retire(watch, control.id, self.inventory.account_in(resource.target).id, at)

    def resource_deleted(self, resource: Resource, at: datetime) -> None:
        """Archive a deleted resource's findings as NOT_AVAILABLE; 18 hours after the last one the account passes."""
        self.inventory.remove(resource)
        self.deeds.deleted(resource, at)
        watch = self.watches.get(resource.target)
        if watch is None:
            return
        for control in self._by_type.get(resource.type, ()):
            subject = watch.subjects.get(control.id, {}).pop(resource.id, {})
            for record in subject.values():
                self._archive(record, at, verdict=GONE)
            if subject and not self.inventory.of(resource.target, resource.type):
                self.schedule.add(at + EMPTY_AFTER, "empty", *resource.target, control.id)

    def pass_if_empty(self, target: Target, control_id: str, at: datetime) -> None:
        """Let the account pass a control that has no resource left."""
        control, watch = self.catalogue.controls[control_id], self.watches[target]
        if control_id in watch.wanted.controls and not self.inventory.of(target, judged_type(control)):
            self._run(target, control, at)

    def break_rule(self, target: Target, control_id: str, at: datetime) -> None:
        """Break a control's Config rule: its findings are archived, an archived NOT_AVAILABLE one appears."""
        watch, control = self.watches[target], self.catalogue.controls[control_id]
        if control_id in watch.broken or control_id not in watch.wanted.controls:
            return
        for resource_id in list(watch.subjects.get(control_id, {})):
            self._retire(watch, control_id, resource_id, at)
        watch.broken.add(control_id)
        watch.generations[control_id] = watch.generations.get(control_id, 0) + 1
        for slot in watch.wanted.slots(control_id):
            account = self.inventory.account_in(target).ref()
            record = self._find_or_make(target, control, account, slot=slot, verdict=RULE_BROKEN, at=at)
            self._archive(record, at)

    def repair_rule(self, target: Target, control_id: str, at: datetime) -> None:
        """Repair a control's Config rule: the same subjects get findings with new ids."""
        watch = self.watches[target]
        if control_id not in watch.broken:
            return
        watch.broken.discard(control_id)
        watch.generations[control_id] += 1
        self._run(target, self.catalogue.controls[control_id], at)

    def forget(self, records: Sequence[Record]) -> None:
        """Drop findings that retention has deleted from the subjects they belonged to."""
        gone = {record.key for record in records if isinstance(record.body, ControlBody)}
        for watch in self.watches.values() if gone else ():
            for subjects in watch.subjects.values():
                for subject in subjects.values():
                    for slot in [slot for slot, record in subject.items() if record.key in gone]:
                        del subject[slot]
