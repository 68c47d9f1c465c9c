"""Central configuration from the matrix to the accounts, on the emulated organization: six accounts, two linked Regions.

`data` is left to itself, `management` stands under a policy that is not ours, `dark` has no role, `gone` is suspended.
"""

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pytest

from aws.sandboxed import CENTRAL, CIS, DARK, DATA, HOME, LINKED, MANAGEMENT, POLICY, WEB, Stage, stage
from hubposture.aws.central import AwsCentral
from hubposture.aws.central_writer import AwsCentralWriter
from hubposture.aws.pool import Pool
from hubposture.catalog import load
from hubposture.controls.central.edits import PolicyKind
from hubposture.controls.central.types import SELF_MANAGED, CentralState, Profile
from hubposture.controls.central.wishes import Unlisted
from hubposture.controls.definitions import Definitions
from hubposture.controls.state import Reading, TargetState, Universe
from hubposture.errors import InputErrors
from hubposture.model.controls import ControlId
from hubposture.model.organization import Organization
from hubposture.model.targets import Governance, Target, Unreadable, Way
from hubposture.ports.hub import HubReader, Progress
from hubposture.reconcile.change import Change, Edit
from hubposture.reconcile.guard import Limits, TooManyChanges
from hubposture.reconcile.outcome import Outcome, Result
from hubposture.sandbox.world import OrganizationSpec, PolicySpec
from hubposture.verbs.apply import Means
from hubposture.verbs.central import governed, with_central
from hubposture.verbs.central_apply import CentralMeans
from hubposture.verbs.central_effects import effects
from hubposture.verbs.central_nodes import CentralChoices
from hubposture.verbs.execute import Executed, execute
from hubposture.verbs.plan import Choices, Planned, plan
from hubposture.verbs.survey import survey
from verbs.worlds import matrix

pytestmark = pytest.mark.slow

FOREIGN = replace(POLICY, standards=(CIS,), disabled_controls=(), targets=(MANAGEMENT,))
TUNED = replace(CENTRAL, policies=(FOREIGN,))
SPEC = replace(TUNED, targets=tuple(replace(one, parameters={}) for one in TUNED.targets))
NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
STANDARDS = [{"standard": "fsbp-1.0.0", "enabled": "yes"}, {"standard": "cis-5.0.0", "enabled": "yes"}]
S38_OFF = {"control": "S3.8", "disposition": "siem", "reason": "an alarm raises it"}
ROWS = {"Controls": [S38_OFF], "Standards": STANDARDS}
WEB_TEAM = {
    "Controls": [S38_OFF, {"control": "S3.8", "disposition": "enforce", "scope": "web"}],
    "Standards": STANDARDS,
    "Scopes": [{"scope": "web", "account_tags": "team=web"}],
}
WORKLOADS = CentralChoices(
    Unlisted.ENABLE, "organizations.acme.unlisted", ("/Workloads",), (), "organizations.acme.govern"
)
Rows = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass
class Notes:
    """A journal that remembers."""

    intended: list[Change] = field(default_factory=list)
    recorded: list[Result] = field(default_factory=list)

    def intend(self, changes: Sequence[Change]) -> None:
        self.intended += changes

    def record(self, results: Sequence[Result]) -> None:
        self.recorded += results


@dataclass
class World:
    """The emulated organization with everything that plans and applies."""

    here: Stage
    reader: AwsCentral
    writer: AwsCentralWriter
    hub: HubReader
    notes: Notes = field(default_factory=Notes)

    def plan(self, rows: Rows = ROWS, choices: CentralChoices = WORKLOADS) -> Planned:
        found = survey(self.here.organization, self.here.hub, expected=(), today=NOW.date())
        made = plan(matrix(rows), found, catalog=load(), choices=Choices(), now=NOW)
        return with_central(made, self.read(found), choices=choices, today=NOW.date(), commit="0123456789abcdef")

    def read(self, found: object = None) -> CentralState:
        organization = self.here.organization.read().organization
        return self.reader.read(organization)

    def apply(self, planned: Planned, *, limits: Limits | None = None, observed: Collection[Target] = ()) -> Executed:
        found, central = planned.survey, planned.central
        assert central is not None
        return execute(
            planned.plan,
            Means(
                reader=self.here.hub,
                writer=self.here.writer,
                workers=Pool(2),
                journal=self.notes,
                universe=found.universe,
                definitions=found.definitions,
                governance=found.governance,
                commit="0123456789abcdef",
            ),
            limits=limits or Limits(),
            is_observed=lambda target: target in observed,
            central=CentralMeans(central, self.reader, self.writer, self.hub, self.notes, found),
        )

    def is_on(self, account: str, control: str) -> bool:
        """Whether a control is on in FSBP, as the account itself sees it at home."""
        planned = self.plan()
        state = next(one for one in planned.survey.readings if one.target == Target("acme", account, HOME))
        assert isinstance(state, TargetState)
        return bool(state.enabled & planned.survey.universe.of_control[ControlId(control)])


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    return world_of(monkeypatch, SPEC)


def world_of(monkeypatch: pytest.MonkeyPatch, spec: OrganizationSpec) -> World:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "base")
    here = stage(monkeypatch, spec)
    return World(
        here,
        AwsCentral(here.gateway, instance="acme"),
        AwsCentralWriter(here.gateway, instance="acme"),
        here.hub,
    )


def policy_edits(planned: Planned) -> list[Edit]:
    kinds = {str(kind) for kind in PolicyKind}
    return sorted(
        (edit for edits in planned.plan.edits.values() for edit in edits if edit.kind in kinds),
        key=lambda edit: edit.order,
    )


def steps(planned: Planned) -> list[tuple[str, str]]:
    return [(edit.kind, edit.key[-1]) for edit in policy_edits(planned)]


def test_applied_twice_the_second_plan_is_empty_and_nobody_else_was_touched(world: World) -> None:
    first = world.plan()
    assert steps(first) == [(PolicyKind.CREATE, "hubposture-1"), (PolicyKind.ASSOCIATE, "ou-root-work")]
    assert not [target for target in first.plan.edits if target.account in (WEB, DARK)]
    done = world.apply(first)
    assert {one.outcome for one in done.results} == {Outcome.APPLIED}
    again = world.plan()
    assert again.plan.count == 0
    state = world.read()
    foreign = state.by_id[POLICY.id]
    assert (foreign.ours, state.applied[MANAGEMENT].policy) == (False, POLICY.id)
    assert state.applied[DATA].policy == SELF_MANAGED
    assert again.survey.governance[Target("acme", WEB, LINKED)] == Governance(
        Way.CENTRAL, "hubposture-1", "ou-root-work"
    )
    assert not world.is_on(WEB, "s3.8")
    assert not world.is_on(DATA, "s3.8")


def test_success_is_checked_in_the_accounts_that_can_be_read(world: World) -> None:
    checked = world.apply(world.plan()).checked
    assert checked is not None
    assert checked.confirmed == (Target("acme", WEB, HOME), Target("acme", WEB, LINKED))
    assert checked.differing == {}
    assert checked.unmeasured == {Target("acme", DARK, region): "no role" for region in (HOME, LINKED)}


class Tampered:
    """A hub in which one control is the other way round in every target, whatever was written."""

    def __init__(self, hub: HubReader) -> None:
        self._hub = hub

    def definitions(self, organization: Organization, regions: Sequence[str]) -> Definitions:
        return self._hub.definitions(organization, regions)

    def reasons(self, *_: object) -> Mapping[tuple[str, str], tuple[str, str]]:
        raise AssertionError("nobody asks")

    def read(
        self,
        targets: Mapping[Target, Governance | Unreadable],
        universe: Universe,
        definitions: Definitions,
        *,
        progress: Progress | None = None,
    ) -> Iterator[Reading]:
        for one in self._hub.read(targets, universe, definitions, progress=progress):
            bits = universe.of_control[ControlId("ec2.2")]
            yield replace(one, enabled=one.enabled ^ bits & one.known) if isinstance(one, TargetState) else one


def test_an_account_that_does_not_have_what_its_policy_says_is_not_confirmed(world: World) -> None:
    world.hub = Tampered(world.hub)
    checked = world.apply(world.plan()).checked
    assert checked is not None
    assert checked.confirmed == ()
    assert checked.differing == {
        Target("acme", WEB, region): "1 controls are not as the policy says: EC2.2" for region in (HOME, LINKED)
    }


def test_a_unit_has_the_label_of_a_new_account_and_a_tagged_account_its_own_policy(world: World) -> None:
    planned = world.plan(WEB_TEAM)
    world.apply(planned)
    assert world.plan(WEB_TEAM).plan.count == 0
    state = world.read()
    assert set(state.applied) == {"ou-root-work", WEB, DATA, MANAGEMENT}
    label, own = (state.by_id[state.applied[node].policy].content for node in ("ou-root-work", WEB))
    assert isinstance(label, Profile)
    assert isinstance(own, Profile)
    assert (ControlId("s3.8") in label.controls, ControlId("s3.8") in own.controls) == (True, False)
    assert world.is_on(WEB, "s3.8")


def test_a_changed_row_updates_the_policy_in_place(world: World) -> None:
    world.apply(world.plan())
    before = {one.id for one in world.read().ours}
    changed = {"Controls": [{"control": "EC2.2", "disposition": "siem", "reason": "x"}], "Standards": STANDARDS}
    planned = world.plan(changed)
    assert steps(planned) == [(PolicyKind.UPDATE, "hubposture-1")]
    assert policy_edits(planned)[0].source == "Controls!G2"
    world.apply(planned)
    assert {one.id for one in world.read().ours} == before
    assert world.plan(changed).plan.count == 0


def test_what_is_killed_after_any_step_converges(monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(policy_edits(world_of(monkeypatch, SPEC).plan(WEB_TEAM)))
    assert count >= 4
    for done in range(1, count):
        world = world_of(monkeypatch, SPEC)
        planned = world.plan(WEB_TEAM)
        home = planned.survey.definitions[HOME]
        world.writer.write(planned.survey.organization, policy_edits(planned)[:done], home=home)
        world.apply(world.plan(WEB_TEAM))
        assert world.plan(WEB_TEAM).plan.count == 0
        assert len(world.read().ours) == 2


def crowd(number: int) -> tuple[PolicySpec, ...]:
    others = (
        replace(FOREIGN, id=f"11111111-2222-3333-4444-{at:012}", name=f"other-{at}", targets=()) for at in range(number)
    )
    return (FOREIGN, *others)


def test_what_does_not_fit_into_twenty_policies_is_a_problem_with_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(monkeypatch, replace(SPEC, policies=crowd(18)))
    planned = world.plan(WEB_TEAM)
    assert [problem.where for problem in planned.problems] == ["Controls!G3"]
    assert "the 1 policies there can be" in planned.problems[0].what
    assert "web" in planned.problems[0].what
    held = next(one for one in planned.plan.held if one.place.account == WEB)
    assert "Controls!G3" in held.why
    done = world.apply(planned)
    assert {one.outcome for one in done.results} == {Outcome.APPLIED}
    assert len(world.read().policies) == 20
    again = world.plan(WEB_TEAM)
    assert again.plan.count == 0
    assert {one.place.account for one in again.plan.held if "name it in govern.central" in one.why} == {WEB, DATA}
    assert world.is_on(WEB, "s3.8")


def test_leave_cannot_be_said_by_a_policy_and_the_key_is_named(world: World) -> None:
    planned = world.plan(ROWS, replace(WORKLOADS, unlisted=Unlisted.LEAVE))
    assert steps(planned) == []
    assert {problem.where for problem in planned.problems} == {"organizations.acme.unlisted"}
    assert [one.key for one in planned.plan.held if "policy cannot say" in one.why and one.key] == [
        ("/Workloads",),
        ("/Workloads/Prod",),
    ]


def test_what_no_row_speaks_of_goes_into_the_policy_as_it_is_in_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    world = world_of(monkeypatch, TUNED)
    rows = {**ROWS, "Standards": STANDARDS[:1]}
    world.apply(world.plan(rows))
    state = world.read()
    own = state.by_id[state.applied[WEB].policy].content
    assert isinstance(own, Profile)
    assert own.parameters == ((ControlId("iam.7"), (("MaxPasswordAge", 30),)),)
    assert CIS.split("/")[1] in {one.name for one in own.standards}
    assert world.plan(rows).plan.count == 0


def test_nobody_comes_under_a_policy_unasked(world: World) -> None:
    planned = world.plan(ROWS, replace(WORKLOADS, central=()))
    assert steps(planned) == []
    assert planned.problems == ()
    assert {target.account for target in planned.plan.edits} >= {WEB, DATA}
    assert MANAGEMENT not in {target.account for target in planned.plan.edits}


def test_a_name_that_is_not_there_is_an_error_of_the_settings(world: World) -> None:
    with pytest.raises(InputErrors, match=r"organizations.acme.govern.central: /Nowhere is no OU"):
        world.plan(ROWS, replace(WORKLOADS, central=("/Nowhere",)))


def test_a_foreign_policy_right_where_central_is_asked_for_is_a_problem(world: World) -> None:
    planned = world.plan(ROWS, replace(WORKLOADS, central=(MANAGEMENT,)))
    assert steps(planned) == []
    assert [problem.where for problem in planned.problems] == ["organizations.acme.govern.central"]


def test_who_is_to_leave_is_left_to_itself_with_what_it_has_and_then_written_by_account(world: World) -> None:
    world.apply(world.plan())
    leaving = replace(WORKLOADS, self_managed=(WEB,))
    planned = world.plan(ROWS, leaving)
    assert steps(planned) == [(PolicyKind.ASSOCIATE, WEB)]
    world.apply(planned)
    assert world.read().applied[WEB].policy == SELF_MANAGED
    again = world.plan(WEB_TEAM, leaving)
    assert {target.account for target in again.plan.edits} == {WEB}


def test_rows_that_tie_keep_what_the_policy_says(world: World) -> None:
    world.apply(world.plan(WEB_TEAM))
    tied = {
        **WEB_TEAM,
        "Controls": [*WEB_TEAM["Controls"], {"control": "S3.8", "disposition": "siem", "scope": "prod"}],
        "Scopes": [{"scope": "web", "account_tags": "team=web", "priority": "5"},
                   {"scope": "prod", "account_tags": "stage=prod", "priority": "5"}],
    }  # fmt: skip
    planned = world.plan(tied)
    assert steps(planned) == []
    assert any("equal rank" in one.why for one in planned.plan.held if one.place.account == WEB)


def test_where_only_policies_may_be_written_the_rest_is_held(world: World) -> None:
    planned = world.plan(ROWS, replace(WORKLOADS, by_account=False))
    assert policy_edits(planned)
    assert [target.account for target in planned.plan.edits] == [planned.survey.organization.administrator]
    assert any(one.place.account == DATA and "policies alone" in one.why for one in planned.plan.held)


def test_policies_are_only_observed_where_one_account_they_move_is(world: World) -> None:
    planned = world.plan()
    done = world.apply(planned, observed=[Target("acme", DARK, LINKED)])
    skipped = [one for one in done.results if one.outcome is Outcome.SKIPPED]
    assert [one.change.edit for one in skipped] == policy_edits(planned)
    assert world.read().ours == ()


def test_guards_count_what_policies_move_and_refuse_before_anything_is_written(world: World) -> None:
    planned = world.plan()
    moved = sum(edit.weight for edit in policy_edits(planned))
    assert moved > 500
    with pytest.raises(TooManyChanges):
        world.apply(planned, limits=Limits(changes=moved - 1))
    assert world.notes.intended == []
    assert world.read().ours == ()
    world.apply(planned, limits=Limits(account=moved - 1))
    assert len(world.read().ours) == 1


def test_who_is_under_a_policy_that_is_not_ours_and_differs_is_told(world: World) -> None:
    planned = world.plan()
    told = {one.place: one.why for one in planned.plan.held if one.place.account == MANAGEMENT}
    assert set(told) == {Target("acme", MANAGEMENT, region) for region in (HOME, LINKED)}
    assert all(why.startswith("governed by the policy Baseline, which is never touched; ") for why in told.values())
    world.apply(planned)
    again = world.plan()
    assert not [one for one in again.plan.held if "not confirmed" in one.why]
    world.here.hub = Tampered(world.hub)  # type: ignore[assignment]
    asked = {**ROWS, "Controls": [S38_OFF, {"control": "EC2.2", "disposition": "enforce"}]}
    found = [one for one in world.plan(asked).plan.held if "not confirmed" in one.why]
    assert {one.place for one in found} == {Target("acme", WEB, region) for region in (HOME, LINKED)}


def test_an_account_without_a_role_that_comes_under_a_policy_is_no_surprise(world: World) -> None:
    expected = {one.target.account: one.expected for one in world.plan().plan.unreadable}
    assert expected[DARK]
    unasked = {
        one.target.account: one.expected for one in world.plan(ROWS, replace(WORKLOADS, central=())).plan.unreadable
    }
    assert not unasked[DARK]


def test_effects_name_what_changes_where_it_was_read(world: World) -> None:
    planned = world.plan()
    found = {(one.control, one.change): one for one in effects(planned)}
    off = found[ControlId("s3.8"), "off"]
    assert off.targets == (Target("acme", WEB, LINKED),)
    assert off.source == "Controls!G2"
    world.apply(planned)
    assert effects(world.plan()) == ()


def test_everybody_knows_which_policy_governs_and_from_where(world: World) -> None:
    before = world.plan()
    assert before.central is not None
    coming = governed(before.central, WEB)
    assert coming is not None
    assert (coming.name, coming.next_name) == ("", "hubposture-1")
    world.apply(before)
    after = world.plan()
    assert after.central is not None
    found = governed(after.central, WEB)
    assert found is not None
    assert (found.name, found.origin, found.is_ours) == ("hubposture-1", "/Workloads", True)
    foreign = governed(after.central, MANAGEMENT)
    assert foreign is not None
    assert (foreign.name, foreign.is_ours, foreign.next_name) == ("Baseline", False, "Baseline")
