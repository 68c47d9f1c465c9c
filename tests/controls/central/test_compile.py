"""Hand-made cases for every rule of the central compile."""

import json
from typing import cast

import pytest

from controls.central.central_world import (
    ACME,
    CIS,
    EC2,
    FSBP,
    IAM,
    KMS,
    S3,
    A,
    B,
    C,
    applied,
    ground,
    organization,
    policy,
    profile,
    region_wish,
    state,
    wish,
)
from hubposture.controls.central.edits import PolicyKind, content_of, content_value
from hubposture.controls.central.ground import CentralGround
from hubposture.controls.central.plan import CentralPlan, plan_central
from hubposture.controls.central.types import (
    SELF_MANAGED,
    AssociationStatus,
    CentralState,
    ListForm,
    Profile,
    ServiceDisabled,
)
from hubposture.controls.central.wishes import Govern, NodeWish, Unlisted, Wishes
from hubposture.errors import InputError
from hubposture.model.controls import ControlId
from hubposture.reconcile.change import Edit, Value

ROOT, PROD, DEV = "r", "ou-prod", "ou-dev"


def all_of(wanted: NodeWish, **others: NodeWish) -> Wishes:
    """The same wish for every node, but for those named (A, B, C, root, prod, dev)."""
    names = {"A": A, "B": B, "C": C, "root": ROOT, "prod": PROD, "dev": DEV}
    return {node: others.get(name, wanted) for name, node in names.items()}


def plan(now: CentralState, wishes: Wishes, the_ground: CentralGround | None = None) -> CentralPlan:
    return plan_central(ACME, now, wishes, ground=the_ground or ground(), commit="c0ffee")


def edits(planned: CentralPlan) -> list[Edit]:
    return [change.edit for change in planned.plan.changes()]


def moves(planned: CentralPlan) -> list[tuple[str, tuple[str, ...], Value]]:
    return [(edit.kind, edit.key, edit.desired) for edit in edits(planned) if "associate" in edit.kind]


def test_an_organization_in_sync_needs_nothing() -> None:
    planned = plan(state([policy("p", profile([S3]))], {ROOT: "p"}), all_of(wish([S3])))
    assert (planned.plan.count, planned.problems, planned.plan.places) == (0, (), 6)


def test_a_changed_wish_updates_the_policy_in_place_and_counts_what_moves() -> None:
    planned = plan(state([policy("p", profile([S3]))], {ROOT: "p"}), all_of(wish([S3, EC2])))
    (edit,) = edits(planned)
    assert (edit.kind, edit.key) == (PolicyKind.UPDATE, ("p",))
    assert content_of(edit.desired) == profile([S3, EC2])
    assert edit.weight == 3 * 2 * 1
    assert edit.source == "Controls!G2"
    assert "new accounts in /, /ou-dev, /ou-prod" in edit.because


def test_a_change_of_parameters_counts_one_control() -> None:
    value = ((S3, (("days", 30),)),)
    (edit,) = edits(plan(state([policy("p", profile())], {ROOT: "p"}), all_of(wish(parameters=value))))
    assert edit.weight == 3 * 2


def test_nobody_is_taken_under_a_policy_without_being_asked() -> None:
    planned = plan(state([], {}), all_of(wish([S3])))
    assert (planned.plan.count, planned.plan.places, planned.plan.held) == (0, 0, ())


def test_an_explicit_wish_takes_the_whole_organization_in_with_one_association_at_the_root() -> None:
    planned = plan(state([], {}), all_of(wish([S3], govern=Govern.CENTRAL)))
    made, placed = edits(planned)
    assert (made.kind, made.key, content_of(made.desired)) == (PolicyKind.CREATE, ("hubposture-1",), profile([S3]))
    assert (placed.kind, placed.key, placed.desired) == (
        PolicyKind.ASSOCIATE,
        ("root", ROOT),
        ("policy", "hubposture-1"),
    )
    assert made.stage < placed.stage
    assert placed.weight == 3 * (5 + 3)  # IAM.1 is off outside home, Lambda.1 does not exist there
    assert placed.source == "Scopes!H4"


def test_a_self_managed_account_stays_so_when_its_ou_comes_under_a_policy() -> None:
    wishes = all_of(wish([S3], govern=Govern.CENTRAL), B=wish([EC2]))
    assert ("policy-associate", ("account", B), ("self-managed",)) in moves(plan(state([], {}), wishes))


def test_a_self_managed_account_below_a_policy_is_not_taken_in_by_its_wish() -> None:
    planned = plan(state([policy("p", profile())], {ROOT: "p", B: SELF_MANAGED}), all_of(wish(), B=wish([EC2])))
    assert planned.plan.count == 0


def test_an_account_leaves_central_configuration_only_when_asked() -> None:
    wishes = all_of(wish(), B=wish(govern=Govern.SELF_MANAGED))
    planned = plan(state([policy("p", profile())], {ROOT: "p"}), wishes)
    assert moves(planned) == [("policy-associate", ("account", B), ("self-managed",))]
    assert planned.plan.weight == 0


def test_equal_wishes_share_one_policy_and_two_policies_of_equal_effect_become_one() -> None:
    now = state([policy("p", profile([S3])), policy("q", profile([S3]))], {ROOT: "p", PROD: "q"})
    planned = plan(now, all_of(wish([S3])))
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.DISASSOCIATE, ("ou", PROD)),
        (PolicyKind.DELETE, ("q",)),
    ]
    assert planned.plan.weight == 0


def test_an_odd_account_gets_a_policy_of_its_own_and_the_rest_inherits() -> None:
    planned = plan(state([policy("p", profile())], {ROOT: "p"}), all_of(wish(), C=wish([S3])))
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.CREATE, ("hubposture-1",)),
        (PolicyKind.ASSOCIATE, ("account", C)),
    ]
    assert edits(planned)[1].source == "Controls!G1"


def test_an_inexpressible_account_is_held_under_what_it_has_while_the_others_change() -> None:
    odd = wish([S3], there=region_wish(rows=41))
    planned = plan(state([policy("p", profile())], {ROOT: "p"}), all_of(wish([EC2]), C=odd))
    (problem,) = planned.problems
    assert problem.where == "Controls!G1"
    assert "S3.8 is wanted on in us-east-1 and off in eu-central-1; also Controls!G41" in problem.what
    assert C in problem.what
    assert [held.place.account for held in planned.plan.held] == [C]
    compiled = planned.compiled
    assert compiled.demand.wanted[C] == profile()
    assert compiled.demand.wanted[A] == profile([EC2])
    assert planned.plan.weight == 2 * 2


def test_one_obstacle_of_many_accounts_is_one_problem() -> None:
    odd = wish([S3], there=region_wish())
    planned = plan(state([policy("p", profile())], {ROOT: "p"}), all_of(wish(), A=odd, B=odd))
    assert len(planned.problems) == 1
    assert A in planned.problems[0].what
    assert B in planned.problems[0].what


def test_an_account_under_a_declarative_policy_is_held_without_an_error() -> None:
    planned = plan(state([policy("p", profile())], {ROOT: "p"}), all_of(wish([S3]), C=wish([S3], declarative="p-123")))
    assert planned.problems == ()
    assert "p-123" in planned.plan.held[0].why
    assert planned.compiled.demand.wanted[C] == profile()


def test_foreign_policies_and_their_nodes_are_untouched_and_take_their_share_of_the_quota() -> None:
    now = state([policy("f", profile(), ours=False), policy("p", profile())], {ROOT: "p", DEV: "f"}, quota=2)
    planned = plan(now, all_of(wish([S3])))
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [(PolicyKind.UPDATE, ("p",))]
    assert planned.plan.weight == 2 * 2
    assert planned.problems == ()


def test_taking_a_node_from_a_foreign_association_is_refused_with_the_cell() -> None:
    now = state([policy("f", profile(), ours=False)], {C: "f"})
    planned = plan(now, all_of(wish(), C=wish(govern=Govern.CENTRAL)))
    assert planned.plan.count == 0
    assert [problem.where for problem in planned.problems] == ["Scopes!H4"]


def test_an_ou_cannot_be_taken_from_above_an_account_that_inherits_a_foreign_policy_through_it() -> None:
    now = state([policy("f", profile(), ours=False)], {ROOT: "f"})
    wishes = all_of(wish(), prod=wish([S3], govern=Govern.CENTRAL), A=wish([S3], govern=Govern.CENTRAL))
    planned = plan(now, wishes)
    assert [key for _, key, _ in moves(planned)] == [("account", A)]
    assert any(B in problem.what for problem in planned.problems)


def test_labels_come_before_accounts_and_many_targets_before_few_when_policies_run_out() -> None:
    now = state([policy("p", profile())], {ROOT: "p"}, quota=2)
    wishes = all_of(wish(), dev=wish([EC2]), C=wish([EC2]), A=wish([S3]))
    planned = plan(now, wishes)
    (problem,) = planned.problems
    assert problem.where == "Controls!G1"
    assert A in problem.what
    assert planned.compiled.demand.wanted[C] == profile([EC2])
    assert planned.compiled.demand.wanted[A] == profile()


def test_what_does_not_fit_also_counts_the_policies_that_hold_the_others() -> None:
    now = state([policy("p", profile())], {ROOT: "p"}, quota=2)
    wishes = all_of(wish([S3]), A=wish([EC2]), B=wish([KMS]))
    planned = plan(now, wishes)
    wanted = planned.compiled.demand.wanted
    assert {wanted[A], wanted[B]} == {profile()}
    assert wanted[C] == profile([S3])
    assert len(planned.problems) == 2


def test_a_profile_that_frees_the_policy_it_takes_is_not_given_up_for_another() -> None:
    now = state([policy("p", profile([S3])), policy("q", profile([KMS]))], {ROOT: "p", C: "q"}, quota=3)
    wishes = all_of(wish([S3]), A=wish([EC2]), B=wish([S3, EC2]), C=wish([IAM]))
    wanted = plan(now, wishes).compiled.demand.wanted
    assert (wanted[A], wanted[B], wanted[C]) == (profile([EC2]), profile([S3]), profile([IAM]))


def test_of_equally_many_changes_those_with_fewer_associations_are_taken() -> None:
    now = state([policy("p", profile([S3, KMS])), policy("q", profile([EC2, KMS, IAM]))], {PROD: "p", ROOT: "q"})
    planned = plan(now, all_of(wish([S3])))
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.UPDATE, ("q",)),
        (PolicyKind.DISASSOCIATE, ("ou", PROD)),
        (PolicyKind.DELETE, ("p",)),
    ]


def test_a_policy_that_suspended_accounts_have_is_the_last_to_be_deleted() -> None:
    now = state([policy("p", profile([EC2])), policy("q", profile([KMS]))], {C: "q"})
    wishes = {node: one for node, one in all_of(wish([S3], govern=Govern.CENTRAL)).items() if node != C}
    assert [(edit.kind, edit.key) for edit in edits(plan(now, wishes))] == [
        (PolicyKind.UPDATE, ("q",)),
        (PolicyKind.ASSOCIATE, ("root", ROOT)),
        (PolicyKind.DELETE, ("p",)),
    ]


def test_an_account_that_stays_with_a_policy_takes_it_before_its_ou_leaves_and_the_policy_changes() -> None:
    now = state([policy("p", profile([KMS])), policy("q", profile([S3]))], {PROD: "p", DEV: "q"}, quota=2)
    planned = plan(now, all_of(wish([S3]), A=wish([EC2])))
    assert planned.compiled.order.passing == {}
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.ASSOCIATE, ("account", A)),
        (PolicyKind.ASSOCIATE, ("ou", PROD)),
        (PolicyKind.UPDATE, ("p",)),
    ]


def test_a_policy_with_security_hub_off_is_brought_to_what_is_desired() -> None:
    (edit,) = edits(plan(state([policy("p", ServiceDisabled())], {ROOT: "p"}), all_of(wish())))
    assert (edit.kind, content_of(edit.desired), edit.weight) == (PolicyKind.UPDATE, profile(), 3 * (5 + 3))


def test_a_settling_control_is_neither_a_difference_nor_lost_by_another_update() -> None:
    now = state([policy("p", profile([KMS]))], {ROOT: "p"})
    assert plan(now, all_of(wish()), ground(settling=[KMS])).plan.count == 0
    (edit,) = edits(plan(now, all_of(wish([S3])), ground(settling=[KMS])))
    assert content_of(edit.desired) == profile([KMS, S3])


def test_a_settling_control_keeps_its_state_when_the_form_of_the_list_changes() -> None:
    now = state([policy("p", profile([KMS, IAM]))], {ROOT: "p"})
    wishes = all_of(wish([S3, EC2], unlisted=Unlisted.DISABLE))
    (edit,) = edits(plan(now, wishes, ground(settling=[KMS, ControlId("lambda.1")])))
    said = content_of(edit.desired)
    assert isinstance(said, Profile)
    assert said.form is ListForm.ENABLED
    assert said.controls == {IAM, ControlId("lambda.1")}


def test_what_has_no_effect_in_a_policy_is_no_difference() -> None:
    odd = Profile(
        frozenset((FSBP, CIS)), ListForm.DISABLED, frozenset([S3, ControlId("gone.1")]), ((S3, (("days", 9),)),)
    )
    assert plan(state([policy("p", odd)], {ROOT: "p"}), all_of(wish([S3]))).plan.count == 0


def test_a_failed_association_is_tried_again_with_its_message() -> None:
    now = CentralState(
        "acme",
        (policy("p", profile()),),
        (applied(ROOT, "id-p"), applied(C, "id-p", AssociationStatus.FAILED, "no hub")),
    )
    (edit,) = edits(plan(now, all_of(wish())))
    assert (edit.current, edit.desired) == (("policy", "p", "FAILED"), ("policy", "p"))
    assert "no hub" in edit.reason


def test_an_ou_whose_failing_accounts_are_all_suspended_is_not_tried_again() -> None:
    failed = AssociationStatus.FAILED
    now = CentralState("acme", (policy("p", profile()),), (applied(ROOT, "id-p", failed), applied(C, "id-p", failed)))
    wishes = {node: one for node, one in all_of(wish()).items() if node != C}
    assert plan(now, wishes).plan.count == 0


def test_a_pending_association_is_reported() -> None:
    now = CentralState("acme", (policy("p", profile()),), (applied(ROOT, "id-p", AssociationStatus.PENDING),))
    planned = plan(now, all_of(wish()))
    assert [node.id for node in planned.pending] == [ROOT]
    assert planned.plan.count == 0


def test_a_policy_on_a_suspended_account_is_taken_away_before_it_is_deleted() -> None:
    now = state([policy("p", profile()), policy("q", profile([EC2]))], {ROOT: "p", C: "q"})
    wishes = {node: one for node, one in all_of(wish()).items() if node != C}
    planned = plan(now, wishes)
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.DISASSOCIATE, ("account", C)),
        (PolicyKind.DELETE, ("q",)),
    ]


def test_a_suspended_account_without_a_wish_holds_nothing_back() -> None:
    wishes = {node: one for node, one in all_of(wish([S3])).items() if node != C}
    (edit,) = edits(plan(state([policy("p", profile())], {ROOT: "p"}), wishes))
    assert (edit.kind, edit.weight) == (PolicyKind.UPDATE, 2 * 2)


def test_a_unit_without_a_wish_is_refused_by_name() -> None:
    wishes = {node: one for node, one in all_of(wish()).items() if node != DEV}
    with pytest.raises(InputError, match="/ou-dev"):
        plan(state([], {}), wishes)


def test_policies_of_ours_with_one_name_are_told_apart() -> None:
    twin = policy("p", profile([EC2]))
    other = type(twin)("id-other", "", "p", "", profile(), ours=True)
    now = CentralState("acme", (twin, other), (applied(ROOT, "id-other"),))
    (edit,) = edits(plan(now, all_of(wish())))
    assert (edit.kind, edit.key) == (PolicyKind.DELETE, ("p#id-p",))


def test_names_of_foreign_policies_are_not_taken() -> None:
    now = state([policy("hubposture-1", profile(), ours=False)], {})
    made = edits(plan(now, all_of(wish(govern=Govern.CENTRAL))))[0]
    assert made.key == ("hubposture-2",)


def test_associating_goes_from_the_leaves_up() -> None:
    now = state([policy("p", profile()), policy("q", profile([S3]))], {ROOT: "p", PROD: "q"})
    planned = plan(now, all_of(wish([S3]), dev=wish(), C=wish()))
    stages = {edit.key[1]: edit.stage for edit in edits(planned) if "associate" in edit.kind}
    assert stages[DEV] < stages[ROOT]


def test_disassociating_goes_from_the_root_down_after_what_is_inherited_is_there() -> None:
    now = state([policy("p", profile()), policy("q", profile([EC2]))], {ROOT: "p", DEV: "p", C: "p", PROD: "q", A: "q"})
    planned = plan(now, all_of(wish([S3])))
    assert [(edit.kind, edit.key) for edit in edits(planned)] == [
        (PolicyKind.UPDATE, ("p",)),
        (PolicyKind.DISASSOCIATE, ("ou", PROD)),
        (PolicyKind.DISASSOCIATE, ("account", A)),
        (PolicyKind.DELETE, ("q",)),
    ]
    assert [edit.weight for edit in edits(planned)] == [2, 2 * 2, 2 * 2, 0]


def test_a_swap_with_many_associations_updates_both_policies_and_moves_none() -> None:
    now = state([policy("p", profile([S3])), policy("q", profile([EC2]))], {A: "p", B: "p", C: "q"})
    kinds = [edit.kind for edit in edits(plan(now, all_of(wish([EC2]), C=wish([S3]))))]
    assert kinds == [PolicyKind.UPDATE, PolicyKind.UPDATE]


def test_an_account_that_is_to_keep_the_old_profile_leaves_before_its_policy_is_updated() -> None:
    now = state([policy("p", profile())], {ROOT: "p"})
    planned = plan(now, all_of(wish([S3]), C=wish()))
    order = {edit.kind: edit.stage for edit in edits(planned)}
    if PolicyKind.UPDATE in order:
        assert order[PolicyKind.ASSOCIATE] < order[PolicyKind.UPDATE]
    assert planned.plan.weight == 2 * 2


def crossing(quota: int) -> CentralPlan:
    """Most accounts of each policy go to one new profile, the odd one to the other: each waits for the other."""
    ids = [f"{number:012}" for number in range(1, 7)]
    now = state(
        [policy("p", profile([KMS])), policy("q", profile([KMS, IAM]))],
        dict(zip(ids, ["p", "p", "p", "q", "q", "q"], strict=True)),
        quota=quota,
    )
    offs = [[S3], [S3], [EC2], [EC2], [EC2], [S3]]
    wishes = {account: wish(off) for account, off in zip(ids, offs, strict=True)}
    flat = organization({"r": None}, dict.fromkeys(ids, "r"))
    return plan_central(flat, now, {"r": wish(), **wishes}, ground=ground())


def test_steps_that_wait_for_each_other_are_freed_by_one_policy_more_if_there_is_room() -> None:
    planned = crossing(quota=3)
    assert planned.compiled.order.passing == {}
    kinds = [edit.kind for edit in edits(planned)]
    assert (kinds.count(PolicyKind.CREATE), kinds.count(PolicyKind.DELETE)) == (1, 1)


def test_without_room_the_accounts_that_pass_through_another_profile_are_named() -> None:
    planned = crossing(quota=2)
    (nodes,) = planned.compiled.order.passing.values()
    assert len(nodes) == 1
    (risk,) = [edit.because for edit in edits(planned) if "briefly" in edit.because]
    assert nodes[0] in risk
    assert planned.problems == ()


def test_contents_survive_a_plan_file() -> None:
    parameters = ((S3, (("days", 30), ("names", ("a", "b")), ("on", True), ("share", 0.5))),)
    for content in (ServiceDisabled(), profile([EC2], parameters), profile()):
        text = json.dumps(content_value(content))
        assert content_of(_tuples(json.loads(text))) == content


@pytest.mark.parametrize("value", [None, ("profile",), ("profile", ("x",), "disabled", (), ()), "p"])
def test_a_content_edited_by_hand_is_refused(value: Value) -> None:
    with pytest.raises(InputError, match="make the plan again"):
        content_of(value)


def _tuples(value: object) -> Value:
    return tuple(_tuples(one) for one in value) if isinstance(value, list) else cast("Value", value)


def test_an_account_whose_unit_is_unknown_manages_itself() -> None:
    lost = organization({"r": None}, {A: "ou-unknown", B: "r"})
    planned = plan_central(
        lost, state([policy("p", profile())], {"r": "p"}), {"r": wish(), A: wish([S3]), B: wish()}, ground=ground()
    )
    assert planned.plan.count == 0
