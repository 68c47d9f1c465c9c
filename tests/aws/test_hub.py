"""Targets are read with few calls, by key, and unknown is never taken for absent."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from aws.hubworld import CIS, FSBP, TOWER, Hub, World
from aws.scripted import ADMINISTRATOR, HOME, MEMBERS, OTHER, Refused, standing
from hubposture.aws import associations
from hubposture.aws.gateway import Gateway
from hubposture.aws.hub import AwsHub
from hubposture.aws.pool import Pool
from hubposture.aws.record import CallRecord
from hubposture.catalog.standards import CIS_5
from hubposture.catalog.standards import FSBP as FSBP_1
from hubposture.controls.definitions import Definitions
from hubposture.controls.state import Reading, TargetState, Universe, universe
from hubposture.model.controls import control_id
from hubposture.model.organization import Account, Organization, OrgUnit
from hubposture.model.targets import Because, Governance, Target, Unreadable, Way

DAYS = {"days": {"Description": "d", "ConfigurationOptions": {"Integer": {"DefaultValue": 90, "Min": 1, "Max": 365}}}}
CONTROLS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "S3.8": ((FSBP, CIS), {}),
    "S3.1": ((FSBP, CIS), {}),
    "ACM.1": ((FSBP,), DAYS),
    "Autoscaling.5": ((FSBP,), {}),
    "IAM.7": ((FSBP,), DAYS),
    "EC2.6": ((CIS,), {}),
}
LOCAL = Governance(Way.LOCAL)
ORGANIZATION = Organization(
    name="acme",
    id="o-1",
    partition="aws",
    management_account="000000000000",
    administrator=ADMINISTRATOR,
    home_region=HOME,
    linked_regions=(HOME, OTHER),
    units={"r-1": OrgUnit("r-1", "Root", None, "/")},
    accounts={account: Account(account, account, "r-1") for account in (ADMINISTRATOR, *MEMBERS)},
)
TARGETS = tuple(Target("acme", account, region) for account in MEMBERS for region in (HOME, OTHER))


@dataclass
class Scene:
    world: World
    gateway: Gateway
    hub: AwsHub
    record: CallRecord
    definitions: Definitions
    universe: Universe

    def read(self, governance: Governance = LOCAL) -> dict[Target, Reading]:
        readings = list(self.hub.read(dict.fromkeys(TARGETS, governance), self.universe, self.definitions))
        assert sorted(one.target for one in readings) == sorted(TARGETS)
        return {one.target: one for one in readings}

    def state(self, target: Target) -> TargetState:
        reading = self.read()[target]
        assert isinstance(reading, TargetState), reading
        return reading

    def on(self, state: TargetState) -> set[tuple[str, str]]:
        return {(standard.key, control) for standard, control in self.universe.decode(state.enabled)}

    def known(self, state: TargetState) -> set[tuple[str, str]]:
        return {(standard.key, control) for standard, control in self.universe.decode(state.known)}


@contextmanager
def scene(controls: dict[str, tuple[tuple[str, ...], dict[str, Any]]] | None = None, **knobs: Any) -> Iterator[Scene]:
    world = World(controls or CONTROLS, **knobs)
    with standing(world) as stand:
        world.aws = stand.aws
        hub = AwsHub(stand.gateway, Pool(4))
        definitions = hub.definitions(ORGANIZATION, (HOME, OTHER))
        stand.record.clear()
        yield Scene(world, stand.gateway, hub, stand.record, definitions, universe(definitions))


def test_definitions_hold_every_regions_standards_controls_and_parameters() -> None:
    with scene(unavailable={OTHER: {"EC2.6"}}) as found:
        home, other = found.definitions[HOME], found.definitions[OTHER]
    assert home.arns[CIS_5] == f"arn:aws:securityhub:{HOME}::{CIS}"
    assert home.standards[FSBP_1] == {control_id(one) for one, (paths, _) in CONTROLS.items() if FSBP in paths}
    assert sorted(standard.key for standard in home.standards) == ["cis-5.0.0", "control-tower-1.0.0", "fsbp-1.0.0"]
    assert home.controls[control_id("acm.1")].parameters[0].default == 90
    assert home.controls[control_id("autoscaling.5")].shown == "Autoscaling.5"
    assert home.controls[control_id("ec2.6")].available
    assert not other.controls[control_id("ec2.6")].available


def test_a_region_whose_definitions_cannot_be_read_is_left_out_and_its_targets_say_why() -> None:
    with scene() as found:
        found.world.hubs[ADMINISTRATOR, OTHER].is_on = False
        found.definitions = found.hub.definitions(ORGANIZATION, (HOME, OTHER))
        readings = found.read()
    assert list(found.definitions) == [HOME]
    assert {type(readings[one]) for one in TARGETS if one.region == HOME} == {TargetState}
    for target in TARGETS:
        if target.region == OTHER:
            reading = readings[target]
            assert isinstance(reading, Unreadable)
            assert "definitions" in reading.detail


def test_what_is_off_missing_and_customized_is_read_per_target() -> None:
    with scene() as found:
        hub = found.world.hubs[MEMBERS[0], HOME]
        hub.off = {(FSBP, "S3.8")}
        hub.missing = {"Autoscaling.5"}
        hub.custom = {"ACM.1": {"days": {"ValueType": "CUSTOM", "Value": {"Integer": 15}}}}
        state, plain = found.state(TARGETS[0]), found.state(TARGETS[1])
        assert (
            found.on(plain)
            == found.known(plain)
            == {
                (standard, control_id(one))
                for one, (paths, _) in CONTROLS.items()
                for path, standard in ((FSBP, "fsbp-1.0.0"), (CIS, "cis-5.0.0"))
                if path in paths
            }
        )
        assert found.known(plain) - found.known(state) == {("fsbp-1.0.0", "autoscaling.5")}
        assert found.on(plain) - found.on(state) == {("fsbp-1.0.0", "autoscaling.5"), ("fsbp-1.0.0", "s3.8")}
        assert state.parameters == ((control_id("acm.1"), (("days", 15),)),)
        assert plain.parameters == ()


@pytest.mark.parametrize("order", ["reversed", "sorted"])
def test_answers_are_paired_by_key_whatever_their_order(order: str) -> None:
    arrange = {"reversed": lambda items: items[::-1], "sorted": lambda items: sorted(items, key=repr, reverse=True)}
    with scene() as found:
        found.world.hubs[MEMBERS[1], HOME].off = {(FSBP, "ACM.1"), (CIS, "EC2.6")}
        straight = found.read()
        found.world.arrange = arrange[order]
        assert found.read() == straight


def test_a_reader_that_paired_by_position_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_position(reply: Any, asked: Any, bits: Any) -> Any:
        known = enabled = 0
        for one, detail in zip(asked, reply["StandardsControlAssociationDetails"], strict=False):
            known |= bits[associations.key_of(one)]
            enabled |= bits[associations.key_of(one)] if detail["AssociationStatus"] == "ENABLED" else 0
        return associations.Answered(known, enabled)

    with scene(arrange=lambda items: items[::-1]) as found:
        found.world.hubs[MEMBERS[0], HOME].off = {(FSBP, "ACM.1")}
        right = found.state(TARGETS[0])
        monkeypatch.setattr(associations, "pair_details", by_position)
        assert found.state(TARGETS[0]) != right


def test_a_code_that_stays_makes_the_target_unreadable_not_the_control_absent() -> None:
    with scene() as found:
        found.world.code_for = lambda control: "INVALID_INPUT" if control == "S3.8" else ""
        for reading in found.read().values():
            assert isinstance(reading, Unreadable)
            assert reading.because is Because.REMOTE
            assert "S3.8: INVALID_INPUT" in reading.detail


def test_what_comes_back_throttled_is_asked_for_again() -> None:
    calls = iter(range(1000))
    with scene() as found:
        straight = found.read()
        found.world.code_for = lambda _: "LIMIT_EXCEEDED" if next(calls) % 3 == 0 else ""
        assert found.read() == straight


def test_a_pair_that_no_answer_speaks_of_is_asked_for_once_more_and_then_does_not_exist() -> None:
    with scene() as found:
        found.world.silent = {"Autoscaling.5"}
        state = found.state(TARGETS[0])
        assert ("fsbp-1.0.0", "autoscaling.5") not in found.known(state)
        found.record.clear()
        found.read()
        assert found.record.total("BatchGetStandardsControlAssociations") == 2 * len(TARGETS)


def test_unavailable_controls_are_not_asked_for() -> None:
    with scene(unavailable={OTHER: {"EC2.6"}}) as found:
        state = found.state(TARGETS[1])
        asked = [one for one in found.world.aws.asked if one.operation == "BatchGetStandardsControlAssociations"]
        assert ("cis-5.0.0", "ec2.6") not in found.known(state)
    ids = [
        item["SecurityControlId"]
        for one in asked
        if one.region == OTHER
        for item in one.params["StandardsControlAssociationIds"]
    ]
    assert "EC2.6" not in ids


@pytest.mark.parametrize(
    ("status", "busy", "place"),
    [
        ("READY", 0, "standards"),
        ("INCOMPLETE", 0, "standards"),
        ("READY", 99, "settling"),
        ("PENDING", 99, "settling"),
        ("DELETING", 99, "nowhere"),
        ("FAILED", 0, "nowhere"),
    ],
)
def test_a_standard_is_ready_settling_or_counts_as_off(status: str, busy: int, place: str) -> None:
    with scene() as found:
        hub = found.world.hubs[MEMBERS[0], HOME]
        hub.standards[CIS], hub.busy[CIS] = status, busy
        state = found.state(TARGETS[0])
    where = [name for name in ("standards", "settling") if CIS_5 in getattr(state, name)]
    assert where == ([] if place == "nowhere" else [place])


def test_a_service_managed_standard_is_apart_and_its_controls_are_not_asked_for() -> None:
    with scene() as found:
        found.world.hubs[MEMBERS[0], HOME].standards[TOWER] = "READY"
        state = found.state(TARGETS[0])
    assert [one.key for one in state.managed] == ["control-tower-1.0.0"]
    assert state.standards == {FSBP_1, CIS_5}


def many(count: int, parametered: int) -> dict[str, tuple[tuple[str, ...], dict[str, Any]]]:
    return {f"S3.{number}": ((FSBP,), DAYS if number <= parametered else {}) for number in range(1, count + 1)}


@pytest.mark.parametrize(("pairs", "parametered"), [(0, 0), (1, 1), (100, 100), (101, 0), (368, 190), (400, 201)])
def test_a_target_costs_no_more_calls_than_promised(pairs: int, parametered: int) -> None:
    with scene(many(pairs, parametered) or {"EC2.6": ((CIS,), {})}) as found:
        if not pairs:
            for hub in found.world.hubs.values():
                hub.standards = {}
        found.read()
        sent = sum(count for (_, service, _), count in found.record.counts.items() if service == "securityhub")
    allowed = 2 + -(-pairs // 100) + -(-parametered // 100)
    assert sent == allowed * len(TARGETS)


def test_a_hub_that_is_off_and_a_missing_role_are_told_apart_and_stop_no_other_target() -> None:
    with scene() as found:
        found.world.hubs[MEMBERS[0], OTHER].is_on = False
        found.world.no_role = {MEMBERS[1]}
        readings = found.read()
    assert isinstance(readings[TARGETS[0]], TargetState)
    found_why = {one: (why.because, why.expected) for one, why in readings.items() if isinstance(why, Unreadable)}
    assert found_why == {
        TARGETS[1]: (Because.HUB_OFF, False),
        TARGETS[2]: (Because.NO_ROLE, False),
        TARGETS[3]: (Because.NO_ROLE, False),
    }


def test_a_missing_role_is_expected_where_a_policy_governs() -> None:
    with scene() as found:
        found.world.no_role = {MEMBERS[1]}
        readings = found.read(Governance(Way.CENTRAL, by="Baseline", origin="r-1"))
    assert isinstance(readings[TARGETS[0]], TargetState)
    for target in TARGETS[2:]:
        reading = readings[target]
        assert isinstance(reading, Unreadable)
        assert reading.expected
        assert "policy Baseline" in reading.detail


@pytest.mark.parametrize(
    ("problem", "because", "expected"),
    [
        (Refused("AccessDeniedException", 403, "no identity-based policy allows it"), Because.DENIED, False),
        (
            Refused("AccessDeniedException", 403, "explicit deny in a service control policy"),
            Because.CLOSED_REGION,
            True,
        ),
        (Refused("UnrecognizedClientException", 403, "token is invalid"), Because.NOT_OPTED_IN, True),
        (Refused("InternalException", 500, "broken"), Because.REMOTE, False),
        (Refused("ResourceNotFoundException", 404, "not subscribed"), Because.HUB_OFF, False),
    ],
)
def test_every_refusal_has_its_reason(problem: Refused, because: Because, expected: bool) -> None:
    class Broken(World):
        def _describe_hub(self, asked: Any, hub: Hub) -> Any:
            if asked.region == OTHER:
                raise problem
            return super()._describe_hub(asked, hub)

    world = Broken(CONTROLS)
    with standing(world) as stand:
        world.aws = stand.aws
        hub = AwsHub(stand.gateway, Pool(1))
        definitions = hub.definitions(ORGANIZATION, (HOME, OTHER))
        target = {TARGETS[0]: LOCAL, TARGETS[1]: LOCAL}
        found = {one.target: one for one in hub.read(target, universe(definitions), definitions)}
    assert isinstance(found[TARGETS[0]], TargetState)
    reading = found[TARGETS[1]]
    assert isinstance(reading, Unreadable)
    assert (reading.because, reading.expected) == (because, expected)


def test_what_is_known_to_be_unreadable_comes_back_as_it_is_and_costs_no_call() -> None:
    with scene() as found:
        closed = Unreadable(TARGETS[0], Because.SUSPENDED, "closed", expected=True)
        assert list(found.hub.read({TARGETS[0]: closed}, found.universe, found.definitions)) == [closed]
        assert found.record.counts == {}


def test_a_defect_in_one_target_is_its_reason_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    with scene() as found:
        found.world.hubs[MEMBERS[0], HOME].standards["standards/x/v/1.0.0"] = "READY"
        found.world.hubs[MEMBERS[0], HOME].custom = {"ACM.1": {"days": 3}}  # no such answer exists
        readings = found.read()
    broken = readings[TARGETS[0]]
    assert isinstance(broken, Unreadable)
    assert "AttributeError" in broken.detail
    assert sum(isinstance(one, TargetState) for one in readings.values()) == len(TARGETS) - 1
    assert "could not be read" in caplog.text


def test_equal_states_share_their_parts() -> None:
    with scene() as found:
        states = [one for one in found.read().values() if isinstance(one, TargetState)]
    assert len({id(one.known) for one in states}) == 1
    assert len({id(one.standards) for one in states}) == 1


def test_progress_counts_every_target() -> None:
    seen: list[tuple[int, int]] = []
    with scene() as found:
        targets: dict[Target, Governance | Unreadable] = dict.fromkeys(TARGETS, LOCAL)
        list(
            found.hub.read(
                targets, found.universe, found.definitions, progress=lambda done, total: seen.append((done, total))
            )
        )
    assert seen == [(number, 4) for number in range(1, 5)]


def test_reasons_are_given_for_pairs_that_are_off_alone() -> None:
    with scene() as found:
        hub = found.world.hubs[MEMBERS[0], HOME]
        hub.off = {(FSBP, "S3.8")}
        hub.reasons = {(FSBP, "S3.8"): "prod: siem"}
        reasons = found.hub.reasons(TARGETS[0], ["s3.8".upper(), "EC2.6"])
    assert reasons == {("fsbp-1.0.0", "s3.8"): ("prod: siem", "2026-11-02T08:00:00.123Z")}
