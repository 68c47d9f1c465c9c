"""Central configuration behind `ports.central.CentralWriter`: stage by stage, waiting, reading back after each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from hubposture.aws.central import list_associations, read_state
from hubposture.aws.central_wire import MARK, configuration_of, policy_id, target_of
from hubposture.aws.gateway import Gateway, Seat
from hubposture.aws.session import Purpose
from hubposture.controls.central.edits import (
    FAILED,
    PolicyKind,
    association_value,
    content_of,
    content_value,
    node_of,
    policy_named,
)
from hubposture.controls.central.tree import Tree, tree_of
from hubposture.controls.central.types import SELF_MANAGED, Association, AssociationStatus, CentralState
from hubposture.controls.definitions import RegionDefinitions
from hubposture.errors import HubpostureError, InputError, RemoteError
from hubposture.model.organization import Organization
from hubposture.model.targets import Target
from hubposture.reconcile.change import Change, Edit, Value
from hubposture.reconcile.outcome import Outcome, Result

_ASSOCIATIONS: Final = (PolicyKind.ASSOCIATE, PolicyKind.DISASSOCIATE)
_LONGEST_TEXT: Final = 500


@dataclass(frozen=True, slots=True)
class Settling:
    """How long to wait for associations of one stage, and how often to look, in seconds."""

    longest_seconds: float = 1800.0
    first_look_seconds: float = 2.0
    rarest_look_seconds: float = 20.0


class AwsCentralWriter:
    """Writes with the administrator's writer role in the home Region; waits by the gateway's clock and sleep."""

    def __init__(self, gateway: Gateway, *, instance: str, settling: Settling | None = None) -> None:
        self._gateway = gateway
        self._instance = instance
        self._settling = settling or Settling()

    def write(self, organization: Organization, edits: Sequence[Edit], *, home: RegionDefinitions) -> list[Result]:
        """Apply the edits and give one result for each, in their order; see `ports.central.CentralWriter.write`."""
        administrator = self._gateway.roles.administrator_account
        seat = Seat(administrator, organization.home_region, Purpose.ADMINISTRATOR_WRITER)
        work = _Work(self._gateway, seat, organization, home=home, instance=self._instance, settling=self._settling)
        work.run(sorted(edits, key=lambda edit: edit.order))
        place = Target(organization.name, organization.administrator, organization.home_region)
        return [work.result(place, edit) for edit in edits]


@dataclass
class _Now:
    """Central configuration at the latest read, in the words of edits."""

    state: CentralState

    def value(self, edit: Edit) -> Value:
        """What stands where the edit would write; a failed association is marked as such."""
        if edit.kind in _ASSOCIATIONS:
            applied = self.state.applied.get(node_of(edit).id)
            value = association_value(applied.policy if applied else None, self.state.refs)
            failed = applied is not None and applied.status is AssociationStatus.FAILED
            return (*value, FAILED) if failed and isinstance(value, tuple) else value
        policy = self.state.by_ref.get(edit.key[0])
        return None if policy is None else content_value(policy.content)

    def holds_current(self, edit: Edit) -> bool:
        """Whether the edit's precondition holds: whether an association failed is no part of it."""
        return _plain(self.value(edit)) == _plain(edit.current)

    def message(self, edit: Edit) -> str:
        """What Security Hub says of a node's association."""
        applied = self.state.applied.get(node_of(edit).id)
        return applied.message if applied else ""


def _plain(value: Value) -> Value:
    return value[:-1] if isinstance(value, tuple) and value[-1:] == (FAILED,) else value


class _Work:
    """One run of writing: what became of each edit so far."""

    def __init__(
        self,
        gateway: Gateway,
        seat: Seat,
        organization: Organization,
        *,
        home: RegionDefinitions,
        instance: str,
        settling: Settling,
    ) -> None:
        self._gateway = gateway
        self._seat = seat
        self._organization = organization
        self._tree: Tree = tree_of(organization)
        self._home = home
        self._instance = instance
        self._settling = settling
        self._outcomes: dict[tuple[int, str, tuple[str, ...]], tuple[Outcome, str]] = {}

    def run(self, edits: Sequence[Edit]) -> None:
        """Do the stages one after the other; reading that fails fails what is left."""
        try:
            now = self._read()
            for stage in sorted({edit.stage for edit in edits}):
                now = self._stage([edit for edit in edits if edit.stage == stage], now)
        except RemoteError as problem:
            why = f"central configuration could not be read: {problem}"
            for edit in edits:
                self._set(edit, Outcome.FAILED, why)

    def result(self, place: Target, edit: Edit) -> Result:
        """The result of an edit."""
        outcome, detail = self._outcomes[edit.order]
        return Result(Change(place, edit), outcome, detail)

    def _read(self) -> _Now:
        return _Now(read_state(self._gateway, self._seat, self._organization, instance=self._instance))

    def _set(self, edit: Edit, outcome: Outcome, detail: str = "") -> None:
        self._outcomes.setdefault(edit.order, (outcome, detail))

    def _stage(self, edits: Sequence[Edit], now: _Now) -> _Now:
        """Write one stage, wait for what it started, and settle by what is read then."""
        started: list[Edit] = []
        said: dict[Edit, str] = {}
        for edit in edits:
            if now.value(edit) == edit.desired:
                started.append(edit)  # done before, by us or another; it may still be pending
            elif why := self._obstacle(edit, now):
                self._set(edit, Outcome.SKIPPED, why)
            else:
                said[edit] = self._written(edit, now)
                started.append(edit)
        if not started:
            return now
        late = self._wait(started, now)
        after = self._read()
        for edit in started:
            self._judge(edit, after, said.get(edit, ""), late=late)
        return after

    def _judge(self, edit: Edit, after: _Now, said: str, *, late: Mapping[Edit, str]) -> None:
        """The state that is read decides; what a call said explains only why something is not there."""
        found = after.value(edit)
        if edit in late:
            self._set(edit, Outcome.FAILED, late[edit])
        elif found == edit.desired:
            failed = self._failed_below(edit, after)
            self._set(edit, Outcome.FAILED if failed else Outcome.APPLIED, failed)
        elif edit.kind in _ASSOCIATIONS and _plain(found) == edit.desired:
            self._set(edit, Outcome.FAILED, f"the association failed: {after.message(edit) or 'no reason given'}")
        else:
            self._set(edit, Outcome.FAILED, said or "the answer was yes, but reading back shows the old state")

    def _failed_below(self, edit: Edit, after: _Now) -> str:
        """The live accounts for which the edit's policy failed, with Security Hub's message; '' if there are none."""
        name = policy_named(edit.desired) if edit.kind in _ASSOCIATIONS else edit.key[0]
        policy = after.state.by_ref.get(name) if name is not None else None
        if policy is None:
            return ""
        node = node_of(edit).id if edit.kind in _ASSOCIATIONS else ""
        failed = [
            one
            for one in after.state.associations
            if one.policy == policy.id
            and one.status is AssociationStatus.FAILED
            and self._is_live(one.node.id)
            and (not node or node in self._upward(one.node.id))
        ]
        said = next((one.message for one in failed if one.message), "no reason given")
        return f"it failed for {_some([self._shown(one) for one in failed])}: {said}" if failed else ""

    def _is_live(self, node: str) -> bool:
        account = self._organization.accounts.get(node)
        return account is not None and account.state.is_live

    def _obstacle(self, edit: Edit, now: _Now) -> str:
        """Why an edit is not to be tried; '' if it may be."""
        if not now.holds_current(edit):
            return f"its ground has moved: there is {_told(now.value(edit))} now"
        name = policy_named(edit.desired) if edit.kind in _ASSOCIATIONS else None
        if name is not None and name not in now.state.by_ref:
            return f"the policy {name} is not there"
        moves_on = edit.kind in (PolicyKind.UPDATE, PolicyKind.DISASSOCIATE, PolicyKind.DELETE)
        if moves_on and any(outcome is not Outcome.APPLIED for outcome, _ in self._outcomes_before(edit)):
            return "a step before it was not done, and it could take a node from under what it has"
        return ""

    def _outcomes_before(self, edit: Edit) -> Iterable[tuple[Outcome, str]]:
        return (outcome for (stage, _, _), outcome in self._outcomes.items() if stage < edit.stage)

    def _written(self, edit: Edit, now: _Now) -> str:
        """Send one edit; '' or why it was refused or is in doubt."""
        try:
            self._send(edit, now.state)
        except (HubpostureError, ValueError) as problem:
            return str(problem)
        return ""

    def _send(self, edit: Edit, state: CentralState) -> None:
        match edit.kind:
            case PolicyKind.CREATE:
                params = {
                    "Name": edit.key[0],
                    "Description": _text(edit.reason),
                    "ConfigurationPolicy": configuration_of(content_of(edit.desired), self._home),
                    "Tags": {MARK: self._instance},
                }
                self._gateway.call(self._seat, "CreateConfigurationPolicy", params)
            case PolicyKind.UPDATE:
                params = {
                    "Identifier": state.by_ref[edit.key[0]].id,
                    "ConfigurationPolicy": configuration_of(content_of(edit.desired), self._home),
                    "UpdatedReason": _text(edit.reason),
                }
                self._gateway.call(self._seat, "UpdateConfigurationPolicy", params)
            case PolicyKind.DELETE:
                identifier = state.by_ref[edit.key[0]].id
                self._gateway.call(self._seat, "DeleteConfigurationPolicy", {"Identifier": identifier})
            case PolicyKind.ASSOCIATE:
                name = policy_named(edit.desired)
                identifier = SELF_MANAGED if name is None else state.by_ref[name].id
                self._associate("StartConfigurationPolicyAssociation", identifier, edit)
            case PolicyKind.DISASSOCIATE:
                identifier = state.applied[node_of(edit).id].policy
                self._associate("StartConfigurationPolicyDisassociation", identifier, edit)
            case _:
                raise InputError(f"nothing here knows how to write {edit.kind}")

    def _associate(self, operation: str, identifier: str, edit: Edit) -> None:
        params = {"ConfigurationPolicyIdentifier": identifier, "Target": target_of(node_of(edit))}
        self._gateway.call(self._seat, operation, params)

    def _wait(self, started: Sequence[Edit], now: _Now) -> dict[Edit, str]:
        """Wait until nothing that these edits started is PENDING; those that do not settle in time, with why."""
        caller = self._gateway.caller
        until = caller.clock() + self._settling.longest_seconds
        pause = self._settling.first_look_seconds
        while True:
            pending = list_associations(self._gateway, self._seat, filters={"AssociationStatus": "PENDING"})
            waiting = {edit: who for edit in started if (who := self._waits_for(edit, pending, now))}
            if not waiting:
                return {}
            if caller.clock() + pause > until:
                longest = f"{self._settling.longest_seconds:.0f} s"
                return {edit: f"still PENDING after {longest}: {_some(who)}" for edit, who in waiting.items()}
            caller.sleep(pause)
            pause = min(self._settling.rarest_look_seconds, pause * 1.5)

    def _waits_for(self, edit: Edit, pending: Iterable[Association], now: _Now) -> list[str]:
        """The nodes that are PENDING because of an edit: under its node, or under the policy it updates."""
        if edit.kind in _ASSOCIATIONS:
            node = node_of(edit).id
            return [self._shown(one) for one in pending if node in self._upward(one.node.id)]
        policy = now.state.by_ref.get(edit.key[0])
        if edit.kind != PolicyKind.UPDATE or policy is None:
            return []
        return [self._shown(one) for one in pending if policy_id(one.policy) == policy.id]

    def _upward(self, node: str) -> Iterable[str]:
        return self._tree.upward(node) if node in self._tree.nodes else (node,)

    def _shown(self, association: Association) -> str:
        return self._tree.shown.get(association.node.id, association.node.id)


def _text(reason: str) -> str:
    """A reason as Security Hub takes it: never empty."""
    return reason.strip()[:_LONGEST_TEXT] or "hubposture"


def _told(value: Value) -> str:
    match value:
        case None:
            return "no such policy"
        case ("profile" | "service-disabled", *_):
            return "a policy of this name that says something else"
        case tuple():
            return " ".join(str(one) for one in value)
    return str(value)


def _some(items: Sequence[str], most: int = 3) -> str:
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return ", ".join(items[:most]) + more
