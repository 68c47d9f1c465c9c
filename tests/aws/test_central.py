"""Central configuration against the sandbox: what is there is read, what is asked for is there afterwards, or told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from aws.sandboxed import CENTRAL, DATA, GONE, HOME, POLICY, WEB, Stage, stage
from hubposture.aws.central import AwsCentral
from hubposture.aws.central_writer import AwsCentralWriter, Settling
from hubposture.aws.definitions import read_definitions
from hubposture.controls.central.edits import LEFT_ALONE, NO_ASSOCIATION, PolicyKind, content_value
from hubposture.controls.central.types import (
    SELF_MANAGED,
    AssociationStatus,
    AssociationType,
    CentralState,
    ListForm,
    Profile,
)
from hubposture.controls.definitions import RegionDefinitions
from hubposture.model.controls import ControlId
from hubposture.model.organization import Organization
from hubposture.reconcile.change import Edit, Value
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.sandbox.quirks import (
    AssociationStart,
    ParentOfFailed,
    PolicyIdForm,
    PolicyListOrder,
    Quirks,
    UnassociatedTarget,
)

OURS = replace(CENTRAL, policies=(replace(POLICY, tags={"hubposture/instance": "acme"}),))
FOREIGN = replace(CENTRAL, policies=(replace(POLICY, tags={"hubposture/instance": "another"}),))
FSBP, S38, IAM7 = "aws-foundational-security-best-practices", ControlId("s3.8"), ControlId("iam.7")


@dataclass
class Scene:
    """A stage with the two adapters on it."""

    here: Stage
    reader: AwsCentral
    writer: AwsCentralWriter
    organization: Organization
    home: RegionDefinitions

    def read(self) -> CentralState:
        return self.reader.read(self.organization)

    def write(self, *edits: Edit) -> list[Result]:
        return self.writer.write(self.organization, edits, home=self.home)

    def wanted(self, *, off: Sequence[ControlId] = (S38,), age: int | None = None) -> Profile:
        standard = next(one for one in self.home.standards if one.name == FSBP)
        parameters = () if age is None else ((IAM7, (("MaxPasswordAge", age),)),)
        return Profile(frozenset({standard}), ListForm.DISABLED, frozenset(off), parameters)


def scene(monkeypatch: pytest.MonkeyPatch, spec: object = OURS, *, longest: float = 600.0, **how: object) -> Scene:
    here = stage(monkeypatch, spec, **how)  # type: ignore[arg-type]
    return Scene(
        here,
        AwsCentral(here.gateway, instance="acme"),
        AwsCentralWriter(here.gateway, instance="acme", settling=Settling(longest_seconds=longest)),
        here.organization.read().organization,
        read_definitions(here.gateway, HOME),
    )


def edit(stage: int, kind: PolicyKind, key: tuple[str, ...], current: Value, desired: Value) -> Edit:
    return Edit(stage, kind, key, current, desired, "because of a row", "Controls!G2")


def creation(wanted: Profile, name: str = "hubposture-1", *, stage: int = 1) -> Edit:
    return edit(stage, PolicyKind.CREATE, (name,), None, content_value(wanted))


def association(node: str, current: Value, desired: Value, *, stage: int = 2) -> Edit:
    kind = "account" if node.isdigit() else "ou"
    what = PolicyKind.DISASSOCIATE if desired == NO_ASSOCIATION else PolicyKind.ASSOCIATE
    return edit(stage, what, (kind, node), current, desired)


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    return [one.outcome for one in results]


APPLIED, FAILED, SKIPPED = Outcome.APPLIED, Outcome.FAILED, Outcome.SKIPPED


def test_what_is_there_is_read_and_ours_is_what_carries_our_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    state = here.read()
    assert [(one.name, one.ours, one.content) for one in state.policies] == [("Baseline", True, here.wanted())]
    assert {node: one.policy for node, one in state.applied.items()} == {"ou-root-work": POLICY.id, DATA: SELF_MANAGED}
    web = next(one for one in state.associations if one.node.id == WEB)
    assert (web.policy, web.type, web.status) == (POLICY.id, AssociationType.INHERITED, AssociationStatus.SUCCESS)
    assert [one.ours for one in scene(monkeypatch, FOREIGN).read().policies] == [False]
    assert [one.ours for one in scene(monkeypatch, CENTRAL).read().policies] == [False]


def test_a_policy_with_everything_in_it_reads_back_as_it_was_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    wanted = here.wanted(off=(S38, ControlId("ec2.2")), age=30)
    listed = replace(wanted, form=ListForm.ENABLED, parameters=())
    results = here.write(creation(wanted), creation(listed, "hubposture-2"))
    assert outcomes(results) == [APPLIED, APPLIED]
    made = {one.name: one for one in here.read().ours}
    assert made["hubposture-1"].content == wanted
    assert made["hubposture-1"].description == "because of a row"
    assert made["hubposture-2"].content == listed


def test_a_new_policy_is_associated_and_settled_before_the_results_come(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    edits = (
        creation(here.wanted(off=())),
        association("ou-root-prod", NO_ASSOCIATION, ("policy", "hubposture-1")),
    )
    assert outcomes(here.write(*edits)) == [APPLIED, APPLIED]
    state = here.read()
    assert state.refs[state.applied["ou-root-prod"].policy] == "hubposture-1"
    web = next(one for one in state.associations if one.node.id == WEB)
    assert (web.policy, web.status) == (state.applied["ou-root-prod"].policy, AssociationStatus.SUCCESS)
    made = here.here.calls("CreateConfigurationPolicy")
    assert outcomes(here.write(*edits)) == [APPLIED, APPLIED]
    assert here.here.calls("CreateConfigurationPolicy") == made


def test_a_policy_is_updated_in_place_and_where_it_is_inherited_it_has_settled(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    wanted = here.wanted(off=(), age=45)
    change = edit(1, PolicyKind.UPDATE, ("Baseline",), content_value(here.wanted()), content_value(wanted))
    assert outcomes(here.write(change)) == [APPLIED]
    state = here.read()
    assert [(one.id, one.content) for one in state.policies] == [(POLICY.id, wanted)]
    assert not [one for one in state.associations if one.status is AssociationStatus.PENDING]


def test_leaving_a_policy_then_deleting_it_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    results = here.write(
        edit(2, PolicyKind.DELETE, ("Baseline",), content_value(here.wanted()), None),
        association("ou-root-work", ("policy", "Baseline"), NO_ASSOCIATION, stage=1),
    )
    assert outcomes(results) == [APPLIED, APPLIED]
    assert here.read().policies == ()
    assert set(here.read().applied) == {DATA}


def test_ground_that_moved_is_left_alone_and_so_is_what_could_harm_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    before = here.read()
    results = here.write(
        edit(
            1, PolicyKind.UPDATE, ("Baseline",), content_value(here.wanted(off=())), content_value(here.wanted(age=9))
        ),
        association(DATA, ("policy", "Baseline"), ("policy", "absent"), stage=1),
        association("ou-root-work", ("policy", "Baseline"), NO_ASSOCIATION),
        edit(3, PolicyKind.DELETE, ("Baseline",), content_value(here.wanted()), None),
    )
    assert outcomes(results) == [SKIPPED] * 4
    assert "says something else" in results[0].detail
    assert "self-managed" in results[1].detail
    assert "step before" in results[2].detail
    assert here.read() == before


def test_a_node_is_not_associated_with_a_policy_that_was_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    unknown = Profile(here.wanted().standards, ListForm.DISABLED, frozenset({ControlId("nosuch.1")}))
    results = here.write(creation(unknown), association("ou-root-prod", NO_ASSOCIATION, ("policy", "hubposture-1")))
    assert outcomes(results) == [FAILED, SKIPPED]
    assert "nosuch.1" in results[0].detail
    assert "hubposture-1 is not there" in results[1].detail


def test_the_quota_is_told_in_security_hubs_words(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    results = here.write(*(creation(here.wanted(age=at + 1), f"hubposture-{at}") for at in range(20)))
    assert outcomes(results).count(APPLIED) == 19
    refused = next(one for one in results if one.outcome is FAILED)
    assert "limit of 20 configuration policies" in refused.detail


@pytest.mark.parametrize("parent", ParentOfFailed)
def test_a_live_account_that_fails_fails_the_change_with_its_message(
    parent: ParentOfFailed, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = scene(monkeypatch, quirks=Quirks(parent_of_failed=parent))
    here.here.sandbox.faults.update({"policy_failures": {WEB}})
    update = edit(1, PolicyKind.UPDATE, ("Baseline",), content_value(here.wanted()), content_value(here.wanted(off=())))
    results = here.write(update)
    assert outcomes(results) == [FAILED]
    assert "web (" in results[0].detail
    assert "could not be configured" in results[0].detail


@pytest.mark.parametrize("parent", ParentOfFailed)
def test_a_suspended_account_does_not_fail_its_unit(parent: ParentOfFailed, monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch, quirks=Quirks(parent_of_failed=parent))
    update = edit(1, PolicyKind.UPDATE, ("Baseline",), content_value(here.wanted()), content_value(here.wanted(off=())))
    assert outcomes(here.write(update)) == [APPLIED]
    state = here.read()
    gone = next(one for one in state.associations if one.node.id == GONE)
    assert gone.status is AssociationStatus.FAILED
    assert state.applied["ou-root-work"].status is AssociationStatus.SUCCESS


def test_what_does_not_settle_in_time_is_failed_and_found_done_by_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch, longest=10.0)
    change = association(WEB, NO_ASSOCIATION, LEFT_ALONE)
    results = here.write(change)
    assert outcomes(results) == [FAILED]
    assert "still PENDING after 10 s: web" in results[0].detail
    here.here.sandbox.wait(60)
    assert outcomes(here.write(change)) == [APPLIED]


def test_a_lost_answer_is_repaired_by_reading_back(monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch)
    here.here.sandbox.faults.update({"lost_answer": 1.0, "operations": {"CreateConfigurationPolicy"}})
    results = here.write(
        creation(here.wanted(off=())),
        association("ou-root-prod", NO_ASSOCIATION, ("policy", "hubposture-1")),
    )
    assert outcomes(results) == [APPLIED, APPLIED]
    assert [one.name for one in here.read().ours] == ["Baseline", "hubposture-1"]


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(policy_id_form=PolicyIdForm.ARN, policy_list_order=PolicyListOrder.SORTED),
        Quirks(unassociated_target=UnassociatedTarget.SELF_MANAGED),
        Quirks(association_start=AssociationStart.SUCCESS),
    ],
)
def test_a_life_of_a_policy_is_the_same_under_quirks(quirks: Quirks, monkeypatch: pytest.MonkeyPatch) -> None:
    here = scene(monkeypatch, quirks=quirks)
    wanted, other = content_value(here.wanted(age=30)), content_value(here.wanted(off=()))
    ours = ("policy", "hubposture-1")
    results = here.write(
        edit(1, PolicyKind.CREATE, ("hubposture-1",), None, wanted),
        association(WEB, NO_ASSOCIATION, ours, stage=2),
        edit(3, PolicyKind.UPDATE, ("hubposture-1",), wanted, other),
        association(WEB, ours, NO_ASSOCIATION, stage=4),
        edit(5, PolicyKind.DELETE, ("hubposture-1",), other, None),
    )
    assert [(one.outcome, one.detail) for one in results] == [(APPLIED, "")] * 5
    assert [one.name for one in here.read().policies] == ["Baseline"]
    assert set(here.read().applied) == {"ou-root-work", DATA}
