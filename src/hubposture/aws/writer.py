"""Security Hub behind `ports.hub.HubWriter`: the edits of one target, in their stages, one result for each."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from hubposture.aws.enabling import Wait, disable_standards, enable_standards, wait_for_standards
from hubposture.aws.gateway import Gateway, Seat, writer_of
from hubposture.aws.standards import Subscription, subscriptions
from hubposture.aws.switching import Update, switch_controls
from hubposture.aws.tuning import tune_control
from hubposture.controls.definitions import RegionDefinitions
from hubposture.controls.edits import OFF, ON, Kind
from hubposture.errors import RemoteError
from hubposture.model.controls import ControlId, Standard
from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.outcome import Outcome, Result

Order = tuple[int, str, tuple[str, ...]]


class AwsHubWriter:
    """Writes with the writer role of the account; every wait goes through the gateway's clock and sleep."""

    def __init__(self, gateway: Gateway, *, wait: Wait | None = None) -> None:
        self._gateway = gateway
        self._wait = wait or Wait()

    def write(self, target: Target, edits: Sequence[Edit], *, definitions: RegionDefinitions) -> list[Result]:
        """Apply the edits and give one result for each, in their order; see `ports.hub.HubWriter.write`."""
        work = _Work(self._gateway, writer_of(target), definitions, self._wait)
        work.run(sorted(edits, key=lambda edit: edit.order))
        return [work.result(target, edit) for edit in edits]


class _Work:
    """One target's writing: what became of each edit so far."""

    def __init__(self, gateway: Gateway, seat: Seat, definitions: RegionDefinitions, wait: Wait) -> None:
        self._gateway = gateway
        self._seat = seat
        self._definitions = definitions
        self._wait = wait
        self._standards = {standard.key: standard for standard in definitions.standards}
        self._outcomes: dict[Order, tuple[Outcome, str]] = {}

    def run(self, edits: Sequence[Edit]) -> None:
        """Do the stages one after the other; a failure that stops a stage is the result of its edits."""
        stages: Mapping[str, Callable[[Sequence[Edit]], None]] = {
            Kind.STANDARD: self._write_standards,
            Kind.ASSOCIATION: self._write_associations,
            Kind.PARAMETERS: self._write_parameters,
        }
        for kind, write in stages.items():
            if wanted := [edit for edit in edits if edit.kind == kind]:
                try:
                    write(wanted)
                except RemoteError as problem:
                    self._set(wanted, Outcome.FAILED, str(problem))

    def result(self, target: Target, edit: Edit) -> Result:
        """The result of an edit; one that no stage took is skipped, and says so."""
        unknown = (Outcome.SKIPPED, f"nothing here knows how to write {edit.kind}")
        outcome, detail = self._outcomes.get(edit.order, unknown)
        return Result(Change(target, edit), outcome, detail)

    def _set(self, edits: Sequence[Edit], outcome: Outcome, detail: str = "") -> None:
        for edit in edits:
            self._outcomes.setdefault(edit.order, (outcome, detail))

    def _write_standards(self, edits: Sequence[Edit]) -> None:
        found = subscriptions(self._gateway, self._seat)
        wanted = {standard: edit for edit in edits if (standard := self._offered(edit)) is not None}
        on = {one: self._definitions.arns[one] for one, edit in wanted.items() if edit.desired == ON}
        off = {one: found[one].arn for one, edit in wanted.items() if edit.desired == OFF and one in found}
        stuck = self._see_off({one for one in on if one in found and found[one].is_leaving})
        coming = {one: arn for one, arn in on.items() if not _is_on(found, one) and one not in stuck}
        problems = stuck | enable_standards(self._gateway, self._seat, coming)
        going = {one: arn for one, arn in off.items() if not found[one].is_leaving}
        problems |= disable_standards(self._gateway, self._seat, going)
        waiting_on, waiting_off = on.keys() - problems.keys(), off.keys() - problems.keys()
        late = wait_for_standards(self._gateway, self._seat, on=waiting_on, off=waiting_off, wait=self._wait)
        for standard, edit in wanted.items():
            why = problems.get(standard) or late.get(standard, "")
            self._set([edit], Outcome.FAILED if why else Outcome.APPLIED, why)

    def _see_off(self, leaving: set[Standard]) -> dict[Standard, str]:
        """Wait for standards that are being disabled and are wanted on again; those that are not gone in time."""
        if not leaving:
            return {}
        return wait_for_standards(self._gateway, self._seat, on=(), off=leaving, wait=self._wait)

    def _offered(self, edit: Edit) -> Standard | None:
        """The standard of an edit; where the Region does not offer it, the edit fails."""
        standard = self._standards.get(edit.key[0])
        if standard is None:
            self._set([edit], Outcome.FAILED, f"{self._definitions.region} does not offer {edit.key[0]}")
        return standard

    def _write_associations(self, edits: Sequence[Edit]) -> None:
        updates: dict[tuple[str, str], tuple[Edit, Update]] = {}
        for edit in edits:
            if (standard := self._offered(edit)) is not None and not self._stands_in_the_way(edit):
                arn = self._definitions.arns[standard]
                updates[arn, edit.key[1]] = (edit, self._update(arn, edit))
        if not updates:
            return
        settle = partial(self._settle, {self._standards[edit.key[0]] for edit, _ in updates.values()})
        settle()
        problems = switch_controls(self._gateway, self._seat, [update for _, update in updates.values()], settle=settle)
        for key, (edit, _) in updates.items():
            why = problems.get(key, "")
            self._set([edit], Outcome.FAILED if why else Outcome.APPLIED, why)

    def _stands_in_the_way(self, edit: Edit) -> bool:
        """Whether the control's standard should have been switched first and was not: then the edit is skipped."""
        for (_, kind, key), (outcome, why) in list(self._outcomes.items()):
            if kind == Kind.STANDARD and key == edit.key[:1] and outcome is not Outcome.APPLIED:
                self._set([edit], Outcome.SKIPPED, f"its standard {key[0]} was not switched: {why}")
                return True
        return False

    def _update(self, arn: str, edit: Edit) -> Update:
        definition = self._definitions.controls.get(ControlId(edit.key[1]))
        update = {
            "StandardsArn": arn,
            "SecurityControlId": definition.shown if definition is not None else edit.key[1],
            "AssociationStatus": "ENABLED" if edit.desired == ON else "DISABLED",
        }
        return {**update, "UpdatedReason": edit.reason.strip() or "hubposture"}

    def _settle(self, standards: set[Standard]) -> bool:
        """Wait for standards that cannot be changed yet; whether any had to be waited for."""
        found = subscriptions(self._gateway, self._seat)
        busy = {one for one in standards if one in found and not found[one].is_ready}
        if busy:
            wait_for_standards(self._gateway, self._seat, on=busy, off=(), wait=self._wait)
        return bool(busy)

    def _write_parameters(self, edits: Sequence[Edit]) -> None:
        for edit in edits:
            definition = self._definitions.controls.get(ControlId(edit.key[0]))
            why = tune_control(self._gateway, self._seat, definition, edit, longest_seconds=self._wait.longest_seconds)
            self._set([edit], Outcome.FAILED if why else Outcome.APPLIED, why)


def _is_on(found: Mapping[Standard, Subscription], standard: Standard) -> bool:
    """Whether a standard is enabled already: enabling it again might switch its controls on again."""
    return standard in found and not found[standard].is_failed and not found[standard].is_leaving
