"""Every edit has exactly one result, stages wait for each other, and what the hub holds afterwards is what was wanted."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aws.sandboxed import CENTRAL, DARK, DATA, HOME, LINKED, WEB, Stage, stage
from hubposture.aws import enabling, switching
from hubposture.aws.enabling import Wait
from hubposture.aws.writer import AwsHubWriter
from hubposture.controls.definitions import RegionDefinitions
from hubposture.controls.edits import OFF, ON, STAGES, Kind
from hubposture.controls.ground import achieved
from hubposture.controls.state import TargetState, Universe, universe
from hubposture.model.controls import control_id
from hubposture.model.targets import Governance, Target, Way
from hubposture.reconcile.change import Edit, Value
from hubposture.reconcile.outcome import Outcome, Result, tally
from hubposture.sandbox.quirks import NotReadyWrite, Quirks, ReplyOrder, sample

WEB_HOME, DATA_HOME = Target("acme", WEB, HOME), Target("acme", DATA, HOME)
FSBP_KEY, CIS_KEY, PCI_KEY = "fsbp-1.0.0", "cis-5.0.0", "pci-dss-4.0.1"


def edit(kind: Kind, key: tuple[str, ...], current: Value, desired: Value, reason: str = "prod: siem, see (a)") -> Edit:
    return Edit(STAGES[kind], kind, key, current, desired, reason, "Controls!G7")


def off(control: str, standard: str = FSBP_KEY) -> Edit:
    return edit(Kind.ASSOCIATION, (standard, control_id(control)), ON, OFF)


def on(control: str, standard: str = FSBP_KEY) -> Edit:
    return edit(Kind.ASSOCIATION, (standard, control_id(control)), OFF, ON)


def standard(key: str, desired: str) -> Edit:
    return edit(Kind.STANDARD, (key,), OFF if desired == ON else ON, desired)


class Scene:
    """A stage with its definitions, writing to one target."""

    def __init__(self, here: Stage, target: Target = WEB_HOME) -> None:
        self.here = here
        self.target = target
        self.reading = here.organization.read()
        self.all = here.hub.definitions(self.reading.organization, (HOME, LINKED))
        self.universe: Universe = universe(self.all)

    @property
    def definitions(self) -> RegionDefinitions:
        return self.all[self.target.region]

    def write(self, *edits: Edit) -> dict[tuple[str, ...], Result]:
        results = self.here.writer.write(self.target, edits, definitions=self.definitions)
        assert [one.change.edit for one in results] == list(edits)
        assert {one.change.place for one in results} <= {self.target}
        return {one.change.edit.key: one for one in results}

    def state(self, target: Target | None = None) -> TargetState:
        wanted = target or self.target
        (found,) = self.here.hub.read({wanted: Governance(Way.LOCAL)}, self.universe, self.all)
        assert isinstance(found, TargetState), found
        return found

    def unmet(self, edits: Sequence[Edit]) -> list[Edit]:
        state = self.state()
        return [one for one in edits if not achieved(one, state, self.universe)]


EVERYTHING = (
    standard(PCI_KEY, ON),
    standard(CIS_KEY, OFF),
    off("S3.1"),
    on("S3.8"),
    off("CloudTrail.2", PCI_KEY),
    off("ACM.2"),
    edit(Kind.PARAMETERS, ("iam.7",), (("MaxPasswordAge", 30),), (("MaxPasswordAge", 60), ("RequireNumbers", False))),
)


def test_all_stages_are_written_and_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    before = scene.state(DATA_HOME)
    results = scene.write(*EVERYTHING)
    assert {one.outcome for one in results.values()} == {Outcome.APPLIED}, results
    assert scene.unmet(EVERYTHING) == []
    assert scene.state(DATA_HOME) == before


def test_writing_uses_the_writer_role_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    scene.here.sandbox.calls.clear()
    scene.write(*EVERYTHING)
    assert {one.role for one in scene.here.sandbox.calls.writes() if one.service == "securityhub"} == {
        "hubposture-writer"
    }
    assert {one.account for one in scene.here.sandbox.calls.writes() if one.service == "securityhub"} == {WEB}


def test_the_reason_goes_along_and_fits_each_field(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    scene.write(off("S3.1"), EVERYTHING[-1])
    assert scene.here.hub.reasons(WEB_HOME, ["S3.1"])[FSBP_KEY, "s3.1"][0] == "prod: siem, see (a)"
    client = scene.here.sandbox.client("securityhub", account=WEB, region=HOME)
    (control,) = client.batch_get_security_controls(SecurityControlIds=["IAM.7"])["SecurityControls"]
    assert control["LastUpdateReason"] == "prod siem see a"


def test_associations_of_a_new_standard_wait_until_it_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch, quirks=Quirks(not_ready_write=NotReadyWrite.CALL_FAILS)))
    results = scene.write(standard(PCI_KEY, ON), off("CloudTrail.2", PCI_KEY))
    assert {one.outcome for one in results.values()} == {Outcome.APPLIED}, results


def test_a_writer_that_did_not_wait_for_ready_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enabling, "not_there_yet", lambda *_: {})
    scene = Scene(stage(monkeypatch))
    scene.write(standard(PCI_KEY, ON), off("CloudTrail.2", PCI_KEY))
    scene.here.sandbox.wait(600)
    assert scene.unmet([off("CloudTrail.2", PCI_KEY)]) != []


def test_a_standard_that_does_not_get_ready_in_time_fails_and_its_controls_are_skipped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = stage(monkeypatch)
    here.writer = AwsHubWriter(here.gateway, wait=Wait(longest_seconds=5))
    results = Scene(here).write(standard(PCI_KEY, ON), off("CloudTrail.2", PCI_KEY), off("S3.1"))
    assert results[PCI_KEY,].outcome is Outcome.FAILED
    assert "after 5 s" in results[PCI_KEY,].detail
    assert results[PCI_KEY, "cloudtrail.2"].outcome is Outcome.SKIPPED
    assert results[FSBP_KEY, "s3.1"].outcome is Outcome.APPLIED


def test_a_standard_that_is_on_already_is_not_enabled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    results = scene.write(standard(FSBP_KEY, ON))
    assert results[FSBP_KEY,].outcome is Outcome.APPLIED
    assert scene.here.calls("BatchEnableStandards") == 0
    assert scene.unmet([off("S3.8")]) == []


def _leaving(scene: Scene) -> None:
    """Let somebody else disable CIS in the target, so that it is on its way out."""
    client = scene.here.sandbox.client("securityhub", account=WEB, region=HOME)
    found = client.get_enabled_standards()["StandardsSubscriptions"]
    arn = next(one["StandardsSubscriptionArn"] for one in found if "cis-aws" in one["StandardsSubscriptionArn"])
    client.batch_disable_standards(StandardsSubscriptionArns=[arn])
    scene.here.sandbox.calls.clear()


def test_a_standard_that_is_being_disabled_counts_as_off_and_is_not_disabled_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scene = Scene(stage(monkeypatch))
    _leaving(scene)
    assert CIS_KEY not in {one.key for one in scene.state().standards | scene.state().settling}
    before = scene.here.calls("BatchDisableStandards")
    assert scene.write(standard(CIS_KEY, OFF))[CIS_KEY,].outcome is Outcome.APPLIED
    assert scene.here.calls("BatchDisableStandards") == before


def test_a_standard_that_is_being_disabled_is_enabled_once_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    _leaving(scene)
    assert scene.write(standard(CIS_KEY, ON))[CIS_KEY,].outcome is Outcome.APPLIED
    assert CIS_KEY in {one.key for one in scene.state().standards}


def test_updates_go_out_a_hundred_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch), DATA_HOME)
    state = scene.state()
    edits = [off(control, one.key) for one, control in scene.universe.decode(state.enabled)][:250]
    assert len(edits) == 250
    results = scene.write(*edits)
    assert {one.outcome for one in results.values()} == {Outcome.APPLIED}
    assert scene.here.calls("BatchUpdateStandardsControlAssociations") == 3
    assert scene.unmet(edits) == []


def test_what_the_account_does_not_have_fails_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    results = Scene(stage(monkeypatch)).write(off("ACM.1"), off("S3.1"), off("ACM.2", "nist-800-53-5.0.0"))
    assert results[FSBP_KEY, "acm.1"].outcome is Outcome.FAILED
    assert "NOT_FOUND" in results[FSBP_KEY, "acm.1"].detail
    assert results[FSBP_KEY, "s3.1"].outcome is Outcome.APPLIED
    assert results["nist-800-53-5.0.0", "acm.2"].outcome is Outcome.FAILED


def test_a_writer_that_ignored_unprocessed_items_would_be_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switching, "unprocessed_updates", lambda _: {})
    results = Scene(stage(monkeypatch)).write(off("ACM.1"))
    assert results[FSBP_KEY, "acm.1"].outcome is Outcome.APPLIED


@pytest.mark.parametrize("order", list(ReplyOrder))
def test_unprocessed_items_are_paired_by_key(order: ReplyOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch, quirks=Quirks(reply_order=order)))
    results = scene.write(off("S3.1"), off("ACM.1"), off("ACM.2"), off("no.99"))
    failed = {key for key, one in results.items() if one.outcome is Outcome.FAILED}
    assert failed == {(FSBP_KEY, "acm.1"), (FSBP_KEY, "no.99")}


def test_under_a_configuration_policy_every_edit_fails_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch, CENTRAL))
    results = scene.write(standard(PCI_KEY, ON), off("S3.1"), off("ACM.2"))
    assert {one.outcome for one in results.values()} == {Outcome.FAILED}
    assert "configuration policy" in results[FSBP_KEY, "s3.1"].detail


def test_without_a_role_no_edit_is_applied_and_each_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    results = Scene(stage(monkeypatch), Target("acme", DARK, HOME)).write(*EVERYTHING)
    assert Outcome.APPLIED not in {one.outcome for one in results.values()}
    assert all("hubposture-writer" in one.detail for one in results.values())


def test_parameters_wait_while_an_earlier_update_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    first = edit(Kind.PARAMETERS, ("iam.7",), (("MaxPasswordAge", 30),), (("MaxPasswordAge", 60),))
    second = edit(Kind.PARAMETERS, ("iam.7",), (("MaxPasswordAge", 60),), ())
    scene.write(first)
    assert scene.write(second)["iam.7",].outcome is Outcome.APPLIED
    assert scene.unmet([second]) == []


def test_a_parameter_of_another_kind_fails_before_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    wrong = edit(Kind.PARAMETERS, ("iam.7",), (), (("MaxPasswordAge", "many"),))
    assert "MaxPasswordAge takes a value of type Integer" in scene.write(wrong)["iam.7",].detail
    assert scene.here.calls("UpdateSecurityControl") == 0


FAULTS: dict[str, dict[str, Any]] = {
    "throttling": {"throttled": 0.3},
    "server errors": {"server_error": 0.05},
    "resets": {"reset": 0.1},
    "lost answers": {"lost_answer": 0.2},
    "partial batches": {"partial": 0.2},
    "all at once": {"throttled": 0.3, "server_error": 0.05, "reset": 0.05, "lost_answer": 0.05, "partial": 0.1},
}


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_under_faults_a_second_pass_finishes_what_the_first_left(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch))
    other = scene.state(DATA_HOME)
    left: Sequence[Edit] = EVERYTHING
    for seed in range(4):
        scene.here.sandbox.faults.update({"seed": seed, **FAULTS[name]})
        counted = tally(scene.here.writer.write(WEB_HOME, left, definitions=scene.definitions))
        assert counted.planned == len(left)
        scene.here.sandbox.faults.update(dict.fromkeys(FAULTS[name], 0.0))
        scene.here.sandbox.wait(120)
        left = scene.unmet(left)
        if not left:
            break
    assert left == []
    assert scene.state(DATA_HOME) == other


@pytest.mark.parametrize("seed", range(6))
def test_under_any_quirks_what_is_written_is_reached(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(stage(monkeypatch, quirks=sample(seed)))
    left: Sequence[Edit] = EVERYTHING
    for _ in range(3):
        scene.here.writer.write(WEB_HOME, left, definitions=scene.definitions)
        scene.here.sandbox.wait(120)
        left = scene.unmet(left)
        if not left:
            break
    assert left == []


@given(
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from([FSBP_KEY, CIS_KEY, PCI_KEY, "no-1.0.0"]), st.sampled_from([ON, OFF])),
            st.tuples(
                st.sampled_from([FSBP_KEY, CIS_KEY, PCI_KEY]),
                st.sampled_from(["s3.1", "s3.8", "acm.1", "cloudtrail.2", "no.1"]),
                st.sampled_from([ON, OFF]),
            ),
        ),
        unique_by=lambda one: one[:-1],
        max_size=8,
    ),
    st.integers(0, 3),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_planned_is_applied_and_failed_and_skipped(wanted: list[tuple[str, ...]], seed: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        scene = Scene(stage(monkeypatch))
        scene.here.sandbox.faults.update({"seed": seed, **FAULTS["all at once"]})
        edits = [
            standard(one[0], one[1])
            if len(one) == 2
            else edit(Kind.ASSOCIATION, (one[0], one[1]), OFF if one[2] == ON else ON, one[2])
            for one in wanted
        ]
        results = scene.write(*edits)
    assert tally(results.values()).planned == len(edits)
